//! What the runtime gives to a service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Origin;
use crate::exit::Fatal;
use crate::options::CommonOptions;
use crate::service::Info;
use crate::status::Status;
use crate::systemd::Inherited;

/// The service's surroundings: paths, sockets, status, background tasks. Clones share it.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    info: Info,
    common: CommonOptions,
    origins: BTreeMap<String, Vec<Origin>>,
    basedir: PathBuf,
    instance_id: String,
    jobs: usize,
    inherited: Inherited,
    status: Status,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    failures: mpsc::UnboundedSender<Fatal>,
    commands: Mutex<BTreeMap<&'static str, Command>>,
    momentary: Mutex<Vec<Momentary>>,
}

/// Sets metrics of what is there at the moment.
type Momentary = Arc<dyn Fn() + Send + Sync>;

/// What an operator may tell a service, on the admin socket.
pub(crate) type Command =
    Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send>> + Send + Sync>;

/// What [`Context::new`] is made from.
pub(crate) struct Parts {
    pub(crate) info: Info,
    pub(crate) common: CommonOptions,
    pub(crate) origins: BTreeMap<String, Vec<Origin>>,
    pub(crate) basedir: PathBuf,
    pub(crate) instance_id: String,
    pub(crate) jobs: usize,
    pub(crate) inherited: Inherited,
}

impl Context {
    /// The context, and where failures of background tasks arrive.
    pub(crate) fn new(parts: Parts) -> (Self, mpsc::UnboundedReceiver<Fatal>) {
        let (failures, receiver) = mpsc::unbounded_channel();
        let Parts { info, common, origins, basedir, instance_id, jobs, inherited } = parts;
        let inner = Inner {
            info,
            common,
            origins,
            basedir,
            instance_id,
            jobs,
            inherited,
            status: Status::new(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            failures,
            commands: Mutex::default(),
            momentary: Mutex::default(),
        };
        (Self(Arc::new(inner)), receiver)
    }

    /// The service's names and version.
    pub fn info(&self) -> &Info {
        &self.0.info
    }

    /// The options every daemon has.
    pub fn common(&self) -> &CommonOptions {
        &self.0.common
    }

    /// Where each option's value came from, by long name.
    pub fn origins(&self) -> &BTreeMap<String, Vec<Origin>> {
        &self.0.origins
    }

    /// The base directory, absolute.
    pub fn basedir(&self) -> &Path {
        &self.0.basedir
    }

    /// The service's own directory, `<basedir>/<service>`.
    pub fn data_dir(&self) -> PathBuf {
        self.0.basedir.join(self.0.info.name)
    }

    /// A path option: absolute, or relative to [`Context::data_dir`].
    pub fn path(&self, option: &Path) -> PathBuf {
        self.data_dir().join(option)
    }

    /// This instance's name.
    pub fn instance_id(&self) -> &str {
        &self.0.instance_id
    }

    /// How many requests to handle at the same time.
    pub fn jobs(&self) -> usize {
        self.0.jobs
    }

    /// Sockets held by the service manager.
    pub fn inherited(&self) -> &Inherited {
        &self.0.inherited
    }

    /// Shows what the service is doing, in one line: in `systemctl status` and on the admin
    /// socket. During start-up it counts as progress and asks for more time.
    pub fn status(&self, text: impl Into<String>) {
        self.0.status.show(text.into());
    }

    /// Sets a detail on the admin socket's status page.
    pub fn report(&self, key: &str, value: impl Into<serde_json::Value>) {
        self.0.status.report(key, value.into());
    }

    /// Lets the operator tell the service something: `POST /command/<name>` on the admin socket,
    /// with JSON as its body and in its reply. An error is for the operator to read.
    pub fn command<F>(
        &self,
        name: &'static str,
        handler: impl Fn(Value) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<Value, String>> + Send + 'static,
    {
        let command: Command = Arc::new(move |argument| Box::pin(handler(argument)));
        // A map of whole values is consistent whatever a panicking holder did.
        let mut commands = self.0.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.insert(name, command);
    }

    /// The command of that name, or the names of those there are.
    pub(crate) fn find_command(&self, name: &str) -> Result<Command, Vec<&'static str>> {
        let commands = self.0.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.get(name).cloned().ok_or_else(|| commands.keys().copied().collect())
    }

    /// Adds metrics of what comes and goes, such as peers: `set` is called whenever somebody asks for
    /// the metrics, and what it does not set then is not among them. An ordinary metric, once set, stays
    /// until the process ends. A name belongs to one of the two kinds.
    pub fn momentary_metrics(&self, set: impl Fn() + Send + Sync + 'static) {
        // A list of whole values is consistent whatever a panicking holder did.
        self.0.momentary.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(set));
    }

    /// The page of the metrics that are there only at the moment.
    pub(crate) fn render_momentary(&self) -> String {
        let momentary = self.0.momentary.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || momentary.iter().for_each(|set| set()));
        recorder.handle().render()
    }

    /// Cancelled when the service is to stop.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Runs a background task. Shutting down waits for it (it should watch
    /// [`Context::shutdown`]); if it fails, the process stops with its exit status.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), Fatal>> + Send + 'static,
    {
        let failures = self.0.failures.clone();
        self.0.tasks.spawn(async move {
            if let Err(fatal) = task.await {
                // Nobody listens when the process is about to end already.
                let _ = failures.send(fatal.context(name));
            }
        });
    }

    /// Runs `future` unless the service is to stop first.
    pub async fn until_shutdown<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        self.0.shutdown.run_until_cancelled(future).await
    }

    pub(crate) fn state(&self) -> &Status {
        &self.0.status
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }
}

/// Runs synchronous work (storage, execution) on the blocking pool, where it may take its time.
/// A panic in it continues in the caller.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down: nobody will look at a result any more.
            Err(_) => std::future::pending().await,
        },
    }
}
