//! The life of a daemon, from `main` to its exit status.

use std::ffi::OsString;
use std::panic::PanicHookInfo;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::FromArgMatches;
use koinos_events as events;
use koinos_mq::Bus;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OnceCell, mpsc};
use tracing::{debug, error, info, warn};

use crate::admin::{self, Admin};
use crate::context::{Context, blocking};
use crate::exit::{self, Fatal};
use crate::launch::{Launch, Stop, broker_config, configure};
use crate::logging::{self, LogControl};
use crate::memory;
use crate::options::{CommonOptions, LogLevel};
use crate::printed;
use crate::service::Service;
use crate::systemd::{self, Inherited};

/// Executing contracts is recursive, so every thread gets as much stack as the reference gives.
const THREAD_STACK: usize = 8 << 20;
/// How long requests in hand and background tasks may take to finish at the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);
/// While the storage opens or the broker is waited for, more time is asked for this often.
const EXTEND_EVERY: Duration = Duration::from_secs(20);

/// Runs a service until it is told to stop; this is all of its `main`.
///
/// Exit status: 0 after a stop that was asked for, 1 after a failure, 64 for a wrong command line,
/// 70 after a panic, 78 for what only the operator can cure.
pub fn run<S: Service>() -> ExitCode {
    memory::give_back();
    match run_with::<S>(std::env::args_os().collect()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(Stop::Printed(code)) => ExitCode::from(code),
        Err(Stop::Early(fatal)) => {
            logging::complain(&S::INFO.program(), &fatal);
            ExitCode::from(&fatal)
        }
        Err(Stop::Logged(fatal)) => {
            error!(message_id = fatal.event_id(), error_code = fatal.code(), "{fatal}");
            info!("Stopped (exit status {})", fatal.code());
            ExitCode::from(&fatal)
        }
    }
}

fn run_with<S: Service>(args: Vec<OsString>) -> Result<(), Stop> {
    let inherited = Inherited::take()
        .map_err(|e| Stop::Early(Fatal::failure(anyhow!("cannot take inherited sockets: {e}"))))?;
    let printing = args.iter().any(|arg| arg == "--print-config");
    let (launch, own) = match prepare::<S>(args) {
        Err(Stop::Early(fatal)) if printing => {
            println!("{}", printed::faulty(S::INFO.name, &fatal));
            return Err(Stop::Printed(fatal.code()));
        }
        prepared => prepared?,
    };
    if launch.only_checks::<S>() {
        return Ok(());
    }
    let log = launch.start_logging(&S::INFO)?;
    std::panic::set_hook(Box::new(end_on_panic));
    let launch_args = launch.args.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name(S::INFO.program())
        .thread_stack_size(THREAD_STACK)
        .build()
        .map_err(|e| Stop::Logged(e.into()))?;
    let (context, failures) = launch.context(S::INFO, inherited);
    let outcome =
        runtime.block_on(Life { context, failures, log, args: launch_args }.live::<S>(own));
    // The service has ended, and its tasks are cancelled now. One of a library may be waiting for another, which
    // it answers with a panic (lapin's runtime does); that is no reason for another exit status.
    std::panic::set_hook(Box::new(|panic| debug!("while tasks are cancelled: {panic}")));
    // Nothing of value is left on the blocking pool; a stuck thread must not hold up the exit.
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome.map_err(Stop::Logged)
}

/// Everything about the configuration that can be known without opening anything.
fn prepare<S: Service>(args: Vec<OsString>) -> Result<(Launch, S::Options), Stop> {
    let launch = Launch::prepare::<S>(args)?;
    let own = S::Options::from_arg_matches(&launch.layered.matches)
        .map_err(|e| Stop::Early(Fatal::config(e)))?;
    Ok((launch, own))
}

/// A process in which a task has died is not to live on by half.
fn end_on_panic(panic: &PanicHookInfo<'_>) {
    error!(message_id = events::SERVICE_PANICKED, error_code = exit::SOFTWARE, "{panic}");
    // SAFETY: _exit only ends the process. Exit handlers are left out on purpose: other threads
    // are in the middle of their work, and storage is made for a process that just stops.
    unsafe { libc::_exit(i32::from(exit::SOFTWARE)) }
}

