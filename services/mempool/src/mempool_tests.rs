use super::*;
use crate::error::Rejection;

const LIMITS: Limits = Limits { expiration: Duration::from_secs(120), bytes: 1 << 20 };
const NOW: Duration = Duration::from_secs(1_000);

fn mempool() -> Mempool {
    Mempool::new(ForkRule::Fifo, LIMITS)
}

fn transaction(id: &str, account: &str, nonce: u64, rc_limit: u64) -> Transaction {
    let account = Bytes::from(account.to_owned());
    Transaction {
        id: Bytes::from(id.to_owned()),
        payer: account.clone(),
        account,
        nonce,
        rc_limit,
        pending: Bytes::from(id.to_owned()),
    }
}

fn block(id: &str, previous: &str, height: u64, transactions: &[&str]) -> Block {
    let ids = transactions.iter().map(|id| Bytes::from((*id).to_owned()));
    let info = BlockInfo {
        id: Bytes::from(id.to_owned()),
        previous: Bytes::from(previous.to_owned()),
        height,
        timestamp: height,
        signer: Bytes::new(),
    };
    Block { info, transactions: ids.collect() }
}

fn listed(mempool: &Mempool, block: Option<&str>) -> Vec<Bytes> {
    let block = block.map(str::as_bytes);
    let found = mempool.pending_transactions(2_000, block).unwrap();
    found.into_iter().map(|one| one.id.clone()).collect()
}

#[test]
fn what_a_block_includes_stays_pending_on_the_other_branch() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    assert_eq!(pool.add(transaction("t1", "alice", 1, 40), 100, NOW), Ok(40));
    assert_eq!(pool.add(transaction("t2", "alice", 2, 50), 100, NOW), Ok(90));
    assert_eq!(pool.take_block(block("2", "1", 2, &["t1"])), Taken::Linked(1));
    assert_eq!(pool.take_block(block("2'", "1", 2, &["t2", "other"])), Taken::Linked(1));
    assert_eq!(listed(&pool, None), ["t2"]);
    assert_eq!(listed(&pool, Some("2'")), ["t1"]);
    assert_eq!(listed(&pool, Some("1")), ["t1", "t2"]);
    // The next one has to fit beside everything that is pending anywhere.
    let fits = |rc, at: Option<&[u8]>| pool.check_pending_account_resources(b"alice", 100, rc, at);
    assert_eq!((fits(10, None), fits(11, None)), (Ok(true), Ok(false)));
    assert_eq!((fits(50, Some(b"2")), fits(51, Some(b"2"))), (Ok(true), Ok(false)));
    assert_eq!(pool.reserved_account_rc(b"alice"), 90);
    pool.irreversible(b"2", 2);
    assert_eq!(pool.reserved_account_rc(b"alice"), 50);
    assert!(!pool.knows(b"2'") && !pool.knows(b"1"));
    assert_eq!(pool.stats().transactions, 1);
}

#[test]
fn a_nonce_is_taken_where_it_is_pending() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    let again = transaction("t2", "alice", 1, 1);
    assert_eq!(pool.add(again.clone(), 100, NOW), Err(Rejection::NonceConflict));
    assert_eq!(pool.check_account_nonce(b"alice", 1, None), Ok(false));
    pool.take_block(block("2", "1", 2, &["t1"]));
    assert_eq!(pool.check_account_nonce(b"alice", 1, None), Ok(true));
    assert_eq!(pool.check_account_nonce(b"alice", 1, Some(b"1")), Ok(false));
    assert_eq!(pool.add(again, 100, NOW), Ok(1));
    assert_eq!(listed(&pool, Some("1")), ["t1"]);
    assert_eq!(listed(&pool, Some("2")), ["t2"]);
    // A later branch starts with what is pending where it leaves.
    pool.take_block(block("2'", "1", 2, &[]));
    assert_eq!(listed(&pool, Some("2'")), ["t1"]);
}

#[test]
fn rejections_leave_no_trace() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 60), 100, NOW).unwrap();
    let before = pool.stats();
    let mut reject = |id, nonce, rc| pool.add(transaction(id, "alice", nonce, rc), 100, NOW);
    assert_eq!(reject("t1", 2, 1), Err(Rejection::Duplicate));
    assert_eq!(reject("t2", 1, 1), Err(Rejection::NonceConflict));
    let exceeds = reject("t2", 2, 41).unwrap_err();
    assert_eq!(
        exceeds.to_string(),
        "transaction would exceed maximum resources for account: BzWHaQU"
    );
    assert_eq!(pool.stats(), before);
    // With more to spend there is more to reserve, and with less nothing overflows.
    assert_eq!(pool.add(transaction("t2", "alice", 2, 41), 101, NOW), Ok(101));
    assert!(pool.add(transaction("t3", "alice", 3, 0), 100, NOW).is_err());
    assert!(pool.add(transaction("t3", "alice", 3, u64::MAX), u64::MAX, NOW).is_err());
}

