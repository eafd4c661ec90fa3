//! temp
mod common;
use common::*;
use koinos_testkit::Broker;
use std::sync::Arc;
use std::time::{Duration, Instant};
use koinos_rpc::{BlockStore, CallOptions, Transport};
#[tokio::test(flavor = "multi_thread")]
async fn measure() {
    let node = Arc::new(Node::start(&Broker::shared().unwrap().vhost().unwrap()).await);
    let t = Instant::now();
    for h in 1..=1000 { node.call(add(h)).await.unwrap(); }
    println!("MEASURE 1000 sequential adds: {:?}", t.elapsed());
    let t = Instant::now();
    for _ in 0..10 { node.by_height(&id(1000), 1, 1000).await; }
    println!("MEASURE by_height 1000 blocks: {:?} each", t.elapsed() / 10);
    let mut lat = vec![];
    for _ in 0..500 { let t = Instant::now(); node.highest().await; lat.push(t.elapsed()); }
    lat.sort();
    println!("MEASURE get_highest p50 {:?} p99 {:?}", lat[250], lat[495]);
    let t = Instant::now();
    let tasks: Vec<_> = (0..16u64).map(|w| { let node = node.clone(); tokio::spawn(async move {
        for k in 0..60u64 { 
            // height-1 blocks of many forks: independent of each other
            let mut b = block(1); let mut i = b.id.to_vec(); i[2] = 1 + w as u8; i[3] = k as u8; b.id = i.into();
            let r = koinos_proto::rpc::block_store::block_store_request::Request::AddBlock(koinos_proto::rpc::block_store::AddBlockRequest { block_to_add: Some(b), receipt_to_add: None });
            node.call(r).await.unwrap(); }
    })}).collect();
    for t in tasks { t.await.unwrap(); }
    println!("MEASURE 960 concurrent adds (16 callers): {:?}", t.elapsed());
    let once = CallOptions::once(Duration::from_secs(5));
    let _ = koinos_rpc::call::<BlockStore>(&node.bus, add(1), once).await;
    let _ = &node.bus as &dyn Transport;
}
