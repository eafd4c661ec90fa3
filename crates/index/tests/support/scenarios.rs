//! What every index has to live through, over a real broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use koinos_mq::{Bus, Config};
use koinos_proto::BlockTopology;
use koinos_proto::index::IndexStatus;
use koinos_rpc::names::INDEX_STATUS;
use koinos_rpc::{CallOptions, RpcError};
use koinos_testkit::{Broker, Proxy, Vhost};
use prost::Message;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::node::{LIMIT, Node, Program, client, soon};
use super::world::World;
use super::{Content, block};

/// An index that is looked at through its service.
pub trait Subject: Send + Sync + 'static {
    const PROGRAM: Program;
    /// What the block of that number brings.
    fn content(number: u64) -> Vec<Content>;
    /// Whether the service knows what the block of that number brought; `None` if it says something
    /// that was never so.
    fn knows(
        bus: &Bus,
        number: u64,
        options: CallOptions,
    ) -> impl Future<Output = Result<Option<bool>, RpcError>> + Send;
}

/// A chain, what serves it, and a client.
pub struct Scene {
    pub vhost: Vhost,
    pub world: World,
    pub bus: Bus,
    next: AtomicU64,
}

impl Scene {
    /// Chain and archive are served.
    pub async fn new() -> Self {
        let scene = Self::without_services().await;
        scene.world.serve_chain(&scene.bus);
        scene.world.serve_block_store(&scene.bus);
        soon(scene.bus.consuming()).await;
        scene
    }

    pub async fn without_services() -> Self {
        let vhost = Broker::shared().unwrap().vhost().unwrap();
        let bus = client(&vhost.url).await;
        Self { vhost, world: World::new(10), bus, next: AtomicU64::new(1) }
    }

    /// `count` more blocks on the head. Their numbers are not their heights once there are forks.
    pub fn grow<S: Subject>(&self, count: u64, tell: bool) {
        for _ in 0..count {
            self.grow_on::<S>(&self.world.head(), tell);
        }
    }

    /// A block on any block.
    pub fn grow_on<S: Subject>(&self, parent: &BlockTopology, tell: bool) -> BlockTopology {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let accepted = block(parent, &format!("block {number}"), "signer", &S::content(number));
        let topology = super::topology(&accepted);
        match tell {
            true => drop(self.world.tell(&self.bus, accepted)),
            false => drop(self.world.add(accepted)),
        }
        topology
    }

    /// Two branches that leave the chain two blocks below the head; the first of them becomes the
    /// chain.
    pub fn fork<S: Subject>(&self, tell: bool) {
        let head = self.world.head();
        for length in [4, 2] {
            let mut at = self.below(&head, 2);
            for _ in 0..length {
                at = self.grow_on::<S>(&at, tell);
            }
        }
    }

    fn below(&self, block: &BlockTopology, count: u64) -> BlockTopology {
        self.world.ancestor(block, block.height - count)
    }

    async fn knows<S: Subject>(&self, number: u64) -> Option<bool> {
        S::knows(&self.bus, number, CallOptions::once(LIMIT)).await.unwrap()
    }
}

/// What the instances tell of themselves.
pub struct Told(UnboundedReceiver<IndexStatus>);

impl Told {
    pub async fn listen(bus: &Bus) -> Self {
        let (sender, receiver) = unbounded_channel();
        bus.subscribe(INDEX_STATUS, move |event| {
            // The receiver goes when the test has heard enough.
            let _ = sender.send(IndexStatus::decode(event.payload).unwrap());
            std::future::ready(())
        });
        soon(bus.consuming()).await;
        Self(receiver)
    }

    /// Waits until an instance says whether it lags, as wanted.
    pub async fn wait_for(&mut self, node: &Node, lagging: bool) -> IndexStatus {
        let told = async {
            loop {
                let status = self.0.recv().await.unwrap();
                if status.instance_id == node.instance() && status.lagging == lagging {
                    return status;
                }
            }
        };
        soon(told).await
    }
}

/// Catches up with a chain that has branches, follows it, and is as if made anew.
pub async fn catches_up_and_follows<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(2_500, false);
    scene.fork::<S>(false);
    let node = Node::start(S::PROGRAM, &scene.vhost.url, &[]);
    node.wait_for_head(scene.world.head().height);
    for number in [1, 2, 1_000, 2_400, 2_490] {
        assert_eq!(scene.knows::<S>(number).await, Some(true), "{number}");
    }
    assert_eq!(scene.knows::<S>(1_000_000).await, Some(false));
    scene.grow::<S>(30, true);
    scene.fork::<S>(true);
    scene.grow::<S>(5, true);
    node.wait_for_head(scene.world.head().height);
    assert_eq!(node.details()["cursor_height"], scene.world.irreversible().height);
    node.verify();
}

