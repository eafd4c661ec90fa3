//! The block producer: puts pending transactions into blocks and proposes them to the chain.
//!
//! It serves no requests. It asks `chain` and `mempool`, listens to `koinos.mempool.block_accepted`,
//! and lets `p2p` decide whether the node is fit to produce (`koinos.gossip.status`).

mod algorithm;
mod board;
mod config;
pub mod draft;
mod error;
pub mod key;
pub mod lottery;
mod node;
pub mod nonce;
pub mod pending;
mod producer;
mod signals;
pub mod signed;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::anyhow;
use koinos_codec::text;
use koinos_crypto::SecretKey;
use koinos_rpc::names::{GOSSIP_STATUS, MEMPOOL_BLOCK_ACCEPTED};
use koinos_service::config::Origin;
use koinos_service::{
    BasedirRoot, Bus, Context, Fatal, Info, Service, credential, events, processors,
};
use tracing::{info, warn};

use algorithm::Algorithm;
use board::Board;
pub use config::{AlgorithmName, Id, Options};
pub use error::Error;
use key::Access;
use producer::{Parts, Producer, Settings};
use signals::Signals;
use signed::{SignedBlocks, SignedError};

/// The credential that holds the private key, in the form of the file.
const CREDENTIAL: &str = "producer-key";
/// Directory of the blocks that were signed, below the service's directory.
const SIGNED: &str = "signed";
/// The file of the public key, below the service's directory.
const PUBLIC_KEY: &str = "public.key";

/// The daemon.
pub struct BlockProducerService {
    signals: Arc<Signals>,
    board: Arc<Board>,
    algorithm: &'static str,
    /// What the producer is made of, until it starts.
    prepared: Mutex<Option<Prepared>>,
}

struct Prepared {
    settings: Settings,
    key: SecretKey,
    algorithm: Algorithm,
    signed: SignedBlocks,
}

/// Milliseconds since the Unix epoch.
fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

impl Service for BlockProducerService {
    type Options = Options;

    const INFO: Info = Info {
        name: "block_producer",
        title: "Koinos Block Producer",
        about: "Makes the blocks of a Koinos node",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::CurrentDir,
        default_jobs: || processors().max(2),
        min_jobs: 2,
    };

    fn open(options: Options, context: &Context) -> Result<Self, Fatal> {
        let algorithm = options.algorithm(context.jobs())?;
        let directory = context.data_dir();
        std::fs::create_dir_all(&directory).map_err(|error| {
            Fatal::config(anyhow!(
                "cannot create {}: {error}; let this user write there, or choose another --basedir",
                directory.display()
            ))
        })?;
        let signed = SignedBlocks::open(&directory.join(SIGNED)).map_err(opening)?;
        let key = open_key(&options, context)?;
        info!("Using {} algorithm", algorithm.name());
        announce(&options, &key, context);
        Ok(Self {
            signals: Arc::new(Signals::new(options.gossip_production)),
            board: Arc::default(),
            algorithm: algorithm.name(),
            prepared: Mutex::new(Some(Prepared {
                settings: options.settings(),
                key,
                algorithm,
                signed,
            })),
        })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take();
        let prepared = prepared.ok_or_else(|| anyhow!("the producer was started twice"))?;
        let signals = self.signals.clone();
        bus.subscribe(MEMPOOL_BLOCK_ACCEPTED, move |event| {
            signals.block_accepted(event.payload);
            std::future::ready(())
        });
        let signals = self.signals.clone();
        bus.subscribe(GOSSIP_STATUS, move |event| {
            signals.gossip_status(event.payload);
            std::future::ready(())
        });
        bus.consuming().await;
        let producer = Arc::new(Producer::new(Parts {
            settings: prepared.settings,
            key: prepared.key,
            algorithm: prepared.algorithm,
            transport: Arc::new(bus.clone()),
            signed: Arc::new(prepared.signed),
            signals: self.signals.clone(),
            board: self.board.clone(),
            clock: Arc::new(now_ms),
        }));
        context.spawn("status", self.clone().keep_status(context.clone()));
        context.spawn("gossip", keep_asking(producer.clone(), bus, self, context.clone()));
        let shutdown = context.clone();
        context.spawn("production", async move {
            shutdown.until_shutdown(producer.run()).await;
            Ok(())
        });
        Ok(())
    }
}

