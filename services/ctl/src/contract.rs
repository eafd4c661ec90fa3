//! `contract`: upload, ABI, and call by the names of an ABI.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use bytes::Bytes;
use clap::Subcommand;
use koinos_codec::text::{from_base64url, to_base64url};
use koinos_service::Fatal;
use koinos_wallet::transaction::{call_contract, upload_contract};
use koinos_wallet::{Abi, Method};
use serde_json::{Value, json};

use crate::chain::system_call;
use crate::cli::Global;
use crate::node::{Node, Place, text};
use crate::output::{Output, Report};
use crate::sending::{SendOptions, address_of, send};
use crate::{argument, key};

/// What to do with a contract.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Upload a contract; the account of the key becomes the contract
    Upload {
        /// The WebAssembly module
        module: PathBuf,
        /// Its ABI, which is kept for clients
        #[arg(long, value_name = "FILE")]
        abi: Option<PathBuf>,
        /// Key file of the account that becomes the contract, when another account pays
        #[arg(long, value_name = "FILE")]
        contract_key: Option<PathBuf>,
        #[command(flatten)]
        options: SendOptions,
    },
    /// Print the ABI a contract was uploaded with
    Abi {
        /// The contract's address, or its name in the chain's name service
        contract: String,
    },
    /// Call a method by name; a read-only one needs no key and leaves no trace
    Call {
        /// The contract's address, or its name in the chain's name service
        contract: String,
        /// The method
        method: String,
        /// Its arguments in Koinos JSON; @FILE reads a file, - standard input
        args: Option<String>,
        /// The contract's ABI [default: contracts/NAME.abi.json in the base directory, or the one it
        /// was uploaded with]
        #[arg(long, value_name = "FILE")]
        abi: Option<PathBuf>,
        /// Read, even if the ABI does not say that the method is read-only
        #[arg(long)]
        read: bool,
        #[command(flatten)]
        options: SendOptions,
    },
}

/// Uploads, calls, or prints the ABI.
pub(crate) async fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    match verb {
        Verb::Upload { module, abi, contract_key, options } => {
            let files = Files { module: &module, abi: abi.as_deref() };
            upload(files, contract_key.as_deref(), &options, global, output).await
        }
        Verb::Abi { contract } => abi(&contract, global, output).await,
        Verb::Call { contract, method, args, abi, read, options } => {
            let call = Call { contract, args: argument::json(args.as_deref())?, method, read };
            call.run(abi.as_deref(), &options, global, output).await
        }
    }
}

/// Prints the ABI, as it was uploaded.
async fn abi(contract: &str, global: &Global, output: &Output) -> Result<(), Fatal> {
    let node = Node::connect(global).await?;
    let contract = to_base58(&address_of_contract(&node, contract).await?);
    let params = json!({ "contract_id": contract });
    let reply = node.call("contract_meta_store", "get_contract_meta", params).await?;
    match text(&reply["meta"], "abi") {
        "" => Err(Fatal::failure(anyhow!("{contract} was not uploaded, or without an ABI"))),
        abi => output.show(&Report::new(reply.clone()).text(abi)),
    }
}

struct Files<'a> {
    module: &'a Path,
    abi: Option<&'a Path>,
}

async fn upload(
    files: Files<'_>,
    contract_key: Option<&Path>,
    options: &SendOptions,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    let bytecode = argument::file_bytes(files.module)?;
    if !bytecode.starts_with(b"\0asm") {
        return Err(Fatal::config(anyhow!(
            "{} is not a WebAssembly module; compile it first",
            files.module.display()
        )));
    }
    let abi = files.abi.map(argument::file_text).transpose()?.unwrap_or_default();
    if !abi.is_empty() {
        Abi::parse(&abi).map_err(Fatal::config)?;
    }
    let payer = options.key(global)?;
    let contract = contract_key.map(key::read).transpose()?;
    let id = address_of(contract.as_ref().unwrap_or(&payer));
    let keys: Vec<_> = std::iter::once(&payer).chain(contract.as_ref()).collect();
    let node = Node::connect(global).await?;
    output.note(&format!("uploading {} as {}", files.module.display(), to_base58(&id)));
    let operation = upload_contract(id, bytecode.into(), abi);
    send(&node, vec![operation], &keys, options, output).await
}

