//! What the tests of the daemon share.
#![allow(dead_code, reason = "each test program uses a part")]

mod script;
pub mod stranger;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use koinos_mq::{Bus, Config};
use koinos_testkit::{Broker, Daemon, Vhost, admin, free_ports, poll};
use libp2p::{Multiaddr, PeerId};
use serde_json::Value;
use tempfile::TempDir;

#[allow(unused_imports, reason = "each test program uses a part")]
pub use script::{Script, chain_id, height, line};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-p2p");
/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(180);

/// Waits for something, but not for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("time is up")
}

/// A node: the daemon, and a script in the place of its other services, on a bus of their own.
pub struct Node {
    pub directory: TempDir,
    pub script: Arc<Script>,
    pub bus: Bus,
    pub daemon: Daemon,
    pub port: u16,
    pub peer: PeerId,
    pub vhost: Vhost,
    more: Vec<String>,
}

impl Node {
    /// Starts a node that connects to `peers`.
    pub async fn start(script: Arc<Script>, peers: &[&Self], more: &[&str]) -> Self {
        let vhost = Broker::shared().unwrap().vhost().unwrap();
        let bus = client(&vhost.url).await;
        script.serve(&bus);
        soon(bus.consuming()).await;
        let directory = tempfile::tempdir().unwrap();
        let [port] = free_ports().unwrap();
        let mut more: Vec<String> = more.iter().map(|text| (*text).to_owned()).collect();
        more.extend(peers.iter().flat_map(|peer| ["--peer".to_owned(), peer.address()]));
        let (daemon, peer) = launch(directory.path(), &vhost.url, port, &more);
        Self { directory, script, bus, daemon, port, peer, vhost, more }
    }

    /// Where others reach it.
    pub fn address(&self) -> String {
        format!("/ip4/127.0.0.1/tcp/{}/p2p/{}", self.port, self.peer)
    }

    pub fn multiaddr(&self) -> Multiaddr {
        format!("/ip4/127.0.0.1/tcp/{}", self.port).parse().unwrap()
    }

    /// Starts it again after it was killed or has ended; its services were there all the time.
    pub fn restart(&mut self) {
        let (daemon, peer) = launch(self.directory.path(), &self.vhost.url, self.port, &self.more);
        assert_eq!(peer, self.peer, "it is still the same peer");
        self.daemon = daemon;
    }

    /// Waits until its chain has come to a height.
    pub async fn reaches(&self, wanted: u64) {
        let mut height = self.script.height();
        let reached =
            tokio::time::timeout(LIMIT, height.wait_for(|height| *height >= wanted)).await;
        if reached.is_err() {
            let at = *self.script.height().borrow();
            panic!("it is at height {at}, not {wanted}:\n{}", self.daemon.output());
        }
    }

    /// A detail of the status page.
    pub fn detail(&self, name: &str) -> Value {
        let page = http(self.directory.path(), "GET", "/status", "");
        let page: Value = serde_json::from_str(&page.1).unwrap();
        page["details"][name].clone()
    }

    /// Waits until a detail is as it should be.
    pub fn wait_for_detail(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = poll(name, LIMIT, || Ok(Some(self.detail(name)).filter(|value| wanted(value))));
        found.unwrap_or_else(|error| {
            panic!("{error}; {name} is {}:\n{}", self.detail(name), self.daemon.output())
        })
    }

    /// Waits for an entry of the log, which has to be in JSON, with that id, and about that peer if one is named.
    pub fn wait_for_event(&self, id: &str, peer: Option<&PeerId>) -> Value {
        let peer = peer.map(PeerId::to_string);
        let found = poll(id, LIMIT, || {
            let output = self.daemon.output();
            let entries =
                output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let is_it = |entry: &Value| {
                entry["MESSAGE_ID"] == id
                    && peer.as_ref().is_none_or(|peer| entry["KOINOS_PEER"] == *peer)
            };
            Ok(entries.into_iter().find(is_it))
        });
        found.unwrap_or_else(|error| panic!("{error}; event {id}:\n{}", self.daemon.output()))
    }

    /// The page of the metrics.
    pub fn metrics(&self) -> String {
        http(self.directory.path(), "GET", "/metrics", "").1
    }

    /// Gives a command of the operator: the status of HTTP and the reply.
    pub fn command(&self, name: &str, argument: &str) -> (u16, String) {
        http(self.directory.path(), "POST", &format!("/command/{name}"), argument)
    }
}

fn launch(directory: &Path, url: &str, port: u16, more: &[String]) -> (Daemon, PeerId) {
    let directory = directory.to_str().unwrap();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    let mut arguments = vec!["-d", directory, "-a", url, "-L", &listen, "--log-color=false"];
    arguments.extend(more.iter().map(String::as_str));
    let daemon = Daemon::start(PROGRAM, arguments).unwrap();
    let told = "This node is peer ";
    let line = daemon.wait_for(told, LIMIT).unwrap();
    daemon.wait_for("Ready", LIMIT).unwrap();
    // Behind it the line ends, or goes on as JSON.
    let rest = line.split(told).nth(1).unwrap();
    let peer = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().parse().unwrap();
    (daemon, peer)
}

pub async fn client(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "test")).unwrap();
    soon(bus.connected()).await;
    bus
}

/// One request to the admin socket of the daemon in `basedir`.
pub fn http(basedir: &Path, method: &str, path: &str, body: &str) -> (u16, String) {
    admin::request(&basedir.join("p2p/admin.sock"), method, path, body).unwrap()
}
