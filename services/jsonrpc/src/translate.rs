//! Between JSON and the bytes of the bus: parameters to requests, replies to results.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use koinos_codec::json::{Mapping, escape_html};
use koinos_codec::wire;
use prost::Message;
use prost_reflect::DynamicMessage;
use serde_json::Value;

use crate::fault::{Fault, Untranslatable};
use crate::methods::Method;

/// What the original says about bytes that are no message.
const NO_MESSAGE: &str = "proto: cannot parse invalid wire-format data";

/// The request of the service that a call with `params` (text of JSON) makes.
pub(crate) fn request(
    mapping: &Mapping,
    method: &Method,
    params: Option<&[u8]>,
) -> Result<Bytes, Untranslatable> {
    let content = match params {
        None => Vec::new(),
        Some(params) => {
            let json: Value = serde_json::from_slice(params).map_err(|_| Untranslatable::Params)?;
            let message = mapping.from_json(method.params.clone(), &json);
            message.map_err(|_| Untranslatable::Params)?.encode_to_vec()
        }
    };
    let field = method.field.as_ref().ok_or(Untranslatable::UnknownMethod)?;
    let mut request = Vec::with_capacity(wire::message_field_len(field.number(), content.len()));
    wire::put_message_field(&mut request, field.number(), &content);
    Ok(request.into())
}

/// The result, as text of JSON, in the reply of the service.
///
/// # Errors
/// The service's own error, or what is wrong with the reply.
pub(crate) fn reply(mapping: &Mapping, method: &Method, reply: &Bytes) -> Result<String, Fault> {
    let broken = |text: &'static str| Fault::answered(text, None);
    let response = method.response.clone();
    let response = response.ok_or_else(|| broken(Untranslatable::UnknownService.text()))?;
    let field = response.get_field_by_name(&method.name);
    let mut reply =
        DynamicMessage::decode(response, reply.clone()).map_err(|_| broken(NO_MESSAGE))?;
    if let Some(error) = message(&mut reply, "error") {
        return Err(service_error(mapping, error));
    }
    if field.is_none() {
        return Err(broken(Untranslatable::UnknownService.text()));
    }
    match message(&mut reply, &method.name) {
        Some(result) => Ok(escape_html(&json(mapping, &result)?.to_string()).into_owned()),
        // The original shows the whole reply, in an encoding that it takes for bytes.
        None => {
            let whole = STANDARD.encode(json(mapping, &reply)?.to_string());
            Err(Fault::answered("Unexpected response", Some(whole.into())))
        }
    }
}

/// The message in the field `name`, when it is set.
fn message(of: &mut DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let field = of.get_field_by_name(name).filter(|_| of.has_field_by_name(name))?;
    field.as_message().cloned()
}

fn json(mapping: &Mapping, message: &DynamicMessage) -> Result<Value, Fault> {
    mapping.to_json(message).map_err(|error| Fault::answered(error.to_string(), None))
}

/// The text and the data of the error reach the client. Details do not: they are of types that
/// clients know nothing of, and what matters of them is in the data.
fn service_error(mapping: &Mapping, mut error: DynamicMessage) -> Fault {
    error.clear_field_by_name("details");
    match json(mapping, &error) {
        Ok(shown) => {
            let message = shown.get("message").and_then(Value::as_str).unwrap_or_default();
            Fault::answered(message.to_owned(), shown.get("data").cloned())
        }
        Err(fault) => fault,
    }
}
