//! Ten thousand transactions while services are killed.
//!
//! A hundred wallets pay each other, each account its payments one after another: the payment with
//! number `n` has the nonce `n`. A wallet that finds its last transactions neither pending nor in the
//! chain takes them for expired and makes new ones for these nonces, of another value, so that at the
//! end it shows which of them the chain took.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use koinos_testkit::Broker;
use rand::Rng;
use rand::seq::SliceRandom;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::client::{Client, Failure, PAUSE, number, text};
use crate::heard::Heard;
use crate::node::{BALANCE, LIMIT, Node, Plan, Service};
use crate::wallet::{Account, INVALID_NONCE, Token};

const ACCOUNTS: usize = 100;
const PAYMENTS: u64 = 100;
const ALL: u64 = ACCOUNTS as u64 * PAYMENTS;
/// How often each service is killed.
const KILLS: usize = 2;
/// Transactions of an account that may be pending, as the chain limits it.
const PENDING: usize = 10;
/// For everything together.
const DEADLINE: Duration = Duration::from_secs(180);
/// The account has enough pending (`koinos.chain.error_code.pending_transaction_limit_exceeded`).
const LIMIT_EXCEEDED: i64 = -206;

/// What is known of a transaction that was sent.
#[derive(Debug, Clone)]
struct Sent {
    from: usize,
    to: usize,
    value: u64,
    nonce: u64,
    acknowledged: bool,
}

/// By transaction id.
type Ledger = HashMap<String, Sent>;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_transactions_survive_the_death_of_every_service() {
    timeout(DEADLINE, run()).await.expect("it ends in time");
}

async fn run() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let accounts: Arc<[Account]> = Account::some(ACCOUNTS).into();
    let mut plan = Plan::new(&url, &accounts);
    plan.options.push((Service::Mempool, vec!["--transaction-expiration", "20"]));
    // A receipt lists all that the block has changed so far, so large blocks cost a lot of bytes.
    plan.options.push((Service::BlockProducer, vec!["--max-inclusion-attempts", "100"]));
    let heard = Heard::listen(&url).await;
    let mut node = Node::start(plan);
    let token = Token::new(&mut node.client(), node.koin).await;

    let began = Instant::now();
    let heights = heard.heights();
    let (progress, acknowledged) = watch::channel(0);
    let progress = Arc::new(progress);
    let wallets: Vec<_> = (0..ACCOUNTS)
        .map(|own| Wallet {
            own,
            accounts: accounts.clone(),
            token: token.clone(),
            client: node.client(),
            heights: heights.clone(),
            progress: progress.clone(),
            ledger: Ledger::new(),
            submissions: 0,
        })
        .map(|wallet| tokio::spawn(wallet.pay_all()))
        .collect();
    kill_at_random(&mut node, acknowledged, heights).await;
    let mut ledger = Ledger::new();
    let mut submissions = 0;
    for wallet in wallets {
        let wallet = wallet.await.unwrap();
        ledger.extend(wallet.ledger);
        submissions += wallet.submissions;
    }
    let seconds = began.elapsed().as_secs_f64();

    let audit = Audit::of(&mut node.client(), &ledger).await;
    audit.check(&ledger);
    check_accounts(&mut node.client(), &accounts, &audit, node.koin).await;
    println!(
        "{ALL} transactions in {seconds:.1} s ({:.0}/s), {} blocks, {submissions} submissions; \
         {} acknowledged and expired",
        ALL as f64 / seconds,
        audit.blocks,
        audit.expired(&ledger),
    );
}

/// Kills every service a few times, at random moments of the whole work; each time the node has to
/// recover before the next.
async fn kill_at_random(
    node: &mut Node,
    mut acknowledged: watch::Receiver<u64>,
    mut heights: watch::Receiver<u64>,
) {
    let mut victims = Service::ALL.repeat(KILLS);
    victims.shuffle(&mut rand::rng());
    let mut moments: Vec<u64> =
        victims.iter().map(|_| rand::rng().random_range(ALL / 50..ALL * 9 / 10)).collect();
    moments.sort_unstable();
    for (moment, victim) in moments.iter().zip(&victims) {
        acknowledged.wait_for(|count| count >= moment).await.unwrap();
        let began = Instant::now();
        node.kill(*victim);
        // Sometimes it is missed.
        let absence = rand::rng().random_range(0..300);
        sleep(Duration::from_millis(absence)).await;
        node.launch(*victim);
        node.wait_for(*victim, "Ready");
        let height = *heights.borrow_and_update();
        let recovered = timeout(LIMIT, heights.wait_for(|now| *now > height)).await;
        assert!(recovered.is_ok(), "no block after the death of {victim:?}");
        let seconds = began.elapsed().as_secs_f64();
        println!("{victim:?} killed after {moment}, the next block {seconds:.1} s later");
    }
}

/// The wallet of one account.
struct Wallet {
    own: usize,
    accounts: Arc<[Account]>,
    token: Token,
    client: Client,
    heights: watch::Receiver<u64>,
    /// Counts what was acknowledged by nonces that were new.
    progress: Arc<watch::Sender<u64>>,
    ledger: Ledger,
    /// Attempts of all kinds.
    submissions: u64,
}

