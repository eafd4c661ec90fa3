//! Collections of things with owners, by the standard KCS-5.

use std::sync::Arc;

use koinos_crypto::Address;
use serde_json::{Value, json};

use super::{Route, get, post, value};
use crate::answer::{Answer, Call};
use crate::app::{App, encode};
use crate::core::standards::KCS5;
use crate::error::{Error, Result, refused};

/// Where lists of tokens begin when nothing is said.
const FIRST_TOKEN: &str = "0x00";

/// The paths below `/v1/nft`.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/v1/nft/{contract_id}/name", name),
        get("/v1/nft/{contract_id}/symbol", symbol),
        get("/v1/nft/{contract_id}/uri", uri),
        get("/v1/nft/{contract_id}/info", info),
        get("/v1/nft/{contract_id}/owner", owner),
        get("/v1/nft/{contract_id}/owner/{account}", tokens_of_owner),
        get("/v1/nft/{contract_id}/royalties", royalties),
        get("/v1/nft/{contract_id}/total_supply", total_supply),
        get("/v1/nft/{contract_id}/tokens", tokens),
        get("/v1/nft/{contract_id}/balance/{account}", balance),
        get("/v1/nft/{contract_id}/approved_for_all/{owner}/{operator}", approved_for_all),
        get("/v1/nft/{contract_id}/transfer", transfer_ownership),
        get("/v1/nft/{contract_id}/approve_for_all", approve_for_all),
        post("/v1/nft/{contract_id}/set_royalties", set_royalties),
        get("/v1/nft/{contract_id}/{token_id}/owner", token_owner),
        get("/v1/nft/{contract_id}/{token_id}/metadata", token_metadata),
        get("/v1/nft/{contract_id}/{token_id}/uri", token_uri),
        get("/v1/nft/{contract_id}/{token_id}/approved", token_approved),
        get("/v1/nft/{contract_id}/{token_id}/approve", token_approve),
        get("/v1/nft/{contract_id}/{token_id}/burn", token_burn),
        get("/v1/nft/{contract_id}/{token_id}/mint", token_mint),
        get("/v1/nft/{contract_id}/{token_id}/transfer", token_transfer),
        post("/v1/nft/{contract_id}/{token_id}/set_metadata", token_set_metadata),
    ]
}

/// What a method gives.
async fn read(app: &App, call: &Call, method: &str, arguments: Value) -> Result<Value> {
    app.read(&KCS5, call.contract(app).await?, method, arguments).await
}

/// The text that a method without arguments gives in `value`.
async fn text(app: &App, collection: Address, method: &str) -> Result<String> {
    let result = app.read(&KCS5, collection, method, json!({})).await?;
    Ok(result["value"].as_str().unwrap_or_default().to_owned())
}

async fn name(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    Ok(value(text(&app, collection, "name").await?).into())
}

async fn symbol(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    Ok(value(text(&app, collection, "symbol").await?).into())
}

async fn uri(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    Ok(match text(&app, collection, "uri").await?.as_str() {
        "" => json!({}),
        uri => value(uri),
    }
    .into())
}

