//! The chain: its id, its heads, its limits.

use std::sync::Arc;

use koinos_codec::text::to_base64url;

use super::value;
use crate::answer::{Answer, Call};
use crate::app::App;
use crate::core::json;
use crate::error::Result;

/// The head of the chain.
pub(super) async fn head_info(app: Arc<App>, _call: Call) -> Result<Answer> {
    Ok(json::of(&app.node.head_info().await?)?.into())
}

/// The heads of all forks, and where they begin.
pub(super) async fn fork_heads(app: Arc<App>, _call: Call) -> Result<Answer> {
    Ok(json::of(&app.node.fork_heads().await?)?.into())
}

/// The chain's id.
pub(super) async fn id(app: Arc<App>, _call: Call) -> Result<Answer> {
    Ok(value(to_base64url(&app.node.chain_id().await?)).into())
}

/// Limits and prices of a block.
pub(super) async fn resource_limits(app: Arc<App>, _call: Call) -> Result<Answer> {
    Ok(json::of(&app.node.resource_limits().await?)?.into())
}