#[test]
fn a_transaction_that_comes_after_its_block_is_not_pending_there() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.take_block(block("2", "1", 2, &["t1"]));
    pool.take_block(block("3", "2", 3, &[]));
    assert_eq!(pool.add(transaction("t1", "alice", 1, 5), 100, NOW), Ok(0));
    assert_eq!((listed(&pool, None), listed(&pool, Some("1"))), (vec![], vec!["t1".into()]));
    pool.irreversible(b"2", 2);
    assert_eq!(pool.stats().transactions, 0);
    assert_eq!(pool.add(transaction("t1", "alice", 1, 5), 100, NOW), Err(Rejection::Included));
}

#[test]
fn transactions_expire_in_every_view() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    pool.add(transaction("t2", "alice", 2, 1), 100, NOW + Duration::from_secs(1)).unwrap();
    pool.take_block(block("2", "1", 2, &[]));
    let after = |seconds| NOW + Duration::from_secs(seconds);
    assert_eq!(pool.expire(after(119)), 0);
    assert_eq!(pool.expire(after(120)), 1);
    assert_eq!(
        (listed(&pool, None), listed(&pool, Some("1"))),
        (vec!["t2".into()], vec!["t2".into()])
    );
    // It may come again.
    assert_eq!(pool.add(transaction("t1", "alice", 1, 1), 100, after(120)), Ok(2));
    assert_eq!(listed(&pool, None), ["t2", "t1"]);
    assert_eq!(pool.expire(after(240)), 2);
    assert_eq!(pool.expire(Duration::ZERO), 0);
}

#[test]
fn a_failed_transaction_is_dropped_from_the_tips() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    pool.take_block(block("2", "1", 2, &[]));
    pool.take_block(block("2'", "1", 2, &["t1"]));
    assert!(pool.fail(b"t1") && !pool.fail(b"t1"));
    assert!(listed(&pool, None).is_empty());
    assert_eq!(listed(&pool, Some("1")), ["t1"]);
}

#[test]
fn before_the_first_block_every_block_will_do() {
    let mut pool = mempool();
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    assert_eq!(listed(&pool, Some("of another time")), ["t1"]);
    assert_eq!(pool.root(), None);
    let unknown = Err(QueryError::ResourcesOfUnknownBlock);
    assert_eq!(pool.check_pending_account_resources(b"alice", 1, 1, Some(b"x")), unknown);
    assert_eq!(pool.take_block(block("500", "499", 500, &["t1"])), Taken::Linked(1));
    assert_eq!(pool.root().unwrap().height, 499);
    assert_eq!(pool.take_block(block("500'", "499", 500, &[])), Taken::Linked(0));
    assert_eq!(listed(&pool, Some("500'")), ["t1"]);
    let unknown = QueryError::TransactionsOfUnknownBlock;
    assert_eq!(pool.pending_transactions(1, Some(b"x")), Err(unknown));
}

#[test]
fn blocks_wait_for_their_parents() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    for late in [block("4", "3", 4, &[]), block("3", "2", 3, &["t1"]), block("3'", "2'", 3, &[])] {
        assert_eq!(pool.take_block(late), Taken::Unlinkable);
    }
    // Below the root nothing is waited for.
    assert_eq!(pool.take_block(block("0'", "x", 0, &[])), Taken::Unlinkable);
    assert_eq!((pool.head().height, pool.stats().waiting), (1, 3));
    assert_eq!(pool.take_block(block("2", "1", 2, &[])), Taken::Linked(0));
    assert_eq!((pool.head().height, pool.stats().waiting), (4, 1));
    assert!(listed(&pool, None).is_empty());
    pool.irreversible(b"3", 3);
    assert_eq!((pool.stats().waiting, pool.stats().views), (0, 2));
}

