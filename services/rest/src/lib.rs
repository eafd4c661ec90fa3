//! The REST service: HTTP in front of the bus.
//!
//! A request goes to the handler of its route ([`routes`](routes)), which asks services of the node
//! ([`node`](node)) and makes the answer of what they say ([`core`](core)). What there is stands in
//! one OpenAPI document.

mod abis;
mod answer;
mod app;
mod config;
pub mod core;
mod docs;
mod error;
mod http;
mod memory;
mod names;
mod node;
pub mod openapi;
mod routes;

use std::sync::Arc;

use anyhow::anyhow;
use koinos_http::{Front, Link, Meters, accompany, shown};
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, events};
use tokio_util::sync::CancellationToken;
use tracing::info;

pub use app::{App, Settings};
pub use config::{NameContract, Options};
pub use error::Error;
pub use http::{Http, serve};

/// The daemon.
pub struct RestService {
    http: Arc<Http>,
    link: Arc<Link>,
    /// Where it listens, for people.
    place: String,
    /// When no client will be answered any more.
    served: CancellationToken,
}

impl Service for RestService {
    type Options = Options;

    const INFO: Info = Info {
        name: "rest",
        title: "Koinos REST",
        about: "Serves a Koinos node to REST clients over HTTP",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: || 32,
        min_jobs: 1,
    };

    /// Begins to serve: until the broker is there, requests are answered with an error, but those
    /// of the first moments wait for it.
    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        Meters::describe(Self::INFO.name);
        let settings = options.settings(context.jobs());
        if settings.maintenance {
            info!("Maintenance: no request is carried out");
        }
        let link = Arc::new(Link::new());
        let app = Arc::new(App::new(link.clone(), &settings));
        let connections = metrics::gauge!("koinos_rest_connections");
        let shutdown = context.shutdown().clone();
        let front = Arc::new(Front::new(options.front.limits(), connections, shutdown));
        let http = Arc::new(Http::new(app, front, settings));
        let inherited = context.inherited().socket(Self::INFO.name);
        let listener = koinos_http::listen(inherited, options.listen).map_err(|error| {
            Fatal::config(anyhow!(
                "cannot listen on {}: {error}; choose another --listen",
                options.listen
            ))
        })?;
        let place = shown(listener.local_addr()?);
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
        Ok(Self { http, link, place, served })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let (http, served) = (self.http.clone(), self.served.clone());
        let place = self.place.clone();
        accompany(&context, bus, &self.link, served, place, move || http.answered());
        Ok(())
    }
}
