//! What the tests of the daemon share.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod world;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use koinos_mq::{Bus, Config};
use koinos_rpc::Transport;
use koinos_rpc::names::MEMPOOL_BLOCK_ACCEPTED;
use koinos_testkit::{Daemon, admin, poll};
use tempfile::TempDir;
use tokio::sync::watch;
use world::{Answer, World, key};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_koinos-block-producer");
/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(90);

/// A producer with a base directory of its own.
pub struct Node {
    pub directory: TempDir,
    pub url: String,
    pub daemon: Daemon,
    options: Vec<String>,
}

impl Node {
    /// Starts a producer with the key of the tests.
    pub fn start(url: &str, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_key(directory.path(), &format!("{}\n", key().to_wif()), 0o600);
        let daemon = launch(directory.path(), url, options);
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self { directory, url: url.to_owned(), daemon, options }
    }

    /// Starts the daemon again on the same directory.
    pub fn restart(&mut self) {
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        self.daemon = launch(self.directory.path(), &self.url, &options);
    }

    /// The status line, once it contains `text`.
    pub fn wait_for_status(&self, text: &str) -> serde_json::Value {
        poll(text, LIMIT, || {
            let status = status(self.directory.path());
            Ok(status["status"].as_str().is_some_and(|s| s.contains(text)).then_some(status))
        })
        .unwrap()
    }
}

/// Starts the daemon with `basedir` and a broker.
pub fn launch(basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let basedir = basedir.to_str().unwrap();
    let mut arguments = vec!["--basedir", basedir, "--amqp", url, "--instance-id", "test"];
    arguments.extend(more);
    Daemon::start(PROGRAM, arguments).unwrap()
}

/// Puts a key file where the daemon looks for it.
pub fn write_key(basedir: &Path, content: &str, mode: u32) {
    let path = basedir.join("block_producer/private.key");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The status page; null while the daemon is not up.
pub fn status(basedir: &Path) -> serde_json::Value {
    http(basedir, "/status").and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default()
}

/// One page of the admin socket.
pub fn http(basedir: &Path, page: &str) -> Option<String> {
    Some(admin::get(&basedir.join("block_producer/admin.sock"), page).ok()?.1)
}

/// Services of a world on a bus.
pub struct Services {
    pub bus: Bus,
    kills: watch::Receiver<usize>,
}

impl Services {
    pub async fn start(url: &str, world: &World, names: &[&'static str]) -> Self {
        let bus = Bus::start(Config::new(url, "test", "world")).unwrap();
        tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
        let (sender, kills) = watch::channel(0);
        for name in names.iter().copied() {
            let (world, kills) = (world.clone(), sender.clone());
            bus.serve(name, 8, move |request| {
                let answer = world.answer(name, &request);
                let kills = kills.clone();
                async move {
                    match answer {
                        Answer::Reply(reply) => return reply,
                        Answer::Silence => {}
                        Answer::Kill => kills.send_modify(|count| *count += 1),
                    }
                    std::future::pending().await
                }
            });
        }
        if names.contains(&"mempool") {
            let relay = bus.clone();
            world.listen(move |accepted| relay.broadcast(MEMPOOL_BLOCK_ACCEPTED, accepted));
        }
        tokio::time::timeout(LIMIT, bus.consuming()).await.unwrap();
        Self { bus, kills }
    }

    /// Ends the services at once, whatever they have in hand.
    pub async fn stop(self) {
        self.bus.close(Duration::ZERO).await;
    }

    /// Waits until the script has asked for the producer's end the `nth` time.
    pub async fn wait_for_kill(&self, nth: usize) {
        reaches("proposal", self.kills.clone(), nth).await;
    }
}

/// Waits until the chain has a height.
pub async fn wait_for_height(world: &World, height: u64) {
    reaches("block", world.heights(), height).await;
}

async fn reaches<T: PartialOrd>(what: &str, mut number: watch::Receiver<T>, at_least: T) {
    let reached = number.wait_for(|number| *number >= at_least);
    let reached = tokio::time::timeout(LIMIT, reached).await;
    assert!(reached.is_ok_and(|reached| reached.is_ok()), "no {what} within {LIMIT:?}");
}
