//! The daemons of a node on a bus of their own, each of which can go and come back.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use koinos_contracts::{Addresses, Federated, System};
use koinos_crypto::{Address, SecretKey};
use koinos_testkit::{Daemon, free_ports};
use tempfile::TempDir;

use crate::client::Client;
use crate::wallet::Account;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);
/// What each account has at the start, in units of 10^-8 KOIN.
pub const BALANCE: u64 = 1_000_000 * 100_000_000;

/// A service of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    BlockStore,
    Mempool,
    Chain,
    P2p,
    BlockProducer,
    JsonRpc,
    // Not among `ALL`: a node works without these.
    TransactionStore,
    ContractMetaStore,
    AccountHistory,
    Rest,
}

impl Service {
    pub const ALL: [Self; 6] = [
        Self::BlockStore,
        Self::Mempool,
        Self::Chain,
        Self::P2p,
        Self::BlockProducer,
        Self::JsonRpc,
    ];

    /// REST and what it asks besides.
    pub const EXPLORER: [Self; 4] =
        [Self::TransactionStore, Self::ContractMetaStore, Self::AccountHistory, Self::Rest];

    /// Its name on the bus, and of its directory.
    fn directory(self) -> &'static str {
        match self {
            Self::BlockStore => "block_store",
            Self::Mempool => "mempool",
            Self::Chain => "chain",
            Self::P2p => "p2p",
            Self::BlockProducer => "block_producer",
            Self::JsonRpc => "jsonrpc",
            Self::TransactionStore => "transaction_store",
            Self::ContractMetaStore => "contract_meta_store",
            Self::AccountHistory => "account_history",
            Self::Rest => "rest",
        }
    }

    fn program(self) -> PathBuf {
        let name = format!("koinos-{}", self.directory().replace('_', "-"));
        // The test programs are in `deps`, below the programs of the workspace.
        let own = std::env::current_exe().unwrap();
        let path = own.parent().and_then(Path::parent).unwrap().join(name);
        assert!(path.exists(), "{} is missing: build the whole workspace", path.display());
        path
    }
}

/// What a node is to be like.
pub struct Plan<'a> {
    /// The broker, as all services reach it that are not named in `detours`.
    pub url: String,
    /// Another way to the broker for some services.
    pub detours: Vec<(Service, String)>,
    /// Options of services, besides what all nodes have.
    pub options: Vec<(Service, Vec<&'static str>)>,
    /// Ports on this machine where peers listen.
    pub peers: Vec<u16>,
    /// Who has KOIN.
    pub accounts: &'a [Account],
    /// The genesis file, if it is not the one of all nodes with these accounts.
    pub genesis: Option<String>,
}

impl<'a> Plan<'a> {
    pub fn new(url: impl Into<String>, accounts: &'a [Account]) -> Self {
        Self {
            url: url.into(),
            detours: Vec::new(),
            options: Vec::new(),
            peers: Vec::new(),
            accounts,
            genesis: None,
        }
    }
}

/// A node, of which any number of services run.
pub struct Node {
    // Declared first, so that the daemons have ended before their directory goes.
    daemons: BTreeMap<Service, Daemon>,
    arguments: BTreeMap<Service, Vec<String>>,
    directory: TempDir,
    /// Where JSON-RPC is served.
    pub address: SocketAddr,
    /// Where REST is served, once it is launched.
    pub rest: SocketAddr,
    /// The port where p2p listens.
    pub p2p_port: u16,
    /// The contract of the token.
    pub koin: Address,
}

impl Node {
    /// Prepares a node whose blocks are made by a trusted key, every quarter of a second.
    pub fn prepare(plan: Plan<'_>) -> Self {
        let directory = tempfile::Builder::new().prefix("node-").tempdir().unwrap();
        let key = SecretKey::from_seed("producer").unwrap();
        koinos_wallet::keys::write_new(&directory.path().join("block_producer/private.key"), &key)
            .unwrap();
        let addresses = Addresses::from_seed("node").unwrap();
        let genesis = plan.genesis.unwrap_or_else(|| genesis_text(&key, addresses, plan.accounts));
        let chain = directory.path().join("chain");
        std::fs::create_dir_all(&chain).unwrap();
        std::fs::write(chain.join("genesis_data.json"), genesis).unwrap();
        let [port, p2p_port, rest] = free_ports().unwrap();
        let mut arguments: BTreeMap<Service, Vec<String>> = BTreeMap::new();
        for service in Service::ALL.into_iter().chain(Service::EXPLORER) {
            let detour = plan.detours.iter().find(|(detoured, _)| *detoured == service);
            let url = detour.map_or(&plan.url, |(_, url)| url);
            let own = arguments.entry(service).or_default();
            own.extend(
                ["--basedir", directory.path().to_str().unwrap(), "--amqp", url].map(Into::into),
            );
            match service {
                Service::BlockProducer => {
                    let options = ["--block-interval", "125", "--gossip-production", "false"];
                    own.extend(options.map(Into::into));
                }
                Service::JsonRpc => own.extend(["--listen".into(), listen(port)]),
                Service::Rest => own.extend(["--listen".into(), listen(rest)]),
                Service::P2p => {
                    own.extend(["--listen".into(), listen(p2p_port)]);
                    own.extend(plan.peers.iter().flat_map(|port| ["--peer".into(), listen(*port)]));
                }
                _ => {}
            }
        }
        for (service, options) in plan.options {
            arguments.entry(service).or_default().extend(options.into_iter().map(Into::into));
        }
        let address = (Ipv4Addr::LOCALHOST, port).into();
        Self {
            directory,
            arguments,
            daemons: BTreeMap::new(),
            address,
            rest: (Ipv4Addr::LOCALHOST, rest).into(),
            p2p_port,
            koin: addresses.koin,
        }
    }

