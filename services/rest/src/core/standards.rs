//! The interfaces that tokens have in common: KCS-4 (tokens) and KCS-5 (collections).

use std::sync::LazyLock;

use bytes::Bytes;
use koinos_proto::protocol::CallContractOperation;
use koinos_wallet::{Abi, Method};
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};

use crate::core::koilib;
use crate::error::{Error, Result};

/// An interface whose methods are known.
pub struct Standard(Result<Abi, String>);

/// Tokens with allowances and memos.
pub static KCS4: LazyLock<Standard> =
    LazyLock::new(|| Standard::read(include_str!("kcs4.abi.json")));
/// Collections of things with owners.
pub static KCS5: LazyLock<Standard> =
    LazyLock::new(|| Standard::read(include_str!("kcs5.abi.json")));

impl Standard {
    fn read(text: &str) -> Self {
        Self(Abi::parse(text).map_err(|error| error.to_string()))
    }

    fn abi(&self) -> Result<&Abi> {
        self.0.as_ref().map_err(|error| Error::Unknown(error.clone()))
    }

    /// The method of this name.
    ///
    /// # Errors
    /// When the interface has none.
    pub fn method(&self, name: &str) -> Result<&Method> {
        Ok(self.abi()?.method(name)?)
    }

    /// The bytes of the arguments of a method.
    ///
    /// # Errors
    /// Naming the argument that does not fit.
    pub fn encode(&self, method: &Method, arguments: &Value) -> Result<Bytes> {
        Ok(self.abi()?.encode(method, arguments)?)
    }

    /// What a method gave.
    ///
    /// # Errors
    /// When it is not what the interface says.
    pub fn read_result(&self, method: &Method, result: &[u8]) -> Result<DynamicMessage> {
        Ok(self.abi()?.read(&method.result, result)?)
    }

    /// What a method gave, as JSON.
    ///
    /// # Errors
    /// When it is not what the interface says.
    pub fn decode(&self, method: &Method, result: &[u8]) -> Result<Value> {
        let message = self.read_result(method, result)?;
        let descriptor = prost_reflect::ReflectMessage::descriptor(&message);
        Ok(koilib::decoded(self.abi()?.mapping_of(&descriptor), &message))
    }
}

/// The operation that calls a contract, as JSON.
///
/// # Errors
/// None that is known of.
pub fn operation(call: &CallContractOperation) -> Result<Value> {
    let mut json = super::json::of(call)?;
    // It is shown also when it is empty.
    if let Some(object) = json.as_object_mut() {
        object.entry("args").or_insert_with(|| "".into());
    }
    Ok(json!({ "call_contract": json }))
}

#[cfg(test)]
mod tests {
    use koinos_contracts::entry_point;

    use super::*;

    #[test]
    fn methods_have_the_entry_points_of_their_names() {
        for standard in [&*KCS4, &*KCS5] {
            let abi = standard.abi().unwrap();
            assert!(abi.methods().len() >= 12);
            for method in abi.methods() {
                assert_eq!(method.entry_point, entry_point(&method.name), "{}", method.name);
                for message in [&method.argument, &method.result] {
                    assert!(abi.message(message).is_ok(), "{message}");
                }
            }
        }
    }
}
