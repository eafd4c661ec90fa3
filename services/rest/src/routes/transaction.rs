//! Transactions: found, prepared, submitted.

use std::sync::Arc;

use koinos_codec::text::{to_base64url, to_hex};
use koinos_proto::protocol::{Transaction, TransactionReceipt};
use koinos_proto::rpc::chain::GetHeadInfoResponse;
use koinos_proto::transaction_store::TransactionItem;
use koinos_rpc::RpcError;
use koinos_wallet::transaction::seal;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Caching, Call};
use crate::app::{App, wanted};
use crate::core::{json as koinos_json, nonce};
use crate::error::{Error, Result, refused};
use crate::node::Parts;

/// Blocks of forks that may hold a transaction and are looked at.
const MAX_BLOCKS: usize = 100;

/// A transaction, where it stands and what came of it; or, as long as it waits for a block, the
/// transaction alone.
pub(super) async fn transaction(app: Arc<App>, call: Call) -> Result<Answer> {
    let id: bytes::Bytes = koinos_json::id("transaction", call.part("transaction_id"))?.into();
    let wanted = wanted(&call.query);
    let Some(item) = app.node.transaction(id.clone()).await? else {
        let pending = app.node.pending_transaction(id).await?.and_then(|found| found.transaction);
        let pending = pending.ok_or_else(|| refused("transaction does not exist"))?;
        let mut answer = json!({
            "transaction": koinos_json::of(&pending)?, "irreversible": false,
        });
        app.abis.decode(&mut answer, wanted).await?;
        return Ok(answer.into());
    };
    let info = app.node.head_info().await?;
    let placed = placed(&app, &item, &info, call.query.is_on("return_receipt")).await?;
    let mut answer = koinos_json::of(&item)?;
    answer["irreversible"] = placed.as_ref().is_some_and(|placed| placed.irreversible).into();
    let is_final = placed.as_ref().is_some_and(|placed| placed.irreversible);
    if let Some(Placed { timestamp, receipt, .. }) = placed {
        answer["transaction"]["timestamp"] = timestamp.to_string().into();
        if let Some(receipt) = receipt {
            answer["receipt"] = koinos_json::of(&receipt)?;
        }
    }
    let whole = app.abis.decode(&mut answer, wanted).await?;
    Ok(Answer::held(answer, Caching::of_final(is_final, whole)))
}

/// A block of the chain that holds a transaction.
struct Placed {
    irreversible: bool,
    /// Of the block, in milliseconds.
    timestamp: u64,
    receipt: Option<TransactionReceipt>,
}

/// Finds the block on the chain among those that hold the transaction; others are on forks.
async fn placed(
    app: &App,
    item: &TransactionItem,
    info: &GetHeadInfoResponse,
    receipts: bool,
) -> Result<Option<Placed>> {
    let ids: Vec<_> = item.containing_blocks.iter().take(MAX_BLOCKS).cloned().collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let head = info.head_topology.clone().unwrap_or_default();
    let blocks = app.node.blocks_by_id(ids, Parts { blocks: true, receipts }).await?;
    for block in blocks {
        let Some(header) = block.block.and_then(|block| block.header) else { continue };
        if block.block_height > head.height {
            continue;
        }
        let nothing = Parts { blocks: false, receipts: false };
        let there =
            app.node.blocks_by_height(head.id.clone(), block.block_height, 1, nothing).await?;
        if there.first().map(|there| &there.block_id) != Some(&block.block_id) {
            continue;
        }
        let id = item.transaction.as_ref().map(|transaction| &transaction.id);
        let receipt = block.receipt.and_then(|receipt| {
            receipt.transaction_receipts.into_iter().find(|receipt| Some(&receipt.id) == id)
        });
        return Ok(Some(Placed {
            irreversible: block.block_height <= info.last_irreversible_block,
            timestamp: header.timestamp,
            receipt,
        }));
    }
    Ok(None)
}

