//! `rpc`: any method of any service.

use clap::Args;
use koinos_service::Fatal;

use crate::argument;
use crate::cli::Global;
use crate::node::Node;
use crate::output::{Output, Report};

/// What to call.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The service, such as block_store
    service: String,
    /// The method, such as get_highest_block
    method: String,
    /// Its parameters in Koinos JSON; @FILE reads a file, - standard input
    params: Option<String>,
}

/// Calls it and shows the reply as JSON.
pub(crate) async fn run(options: &Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    let params = argument::json(options.params.as_deref())?;
    let node = Node::connect(global).await?;
    let result = node.call(&options.service, &options.method, params).await?;
    let text = serde_json::to_string_pretty(&result)?;
    output.show(&Report::new(result).text(text))
}
