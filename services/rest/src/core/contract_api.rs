//! What a contract offers: its ABI in the form of today, and an OpenAPI document of its methods.

use koinos_wallet::Abi;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

/// How deep the schemas of messages go; a message may hold itself.
const DEPTH: usize = 8;
/// Fields that one document describes. Messages that hold each other many times would have any
/// number of them.
const MAX_FIELDS: usize = 20_000;

/// The ABI with what older tools spell otherwise, or leave out, added: `entry_point` as a number,
/// `read_only`, and `koilib_types` made from `types`.
pub fn completed(mut json: Value, abi: Option<&Abi>) -> Value {
    let methods = json.get_mut("methods").and_then(Value::as_object_mut);
    for (name, method) in methods.into_iter().flatten() {
        let Some(members) = method.as_object_mut() else { continue };
        let known = abi.and_then(|abi| abi.method(name).ok());
        if let (true, Some(method)) = (members.contains_key("entry-point"), known) {
            members.insert("entry_point".to_owned(), method.entry_point.into());
        }
        if let Some(flag) = members.get("read-only").cloned() {
            members.insert("read_only".to_owned(), flag);
        }
    }
    if let (Some(abi), Some(members)) = (abi, json.as_object_mut())
        && members.get("koilib_types").is_none_or(Value::is_null)
        && members.get("types").is_some()
    {
        members.insert("koilib_types".to_owned(), abi.koilib_types());
    }
    json
}

/// The OpenAPI document of the methods of a contract, which the client called `contract`.
pub fn openapi(contract: &str, abi: &Abi) -> Value {
    let mut paths = Map::new();
    let mut schemas = Schemas { left: MAX_FIELDS };
    for method in abi.methods() {
        let argument = abi.message(&method.argument).ok();
        let result = abi.message(&method.result).ok();
        let name = &method.name;
        let (description, outcome, schema) = match method.read_only {
            true => {
                let schema = result.map_or_else(
                    || json!({ "type": "object" }),
                    |message| schemas.object(&message, 0),
                );
                (format!("Reads '{name}'."), format!("What '{name}' gives"), schema)
            }
            false => {
                let description = format!("Gives the operation that calls '{name}'.");
                (description, format!("The operation that calls '{name}'"), call_schema())
            }
        };
        let responses = json!({
            "200": { "description": outcome, "content": { "application/json": { "schema": schema } } },
            "400": { "description": "An argument does not fit, or the contract refuses" },
        });
        let mut get = json!({
            "tags": ["Contracts"], "description": description, "parameters": [],
            "responses": responses,
        });
        let mut post = json!({
            "tags": ["Contracts"], "description": description, "responses": responses,
        });
        if let Some(argument) = argument {
            let mut parameter = |field: FieldDescriptor| {
                let schema = schemas.of(&field, 0);
                json!({ "name": field.name(), "in": "query", "schema": schema })
            };
            get["parameters"] = argument.fields().map(&mut parameter).collect();
            post["requestBody"] = json!({
                "description": format!("The arguments of '{name}'"), "required": true,
                "content": { "application/json": { "schema": schemas.object(&argument, 0) } },
            });
        }
        paths
            .insert(format!("/v1/contract/{contract}/{name}"), json!({ "get": get, "post": post }));
    }
    json!({
        "openapi": "3.0.0",
        "info": { "title": format!("'{contract}' REST API"), "version": "1.0.0" },
        "tags": [{ "name": "Contracts", "description": format!("The methods of the contract '{contract}'") }],
        "paths": paths,
    })
}

/// The schema of an operation that calls a contract.
fn call_schema() -> Value {
    json!({ "type": "object", "properties": { "call_contract": {
        "type": "object",
        "properties": {
            "contract_id": { "type": "string" },
            "entry_point": { "type": "integer" },
            "args": { "type": "string" },
        },
    } } })
}

/// Makes schemas of messages.
struct Schemas {
    /// Fields that may still be described.
    left: usize,
}

impl Schemas {
    fn object(&mut self, message: &MessageDescriptor, depth: usize) -> Value {
        let members: Map<String, Value> = message
            .fields()
            .map(|field| (field.name().to_owned(), self.of(&field, depth)))
            .collect();
        json!({ "type": "object", "properties": members })
    }

    fn of(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        self.left = self.left.saturating_sub(1);
        let deeper = depth < DEPTH && self.left > 0 && !field.is_map();
        let schema = match field.kind() {
            Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Fixed32 | Kind::Sfixed32 => {
                json!({ "type": "integer", "format": "int32" })
            }
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::Float | Kind::Double => json!({ "type": "number" }),
            Kind::Message(inner) if deeper => self.object(&inner, depth + 1),
            Kind::Message(_) => json!({ "type": "object" }),
            // Integers of 64 bits are text, so that no digit is lost.
            _ => json!({ "type": "string" }),
        };
        match field.is_list() {
            true => json!({ "type": "array", "items": schema }),
            false => schema,
        }
    }
}

#[cfg(test)]
mod tests {
    use koinos_contracts::CONTRACTS;

    use super::*;

    #[test]
    fn old_spellings_are_completed() {
        let types = "CgtoZWxsby5wcm90bxIFaGVsbG8iEQoBbRIMCgRmbGFnGAEgASgIYgZwcm90bzM=";
        let text = json!({ "methods": {
            "old": { "entry-point": "0x0000000a", "input": "", "read-only": true },
            "new": { "entry_point": 11, "argument": "", "return": "", "read_only": false },
        }, "types": types });
        let abi = Abi::parse(&text.to_string()).unwrap();
        let done = completed(text, Some(&abi));
        assert_eq!(done["methods"]["old"]["entry_point"], 10);
        assert_eq!(done["methods"]["old"]["entry-point"], "0x0000000a");
        assert_eq!(done["methods"]["old"]["read_only"], true);
        let flag = &done["koilib_types"]["nested"]["hello"]["nested"]["m"]["fields"]["flag"];
        assert_eq!(*flag, json!({ "type": "bool", "id": 1 }));
        assert_eq!(completed(json!([]), None), json!([]));
    }

    #[test]
    fn messages_that_hold_each_other_do_not_fill_the_memory() {
        let fields: Map<String, Value> =
            (1..=20).map(|id| (format!("f{id}"), json!({ "type": "m", "id": id }))).collect();
        let abi = json!({
            "methods": { "go": { "entry_point": 1, "argument": "m", "return": "m", "read_only": true } },
            "koilib_types": { "nested": { "m": { "fields": fields } } },
        });
        let abi = Abi::parse(&abi.to_string()).unwrap();
        let size = openapi("x", &abi).to_string().len();
        assert!((100_000..10_000_000).contains(&size), "{size}");
    }

    #[test]
    fn every_method_of_a_contract_is_described() {
        let koin = CONTRACTS.iter().find(|contract| contract.name == "koin").unwrap();
        let abi = Abi::parse(koin.abi).unwrap();
        let document = openapi("koin", &abi);
        assert_eq!(document["paths"].as_object().unwrap().len(), abi.methods().len());
        let read = &document["paths"]["/v1/contract/koin/balance_of"];
        let owner = json!([{ "name": "owner", "in": "query", "schema": { "type": "string" } }]);
        assert_eq!(read["get"]["parameters"], owner);
        let result = &read["post"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(result["properties"]["value"], json!({ "type": "string" }));
        let write = &document["paths"]["/v1/contract/koin/transfer"]["get"]["responses"]["200"];
        let schema = &write["content"]["application/json"]["schema"];
        assert_eq!(*schema, call_schema());
    }
}
