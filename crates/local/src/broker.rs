//! A private RabbitMQ, on free ports, with its own name daemon and data directory.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::guard::Guarded;
use crate::process::find_program;
use crate::{Error, Result, free_ports, poll};

/// A broker on a slow machine with other work takes its time.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// The salted hash of the password `guest`, as the broker keeps it.
const GUEST_HASH: &str = "a29pbiVrMOmfb09ZPgEUGVj0zuYsgFRHUEzIEH04CB0lu3RP";
const INSTALL: &str = "install RabbitMQ (Debian: apt-get install rabbitmq-server)";

/// What a private broker is to be like.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Where its data, configuration and log go; made if missing.
    pub directory: PathBuf,
    /// Whether the directory is removed when the parent process ends without stopping the broker.
    pub scratch: bool,
    /// Virtual hosts besides `/`.
    pub vhosts: Vec<String>,
    /// Messages of more bytes are refused.
    pub max_message_size: usize,
    /// Further lines of `rabbitmq.conf`.
    pub settings: Vec<String>,
    /// Plugins, by their names.
    pub plugins: Vec<String>,
    /// Port of a name daemon that runs already, that of [`Broker::name_port`]. Brokers that are to be
    /// one cluster share it; they also need the same `.erlang.cookie` in their directories.
    pub name_port: Option<u16>,
}

impl BrokerConfig {
    /// A broker with the protocol's message size in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            scratch: false,
            vhosts: Vec::new(),
            max_message_size: 512 << 20,
            settings: Vec::new(),
            plugins: Vec::new(),
            name_port: None,
        }
    }
}

/// A private broker. User and password are `guest`; it listens on the loopback interface.
pub struct Broker {
    config: BrokerConfig,
    port: u16,
    name_port: u16,
    dist_port: u16,
    server: Mutex<Option<Guarded>>,
    _name_daemon: Option<Guarded>,
}

impl Broker {
    /// Starts a broker and waits until it speaks AMQP.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without RabbitMQ, or how starting failed.
    pub fn start(config: BrokerConfig) -> Result<Self> {
        let broker = Self::prepare(config)?;
        broker.resume()?;
        Ok(broker)
    }

    /// Starts a broker without waiting: [`Broker::is_ready`] tells.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] without RabbitMQ, or what the system refused.
    pub fn launch(config: BrokerConfig) -> Result<Self> {
        let broker = Self::prepare(config)?;
        *broker.server() = Some(broker.spawn()?);
        Ok(broker)
    }

    fn prepare(config: BrokerConfig) -> Result<Self> {
        server_program()?;
        let [port, free, dist_port] = free_ports().map_err(Error::io("cannot find free ports"))?;
        write_files(&config, port)?;
        let (name_port, name_daemon) = match config.name_port {
            Some(shared) => (shared, None),
            None => (free, Some(name_daemon(&config, free)?)),
        };
        let server = Mutex::new(None);
        Ok(Self { config, port, name_port, dist_port, server, _name_daemon: name_daemon })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of its name daemon.
    pub fn name_port(&self) -> u16 {
        self.name_port
    }

    /// What it is called by the other nodes of a cluster.
    pub fn node_name(&self) -> String {
        format!("koinos-{}@localhost", self.port)
    }

    /// The AMQP URL of a virtual host.
    pub fn url(&self, vhost: &str) -> String {
        amqp_url(self.port, vhost)
    }

    /// What `rabbitmqctl` needs in its environment to reach this broker.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.config.directory.join(name).display().to_string();
        vec![
            // The cookie that servers and tools share is there.
            ("HOME", self.config.directory.display().to_string()),
            ("RABBITMQ_NODENAME", self.node_name()),
            ("RABBITMQ_CONF_ENV_FILE", path("no-environment-file")),
            ("ERL_EPMD_PORT", self.name_port.to_string()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
        ]
    }

    /// The process id of the server, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server().as_ref().map(|server| server.child.id())
    }

    /// Whether it speaks AMQP now.
    ///
    /// # Errors
    /// [`Error::Broker`] when it has ended.
    pub fn is_ready(&self) -> Result<bool> {
        let failed = |what| Error::Broker { what, log: tail(&self.config.directory) };
        let ended = match self.server().as_mut() {
            Some(server) => server.child.try_wait().map_err(|error| failed(error.to_string()))?,
            None => return Ok(false),
        };
        match ended {
            Some(status) => Err(failed(format!("ended with {status}"))),
            None => Ok(speaks_amqp(self.port)),
        }
    }

    /// Whether the server has ended without being told to.
    pub fn has_ended(&self) -> bool {
        let ended = self.server().as_mut().map(|server| server.child.try_wait());
        matches!(ended, Some(Ok(Some(_)) | Err(_)))
    }

