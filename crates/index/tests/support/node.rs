//! A daemon around an index, and the rest of its node.

use std::path::{Path, PathBuf};
use std::time::Duration;

use koinos_mq::{Bus, Config};
use koinos_testkit::{Daemon, admin, poll};
use serde_json::Value;
use tempfile::TempDir;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits for something, but not for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("time is up")
}

/// A program and the name of its service.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    pub path: &'static str,
    pub service: &'static str,
}

/// A daemon with a base directory of its own.
pub struct Node {
    program: Program,
    pub directory: TempDir,
    socket: PathBuf,
    url: String,
    pub daemon: Daemon,
}

impl Node {
    /// Starts it, and does not wait.
    pub fn launch(program: Program, url: &str, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let daemon = launch(program, directory.path(), url, more);
        let socket = directory.path().join(program.service).join("admin.sock");
        Self { program, directory, socket, url: url.to_owned(), daemon }
    }

    /// Starts it with a file system of its own that holds 2 MiB, and when it has ended starts it again
    /// after making more room.
    pub fn launch_on_small_disk(program: Program, url: &str) -> Self {
        const SCRIPT: &str = "disk=$1; shift; mount -t tmpfs -o size=2m tmpfs \"$disk\" || exit; \
                              \"$@\"; echo \"ended with status $?\"; \
                              mount -o remount,size=200m \"$disk\"; exec \"$@\"";
        let directory = tempfile::tempdir().unwrap();
        let (disk, socket) = (directory.path().join("disk"), directory.path().join("admin.sock"));
        std::fs::create_dir(&disk).unwrap();
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"]);
        command.arg(&disk).arg(program.path).arg("--basedir").arg(&disk);
        command.arg("--admin-socket").arg(&socket).args(["--amqp", url]);
        let daemon = Daemon::spawn(command).unwrap();
        Self { program, directory, socket, url: url.to_owned(), daemon }
    }

    /// Its name on the bus.
    pub fn instance(&self) -> String {
        instance(self.directory.path())
    }

    /// Starts it and waits until it takes requests.
    pub fn start(program: Program, url: &str, more: &[&str]) -> Self {
        let node = Self::launch(program, url, more);
        node.daemon.wait_for("Ready", LIMIT).unwrap();
        node
    }

    /// Changes the broker for the next start.
    pub fn url_is(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// Starts it again on the same directory.
    pub fn relaunch(&mut self, more: &[&str]) {
        self.daemon = launch(self.program, self.directory.path(), &self.url, more);
    }

    fn get(&self, path: &str) -> anyhow::Result<(u16, String)> {
        admin::get(&self.socket, path)
    }

    /// The details of `/status`.
    pub fn details(&self) -> Value {
        let page: Value = serde_json::from_str(&self.get("/status").unwrap().1).unwrap();
        page["details"].clone()
    }

    /// Waits until the details are as wanted.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let ask = || {
            let Ok((200, page)) = self.get("/status") else { return Ok(None) };
            let page: Value = serde_json::from_str(&page)?;
            Ok(Some(page["details"].clone()).filter(&wanted))
        };
        poll(what, LIMIT, ask).unwrap_or_else(|error| panic!("{error}:\n{}", self.daemon.output()))
    }

    /// Waits until the head has this height and requests are taken.
    pub fn wait_for_head(&self, height: u64) {
        self.wait_until("head", |details| {
            details["head_height"] == height && details["takes_requests"] == true
        });
    }

    /// The checksum and the height it is for.
    pub fn checksum(&self) -> (String, u64) {
        let (status, text) = self.get("/inspect/checksum").unwrap();
        assert_eq!(status, 200, "{text}");
        let checksum: Value = serde_json::from_str(&text).unwrap();
        (checksum["sha256"].as_str().unwrap().to_owned(), checksum["height"].as_u64().unwrap())
    }

    /// Whether the index is as one that is made anew from the same chain.
    pub fn verify(&self) {
        let (checksum, height) = self.checksum();
        let until = height.to_string();
        let anew = Self::launch(self.program, &self.url, &["--until-height", &until]);
        anew.wait_until("index made anew", |details| details["cursor_height"] == height);
        assert_eq!(anew.checksum(), (checksum, height));
    }
}

fn launch(program: Program, basedir: &Path, url: &str, more: &[&str]) -> Daemon {
    let instance = instance(basedir);
    let basedir = basedir.to_str().unwrap();
    let mut arguments = vec!["--basedir", basedir, "--amqp", url, "--instance-id", &instance];
    arguments.extend(more);
    Daemon::start(program.path, arguments).unwrap()
}

/// No two of them have the same directory.
fn instance(basedir: &Path) -> String {
    basedir.file_name().unwrap().to_str().unwrap().to_owned()
}

pub async fn client(url: &str) -> Bus {
    let bus = Bus::start(Config::new(url, "test", "client")).unwrap();
    soon(bus.connected()).await;
    bus
}