#[test]
fn there_may_be_hundreds_of_branches() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.add(transaction("t1", "alice", 1, 1), 100, NOW).unwrap();
    let name = |n: usize| format!("2 of {n}");
    for n in 0..300 {
        let included: &[&str] = if n % 2 == 0 { &["t1"] } else { &[] };
        pool.take_block(block(&name(n), "1", 2, included));
    }
    let pending =
        |pool: &Mempool| (0..300).filter(|n| listed(pool, Some(&name(*n))).len() == 1).count();
    assert_eq!((pool.stats().views, pending(&pool)), (302, 150));
    // Only those that have not got the first can have the second.
    pool.add(transaction("t2", "alice", 1, 1), 100, NOW).unwrap();
    assert_eq!((pending(&pool), pool.check_account_nonce(b"alice", 1, None)), (300, Ok(false)));
    let third = transaction("t3", "alice", 1, 1);
    assert_eq!(pool.add(third, 100, NOW), Err(Rejection::NonceConflict));
    pool.irreversible(name(299).as_bytes(), 2);
    // Numbers of views that are gone are used again, and nothing of them shows.
    for n in 0..300 {
        pool.take_block(block(&format!("3 of {n}"), &name(299), 3, &["t1"]));
    }
    assert_eq!(pool.stats().views, 301);
    assert!((0..300).all(|n| listed(&pool, Some(&format!("3 of {n}"))).is_empty()));
    assert_eq!(pool.reserved_account_rc(b"alice"), 1);
    pool.irreversible(b"3 of 7", 3);
    assert_eq!((pool.stats().transactions, pool.reserved_account_rc(b"alice")), (0, 0));
}

#[test]
fn the_head_follows_what_is_irreversible() {
    let mut pool = mempool();
    pool.take_block(block("1", "0", 1, &[]));
    pool.take_block(block("2", "1", 2, &[]));
    pool.take_block(block("3", "2", 3, &[]));
    pool.take_block(block("2'", "1", 2, &[]));
    assert_eq!(pool.head().id, "3");
    pool.irreversible(b"2'", 2);
    assert_eq!(pool.head().id, "2'");
    assert_eq!(pool.take_block(block("3'", "2'", 3, &[])), Taken::Linked(0));
    assert_eq!(pool.head().id, "3'");
}

#[test]
fn a_full_pool_turns_away_in_time() {
    let limits = Limits { bytes: 8 * transaction("t000", "alice", 1, 1).size(), ..LIMITS };
    let mut pool = Mempool::new(ForkRule::Fifo, limits);
    pool.take_block(block("1", "0", 1, &[]));
    let mut add = |n: u64| {
        let result = pool.add(transaction(&format!("t{n:03}"), "alice", n, 1), 100, NOW);
        let room = pool.check_pending_account_resources(b"alice", 100, 1, None);
        (result.is_ok(), room)
    };
    for n in 0..7 {
        assert_eq!(add(n), (true, Ok(true)));
    }
    // The limit is reached: nobody is invited any more, but who is on the way is let in.
    assert_eq!(add(7), (true, Err(QueryError::Full)));
    assert_eq!(add(8), (true, Err(QueryError::Full)));
    assert_eq!(add(9), (false, Err(QueryError::Full)));
    assert_eq!(pool.expire(NOW + LIMITS.expiration), 9);
    assert_eq!(pool.check_pending_account_resources(b"alice", 100, 1, None), Ok(true));
}

#[test]
fn many_transactions_are_no_burden() {
    let mut pool = Mempool::new(ForkRule::Fifo, Limits { bytes: 1 << 30, ..LIMITS });
    pool.take_block(block("b1", "b0", 1, &[]));
    for height in 2..=60 {
        pool.take_block(block(&format!("b{height}"), &format!("b{}", height - 1), height, &[]));
    }
    for n in 0..20_000 {
        let one = transaction(&format!("t{n}"), &format!("account {}", n % 100), n / 100, 1);
        pool.add(one, 1_000, NOW).unwrap();
    }
    let included: Vec<String> = (0..2_000).map(|n| format!("t{n}")).collect();
    let included: Vec<&str> = included.iter().map(String::as_str).collect();
    assert_eq!(pool.take_block(block("b61", "b60", 61, &included)), Taken::Linked(2_000));
    pool.irreversible(b"b2", 2);
    assert_eq!(pool.pending_transactions(2_000, None).unwrap()[0].id, "t2000");
    assert_eq!(pool.pending_nonce(b"account 7", None), Ok(Some(199)));
    assert_eq!(pool.pending_transaction_count(b"account 7", None), Ok(180));
    assert_eq!(pool.expire(NOW + LIMITS.expiration), 18_000);
    assert_eq!((pool.stats().transactions, pool.stats().bytes), (0, 0));
}
