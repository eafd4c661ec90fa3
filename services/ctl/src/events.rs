//! `events`: what the services tell each other, as it happens.

use anyhow::anyhow;
use chrono::Local;
use clap::Args;
use koinos_codec::json::Mapping;
use koinos_rpc::names;
use koinos_service::{Event, Fatal};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::cli::Global;
use crate::node::{Place, number, text};
use crate::output::Output;

/// Which broadcasts.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Topics, with * for a word and # for any words [default: all]
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,

    /// End after so many
    #[arg(long, short = 'n', value_name = "N")]
    count: Option<u64>,
}

/// Follows the broadcasts until Ctrl-C.
pub(crate) async fn run(options: Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    if global.url.is_some() {
        return Err(Fatal::usage(anyhow!("events come over AMQP only; leave out --url")));
    }
    let bus = Place::find(global)?.bus(global.timeout()).await?;
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut topics = options.topics;
    if topics.is_empty() {
        topics.push("koinos.#".to_owned());
    }
    for topic in &topics {
        let sender = sender.clone();
        bus.subscribe(topic, move |event| {
            // The receiver goes when enough was shown.
            let _ = sender.send(event);
            std::future::ready(())
        });
    }
    let limit = global.timeout();
    if tokio::time::timeout(limit, bus.consuming()).await.is_err() {
        return Err(Fatal::unavailable(anyhow!("the broker does not let us listen")));
    }
    output.note("listening; Ctrl-C ends it");
    let mut left = options.count.unwrap_or(u64::MAX);
    while left > 0 {
        tokio::select! {
            Some(event) = events.recv() => show(&event, output)?,
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
        }
        left -= 1;
    }
    Ok(())
}

/// The message that a topic carries.
fn message_of(topic: &str) -> Option<&'static str> {
    Some(match topic {
        names::BLOCK_ACCEPT | names::MEMPOOL_BLOCK_ACCEPTED => "koinos.broadcast.block_accepted",
        names::BLOCK_IRREVERSIBLE => "koinos.broadcast.block_irreversible",
        names::BLOCK_FORKS => "koinos.broadcast.fork_heads",
        names::TRANSACTION_ACCEPT => "koinos.broadcast.transaction_accepted",
        names::TRANSACTION_FAIL => "koinos.broadcast.transaction_failed",
        names::MEMPOOL_ACCEPT => "koinos.broadcast.mempool_accepted",
        names::GOSSIP_STATUS => "koinos.broadcast.gossip_status",
        names::INDEX_STATUS => "koinos.index.index_status",
        _ if topic.starts_with("koinos.event.") => "koinos.broadcast.event_parcel",
        _ => return None,
    })
}

fn show(event: &Event, output: &Output) -> Result<(), Fatal> {
    let message = message_of(&event.topic);
    let decoded = message.map(|name| Mapping::koinos().decode(name, &event.payload));
    let content = match decoded {
        Some(Ok(content)) => content,
        // Somebody else's message, or one whose logs are not text: shown by its size.
        _ => json!({ "bytes": event.payload.len() }),
    };
    let line = format!(
        "{}  {:<32} {}",
        Local::now().format("%H:%M:%S%.3f"),
        event.topic,
        summary(&event.topic, &content)
    );
    output.line(&json!({ "topic": event.topic, "message": content }), &line)
}

fn summary(topic: &str, content: &Value) -> String {
    match topic {
        names::BLOCK_ACCEPT | names::MEMPOOL_BLOCK_ACCEPTED => {
            let block = &content["block"];
            let transactions = block["transactions"].as_array().map_or(0, Vec::len);
            let height = number(&block["header"], "height");
            format!("height {height}, {transactions} transactions, {}", text(block, "id"))
        }
        names::BLOCK_IRREVERSIBLE => {
            format!("height {}", number(&content["topology"], "height"))
        }
        names::BLOCK_FORKS => {
            let heads = content["heads"].as_array().map_or(0, Vec::len);
            format!("{heads} {}", if heads == 1 { "head" } else { "heads" })
        }
        names::TRANSACTION_ACCEPT | names::MEMPOOL_ACCEPT => {
            let transaction = &content["transaction"];
            format!("{} of {}", text(transaction, "id"), text(&transaction["header"], "payer"))
        }
        names::TRANSACTION_FAIL => text(content, "id").to_owned(),
        names::GOSSIP_STATUS => match content["enabled"] == true {
            true => "on".to_owned(),
            false => "off".to_owned(),
        },
        names::INDEX_STATUS => {
            let (service, instance) = (text(content, "service"), text(content, "instance_id"));
            let state = match content["lagging"] == true {
                true => "takes no requests",
                false => "takes requests",
            };
            let at = number(&content["head"], "height");
            format!("{service} {instance} {state} at {at} of {}", number(content, "chain_height"))
        }
        _ => match content.get("event") {
            Some(event) => format!("height {}, {}", number(content, "height"), text(event, "data")),
            None => content.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_of_the_protocol_is_known() {
        let event = "koinos.event.1abc.token.transfer";
        for topic in [names::BLOCK_ACCEPT, names::GOSSIP_STATUS, names::INDEX_STATUS, event] {
            let message = message_of(topic).unwrap();
            assert!(Mapping::koinos().message(message).is_ok(), "{message}");
        }
        assert_eq!(message_of("mine.own"), None);
    }

    #[test]
    fn a_block_in_a_line() {
        let content = json!({"block": {"id": "0x12", "header": {"height": "7"},
                                       "transactions": [{}, {}]}});
        assert_eq!(summary(names::BLOCK_ACCEPT, &content), "height 7, 2 transactions, 0x12");
        assert_eq!(summary(names::GOSSIP_STATUS, &json!({})), "off");
    }
}