/// Catches up with blocks of which only a few fit into a message, irreversible and recent ones.
pub async fn catches_up_with_large_blocks<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(150, false);
    scene.fork::<S>(false);
    scene.world.at_most(2);
    let node = Node::start(S::PROGRAM, &scene.vhost.url, &[]);
    node.wait_for_head(scene.world.head().height);
    for number in [1, 100, 140, 148] {
        assert_eq!(scene.knows::<S>(number).await, Some(true), "{number}");
    }
    scene.world.at_most(u32::MAX);
    node.verify();
}

/// Killed again and again, while it catches up and while it follows.
pub async fn survives_being_killed<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(4_000, false);
    let mut node = Node::launch(S::PROGRAM, &scene.vhost.url, &[]);
    for round in 0..6_u64 {
        node.wait_until("progress", |details| {
            details["cursor_height"].as_u64() >= Some(round * 700)
        });
        node.daemon.kill().unwrap();
        scene.fork::<S>(false);
        node.relaunch(&[]);
    }
    for _ in 0..4 {
        node.daemon.wait_for("Ready", LIMIT).unwrap();
        scene.grow::<S>(7, true);
        scene.fork::<S>(true);
        node.daemon.kill().unwrap();
        node.relaunch(&[]);
    }
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    node.wait_for_head(scene.world.head().height);
    node.verify();
}

/// The broker goes away while the chain goes on.
pub async fn misses_nothing_without_the_broker<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(50, false);
    let proxy = Proxy::start(scene.vhost.port).unwrap();
    let url = format!("amqp://guest:guest@127.0.0.1:{}/{}", proxy.port(), scene.vhost.name);
    let node = Node::start(S::PROGRAM, &url, &[]);
    scene.grow::<S>(5, true);
    node.wait_for_head(scene.world.head().height);
    for _ in 0..2 {
        proxy.cut();
        node.wait_until("loss", |details| details["takes_requests"] == false);
        scene.grow::<S>(30, true);
        scene.fork::<S>(true);
        proxy.restore();
        node.wait_for_head(scene.world.head().height);
    }
    node.verify();
}

/// Chain and archive come late, go away and come back.
pub async fn waits_for_the_archive<S: Subject>() {
    let scene = Scene::without_services().await;
    scene.grow::<S>(300, false);
    let node = Node::launch(S::PROGRAM, &scene.vhost.url, &[]);
    node.daemon.wait_for("no such service: chain", LIMIT).unwrap();
    let chain = client(&scene.vhost.url).await;
    scene.world.serve_chain(&chain);
    node.daemon.wait_for("no such service: block_store", LIMIT).unwrap();
    let archive = client(&scene.vhost.url).await;
    scene.world.serve_block_store(&archive);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    assert_eq!(scene.knows::<S>(290).await, Some(true));

    // A block is missed while nobody can be asked for it: the index is behind and says so.
    let behind = scene.world.head();
    let irreversible = scene.world.irreversible();
    let mut told = Told::listen(&scene.bus).await;
    archive.close(LIMIT).await;
    scene.grow::<S>(40, false);
    scene.grow::<S>(1, true);
    let status = told.wait_for(&node, true).await;
    assert_eq!(status.service, S::PROGRAM.service);
    assert_eq!((status.head, status.cursor), (Some(behind), Some(irreversible)));
    assert_eq!(status.chain_height, scene.world.head().height);
    node.wait_until("lag", |details| {
        details["takes_requests"] == false && details["lag"].as_u64() >= Some(40)
    });
    node.daemon.wait_for("Not taking requests", LIMIT).unwrap();
    let archive = client(&scene.vhost.url).await;
    scene.world.serve_block_store(&archive);
    node.wait_for_head(scene.world.head().height);
    let status = told.wait_for(&node, false).await;
    assert_eq!(status.head, Some(scene.world.head()));
    node.verify();

    // Without the chain it goes on as it is, and the archive tells that nothing is new.
    let height = scene.world.head().height;
    chain.close(LIMIT).await;
    let mut node = node;
    node.daemon.kill().unwrap();
    node.relaunch(&[]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    node.wait_for_head(height);
    assert_eq!(scene.knows::<S>(290).await, Some(true));
}

/// An index of one chain is not mixed with another.
pub async fn refuses_another_chain<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(40, false);
    let mut node = Node::start(S::PROGRAM, &scene.vhost.url, &[]);
    node.daemon.kill().unwrap();
    let other = Scene::new().await;
    // Numbers, and so ids, of their own.
    other.next.store(1_000, Ordering::SeqCst);
    other.grow::<S>(60, false);
    node.url_is(&other.vhost.url);
    node.relaunch(&[]);
    assert_eq!(node.daemon.wait(LIMIT).unwrap().code(), Some(78));
    let output = node.daemon.output();
    assert!(output.contains("another chain") && output.contains("--reset"), "{output}");
    node.relaunch(&["--reset"]);
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    node.verify();
}

