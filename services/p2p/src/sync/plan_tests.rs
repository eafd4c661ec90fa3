use super::*;
use koinos_crypto::{HashCode, multihash};
use koinos_proto::protocol::{self, BlockHeader};
use proptest::prelude::*;
use prost::Message;

/// The id of the block with that header.
fn id_of(header: &BlockHeader) -> Bytes {
    multihash(HashCode::Sha2_256, &header.encode_to_vec()).into()
}

/// A line of blocks of the heights `1..=length`.
fn chain(length: u64) -> Vec<Block> {
    let mut previous = Bytes::from_static(b"\x12\x20genesis");
    let mut line = Vec::new();
    for height in 1..=length {
        let header = BlockHeader { previous, height, timestamp: height, ..Default::default() };
        let id = id_of(&header);
        previous = id.clone();
        let block = protocol::Block { id, header: Some(header), ..Default::default() };
        line.push(Block::read(block.encode_to_vec().into()).unwrap());
    }
    line
}

fn at(line: &[Block], height: u64) -> BlockId {
    let info = &line[height as usize - 1].info;
    BlockId { id: info.id.clone(), height }
}

fn plan(line: &[Block], start: u64, memory: u64) -> Plan {
    let below = (start > 1).then(|| at(line, start - 1).id);
    Plan::new(start, below, at(line, line.len() as u64), memory)
}

fn helper(free: usize) -> Helper {
    Helper { peer: PeerId::random(), height: u64::MAX, free }
}

/// Makes ranges and tells their last blocks.
fn extend(plan: &mut Plan, line: &[Block]) {
    while let Some(height) = plan.extend() {
        plan.known(height, at(line, height).id);
    }
}

fn deliver(line: &[Block], job: &Job) -> Fetched {
    let from = job.start as usize - 1;
    Fetched { peer: job.peer, blocks: line[from..from + job.count as usize].to_vec() }
}

#[test]
fn ranges_come_in_any_order_and_go_in_theirs() {
    let line = chain(1_700);
    let (mut plan, now) = (plan(&line, 101, 64 << 20), Instant::now());
    extend(&mut plan, &line);
    let helpers = [helper(2), helper(2)];
    let jobs: Vec<Job> = std::iter::from_fn(|| plan.assign(&helpers, now)).collect();
    let starts: Vec<_> = jobs.iter().map(|job| (job.start, job.count)).collect();
    assert_eq!(starts, [(101, 500), (601, 500), (1_101, 500), (1_601, 100)]);
    for job in jobs.iter().rev() {
        assert!(plan.take().unwrap().is_none());
        plan.fetched(job.start, deliver(&line, job), now);
    }
    let mut taken = Vec::new();
    while let Some(fetched) = plan.take().unwrap() {
        taken.extend(fetched.blocks);
    }
    assert!(plan.is_done());
    assert_eq!(taken, line[100..]);
}

#[test]
fn memory_is_bounded_and_ranges_follow_the_size_of_blocks() {
    let line = chain(100_000);
    let mut plan = plan(&line, 1, 8 << 20);
    extend(&mut plan, &line);
    assert!(plan.bytes() <= 8 << 20 && plan.ranges.len() == 3, "{}", plan.ranges.len());
    plan.average = 200_000.0;
    plan.ranges.clear();
    extend(&mut plan, &line);
    assert_eq!(plan.ranges[0].count(), FEWEST_BLOCKS);
    plan.average = 1e9;
    plan.ranges.clear();
    extend(&mut plan, &line);
    assert_eq!(plan.ranges.len(), 1, "one goes always");
}

