//! Two wallets of one account.

use koinos_testkit::Broker;

use crate::client::{Client, Failure, PAUSE};
use crate::node::{LIMIT, Node, Plan, Service};
use crate::wallet::{Account, INVALID_NONCE, Token};

const ROUNDS: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_transactions_with_one_nonce_exactly_one_is_accepted() {
    let url = Broker::shared().unwrap().vhost().unwrap().url;
    let accounts = Account::some(3);
    let mut plan = Plan::new(&url, &accounts);
    plan.options.push((Service::Chain, vec!["--pending-transaction-limit", "100"]));
    let node = Node::start(plan);
    let (_second, address) = node.second_gateway();
    let (mut one, mut two) = (node.client(), Client::new(address));
    let token = Token::new(&mut one, node.koin).await;
    let [account, to_one, to_two] = &accounts[..] else { panic!("three accounts") };
    let (mut winners, mut first) = (Vec::new(), 0);
    for nonce in 1..=ROUNDS {
        let transfers =
            [token.transfer(account, to_one, 1, nonce), token.transfer(account, to_two, 1, nonce)];
        let outcomes = tokio::join!(
            transfers[0].submit_until_answered(&mut one),
            transfers[1].submit_until_answered(&mut two)
        );
        let (winner, refusal) = match outcomes {
            (Ok(()), Err(refusal)) => (0, refusal),
            (Err(refusal), Ok(())) => (1, refusal),
            other => panic!("round {nonce}: {other:?}"),
        };
        first += usize::from(winner == 0);
        let code = match &refusal {
            Failure::Refused { code, .. } => *code,
            Failure::Unreachable(_) => None,
        };
        assert_eq!(code, Some(INVALID_NONCE), "round {nonce}: {refusal:?}");
        winners.push(transfers[winner].id.clone());
        account.wait_for_nonce(&mut one, nonce).await;
    }
    println!("the first wallet won {first} of {ROUNDS} rounds");

    let stored = async {
        while account.nonce(&mut one).await < ROUNDS {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(LIMIT, stored).await.expect("all winners get into blocks");
    let blocks = one.blocks().await;
    let included =
        blocks.iter().flat_map(|item| item["block"]["transactions"].as_array()).flatten();
    let included: Vec<_> =
        included.map(|transaction| transaction["id"].as_str().unwrap()).collect();
    assert_eq!(included, winners);
}
