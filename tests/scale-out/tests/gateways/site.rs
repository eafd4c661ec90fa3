//! What is under load: a broker, three instances of a service behind it, three of each gateway in
//! front.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use koinos_codec::wire::{field_bytes, message_bytes, put_bytes_field, put_message_field};
use koinos_mq::{Bus, Config};
use koinos_testkit::{Broker, Daemon, Proxy, free_ports};
use tempfile::TempDir;

use crate::client::Kind;

/// Far more than anything here takes on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Instances of everything.
pub const INSTANCES: usize = 3;

/// A gateway on an address of its own.
struct Gateway {
    address: SocketAddr,
    daemon: Option<Daemon>,
}

/// An instance of the service behind, on a connection of its own.
struct Service {
    bus: Bus,
    way: Proxy,
    served: Arc<AtomicUsize>,
}

/// Everything.
pub struct Site {
    jsonrpc: Vec<Gateway>,
    grpc: Vec<Gateway>,
    rest: Vec<Gateway>,
    services: Vec<Service>,
    url: String,
    directory: TempDir,
}

impl Site {
    pub async fn start() -> Self {
        let broker = Broker::shared().unwrap();
        let vhost = broker.vhost().unwrap();
        let mut services = Vec::new();
        for _ in 0..INSTANCES {
            services.push(Service::start(&vhost.url).await);
        }
        let ports: [u16; 3 * INSTANCES] = free_ports().unwrap();
        let gateway = |port: &u16| Gateway {
            address: SocketAddr::from(([127, 0, 0, 1], *port)),
            daemon: None,
        };
        let mut site = Self {
            jsonrpc: ports[..INSTANCES].iter().map(gateway).collect(),
            grpc: ports[INSTANCES..2 * INSTANCES].iter().map(gateway).collect(),
            rest: ports[2 * INSTANCES..].iter().map(gateway).collect(),
            services,
            url: vhost.url,
            directory: tempfile::tempdir().unwrap(),
        };
        for instance in 0..INSTANCES {
            for kind in [Kind::JsonRpc, Kind::Grpc, Kind::Rest] {
                site.restart(kind, instance).await;
            }
        }
        site
    }

    fn gateways(&mut self, kind: Kind) -> &mut Vec<Gateway> {
        match kind {
            Kind::JsonRpc => &mut self.jsonrpc,
            Kind::Grpc => &mut self.grpc,
            Kind::Rest => &mut self.rest,
        }
    }

    /// Where the instances listen.
    pub fn addresses(&self, kind: Kind) -> Vec<SocketAddr> {
        let gateways = match kind {
            Kind::JsonRpc => &self.jsonrpc,
            Kind::Grpc => &self.grpc,
            Kind::Rest => &self.rest,
        };
        gateways.iter().map(|gateway| gateway.address).collect()
    }

    /// Starts an instance, again if it ran before, and waits until it serves.
    pub async fn restart(&mut self, kind: Kind, instance: usize) {
        let basedir = self.directory.path().join(format!("{}-{instance}", kind.program()));
        let url = self.url.clone();
        let gateway = &mut self.gateways(kind)[instance];
        let port = gateway.address.port();
        let (option, place) = match kind {
            Kind::JsonRpc | Kind::Rest => ("--listen", format!("/ip4/127.0.0.1/tcp/{port}")),
            Kind::Grpc => ("--endpoint", format!("127.0.0.1:{port}")),
        };
        let basedir = basedir.to_str().unwrap();
        let arguments = ["--basedir", basedir, "--amqp", &url, option, &place, "--jobs", "16"];
        let daemon = Daemon::start(program(kind), arguments).unwrap();
        let daemon = tokio::task::spawn_blocking(move || {
            daemon.wait_for("Ready", LIMIT).unwrap();
            daemon
        });
        gateway.daemon = Some(daemon.await.unwrap());
    }

    /// Kills an instance, as with kill -9.
    pub fn kill(&mut self, kind: Kind, instance: usize) {
        let mut daemon = self.gateways(kind)[instance].daemon.take().unwrap();
        daemon.kill().unwrap();
    }

    /// Stops an instance in good order.
    pub async fn stop(&mut self, kind: Kind, instance: usize) {
        let mut daemon = self.gateways(kind)[instance].daemon.take().unwrap();
        daemon.terminate();
        let status = tokio::task::spawn_blocking(move || {
            let status = daemon.wait(LIMIT).unwrap();
            assert!(!daemon.output().contains("cut short"), "{}", daemon.output());
            status
        });
        assert_eq!(status.await.unwrap().code(), Some(0));
    }

    /// Cuts an instance of the service behind off from the broker, in the middle of its requests.
    pub fn cut_service(&self, instance: usize) {
        self.services[instance].way.cut();
    }

    /// How many requests each instance of the service has answered.
    pub fn served(&self) -> Vec<usize> {
        self.services.iter().map(|service| service.served.load(Ordering::SeqCst)).collect()
    }

    pub async fn close(self) {
        for service in self.services {
            service.bus.close(Duration::ZERO).await;
        }
    }
}

impl Service {
    /// `chain` as far as the gateways need it: `invoke_system_call` answers with its arguments, and
    /// with metadata that hold them when REST asks for metadata.
    async fn start(url: &str) -> Self {
        let port = url.rsplit(':').next().unwrap().split('/').next().unwrap();
        let way = Proxy::start(port.parse().unwrap()).unwrap();
        let url = url.replace(&format!(":{port}/"), &format!(":{}/", way.port()));
        let served = Arc::new(AtomicUsize::new(0));
        let bus = Bus::start(Config::new(&url, "test", "chain")).unwrap();
        tokio::time::timeout(LIMIT, bus.connected()).await.unwrap();
        let count = served.clone();
        bus.serve("chain", 8, move |request| {
            let count = count.clone();
            async move {
                // Long enough that some are in hand whenever something is lost.
                tokio::time::sleep(Duration::from_millis(2)).await;
                count.fetch_add(1, Ordering::SeqCst);
                answer(&request)
            }
        });
        tokio::time::timeout(LIMIT, bus.consuming()).await.unwrap();
        Self { bus, way, served }
    }
}

/// `chain_request.invoke_system_call` is field 11 with `args` as field 3; its response is field 12 with
/// `value` as field 1.
fn answer(request: &Bytes) -> Bytes {
    let call = message_bytes(request, 11).unwrap();
    let mut answer = field_bytes(&call, 3);
    if field_bytes(&call, 2) == "get_contract_metadata" {
        // `get_contract_metadata_result.value.hash`, by the contract id, which is field 1.
        let (mut metadata, mut result) = (Vec::new(), Vec::new());
        put_bytes_field(&mut metadata, 1, &field_bytes(&answer, 1));
        put_message_field(&mut result, 1, &metadata);
        answer = result.into();
    }
    let mut value = Vec::new();
    put_bytes_field(&mut value, 1, &answer);
    let mut response = Vec::new();
    put_message_field(&mut response, 12, &value);
    response.into()
}

fn program(kind: Kind) -> PathBuf {
    // The test programs are in `deps`, below the programs of the workspace.
    let own = std::env::current_exe().unwrap();
    let path = own.parent().and_then(Path::parent).unwrap().join(kind.program());
    assert!(path.exists(), "{} is missing: build the whole workspace", path.display());
    path
}
