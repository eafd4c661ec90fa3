//! The JSON-RPC service: HTTP in front of the bus.
//!
//! A request is text of JSON. It is read into calls ([`Gateway`]), each call is turned into the
//! request of a service with the help of protobuf descriptors, sent over the bus, and the reply
//! turned back into text. No service is known by name: whatever has descriptors can be called.

mod config;
mod descriptors;
mod envelope;
mod fault;
mod gateway;
mod head;
mod http;
mod methods;
mod news;
mod scan;
mod translate;
mod websocket;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use koinos_http::{Link, Meters, accompany, shown};
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, events};
use prost_reflect::DescriptorPool;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

pub use config::Options;
pub use gateway::{Gateway, Overloaded, Settings};
pub use http::{Http, HttpSettings, serve};
pub use koinos_http::{Limits, listen};
pub use websocket::Sockets;

/// The daemon.
pub struct JsonRpcService {
    gateway: Arc<Gateway>,
    http: Arc<Http>,
    link: Arc<Link>,
    /// Where it listens, for people.
    place: String,
    /// When no client will be answered any more.
    served: CancellationToken,
}

impl Service for JsonRpcService {
    type Options = Options;

    const INFO: Info = Info {
        name: "jsonrpc",
        title: "Koinos JSONRPC",
        about: "Serves the services of a Koinos node to JSON-RPC clients over HTTP",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: || 16,
        min_jobs: 1,
    };

    /// Begins to serve: until the broker is there, calls are answered with an error, as by the
    /// original, but those of the first moments wait for it.
    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        Meters::describe(Self::INFO.name);
        let pool = descriptors(&options, context)?;
        let link = Arc::new(Link::new());
        let gateway = Arc::new(Gateway::new(pool, link.clone(), &options.settings(context.jobs())));
        context.report("methods", gateway.method_names());
        for (name, list) in [("Whitelist", &options.whitelist), ("Blacklist", &options.blacklist)] {
            if !list.is_empty() {
                info!("{name}: {}", list.join(" "));
            }
        }
        let shutdown = context.shutdown().clone();
        let http = Arc::new(Http::new(gateway.clone(), options.http_settings(), shutdown));
        let listener = listen(context.inherited().socket(Self::INFO.name), options.listen);
        let listener = listener.map_err(|error| {
            Fatal::config(anyhow!(
                "cannot listen on {}: {error}; choose another --listen",
                options.listen
            ))
        })?;
        let place = format!("{}{}", shown(listener.local_addr()?), options.endpoint);
        info!(message_id = events::LISTENING, "Listening on {place}");
        context.report("listening", listener.local_addr()?.to_string());
        let serving = serve(listener, http.clone());
        let served = CancellationToken::new();
        let over = served.clone();
        context.spawn("serving HTTP", async move {
            serving.await;
            over.cancel();
            Ok(())
        });
        Ok(Self { gateway, http, link, place, served })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        news::follow(&self.gateway, &self.http, &context, &bus);
        let (gateway, served) = (self.gateway.clone(), self.served.clone());
        let place = self.place.clone();
        accompany(&context, bus, &self.link, served, place, move || gateway.answered());
        Ok(())
    }
}

/// The protocol's descriptors and those in the directories.
fn descriptors(options: &Options, context: &Context) -> Result<DescriptorPool, Fatal> {
    let own = context.path(&options.descriptors);
    std::fs::create_dir_all(&own).map_err(|error| {
        Fatal::config(anyhow!(
            "cannot create {}: {error}; let this user write there, or choose other --descriptors",
            own.display()
        ))
    })?;
    let directories = [options.shared_descriptors.clone(), own];
    let loaded = descriptors::load(&directories);
    for path in &loaded.used {
        info!("Using the descriptors in {}", path.display());
    }
    for text in &loaded.refused {
        error!(message_id = events::DESCRIPTOR_REFUSED, "Descriptors left out: {text}");
    }
    context.report("descriptors", texts(&loaded.used));
    context.report("descriptor_errors", loaded.refused);
    Ok(loaded.pool)
}

fn texts(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| Path::display(path).to_string()).collect()
}
