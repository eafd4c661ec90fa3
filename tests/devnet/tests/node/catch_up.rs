//! A mempool that was cut off while blocks were made.

use koinos_testkit::{Broker, Proxy};
use rustix::process::{Pid, Signal, kill_process};

use crate::heard::Heard;
use crate::node::{Node, Plan, Service};
use crate::wallet::{Account, Token, pay};

/// Transactions that wait for a block when the mempool is cut off.
const WAITING: u64 = 5;

/// Sends a signal to a service.
fn signal(node: &Node, service: Service, signal: Signal) {
    let pid = Pid::from_raw(node.pid(service).cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_included_while_the_mempool_was_cut_off_does_not_stay_pending() {
    let vhost = Broker::shared().unwrap().vhost().unwrap();
    let proxy = Proxy::start(vhost.port).unwrap();
    let detour = koinos_local::amqp_url(proxy.port(), &vhost.name);
    let accounts = Account::some(2);
    let mut plan = Plan::new(&vhost.url, &accounts);
    plan.detours.push((Service::Mempool, detour));
    plan.options.push((Service::BlockProducer, vec!["--log-level", "debug"]));
    let heard = Heard::listen(&vhost.url).await;
    let mut node = Node::start(plan);
    let mut client = node.client();
    let token = Token::new(&mut client, node.koin).await;
    heard.height(2).await;

    node.stop(Service::BlockProducer);
    for nonce in 1..=WAITING {
        let signed = token.transfer(&accounts[0], &accounts[1], 1, nonce);
        signed.submit_until_answered(&mut client).await.unwrap();
        heard.pooled(&signed.id).await;
    }
    let (height, _) = client.head().await;
    // The block is made, but the chain cannot finish it while the block store is silent; in this
    // moment the mempool is cut off.
    signal(&node, Service::BlockStore, Signal::STOP);
    node.launch(Service::BlockProducer);
    node.wait_for(Service::BlockProducer, &format!("containing {WAITING} transaction(s)"));
    proxy.cut();
    node.wait_for(Service::Mempool, "lost the broker");
    signal(&node, Service::BlockStore, Signal::CONT);
    heard.height(height + 1).await;
    assert_eq!(accounts[0].nonce(&mut client).await, WAITING);

    proxy.restore();
    // Long before they would expire.
    node.wait_for(Service::Mempool, "Took in missed blocks");
    assert_eq!(client.pending().await, Vec::<String>::new(), "{}", node.log(Service::Mempool));
    // And the account goes on.
    pay(&mut client, &token, &accounts[0], &accounts[1]).await;
    assert_eq!(accounts[0].nonce(&mut client).await, WAITING + 1);
}
