//! Operations and events that clients have.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::answer::{Answer, Call};
use crate::app::App;
use crate::core::decode::Wanted;
use crate::error::{Result, refused};

/// Decodes events.
pub(super) async fn events(app: Arc<App>, call: Call) -> Result<Answer> {
    decoded(&app, call, "events", Wanted { operations: false, events: true }).await
}

/// Decodes operations.
pub(super) async fn operations(app: Arc<App>, call: Call) -> Result<Answer> {
    decoded(&app, call, "operations", Wanted { operations: true, events: false }).await
}

async fn decoded(app: &App, call: Call, what: &str, wanted: Wanted) -> Result<Answer> {
    let items = match call.body {
        Value::Array(items) if items.iter().all(Value::is_object) => items,
        _ => return Err(refused(format!("the body is no array of {what}"))),
    };
    let mut item = json!({ what: items });
    app.abis.decode(&mut item, wanted).await?;
    Ok(item[what].take().into())
}
