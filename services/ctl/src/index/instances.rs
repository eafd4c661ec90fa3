//! `index instances`: the instances of index services on the bus, as they tell of themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::anyhow;
use koinos_codec::json::Mapping;
use koinos_rpc::names::INDEX_STATUS;
use koinos_service::Fatal;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::cli::Global;
use crate::node::{Place, number, text};
use crate::output::{Output, Report};

const MESSAGE: &str = "koinos.index.index_status";

/// The last that each instance told, by service and name.
type Heard = BTreeMap<(String, String), Value>;

/// Listens for so many seconds, and shows whom it heard.
pub(super) async fn show(seconds: u64, global: &Global, output: &Output) -> Result<(), Fatal> {
    let limit = global.timeout();
    let bus = Place::find(global)?.bus(limit).await?;
    let (sender, mut events) = mpsc::unbounded_channel();
    bus.subscribe(INDEX_STATUS, move |event| {
        // The receiver goes when enough was heard.
        let _ = sender.send(event.payload);
        std::future::ready(())
    });
    if tokio::time::timeout(limit, bus.consuming()).await.is_err() {
        return Err(Fatal::unavailable(anyhow!("the broker does not let us listen")));
    }
    output.note(&format!("listening for {seconds} s"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut heard = Heard::new();
    loop {
        tokio::select! {
            Some(payload) = events.recv() => {
                // What cannot be read is from a version to come.
                if let Ok(status) = Mapping::koinos().decode(MESSAGE, &payload) {
                    let of = |name| text(&status, name).to_owned();
                    heard.insert((of("service"), of("instance_id")), status);
                }
            }
            () = sleep_until(end) => break,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                break;
            }
        }
    }
    output.show(&report(heard))
}

fn report(heard: Heard) -> Report {
    let row = |status: &Value| {
        let height = |of: &str| number(&status[of], "height").to_string();
        let takes = if status["lagging"] == true { "no" } else { "yes" };
        let chain = number(status, "chain_height").to_string();
        let name = |name| text(status, name).to_owned();
        let who = [name("service"), name("instance_id")];
        [&who[..], &[height("cursor"), height("head"), chain, takes.to_owned()]].concat()
    };
    let rows: Vec<Vec<String>> = heard.values().map(row).collect();
    let empty = rows.is_empty();
    let report = Report::new(json!({ "instances": heard.into_values().collect::<Vec<_>>() }));
    match empty {
        true => report.text("No instance told of itself; where no blocks come, none does."),
        false => report
            .table(vec!["service", "instance", "cursor", "head", "chain", "takes requests"], rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_listed_with_their_heights() {
        let status = json!({
            "service": "account_history", "instance_id": "a", "cursor": { "height": "40" },
            "head": { "height": "100" }, "chain_height": "150", "lagging": true,
        });
        let heard = Heard::from([(("account_history".to_owned(), "a".to_owned()), status)]);
        let report = report(heard);
        assert_eq!(report.json()["instances"][0]["head"]["height"], "100");
        let row = "account_history\ta\t40\t100\t150\tno\n";
        assert!(report.lines(false).ends_with(row), "{}", report.lines(false));
    }
}
