//! The smallest daemon: it answers every request with the request, in a prefix of its choice.
//!
//! Two requests are different: `panic` makes the handler panic, `fail` ends a background task with
//! an error. They show how a daemon ends.

use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, processors};
use tokio::sync::Notify;

/// The daemon's own options.
#[derive(clap::Args)]
struct Options {
    /// What to put before each reply
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
}

struct Echo {
    prefix: String,
}

impl Service for Echo {
    type Options = Options;

    const INFO: Info = Info {
        name: "echo",
        title: "Koinos Echo",
        about: "Answers every request with the request",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    fn open(options: Options, _context: &Context) -> Result<Self, Fatal> {
        Ok(Self { prefix: options.prefix })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let failing = Arc::new(Notify::new());
        let failure = failing.clone();
        bus.serve(Self::INFO.name, context.jobs(), move |request| {
            let (echo, failing) = (self.clone(), failing.clone());
            async move { echo.answer(&request, &failing) }
        });
        let tasks = context.clone();
        context.spawn("watching for failure", async move {
            match tasks.until_shutdown(failure.notified()).await {
                Some(()) => Err(Fatal::failure(anyhow::anyhow!("asked to fail"))),
                None => Ok(()),
            }
        });
        Ok(())
    }
}

impl Echo {
    fn answer(&self, request: &Bytes, failing: &Notify) -> Bytes {
        assert!(request != "panic", "asked to panic");
        if request == "fail" {
            failing.notify_one();
        }
        [self.prefix.as_bytes(), request].concat().into()
    }
}

fn main() -> ExitCode {
    koinos_service::run::<Echo>()
}
