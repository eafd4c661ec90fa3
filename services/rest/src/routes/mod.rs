//! The handlers, by their paths. What they answer is described in the OpenAPI document; a test
//! compares the two.

mod account;
mod block;
mod chain;
mod contract;
mod decode;
mod nft;
mod token;
mod transaction;

use std::sync::Arc;

use koinos_rpc::BoxFuture;
use serde_json::Value;

use crate::answer::{Answer, Caching, Call};
use crate::app::App;
use crate::error::Result;
use crate::openapi;

/// Carries out a request.
pub type Handler = Arc<dyn Fn(Arc<App>, Call) -> BoxFuture<'static, Result<Answer>> + Send + Sync>;

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `GET`, and with it `HEAD`.
    Get,
    /// `POST`, with a body of JSON.
    Post,
}

impl Verb {
    /// Its name in an OpenAPI document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// A path and what is done there.
pub struct Route {
    /// The method.
    pub verb: Verb,
    /// The path, as an OpenAPI document has it.
    pub path: &'static str,
    /// What carries it out.
    pub handler: Handler,
}

/// Pairs a path with a handler.
fn route<F, Fut>(verb: Verb, path: &'static str, handler: F) -> Route
where
    F: Fn(Arc<App>, Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer>> + Send + 'static,
{
    Route { verb, path, handler: Arc::new(move |app, call| Box::pin(handler(app, call))) }
}

fn get<F, Fut>(path: &'static str, handler: F) -> Route
where
    F: Fn(Arc<App>, Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer>> + Send + 'static,
{
    route(Verb::Get, path, handler)
}

fn post<F, Fut>(path: &'static str, handler: F) -> Route
where
    F: Fn(Arc<App>, Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Answer>> + Send + 'static,
{
    route(Verb::Post, path, handler)
}

/// All of them.
pub fn all() -> Vec<Route> {
    let mut routes = vec![
        get("/v1/account/{account}/balance/{contract_id}", account::balance),
        get("/v1/account/{account}/history", account::history),
        get("/v1/account/{account}/mana", account::mana),
        get("/v1/account/{account}/nonce", account::nonce),
        get("/v1/account/{account}/next_nonce", account::next_nonce),
        get("/v1/block/{block_id_or_num}", block::block),
        get("/v1/blocks", block::blocks),
        post("/v1/block/submit", block::submit),
        get("/v1/chain/fork_heads", chain::fork_heads),
        get("/v1/chain/head_info", chain::head_info),
        get("/v1/chain/id", chain::id),
        get("/v1/chain/resource_limits", chain::resource_limits),
        get("/v1/contract/{contract_id}", contract::contract),
        get("/v1/contract/{contract_id}/abi", contract::abi),
        get("/v1/contract/{contract_id}/metadata", contract::metadata),
        get("/v1/contract/{contract_id}/swagger", contract::swagger),
        get("/v1/contract/{contract_id}/{method}", contract::call_by_query),
        post("/v1/contract/{contract_id}/{method}", contract::call_by_body),
        post("/v1/decode/events", decode::events),
        post("/v1/decode/operations", decode::operations),
        get("/v1/transaction/{transaction_id}", transaction::transaction),
        post("/v1/transaction/prepare", transaction::prepare),
        post("/v1/transaction/submit", transaction::submit),
        get("/v1/swagger", swagger),
    ];
    routes.extend(token::routes());
    routes.extend(nft::routes());
    routes
}

/// The OpenAPI document.
async fn swagger(_app: Arc<App>, _call: Call) -> Result<Answer> {
    Ok(Answer::held(openapi::document()?.clone(), Caching::Seconds(3_600)))
}

/// `{"value": ...}`.
fn value(value: impl Into<Value>) -> Value {
    serde_json::json!({ "value": value.into() })
}