/// The part of the daemon's life inside the runtime.
struct Life {
    context: Context,
    failures: mpsc::UnboundedReceiver<Fatal>,
    log: LogControl,
    args: Vec<OsString>,
}

impl Life {
    async fn live<S: Service>(mut self, own: S::Options) -> Result<(), Fatal> {
        let mut signals = Signals::new()?;
        let admin = self.open_admin()?;
        let born = tokio::select! {
            born = self.be_born::<S>(own, &admin) => born,
            name = signals.stop() => {
                // Nothing is served yet, and storage survives a stop at any moment.
                info!("Received {name} while starting, stopping");
                systemd::stopping();
                return Ok(());
            }
        };
        let (service, bus) = born?;
        let failure = self.serve::<S>(&admin, &mut signals).await;
        let closed = self.wind_down(&admin, service, &bus, &mut signals).await;
        failure.map_or(closed, Err)
    }

    /// Opens the storage, connects, starts serving.
    async fn be_born<S: Service>(
        &self,
        own: S::Options,
        admin: &Arc<Admin>,
    ) -> Result<(Arc<S>, Bus), Fatal> {
        let context = self.context.clone();
        context.status("opening storage");
        let opening = blocking(move || S::open(own, &context));
        let service = Arc::new(extending(opening).await?);
        let bus = Bus::start(self.bus_config()?).map_err(Fatal::config)?;
        // The cells are empty: a process is born once.
        let _ = admin.bus.set(bus.clone());
        let checked = service.clone();
        let check = move || {
            let service = checked.clone();
            Box::pin(async move { service.check().await }) as _
        };
        let _ = admin.check.set(Box::new(check));
        let inspected = service.clone();
        let inspect = move |topic| Box::pin(inspected.clone().inspect(topic)) as _;
        let _ = admin.inspect.set(Box::new(inspect));
        self.context.status(format!("waiting for the broker at {}", bus.url()));
        extending(bus.connected()).await;
        self.context.status("starting");
        service.clone().start(self.context.clone(), bus.clone()).await?;
        bus.consuming().await;
        if self.context.state().text() == "starting" {
            self.context.status("running");
        }
        self.context.state().set_ready(true);
        systemd::ready();
        Ok((service, bus))
    }

    fn bus_config(&self) -> Result<koinos_mq::Config, Fatal> {
        let context = &self.context;
        broker_config(context.common(), context.info().name, context.instance_id())
    }

    /// Opens the admin socket; without one the service still does its work.
    fn open_admin(&self) -> Result<Arc<Admin>, Fatal> {
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
        let info = self.context.info();
        let labels = [("service", info.name), ("version", info.version)];
        metrics::gauge!("koinos_build_info", &labels).set(1.0);
        let admin = Arc::new(Admin {
            context: self.context.clone(),
            log: self.log.clone(),
            metrics,
            bus: OnceCell::new(),
            check: OnceCell::new(),
            inspect: OnceCell::new(),
        });
        let option = self.context.common().admin_socket.as_deref();
        let inherited = self.context.inherited().socket("admin");
        if inherited.is_none() && option == Some(Path::new("none")) {
            return Ok(admin);
        }
        let path = option.map_or(self.context.data_dir().join("admin.sock"), Path::to_owned);
        match admin::listen(inherited, &path) {
            Ok(listener) => {
                tokio::spawn(admin::serve(
                    listener,
                    admin.clone(),
                    self.context.shutdown().clone(),
                ));
            }
            Err(error) if option.is_some() => {
                return Err(Fatal::config(anyhow!(
                    "cannot open the admin socket {}: {error}; correct --admin-socket",
                    path.display()
                )));
            }
            Err(error) => {
                let id = events::ADMIN_SOCKET_FAILED;
                warn!(message_id = id, "no admin socket at {}: {error}", path.display());
            }
        }
        Ok(admin)
    }

    /// Serves until a signal or a failure; returns the failure.
    async fn serve<S: Service>(
        &mut self,
        admin: &Arc<Admin>,
        signals: &mut Signals,
    ) -> Option<Fatal> {
        info!(message_id = events::SERVICE_READY, "Ready");
        tokio::spawn(feed_watchdog(admin.clone()));
        tokio::spawn(keep_metrics(admin.clone()));
        loop {
            tokio::select! {
                wish = signals.next() => match wish {
                    Wish::Stop(name) => {
                        info!("Received {name}, shutting down");
                        return None;
                    }
                    Wish::Reload => self.reload::<S>(),
                },
                Some(fatal) = self.failures.recv() => {
                    error!("{fatal}; shutting down");
                    return Some(fatal);
                }
            }
        }
    }

