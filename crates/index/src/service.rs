//! The daemon around an index.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use koinos_codec::text::to_hex;
use koinos_rpc::names::{BLOCK_ACCEPT, BLOCK_IRREVERSIBLE};
use koinos_service::{Bus, Context, Event, Fatal, Info, Service, blocking, database_directory};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};
use tracing::info;

use crate::config::IndexOptions;
use crate::error::Error;
use crate::follow::Follower;
use crate::index::Index;
use crate::records::Records;

/// How often the state is shown.
const SHOW_EVERY: Duration = Duration::from_secs(1);
/// What was added is summed up in the log every so many times.
const SUMMARY: u32 = 60;

/// A service whose answers come from an index.
pub struct IndexService<R: Records> {
    index: Arc<Index<R>>,
    options: IndexOptions,
    follower: OnceLock<Arc<Follower<R>>>,
}

impl<R: Records> Service for IndexService<R> {
    type Options = R::Options;

    const INFO: Info = R::INFO;

    fn open(options: R::Options, context: &Context) -> Result<Self, Fatal> {
        let directory = R::directory(&options, context);
        let again = "the index is then built again from the blocks";
        database_directory(&directory, R::LAYOUT.legacy, again)?;
        info!("Opening database at {}", directory.display());
        let own = R::options(&options).clone();
        if own.reset {
            info!("Resetting database");
        }
        let index = Index::open(R::new(options)?, &directory, own.reset);
        let index = index.map_err(Error::fatal)?;
        let cursor = index.cursor();
        info!("Opened database at block - Height: {}, ID: {}", cursor.height, to_hex(&cursor.id));
        Ok(Self { index: Arc::new(index), options: own, follower: OnceLock::new() })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let follower =
            Follower::new(self.index.clone(), &self.options, context.clone(), bus.clone());
        // The cell is empty: a service starts once.
        let _ = self.follower.set(follower.clone());
        if self.options.until_height.is_none() {
            listen(&bus, BLOCK_ACCEPT, &follower, Follower::block_accepted);
            listen(&bus, BLOCK_IRREVERSIBLE, &follower, Follower::block_irreversible);
        }
        let index = self.index.clone();
        bus.serve_in(Self::INFO.name, context.jobs(), follower.gate(), move |request| {
            let index = index.clone();
            blocking(move || index.records().answer(&index.view(), &request))
        });
        context.spawn("showing the state", show(follower.clone()));

        // Whoever starts waits for the head, and wants to know what goes wrong until then.
        let mut gate = follower.gate();
        let (failed, failure) = oneshot::channel();
        context.spawn("following the chain", async move {
            let Err(fatal) = follower.follow().await else { return Ok(()) };
            failed.send(fatal).map_or_else(Err, Ok)
        });
        tokio::select! {
            Ok(fatal) = failure => Err(fatal),
            _ = gate.wait_for(|session| *session != 0) => Ok(()),
        }
    }

    async fn check(&self) -> Result<(), String> {
        let index = self.index.clone();
        // The way of a request: the blocking pool, the lock, the storage.
        let probe = move || index.view().standing(&[]).map(drop);
        blocking(probe).await.map_err(|error| error.to_string())
    }

    async fn inspect(self: Arc<Self>, topic: String) -> Option<Result<Value, String>> {
        match topic.as_str() {
            "checksum" => {
                let index = self.index.clone();
                let checksum = blocking(move || index.checksum()).await;
                let text = |error| format!("{:#}", anyhow::Error::from(error));
                Some(checksum.map(|checksum| checksum.to_json()).map_err(text))
            }
            _ => None,
        }
    }

    fn close(&self) -> Result<(), Fatal> {
        self.index.flush().map_err(Error::fatal)
    }
}

fn listen<R: Records>(
    bus: &Bus,
    topic: &str,
    follower: &Arc<Follower<R>>,
    listener: fn(&Follower<R>, &bytes::Bytes),
) {
    let follower = follower.clone();
    bus.subscribe(topic, move |event: Event| {
        let follower = follower.clone();
        blocking(move || listener(&follower, &event.payload))
    });
}

/// Shows the state, until the end.
async fn show<R: Records>(follower: Arc<Follower<R>>) -> Result<(), Fatal> {
    let context = follower.context.clone();
    let mut ticks = interval(SHOW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0_u32;
    while context.until_shutdown(ticks.tick()).await.is_some() {
        show_once(&follower);
        count += 1;
        if count.is_multiple_of(SUMMARY) {
            let added = follower.added.swap(0, Ordering::Relaxed);
            if added > 0 {
                info!("Recently added {added} {}", R::LAYOUT.unit);
            }
        }
    }
    Ok(())
}

fn show_once<R: Records>(follower: &Follower<R>) {
    let (cursor, head) = (follower.index.cursor(), follower.index.head());
    let known = follower.known_head.load(Ordering::SeqCst);
    let (lag, takes_requests) = (follower.lag(), follower.takes_requests());
    let context = &follower.context;
    context.report("cursor_height", cursor.height);
    context.report("cursor_id", to_hex(&cursor.id));
    context.report("head_height", head.height);
    context.report("head_id", to_hex(&head.id));
    context.report("chain_head_height", known);
    context.report("lag", lag);
    context.report("takes_requests", takes_requests);
    for (name, value) in [
        ("cursor_height", cursor.height),
        ("head_height", head.height),
        ("chain_head_height", known),
        ("lag_blocks", lag),
        ("takes_requests", takes_requests.into()),
    ] {
        metrics::gauge!(format!("koinos_index_{name}")).set(value as f64);
    }
    if !follower.catching_up.load(Ordering::SeqCst) {
        let height = head.height;
        context.status(match (takes_requests, known) {
            (true, _) => format!("at block {height}"),
            (false, 0) => format!("at block {height}, waiting for chain and block_store"),
            (false, _) => format!("at block {height}, {lag} behind, not taking requests"),
        });
    }
}
