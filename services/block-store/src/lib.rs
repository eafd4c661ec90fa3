//! The block store: the archive of blocks and receipts.
//!
//! It serves `koinos.rpc.block_store` and takes in `koinos.block.accept`.

mod commit;
mod config;
mod error;
mod handler;
mod record;
mod skip_list;
mod store;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use koinos_rpc::names::BLOCK_ACCEPT;
use koinos_service::{
    BasedirRoot, Bus, Context, Event, Fatal, Info, Service, blocking, database_directory, events,
    processors,
};
use tracing::{debug, info};

pub use config::Options;
pub use error::{Error, MAX_BLOCKS};
pub use handler::{answer, take_in};
pub use record::{NewBlock, Parts};
pub use store::BlockStore;

/// How often the number of new blocks is logged.
const SUMMARY_EVERY: Duration = Duration::from_secs(60);
/// How often the status line is brought up to date.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// The daemon.
pub struct BlockStoreService {
    store: Arc<BlockStore>,
    /// Blocks received by broadcast since the last summary.
    recent: Arc<AtomicU64>,
}

impl Service for BlockStoreService {
    type Options = Options;

    const INFO: Info = Info {
        name: "block_store",
        title: "Koinos Block Store",
        about: "Stores the blocks and receipts of a Koinos node",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        let directory = context.data_dir().join("db");
        let content = "the blocks of the Go block store";
        let again = "the blocks are then fetched from the network";
        database_directory(&directory, content, again)?;
        info!("Opening database at {}", directory.display());
        if options.reset {
            info!("Resetting database");
        }
        let store = BlockStore::open(&directory, options.reset).map_err(opening)?;
        info!("Highest block is at height {}", store.highest().height);
        Ok(Self { store: Arc::new(store), recent: Arc::default() })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let store = self.store.clone();
        bus.serve(Self::INFO.name, context.jobs(), move |request| {
            let store = store.clone();
            blocking(move || handler::answer(&store, &request))
        });
        let service = self.clone();
        bus.subscribe(BLOCK_ACCEPT, move |event| {
            let service = service.clone();
            blocking(move || service.block_accepted(&event))
        });
        context.spawn("summary", self.clone().summarise(context.clone()));
        context.spawn("status", self.keep_status(context.clone()));
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        let store = self.store.clone();
        // The way of a request: the blocking pool and the storage.
        blocking(move || store.probe()).await.map_err(|error| error.to_string())
    }

    fn close(&self) -> Result<(), Fatal> {
        Ok(self.store.flush()?)
    }
}

/// What the operator has to cure is told apart from what a restart may.
fn opening(error: koinos_kv::Error) -> Fatal {
    let event = error.event_id();
    let fatal = if error.needs_operator() { Fatal::config(error) } else { Fatal::failure(error) };
    match event {
        Some(id) => fatal.event(id),
        None => fatal,
    }
}

impl BlockStoreService {
    fn block_accepted(&self, event: &Event) {
        match handler::take_in(&self.store, &event.payload) {
            Ok(height) => {
                self.recent.fetch_add(1, Ordering::Relaxed);
                if height.is_multiple_of(1_000) {
                    info!("Sync block progress - Height: {height}");
                } else {
                    debug!("Received broadcasted block - Height: {height}");
                }
            }
            Err(error) if error.is_internal() => {
                let id = events::BLOCK_NOT_STORED;
                tracing::error!(message_id = id, "a block was not stored: {}", error.with_causes());
            }
            // Chain stores its blocks by request; the broadcast is the second time.
            Err(error) => debug!("A broadcasted block was not stored: {error}"),
        }
    }

    async fn summarise(self: Arc<Self>, context: Context) -> Result<(), Fatal> {
        while context.until_shutdown(tokio::time::sleep(SUMMARY_EVERY)).await.is_some() {
            let count = self.recent.swap(0, Ordering::Relaxed);
            if count > 0 {
                info!("Recently added {count} block(s)");
            }
        }
        Ok(())
    }

    async fn keep_status(self: Arc<Self>, context: Context) -> Result<(), Fatal> {
        let mut shown = None;
        loop {
            let height = self.store.highest().height;
            if shown.replace(height) != Some(height) {
                context.status(format!("highest block {height}"));
                context.report("highest_block", height);
                metrics::gauge!("koinos_block_store_highest_block").set(height as f64);
            }
            if context.until_shutdown(tokio::time::sleep(STATUS_EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }
}