    /// A node with all services ready.
    pub fn start(plan: Plan<'_>) -> Self {
        Self::start_with(plan, &Service::ALL)
    }

    /// A node with some services, which are ready.
    pub fn start_with(plan: Plan<'_>, services: &[Service]) -> Self {
        let mut node = Self::prepare(plan);
        services.iter().for_each(|service| node.launch(*service));
        node.wait_until_ready();
        node
    }

    /// Starts a service without waiting.
    pub fn launch(&mut self, service: Service) {
        let daemon = Daemon::start(service.program(), &self.arguments[&service]).unwrap();
        self.daemons.insert(service, daemon);
    }

    /// Waits until all services that run are ready.
    pub fn wait_until_ready(&self) {
        for service in self.daemons.keys() {
            self.wait_for(*service, "Ready");
        }
    }

    /// Waits for a line in the log of a service.
    pub fn wait_for(&self, service: Service, text: &str) {
        self.wait_for_nth(service, text, 1);
    }

    /// Waits for the `nth` line, counted from 1, in the log of a service.
    pub fn wait_for_nth(&self, service: Service, text: &str, nth: usize) {
        let daemon = &self.daemons[&service];
        tokio::task::block_in_place(|| daemon.wait_for_nth(text, nth, LIMIT)).unwrap();
    }

    /// The process id of a service.
    pub fn pid(&self, service: Service) -> u32 {
        self.daemons[&service].pid()
    }

    /// Everything a service has logged since it was last started.
    pub fn log(&self, service: Service) -> String {
        self.daemons[&service].output()
    }

    /// Kills a service.
    pub fn kill(&mut self, service: Service) {
        self.daemons.get_mut(&service).unwrap().kill().unwrap();
    }

    /// Stops a service in good order.
    pub fn stop(&mut self, service: Service) {
        let daemon = self.daemons.get_mut(&service).unwrap();
        daemon.terminate();
        let status = tokio::task::block_in_place(|| daemon.wait(LIMIT)).unwrap();
        assert!(status.success(), "{}", daemon.output());
    }

    /// The admin socket of a service.
    pub fn admin_socket(&self, service: Service) -> PathBuf {
        self.directory.path().join(service.directory()).join("admin.sock")
    }

    /// A client of JSON-RPC.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A further JSON-RPC service on the same bus, and where it listens.
    pub fn second_gateway(&self) -> (Daemon, SocketAddr) {
        let [port] = free_ports().unwrap();
        let mut arguments = self.arguments[&Service::JsonRpc].clone();
        arguments.retain(|argument| argument != "--listen" && !argument.starts_with("/ip4/"));
        arguments.extend(["--admin-socket".into(), "none".into(), "--listen".into(), listen(port)]);
        let daemon = Daemon::start(Service::JsonRpc.program(), arguments).unwrap();
        tokio::task::block_in_place(|| daemon.wait_for("Ready", LIMIT)).unwrap();
        (daemon, (Ipv4Addr::LOCALHOST, port).into())
    }
}

fn listen(port: u16) -> String {
    format!("/ip4/127.0.0.1/tcp/{port}")
}

fn genesis_text(key: &SecretKey, addresses: Addresses, accounts: &[Account]) -> String {
    let key = key.public_key().address();
    let owners = std::iter::once(key).chain(accounts.iter().map(|account| account.address));
    let balances = owners.map(|owner| (owner, BALANCE)).collect();
    let genesis = Federated(System { key, addresses, balances }).genesis().unwrap().build();
    koinos_codec::genesis_to_json(&genesis)
}
