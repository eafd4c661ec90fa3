//! A RabbitMQ of the test's own, on free ports, with its own name daemon and data directory.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::guard::Guarded;
use crate::{free_ports, poll};

/// A broker on a slow machine with other work takes its time.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Virtual hosts declared in every broker, `t0`, `t1` ...
const VHOSTS: usize = 64;
/// The salted hash of the password `guest`, as the broker keeps it.
const GUEST_HASH: &str = "a29pbiVrMOmfb09ZPgEUGVj0zuYsgFRHUEzIEH04CB0lu3RP";

/// A private broker. User and password are `guest`.
pub struct Broker {
    directory: TempDir,
    port: u16,
    name_port: u16,
    dist_port: u16,
    server: Mutex<Option<Guarded>>,
    _name_daemon: Guarded,
    next_vhost: AtomicUsize,
}

/// A virtual host of a broker: a bus that no other test uses.
#[derive(Debug, Clone)]
pub struct Vhost {
    /// The AMQP URL.
    pub url: String,
    /// The broker's port.
    pub port: u16,
    /// The virtual host's name.
    pub name: String,
}

impl Broker {
    /// Starts a broker and waits until it speaks AMQP.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_with_limit(512 << 20)
    }

    /// Starts a broker that refuses messages of more than `max_message_size` bytes.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_with_limit(max_message_size: usize) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("koinos-broker-").tempdir()?;
        let [port, name_port, dist_port] = free_ports()?;
        let path = directory.path();
        fs::write(path.join("rabbitmq.conf"), configuration(path, port, max_message_size))?;
        fs::write(path.join("definitions.json"), definitions())?;
        fs::write(path.join("enabled_plugins"), "[].\n")?;
        let name_daemon = Guarded::spawn(
            Command::new("epmd")
                .args(["-port", &name_port.to_string(), "-address", "127.0.0.1"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
            Some(path),
        )
        .context("cannot start epmd; is RabbitMQ installed?")?;
        let broker = Self {
            port,
            name_port,
            dist_port,
            server: Mutex::new(None),
            _name_daemon: name_daemon,
            next_vhost: AtomicUsize::new(0),
            directory,
        };
        broker.resume()?;
        Ok(broker)
    }

    /// The broker shared by all tests of this process; each should take a [`Broker::vhost`].
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Broker, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A virtual host that nobody else has got.
    ///
    /// # Errors
    /// When all are taken.
    pub fn vhost(&self) -> Result<Vhost> {
        let number = self.next_vhost.fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(number < VHOSTS, "all {VHOSTS} virtual hosts are taken");
        let name = format!("t{number}");
        let url = format!("amqp://guest:guest@127.0.0.1:{}/{name}", self.port);
        Ok(Vhost { url, port: self.port, name })
    }

    /// Stops the broker in good order. What is durable is kept for [`Broker::resume`].
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Result<()> {
        self.end(Signal::TERM)
    }

    /// Kills the broker.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&self) -> Result<()> {
        self.end(Signal::KILL)
    }

    fn end(&self, signal: Signal) -> Result<()> {
        let mut slot = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut server) = slot.take() else { return Ok(()) };
        server.signal(signal);
        poll("end of the broker", STOP_LIMIT, || Ok(server.child.try_wait()?)).map(drop)
    }

    /// Starts a stopped broker on the same port with the same data.
    ///
    /// # Errors
    /// When it does not start; the text holds the end of its log.
    pub fn resume(&self) -> Result<()> {
        let mut slot = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        anyhow::ensure!(slot.is_none(), "the broker is running");
        let mut server = Guarded::spawn(&mut self.command()?, Some(self.directory.path()))?;
        let started = poll("broker", START_LIMIT, || {
            if let Some(status) = server.child.try_wait()? {
                bail!("the broker ended with {status}");
            }
            Ok(speaks_amqp(self.port).then_some(()))
        });
        started.with_context(|| tail(&self.directory.path().join("broker.log")))?;
        *slot = Some(server);
        Ok(())
    }

    fn command(&self) -> Result<Command> {
        let path = self.directory.path();
        let output = fs::File::options().create(true).append(true).open(path.join("console"))?;
        let mut command = Command::new(server_program()?);
        // What it leaves behind when it is killed goes where everything else goes.
        command.current_dir(self.directory.path());
        command
            .env("HOME", path)
            .env("RABBITMQ_NODENAME", format!("koinos-{}@localhost", self.port))
            .env("RABBITMQ_CONF_ENV_FILE", path.join("no-environment-file"))
            .env("RABBITMQ_CONFIG_FILE", path.join("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path.join("enabled_plugins"))
            .env("RABBITMQ_MNESIA_BASE", path.join("data"))
            .env("RABBITMQ_LOG_BASE", path)
            .env("RABBITMQ_PID_FILE", path.join("pid"))
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("ERL_EPMD_PORT", self.name_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // Idle schedulers that do not spin, and few of them: tests share the machine.
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none -start_epmd false")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        Ok(command)
    }
}

/// The server itself; the program of this name in `PATH` may be a wrapper that changes the user.
fn server_program() -> Result<PathBuf> {
    let packaged = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    if packaged.exists() {
        return Ok(packaged.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|directory| directory.join("rabbitmq-server"))
        .find(|program| program.exists())
        .context("rabbitmq-server is not installed")
}

fn configuration(directory: &Path, port: u16, max_message_size: usize) -> String {
    let directory = directory.display();
    format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\n\
         loopback_users = none\n\
         max_message_size = {max_message_size}\n\
         disk_free_limit.absolute = 1MB\n\
         log.file = {directory}/broker.log\n\
         log.console = false\n\
         load_definitions = {directory}/definitions.json\n"
    )
}

fn definitions() -> String {
    let names: Vec<String> =
        std::iter::once("/".to_owned()).chain((0..VHOSTS).map(|n| format!("t{n}"))).collect();
    let permission = |vhost: &String| {
        serde_json::json!({
            "user": "guest", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*",
        })
    };
    serde_json::json!({
        "users": [{
            "name": "guest",
            "password_hash": GUEST_HASH,
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator",
        }],
        "vhosts": names.iter().map(|name| serde_json::json!({ "name": name })).collect::<Vec<_>>(),
        "permissions": names.iter().map(permission).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Whether a broker answers the protocol header with a method frame.
fn speaks_amqp(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let greeting = || -> std::io::Result<u8> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut frame = [0; 7];
        stream.read_exact(&mut frame)?;
        Ok(frame[0])
    };
    greeting().is_ok_and(|kind| kind == 1)
}

fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(20).collect();
    format!("broker log: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}