    fn server(&self) -> MutexGuard<'_, Option<Guarded>> {
        // Only whole values are ever stored.
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
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
        let Some(mut server) = self.server().take() else { return Ok(()) };
        server.signal(signal);
        let ended = poll(STOP_LIMIT, || server.child.try_wait());
        let ended = ended.map_err(Error::io("cannot wait for the message broker"))?;
        ended.map(drop).ok_or(Error::StillRunning(STOP_LIMIT))
    }

    /// Starts a stopped broker on the same port with the same data, and waits until it speaks.
    ///
    /// # Errors
    /// When it does not start; the text holds the end of its log.
    pub fn resume(&self) -> Result<()> {
        if self.server().is_some() {
            return Err(Error::Running);
        }
        *self.server() = Some(self.spawn()?);
        let ready = poll(START_LIMIT, || Ok::<_, Error>(self.is_ready()?.then_some(())));
        let failure = match ready {
            Ok(Some(())) => return Ok(()),
            Ok(None) => {
                let what = format!("does not speak after {} s", START_LIMIT.as_secs());
                Error::Broker { what, log: tail(&self.config.directory) }
            }
            Err(error) => error,
        };
        self.server().take();
        Err(failure)
    }

    fn spawn(&self) -> Result<Guarded> {
        let mut command = self.command()?;
        let scratch = self.config.scratch.then_some(self.config.directory.as_path());
        Guarded::spawn(&mut command, scratch).map_err(|source| {
            let program = command.get_program().display().to_string();
            Error::Spawn { program, source }
        })
    }

    fn command(&self) -> Result<Command> {
        let path = &self.config.directory;
        let console = path.join("console");
        let open = || -> std::io::Result<_> {
            let output = fs::File::options().create(true).append(true).open(&console)?;
            Ok((output.try_clone()?, output))
        };
        let (output, errors) =
            open().map_err(Error::io(format!("cannot write {}", console.display())))?;
        let mut command = Command::new(server_program()?);
        // What it leaves behind when it is killed goes where everything else goes.
        command.current_dir(path);
        command
            .envs(self.environment())
            .env("RABBITMQ_CONFIG_FILE", path.join("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path.join("enabled_plugins"))
            .env("RABBITMQ_MNESIA_BASE", path.join("data"))
            .env("RABBITMQ_LOG_BASE", path)
            .env("RABBITMQ_PID_FILE", path.join("pid"))
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            // Idle schedulers that do not spin, and few of them: there is other work to do here.
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none -start_epmd false")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors);
        Ok(command)
    }
}

/// Starts the program that tells brokers and their tools on which ports they find each other.
fn name_daemon(config: &BrokerConfig, port: u16) -> Result<Guarded> {
    let epmd = find_program("epmd")
        .ok_or(Error::NotInstalled { program: "epmd, a part of RabbitMQ,", cure: INSTALL })?;
    let scratch = config.scratch.then_some(config.directory.as_path());
    Guarded::spawn(
        Command::new(epmd)
            .args(["-port", &port.to_string(), "-address", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
        scratch,
    )
    .map_err(|source| Error::Spawn { program: "epmd".to_owned(), source })
}

/// The AMQP URL of a virtual host of a broker on this machine; `/` is the first one.
pub fn amqp_url(port: u16, vhost: &str) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/{}", vhost.trim_start_matches('/'))
}

/// The server itself; the program of this name in `PATH` may be a wrapper that changes the user.
fn server_program() -> Result<PathBuf> {
    let packaged = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    if packaged.exists() {
        return Ok(packaged.to_owned());
    }
    find_program("rabbitmq-server")
        .ok_or(Error::NotInstalled { program: "rabbitmq-server", cure: INSTALL })
}

fn write_files(config: &BrokerConfig, port: u16) -> Result<()> {
    let path = &config.directory;
    let write = || {
        fs::create_dir_all(path)?;
        fs::write(path.join("rabbitmq.conf"), configuration(config, port))?;
        fs::write(path.join("definitions.json"), definitions(&config.vhosts))?;
        fs::write(path.join("enabled_plugins"), format!("[{}].\n", config.plugins.join(",")))
    };
    write().map_err(Error::io(format!("cannot write to {}", path.display())))
}

fn configuration(config: &BrokerConfig, port: u16) -> String {
    let directory = config.directory.display();
    format!(
        "listeners.tcp.1 = 127.0.0.1:{port}\n\
         loopback_users = none\n\
         max_message_size = {}\n\
         disk_free_limit.absolute = 1MB\n\
         log.file = {directory}/broker.log\n\
         log.console = false\n\
         load_definitions = {directory}/definitions.json\n\
         {}\n",
        config.max_message_size,
        config.settings.join("\n")
    )
}

fn definitions(vhosts: &[String]) -> String {
    let names: Vec<&str> = std::iter::once("/").chain(vhosts.iter().map(String::as_str)).collect();
    let permission = |vhost: &&str| {
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

/// Whether a broker on this machine answers the protocol header with a method frame.
pub fn speaks_amqp(port: u16) -> bool {
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

/// The end of the broker's log, or of its console output when it has not come to a log.
fn tail(directory: &Path) -> String {
    let text = ["broker.log", "console"]
        .iter()
        .filter_map(|name| fs::read_to_string(directory.join(name)).ok())
        .find(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "(empty)".to_owned());
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
