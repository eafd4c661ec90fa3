//! What indexes and archive answer, each RPC over the broker, over gRPC, and over REST where a route answers
//! from it.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_codec::text::{to_base58, to_hex};
use koinos_contracts::COUNTER;
use koinos_grpc::Raw;
use koinos_mq::Bus;
use koinos_rpc::{CallOptions, Transport};
use koinos_testkit::{Caller, Figures};
use serde_json::{Value, json};
use tonic::transport::{Channel, Endpoint};

use crate::client::{Client, Request};
use crate::devnet::{Devnet, LIMIT};
use crate::transfers::Transfers;
use crate::{Asking, echoes, serve_echo};

/// Transfers in the blocks that are asked about.
const TRANSFERS: usize = 320;
const SUBMITTERS: usize = 16;
const CALLS: usize = 2_000;
const CALLERS: [usize; 2] = [1, 16];

/// An RPC, its parameters, and the route of REST that answers from it.
struct Rpc {
    service: &'static str,
    method: &'static str,
    parameters: Value,
    route: Option<String>,
}

/// Asks a service itself.
#[derive(Clone)]
struct OverBus {
    bus: Bus,
    service: &'static str,
    request: Bytes,
    /// How long the answer is: not an error's.
    length: usize,
}

impl Caller for OverBus {
    async fn call(&mut self) -> Result<()> {
        let options = CallOptions::once(LIMIT);
        let answer = self.bus.call_raw(self.service, self.request.clone(), options).await?;
        ensure!(answer.len() == self.length, "another answer of {}", self.service);
        Ok(())
    }
}

/// Asks over a connection of its own.
struct OverGrpc {
    grpc: tonic::client::Grpc<Channel>,
    method: &'static str,
    request: Bytes,
}

impl Caller for OverGrpc {
    async fn call(&mut self) -> Result<()> {
        self.grpc.ready().await?;
        let path = format!("/koinos.services.koinos/{}", self.method).parse()?;
        self.grpc.unary(tonic::Request::new(self.request.clone()), path, Raw).await?;
        Ok(())
    }
}

impl Rpc {
    async fn over_bus(&self, bus: &Bus, count: usize) -> Result<Figures> {
        let name = format!("koinos.rpc.{0}.{0}_request", self.service);
        let request = Mapping::koinos().encode(&name, &json!({ self.method: self.parameters }))?;
        let (service, request) = (self.service, Bytes::from(request));
        let answer = bus.call_raw(service, request.clone(), CallOptions::once(LIMIT)).await?;
        let name = format!("koinos.rpc.{service}.{service}_response");
        let read = Mapping::koinos().decode(&name, &answer)?;
        ensure!(read.get(self.method).is_some_and(|found| *found != json!({})), "{read}");
        let caller = OverBus { bus: bus.clone(), service, request, length: answer.len() };
        Figures::measure(vec![caller; count], CALLS).await
    }

    async fn over_grpc(&self, address: &str, count: usize) -> Result<Figures> {
        let name = format!("koinos.rpc.{}.{}_request", self.service, self.method);
        let request = Bytes::from(Mapping::koinos().encode(&name, &self.parameters)?);
        let mut callers = Vec::new();
        for _ in 0..count {
            let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
            let grpc = tonic::client::Grpc::new(channel);
            callers.push(OverGrpc { grpc, method: self.method, request: request.clone() });
        }
        Figures::measure(callers, CALLS).await
    }
}

/// All that is asked about: a contract that an account uploaded, the transaction, its block.
async fn rpcs(devnet: &mut Devnet) -> Result<Vec<Rpc>> {
    let mut transfers = Transfers::new(devnet)?;
    transfers.include(devnet, SUBMITTERS, TRANSFERS).await?;
    let (block, id) = transfers.upload(devnet, 0, &COUNTER).await?;
    let height = block.header.context("a block without header")?.height;
    devnet.until_height(height + 2).await?;
    let account = to_base58(&transfers.address(0));
    let (block, id) = (to_hex(&block.id), to_hex(&id));
    let rpc = |service, method, parameters, route: Option<String>| Rpc {
        service,
        method,
        parameters,
        route,
    };
    Ok(vec![
        rpc(
            "transaction_store",
            "get_transactions_by_id",
            json!({ "transaction_ids": [id] }),
            Some(format!("/v1/transaction/{id}")),
        ),
        rpc(
            "contract_meta_store",
            "get_contract_meta",
            json!({ "contract_id": account }),
            Some(format!("/v1/contract/{account}/abi")),
        ),
        rpc(
            "account_history",
            "get_account_history",
            json!({ "address": account, "limit": "10" }),
            Some(format!("/v1/account/{account}/history?limit=10")),
        ),
        rpc(
            "block_store",
            "get_blocks_by_id",
            json!({ "block_ids": [block], "return_block": true }),
            Some(format!("/v1/block/{block}")),
        ),
        rpc(
            "block_store",
            "get_blocks_by_height",
            json!({ "head_block_id": block, "ancestor_start_height": height.to_string(),
                    "num_blocks": 1, "return_block": true }),
            Some(format!("/v1/block/{height}")),
        ),
        rpc("block_store", "get_highest_block", json!({}), None),
        rpc(
            "chain",
            "get_account_nonce",
            json!({ "account": account }),
            Some(format!("/v1/account/{account}/nonce")),
        ),
    ])
}

/// Measures them, one after the other.
pub async fn of_indexes(mut devnet: Devnet) -> Result<()> {
    let rpcs = rpcs(&mut devnet).await?;
    serve_echo(&devnet).await?;
    for count in CALLERS {
        let echo = echoes(&devnet, count, CALLS).await?;
        for rpc in &rpcs {
            println!("{}.{}", rpc.service, rpc.method);
            rpc.over_bus(&devnet.bus, count).await?.show("  over AMQP", Some(&echo));
            rpc.over_grpc(devnet.grpc()?, count).await?.show("  over gRPC", Some(&echo));
            let Some(route) = &rpc.route else { continue };
            let mut callers = Vec::new();
            for _ in 0..count {
                let client = Client::connect(devnet.rest()?).await?;
                callers.push(Asking(client, Request::path(route)));
            }
            Figures::measure(callers, CALLS).await?.show("  over REST", Some(&echo));
        }
    }
    println!("memory               {}", devnet.memory());
    Ok(())
}
