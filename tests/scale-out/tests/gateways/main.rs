//! Several instances of `koinos-jsonrpc`, `koinos-grpc` and `koinos-rest` on one broker, under load: one
//! is killed, others are restarted, an instance of the service behind them goes away.
#![cfg(test)]

mod client;
mod load;
mod site;

use std::time::Duration;

use client::Kind;
use load::{Load, Outcome};
use site::{LIMIT, Site};

/// Clients of each kind. Each has one call in flight at a time.
const CLIENTS: usize = 12;

/// What a loss may cost, and what it may not.
fn check(outcome: &Outcome, in_flight: usize) {
    println!("{outcome}");
    assert_eq!(outcome.wrong, Vec::<String>::new(), "nothing is answered wrongly");
    assert!(
        outcome.failed.len() <= in_flight,
        "{} lost: {:?}",
        outcome.failed.len(),
        outcome.failed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_is_killed_and_only_calls_in_flight_fail() {
    let mut site = Site::start().await;
    for kind in [Kind::JsonRpc, Kind::Grpc, Kind::Rest] {
        let load = Load::start(&site, kind, CLIENTS);
        load.until(40 * CLIENTS).await;
        let victims = load.clients_of(0);
        site.kill(kind, 0);
        load.until(load.answered() + 40 * CLIENTS).await;
        // It comes back and has its share again.
        site.restart(kind, 0).await;
        load.balance_again().await;
        let outcome = load.stop().await;
        check(&outcome, victims);
        assert!(outcome.all_used(), "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_restarted_one_after_another_and_no_call_fails() {
    let mut site = Site::start().await;
    for kind in [Kind::Grpc, Kind::JsonRpc] {
        let load = Load::start(&site, kind, CLIENTS);
        for instance in 0..3 {
            load.until(load.answered() + 20 * CLIENTS).await;
            site.stop(kind, instance).await;
            load.until(load.answered() + 20 * CLIENTS).await;
            site.restart(kind, instance).await;
            load.balance_again().await;
        }
        check(&load.stop().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_of_the_service_behind_goes_and_its_requests_are_done_by_others() {
    let site = Site::start().await;
    let load = Load::start(&site, Kind::Grpc, CLIENTS);
    load.until(20 * CLIENTS).await;
    site.cut_service(0);
    load.until(load.answered() + 60 * CLIENTS).await;
    let outcome = load.stop().await;
    // What the lost one had in hand, the broker gives to another.
    check(&outcome, 0);
    assert!(site.served().iter().skip(1).all(|count| *count > 0), "{:?}", site.served());
    tokio::time::timeout(LIMIT, site.close()).await.unwrap();
}

/// How long a client waits before it tries the next instance.
const PAUSE: Duration = Duration::from_millis(10);
