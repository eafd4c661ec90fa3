use super::*;
use proptest::prelude::*;

/// The block `height` of a branch; its parent is in the same branch, or `base` in the trunk.
fn block(branch: u8, height: u64) -> Block {
    named(branch, height, branch)
}

fn named(branch: u8, height: u64, parent: u8) -> Block {
    let id = |branch: u8, height: u64| Bytes::from(format!("{branch}-{height}"));
    let info = BlockInfo {
        id: id(branch, height),
        previous: id(parent, height - 1),
        height,
        timestamp: 1_000,
        signer: Bytes::from(vec![branch]),
    };
    Block { info, bytes: Bytes::from_static(b"0123456789") }
}

fn at(branch: u8, height: u64) -> BlockId {
    BlockId { id: block(branch, height).info.id, height }
}

struct Bench {
    blocks: Blocks<u64>,
    now: Instant,
}

impl Bench {
    /// The chain is at height `height` of branch 0.
    fn new(height: u64) -> Self {
        let mut blocks = Blocks::new(Limits::default());
        blocks.forks(&at(0, height), &[at(0, height)]);
        Self { blocks, now: Instant::now() }
    }

    fn offer(&mut self, block: Block, source: Source) -> Answers<u64> {
        let waiter = block.info.height;
        self.blocks.offer(block, source, 1_000, waiter)
    }

    /// What is submitted, long after the last one.
    fn next(&mut self) -> Option<Bytes> {
        self.now += Duration::from_secs(1);
        self.blocks.next(self.now, 1_000).map(|block| block.info.id)
    }

    fn done(&mut self, id: &str, verdict: Verdict) -> Answers<u64> {
        self.blocks.done(&Bytes::copy_from_slice(id.as_bytes()), verdict)
    }
}

#[test]
fn a_line_goes_two_at_a_time_in_order() {
    let mut bench = Bench::new(10);
    for height in [13, 11, 12, 14] {
        assert!(bench.offer(block(0, height), Source::Sync).is_empty());
    }
    assert_eq!(bench.next().unwrap(), "0-11");
    // The second one follows when the first has arrived.
    assert!(bench.blocks.next(bench.now, 1_000).is_none());
    assert!(bench.blocks.wake(bench.now, 1_000).unwrap() <= STAGGER);
    assert_eq!(bench.next().unwrap(), "0-12");
    assert_eq!(bench.next(), None);
    assert_eq!(bench.done("0-11", Verdict::Applied), [(11, Ok(()))]);
    assert_eq!(bench.next().unwrap(), "0-13");
    assert_eq!(bench.done("0-12", Verdict::Applied), [(12, Ok(()))]);
    assert_eq!(bench.done("0-13", Verdict::Applied), [(13, Ok(()))]);
    assert_eq!(bench.next().unwrap(), "0-14");
}

#[test]
fn one_that_overtook_its_parent_goes_again() {
    let mut bench = Bench::new(10);
    bench.offer(block(0, 11), Source::Sync);
    bench.offer(block(0, 12), Source::Sync);
    bench.next();
    bench.next();
    // The answer to the second comes first.
    assert!(bench.done("0-12", Verdict::UnknownPrevious).is_empty());
    assert_eq!(bench.done("0-11", Verdict::Applied), [(11, Ok(()))]);
    assert_eq!(bench.next().unwrap(), "0-12");
    assert_eq!(bench.done("0-12", Verdict::Applied), [(12, Ok(()))]);
    assert_eq!(bench.blocks.size(), (0, 0));
}

#[test]
fn what_builds_on_a_refused_block_goes_with_it() {
    let mut bench = Bench::new(10);
    for height in 11..15 {
        bench.offer(block(0, height), Source::Sync);
    }
    bench.next();
    bench.next();
    let refused = Refusal::Rejected { code: -202, message: "bad signature".to_owned() };
    let answers = bench.done("0-11", Verdict::Refused(refused.clone()));
    assert_eq!(answers, [(11, Err(refused))]);
    let answers = bench.done("0-12", Verdict::UnknownPrevious);
    assert!(answers.iter().all(|(_, outcome)| *outcome == Err(Refusal::UnknownPrevious)));
    assert_eq!(answers.len(), 3);
    assert_eq!(bench.blocks.size(), (0, 0));
}

#[test]
fn a_gossiped_orphan_waits_for_its_parent() {
    let mut bench = Bench::new(10);
    assert!(bench.offer(block(0, 13), Source::Gossip).is_empty());
    assert_eq!(bench.next(), None);
    bench.offer(block(1, 11), Source::Gossip);
    assert_eq!(bench.next().unwrap(), "1-11");
    assert!(bench.done("1-11", Verdict::UnknownPrevious).is_empty());
    assert_eq!(bench.next(), None, "it is not tried again and again");
    // The chain got the parents elsewhere.
    bench.blocks.accepted(&at(1, 10).id, 10);
    assert_eq!(bench.next().unwrap(), "1-11");
    bench.done("1-11", Verdict::Applied);
    bench.blocks.accepted(&at(0, 12).id, 12);
    assert_eq!(bench.next().unwrap(), "0-13");
}

