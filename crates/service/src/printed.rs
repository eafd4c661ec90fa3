//! `--print-config`: what a daemon makes of its configuration, for `koinosctl config`.

use std::path::Path;

use clap::Command;
use serde_json::{Value, json};

use crate::config::{self, Layered, Origin};
use crate::exit::Fatal;
use crate::secrets::is_secret;

/// The page of a configuration that can be used.
pub(crate) fn page(name: &str, command: &Command, layered: &Layered, basedir: &Path) -> Value {
    let options: Vec<Value> = command
        .get_arguments()
        .filter(|arg| config::takes_value(arg) && !arg.is_hide_set())
        .filter_map(|arg| {
            let key = arg.get_long()?;
            let values = layered.matches.get_raw(arg.get_id().as_str());
            let values =
                values.into_iter().flatten().map(|value| shown(key, &value.to_string_lossy()));
            let values: Vec<String> = values.collect();
            let value = match config::is_list(arg) {
                true => json!(values),
                false => values.first().map_or(Value::Null, |value| json!(value)),
            };
            let origins = layered.origins.get(key).map(Vec::as_slice).unwrap_or_default();
            Some(json!({
                "key": key,
                "value": value,
                "set": !origins.iter().all(|origin| *origin == Origin::Default),
                "origins": origins.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }))
        })
        .collect();
    json!({
        "service": name,
        "basedir": basedir.display().to_string(),
        "options": options,
        "warnings": layered.warnings,
        "errors": [],
    })
}

/// The page of one that cannot.
pub(crate) fn faulty(name: &str, fatal: &Fatal) -> Value {
    let errors = fatal.to_string();
    let errors: Vec<&str> = errors.lines().collect();
    json!({ "service": name, "options": [], "warnings": [], "errors": errors })
}

/// A value without what is secret in it.
fn shown(key: &str, value: &str) -> String {
    match key {
        "amqp" => koinos_mq::Config::new(value, "", "").redacted_url(),
        _ if is_secret(key) => "(secret)".to_owned(),
        _ => value.to_owned(),
    }
}
