//! `status`: the whole node at a glance.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::admin::{Page, Readiness, SERVICES, readiness};
use crate::chain::time_text;
use crate::cli::Global;
use crate::node::{Node, Place, nothing, number, text};
use crate::output::{Output, Report};

/// How long the head is waited for: the rest is worth showing without it.
const HEAD_LIMIT: Duration = Duration::from_secs(2);

/// How to show it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Go on, until Ctrl-C
    #[arg(long, short)]
    watch: bool,

    /// Seconds between looks
    #[arg(long, value_name = "SECONDS", default_value_t = 1, requires = "watch",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
}

/// Shows the node, once or for ever.
pub(crate) async fn run(options: &Options, global: &Global, output: &Output) -> Result<(), Fatal> {
    let mut lookout = Lookout::new(Place::find(global)?);
    if !options.watch {
        return output.show(&lookout.look().await);
    }
    if output.is_live() {
        crate::output::write(b"\x1b[2J")?;
    }
    loop {
        output.refresh(&lookout.look().await)?;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(options.every)) => {}
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
        }
    }
}

/// A service as it is now.
struct Found {
    name: &'static str,
    readiness: Readiness,
    page: Option<Page>,
}

/// Looks at every service of a node.
pub(crate) struct Lookout {
    place: Place,
    /// The way to the chain, once there is one.
    node: Option<Node>,
}

impl Lookout {
    /// Looks at a node of this machine.
    pub(crate) fn new(place: Place) -> Self {
        Self { place, node: None }
    }

    /// The node as it is now.
    pub(crate) async fn look(&mut self) -> Report {
        let mut found = Vec::new();
        for name in SERVICES {
            // One that never ran here is not part of the node.
            if self.place.basedir().join(name).is_dir() {
                let socket = self.place.admin_socket(name);
                let page = Page::fetch(&socket).await;
                found.push(Found { name, readiness: readiness(&socket).await, page });
            }
        }
        let head = self.head().await;
        let mut json = json!({
            "basedir": self.place.basedir().display().to_string(),
            "broker": broker(&found),
            "head": head_json(head.as_ref(), &found),
            "services": found.iter().map(service_json).collect::<Vec<_>>(),
        });
        if let Some(peers) = peers(&found) {
            json["peers"] = peers.into();
        }
        describe(json, &found)
    }

    /// The head as the chain tells it, where it can be asked.
    async fn head(&mut self) -> Option<Value> {
        if self.node.is_none() {
            let bus = self.place.bus(HEAD_LIMIT).await.ok()?;
            self.node = Some(Node::over(bus, HEAD_LIMIT));
        }
        self.node.as_ref()?.call("chain", "get_head_info", nothing()).await.ok()
    }
}

fn broker(found: &[Found]) -> Value {
    let mut pages = found.iter().filter_map(|service| service.page.as_ref());
    match pages.next() {
        Some(first) => json!({
            "url": first.json["broker"]["url"],
            "connected": first.is_connected() && pages.all(Page::is_connected),
        }),
        None => Value::Null,
    }
}

