//! `tx`: transactions from files, and those in blocks.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Subcommand;
use koinos_codec::text::from_any_base64;
use koinos_proto::protocol::{Transaction, TransactionHeader};
use koinos_service::Fatal;
use koinos_wallet::transaction::{add_signature, nonce, seal};
use serde_json::json;

use crate::cli::Global;
use crate::node::{Node, number, text};
use crate::output::{Output, Report};
use crate::sending::{SendOptions, address_of, from_json, send, submit, to_json};
use crate::{argument, chain, key};

/// What to do with a transaction.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Complete and sign a transaction, without a node
    Sign {
        /// The transaction in Koinos JSON; - is standard input
        file: PathBuf,
        /// Key file to sign with; give it several times for several signatures
        #[arg(long, short, value_name = "FILE", required = true)]
        key: Vec<PathBuf>,
        /// The chain id, in base64
        #[arg(long, value_name = "BASE64")]
        chain_id: Option<String>,
        /// The nonce: one more than the last of the account
        #[arg(long, value_name = "N")]
        nonce: Option<u64>,
        /// Resource credits it may use
        #[arg(long, value_name = "RC")]
        rc_limit: Option<u64>,
    },
    /// Show a transaction, and what has become of the blocks that have it
    Show {
        /// Its id, as 0x and hexadecimal digits
        id: String,
    },
    /// Submit a transaction: a signed one as it is; of others the operations, signed with --key
    Submit {
        /// The transaction in Koinos JSON; - is standard input
        file: PathBuf,
        #[command(flatten)]
        options: SendOptions,
    },
}

/// Signs, shows or submits.
pub(crate) async fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    match verb {
        Verb::Sign { file, key, chain_id, nonce, rc_limit } => {
            let mut transaction = read(&file)?;
            let header = transaction.header.get_or_insert_default();
            fill(header, chain_id.as_deref(), nonce, rc_limit)?;
            sign(&mut transaction, &key)?;
            let json = to_json(&transaction)?;
            let text = serde_json::to_string_pretty(&json)?;
            output.show(&Report::new(json).text(text))
        }
        Verb::Show { id } => show(&id, global, output).await,
        Verb::Submit { file, options } => {
            let transaction = read(&file)?;
            let node = Node::connect(global).await?;
            if !transaction.signatures.is_empty() {
                return submit(&node, &transaction, options.wait, output).await;
            }
            if transaction.operations.is_empty() {
                return Err(Fatal::config(anyhow!(
                    "{} has neither signatures nor operations",
                    file.display()
                )));
            }
            let payer = options.key(global)?;
            send(&node, transaction.operations, &[&payer], &options, output).await
        }
    }
}

async fn show(id: &str, global: &Global, output: &Output) -> Result<(), Fatal> {
    argument::bytes(id)?;
    let node = Node::connect(global).await?;
    let report = chain::transaction(&node, id).await?;
    let params = json!({ "transaction_ids": [id] });
    // Not known to the original service, which may be the one that runs.
    let known = node.call("transaction_store", "get_inclusions", params).await.ok();
    let blocks = known.as_ref().and_then(|known| known["transactions"][0]["blocks"].as_array());
    let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else {
        return output.show(&report);
    };
    let rows = blocks.iter().map(|block| {
        let standing = match (block["main_chain"] == true, block["irreversible"] == true) {
            (true, true) => "irreversible",
            (true, false) => "on the main chain",
            (false, _) => "not on the main chain",
        };
        let height = number(block, "height").to_string();
        vec![text(block, "block_id").to_owned(), height, standing.to_owned()]
    });
    let mut json = report.json().clone();
    json["inclusions"] = blocks.clone().into();
    let shown = Report::new(json).below(report);
    output.show(&shown.table(vec!["block", "height", "standing"], rows.collect()))
}

fn read(file: &Path) -> Result<Transaction, Fatal> {
    let text = argument::file_text(file)?;
    let json = serde_json::from_str(&text).map_err(|error| {
        Fatal::config(anyhow!("{} is not JSON: {error}; correct it", file.display()))
    })?;
    from_json(&json, file)
}

/// Sets what was given on the command line.
fn fill(
    header: &mut TransactionHeader,
    chain_id: Option<&str>,
    number: Option<u64>,
    rc_limit: Option<u64>,
) -> Result<(), Fatal> {
    if let Some(text) = chain_id {
        let bytes = from_any_base64(text)
            .map_err(|error| Fatal::usage(anyhow!("--chain-id {text:?}: {error}")))?;
        header.chain_id = bytes.into();
    }
    if let Some(number) = number {
        header.nonce = nonce(number);
    }
    if let Some(rc_limit) = rc_limit {
        header.rc_limit = rc_limit;
    }
    for (missing, name, option) in [
        (header.chain_id.is_empty(), "chain id", "--chain-id"),
        (header.nonce.is_empty(), "nonce", "--nonce"),
        (header.rc_limit == 0, "limit of resource credits", "--rc-limit"),
    ] {
        if missing {
            return Err(Fatal::usage(anyhow!("the transaction has no {name}; give {option}")));
        }
    }
    Ok(())
}

/// Completes the transaction and adds signatures; without a payer the first key pays.
fn sign(transaction: &mut Transaction, files: &[PathBuf]) -> Result<(), Fatal> {
    let keys = files.iter().map(|file| key::read(file)).collect::<Result<Vec<_>, _>>()?;
    let header = transaction.header.get_or_insert_default();
    if let (true, Some(first)) = (header.payer.is_empty(), keys.first()) {
        header.payer = address_of(first);
    }
    seal(transaction);
    for key in &keys {
        add_signature(transaction, key)?;
    }
    Ok(())
}