/// Completes a transaction so that it can be signed: chain id, nonce and limit where they are
/// missing, merkle root and id.
pub(super) async fn prepare(app: Arc<App>, call: Call) -> Result<Answer> {
    let mut body = call.object()?.clone();
    let header = completed(&app, body.get("header").unwrap_or(&Value::Null)).await?;
    body.insert("header".to_owned(), header);
    let mut transaction: Transaction = koinos_json::read(&Value::Object(body.clone()))?;
    seal(&mut transaction);
    let root = transaction.header.map(|header| header.operation_merkle_root).unwrap_or_default();
    if let Some(header) = body.get_mut("header") {
        header["operation_merkle_root"] = to_base64url(&root).into();
    }
    body.insert("id".to_owned(), to_hex(&transaction.id).into());
    Ok(Value::Object(body).into())
}

/// A header without what is unknown here, in the order of the message.
async fn completed(app: &App, given: &Value) -> Result<Value> {
    let member = |name: &str| given.get(name).filter(|value| !value.is_null()).cloned();
    let text = |name: &str| {
        let value = given.get(name).and_then(Value::as_str);
        value.filter(|text| !text.is_empty())
    };
    let payer = app.names.account(text("payer").ok_or_else(|| refused("payer is undefined"))?);
    let payer = payer.await?;
    let payee = match text("payee") {
        Some(payee) => Some(app.names.account(payee).await?),
        None => None,
    };
    let chain_id = match text("chain_id") {
        Some(id) => id.to_owned(),
        None => to_base64url(&app.node.chain_id().await?),
    };
    let rc_limit = match member("rc_limit") {
        Some(limit) => limit,
        None => app.node.account_rc(payer).await?.to_string().into(),
    };
    let nonce = match member("nonce") {
        Some(nonce) => nonce,
        None => {
            let last = app.node.account_nonce(payee.unwrap_or(payer)).await?;
            let next = nonce::number(&last)?.checked_add(1);
            let next = next.ok_or_else(|| refused("the account has had its last nonce"))?;
            nonce::encoded(next).into()
        }
    };
    let mut header = json!({
        "chain_id": chain_id, "rc_limit": rc_limit, "nonce": nonce, "operation_merkle_root": "",
        "payer": payer.to_string(),
    });
    if let Some(payee) = payee {
        header["payee"] = payee.to_string().into();
    }
    Ok(header)
}

/// Submits a signed transaction, or only tries it with `broadcast=false`.
///
/// When the chain does not answer in time, the transaction may be on its way all the same. As by the
/// original service this is told in a receipt without figures.
pub(super) async fn submit(app: Arc<App>, call: Call) -> Result<Answer> {
    let body = call.object()?;
    let transaction: Transaction = koinos_json::read(&call.body)?;
    let broadcast = call.query.is_on("broadcast");
    let receipt = match app.node.submit_transaction(transaction, broadcast).await {
        Ok(Some(receipt)) => koinos_json::of(&receipt)?,
        Ok(None) => return Err(Error::Unknown("chain gave no receipt".to_owned())),
        Err(RpcError::Timeout { consumers, .. }) if consumers != Some(0) => unknown_outcome(body),
        Err(RpcError::ConnectionLost(_)) => unknown_outcome(body),
        Err(error) => return Err(error.into()),
    };
    Ok(json!({ "receipt": receipt, "transaction": call.body }).into())
}

fn unknown_outcome(transaction: &Map<String, Value>) -> Value {
    let header = transaction.get("header").unwrap_or(&Value::Null);
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    json!({
        "id": text(transaction.get("id")),
        "payer": text(header.get("payer")),
        "max_payer_rc": "",
        "rc_limit": text(header.get("rc_limit")),
        "rc_used": "",
        "disk_storage_used": "",
        "network_bandwidth_used": "",
        "compute_bandwidth_used": "",
        "reverted": false,
        "events": [],
        "state_delta_entries": [],
        "logs": [],
        "rpc_error": {
            "error": "An internal server error has occurred",
            "data": "rpc failed, context deadline exceeded",
        },
    })
}
