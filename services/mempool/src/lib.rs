//! The mempool: transactions that wait for a block.
//!
//! It serves `koinos.rpc.mempool`, follows what the chain says of transactions and blocks, tells of
//! the transactions it has taken (`koinos.mempool.accept`), and passes blocks on once it has taken
//! them in (`koinos.mempool.block_accepted`). All is in memory; a new process starts empty.

mod catch_up;
mod config;
mod error;
mod events;
mod handler;
mod housekeeping;
mod mempool;
mod pool;
mod tree;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use koinos_codec::text::to_hex;
use koinos_rpc::Transport;
use koinos_rpc::names::{
    BLOCK_ACCEPT, BLOCK_IRREVERSIBLE, MEMPOOL_ACCEPT, MEMPOOL_BLOCK_ACCEPTED, TRANSACTION_ACCEPT,
    TRANSACTION_FAIL,
};
use koinos_service::events as ids;
use koinos_service::{
    BasedirRoot, Bus, Context, Event, Fatal, Info, Service, blocking, processors,
};
use parking_lot::RwLock;
use tokio::sync::Notify;
use tracing::{debug, info, warn};

pub use catch_up::{CatchUpError, catch_up};
pub use config::Options;
pub use error::{BroadcastError, MAX_REQUEST, QueryError, Rejection};
pub use events::{Accepted, nonce_bytes, nonce_value};
pub use mempool::{Limits, Mempool, Stats, Taken};
pub use pool::Transaction;
pub use tree::Block;

/// The daemon.
pub struct MempoolService {
    mempool: Arc<RwLock<Mempool>>,
    /// The pool's clock starts here. It does not jump when the system's is set.
    started: Instant,
    /// Told when a block comes or is asked about that does not fit into what is known.
    behind: Notify,
    /// Transactions taken since the last summary.
    added: AtomicU64,
}

impl Service for MempoolService {
    type Options = Options;

    const INFO: Info = Info {
        name: "mempool",
        title: "Koinos Mempool",
        about: "Keeps the pending transactions of a Koinos node",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::CurrentDir,
        default_jobs: || processors().max(2),
        min_jobs: 2,
    };

    fn open(options: Options, _: &Context) -> Result<Self, Fatal> {
        let limits = options.limits();
        info!("Using fork resolution algorithm: {:?}", options.fork_algorithm);
        info!("Transaction expiration: {} s", limits.expiration.as_secs());
        let mempool = Mempool::new(options.fork_algorithm, limits);
        Ok(Self {
            mempool: Arc::new(RwLock::new(mempool)),
            started: Instant::now(),
            behind: Notify::new(),
            added: AtomicU64::new(0),
        })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let service = self.clone();
        bus.serve(Self::INFO.name, context.jobs(), move |request| {
            let service = service.clone();
            blocking(move || service.answer(request))
        });
        self.follow(&bus, TRANSACTION_ACCEPT, Self::transaction_accepted);
        self.follow(&bus, TRANSACTION_FAIL, Self::transaction_failed);
        self.follow(&bus, BLOCK_ACCEPT, Self::block_accepted);
        self.follow(&bus, BLOCK_IRREVERSIBLE, Self::block_irreversible);
        context.spawn("housekeeping", self.clone().keep_house(context.clone()));
        context.spawn("catching up", self.keep_up(context.clone(), bus));
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        let mempool = self.mempool.clone();
        // The way of a request: the blocking pool and the lock.
        blocking(move || drop(mempool.read())).await;
        Ok(())
    }
}

/// What is done with a broadcast.
type Listener = fn(&MempoolService, &dyn Transport, &Bytes) -> Result<(), BroadcastError>;

impl MempoolService {
    fn follow(self: &Arc<Self>, bus: &Bus, topic: &'static str, listener: Listener) {
        let (service, transport) = (self.clone(), bus.clone());
        bus.subscribe(topic, move |event: Event| {
            let (service, transport) = (service.clone(), transport.clone());
            blocking(move || {
                if let Err(error) = listener(&service, &transport, &event.payload) {
                    warn!(%topic, "Cannot follow a broadcast: {error}");
                }
            })
        });
    }

    fn answer(&self, request: Bytes) -> Bytes {
        handler::answer(&self.mempool, request).unwrap_or_else(|error| {
            if error.is_unknown_block() {
                // The chain may know it.
                self.behind.notify_one();
            }
            handler::refusal(&error)
        })
    }

    fn transaction_accepted(
        &self,
        bus: &dyn Transport,
        payload: &Bytes,
    ) -> Result<(), BroadcastError> {
        let accepted = Accepted::read(payload)?;
        let transaction = accepted.transaction.clone();
        let id = to_hex(&transaction.id);
        let now = self.started.elapsed();
        let added = self.mempool.write().add(transaction, accepted.max_payer_rc, now);
        match added {
            Ok(pending_rc_used) => {
                bus.broadcast(MEMPOOL_ACCEPT, accepted.to_broadcast(pending_rc_used));
                self.added.fetch_add(1, Ordering::Relaxed);
                metrics::counter!("koinos_mempool_added_total").increment(1);
                debug!(transaction = %id, "Added a transaction");
            }
            Err(reason @ Rejection::Full { .. }) => {
                metrics::counter!("koinos_mempool_refused_total", "reason" => "full").increment(1);
                warn!(
                    message_id = ids::MEMPOOL_FULL,
                    koinos_transaction_id = id,
                    transaction = %id,
                    "Could not add a pending transaction: {reason}"
                );
            }
            Err(reason) => {
                metrics::counter!("koinos_mempool_refused_total", "reason" => "invalid")
                    .increment(1);
                info!(transaction = %id, "Could not add a pending transaction: {reason}");
            }
        }
        Ok(())
    }

    fn transaction_failed(&self, _: &dyn Transport, payload: &Bytes) -> Result<(), BroadcastError> {
        let id = events::read_transaction_failed(payload)?;
        if self.mempool.write().fail(&id) {
            metrics::counter!("koinos_mempool_failed_total").increment(1);
            debug!(transaction = %to_hex(&id), "Removed a transaction that made a block fail");
        }
        Ok(())
    }

    fn block_accepted(&self, bus: &dyn Transport, payload: &Bytes) -> Result<(), BroadcastError> {
        let (block, live) = events::read_block_accepted(payload)?;
        let (id, height) = (to_hex(&block.info.id), block.info.height);
        let taken = self.mempool.write().take_block(block);
        // Others wait for it, whether it is useful here or not.
        bus.broadcast(MEMPOOL_BLOCK_ACCEPTED, payload.clone());
        match taken {
            Taken::Linked(removed) => {
                metrics::counter!("koinos_mempool_included_total").increment(removed as u64);
                if live && removed > 0 {
                    info!(transactions = removed, height, block = %id, "Removed what a block includes");
                }
            }
            Taken::Known => debug!(height, block = %id, "A block came again"),
            Taken::Unlinkable => {
                debug!(height, block = %id, "A block came before its parent");
                self.behind.notify_one();
            }
        }
        Ok(())
    }

    fn block_irreversible(&self, _: &dyn Transport, payload: &Bytes) -> Result<(), BroadcastError> {
        let topology = events::read_irreversible(payload)?;
        self.mempool.write().irreversible(&topology.id, topology.height);
        Ok(())
    }
}
