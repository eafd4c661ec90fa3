//! `account`: what the chain knows of an address.

use clap::{Args, Subcommand};
use koinos_codec::text::from_base64url;
use koinos_service::Fatal;
use koinos_wallet::transaction::nonce_value;
use serde_json::{Value, json};

use crate::argument;
use crate::cli::Global;
use crate::node::{Node, number, text};
use crate::output::{Output, Report};

/// Which account, or what of one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The address, in base58
    #[arg(required = true)]
    address: Option<String>,
}

/// What to show of an account.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// The blocks and transactions that concern it, the newest first
    History(History),
}

/// Which part of a history.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// The address, in base58
    address: String,
    /// How many records
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..=500))]
    limit: u64,
    /// The place to begin at, counted from 0 [default: the newest, or the oldest with --ascending]
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    /// From older to newer
    #[arg(long)]
    ascending: bool,
    /// Only what is irreversible
    #[arg(long)]
    irreversible: bool,
}

/// Shows an account, or its history.
pub(crate) async fn run(options: Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    match options {
        Options { verb: Some(Verb::History(history)), .. } => history.show(global, output).await,
        Options { address, .. } => show(&address.unwrap_or_default(), global, output).await,
    }
}

impl History {
    async fn show(&self, global: &Global, output: &Output) -> Result<(), Fatal> {
        argument::address(&self.address)?;
        let mut params = json!({
            "address": self.address,
            "limit": self.limit.to_string(),
            "ascending": self.ascending,
            "irreversible": self.irreversible,
        });
        if let Some(from) = self.from {
            params["seq_num"] = from.to_string().into();
        }
        let node = Node::connect(global).await?;
        let reply = node.call("account_history", "get_account_history", params).await?;
        let values = reply["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = values.iter().map(row).collect();
        let report = Report::new(reply.clone());
        output.show(&match values {
            [] => report.text("no records"),
            _ => report.table(vec!["place", "kind", "id", "by", "outcome"], rows),
        })
    }
}

/// A record in one line.
fn row(entry: &Value) -> Vec<String> {
    let place = number(entry, "seq_num").to_string();
    let cells = match (&entry["trx"], &entry["block"]) {
        (Value::Null, block) => {
            ["block", text(&block["receipt"], "id"), text(&block["header"], "signer"), "-"]
        }
        (record, _) => [
            "transaction",
            text(&record["transaction"], "id"),
            text(&record["transaction"]["header"], "payer"),
            if record["receipt"]["reverted"] == true { "reverted" } else { "done" },
        ],
    };
    std::iter::once(place).chain(cells.map(str::to_owned)).collect()
}

/// Shows nonce, resource credits, and what is pending.
async fn show(address: &str, global: &Global, output: &Output) -> Result<(), Fatal> {
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
