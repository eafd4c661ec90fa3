//! `chain`: head, blocks, transactions, contract reads, system calls.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use chrono::{Local, TimeZone};
use clap::Subcommand;
use koinos_codec::json::Mapping;
use koinos_codec::text::{from_base64url, to_base58, to_base64url};
use koinos_service::{Fatal, exit};
use serde_json::{Value, json};

use crate::argument;
use crate::cli::Global;
use crate::contract::address_of_contract;
use crate::node::{Node, nothing, number, text};
use crate::output::{Output, Report};

/// How often it is looked whether the node has caught up.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What to ask the chain.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// The head block
    Head,
    /// Wait until the node has caught up: until its head is young
    Wait {
        /// How old the head may be, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        within: u64,
    },
    /// A block
    Block {
        /// Its id (0x...), its height, or "head"
        block: String,
    },
    /// A transaction, in the chain or waiting
    Transaction {
        /// Its id (0x...)
        id: String,
    },
    /// Read a contract with serialised arguments ("contract call" takes them in JSON)
    Read {
        /// The contract's address or name
        contract: String,
        /// The entry point, or the name of the method
        #[arg(value_parser = argument::entry_point)]
        entry_point: u32,
        /// The arguments: 0x and hexadecimal digits, or base64
        #[arg(default_value = "")]
        args: String,
    },
    /// Make a system call, without a trace
    Call {
        /// Its name, such as get_account_rc
        name: String,
        /// Its arguments in Koinos JSON; @FILE reads a file, - standard input
        args: Option<String>,
    },
}

/// Asks and shows the answer.
pub(crate) async fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let node = || Node::connect(global);
    let report = match verb {
        Verb::Head => head_report(node().await?.call("chain", "get_head_info", nothing()).await?),
        Verb::Wait { within } => wait(Duration::from_secs(within), global).await?,
        Verb::Block { block } => block_report(find_block(&node().await?, &block).await?),
        Verb::Transaction { id } => transaction(&node().await?, &id).await?,
        Verb::Read { contract, entry_point, args } => {
            let args = argument::bytes(&args)?;
            let node = node().await?;
            let contract = to_base58(&address_of_contract(&node, &contract).await?);
            read(&node, &contract, entry_point, &args).await?
        }
        Verb::Call { name, args } => {
            let args = argument::json(args.as_deref())?;
            // What is wrong with them is told before anybody is asked.
            arguments(&name, &args)?;
            let result = system_call(&node().await?, &name, &args).await?;
            let shown = serde_json::to_string_pretty(&result)?;
            Report::new(result).text(shown)
        }
    };
    output.show(&report)
}

fn head_report(head: Value) -> Report {
    let topology = &head["head_topology"];
    Report::new(head.clone())
        .pair("height", number(topology, "height"))
        .pair("id", text(topology, "id"))
        .pair("previous", text(topology, "previous"))
        .pair("time", time_text(number(&head, "head_block_time")))
        .pair("irreversible", number(&head, "last_irreversible_block"))
        .pair("state root", text(&head, "head_state_merkle_root"))
}

