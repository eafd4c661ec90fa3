//! Contracts: what is known of them, and calls of their methods.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use koinos_crypto::Address;
use koinos_proto::chain::{GetContractMetadataArguments, GetContractMetadataResult};
use koinos_wallet::{Abi, Method};
use prost::Message;
use prost_reflect::ReflectMessage;
use serde_json::{Value, json};

use crate::answer::{Answer, Call};
use crate::app::{App, call_of};
use crate::core::{arguments, contract_api, koilib};
use crate::error::{Error, Result, refused};
use crate::node::bytes;

/// Names in the arguments of one call.
const MAX_NAMES: usize = 100;

/// The address of a contract.
pub(super) async fn contract(app: Arc<App>, call: Call) -> Result<Answer> {
    let contract = call.contract(&app).await?;
    Ok(json!({ "contract_id": contract.to_string() }).into())
}

/// Its ABI.
pub(super) async fn abi(app: Arc<App>, call: Call) -> Result<Answer> {
    let contract = call.contract(&app).await?;
    let uploaded = app.abis.required(contract).await?;
    let abi = uploaded.abi.as_deref().ok();
    let json = contract_api::completed(uploaded.json.clone(), abi);
    Ok(json!({ "contract_id": contract.to_string(), "abi": json }).into())
}

/// What the chain keeps of it.
pub(super) async fn metadata(app: Arc<App>, call: Call) -> Result<Answer> {
    let contract = call.contract(&app).await?;
    let args = GetContractMetadataArguments { contract_id: bytes(contract) };
    let value = app.node.system_call("get_contract_metadata", &args).await?;
    let result = GetContractMetadataResult::decode(value)
        .map_err(|error| Error::Unknown(format!("get_contract_metadata: {error}")))?;
    let metadata =
        result.value.ok_or_else(|| refused(format!("contract {contract} does not exist")))?;
    let mut answer = json!({
        "contract_id": contract.to_string(),
        "hash": koinos_codec::text::to_hex(&metadata.hash),
    });
    for (name, flag) in [
        ("system", metadata.system),
        ("authorizes_call_contract", metadata.authorizes_call_contract),
        ("authorizes_transaction_application", metadata.authorizes_transaction_application),
        ("authorizes_upload_contract", metadata.authorizes_upload_contract),
    ] {
        if flag {
            answer[name] = true.into();
        }
    }
    Ok(answer.into())
}

/// The OpenAPI document of its methods.
pub(super) async fn swagger(app: Arc<App>, call: Call) -> Result<Answer> {
    let contract = call.contract(&app).await?;
    let abi = app.abis.usable(contract).await?;
    Ok(contract_api::openapi(call.part("contract_id"), &abi).into())
}

/// Calls a method with the arguments in the query.
pub(super) async fn call_by_query(app: Arc<App>, call: Call) -> Result<Answer> {
    let arguments = call.query.arguments()?;
    called(&app, &call, &arguments.into()).await
}

/// Calls a method with the arguments in the body.
pub(super) async fn call_by_body(app: Arc<App>, call: Call) -> Result<Answer> {
    called(&app, &call, &call.body).await
}

/// What a method that changes nothing gives, and for others the operation that calls them.
async fn called(app: &App, call: &Call, arguments: &Value) -> Result<Answer> {
    let contract = call.contract(app).await?;
    let abi = app.abis.usable(contract).await?;
    let name = call.part("method");
    let method =
        abi.method(name).map_err(|_| refused(format!("method {name:?} does not exist")))?;
    let args = encoded(app, &abi, method, arguments).await?;
    if !method.read_only {
        return Ok(call_of(contract, method.entry_point, args)?.into());
    }
    let result = app.node.read_contract(contract, method.entry_point, args).await?;
    if method.result.is_empty() {
        return Ok(json!({}).into());
    }
    let message = abi.read(&method.result, &result)?;
    Ok(koilib::decoded(abi.mapping_of(&message.descriptor()), &message).into())
}

async fn encoded(app: &App, abi: &Abi, method: &Method, arguments: &Value) -> Result<Bytes> {
    if method.argument.is_empty() {
        return Ok(Bytes::new());
    }
    let message = abi.message(&method.argument)?;
    let names = arguments::names(&message, arguments);
    if names.len() > MAX_NAMES {
        return Err(refused(format!("more than {MAX_NAMES} names in the arguments")));
    }
    let mut addresses: HashMap<String, Address> = HashMap::new();
    for name in names {
        if let Some(address) = app.names.find(&name).await? {
            addresses.insert(name, address);
        }
    }
    let mapping = abi.mapping_of(&message);
    let arranged = arguments::arranged(mapping, &message, arguments, &addresses)?;
    Ok(abi.encode(method, &arranged)?)
}