/// Ends when the disk is full, and goes on when there is room.
pub async fn goes_on_after_a_full_disk<S: Subject>() {
    let scene = Scene::new().await;
    scene.grow::<S>(20_000, false);
    let node = Node::launch_on_small_disk(S::PROGRAM, &scene.vhost.url);
    node.daemon.wait_for("no space left on the device", LIMIT).unwrap();
    node.daemon.wait_for("ended with status 1", LIMIT).unwrap();
    node.daemon.wait_for("Ready", LIMIT).unwrap();
    node.wait_for_head(scene.world.head().height);
    assert_eq!(scene.knows::<S>(1).await, Some(true));
    node.verify();
}

/// Three instances share the load; one is killed, one is behind.
pub async fn instances_share_the_load<S: Subject>() {
    const CALLERS: u64 = 6;
    let scene = Arc::new(Scene::new().await);
    scene.grow::<S>(200, false);
    let proxy = Proxy::start(scene.vhost.port).unwrap();
    let through = format!("amqp://guest:guest@127.0.0.1:{}/{}", proxy.port(), scene.vhost.name);
    let first = Node::start(S::PROGRAM, &scene.vhost.url, &[]);
    let mut second = Node::start(S::PROGRAM, &scene.vhost.url, &[]);
    let third = Node::start(S::PROGRAM, &through, &[]);

    // What any instance has to know: the blocks that all of them, but for the lag, have got.
    let known = Arc::new(AtomicU64::new(190));
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let failed = Arc::new(AtomicU64::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (vhost, known, stop) = (scene.vhost.clone(), known.clone(), stop.clone());
            let (answered, failed) = (answered.clone(), failed.clone());
            tokio::spawn(async move {
                let bus = Bus::start(Config::new(&vhost.url, "test", "caller")).unwrap();
                bus.connected().await;
                let mut number = caller;
                while !stop.load(Ordering::SeqCst) {
                    number = number.wrapping_mul(31).wrapping_add(7);
                    let asked = number % known.load(Ordering::SeqCst) + 1;
                    let patience = CallOptions::once(Duration::from_secs(10));
                    match S::knows(&bus, asked, patience).await {
                        Ok(found) => {
                            assert_eq!(found, Some(true), "{asked}");
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(_) => drop(failed.fetch_add(1, Ordering::SeqCst)),
                    }
                }
            })
        })
        .collect();
    let more = async |count: u64| {
        let goal = answered.load(Ordering::SeqCst) + count;
        soon(async {
            while answered.load(Ordering::SeqCst) < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    };
    more(300).await;
    second.daemon.kill().unwrap();
    more(300).await;
    // The third misses blocks: it must not answer before it has them, and says so as soon as it can.
    let mut told = Told::listen(&scene.bus).await;
    proxy.cut();
    third.wait_until("loss", |details| details["takes_requests"] == false);
    scene.grow::<S>(60, true);
    first.wait_for_head(scene.world.head().height);
    known.store(250, Ordering::SeqCst);
    proxy.restore();
    more(300).await;
    told.wait_for(&third, true).await;
    let status = told.wait_for(&third, false).await;
    assert_eq!(status.head, Some(scene.world.head()));
    third.wait_for_head(scene.world.head().height);
    second.relaunch(&[]);
    second.wait_for_head(scene.world.head().height);
    more(300).await;
    stop.store(true, Ordering::SeqCst);
    for caller in callers {
        soon(caller).await.unwrap();
    }
    // Those in the hands of the one that was killed, and of the one whose connection was cut.
    let failed = failed.load(Ordering::SeqCst);
    assert!(failed <= 2 * CALLERS, "{failed} requests failed");
    for node in [&first, &second, &third] {
        node.verify();
    }
}

/// A test for each scenario.
#[macro_export]
macro_rules! scenarios {
    ($subject:ty) => {
        $crate::scenarios!(@ $subject: catches_up_and_follows, catches_up_with_large_blocks,
            survives_being_killed, misses_nothing_without_the_broker, waits_for_the_archive, refuses_another_chain,
            goes_on_after_a_full_disk, instances_share_the_load);
    };
    (@ $subject:ty: $($name:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                scenarios::$name::<$subject>().await;
            }
        )*
    };
}
