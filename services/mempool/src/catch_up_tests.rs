use super::*;
use crate::{Limits, Transaction};
use koinos_fork_choice::ForkRule;
use koinos_proto::protocol::{self, BlockHeader};
use koinos_proto::rpc::block_store::GetBlocksByHeightResponse;
use koinos_rpc::{ErrorStatus, LocalTransport, answer};
use std::sync::{Arc, Mutex};

/// A chain and its archive: blocks by name, `(branch, height)`, which leave branch `a` at a height.
#[derive(Default)]
struct World {
    irreversible: u64,
    /// The highest first.
    heads: Vec<(char, u64)>,
    /// Where branch `b` leaves branch `a`.
    fork: u64,
    archive_is_down: bool,
    asked: usize,
}

fn id(branch: char, height: u64) -> Bytes {
    Bytes::from(format!("{branch}{height}"))
}

fn topology(branch: char, height: u64) -> BlockTopology {
    BlockTopology { id: id(branch, height), height, previous: Bytes::new() }
}

impl World {
    fn on(&self, branch: char, height: u64) -> Bytes {
        id(if branch == 'b' && height <= self.fork { 'a' } else { branch }, height)
    }

    fn block(&self, branch: char, height: u64) -> protocol::Block {
        let previous = self.on(branch, height - 1);
        let transaction =
            protocol::Transaction { id: Bytes::from(format!("t{height}")), ..Default::default() };
        protocol::Block {
            id: self.on(branch, height),
            header: Some(BlockHeader { previous, height, ..Default::default() }),
            transactions: vec![transaction],
            ..Default::default()
        }
    }

    fn fork_heads(&self) -> GetForkHeadsResponse {
        GetForkHeadsResponse {
            last_irreversible_block: Some(topology('a', self.irreversible)),
            fork_heads: self
                .heads
                .iter()
                .map(|(branch, height)| topology(*branch, *height))
                .collect(),
        }
    }

    fn blocks(&mut self, call: &GetBlocksByHeightRequest) -> GetBlocksByHeightResponse {
        self.asked += 1;
        let find = |head: &&(char, u64)| id(head.0, head.1) == call.head_block_id;
        let (branch, top) = *self.heads.iter().find(find).unwrap();
        let start = call.ancestor_start_height;
        let end = top.min(start + u64::from(call.num_blocks) - 1);
        let item =
            |height| BlockItem { block: Some(self.block(branch, height)), ..Default::default() };
        GetBlocksByHeightResponse { block_items: (start..=end).map(item).collect() }
    }
}

fn bus(world: &Arc<Mutex<World>>) -> LocalTransport {
    let bus = LocalTransport::new();
    let of_chain = world.clone();
    bus.serve(Chain::NAME, move |request| {
        let reply = answer::<Chain>(
            request,
            |_| ErrorStatus::new("malformed"),
            |_| chain_response::Response::GetForkHeads(of_chain.lock().unwrap().fork_heads()),
        );
        async move { reply }
    });
    let of_archive = world.clone();
    bus.serve(BlockStore::NAME, move |request| {
        let mut world = of_archive.lock().unwrap();
        let reply = answer::<BlockStore>(
            request,
            |_| ErrorStatus::new("malformed"),
            |call| match call {
                Some(block_store_request::Request::GetBlocksByHeight(_))
                    if world.archive_is_down =>
                {
                    BlockStore::error(ErrorStatus::new("down").build())
                }
                Some(block_store_request::Request::GetBlocksByHeight(call)) => {
                    block_store_response::Response::GetBlocksByHeight(world.blocks(&call))
                }
                other => panic!("{other:?}"),
            },
        );
        async move { reply }
    });
    bus
}

struct Scene {
    world: Arc<Mutex<World>>,
    bus: LocalTransport,
    mempool: RwLock<Mempool>,
}

impl Scene {
    fn new(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        let limits = Limits { expiration: Duration::from_secs(120), bytes: 1 << 20 };
        let mempool = RwLock::new(Mempool::new(ForkRule::Fifo, limits));
        Self { bus: bus(&world), world, mempool }
    }

    /// A block as its broadcast tells of it.
    fn block(&self, branch: char, height: u64) -> Block {
        let block = self.world.lock().unwrap().block(branch, height);
        Block::try_from(partial::Block::from(&block)).unwrap()
    }