impl Wallet {
    /// Makes payments until the chain has all of them.
    async fn pay_all(mut self) -> Self {
        let (mut next, mut farthest, mut attempt) = (1, 0, 0);
        loop {
            if next > PAYMENTS {
                self.some_blocks().await;
                let (pending, stored) = self.nonces().await;
                if stored == PAYMENTS {
                    return self;
                }
                if pending.unwrap_or(stored) < PAYMENTS {
                    (next, attempt) = (pending.unwrap_or(stored) + 1, attempt + 1);
                }
                continue;
            }
            match self.submit(next, attempt).await {
                Ok(()) => {
                    if next > farthest {
                        farthest = next;
                        self.progress.send_modify(|count| *count += 1);
                    }
                    next += 1;
                }
                Err(Failure::Unreachable(_)) => sleep(PAUSE).await,
                Err(Failure::Refused { code: Some(LIMIT_EXCEEDED), .. }) => {
                    self.some_blocks().await;
                }
                Err(Failure::Refused { code: Some(INVALID_NONCE), .. }) => {
                    let last = self.settled_nonce(next).await;
                    attempt += u64::from(last + 1 < next);
                    next = last + 1;
                }
                Err(refusal) => panic!("account {}, nonce {next}: {refusal:?}", self.own),
            }
        }
    }

    /// Submits the payment with that nonce. Repeated, it is the very same transaction.
    async fn submit(&mut self, nonce: u64, attempt: u64) -> Result<(), Failure> {
        self.submissions += 1;
        let to = (self.own + 1 + (nonce + attempt) as usize % (ACCOUNTS - 1)) % ACCOUNTS;
        let value = nonce * 1_000 + attempt;
        let (sender, receiver) = (&self.accounts[self.own], &self.accounts[to]);
        let signed = self.token.transfer(sender, receiver, value, nonce);
        let sent = Sent { from: self.own, to, value, nonce, acknowledged: false };
        let sent = self.ledger.entry(signed.id.clone()).or_insert(sent);
        signed.submit(&mut self.client).await.inspect(|()| sent.acknowledged = true)
    }

    async fn nonces(&mut self) -> (Option<u64>, u64) {
        self.accounts[self.own].nonces(&mut self.client).await
    }

    /// The last nonce taken, once it is certain whether those below `next` are: what was
    /// acknowledged a moment ago is on its way to the mempool.
    async fn settled_nonce(&mut self, next: u64) -> u64 {
        let mut last = 0;
        for _ in 0..5 {
            let (pending, stored) = self.nonces().await;
            last = pending.unwrap_or(stored);
            if last + 1 >= next {
                break;
            }
            sleep(PAUSE).await;
        }
        last
    }

    /// Waits for a few blocks, but not longer than they usually take: without blocks there is all
    /// the more reason to look.
    async fn some_blocks(&mut self) {
        let enough = *self.heights.borrow_and_update() + 5;
        let blocks = self.heights.wait_for(|height| *height >= enough);
        let _ = timeout(Duration::from_secs(2), blocks).await;
    }
}

/// What the blocks hold.
struct Audit {
    blocks: usize,
    /// Received less sent, by account.
    balances: BTreeMap<usize, i128>,
    /// The nonces of each account in the order of the chain.
    nonces: BTreeMap<usize, Vec<u64>>,
    included: BTreeSet<String>,
}

impl Audit {
    async fn of(client: &mut Client, ledger: &Ledger) -> Self {
        let blocks = client.blocks().await;
        let mut audit = Self {
            blocks: blocks.len(),
            balances: BTreeMap::new(),
            nonces: BTreeMap::new(),
            included: BTreeSet::new(),
        };
        let mut parent = None;
        for (height, item) in (1..).zip(&blocks) {
            assert_eq!(number(&item["block_height"]), height);
            let previous = text(&item["block"]["header"]["previous"]);
            assert!(parent.replace(text(&item["block_id"])).is_none_or(|id| id == previous));
            audit.add(item, ledger);
        }
        audit
    }

    fn add(&mut self, item: &Value, ledger: &Ledger) {
        for transaction in item["block"]["transactions"].as_array().into_iter().flatten() {
            let id = text(&transaction["id"]);
            let sent = ledger.get(&id).expect("nobody else sends transactions");
            *self.balances.entry(sent.from).or_default() -= i128::from(sent.value);
            *self.balances.entry(sent.to).or_default() += i128::from(sent.value);
            self.nonces.entry(sent.from).or_default().push(sent.nonce);
            assert!(self.included.insert(id), "{sent:?} is included twice");
        }
    }

    /// Each payment is in the chain once; whatever else was sent cannot be any more.
    fn check(&self, ledger: &Ledger) {
        for (account, nonces) in &self.nonces {
            assert_eq!(*nonces, (1..=PAYMENTS).collect::<Vec<_>>(), "account {account}");
        }
        assert_eq!(self.included.len() as u64, ALL);
        // What expired has lost its nonce to another. Nothing but the death of the mempool takes more
        // than what is on its way between two services.
        let expired = self.expired(ledger);
        assert!(expired <= KILLS * ACCOUNTS * (PENDING + 1), "{expired} transactions are lost");
    }

    /// How many were acknowledged and are not in the chain.
    fn expired(&self, ledger: &Ledger) -> usize {
        let expired =
            |(id, sent): &(&String, &Sent)| sent.acknowledged && !self.included.contains(*id);
        ledger.iter().filter(expired).count()
    }
}

/// The chain agrees with its blocks, and nothing is left pending.
async fn check_accounts(
    client: &mut Client,
    accounts: &[Account],
    audit: &Audit,
    koin: koinos_crypto::Address,
) {
    for (number, account) in accounts.iter().enumerate() {
        let expected = i128::from(BALANCE) + audit.balances[&number];
        assert_eq!(i128::from(account.balance(client, koin).await), expected, "account {number}");
        assert_eq!(account.nonce(client).await, PAYMENTS, "account {number}");
    }
    let gone = async {
        while !client.pending().await.is_empty() {
            sleep(PAUSE).await;
        }
    };
    timeout(LIMIT, gone).await.expect("what was expired leaves the mempool");
}
