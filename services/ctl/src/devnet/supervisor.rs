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
use super::heads::{self, Heads};
use super::plan::{Facts, NodePlan, Plan, peer_address};
use super::ports::{self, Port};
use super::prepare::write_config;
use super::registry::Entry;
use super::state::{Lock, Node, Process, Run, State};
use super::summary::summary;
use crate::admin::{Page, Readiness, readiness};
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
    /// One for each node.
    buses: Vec<Bus>,
    ports: Vec<Ports>,
    _entry: Entry,
    _lock: Lock,
}

/// A service of a node.
struct Child {
    name: &'static str,
    /// The place of its node in the plan.
    node: usize,
    process: Guarded,
}

/// The ports of a node.
#[derive(Debug)]
struct Ports {
    json_rpc: Option<Port>,
    grpc: Option<Port>,
    rest: Option<Port>,
    p2p: Option<Port>,
}

impl Ports {
    fn p2p_address(&self) -> Option<String> {
        self.p2p.as_ref().map(|port| peer_address(port.number))
    }
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
            nodes: Vec::new(),
            processes: Vec::new(),
        });
        state.save(&plan.directory)?;
        Ok(Self {
            _entry: Entry::add(&plan.directory),
            plan,
            state,
            children: Vec::new(),
            broker: None,
            buses: Vec::new(),
            ports: Vec::new(),
            _lock: lock,
        })
    }

    /// Starts everything, tells what there is, and follows the chain. It returns only when something
    /// fails.
    pub(crate) async fn live(&mut self, output: &Output) -> Result<(), Fatal> {
        let mut blocks = self.start(output).await?;
        output.show(&summary(&self.plan.directory, &self.state)?)?;
        let mut follower = Follower::default();
        let mut heads = match self.plan.nodes.len() {
            1 => None,
            count => {
                output.note(&heads::title(count));
                Some(Heads::of(count))
            }
        };
        let mut watch = tokio::time::interval(WATCH_EVERY);
        loop {
            let settled = heads.as_ref().and_then(Heads::settled_at);
            tokio::select! {
                (node, block) = blocks.next() => match &mut heads {
                    Some(heads) => heads.take(node, &block, Instant::now(), output)?,
                    None => follower.show(&block, output)?,
                },
                () = until(settled) => heads.iter_mut().try_for_each(|heads| heads.show(output))?,
                _ = watch.tick() => self.check_children()?,
            }
        }
    }

    async fn start(&mut self, output: &Output) -> Result<Blocks, Fatal> {
        self.ports = self.choose_ports()?;
        let began = Instant::now();
        let brokers = self.start_broker(output).await?;
        let broker_took = began.elapsed();

        let began = Instant::now();
        for (node, amqp) in self.plan.nodes.iter().zip(&brokers) {
            self.buses.push(Place::at(&node.directory, amqp)?.bus(BROKER_LIMIT).await?);
        }
        let blocks = Blocks::listen(&self.buses);
        for (index, amqp) in brokers.iter().enumerate() {
            write_config(&self.plan, &self.plan.nodes[index], &self.facts(index), amqp)?;
        }
        self.start_services()?;
        let (processes, nodes) = (self.processes(), self.nodes(&brokers));
        self.tell(|run| {
            run.amqp.clone_from(&nodes[0].amqp);
            run.json_rpc.clone_from(&nodes[0].json_rpc);
            run.nodes = nodes;
            run.processes = processes;
        })?;
        self.wait_until_ready().await?;
        let ids = self.peer_ids().await;
        self.tell(|run| {
            for (node, id) in run.nodes.iter_mut().zip(ids) {
                let address = node.p2p.take();
                node.p2p = address.map(|address| with_id(address, id));
            }
            run.ready = true;
        })?;
        output.note(&format!(
            "all services are ready: broker {:.1} s, services {:.1} s",
            broker_took.as_secs_f64(),
            began.elapsed().as_secs_f64()
        ));
        Ok(blocks)
    }

    /// Takes the ports that the nodes listen on: the first node's JSON-RPC has the one asked for.
    fn choose_ports(&self) -> Result<Vec<Ports>, Fatal> {
        let wanted = self.plan.options.port;
        let next = wanted.map_or(ports::JSON_RPC, |port| port.saturating_add(1));
        let choose = |node: &NodePlan| {
            let json_rpc = match (node.has("jsonrpc"), wanted.filter(|_| node.number == 1)) {
                (false, _) => None,
                (true, Some(port)) => Some(Port::exactly(port)?),
                (true, None) => Some(Port::from(next)?),
            };
            let grpc = node.has("grpc").then(|| Port::from(ports::GRPC)).transpose()?;
            let rest = node.has("rest").then(|| Port::from(ports::REST)).transpose()?;
            let p2p = node.has("p2p").then(|| Port::from(ports::P2P)).transpose()?;
            Ok(Ports { json_rpc, grpc, rest, p2p })
        };
        self.plan.nodes.iter().map(choose).collect()
    }

    /// What the configuration of a node depends on.
    fn facts(&self, index: usize) -> Facts {
        let (node, ports) = (&self.plan.nodes[index], &self.ports[index]);
        let number = |port: &Option<Port>| port.as_ref().map(|port| port.number);
        Facts {
            algorithm: self.plan.options.algorithm,
            block_interval: self.plan.options.block_interval,
            producer: self.state.stake(node.number).unwrap_or(&self.state.producer).clone(),
            pow_contract: self.state.contract("pow"),
            port: number(&ports.json_rpc),
            grpc_port: number(&ports.grpc),
            rest_port: number(&ports.rest),
            p2p_port: number(&ports.p2p),
            // Each two are connected once.
            peers: self.ports[..index].iter().filter_map(Ports::p2p_address).collect(),
        }
    }

    /// The nodes as other shells find them.
    fn nodes(&self, brokers: &[String]) -> Vec<Node> {
        let all = self.plan.nodes.iter().zip(&self.ports).zip(brokers);
        all.map(|((node, ports), amqp)| Node {
            number: node.number,
            basedir: node.directory.clone(),
            amqp: amqp.clone(),
            json_rpc: ports.json_rpc.as_ref().map(Port::url),
            grpc: ports.grpc.as_ref().map(|port| format!("127.0.0.1:{}", port.number)),
            rest: ports.rest.as_ref().map(Port::url),
            p2p: ports.p2p_address(),
        })
        .collect()
    }

    /// Tells other shells what has changed.
    fn tell(&mut self, change: impl FnOnce(&mut Run)) -> Result<(), Fatal> {
        self.state.run.as_mut().map(change);
        self.state.save(&self.plan.directory)
    }

    /// Starts a broker of the devnet's own, unless there is one; its URLs, one for each node.
    async fn start_broker(&mut self, output: &Output) -> Result<Vec<String>, Fatal> {
        if !self.plan.amqp.is_empty() {
            return Ok(self.plan.amqp.clone());
        }
        output.note("starting a message broker ...");
        let directory = self.plan.directory.join("broker");
        // Nothing in it outlives a run: the services do not depend on it.
        if directory.exists() {
            fs::remove_dir_all(&directory)
                .with_context(|| format!("cannot remove {}", directory.display()))?;
        }
        let mut config = BrokerConfig::new(directory);
        let further = self.plan.nodes.iter().skip(1);
        config.vhosts = further.map(|node| format!("node{}", node.number)).collect();
        let vhosts: Vec<String> =
            std::iter::once("/".to_owned()).chain(config.vhosts.iter().cloned()).collect();
        let broker = Broker::launch(config).map_err(broker_failed)?;
        let broker = self.broker.insert(broker);
        let deadline = Instant::now() + START_LIMIT;
        while !block_in_place(|| broker.is_ready()).map_err(broker_failed)? {
            if Instant::now() > deadline {
                return Err(Fatal::failure(anyhow!("the message broker does not come up")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(vhosts.iter().map(|vhost| broker.url(vhost)).collect())
    }

    /// Starts all services at once: each waits for those it needs.
    fn start_services(&mut self) -> Result<(), Fatal> {
        for (index, node) in self.plan.nodes.iter().enumerate() {
            let logs = node.logs();
            fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
            for (kind, program) in &node.services {
                let process = spawn(program, &node.directory, &log_path(&logs, kind.name))?;
                self.children.push(Child { name: kind.name, node: index, process });
            }
        }
        Ok(())
    }

    fn processes(&self) -> Vec<Process> {
        let broker = self.broker.as_ref().and_then(Broker::pid).map(|pid| ("broker", None, pid));
        let services = self.children.iter().map(|child| {
            (child.name, Some(self.plan.nodes[child.node].number), child.process.child.id())
        });
        let known = broker.into_iter().chain(services);
        known
            .filter_map(|(name, node, pid)| {
                Some(Process { name: name.to_owned(), node, id: ProcessId::of(pid)? })
            })
            .collect()
    }

    async fn wait_until_ready(&mut self) -> Result<(), Fatal> {
        let deadline = Instant::now() + START_LIMIT;
        let mut waiting: Vec<usize> = (0..self.children.len()).collect();
        loop {
            self.check_children()?;
            let mut reasons = Vec::new();
            for index in std::mem::take(&mut waiting) {
                let child = &self.children[index];
                let directory = &self.plan.nodes[child.node].directory;
                match readiness(&directory.join(child.name).join("admin.sock")).await {
                    Readiness::Ready => continue,
                    Readiness::NotReady(why) => {
                        reasons.push(format!("{} ({why})", self.title(child)))
                    }
                    Readiness::Absent => reasons.push(self.title(child)),
                }
                waiting.push(index);
            }
            if waiting.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Fatal::failure(anyhow!(
                    "not ready after {} s: {}; see the logs in {}",
                    START_LIMIT.as_secs(),
                    reasons.join(", "),
                    self.logs_of_all()
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The ids of the nodes among their peers, as far as they are known.
    async fn peer_ids(&self) -> Vec<Option<String>> {
        let mut ids = Vec::new();
        for node in &self.plan.nodes {
            let page = Page::fetch(&node.directory.join("p2p/admin.sock")).await;
            let id = page.as_ref().and_then(|page| page.detail("id")?.as_str());
            ids.push(id.map(str::to_owned));
        }
        ids
    }

    /// A service as people are told of it.
    fn title(&self, child: &Child) -> String {
        match self.plan.nodes.len() {
            1 => child.name.to_owned(),
            _ => format!("{} of node {}", child.name, self.plan.nodes[child.node].number),
        }
    }

    fn logs_of_all(&self) -> String {
        let all = self.plan.nodes.iter().map(|node| node.logs().display().to_string());
        all.collect::<Vec<_>>().join(", ")
    }

    /// Fails when a child has ended.
    fn check_children(&mut self) -> Result<(), Fatal> {
        for index in 0..self.children.len() {
            let ended = self.children[index].process.child.try_wait();
            let child = &self.children[index];
            if let Some(status) = ended.with_context(|| format!("cannot watch {}", child.name))? {
                let log = log_path(&self.plan.nodes[child.node].logs(), child.name);
                return Err(service_ended(&self.title(child), status, &log));
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
                    self.title(&child),
                    STOP_LIMIT.as_secs()
                ));
            }
        }
        for bus in self.buses.drain(..) {
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

/// The address that others call.
fn with_id(address: String, id: Option<String>) -> String {
    match id {
        Some(id) => format!("{address}/p2p/{id}"),
        None => address,
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

/// Waits until then, or for ever.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then.into()).await,
        None => std::future::pending().await,
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
