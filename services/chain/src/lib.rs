//! The chain service: consensus, contracts and state, on AMQP.
//!
//! It serves `koinos.rpc.chain`, stores every accepted block in `block_store`, asks `mempool`
//! about transactions that are to be broadcast, and tells the others what it accepted. At start it
//! catches up from `block_store`.

mod admission;
pub mod answer;
mod blocks;
mod claims;
pub mod config;
mod events;
mod handler;
mod indexer;
mod pending;
pub mod replay;
mod request;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use koinos_chain_core::{Controller, Limits};
use koinos_kv::Store;
use koinos_rpc::{BlockStore, Transport, names, wait_for};
use koinos_service::events as ids;
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, blocking, processors};
use tracing::info;

pub use config::Options;
use handler::Handler;

/// Stack of threads that execute contracts, in bytes. Nested contracts nest on it.
pub const STACK_SIZE: usize = 8 << 20;

/// How often the status line is brought up to date.
const STATUS_EVERY: Duration = Duration::from_secs(2);

/// The daemon.
pub struct ChainService {
    controller: Arc<Controller>,
    verify_blocks: bool,
    pending_transaction_limit: Option<u64>,
}

/// Milliseconds since the Unix epoch.
fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

impl Service for ChainService {
    type Options = Options;

    const INFO: Info = Info {
        name: "chain",
        title: "Koinos Chain",
        about: "Applies the blocks of a Koinos node and answers for its state. \
                'koinos-chain replay --help' tells how to check recorded chains",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::CurrentDir,
        default_jobs: || processors().max(2),
        min_jobs: 2,
    };

    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        let genesis_file = context.path(&options.genesis_data);
        let genesis = replay::read_genesis(&genesis_file)
            .map_err(|error| Fatal::config(error).event(ids::GENESIS_UNUSABLE))?;
        info!("Chain ID: 0x{}", hex::encode(genesis.chain_id()));
        let bytecode = options.koinos_fund_bytecode.as_ref().map(|path| context.path(path));
        let rectifications = config::rectifications(bytecode.as_deref()).map_err(Fatal::config)?;
        let store = open_store(&context.path(&options.statedir))?;
        let limits = Limits {
            read_compute_bandwidth: options.read_compute_bandwidth_limit,
            system_call_buffer: options.system_call_buffer_size as usize,
        };
        let rule = options.fork_algorithm;
        info!("Using fork resolution algorithm: {:?}", options.fork_algorithm);
        let controller = Controller::open(Arc::new(store), &genesis, rule, limits, rectifications)
            .map_err(Fatal::config)?;
        if options.reset {
            info!(message_id = ids::CHAIN_RESET, "Resetting database...");
            controller.reset()?;
        }
        let head = controller.head();
        info!(
            "Opened database at block - Height: {}, ID: 0x{}",
            head.height,
            hex::encode(&head.id)
        );
        Ok(Self {
            controller: Arc::new(controller),
            verify_blocks: options.verify_blocks,
            pending_transaction_limit: (!options.disable_pending_transaction_limit)
                .then_some(options.pending_transaction_limit),
        })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let transport: Arc<dyn Transport> = Arc::new(bus.clone());
        context.status("waiting for block_store");
        info!("Attempting to connect to block_store...");
        wait_for::<BlockStore>(&*transport).await?;
        info!("Established connection to block_store");
        let controller = self.controller.clone();
        indexer::index(controller, transport.clone(), self.verify_blocks, &context).await?;

        let handler = Arc::new(Handler::new(
            self.controller.clone(),
            transport,
            self.pending_transaction_limit,
        ));
        let server = handler.clone();
        let answer = move |request| {
            let handler = server.clone();
            blocking(move || handler.answer(&request))
        };
        // A block can be sent before the answer to its parent.
        bus.serve_in_order(Self::INFO.name, context.jobs(), request::is_submit_block, answer);
        let listener = handler.clone();
        bus.subscribe(names::MEMPOOL_ACCEPT, move |event| {
            listener.transaction_pooled(&event.payload);
            std::future::ready(())
        });
        bus.subscribe(names::BLOCK_ACCEPT, move |event| {
            let handler = handler.clone();
            blocking(move || handler.block_accepted(&event.payload))
        });
        info!("Listening for requests over AMQP");
        context.spawn("status", self.keep_status(context.clone()));
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        let controller = self.controller.clone();
        // The way of a request: the blocking pool, execution and the storage.
        blocking(move || controller.get_head_info().map(|_| ()))
            .await
            .map_err(|fault| fault.to_string())
    }
}

fn open_store(directory: &Path) -> Result<Store, Fatal> {
    std::fs::create_dir_all(directory).map_err(|error| {
        Fatal::config(anyhow::anyhow!(
            "cannot create the state directory {}: {error}; let this user write there, or choose \
             another --statedir",
            directory.display()
        ))
    })?;
    Store::open(directory, &koinos_state_db::store_options()).map_err(|error| {
        let event = error.event_id();
        let fatal =
            if error.needs_operator() { Fatal::config(error) } else { Fatal::failure(error) };
        match event {
            Some(id) => fatal.event(id),
            None => fatal,
        }
    })
}

impl ChainService {
    /// Shows where the chain stands.
    async fn keep_status(self: Arc<Self>, context: Context) -> Result<(), Fatal> {
        let mut shown = None;
        loop {
            let (head, root) = (self.controller.head(), self.controller.root());
            if shown.replace(head.id.clone()) != Some(head.id.clone()) {
                context.status(format!("height {}, irreversible {}", head.height, root.height));
                context.report("head_height", head.height);
                context.report("head_id", format!("0x{}", hex::encode(&head.id)));
                context.report("last_irreversible_block", root.height);
                metrics::gauge!("koinos_chain_head_height").set(head.height as f64);
                metrics::gauge!("koinos_chain_irreversible_height").set(root.height as f64);
            }
            if context.until_shutdown(tokio::time::sleep(STATUS_EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }
}