    /// Reads the configuration again. The log level follows; the rest needs a restart.
    fn reload<S: Service>(&self) {
        systemd::reloading();
        match log_level::<S>(&self.args) {
            Ok(level) => {
                self.log.set_level(level);
                let id = events::CONFIG_RELOADED;
                info!(message_id = id, "Configuration read again, log level is {}", level.name());
            }
            Err(text) => {
                let id = events::CONFIG_REJECTED;
                error!(message_id = id, "The configuration is wrong, nothing changed: {text}");
            }
        }
        systemd::ready();
    }

    /// Finishes what is in hand, and closes.
    async fn wind_down<S: Service>(
        &self,
        admin: &Admin,
        service: Arc<S>,
        bus: &Bus,
        signals: &mut Signals,
    ) -> Result<(), Fatal> {
        let began = Instant::now();
        systemd::stopping();
        admin.context.state().set_ready(false);
        self.context.status("stopping");
        self.context.shutdown().cancel();
        self.context.tasks().close();
        let finish = async {
            let (complete, tasks) = tokio::join!(
                bus.close(DRAIN_LIMIT),
                tokio::time::timeout(DRAIN_LIMIT, self.context.tasks().wait()),
            );
            if !complete || tasks.is_err() {
                let seconds = DRAIN_LIMIT.as_secs();
                let id = events::WORK_CUT_SHORT;
                warn!(message_id = id, "Some work was cut short after {seconds} s");
            }
            extending(blocking(move || service.close())).await
        };
        let result = tokio::select! {
            result = finish => result,
            name = signals.stop() => {
                Err(Fatal::failure(anyhow!("received {name} again, not waiting any longer")))
            }
        };
        let millis = began.elapsed().as_millis();
        info!(message_id = events::SERVICE_STOPPED, "Stopped after {millis} ms");
        result
    }
}

/// The log level of the configuration as it is now.
fn log_level<S: Service>(args: &[OsString]) -> Result<LogLevel, String> {
    match configure::<S>(args) {
        Ok((layered, _)) => CommonOptions::from_arg_matches(&layered.matches)
            .map(|common| common.log_level)
            .map_err(|error| error.to_string()),
        Err(Stop::Early(fatal) | Stop::Logged(fatal)) => Err(fatal.to_string().replace('\n', "; ")),
        Err(Stop::Printed(_)) => Err("the command line is wrong".to_owned()),
    }
}

/// Asks for more time for as long as `work` takes.
async fn extending<T>(work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        systemd::extend_timeout(EXTEND_EVERY * 3);
        match tokio::time::timeout(EXTEND_EVERY, &mut work).await {
            Ok(value) => return value,
            Err(_) => continue,
        }
    }
}

/// Tells the service manager that the service works, after asking the service.
async fn feed_watchdog(admin: Arc<Admin>) {
    let Some(interval) = systemd::watchdog_interval() else { return };
    let mut failing = false;
    loop {
        match admin.health().await {
            Ok(()) => {
                systemd::watchdog();
                failing = false;
            }
            Err(text) if !std::mem::replace(&mut failing, true) => {
                error!(message_id = events::SERVICE_STUCK, "The service does not work: {text}");
            }
            Err(_) => {}
        }
        tokio::time::sleep(interval / 3).await;
    }
}

async fn keep_metrics(admin: Arc<Admin>) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        admin.metrics.run_upkeep();
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> Result<Self, Fatal> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Wish::Stop("SIGINT"),
            _ = self.quit.recv() => Wish::Stop("SIGQUIT"),
            _ = self.hangup.recv() => Wish::Reload,
        }
    }

    /// Waits for a signal to stop; returns its name.
    async fn stop(&mut self) -> &'static str {
        loop {
            if let Wish::Stop(name) = self.next().await {
                return name;
            }
        }
    }
}

/// What a signal asks for.
enum Wish {
    Stop(&'static str),
    Reload,
}
