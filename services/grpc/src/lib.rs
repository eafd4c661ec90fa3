//! The gRPC service: `koinos.services.koinos` in front of the bus.
//!
//! A method is a member of the oneof of some service's request. So a call is wrapped into that oneof,
//! sent over the bus, and the answer taken out of the service's response, without reading either.

mod codec;
mod config;
mod deadline;
mod envelope;
mod lists;
mod methods;
mod server;
mod standard;
mod status;

use std::sync::Arc;

use anyhow::anyhow;
use koinos_http::{Front, Link, Meters, accompany, listen, serve, shown};
use koinos_proto::descriptor_pool;
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, processors};
use tokio_util::sync::CancellationToken;
use tonic_health::server::HealthReporter;
use tracing::{info, warn};

pub use codec::Raw;
pub use config::Options;

use lists::Lists;
use server::Koinos;

/// The daemon.
pub struct GrpcService {
    koinos: Arc<Koinos>,
    link: Arc<Link>,
    health: HealthReporter,
    /// Where it listens, for people.
    place: String,
    /// When no client will be answered any more.
    served: CancellationToken,
}

impl Service for GrpcService {
    type Options = Options;

    const INFO: Info = Info {
        name: "grpc",
        title: "Koinos Services",
        about: "Serves the services of a Koinos node to gRPC clients",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::CurrentDir,
        default_jobs: || processors().max(2),
        min_jobs: 2,
    };

    /// Begins to serve: until the broker is there, calls are answered with an error, but those of
    /// the first moments wait for it.
    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        Meters::describe(Self::INFO.name);
        let lists = Lists::new(&options.whitelist, &options.blacklist);
        show(&options, &lists);
        let methods = methods::methods(descriptor_pool(), &lists);
        let methods = methods.map_err(|text| Fatal::failure(anyhow!(text)))?;
        let listener = listen(context.inherited().socket(Self::INFO.name), options.endpoint);
        let listener = listener.map_err(|error| {
            Fatal::config(anyhow!(
                "cannot listen on {}: {error}; choose another --endpoint",
                options.endpoint
            ))
        })?;
        let address = listener.local_addr()?;
        let place = shown(address);
        info!("Listening on {place}");
        context.report("listening", address.to_string());
        let connections = metrics::gauge!("koinos_grpc_connections");
        let limits = options.front.limits();
        let front = Arc::new(Front::new(limits, connections, context.shutdown().clone()));
        let link = Arc::new(Link::new());
        let settings = options.settings(context.jobs());
        let koinos = Arc::new(Koinos::new(methods, link.clone(), front.clone(), settings));
        let health = HealthReporter::new();
        let router = koinos.router().merge(standard::router(&health, &front)?);
        let served = CancellationToken::new();
        let (over, reporter) = (served.clone(), health.clone());
        context.spawn("serving gRPC", async move {
            standard::report(&reporter, false).await;
            serve(listener, front, router).await;
            over.cancel();
            Ok(())
        });
        Ok(Self { koinos, link, health, place, served })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let shutdown = context.shutdown().clone();
        let health = standard::keep_health(self.health.clone(), bus.sessions(), shutdown);
        context.spawn("health", async move {
            health.await;
            Ok(())
        });
        let (koinos, served) = (self.koinos.clone(), self.served.clone());
        let place = self.place.clone();
        accompany(&context, bus, &self.link, served, place, move || koinos.answered());
        Ok(())
    }
}

/// Logs the lists, and what in them has no effect.
fn show(options: &Options, lists: &Lists) {
    for (name, list) in [("Whitelist", &options.whitelist), ("Blacklist", &options.blacklist)] {
        if !list.is_empty() {
            info!("{name}: {}", list.join(" "));
        }
    }
    for entry in methods::without_effect(descriptor_pool(), lists) {
        warn!(
            "{entry} in a list stands for no method here; an entry is SERVICE or SERVICE.METHOD, \
             such as chain or chain.submit_block"
        );
    }
}