#[test]
fn who_is_slow_or_fails_is_helped_out() {
    let line = chain(400);
    let (mut plan, now) = (plan(&line, 1, 64 << 20), Instant::now());
    extend(&mut plan, &line);
    let (slow, fast, low) = (helper(1), helper(1), Helper { height: 300, ..helper(9) });
    let first = plan.assign(&[slow], now).unwrap();
    assert_eq!(plan.assign(&[slow, fast, low], now), None);
    let later = now + plan.patience();
    let second = plan.assign(&[Helper { free: 0, ..slow }, fast, low], later).unwrap();
    assert_eq!((second.peer, second.start), (fast.peer, first.start));
    assert_eq!(plan.assign(&[helper(1)], later + plan.patience()), None, "two are enough");

    assert!(plan.failed(1, fast.peer, &[slow, fast]), "the slow one may still deliver");
    assert!(!plan.failed(1, slow.peer, &[slow, fast, low]));
    assert!(plan.is_wanted(1));
    let other = plan.assign(&[slow, fast, helper(1)], later).unwrap();
    plan.fetched(1, deliver(&line, &other), later);
    assert!(!plan.is_wanted(1));
    // The slow one delivers at last.
    plan.fetched(1, deliver(&line, &first), later);
    assert_eq!(plan.take().unwrap().unwrap().peer, other.peer);
    assert!(plan.is_done());
}

#[test]
fn a_guide_that_tells_wrong_is_found_out() {
    let (line, mut other) = (chain(700), chain(700));
    // The same heights, another branch.
    let header = BlockHeader { height: 601, timestamp: 9, ..Default::default() };
    other[600].info.previous = id_of(&header);
    let (mut plan, now) = (plan(&line, 101, 64 << 20), Instant::now());
    extend(&mut plan, &line);
    let helpers = [helper(4)];
    let jobs: Vec<Job> = std::iter::from_fn(|| plan.assign(&helpers, now)).collect();
    assert_eq!(jobs.len(), 2);
    plan.fetched(jobs[0].start, deliver(&line, &jobs[0]), now);
    plan.fetched(jobs[1].start, deliver(&other, &jobs[1]), now);
    assert!(plan.take().unwrap().is_some());
    assert_eq!(plan.take(), Err(Unlinked(601)));
}

#[test]
fn lines_are_checked() {
    let line = chain(10);
    let bytes: Vec<Bytes> = line.iter().map(|block| block.bytes.clone()).collect();
    assert_eq!(read_line(bytes.clone(), 1, None).unwrap(), line);
    assert_eq!(read_line(bytes[4..].to_vec(), 5, Some(&line[3].info.id)).unwrap(), line[4..]);
    assert_eq!(read_line(bytes.clone(), 2, None), Err(Wrong::Line(2)));
    assert_eq!(read_line(bytes[4..].to_vec(), 5, Some(&line[2].info.id)), Err(Wrong::Line(5)));
    let gap = [&bytes[..3], &bytes[4..]].concat();
    assert_eq!(read_line(gap, 1, None), Err(Wrong::Line(4)));
    let rubbish = vec![Bytes::from_static(b"\x0a")];
    assert!(matches!(read_line(rubbish, 1, None), Err(Wrong::Block(_))));
}

proptest! {
    /// Peers come, fail and deliver in any order; all blocks come out once and in order.
    #[test]
    fn all_blocks_come_out(
        length in 1_u64..3_000,
        start in 1_u64..50,
        choices in proptest::collection::vec((any::<u8>(), any::<bool>()), 400),
    ) {
        let start = start.min(length);
        let line = chain(length);
        let mut plan = plan(&line, start, 6 << 20);
        let (mut now, mut jobs, mut out) = (Instant::now(), Vec::new(), Vec::new());
        for (choice, fails) in choices {
            extend(&mut plan, &line);
            let helpers = [helper(2), helper(2), helper(2)];
            while jobs.len() < 6 && let Some(job) = plan.assign(&helpers, now) {
                jobs.push(job);
            }
            now += Duration::from_secs(1);
            if !jobs.is_empty() {
                let job = jobs.remove(usize::from(choice) % jobs.len());
                match fails {
                    true => drop(plan.failed(job.start, job.peer, &[helper(1)])),
                    false => plan.fetched(job.start, deliver(&line, &job), now),
                }
            }
            while let Some(fetched) = plan.take().unwrap() {
                out.extend(fetched.blocks);
            }
            prop_assert!(plan.ranges.len() <= 1 || plan.bytes() <= 6 << 20);
            if plan.is_done() {
                break;
            }
        }
        prop_assert!(plan.is_done());
        prop_assert_eq!(&out[..], &line[start as usize - 1..]);
    }
}
