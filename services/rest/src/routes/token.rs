//! Tokens, by the standard KCS-4.

use std::sync::Arc;

use koinos_crypto::Address;
use serde_json::{Value, json};

use super::{Route, get, value};
use crate::answer::{Answer, Call};
use crate::app::{App, encode};
use crate::core::amounts::{format_units, parse_units};
use crate::core::standards::KCS4;
use crate::error::{Error, Result};

/// The paths below `/v1/token`.
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/v1/token/{contract_id}/name", name),
        get("/v1/token/{contract_id}/symbol", symbol),
        get("/v1/token/{contract_id}/decimals", decimals),
        get("/v1/token/{contract_id}/total_supply", total_supply),
        get("/v1/token/{contract_id}/info", info),
        get("/v1/token/{contract_id}/balance/{account}", balance),
        get("/v1/token/{contract_id}/allowance/{account}/{spender}", allowance),
        get("/v1/token/{contract_id}/allowances/{account}", allowances),
        get("/v1/token/{contract_id}/transfer", transfer),
        get("/v1/token/{contract_id}/mint", mint),
        get("/v1/token/{contract_id}/burn", burn),
        get("/v1/token/{contract_id}/approve", approve),
    ]
}

/// What a method gives in `value`, as text; empty when it gives nothing.
async fn text(app: &App, token: Address, method: &str) -> Result<String> {
    let result = app.read(&KCS4, token, method, json!({})).await?;
    Ok(result["value"].as_str().unwrap_or_default().to_owned())
}

/// Units that a method gives in `value`.
fn units(result: &Value) -> Result<u64> {
    let units = result["value"].as_str().and_then(|text| text.parse().ok());
    units.ok_or_else(|| Error::Unknown("an amount is no number".to_owned()))
}

async fn name(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    Ok(value(text(&app, token, "name").await?).into())
}

async fn symbol(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    Ok(value(text(&app, token, "symbol").await?).into())
}

async fn decimals(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    Ok(value(app.decimals(token).await?).into())
}

async fn total_supply(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    Ok(value(supply(&app, token).await?).into())
}

async fn supply(app: &App, token: Address) -> Result<String> {
    let result = app.read(&KCS4, token, "total_supply", json!({})).await?;
    Ok(format_units(units(&result)?, app.decimals(token).await?))
}

/// By the one method that tells all, which not every token has, or by one method for each.
async fn info(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    let info = match app.read(&KCS4, token, "get_info", json!({})).await {
        Ok(info) if info["symbol"].is_string() => json!({
            "name": info["name"].as_str().unwrap_or_default(),
            "symbol": info["symbol"],
            "decimals": info["decimals"].as_u64().unwrap_or(0),
        }),
        Ok(_) | Err(Error::Refused(_)) => json!({
            "name": text(&app, token, "name").await?,
            "symbol": text(&app, token, "symbol").await?,
            "decimals": app.decimals(token).await?,
        }),
        Err(error) => return Err(error),
    };
    let result = app.read(&KCS4, token, "total_supply", json!({})).await?;
    let decimals = info["decimals"].as_u64().and_then(|decimals| decimals.try_into().ok());
    let mut info = info;
    info["total_supply"] = format_units(units(&result)?, decimals.unwrap_or(0)).into();
    Ok(info.into())
}

/// What an account has of a token.
pub(super) async fn balance(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    let owner = call.account(&app, "account").await?.to_string();
    let result = app.read(&KCS4, token, "balance_of", json!({ "owner": owner })).await?;
    Ok(value(format_units(units(&result)?, app.decimals(token).await?)).into())
}

async fn allowance(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    let owner = call.account(&app, "account").await?.to_string();
    let spender = call.account(&app, "spender").await?.to_string();
    let arguments = json!({ "owner": owner, "spender": spender });
    let result = app.read(&KCS4, token, "allowance", arguments).await?;
    Ok(value(format_units(units(&result)?, app.decimals(token).await?)).into())
}

async fn allowances(app: Arc<App>, call: Call) -> Result<Answer> {
    let token = call.contract(&app).await?;
    let owner = call.account(&app, "account").await?.to_string();
    let limit: u32 = call.query.number("limit")?;
    let mut arguments = json!({ "owner": owner, "limit": limit });
    if let Some(start) = call.query.get("start").filter(|start| !start.is_empty()) {
        arguments["start"] = app.names.account(start).await?.to_string().into();
    }
    let mut result = app.read(&KCS4, token, "get_allowances", arguments).await?;
    let decimals = app.decimals(token).await?;
    let given = result["allowances"].as_array_mut().filter(|given| !given.is_empty());
    let Some(given) = given else { return Ok(json!({ "owner": owner }).into()) };
    for allowance in given.iter_mut() {
        allowance["value"] = format_units(units(allowance)?, decimals).into();
    }
    let last = given.last().and_then(|last| last["spender"].as_str()).map(str::to_owned);
    let is_full = given.len() == limit as usize;
    result["owner"] = owner.into();
    let mut answer = Answer::from(result);
    if let (true, Some(last)) = (is_full, last) {
        answer.links.push(call.link("next", &[("start", last)]));
    }
    Ok(answer)
}

async fn transfer(app: Arc<App>, call: Call) -> Result<Answer> {
    operation(&app, &call, "transfer", &["from", "to"]).await
}

async fn mint(app: Arc<App>, call: Call) -> Result<Answer> {
    operation(&app, &call, "mint", &["to"]).await
}

async fn burn(app: Arc<App>, call: Call) -> Result<Answer> {
    operation(&app, &call, "burn", &["from"]).await
}

async fn approve(app: Arc<App>, call: Call) -> Result<Answer> {
    operation(&app, &call, "approve", &["owner", "spender"]).await
}

/// The operation that calls a method with these accounts, an amount, and perhaps a memo.
async fn operation(app: &App, call: &Call, method: &str, accounts: &[&str]) -> Result<Answer> {
    let token = call.contract(app).await?;
    call.require(accounts)?;
    let amount = call.query.required("value")?;
    let mut arguments = json!({});
    for account in accounts {
        let address = call.account_parameter(app, account).await?;
        arguments[*account] = address.to_string().into();
    }
    let units = parse_units(amount, app.decimals(token).await?)?;
    arguments["value"] = units.to_string().into();
    if let Some(memo) = call.query.get("memo").filter(|memo| !memo.is_empty()) {
        arguments["memo"] = memo.into();
    }
    Ok(encode(&KCS4, token, method, arguments)?.into())
}