fn to_base58(bytes: &[u8]) -> String {
    koinos_codec::text::to_base58(bytes)
}

/// The address of a contract that is given by it, or by a name that the chain knows.
pub(crate) async fn address_of_contract(node: &Node, contract: &str) -> Result<Bytes, Fatal> {
    if let Ok(address) = argument::address(contract) {
        return Ok(address);
    }
    let unknown = || {
        let text = "is neither an address nor a name that the chain knows";
        Fatal::usage(anyhow!("{contract:?} {text}"))
    };
    let args = json!({ "name": contract });
    let reply = system_call(node, "get_contract_address", &args).await;
    let reply = reply.map_err(|fatal| match fatal.code() {
        koinos_service::exit::UNAVAILABLE => fatal,
        _ => unknown(),
    })?;
    argument::address(text(&reply["value"], "address")).map_err(|_| unknown())
}

struct Call {
    /// Address or name.
    contract: String,
    method: String,
    args: Value,
    read: bool,
}

impl Call {
    async fn run(
        self,
        abi: Option<&Path>,
        options: &SendOptions,
        global: &Global,
        output: &Output,
    ) -> Result<(), Fatal> {
        let node = Node::connect(global).await?;
        let contract = address_of_contract(&node, &self.contract).await?;
        let abi = match abi {
            Some(path) => argument::file_text(path)?,
            None => self.known_abi(&node, &contract, global).await?,
        };
        let abi = Abi::parse(&abi).map_err(Fatal::config)?;
        let method = abi.method(&self.method).map_err(Fatal::usage)?;
        let args = abi.encode(method, &self.args).map_err(Fatal::usage)?;
        if self.read || method.read_only {
            return read(&node, &contract, &abi, method, args, output).await;
        }
        let payer = options.key(global)?;
        let operation = call_contract(contract, method.entry_point, args);
        send(&node, vec![operation], &[&payer], options, output).await
    }

    /// The ABI that lies in the base directory, or that the contract was uploaded with.
    async fn known_abi(
        &self,
        node: &Node,
        contract: &Bytes,
        global: &Global,
    ) -> Result<String, Fatal> {
        let directory = Place::find(global)?.basedir().join("contracts");
        let path = directory.join(format!("{}.abi.json", self.contract));
        if path.is_file() {
            return argument::file_text(&path);
        }
        let contract = to_base58(contract);
        let params = json!({ "contract_id": contract });
        let reply = node.try_call("contract_meta_store", "get_contract_meta", params).await?;
        let abi = reply.as_ref().map_or("", |reply| text(&reply["meta"], "abi"));
        if abi.is_empty() {
            let why = match reply {
                Some(_) => "it was uploaded without one",
                None => "contract_meta_store, which would know it, does not run",
            };
            return Err(Fatal::usage(anyhow!("{contract} needs its ABI ({why}); give --abi FILE")));
        }
        Ok(abi.to_owned())
    }
}

async fn read(
    node: &Node,
    contract: &Bytes,
    abi: &Abi,
    method: &Method,
    args: Bytes,
    output: &Output,
) -> Result<(), Fatal> {
    let params = json!({
        "contract_id": to_base58(contract),
        "entry_point": method.entry_point,
        "args": to_base64url(&args),
    });
    let reply = node.call("chain", "read_contract", params).await?;
    let result = abi.decode(method, &from_base64url(text(&reply, "result"))?)?;
    let shown = serde_json::to_string_pretty(&result)?;
    output.show(&Report::new(result).text(shown))
}