    fn world(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    async fn catch_up(&self) -> usize {
        catch_up(&self.bus, &self.mempool).await.unwrap()
    }

    /// A transaction called as that in the blocks at `height`.
    fn add(&self, height: u64) {
        let account = Bytes::from_static(b"account");
        let id = Bytes::from(format!("t{height}"));
        let (payer, pending) = (account.clone(), id.clone());
        let transaction = Transaction { id, payer, account, nonce: height, rc_limit: 1, pending };
        self.mempool.write().add(transaction, 1_000, Duration::ZERO).unwrap();
    }

    fn pending(&self) -> Vec<Bytes> {
        let mempool = self.mempool.read();
        let found = mempool.pending_transactions(100, None).unwrap();
        found.into_iter().map(|one| one.id.clone()).collect()
    }

    fn knows(&self, branch: char, height: u64) -> bool {
        self.mempool.read().knows(&id(branch, height))
    }
}

#[tokio::test]
async fn a_new_process_starts_at_the_last_irreversible_block() {
    let scene = Scene::new(World {
        irreversible: 940,
        heads: vec![('a', 1_000), ('b', 998)],
        fork: 990,
        ..World::default()
    });
    scene.add(995);
    scene.add(2_000);
    assert_eq!(scene.catch_up().await, 68);
    assert!(scene.knows('a', 940) && scene.knows('a', 1_000) && scene.knows('b', 998));
    assert_eq!(scene.mempool.read().head().id, id('a', 1_000));
    assert_eq!(scene.pending(), ["t2000"]);
    // Another time there is nothing to do.
    scene.world(|world| world.asked = 0);
    assert_eq!(scene.catch_up().await, 0);
    scene.world(|world| assert_eq!(world.asked, 0));
}

#[tokio::test]
async fn before_the_first_block_the_chain_has_but_its_root() {
    let scene = Scene::new(World { heads: vec![('a', 0)], ..World::default() });
    assert_eq!(scene.catch_up().await, 0);
    assert!(scene.knows('a', 0));
}

#[tokio::test]
async fn missed_blocks_are_taken_in_and_what_they_include_is_pending_no_more() {
    let scene = Scene::new(World { irreversible: 40, heads: vec![('a', 100)], ..World::default() });
    scene.catch_up().await;
    for height in [101, 320, 500] {
        scene.add(height);
    }
    scene.world(|world| {
        world.heads = vec![('a', 350), ('b', 349)];
        (world.irreversible, world.fork) = (290, 340);
    });
    assert_eq!(scene.catch_up().await, 259);
    assert_eq!(scene.pending(), ["t500"]);
    assert!(scene.knows('b', 349) && scene.knows('a', 290) && !scene.knows('a', 289));
}

#[tokio::test]
async fn a_block_without_parent_is_linked_by_catching_up() {
    let scene = Scene::new(World { irreversible: 40, heads: vec![('a', 100)], ..World::default() });
    scene.catch_up().await;
    scene.world(|world| world.heads = vec![('a', 104)]);
    let late = scene.block('a', 105);
    assert_eq!(scene.mempool.write().take_block(late), Taken::Unlinkable);
    assert_eq!(scene.catch_up().await, 4);
    assert_eq!(scene.mempool.read().head().height, 105);
}

#[tokio::test]
async fn another_chain_or_a_wide_gap_is_a_new_start() {
    for (irreversible, head) in [(0, 7), (4_940, 5_000)] {
        let scene =
            Scene::new(World { irreversible: 940, heads: vec![('a', 1_000)], ..World::default() });
        scene.catch_up().await;
        scene.add(9_999);
        scene.world(|world| (world.irreversible, world.heads) = (irreversible, vec![('a', head)]));
        assert_eq!(scene.catch_up().await as u64, head - irreversible);
        assert_eq!(scene.mempool.read().root().unwrap().height, irreversible);
        assert_eq!(scene.pending(), ["t9999"]);
    }
}

#[tokio::test]
async fn a_branch_from_below_the_root_is_left_out() {
    let scene = Scene::new(World { irreversible: 40, heads: vec![('a', 100)], ..World::default() });
    // The first block that was heard of is far above the last irreversible one.
    let first = scene.block('a', 99);
    scene.mempool.write().take_block(first);
    scene.world(|world| (world.heads, world.fork) = (vec![('a', 100), ('b', 99)], 90));
    assert_eq!(scene.catch_up().await, 1);
    assert!(scene.knows('a', 100) && !scene.knows('b', 99));
}

#[tokio::test]
async fn absent_services_are_named() {
    let scene = Scene::new(World {
        irreversible: 40,
        heads: vec![('a', 100)],
        archive_is_down: true,
        ..World::default()
    });
    let error = catch_up(&LocalTransport::new(), &scene.mempool).await.unwrap_err();
    assert_eq!(error.to_string(), "no such service: chain");
    let error = catch_up(&scene.bus, &scene.mempool).await.unwrap_err();
    assert_eq!(error.to_string(), "down");
    scene.world(|world| world.archive_is_down = false);
    assert_eq!(scene.catch_up().await, 60);
}
