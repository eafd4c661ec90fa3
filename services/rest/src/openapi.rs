//! The OpenAPI document: data in `openapi/`, a file for the general part and one for each group of
//! paths.

use std::sync::LazyLock;

use serde_json::Value;

use crate::error::{Error, Result};

const GENERAL: &str = include_str!("../openapi/general.json");
const PATHS: [&str; 8] = [
    include_str!("../openapi/accounts.json"),
    include_str!("../openapi/blocks.json"),
    include_str!("../openapi/chain.json"),
    include_str!("../openapi/contracts.json"),
    include_str!("../openapi/decode.json"),
    include_str!("../openapi/tokens.json"),
    include_str!("../openapi/collections.json"),
    include_str!("../openapi/transactions.json"),
];

/// The whole document.
///
/// # Errors
/// When the files are no JSON, which a test excludes.
pub fn document() -> Result<&'static Value> {
    static DOCUMENT: LazyLock<Result<Value, String>> =
        LazyLock::new(|| joined().map_err(|error| error.to_string()));
    DOCUMENT.as_ref().map_err(|error| Error::Unknown(format!("the OpenAPI document: {error}")))
}

fn joined() -> serde_json::Result<Value> {
    let mut document: Value = serde_json::from_str(GENERAL)?;
    for text in PATHS {
        let paths: serde_json::Map<String, Value> = serde_json::from_str(text)?;
        for (path, item) in paths {
            document["paths"][path] = item;
        }
    }
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    Ok(document)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routes;

    /// Calls `each` for every member of every object.
    fn walk<'a>(value: &'a Value, each: &mut impl FnMut(&'a str, &'a Value)) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                each(name, value);
                walk(value, each);
            }),
            Value::Array(items) => items.iter().for_each(|item| walk(item, each)),
            _ => {}
        }
    }

    #[test]
    fn the_document_has_exactly_the_routes() {
        let document = document().unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for verb in item.as_object().unwrap().keys() {
                described.insert(format!("{verb} {path}"));
            }
        }
        let served: BTreeSet<String> = routes::all()
            .iter()
            .map(|route| format!("{} {}", route.verb.name(), route.path))
            .collect();
        assert_eq!(described, served);
        assert_eq!(served.len(), routes::all().len());
        assert!(served.len() > 50);
    }

    #[test]
    fn references_lead_somewhere_and_parts_of_paths_are_described() {
        let document = document().unwrap();
        walk(document, &mut |name, value| {
            if name == "$ref" {
                let place = value.as_str().unwrap().strip_prefix('#').unwrap();
                assert!(document.pointer(place).is_some(), "{place}");
            }
        });
        for (path, item) in document["paths"].as_object().unwrap() {
            for (verb, operation) in item.as_object().unwrap() {
                let place = format!("{verb} {path}");
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let parameters: Vec<Value> = parameters
                    .iter()
                    .map(|parameter| match parameter["$ref"].as_str() {
                        Some(place) => document.pointer(&place[1..]).unwrap().clone(),
                        None => parameter.clone(),
                    })
                    .collect();
                let inside: BTreeSet<&str> = parameters
                    .iter()
                    .filter(|parameter| parameter["in"] == "path")
                    .map(|parameter| parameter["name"].as_str().unwrap())
                    .collect();
                let expected: BTreeSet<&str> = path
                    .split('/')
                    .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                    .collect();
                assert_eq!(inside, expected, "{place}");
                for text in ["summary", "description"] {
                    assert!(operation[text].is_string(), "{place} has no {text}");
                }
                assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{place}");
                for status in ["200", "400", "500"] {
                    assert!(operation["responses"][status].is_object(), "{place}: {status}");
                }
                assert_eq!(verb == "post", operation["requestBody"].is_object(), "{place}");
            }
        }
    }
}
