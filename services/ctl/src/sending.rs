//! Transactions on their way: filled in, priced, signed, submitted, and looked for in blocks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use bytes::Bytes;
use clap::Args;
use koinos_codec::json::Mapping;
use koinos_codec::text::from_base64url;
use koinos_crypto::SecretKey;
use koinos_proto::protocol::{Operation, Transaction};
use koinos_service::Fatal;
use koinos_wallet::transaction::Draft;
use prost::Message;
use serde_json::{Value, json};

use crate::account::{account_nonce, nonce_in};
use crate::chain::blocks;
use crate::cli::Global;
use crate::key;
use crate::node::{Node, Place, nothing, number, text};
use crate::output::{Output, Report};

/// How often the chain is asked for new blocks while a transaction is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The full name of a transaction's message.
const TRANSACTION: &str = "koinos.protocol.transaction";

/// How to pay for and send a transaction.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendOptions {
    /// Key file of the account that pays [default: account.key in the base directory]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// Resource credits it may use [default: what a trial uses, and a tenth]
    #[arg(long, value_name = "RC")]
    pub(crate) rc_limit: Option<u64>,

    /// Seconds to wait until it is in a block; 0 does not wait
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
}

impl SendOptions {
    /// The key that pays.
    pub(crate) fn key(&self, global: &Global) -> Result<SecretKey, Fatal> {
        match &self.key {
            Some(path) => key::read(path),
            None => {
                let path = Place::find(global)?.basedir().join("account.key");
                if !path.exists() {
                    return Err(Fatal::usage(anyhow!(
                        "there is no {}; name the key file of the account with --key",
                        path.display()
                    )));
                }
                key::read(&path)
            }
        }
    }
}

/// The address of a key, 25 bytes.
pub(crate) fn address_of(key: &SecretKey) -> Bytes {
    Bytes::copy_from_slice(key.public_key().address().as_bytes())
}

/// Makes a transaction of operations, submits it, waits for it, and shows what came of it.
pub(crate) async fn send(
    node: &Node,
    operations: Vec<Operation>,
    keys: &[&SecretKey],
    options: &SendOptions,
    output: &Output,
) -> Result<(), Fatal> {
    let Some(payer) = keys.first() else {
        return Err(Fatal::usage(anyhow!("a transaction needs a key")));
    };
    let draft = draft(node, operations, payer).await?;
    let draft = price(node, draft, keys, options.rc_limit).await?;
    submit(node, &draft.sign(keys)?, options.wait, output).await
}

/// The draft with what the chain knows: chain id, the next nonce, all resource credits there are.
async fn draft(node: &Node, operations: Vec<Operation>, payer: &SecretKey) -> Result<Draft, Fatal> {
    let address = payer.public_key().address().to_string();
    let chain_id = node.call("chain", "get_chain_id", nothing()).await?;
    let credits = node.call("chain", "get_account_rc", json!({ "account": address })).await?;
    Ok(Draft {
        chain_id: from_base64url(text(&chain_id, "chain_id"))?.into(),
        nonce: last_nonce(node, &address).await? + 1,
        rc_limit: number(&credits, "rc"),
        payer: address_of(payer),
        payee: Bytes::new(),
        operations,
    })
}

/// The last nonce of an account, pending transactions included.
async fn last_nonce(node: &Node, address: &str) -> Result<u64, Fatal> {
    let params = json!({ "payee": address });
    let pending = node.try_call("mempool", "get_pending_nonce", params).await?;
    match pending.as_ref().map(|reply| text(reply, "nonce")).filter(|nonce| !nonce.is_empty()) {
        Some(nonce) => nonce_in(nonce),
        None => account_nonce(node, address).await,
    }
}

/// Sets the limit of resource credits: as given, or what a trial takes and a tenth.
async fn price(
    node: &Node,
    draft: Draft,
    keys: &[&SecretKey],
    given: Option<u64>,
) -> Result<Draft, Fatal> {
    if let Some(rc_limit) = given {
        return Ok(Draft { rc_limit, ..draft });
    }
    // The chain tries on its head, where pending nonces are still to come.
    let address = koinos_codec::text::to_base58(&draft.payer);
    let trial = Draft { nonce: account_nonce(node, &address).await? + 1, ..draft.clone() };
    let receipt = submit_once(node, &trial.sign(keys)?, false).await?;
    if receipt["reverted"] == true {
        let logs: String = log_lines(&receipt).map(|log| format!("\n  log: {log}")).collect();
        return Err(Fatal::failure(anyhow!("the operations fail, so nothing was submitted{logs}")));
    }
    let used = number(&receipt, "rc_used");
    let rc_limit = used.saturating_add(used / 10).min(draft.rc_limit);
    Ok(Draft { rc_limit, ..draft })
}