/// Asks p2p for its status, again whenever the connection was lost, for then broadcasts may have
/// been missed.
async fn keep_asking(
    producer: Arc<Producer>,
    bus: Bus,
    service: Arc<BlockProducerService>,
    context: Context,
) -> Result<(), Fatal> {
    let mut sessions = bus.sessions();
    loop {
        let session = *sessions.borrow_and_update();
        let asking = async {
            producer.ask_p2p().await;
            std::future::pending::<()>().await;
        };
        let changed = async {
            // An error means that the bus is closing, which shutting down comes with.
            let _ = sessions.wait_for(|number| *number > 0 && *number != session).await;
        };
        tokio::select! {
            () = context.shutdown().cancelled() => return Ok(()),
            () = asking => {}
            () = changed => {
                bus.consuming().await;
                service.signals.missed();
            }
        }
    }
}

/// What the operator has to cure is told apart from what a restart may.
fn opening(error: SignedError) -> Fatal {
    match error {
        SignedError::Locked(_) | SignedError::Damaged(_) => Fatal::config(error),
        SignedError::File { ref source, .. }
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Fatal::config(error)
        }
        _ => Fatal::failure(error),
    }
}

/// The key: the credential of the service manager if there is one and no file is named.
fn open_key(options: &Options, context: &Context) -> Result<SecretKey, Fatal> {
    let unnamed = context
        .origins()
        .get("private-key-file")
        .is_none_or(|origins| origins.iter().all(|origin| *origin == Origin::Default));
    let given = if unnamed { credential(CREDENTIAL) } else { None };
    let key = match given {
        Some(path) => {
            info!("Using the private key of the credential {CREDENTIAL}");
            key::read(&path).map_err(Fatal::config)?
        }
        None => open_key_file(options, context)?,
    };
    key::publish(&context.data_dir().join(PUBLIC_KEY), &key.public_key()).map_err(Fatal::config)?;
    Ok(key)
}

fn open_key_file(options: &Options, context: &Context) -> Result<SecretKey, Fatal> {
    let path = context.path(&options.private_key_file);
    let (key, access) = key::load_or_create(&path).map_err(Fatal::config)?;
    let place = path.display();
    match access {
        Access::Private => {}
        Access::Made => info!(
            message_id = events::KEY_MADE,
            "Could not find private key file at {place}, made a new key"
        ),
        Access::Tightened(mode) => warn!(
            message_id = events::KEY_EXPOSED,
            "Private key file {place} had mode {mode:04o}, so others could use it; now only its \
             owner can"
        ),
        Access::Exposed { mode, reason } => warn!(
            message_id = events::KEY_EXPOSED,
            "Private key file {place} has mode {mode:04o}, so others can use it, and that cannot \
             be changed ({reason}); its owner should run 'chmod 600 {place}'"
        ),
    }
    Ok(key)
}

/// Says with what it produces.
fn announce(options: &Options, key: &SecretKey, context: &Context) {
    let address = key.public_key().address().to_string();
    let public_key = text::to_base64url(&key.public_key().to_bytes());
    info!("Public address: {address}");
    info!("Public key: {public_key}");
    context.report("public_address", address);
    context.report("public_key", public_key);
    if let Some(producer) = options.producer {
        info!("Producer address: {producer}");
        context.report("producer", producer.to_string());
    }
    info!(
        "Block resource utilization lower bound: {}%, upper bound: {}%",
        options.resources_lower_bound, options.resources_upper_bound
    );
    info!("Maximum transaction inclusion attempts per block: {}", options.max_inclusion_attempts);
    for id in &options.approve_proposals {
        info!("Approved proposal: {}", text::to_hex(&id.0));
    }
}

impl BlockProducerService {
    /// Shows what the producer is doing.
    async fn keep_status(self: Arc<Self>, context: Context) -> Result<(), Fatal> {
        let mut board = self.board.watch();
        context.report("algorithm", self.algorithm);
        loop {
            let shown = board.borrow_and_update().clone();
            context.status(format!("{}, {shown}", self.algorithm));
            context.report("waiting_for", shown.waiting_for);
            context.report("trouble", shown.trouble);
            if let Some((height, id)) = shown.last {
                context.report("last_block_height", height);
                context.report("last_block_id", id);
            }
            // The sender lives in self, so only shutting down ends this.
            if !matches!(context.until_shutdown(board.changed()).await, Some(Ok(()))) {
                return Ok(());
            }
        }
    }
}
