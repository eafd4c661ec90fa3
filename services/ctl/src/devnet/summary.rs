//! What a devnet tells about itself when it is ready.

use std::path::Path;

use anyhow::Context;
use koinos_service::Fatal;
use koinos_wallet::keys;
use serde_json::json;

use super::state::{Node, Run, State};
use crate::output::Report;

/// Where it is, and what to try.
///
/// # Errors
/// When it does not run, or its key cannot be read.
pub(crate) fn summary(directory: &Path, state: &State) -> Result<Report, Fatal> {
    let run = state.run.as_ref().context("the devnet does not run")?;
    let wif = keys::read(&directory.join("account.key"))?.to_wif();
    let place = directory.display();
    let processes: Vec<_> = run
        .processes
        .iter()
        .map(|process| json!({ "name": process.name, "node": process.node, "pid": process.id.pid }))
        .collect();
    let report = Report::new(json!({
        "event": "ready",
        "data_dir": place.to_string(),
        "json_rpc": run.json_rpc,
        "rest": rest(run),
        "amqp": run.amqp,
        "chain_id": state.chain_id,
        "algorithm": state.algorithm,
        "block_interval_ms": run.block_interval_ms,
        "producer": state.producer,
        "address": state.account,
        "private_key": wif,
        "contracts": state.contracts,
        "supervisor_pid": run.supervisor.pid,
        "nodes": run.nodes,
        "processes": processes,
    }))
    .maybe("JSON-RPC", run.json_rpc.as_ref())
    .maybe("gRPC", grpc(run))
    .maybe("REST", rest(run).map(|url| format!("{url}docs")))
    .pair("AMQP", &run.amqp)
    .pair("directory", &place)
    .pair("chain id", &state.chain_id)
    .pair("address", format!("{} (1,000,000 KOIN, so it has mana)", state.account))
    .pair("private key", &wif);
    let report = state.contracts.iter().fold(report, |report, contract| {
        report.pair(format!("contract {}", contract.name), &contract.address)
    });
    let report = match run.nodes.len() {
        0 | 1 => report.maybe("p2p", run.nodes.first().and_then(|node| node.p2p.as_ref())),
        _ => report.text("").table(vec!["node", "base directory", "JSON-RPC", "p2p"], rows(run)),
    };
    Ok(report.text(what_to_try(directory, run, &state.producer, &wif)))
}

/// Where the first node serves gRPC.
fn grpc(run: &Run) -> Option<&String> {
    run.nodes.first().and_then(|node| node.grpc.as_ref())
}

/// Where REST is served.
fn rest(run: &Run) -> Option<&String> {
    run.nodes.first()?.rest.as_ref()
}

fn rows(run: &Run) -> Vec<Vec<String>> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let row = |node: &Node| {
        let basedir = node.basedir.display().to_string();
        vec![node.number.to_string(), basedir, shown(&node.json_rpc), shown(&node.p2p)]
    };
    run.nodes.iter().map(row).collect()
}

fn what_to_try(directory: &Path, run: &Run, producer: &str, wif: &str) -> String {
    let place = directory.display();
    let over_grpc = grpc(run).map_or(String::new(), |address| {
        format!("  grpcurl -plaintext {address} koinos.services.koinos/get_head_info\n\n")
    });
    let balance = rest(run).map_or(String::new(), |url| {
        format!("  curl -s {url}v1/account/{producer}/balance/koin\n\n")
    });
    let Some(url) = &run.json_rpc else {
        return format!("\nTry:\n\n{balance}  koinosctl --basedir {place} chain head\n");
    };
    format!(
        r#"
Try:

  curl -s {url} \
    -d '{{"jsonrpc":"2.0","id":1,"method":"chain.get_head_info","params":{{}}}}'

{over_grpc}{balance}  koinosctl --basedir {place} status
  koinosctl --basedir {place} account history {producer}
  koinosctl --basedir {place} tx show TRANSACTION-ID
  koinosctl --basedir {place} contract abi CONTRACT

With koilib (npm install koilib):

  import {{ Provider, Signer }} from "koilib";
  const provider = new Provider("{url}");
  const signer = Signer.fromWif("{wif}");
  signer.provider = provider;
  console.log(await provider.getHeadInfo());
  console.log(signer.address, await provider.getAccountRc(signer.address));
"#
    )
}