#[test]
fn refusals_at_the_door() {
    let mut bench = Bench::new(10);
    let refusal = |answers: Answers<u64>| answers[0].1.clone().unwrap_err();
    assert_eq!(refusal(bench.offer(block(1, 10), Source::Gossip)), Refusal::Irreversible);
    assert_eq!(refusal(bench.offer(block(0, 71), Source::Gossip)), Refusal::TooHigh);
    assert!(bench.offer(block(0, 70), Source::Gossip).is_empty());
    assert_eq!(bench.offer(block(0, 10), Source::Gossip), [(10, Ok(()))]);
    let mut late = block(0, 12);
    late.info.timestamp = 1_000 + MOST_AHEAD_MS + 1;
    assert_eq!(refusal(bench.offer(late, Source::Gossip)), Refusal::Future);
    let bomb = |id: u8| {
        let mut block = named(id, 11, 0);
        block.info.signer = Bytes::from_static(b"one");
        block
    };
    for id in 1..4 {
        assert!(bench.offer(bomb(id), Source::Gossip).is_empty());
    }
    assert_eq!(refusal(bench.offer(bomb(4), Source::Gossip)), Refusal::ForkBomb);
}

#[test]
fn a_block_of_the_near_future_waits_for_its_time() {
    let mut bench = Bench::new(10);
    let mut early = block(0, 11);
    early.info.timestamp = 1_000 + AHEAD_MS + 300;
    bench.offer(early, Source::Gossip);
    assert_eq!(bench.next(), None);
    assert_eq!(bench.blocks.wake(bench.now, 1_000), Some(Duration::from_millis(300)));
    assert!(bench.blocks.next(bench.now, 1_300).is_some());
}

#[test]
fn irreversible_blocks_end_waiting() {
    let mut bench = Bench::new(10);
    bench.offer(block(1, 15), Source::Gossip);
    bench.offer(block(0, 21), Source::Gossip);
    let answers = bench.blocks.forks(&at(0, 15), &[at(0, 20)]);
    assert_eq!(answers, [(15, Err(Refusal::Irreversible))]);
    assert_eq!(bench.next().unwrap(), "0-21");
}

#[test]
fn useless_orphans_make_room() {
    let mut bench = Bench::new(10);
    bench.blocks.limits.blocks = 3;
    for branch in 1..4 {
        bench.offer(named(branch, 11, 9), Source::Gossip);
        let id = bench.next().unwrap();
        bench.blocks.done(&id, Verdict::UnknownPrevious);
    }
    assert!(bench.offer(block(0, 11), Source::Gossip).is_empty());
    assert_eq!(bench.blocks.size().0, 3);
    assert_eq!(bench.next().unwrap(), "0-11");
    bench.blocks.limits.bytes = 10;
    for height in 12..14 {
        let answers = bench.offer(block(0, height), Source::Sync);
        assert_eq!(answers[0].1, Err(Refusal::Full));
    }
}

#[test]
fn a_failure_of_our_own_is_passed_on_as_such() {
    let mut bench = Bench::new(10);
    for height in 11..14 {
        bench.offer(block(0, height), Source::Sync);
    }
    bench.next();
    let local = Refusal::Local("the broker is away".to_owned());
    let answers = bench.done("0-11", Verdict::Refused(local.clone()));
    assert_eq!(answers.len(), 3);
    assert!(answers.iter().all(|(_, outcome)| *outcome == Err(local.clone())));
}

proptest! {
    /// Whatever order blocks come in and however answers overtake each other: everything that links
    /// gets in, each after its parent.
    #[test]
    fn everything_that_links_gets_in(
        order in Just((11..40_u64).collect::<Vec<_>>()).prop_shuffle(),
        overtakes in proptest::collection::vec(any::<bool>(), 200),
    ) {
        let mut bench = Bench::new(10);
        let mut overtakes = overtakes.into_iter();
        for height in order {
            prop_assert!(bench.offer(block(0, height), Source::Gossip).is_empty());
        }
        let (mut head, mut answered) = (10, 0);
        let mut flight = Vec::new();
        for _ in 0..300 {
            while let Some(id) = bench.next() {
                flight.push(id);
            }
            if flight.is_empty() {
                break;
            }
            let last = flight.len() > 1 && overtakes.next().unwrap_or(false);
            let id = flight.remove(usize::from(last));
            let height: u64 = std::str::from_utf8(&id[2..]).unwrap().parse().unwrap();
            let verdict = match height == head + 1 {
                true => Verdict::Applied,
                false => Verdict::UnknownPrevious,
            };
            if verdict == Verdict::Applied {
                head = height;
            }
            answered += bench.blocks.done(&id, verdict).len();
        }
        prop_assert_eq!((head, answered), (39, 29));
        prop_assert_eq!(bench.blocks.size(), (0, 0));
    }
}