fn log_lines(receipt: &Value) -> impl Iterator<Item = &str> {
    receipt["logs"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Submits a transaction once; its receipt on the head state.
async fn submit_once(
    node: &Node,
    transaction: &Transaction,
    broadcast: bool,
) -> Result<Value, Fatal> {
    let params = json!({ "transaction": to_json(transaction)?, "broadcast": broadcast });
    let mut reply = node.call("chain", "submit_transaction", params).await?;
    Ok(reply["receipt"].take())
}

/// The Koinos JSON of a transaction.
pub(crate) fn to_json(transaction: &Transaction) -> Result<Value, Fatal> {
    Ok(Mapping::koinos().decode(TRANSACTION, &transaction.encode_to_vec())?)
}

/// The transaction that Koinos JSON stands for.
pub(crate) fn from_json(json: &Value, place: &Path) -> Result<Transaction, Fatal> {
    let wrong = |error: anyhow::Error| {
        Fatal::config(error.context(format!("{} does not hold a transaction", place.display())))
    };
    let bytes = Mapping::koinos().encode(TRANSACTION, json).map_err(|error| wrong(error.into()))?;
    Transaction::decode(&bytes[..]).map_err(|error| wrong(error.into()))
}

/// Submits a signed transaction, waits until it is in a block, and shows what came of it.
pub(crate) async fn submit(
    node: &Node,
    transaction: &Transaction,
    wait: u64,
    output: &Output,
) -> Result<(), Fatal> {
    let head = node.call("chain", "get_head_info", nothing()).await?;
    let before = number(&head["head_topology"], "height");
    let trial = submit_once(node, transaction, true).await?;
    let id = koinos_codec::text::to_hex(&transaction.id);
    let found = match wait {
        0 => None,
        seconds => Some(find(node, &id, before + 1, Duration::from_secs(seconds)).await?),
    };
    let (block, receipt) = match found {
        Some((block, receipt)) => (Some(block), receipt),
        None => (None, trial),
    };
    let reverted = receipt["reverted"] == true;
    let block_id = block.as_ref().map(|block| text(block, "block_id").to_owned());
    let height = block.as_ref().map(|block| number(block, "block_height"));
    let report = Report::new(json!({
        "id": id,
        "block_height": height.map(|height| height.to_string()),
        "block_id": block_id,
        "receipt": receipt,
    }))
    .pair("transaction", &id)
    .pair("outcome", if reverted { "reverted" } else { "done" })
    .pair("rc used", number(&receipt, "rc_used"))
    .maybe("block height", height)
    .maybe("block id", block_id);
    let report = log_lines(&receipt).fold(report, |report, log| report.pair("log", log));
    output.show(&report)?;
    match reverted {
        false => Ok(()),
        true => Err(Fatal::failure(anyhow!("the transaction was reverted"))),
    }
}

/// Looks through the blocks from a height on until one holds the transaction: the block's item and
/// the transaction's receipt.
async fn find(node: &Node, id: &str, from: u64, limit: Duration) -> Result<(Value, Value), Fatal> {
    let deadline = Instant::now() + limit;
    let mut next = from;
    loop {
        let head = node.call("chain", "get_head_info", nothing()).await?;
        let topology = &head["head_topology"];
        let height = number(topology, "height");
        if height >= next {
            let count = (height - next + 1).min(100);
            let reply = blocks(node, text(topology, "id"), next, count).await?;
            let items = reply["block_items"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(found) = items.iter().find_map(|item| receipt_in(item, id)) {
                return Ok(found);
            }
            next += items.len() as u64;
        }
        if Instant::now() >= deadline {
            return Err(Fatal::unavailable(anyhow!(
                "{id} was accepted, but no block within {} s holds it; look again with \
                 `koinosctl chain transaction {id}`",
                limit.as_secs()
            )));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn receipt_in(item: &Value, id: &str) -> Option<(Value, Value)> {
    let receipts = item["receipt"]["transaction_receipts"].as_array()?;
    let receipt = receipts.iter().find(|receipt| text(receipt, "id") == id)?;
    Some((item.clone(), receipt.clone()))
}