/// By the one method that tells all, or by one for each where there is none.
async fn info(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    match app.read(&KCS5, collection, "get_info", json!({})).await {
        Ok(info) if info["name"].is_string() => return Ok(info.into()),
        Ok(_) | Err(Error::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    let mut info = json!({
        "name": text(&app, collection, "name").await?,
        "symbol": text(&app, collection, "symbol").await?,
        "total_supply": text(&app, collection, "total_supply").await?,
    });
    let uri = text(&app, collection, "uri").await?;
    if !uri.is_empty() {
        info["uri"] = uri.into();
    }
    Ok(info.into())
}

async fn owner(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    Ok(value(text(&app, collection, "owner").await?).into())
}

async fn royalties(app: Arc<App>, call: Call) -> Result<Answer> {
    Ok(read(&app, &call, "royalties", json!({})).await?.into())
}

async fn total_supply(app: Arc<App>, call: Call) -> Result<Answer> {
    Ok(read(&app, &call, "total_supply", json!({})).await?.into())
}

async fn balance(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    let owner = call.account(&app, "account").await?.to_string();
    Ok(app.read(&KCS5, collection, "balance_of", json!({ "owner": owner })).await?.into())
}

async fn approved_for_all(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    let owner = call.account(&app, "owner").await?.to_string();
    let operator = call.account(&app, "operator").await?.to_string();
    let arguments = json!({ "owner": owner, "operator": operator });
    let result = app.read(&KCS5, collection, "is_approved_for_all", arguments).await?;
    Ok(value(result["value"].as_bool().unwrap_or(false)).into())
}

async fn tokens(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    let arguments = page(&call, json!({}))?;
    list(&app, &call, collection, "get_tokens", arguments).await
}

async fn tokens_of_owner(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    let owner = call.account(&app, "account").await?.to_string();
    let arguments = page(&call, json!({ "owner": owner }))?;
    list(&app, &call, collection, "get_tokens_by_owner", arguments).await
}

/// Adds to arguments where a list begins, its length, and its order.
fn page(call: &Call, mut arguments: Value) -> Result<Value> {
    let limit: u32 = call.query.number("limit")?;
    let start = call.query.get("start").filter(|start| !start.is_empty()).unwrap_or(FIRST_TOKEN);
    arguments["start"] = start.into();
    arguments["limit"] = limit.into();
    arguments["descending"] = call.query.is_asked("descending").into();
    Ok(arguments)
}

/// A list of tokens, with a link to the next ones.
async fn list(
    app: &App,
    call: &Call,
    collection: Address,
    method: &str,
    arguments: Value,
) -> Result<Answer> {
    let limit = arguments["limit"].as_u64().unwrap_or(0) as usize;
    let result = app.read(&KCS5, collection, method, arguments).await?;
    let values = result["values"].as_array().cloned().unwrap_or_default();
    let last = values.last().and_then(Value::as_str).map(str::to_owned);
    let mut answer = Answer::from(json!({ "values": values }));
    if let (true, Some(last)) = (values.len() == limit, last) {
        answer.links.push(call.link("next", &[("start", last)]));
    }
    Ok(answer)
}

async fn transfer_ownership(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    let to = call.account_parameter(&app, "to").await?.to_string();
    Ok(encode(&KCS5, collection, "transfer_ownership", json!({ "to": to }))?.into())
}

async fn approve_for_all(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    call.require(&["owner", "operator"])?;
    let arguments = json!({
        "owner": call.account_parameter(&app, "owner").await?.to_string(),
        "operator": call.account_parameter(&app, "operator").await?.to_string(),
        "approved": call.query.get("approved") == Some("true"),
    });
    Ok(encode(&KCS5, collection, "set_approval_for_all", with_memo(&call, arguments))?.into())
}

async fn set_royalties(app: Arc<App>, call: Call) -> Result<Answer> {
    let collection = call.contract(&app).await?;
    call.object()?;
    Ok(encode(&KCS5, collection, "set_royalties", call.body)?.into())
}

/// The token in the path.
fn token(call: &Call) -> Result<String> {
    let text = call.part("token_id");
    koinos_codec::text::from_hex(text).map_err(|_| {
        refused(format!("invalid token_id {text:?}: expected 0x and hexadecimal digits"))
    })?;
    Ok(text.to_owned())
}

fn with_memo(call: &Call, mut arguments: Value) -> Value {
    if let Some(memo) = call.query.get("memo").filter(|memo| !memo.is_empty()) {
        arguments["memo"] = memo.into();
    }
    arguments
}

/// Who has a token; empty when nobody has.
async fn owner_of(app: &App, collection: Address, token: &str) -> Result<String> {
    let result = app.read(&KCS5, collection, "owner_of", json!({ "token_id": token })).await?;
    Ok(result["value"].as_str().unwrap_or_default().to_owned())
}

async fn token_owner(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    match owner_of(&app, collection, &token).await?.as_str() {
        "" => Err(refused(format!("token {token} does not exist"))),
        owner => Ok(value(owner).into()),
    }
}

async fn token_metadata(app: Arc<App>, call: Call) -> Result<Answer> {
    let result = read(&app, &call, "metadata_of", json!({ "token_id": token(&call)? })).await?;
    let metadata = result["value"].as_str().unwrap_or_default();
    if metadata.is_empty() {
        return Ok(json!({}).into());
    }
    let read: Value = serde_json::from_str(metadata)
        .map_err(|error| refused(format!("the metadata of the token are no JSON: {error}")))?;
    Ok(read.into())
}

/// What describes a token: JSON as it stands, other text as a value.
async fn token_uri(app: Arc<App>, call: Call) -> Result<Answer> {
    let result = read(&app, &call, "token_uri", json!({ "token_id": token(&call)? })).await?;
    let uri = result["value"].as_str().unwrap_or_default();
    if uri.is_empty() {
        return Ok(json!({}).into());
    }
    Ok(serde_json::from_str(uri).unwrap_or_else(|_| value(uri)).into())
}

async fn token_approved(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let arguments = page(&call, json!({ "token_id": token }))?;
    let result = app.read(&KCS5, collection, "get_approved", arguments).await?;
    let approved = result["value"].as_str().filter(|operator| !operator.is_empty());
    Ok(json!({ "value": approved.into_iter().collect::<Vec<_>>() }).into())
}

async fn token_approve(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let operator = call.account_parameter(&app, "operator").await?.to_string();
    let mut arguments = json!({ "operator": operator, "token_id": token });
    let approve = ["approve", "approved"].iter().find_map(|name| call.query.get(name));
    if let Some(approve) = approve.filter(|approve| !approve.is_empty()) {
        arguments["approve"] = (approve == "true").into();
    }
    let owner = owner_of(&app, collection, &token).await?;
    arguments["owner"] = owner.into();
    Ok(encode(&KCS5, collection, "approve", with_memo(&call, arguments))?.into())
}

async fn token_burn(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let arguments = with_memo(&call, json!({ "token_id": token }));
    Ok(encode(&KCS5, collection, "burn", arguments)?.into())
}

async fn token_mint(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let to = call.account_parameter(&app, "to").await?.to_string();
    let arguments = with_memo(&call, json!({ "token_id": token, "to": to }));
    Ok(encode(&KCS5, collection, "mint", arguments)?.into())
}

async fn token_transfer(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let to = call.account_parameter(&app, "to").await?.to_string();
    let from = owner_of(&app, collection, &token).await?;
    let arguments = with_memo(&call, json!({ "from": from, "to": to, "token_id": token }));
    Ok(encode(&KCS5, collection, "transfer", arguments)?.into())
}

/// The body is the metadata, kept without white space.
async fn token_set_metadata(app: Arc<App>, call: Call) -> Result<Answer> {
    let (collection, token) = (call.contract(&app).await?, token(&call)?);
    let arguments = json!({ "token_id": token, "metadata": call.body.to_string() });
    Ok(encode(&KCS5, collection, "set_metadata", arguments)?.into())
}
