//! `koinosctl` in a world of its own: its directory, its list of devnets.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use koinos_testkit::{Broker, Daemon, free_ports, poll};
use prost::Message;
use serde_json::Value;
use tempfile::TempDir;
use tonic::transport::Endpoint;
use tonic_prost::ProstCodec;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(180);

pub struct World {
    pub directory: TempDir,
}

impl World {
    pub fn new() -> Self {
        Self { directory: tempfile::Builder::new().prefix("ctl-").tempdir().unwrap() }
    }

    /// A path in this world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_koinosctl"));
        command.args(arguments).env("XDG_STATE_HOME", self.path("state"));
        command.env_remove("KOINOS_BASEDIR").env_remove("KOINOS_AMQP");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The JSON that a command prints, having succeeded.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["--json"], arguments].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The exit status and the complaint of a command that fails.
    pub fn failure(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), text)
    }

    /// Starts a devnet in the foreground, in the directory `name`, with blocks every 100 ms.
    pub fn start(&self, name: &str, amqp: &str, more: &[&str]) -> Devnet {
        self.start_every(100, name, amqp, more)
    }

    /// As [`World::start`], with another time between blocks in milliseconds.
    pub fn start_every(&self, interval: u64, name: &str, amqp: &str, more: &[&str]) -> Devnet {
        let data = self.path(name);
        let [port] = free_ports().unwrap();
        let (port, interval) = (port.to_string(), interval.to_string());
        let mut arguments = vec!["--json", "devnet", "start", "--amqp", amqp, "--port", &port];
        arguments.extend(["--block-interval", &interval, "--data-dir", data.to_str().unwrap()]);
        arguments.extend(more);
        let supervisor = Daemon::spawn(self.command(&arguments)).unwrap();
        Devnet { supervisor, data }
    }
}

/// A bus of a test's own.
pub fn amqp() -> String {
    Broker::shared().unwrap().vhost().unwrap().url
}

/// A devnet in the foreground.
pub struct Devnet {
    pub supervisor: Daemon,
    pub data: PathBuf,
}

impl Devnet {
    /// What it says of itself when it is ready.
    pub fn ready(&self) -> Value {
        let line = self.supervisor.wait_for("\"event\":\"ready\"", LIMIT).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Waits until a block of that height is shown.
    pub fn wait_for_height(&self, height: u64) {
        self.supervisor.wait_for(&format!("\"height\":{height},"), LIMIT).unwrap();
    }

    pub fn data_dir(&self) -> &str {
        self.data.to_str().unwrap()
    }
}

/// What the first node of a devnet answers over gRPC, to a client that shares nothing with the service
/// but the messages.
pub fn over_grpc<Q, A>(ready: &Value, method: &str, request: Q) -> A
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let address = ready["nodes"][0]["grpc"].as_str().unwrap();
    let asking = async {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let mut grpc = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
        grpc.ready().await.unwrap();
        let path = format!("/koinos.services.koinos/{method}").parse().unwrap();
        let codec = ProstCodec::<Q, A>::default();
        grpc.unary(tonic::Request::new(request), path, codec).await.unwrap().into_inner()
    };
    tokio::runtime::Runtime::new().unwrap().block_on(asking)
}

/// The processes that a devnet has told of.
pub fn pids(ready: &Value) -> Vec<u64> {
    let processes = ready["processes"].as_array().unwrap();
    processes.iter().map(|process| process["pid"].as_u64().unwrap()).collect()
}

/// Waits until none of the processes is left.
pub fn wait_until_gone(pids: &[u64]) {
    let gone = |pid: &u64| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with('Z'))
    };
    let all = || Ok(pids.iter().all(gone).then_some(()));
    poll("end of all processes", LIMIT, all).unwrap();
}

/// The number behind a name, which Koinos JSON may write as text.
pub fn number(json: &Value, name: &str) -> u64 {
    let value = &json[name];
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
