//! The process that holds a devnet: starts everything, watches it, stops it in the opposite order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use koinos_local::{Broker, BrokerConfig, Guarded, ProcessId, Signal};
use koinos_mq::Bus;
use koinos_service::{Fatal, exit};
use tokio::task::block_in_place;

use super::follow::{Blocks, Follower};
use super::plan::{Facts, Plan};
use super::ports::Port;
use super::prepare::write_config;
use super::registry::Entry;
use super::state::{Lock, Process, Run, State};
use super::summary::summary;
use crate::admin::{Readiness, readiness};
use crate::node::Place;
use crate::output::Output;

/// Far more than a start takes on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long a broker that is said to run may take to answer.
const BROKER_LIMIT: Duration = Duration::from_secs(10);
/// How long a service may take to finish what it has in hand.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How often the children are looked after while all is well.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// A devnet and everything that runs for it. What still runs is killed when this is dropped.
pub(crate) struct Supervisor {
    plan: Plan,
    state: State,
    /// In the order of their start.
    children: Vec<Child>,
    broker: Option<Broker>,
    bus: Option<Bus>,
    _port: Option<Port>,
    _entry: Entry,
    _lock: Lock,
}

struct Child {
    name: &'static str,
    process: Guarded,
}

impl Supervisor {
    /// Takes over a prepared devnet, and tells other shells of it.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(crate) fn new(plan: Plan, mut state: State, lock: Lock) -> Result<Self, Fatal> {
        state.run = Some(Run {
            supervisor: ProcessId::own().context("/proc is not there")?,
            ready: false,
            block_interval_ms: plan.options.block_interval,
            amqp: String::new(),
            json_rpc: None,
            processes: Vec::new(),
        });
        state.save(&plan.directory)?;
        Ok(Self {
            _entry: Entry::add(&plan.directory),
            plan,
            state,
            children: Vec::new(),
            broker: None,
            bus: None,
            _port: None,
            _lock: lock,
        })
    }

    /// Starts everything, tells what there is, and follows the chain. It returns only when something
    /// fails.
    pub(crate) async fn live(&mut self, output: &Output) -> Result<(), Fatal> {
        let mut blocks = self.start(output).await?;
        output.show(&summary(&self.plan.directory, &self.state)?)?;
        let mut follower = Follower::default();
        let mut watch = tokio::time::interval(WATCH_EVERY);
        loop {
            tokio::select! {
                block = blocks.next() => follower.show(&block, output)?,
                _ = watch.tick() => self.check_children()?,
            }
        }
    }

    async fn start(&mut self, output: &Output) -> Result<Blocks, Fatal> {
        let port = match self.plan.has("jsonrpc") {
            true => Some(Port::choose(self.plan.options.port)?),
            false => None,
        };
        let facts = Facts {
            algorithm: self.plan.options.algorithm,
            block_interval: self.plan.options.block_interval,
            producer: self.state.producer.clone(),
            pow_contract: self.state.contract("pow"),
            port: port.as_ref().map(|port| port.number),
        };
        self._port = port;
        let began = Instant::now();
        let amqp = self.start_broker(output).await?;
        let broker_took = began.elapsed();

        let began = Instant::now();
        let bus = Place::at(&self.plan.directory, &amqp).bus(BROKER_LIMIT).await?;
        let blocks = Blocks::listen(&bus);
        self.bus = Some(bus);
        write_config(&self.plan, &facts, &amqp)?;
        self.start_services()?;
        let processes = self.processes();
        self.tell(|run| {
            run.amqp = amqp;
            run.json_rpc = facts.port.map(|port| format!("http://127.0.0.1:{port}/"));
            run.processes = processes;
        })?;
        self.wait_until_ready().await?;
        self.tell(|run| run.ready = true)?;
        output.note(&format!(
            "all services are ready: broker {:.1} s, services {:.1} s",
            broker_took.as_secs_f64(),
            began.elapsed().as_secs_f64()
        ));
        Ok(blocks)
    }

    /// Tells other shells what has changed.
    fn tell(&mut self, change: impl FnOnce(&mut Run)) -> Result<(), Fatal> {
        self.state.run.as_mut().map(change);
        self.state.save(&self.plan.directory)
    }

    /// Starts a broker of the devnet's own, unless there is one; its URL.
    async fn start_broker(&mut self, output: &Output) -> Result<String, Fatal> {
        if let Some(url) = &self.plan.amqp {
            return Ok(url.clone());
        }
        output.note("starting a message broker ...");
        let directory = self.plan.directory.join("broker");
        // Nothing in it outlives a run: the services do not depend on it.
        if directory.exists() {
            fs::remove_dir_all(&directory)
                .with_context(|| format!("cannot remove {}", directory.display()))?;
        }
        let broker = Broker::launch(BrokerConfig::new(directory)).map_err(broker_failed)?;
        let broker = self.broker.insert(broker);
        let deadline = Instant::now() + START_LIMIT;
        while !block_in_place(|| broker.is_ready()).map_err(broker_failed)? {
            if Instant::now() > deadline {
                return Err(Fatal::failure(anyhow!("the message broker does not come up")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(broker.url("/"))
    }

    /// Starts all services at once: each waits for those it needs.
    fn start_services(&mut self) -> Result<(), Fatal> {
        let logs = self.plan.directory.join("logs");
        fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
        for (kind, program) in &self.plan.services {
            let process = spawn(program, &self.plan.directory, &log_path(&logs, kind.name))?;
            self.children.push(Child { name: kind.name, process });
        }
        Ok(())
    }

    fn processes(&self) -> Vec<Process> {
        let broker = self.broker.as_ref().and_then(Broker::pid).map(|pid| ("broker", pid));
        let services = self.children.iter().map(|child| (child.name, child.process.child.id()));
        let known = broker.into_iter().chain(services);
        known
            .filter_map(|(name, pid)| {
                Some(Process { name: name.to_owned(), id: ProcessId::of(pid)? })
            })
            .collect()
    }

    async fn wait_until_ready(&mut self) -> Result<(), Fatal> {
        let deadline = Instant::now() + START_LIMIT;
        let mut waiting: Vec<&'static str> = self.children.iter().map(|child| child.name).collect();
        loop {
            self.check_children()?;
            let mut reasons = Vec::new();
            for name in std::mem::take(&mut waiting) {
                let socket = self.plan.directory.join(name).join("admin.sock");
                match readiness(&socket).await {
                    Readiness::Ready => {}
                    Readiness::NotReady(why) => {
                        waiting.push(name);
                        reasons.push(format!("{name} ({why})"));
                    }
                    Readiness::Absent => {
                        waiting.push(name);
                        reasons.push(name.to_owned());
                    }
                }
            }
            if waiting.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Fatal::failure(anyhow!(
                    "not ready after {} s: {}; see the logs in {}",
                    START_LIMIT.as_secs(),
                    reasons.join(", "),
                    self.plan.directory.join("logs").display()
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Fails when a child has ended.
    fn check_children(&mut self) -> Result<(), Fatal> {
        for child in &mut self.children {
            let ended = child.process.child.try_wait();
            if let Some(status) = ended.with_context(|| format!("cannot watch {}", child.name))? {
                let log = log_path(&self.plan.directory.join("logs"), child.name);
                return Err(service_ended(child.name, status, &log));
            }
        }
        match &self.broker {
            Some(broker) if broker.has_ended() => {
                Err(Fatal::failure(anyhow!("the message broker has ended")))
            }
            _ => Ok(()),
        }
    }

    /// Stops everything in good order.
    pub(crate) async fn stop(&mut self, output: &Output) -> Result<(), Fatal> {
        output.note("stopping ...");
        while let Some(mut child) = self.children.pop() {
            child.process.signal(Signal::TERM);
            if !ends(&mut child.process, STOP_LIMIT).await {
                output.note(&format!(
                    "{} did not stop within {} s and is killed",
                    child.name,
                    STOP_LIMIT.as_secs()
                ));
            }
        }
        if let Some(bus) = self.bus.take() {
            bus.close(Duration::from_secs(1)).await;
        }
        if let Some(broker) = self.broker.take() {
            block_in_place(|| broker.stop())?;
        }
        self.state.run = None;
        if self.plan.temporary {
            let directory = &self.plan.directory;
            fs::remove_dir_all(directory)
                .with_context(|| format!("cannot remove {}", directory.display()))?;
        } else {
            self.state.save(&self.plan.directory)?;
        }
        output.note("stopped");
        Ok(())
    }
}

fn broker_failed(error: koinos_local::Error) -> Fatal {
    match error {
        koinos_local::Error::NotInstalled { .. } => Fatal::config(anyhow!(
            "a devnet needs a message broker: {error}, or name one that runs with --amqp URL"
        )),
        error => Fatal::failure(error),
    }
}

fn log_path(logs: &Path, name: &str) -> PathBuf {
    logs.join(format!("{name}.log"))
}

/// Starts a service with its output in a file. What it is to be like stands in `config.yml` alone.
fn spawn(program: &Path, basedir: &Path, log: &Path) -> Result<Guarded, Fatal> {
    let open = || -> std::io::Result<_> {
        let file = File::options().create(true).append(true).open(log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, errors) = open().with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(program);
    command.arg("--basedir").arg(basedir);
    command.stdin(Stdio::null()).stdout(out).stderr(errors);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KOINOS_") {
            command.env_remove(name);
        }
    }
    Guarded::spawn(&mut command, None)
        .with_context(|| format!("cannot start {}", program.display()))
        .map_err(Fatal::config)
}

fn service_ended(name: &str, status: ExitStatus, log: &Path) -> Fatal {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(5)..].join("\n  ");
    let error = anyhow!("{name} ended with {status}; the end of {}:\n  {tail}", log.display());
    match status.code() {
        Some(code) if code == i32::from(exit::CONFIG) => Fatal::config(error),
        _ => Fatal::failure(error),
    }
}

/// Waits for the end of a process, and kills it when it takes too long. Says whether it ended itself.
async fn ends(process: &mut Guarded, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        match process.child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < deadline => tokio::time::sleep(LOOK_EVERY).await,
            _ => return false,
        }
    }
}
