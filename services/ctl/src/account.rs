//! `account`: what the chain knows of an address.

use clap::Args;
use koinos_codec::text::from_base64url;
use koinos_service::Fatal;
use koinos_wallet::transaction::nonce_value;
use serde_json::json;

use crate::argument;
use crate::cli::Global;
use crate::node::{Node, number, text};
use crate::output::{Output, Report};

/// Which account.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The address, in base58
    address: String,
}

/// Shows nonce, resource credits, and what is pending.
pub(crate) async fn run(options: &Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    let address = &options.address;
    argument::address(address)?;
    let node = Node::connect(global).await?;
    let nonce = account_nonce(&node, address).await?;
    let credits = node.call("chain", "get_account_rc", json!({ "account": address })).await?;
    let credits = number(&credits, "rc");
    let payee = json!({ "payee": address });
    let pending = node.try_call("mempool", "get_pending_transaction_count", payee).await?;
    let pending = pending.map(|reply| number(&reply, "count"));
    let report = Report::new(json!({
        "address": address,
        "nonce": nonce.to_string(),
        "rc": credits.to_string(),
        "pending_transactions": pending,
    }))
    .pair("address", address)
    .pair("nonce", nonce)
    .pair("resource credits", credits)
    .maybe("pending transactions", pending);
    output.show(&report)
}

/// The last nonce of an account on the chain.
pub(crate) async fn account_nonce(node: &Node, address: &str) -> Result<u64, Fatal> {
    let reply = node.call("chain", "get_account_nonce", json!({ "account": address })).await?;
    nonce_in(text(&reply, "nonce"))
}

/// The number in a nonce as JSON has it; no nonce is zero.
pub(crate) fn nonce_in(text: &str) -> Result<u64, Fatal> {
    if text.is_empty() {
        return Ok(0);
    }
    let bytes = from_base64url(text)?;
    nonce_value(&bytes).ok_or_else(|| {
        Fatal::failure(anyhow::anyhow!("the account's nonce is not a number: {text}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_read() {
        assert_eq!(nonce_in("").unwrap(), 0);
        assert_eq!(nonce_in("KAc=").unwrap(), 7);
        assert!(nonce_in("AAAA").is_err());
    }
}
