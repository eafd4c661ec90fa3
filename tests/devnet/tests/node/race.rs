//! Two wallets that want the same: the nonce of an account, or the mana of a payer.

use std::collections::HashSet;
use std::net::SocketAddr;

use koinos_testkit::{Broker, Daemon};

use crate::client::{Client, Failure};
use crate::heard::Heard;
use crate::node::{BALANCE, Node, Plan, Service};
use crate::wallet::{Account, INSUFFICIENT_RC, INVALID_NONCE, Signed, Token};

const ROUNDS: u64 = 50;

/// A node with two gateways, each with its wallet.
struct Race {
    node: Node,
    _second: Daemon,
    wallets: [Client; 2],
    token: Token,
    heard: Heard,
}

impl Race {
    async fn start(accounts: &[Account]) -> Self {
        let url = Broker::shared().unwrap().vhost().unwrap().url;
        let mut plan = Plan::new(&url, accounts);
        plan.options.push((Service::Chain, vec!["--pending-transaction-limit", "100"]));
        let node = Node::start(plan);
        let (second, address): (Daemon, SocketAddr) = node.second_gateway();
        let mut wallets = [node.client(), Client::new(address)];
        let token = Token::new(&mut wallets[0], node.koin).await;
        let heard = Heard::listen(&url).await;
        Self { node, _second: second, wallets, token, heard }
    }

    /// Submits both at once. Which one is accepted, and the code of the other's refusal.
    async fn run(&mut self, round: u64, both: &[Signed; 2]) -> (usize, Option<i64>) {
        let [one, two] = &mut self.wallets;
        let outcomes =
            tokio::join!(both[0].submit_until_answered(one), both[1].submit_until_answered(two));
        let (winner, refusal) = match outcomes {
            (Ok(()), Err(refusal)) => (0, refusal),
            (Err(refusal), Ok(())) => (1, refusal),
            other => panic!("round {round}: {other:?}"),
        };
        match refusal {
            Failure::Refused { code, .. } => (winner, code),
            Failure::Unreachable(text) => panic!("round {round}: {text}"),
        }
    }

    /// The transactions in the blocks of the chain, up to this height at least: the gateway may hear of a
    /// block later than we do.
    async fn included(&mut self, height: u64) -> Vec<String> {
        self.wallets[0].wait_for_height(height).await;
        let blocks = self.wallets[0].blocks().await;
        let included =
            blocks.iter().flat_map(|item| item["block"]["transactions"].as_array()).flatten();
        included.map(|transaction| transaction["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_transactions_with_one_nonce_exactly_one_is_accepted() {
    let accounts = Account::some(3);
    let mut race = Race::start(&accounts).await;
    let [account, to_one, to_two] = &accounts[..] else { panic!("three accounts") };
    let mut winners = Vec::new();
    for nonce in 1..=ROUNDS {
        let transfer = |to| race.token.transfer(account, to, 1, nonce);
        let both = [transfer(to_one), transfer(to_two)];
        let (winner, code) = race.run(nonce, &both).await;
        assert_eq!(code, Some(INVALID_NONCE), "round {nonce}");
        let [one, two] = both;
        winners.push(if winner == 0 { one.id } else { two.id });
        race.heard.pooled(winners.last().unwrap()).await;
    }
    let height = race.heard.included(winners.last().unwrap()).await;
    assert_eq!(race.included(height).await, winners);
}

/// Each payee has its own nonces, but both transactions together may take more than the payer has.
#[tokio::test(flavor = "multi_thread")]
async fn two_payees_do_not_overdraw_their_payer() {
    // A payer for each round: what a transaction reserves is free again when the block that includes
    // it is irreversible.
    let accounts = Account::some(2 + ROUNDS as usize);
    let mut race = Race::start(&accounts).await;
    let (payees, payers) = accounts.split_at(2);
    // Mana is as much as the balance.
    let rc_limit = BALANCE / 2 + BALANCE / 10;
    let (mut nonces, mut winners) = ([1, 1], Vec::new());
    for (round, payer) in (1..).zip(payers) {
        let transfer = |payee: usize| {
            let (from, to) = (&payees[payee], payer);
            race.token.sponsored_transfer(payer, from, to, 1, nonces[payee], rc_limit)
        };
        let both = [transfer(0), transfer(1)];
        let (winner, code) = race.run(round, &both).await;
        assert_eq!(code, Some(INSUFFICIENT_RC), "round {round}");
        nonces[winner] += 1;
        let [one, two] = both;
        winners.push(if winner == 0 { one.id } else { two.id });
        race.heard.pooled(winners.last().unwrap()).await;
    }
    let mut height = 0;
    for winner in &winners {
        height = height.max(race.heard.included(winner).await);
    }
    let included: HashSet<String> = race.included(height).await.into_iter().collect();
    assert_eq!(included, winners.into_iter().collect());
}

/// What is on its way to the mempool counts once: a payer who can pay for all is never refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_can_pay_for_all_is_not_refused() {
    const PAYEES: u64 = 8;
    const PAYMENTS: u64 = 10;
    let accounts = Account::some(PAYEES as usize + 1);
    let mut race = Race::start(&accounts).await;
    let [payer, payees @ ..] = &accounts[..] else { panic!("a payer") };
    // All of them together just fit.
    let rc_limit = BALANCE / 1_000 * 999 / PAYEES / PAYMENTS;
    for nonce in 1..=PAYMENTS {
        let paying = payees.iter().map(|payee| {
            let signed = race.token.sponsored_transfer(payer, payee, payer, 1, nonce, rc_limit);
            let mut wallet = race.node.client();
            async move {
                signed.submit_until_answered(&mut wallet).await.unwrap();
                signed.id
            }
        });
        let paying: Vec<_> = paying.map(tokio::spawn).collect();
        for payment in paying {
            race.heard.pooled(&payment.await.unwrap()).await;
        }
    }
    // One more does not.
    let (payee, nonce) = (&payees[0], PAYMENTS + 1);
    let late = race.token.sponsored_transfer(payer, payee, payer, 1, nonce, BALANCE / 100);
    match late.submit_until_answered(&mut race.wallets[0]).await {
        Err(Failure::Refused { code, .. }) => assert_eq!(code, Some(INSUFFICIENT_RC)),
        other => panic!("{other:?}"),
    }
}
