//! The producer against a chain in the same process, with a clock that needs no waiting.

mod guard;
#[path = "../../tests/common/world/mod.rs"]
#[allow(dead_code, reason = "shared with the tests over a broker")]
mod world;

use std::time::Duration;

use koinos_rpc::LocalTransport;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::*;
use crate::algorithm::{Pob, Pow};
use world::{Answer, Rule, Step, World, key};

const START_MS: u64 = 1_700_000_000_000;
/// Longer than anything here takes by the paused clock.
const LIMIT: Duration = Duration::from_secs(3600);

/// A world with a producer's directory, and what connects them.
struct Stage {
    world: World,
    directory: tempfile::TempDir,
    began: Instant,
    killed: Arc<Notify>,
    changed: Arc<Notify>,
    transport: Arc<LocalTransport>,
    board: Arc<Board>,
}

impl Stage {
    fn new(rule: Rule) -> Self {
        let world = World::new(rule);
        let transport = Arc::new(LocalTransport::new());
        let (killed, changed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        for service in ["chain", "mempool", "p2p"] {
            let (world, killed, changed) = (world.clone(), killed.clone(), changed.clone());
            transport.serve(service, move |request| {
                let answer = world.answer(service, &request);
                changed.notify_one();
                let killed = killed.clone();
                async move {
                    match answer {
                        Answer::Reply(reply) => return reply,
                        Answer::Silence => {}
                        Answer::Kill => killed.notify_one(),
                    }
                    std::future::pending().await
                }
            });
        }
        let directory = tempfile::tempdir().unwrap();
        let began = Instant::now();
        Self { world, directory, began, killed, changed, transport, board: Arc::default() }
    }

    fn clock(&self) -> Clock {
        let began = self.began;
        Arc::new(move || START_MS + began.elapsed().as_millis() as u64)
    }

    fn producer(&self, algorithm: Algorithm, gated: bool) -> (Producer, Arc<Signals>) {
        let signals = Arc::new(Signals::new(gated));
        let listener = signals.clone();
        self.world.listen(move |accepted| listener.block_accepted(accepted));
        let producer = Producer::new(Parts {
            settings: Settings {
                bounds: Bounds { lower: 75, upper: 90 },
                max_inclusion_attempts: 2000,
                approved_proposals: vec![Bytes::from_static(b"proposal")],
            },
            key: key(),
            algorithm,
            transport: self.transport.clone(),
            signed: Arc::new(SignedBlocks::open(self.directory.path()).unwrap()),
            signals: signals.clone(),
            board: self.board.clone(),
            clock: self.clock(),
        });
        (producer, signals)
    }

    /// Waits until `ready` is true of the world.
    async fn until(&self, ready: impl Fn(&World) -> bool) {
        let wait = async {
            while !ready(&self.world) {
                self.changed.notified().await;
            }
        };
        timeout(LIMIT, wait).await.expect("it never came");
    }

    /// Produces until the chain has `height`, starting again whenever the process is killed.
    async fn produce_until(&self, algorithm: impl Fn() -> Algorithm, height: u64) {
        let lives = async {
            loop {
                let (producer, _signals) = self.producer(algorithm(), false);
                tokio::select! {
                    () = producer.run() => {}
                    // Later, so that a block made anew would be another.
                    () = self.killed.notified() => sleep(Duration::from_secs(1)).await,
                    () = self.until(|world| world.height() >= height) => return,
                }
            }
        };
        timeout(LIMIT, lives).await.expect("production stands still");
    }
}

fn federated() -> Algorithm {
    Algorithm::Federated { interval: Duration::from_secs(5) }
}

fn times(world: &World) -> Vec<u64> {
    world.chain().iter().map(|b| b.header.as_ref().unwrap().timestamp - START_MS).collect()
}

#[tokio::test(start_paused = true)]
async fn federated_blocks_come_at_their_interval() {
    let stage = Stage::new(Rule::Federated);
    stage.produce_until(federated, 4).await;
    let times = times(&stage.world);
    for pair in times.windows(2) {
        assert!((5_000..5_100).contains(&(pair[1] - pair[0])), "{times:?}");
    }
    let chain = stage.world.chain();
    let header = chain[3].header.as_ref().unwrap();
    assert_eq!(header.approved_proposals, [&b"proposal"[..]]);
    assert_eq!(header.signer, &key().public_key().address().as_bytes()[..]);
    assert_eq!(stage.board.watch().borrow().last.as_ref().unwrap().0, 4);
}

#[tokio::test(start_paused = true)]
async fn failed_transactions_are_pruned_and_the_rest_proposed_again() {
    let stage = Stage::new(Rule::Federated);
    for (name, fails) in [("a", false), ("b", true), ("c", false), ("d", true)] {
        stage.world.add_pending(name, 100, fails);
    }
    stage.produce_until(federated, 1).await;
    let names: Vec<_> = stage.world.chain()[0].transactions.iter().map(|t| t.id.clone()).collect();
    assert_eq!(names, [&b"a"[..], b"c"]);
    let state = stage.world.state();
    assert_eq!(state.proposals.iter().map(|b| b.transactions.len()).collect::<Vec<_>>(), [4, 2]);
    assert_eq!(state.breaches, [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_block_is_given_up_and_another_is_made_later() {
    let stage = Stage::new(Rule::Federated);
    stage.world.script([Step::Refuse, Step::Refuse]);
    stage.produce_until(federated, 1).await;
    let state = stage.world.state();
    let times: Vec<u64> =
        state.proposals.iter().map(|b| b.header.as_ref().unwrap().timestamp).collect();
    assert_eq!(times.len(), 3);
    assert!(times[1] - times[0] >= 5_000 && times[2] - times[1] >= 5_000);
}

#[tokio::test(start_paused = true)]
async fn proof_of_work_is_found_and_follows_the_head() {
    let mut target = [0xff; 32];
    target[0] = 0x0f;
    let stage = Stage::new(Rule::Pow { target });
    let pow = || {
        Algorithm::Pow(Pow {
            contract_id: Bytes::from_static(b"pow"),
            groups: 3.try_into().unwrap(),
        })
    };
    stage.world.add_pending("bad", 1, true);
    stage.produce_until(pow, 5).await;
    assert_eq!(stage.world.chain().len(), 5);
    assert!(stage.world.state().breaches.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_search_for_work_ends_when_the_head_changes() {
    // Nobody finds a proof of zero.
    let stage = Stage::new(Rule::Pow { target: [0; 32] });
    let pow = Algorithm::Pow(Pow {
        contract_id: Bytes::from_static(b"pow"),
        groups: 2.try_into().unwrap(),
    });
    let (producer, _signals) = stage.producer(pow, false);
    let follow = async {
        stage.until(|world| !world.state().calls.is_empty()).await;
        for height in 1..4 {
            let asked = |world: &World| world.state().calls["chain"];
            let before = asked(&stage.world);
            stage.world.foreign_block(START_MS + height);
            // Head, limits and difficulty are read again.
            stage.until(|world| asked(world) >= before + 3).await;
        }
    };
    beside(producer.run(), follow).await;
    assert!(stage.world.state().proposals.is_empty());
}

/// Runs the producer until what is done beside it is finished.
async fn beside(run: impl Future<Output = ()>, act: impl Future<Output = ()>) {
    tokio::select! {
        () = run => panic!("the producer ended"),
        () = act => {}
    }
}

fn pob_rule(difficulty: u128) -> Rule {
    Rule::Pob { key: key().public_key(), vhp: 1_000_000, difficulty }
}

fn pob() -> Algorithm {
    Algorithm::Pob(Pob::new(key().public_key().address(), 100))
}

#[tokio::test(start_paused = true)]
async fn burned_stake_wins_quanta_that_the_chain_accepts() {
    // One quantum in 30 wins.
    let stage = Stage::new(pob_rule(30_000_000));
    for (name, fails) in [("a", false), ("b", true)] {
        stage.world.add_pending(name, 100, fails);
    }
    stage.produce_until(pob, 6).await;
    let times = times(&stage.world);
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]) && times[0].is_multiple_of(10));
    assert_eq!(stage.world.chain()[0].transactions.len(), 1);
    assert!(stage.world.state().breaches.is_empty());
    // The pruned block has the time of the first.
    let state = stage.world.state();
    let time = |index: usize| state.proposals[index].header.as_ref().unwrap().timestamp;
    assert_eq!(time(0), time(1));
}

#[tokio::test(start_paused = true)]
async fn quanta_are_drawn_up_to_five_seconds_ahead() {
    // One quantum in 600 wins, so many blocks have to be waited for.
    let stage = Stage::new(pob_rule(600_000_000));
    let (producer, _signals) = stage.producer(pob(), false);
    let clock = stage.clock();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    stage.world.listen(move |accepted| {
        let accepted = <koinos_proto::broadcast::BlockAccepted as prost::Message>::decode(accepted);
        let time = accepted.unwrap().block.unwrap().header.unwrap().timestamp;
        sink.lock().unwrap().push((time, clock()));
    });
    beside(producer.run(), stage.until(|world| world.height() >= 3)).await;
    for (time, now) in seen.lock().unwrap().iter() {
        assert!(*time <= now + 5_000, "{time} at {now}");
    }
}

#[tokio::test(start_paused = true)]
async fn gossip_opens_and_closes_the_gate() {
    let stage = Stage::new(Rule::Federated);
    let (producer, signals) = stage.producer(federated(), true);
    let text = || stage.board.watch().borrow().to_string();
    let status = |enabled| {
        use prost::Message;
        koinos_proto::broadcast::GossipStatus { enabled }.encode_to_vec().into()
    };
    let act = async {
        sleep(Duration::from_secs(10)).await;
        assert!(text().ends_with("waiting for p2p"), "{}", text());
        tokio::select! {
            () = producer.ask_p2p() => {}
            () = sleep(Duration::from_secs(10)) => {}
        }
        assert!(text().ends_with("waiting for p2p to enable gossip"), "{}", text());
        assert!(!stage.world.state().calls.contains_key("chain"));
        signals.gossip_status(status(true));
        stage.until(|world| world.height() == 2).await;
        signals.gossip_status(status(false));
        sleep(Duration::from_secs(60)).await;
        assert_eq!(stage.world.height(), 2);
        // It is asked for again, should a broadcast get lost.
        stage.world.state().gossip = true;
        tokio::select! {
            () = producer.ask_p2p() => {}
            () = stage.until(|world| world.height() == 3) => {}
        }
    };
    beside(producer.run(), act).await;
}

#[tokio::test(start_paused = true)]
async fn trouble_is_shown_until_there_is_a_block() {
    let stage = Stage::new(Rule::Pob { key: key().public_key(), vhp: 0, difficulty: 5 });
    let (producer, _signals) = stage.producer(pob(), false);
    let shown = stage.board.clone();
    let act = async {
        let mut board = shown.watch();
        let shown = board.wait_for(|shown| shown.trouble.is_some()).await.unwrap();
        let text = "expected VHP balance greater than 0, was 0";
        assert_eq!(shown.trouble.as_deref(), Some(text));
    };
    beside(producer.run(), act).await;
}
