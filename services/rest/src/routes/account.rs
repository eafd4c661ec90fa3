//! Accounts: balances, mana, nonces, history.

use std::sync::Arc;

use koinos_codec::text::to_base64url;
use koinos_proto::rpc::account_history::GetAccountHistoryRequest;
use koinos_service::blocking;
use serde_json::{Value, json};

use super::{token, value};
use crate::answer::{Answer, Caching, Call};
use crate::app::{App, wanted};
use crate::core::{amounts::format_units, json as koinos_json, nonce};
use crate::error::{Error, Result};
use crate::node::bytes;

/// Mana has the decimals of KOIN.
const MANA_DECIMALS: u32 = 8;

/// The same as a token's balance of an account.
pub(super) async fn balance(app: Arc<App>, call: Call) -> Result<Answer> {
    token::balance(app, call).await
}

/// The resource credits of an account.
pub(super) async fn mana(app: Arc<App>, call: Call) -> Result<Answer> {
    let account = call.account(&app, "account").await?;
    let rc = app.node.account_rc(account).await?;
    Ok(value(format_units(rc, MANA_DECIMALS)).into())
}

/// The last nonce of an account, as a number or as the chain keeps it.
pub(super) async fn nonce(app: Arc<App>, call: Call) -> Result<Answer> {
    let account = call.account(&app, "account").await?;
    let last = app.node.account_nonce(account).await?;
    Ok(match call.query.is_on("decode_nonce") {
        true => value(nonce::number(&last)?),
        false => value(to_base64url(&last)),
    }
    .into())
}

/// The nonce of an account's next transaction, as text of a number or as its header has it.
pub(super) async fn next_nonce(app: Arc<App>, call: Call) -> Result<Answer> {
    let account = call.account(&app, "account").await?;
    let last = nonce::number(&app.node.account_nonce(account).await?)?;
    let next = last.checked_add(1);
    let next = next.ok_or_else(|| Error::Unknown("the account has had its last nonce".into()))?;
    Ok(match call.query.is_on("decode_nonce") {
        true => value(next.to_string()),
        false => value(nonce::encoded(next)),
    }
    .into())
}

/// Blocks and transactions that concern an account. When there are none, the answer is an empty
/// object, as by the original service.
pub(super) async fn history(app: Arc<App>, call: Call) -> Result<Answer> {
    let limit: u64 = call.query.number("limit")?;
    let seq_num: Option<u64> = match call.query.get("sequence_number") {
        Some("") | None => None,
        Some(_) => call.query.optional("sequence_number")?,
    };
    let (ascending, irreversible) =
        (call.query.is_on("ascending"), call.query.is_on("irreversible"));
    let account = call.account(&app, "account").await?;
    let request = GetAccountHistoryRequest {
        address: bytes(account),
        seq_num,
        limit,
        ascending,
        irreversible,
    };
    let entries = app.node.account_history(request).await?;
    let Some(last) = entries.last().map(|entry| entry.seq_num) else {
        return Ok(json!({}).into());
    };
    let is_full = entries.len() as u64 == limit;
    let mut records: Value =
        blocking(move || entries.iter().map(koinos_json::of).collect::<Result<Vec<_>>>())
            .await?
            .into();
    let whole = app.abis.decode(&mut records, wanted(&call.query)).await?;
    // Further records come after the last one. Those up to there stay as they are.
    let is_final = is_full && irreversible && ascending;
    let mut answer = Answer::held(records, Caching::of_final(is_final, whole));
    let next = if ascending { last.checked_add(1) } else { last.checked_sub(1) };
    if let (true, Some(next)) = (is_full, next) {
        answer.links.push(call.link("next", &[("sequence_number", next.to_string())]));
    }
    Ok(answer)
}
