//! Blocks, by id and by height.

use std::sync::Arc;

use koinos_proto::block_store::BlockItem;
use koinos_proto::protocol::Block;
use koinos_service::blocking;
use serde_json::{Value, json};

use crate::answer::{Answer, Caching, Call};
use crate::app::{App, wanted};
use crate::core::json as koinos_json;
use crate::core::query::Query;
use crate::error::{Result, refused};
use crate::node::Parts;

fn parts(query: &Query) -> Parts {
    Parts { blocks: query.is_on("return_block"), receipts: query.is_on("return_receipt") }
}

/// A block and its receipt.
pub(super) async fn block(app: Arc<App>, call: Call) -> Result<Answer> {
    let (text, parts) = (call.part("block_id_or_num"), parts(&call.query));
    let absent = || refused("block does not exist");
    let (items, is_final) = if text.starts_with("0x") {
        let id = koinos_json::id("block", text)?;
        // An id stands for one content for ever.
        (app.node.blocks_by_id(vec![id.into()], parts).await?, true)
    } else {
        let height: Option<u64> = Some(text)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok());
        let height = height.ok_or_else(|| {
            refused(format!(
                "invalid block_id_or_num {text:?}: expected a height, or 0x and the id of a block"
            ))
        })?;
        let info = app.node.head_info().await?;
        let head = info.head_topology.unwrap_or_default();
        if height == 0 || height > head.height {
            return Err(absent());
        }
        let items = app.node.blocks_by_height(head.id, height, 1, parts).await?;
        (items, height <= info.last_irreversible_block)
    };
    // An unknown id gives an empty item.
    let item = items.into_iter().next().filter(|item| !item.block_id.is_empty());
    let item = item.ok_or_else(absent)?;
    let (value, whole) = shown(&app, &call.query, vec![item]).await?;
    let value = match value {
        Value::Array(mut items) => items.pop().ok_or_else(absent)?,
        value => value,
    };
    Ok(Answer::held(value, Caching::of_final(is_final, whole)))
}

/// Blocks of the chain, from a height on.
pub(super) async fn blocks(app: Arc<App>, call: Call) -> Result<Answer> {
    call.require(&["limit"])?;
    let start: u64 = call.query.number("start")?;
    let limit: u32 = call.query.number("limit")?;
    let absent = || refused("blocks do not exist");
    let info = app.node.head_info().await?;
    let head = info.head_topology.unwrap_or_default();
    if start > head.height {
        return Err(absent());
    }
    let items = app.node.blocks_by_height(head.id, start, limit, parts(&call.query)).await?;
    let Some(last) = items.last().map(|item| item.block_height) else { return Err(absent()) };
    let is_full = items.len() == limit as usize;
    let (value, whole) = shown(&app, &call.query, items).await?;
    let is_final = is_full && last <= info.last_irreversible_block;
    let mut answer = Answer::held(value, Caching::of_final(is_final, whole));
    if is_full {
        answer.links.push(call.link("next", &[("start", (last + 1).to_string())]));
    }
    if start > 1 {
        let before = start.saturating_sub(u64::from(limit)).max(1);
        let count = (start - before).to_string();
        let changed = [("start", before.to_string()), ("limit", count)];
        answer.links.push(call.link("prev", &changed));
    }
    Ok(answer)
}

/// Submits a block.
pub(super) async fn submit(app: Arc<App>, call: Call) -> Result<Answer> {
    let block: Block = koinos_json::read(&call.body)?;
    Ok(match app.node.submit_block(block).await? {
        Some(receipt) => koinos_json::of(&receipt)?,
        // It was there already.
        None => json!({}),
    }
    .into())
}

/// The JSON of blocks, decoded as wanted, and whether all in them was.
async fn shown(app: &App, query: &Query, items: Vec<BlockItem>) -> Result<(Value, bool)> {
    let texts = blocking(move || items.iter().map(koinos_json::of).collect::<Result<Vec<_>>>());
    let mut value = texts.await?.into();
    let whole = app.abis.decode(&mut value, wanted(query)).await?;
    Ok((value, whole))
}