/// Waits for a head that is young enough, whatever does not answer yet.
async fn wait(within: Duration, global: &Global) -> Result<Report, Fatal> {
    let node = loop {
        match Node::connect(global).await {
            Err(fatal) if fatal.code() == exit::UNAVAILABLE => {}
            node => break node?,
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    loop {
        if let Some(head) = node.try_call("chain", "get_head_info", nothing()).await? {
            let made = UNIX_EPOCH + Duration::from_millis(number(&head, "head_block_time"));
            // A head of the near future has no age.
            if SystemTime::now().duration_since(made).unwrap_or_default() <= within {
                return Ok(head_report(head));
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A point in time for people, from milliseconds since the Unix epoch.
pub(crate) fn time_text(millis: u64) -> String {
    let time =
        i64::try_from(millis).ok().and_then(|millis| Local.timestamp_millis_opt(millis).single());
    match time {
        Some(time) if millis > 0 => time.format("%Y-%m-%d %H:%M:%S%.3f %z").to_string(),
        _ => "-".to_owned(),
    }
}

/// The `block_item` of a block given by id, height or "head".
async fn find_block(node: &Node, which: &str) -> Result<Value, Fatal> {
    if which.starts_with("0x") {
        let params = json!({ "block_ids": [which], "return_block": true, "return_receipt": true });
        let reply = node.call("block_store", "get_blocks_by_id", params).await?;
        return first_item(&reply, which);
    }
    let head = node.call("chain", "get_head_info", nothing()).await?;
    let newest = number(&head["head_topology"], "height");
    let height: u64 = match which {
        "head" => newest,
        _ => which.parse().map_err(|_| {
            Fatal::usage(anyhow!("{which:?} is no block: give an id (0x...), a height, or head"))
        })?,
    };
    if !(1..=newest).contains(&height) {
        return Err(Fatal::failure(match newest {
            0 => anyhow!("there is no block yet"),
            _ => anyhow!("there is no block {height}: the chain has blocks 1 to {newest}"),
        }));
    }
    let items = blocks(node, text(&head["head_topology"], "id"), height, 1).await?;
    first_item(&items, which)
}

/// Blocks on the branch of `head`, from a height on, with their receipts.
pub(crate) async fn blocks(node: &Node, head: &str, from: u64, count: u64) -> Result<Value, Fatal> {
    let params = json!({
        "head_block_id": head,
        "ancestor_start_height": from.to_string(),
        "num_blocks": count,
        "return_block": true,
        "return_receipt": true,
    });
    node.call("block_store", "get_blocks_by_height", params).await
}

fn first_item(reply: &Value, which: &str) -> Result<Value, Fatal> {
    let item = reply["block_items"].get(0).filter(|item| item.get("block").is_some());
    item.cloned().ok_or_else(|| Fatal::failure(anyhow!("there is no block {which}")))
}

fn block_report(item: Value) -> Report {
    let (block, header) = (&item["block"], &item["block"]["header"]);
    let transactions = block["transactions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let receipts = item["receipt"]["transaction_receipts"].as_array();
    let receipts = receipts.map(Vec::as_slice).unwrap_or_default();
    let rows = transactions.iter().map(|transaction| {
        let id = text(transaction, "id");
        let receipt = receipts.iter().find(|receipt| text(receipt, "id") == id);
        let outcome = match receipt {
            Some(receipt) if receipt["reverted"] == true => "reverted",
            Some(_) => "done",
            None => "-",
        };
        let used = receipt.map_or(0, |receipt| number(receipt, "rc_used"));
        let payer = text(&transaction["header"], "payer");
        vec![id.to_owned(), payer.to_owned(), used.to_string(), outcome.to_owned()]
    });
    let report = Report::new(item.clone())
        .pair("height", number(header, "height"))
        .pair("id", text(block, "id"))
        .pair("previous", text(header, "previous"))
        .pair("time", time_text(number(header, "timestamp")))
        .pair("signer", text(header, "signer"))
        .pair("transactions", transactions.len());
    if transactions.is_empty() {
        return report;
    }
    report.table(vec!["transaction", "payer", "rc used", "outcome"], rows.collect())
}

pub(crate) async fn transaction(node: &Node, id: &str) -> Result<Report, Fatal> {
    let params = json!({ "transaction_ids": [id] });
    let stored =
        node.try_call("transaction_store", "get_transactions_by_id", params.clone()).await?;
    if let Some(found) = stored.as_ref().and_then(|reply| reply["transactions"].get(0)) {
        let blocks = found["containing_blocks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let report = transaction_report(&found["transaction"], found.clone());
        return Ok(blocks
            .iter()
            .fold(report, |report, block| report.pair("block", block.as_str().unwrap_or("-"))));
    }
    let pending = node.try_call("mempool", "get_pending_transactions_by_id", params).await?;
    if let Some(found) = pending.as_ref().and_then(|reply| reply["pending_transactions"].get(0)) {
        let report = transaction_report(&found["transaction"], found.clone());
        return Ok(report.pair("block", "none yet, it is pending"));
    }
    match stored {
        Some(_) => Err(Fatal::failure(anyhow!("there is no transaction {id}"))),
        None => Err(Fatal::unavailable(anyhow!(
            "{id} is not pending, and transaction_store, which knows those in blocks, does not run"
        ))),
    }
}

fn transaction_report(transaction: &Value, json: Value) -> Report {
    let header = &transaction["header"];
    let operations = transaction["operations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = operations
        .iter()
        .filter_map(|operation| operation.as_object()?.keys().next().map(String::as_str))
        .collect();
    let payee = text(header, "payee");
    Report::new(json)
        .pair("id", text(transaction, "id"))
        .pair("payer", text(header, "payer"))
        .maybe("payee", (!payee.is_empty()).then_some(payee))
        .pair("rc limit", number(header, "rc_limit"))
        .pair("operations", names.join(", "))
}

async fn read(node: &Node, contract: &str, entry_point: u32, args: &[u8]) -> Result<Report, Fatal> {
    let params = json!({
        "contract_id": contract,
        "entry_point": entry_point,
        "args": to_base64url(args),
    });
    let reply = node.call("chain", "read_contract", params).await?;
    let logs = reply["logs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let report = Report::new(reply.clone()).pair("result", text(&reply, "result"));
    Ok(logs.iter().fold(report, |report, log| report.pair("log", log.as_str().unwrap_or("-"))))
}

/// Makes a system call, whose messages are known by its name. Arguments and result are Koinos JSON.
pub(crate) async fn system_call(node: &Node, name: &str, args: &Value) -> Result<Value, Fatal> {
    let params = json!({ "name": name, "args": to_base64url(&arguments(name, args)?) });
    let reply = node.call("chain", "invoke_system_call", params).await?;
    let value = from_base64url(text(&reply, "value"))?;
    Ok(Mapping::koinos().decode(&format!("{}_result", messages(name)), &value)?)
}

/// What the names of a system call's messages begin with. Those that only contracts serve are
/// declared with the contracts.
fn messages(name: &str) -> String {
    match name {
        "get_contract_address" => "koinos.contracts.name_service.get_address".to_owned(),
        "get_contract_name" => "koinos.contracts.name_service.get_name".to_owned(),
        _ => format!("koinos.chain.{name}"),
    }
}

fn arguments(name: &str, args: &Value) -> Result<Vec<u8>, Fatal> {
    let message = format!("{}_arguments", messages(name));
    Mapping::koinos()
        .encode(&message, args)
        .map_err(|error| Fatal::usage(anyhow!(error).context(format!("system call {name}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_calls_have_messages() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(arguments("get_contract_address", &json(r#"{"name": "koin"}"#)).is_ok());
        assert!(arguments("get_head_info", &json("{}")).is_ok());
        let error = arguments("get_nothing", &json("{}")).unwrap_err();
        assert_eq!(error.code(), 64);
        assert!(error.to_string().contains("system call get_nothing"), "{error}");
    }

    #[test]
    fn times_are_for_people() {
        assert_eq!(time_text(0), "-");
        assert!(time_text(1_600_000_000_123).contains(":40.123"));
    }
}
