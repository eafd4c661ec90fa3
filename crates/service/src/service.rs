//! What makes a daemon.

use std::sync::Arc;

use koinos_mq::Bus;

use crate::context::Context;
use crate::exit::Fatal;
use crate::options::BasedirRoot;

/// A service's names and defaults.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The name on the bus, in `config.yml` and below the base directory, e.g. `block_store`.
    pub name: &'static str,
    /// The name for people, e.g. `Koinos Block Store`.
    pub title: &'static str,
    /// What it is for, in one line of the help text.
    pub about: &'static str,
    /// The version, without `v`.
    pub version: &'static str,
    /// Where a relative `--basedir` starts.
    pub basedir_root: BasedirRoot,
    /// `jobs` when it is not configured.
    pub default_jobs: fn() -> usize,
    /// The least `jobs` the service works with.
    pub min_jobs: usize,
}

impl Info {
    /// The program's name, e.g. `koinos-block-store`.
    pub fn program(&self) -> String {
        format!("koinos-{}", self.name.replace('_', "-"))
    }

    /// The version line, e.g. `Koinos Block Store v0.1.0 (1a2b3c4d)`.
    pub fn version_line(&self) -> String {
        match option_env!("KOINOS_COMMIT").and_then(|commit| commit.get(..8)) {
            Some(commit) => format!("{} v{} ({commit})", self.title, self.version),
            None => format!("{} v{}", self.title, self.version),
        }
    }
}

/// The number of processors.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A daemon: its options, its storage, what it serves.
///
/// The runtime calls [`open`](Service::open), connects to the broker, calls
/// [`start`](Service::start), reports readiness, and at the end drains the bus and calls
/// [`close`](Service::close).
pub trait Service: Send + Sync + Sized + 'static {
    /// The service's own options, as flags and as keys of `config.yml`.
    type Options: clap::Args + Send + 'static;

    /// Names and defaults.
    const INFO: Info;

    /// Opens the storage. Runs on a blocking thread, before the broker is contacted.
    ///
    /// # Errors
    /// [`Fatal::config`] for what the operator has to cure, others for what may pass.
    fn open(options: Self::Options, context: &Context) -> Result<Self, Fatal>;

    /// Starts serving: registers handlers and subscriptions on the bus, which is connected.
    /// The service is ready when this returns; it may take long (and should then keep
    /// [`Context::status`] current).
    ///
    /// # Errors
    /// Whatever makes serving impossible.
    fn start(
        self: Arc<Self>,
        context: Context,
        bus: Bus,
    ) -> impl Future<Output = Result<(), Fatal>> + Send;

    /// Whether the service still works, asked regularly for the watchdog and for `/healthz`. The
    /// check should take the way a request takes.
    ///
    /// # Errors
    /// What does not work.
    fn check(&self) -> impl Future<Output = Result<(), String>> + Send {
        async { Ok(()) }
    }

    /// Looks into the service for the operator: the answer to `/inspect/TOPIC` on the admin socket.
    /// It may take long. `None` for a topic there is not.
    fn inspect(
        self: Arc<Self>,
        _topic: String,
    ) -> impl Future<Output = Option<Result<serde_json::Value, String>>> + Send {
        async { None }
    }

    /// Flushes and closes the storage. Runs on a blocking thread after the last request.
    ///
    /// # Errors
    /// What could not be written.
    fn close(&self) -> Result<(), Fatal> {
        Ok(())
    }
}
