//! A broker of the test's own.

use std::ops::Deref;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use koinos_local::BrokerConfig;
use tempfile::TempDir;

/// Virtual hosts declared in every broker, `t0`, `t1` ...
const VHOSTS: usize = 64;
/// The tool itself: the program of this name in `PATH` changes the user.
const RABBITMQCTL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// A private broker in a temporary directory: [`koinos_local::Broker`], with virtual hosts to give
/// out.
pub struct Broker {
    // Declared first, so that the server has ended before its directory goes.
    server: koinos_local::Broker,
    _directory: TempDir,
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
        Self::start_with(|_| {})
    }

    /// Starts a broker that refuses messages of more than `max_message_size` bytes.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_with_limit(max_message_size: usize) -> Result<Self> {
        Self::start_with(|config| config.max_message_size = max_message_size)
    }

    /// Starts a broker that differs from the others in what `change` does.
    ///
    /// # Errors
    /// As [`Broker::start`].
    pub fn start_with(change: impl FnOnce(&mut BrokerConfig)) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("koinos-broker-").tempdir()?;
        let mut config = BrokerConfig::new(directory.path());
        config.scratch = true;
        config.vhosts = (0..VHOSTS).map(|number| format!("t{number}")).collect();
        change(&mut config);
        let server = koinos_local::Broker::start(config)?;
        Ok(Self { server, _directory: directory, next_vhost: AtomicUsize::new(0) })
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

    /// What RabbitMQ's own tool says when it is told something about this broker.
    ///
    /// # Errors
    /// When it fails; the text holds what it says.
    pub fn rabbitmqctl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(RABBITMQCTL);
        command.envs(self.server.environment()).arg("--silent").args(arguments);
        let output = command.output().with_context(|| format!("cannot run {RABBITMQCTL}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        anyhow::ensure!(
            output.status.success(),
            "rabbitmqctl {arguments:?}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(said)
    }

    /// A virtual host that nobody else has got.
    ///
    /// # Errors
    /// When all are taken.
    pub fn vhost(&self) -> Result<Vhost> {
        let number = self.next_vhost.fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(number < VHOSTS, "all {VHOSTS} virtual hosts are taken");
        let name = format!("t{number}");
        Ok(Vhost { url: self.server.url(&name), port: self.port(), name })
    }
}

impl Deref for Broker {
    type Target = koinos_local::Broker;
    fn deref(&self) -> &koinos_local::Broker {
        &self.server
    }
}