/// From the chain's reply, or else from what it shows on its admin socket.
fn head_json(head: Option<&Value>, found: &[Found]) -> Value {
    if let Some(head) = head {
        let time = number(head, "head_block_time");
        return json!({
            "height": number(&head["head_topology"], "height"),
            "id": text(&head["head_topology"], "id"),
            "last_irreversible_block": number(head, "last_irreversible_block"),
            "time": time,
            "lag_ms": (time > 0).then(|| now_ms().saturating_sub(time)),
        });
    }
    let chain = found.iter().find(|service| service.name == "chain");
    match chain
        .and_then(|chain| chain.page.as_ref())
        .filter(|page| page.detail("head_id").is_some())
    {
        Some(page) => json!({
            "height": page.detail("head_height"),
            "id": page.detail("head_id"),
            "last_irreversible_block": page.detail("last_irreversible_block"),
        }),
        None => Value::Null,
    }
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// How many peers of this network p2p has, where it runs.
fn peers(found: &[Found]) -> Option<u64> {
    let p2p = found.iter().find(|service| service.name == "p2p")?;
    p2p.page.as_ref()?.detail("koinos_peers")?.as_u64()
}

fn service_json(found: &Found) -> Value {
    let state = match &found.readiness {
        Readiness::Ready => "ready",
        Readiness::NotReady(_) => "not ready",
        Readiness::Absent => "not running",
    };
    let page = found.page.as_ref();
    let member = |name: &str| page.map_or(Value::Null, |page| page.json[name].clone());
    let doing = match &found.readiness {
        Readiness::NotReady(why) => why.clone().into(),
        _ => member("status"),
    };
    json!({
        "name": found.name,
        "state": state,
        "pid": member("pid"),
        "uptime_seconds": member("uptime_seconds"),
        "memory_bytes": page.and_then(|page| page.memory),
        "version": member("version"),
        "doing": doing,
    })
}

/// The text of a look.
fn describe(json: Value, found: &[Found]) -> Report {
    let head = &json["head"];
    let (broker, services) = (&json["broker"], &json["services"]);
    let broker = match (text(broker, "url"), broker["connected"] == true) {
        ("", _) => "unknown: no service runs".to_owned(),
        (url, true) => format!("{url}, connected"),
        (url, false) => format!("{url}, NOT connected"),
    };
    let empty = found.is_empty();
    let rows = services.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(row).collect();
    let mut report = Report::new(json.clone())
        .pair("base directory", text(&json, "basedir"))
        .pair("broker", broker);
    report = match head.is_null() {
        true => report.pair("head", "unknown: chain does not answer"),
        false => report
            .pair("head", format!("height {}, {}", number(head, "height"), text(head, "id")))
            .maybe("head time", head["time"].as_u64().map(time_text))
            .maybe("lag", head["lag_ms"].as_u64().map(seconds_text))
            .pair("irreversible", number(head, "last_irreversible_block")),
    };
    report = report.maybe("peers", json["peers"].as_u64());
    match empty {
        true => report.text("No service has run in this base directory; say which with --basedir."),
        false => report.table(vec!["service", "state", "pid", "uptime", "memory", "doing"], rows),
    }
}

fn row(service: &Value) -> Vec<String> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    vec![
        text(service, "name").to_owned(),
        text(service, "state").to_owned(),
        shown(service["pid"].as_u64().map(|pid| pid.to_string())),
        shown(service["uptime_seconds"].as_u64().map(uptime_text)),
        shown(service["memory_bytes"].as_u64().map(memory_text)),
        shown(service["doing"].as_str().map(str::to_owned)),
    ]
}

fn seconds_text(millis: u64) -> String {
    match millis {
        0..600_000 => format!("{:.1} s", millis as f64 / 1000.0),
        _ => uptime_text(millis / 1000),
    }
}

pub(crate) fn uptime_text(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

fn memory_text(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_for_people() {
        assert_eq!(uptime_text(59), "59 s");
        assert_eq!(uptime_text(3_599), "59 min 59 s");
        assert_eq!(uptime_text(90_000), "1 d 1 h");
        assert_eq!(seconds_text(3_210), "3.2 s");
        assert_eq!(memory_text(52_428_800), "50.0 MiB");
    }

    #[test]
    fn a_node_that_does_not_run_is_told_as_such() {
        let found = [Found { name: "chain", readiness: Readiness::Absent, page: None }];
        let services: Vec<Value> = found.iter().map(service_json).collect();
        let json = json!({"basedir": "/b", "broker": broker(&found),
                          "head": head_json(None, &found), "services": services});
        let report = describe(json, &found);
        assert_eq!(report.json()["services"][0]["state"], "not running");
        assert_eq!(report.json()["head"], Value::Null);
    }
}
