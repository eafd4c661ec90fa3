//! `peers`: who the node is connected to, and who it is not to be connected to.

use clap::Subcommand;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::admin::command;
use crate::cli::Global;
use crate::node::{Place, text};
use crate::output::{Output, Report};
use crate::status::uptime_text;

/// What to do with peers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show the peers, those that are banned, and those that were added
    List,
    /// Connect to a peer, now and whenever it is not connected, also after a restart
    Add {
        /// Its address, as /ip4/A/tcp/P/p2p/ID or /dns4/NAME/tcp/P/p2p/ID; the id may be left out
        address: String,
    },
    /// Disconnect a peer, and do not let it in again, also after a restart
    Ban {
        /// Its id
        peer: String,
    },
    /// Let a peer in again, and forget what it has done
    Unban {
        /// Its id
        peer: String,
    },
}

/// Runs a verb.
pub(crate) async fn run(verb: &Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let (name, argument) = match verb {
        Verb::List => ("peers", Value::Null),
        Verb::Add { address } => ("add", json!({ "peer": address })),
        Verb::Ban { peer } => ("ban", json!({ "peer": peer })),
        Verb::Unban { peer } => ("unban", json!({ "peer": peer })),
    };
    let socket = Place::find(global)?.admin_socket("p2p");
    let reply = command(&socket, "p2p", name, &argument, global.timeout()).await?;
    output.show(&match verb {
        Verb::List => list(reply),
        Verb::Add { address } => Report::new(reply).text(format!("{address} is called")),
        Verb::Ban { peer } => Report::new(reply).text(format!("{peer} is banned")),
        Verb::Unban { peer } => Report::new(reply).text(format!("{peer} may come again")),
    })
}

/// The reply to `peers`: a row for each peer, and the lists of the operator.
fn list(reply: Value) -> Report {
    let items = |name: &str| reply[name].as_array().cloned().unwrap_or_default();
    let lines = |name: &str| {
        let texts = items(name);
        texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n  ")
    };
    let head =
        vec!["peer", "address", "way", "height", "rtt", "blocks", "score", "connected", "program"];
    let rows: Vec<Vec<String>> = items("peers").iter().map(row).collect();
    let mut report = Report::new(reply.clone()).pair("this node", text(&reply, "id"));
    report = match rows.is_empty() {
        true => report.text("no peer is connected"),
        false => report.table(head, rows),
    };
    for (name, title) in [("added", "added by hand"), ("banned", "banned"), ("known", "remembered")]
    {
        let listed = lines(name);
        if !listed.is_empty() {
            report = report.text(format!("{title}:\n  {listed}"));
        }
    }
    report
}

fn row(peer: &Value) -> Vec<String> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let whole = |name: &str| shown(peer[name].as_f64().map(|number| format!("{number:.0}")));
    // One that has not proven to be of this network has no height.
    let height = match peer["koinos"] == true {
        true => whole("height"),
        false => "-".to_owned(),
    };
    vec![
        text(peer, "id").to_owned(),
        text(peer, "address").to_owned(),
        text(peer, "direction").to_owned(),
        height,
        shown(peer["rtt_ms"].as_f64().map(|time| format!("{time:.1} ms"))),
        whole("blocks_received"),
        whole("score"),
        shown(peer["connected_s"].as_u64().map(uptime_text)),
        text(peer, "agent").to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_rows_and_the_operators_lists_follow() {
        let peer = json!({
            "id": "Qm1", "address": "/ip4/192.0.2.1/tcp/8888", "direction": "out", "koinos": true,
            "height": 7, "rtt_ms": 1.25, "score": 0.0, "blocks_received": 12, "connected_s": 61,
            "agent": "koinos-linux/0.1.0",
        });
        let shown = row(&peer);
        assert_eq!(shown[3..8], ["7", "1.2 ms", "12", "0", "1 min 1 s"]);
        let mut stranger = peer.clone();
        stranger["koinos"] = false.into();
        assert_eq!(row(&stranger)[3], "-");
        let reply = json!({ "id": "Qm0", "peers": [peer], "added": [], "banned": ["Qm2"] });
        assert_eq!(list(reply.clone()).json(), &reply);
    }
}
