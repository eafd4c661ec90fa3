//! Devnets as another shell sees them: stop, status, reset.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use koinos_local::{Signal, poll};
use koinos_service::Fatal;
use serde_json::{Value, json};

use super::Which;
use super::registry;
use super::state::{Lock, Node, Run, State, contents};
use crate::node::{Place, number, text};
use crate::output::{Output, Report};
use crate::status::Lookout;

/// A supervisor gives each service its time, so it needs some itself.
const STOP_LIMIT: Duration = Duration::from_secs(120);

/// Stops a network.
pub(crate) fn stop(which: &Which, output: &Output) -> Result<(), Fatal> {
    let directory = one(which)?;
    let ran = end(&directory)?;
    let place = directory.display();
    let text = match ran {
        true => format!("the devnet in {place} is stopped"),
        false => format!("the devnet in {place} does not run"),
    };
    output.show(&Report::new(json!({ "data_dir": place.to_string(), "ran": ran })).text(text))
}

/// Shows one network, or all that run.
pub(crate) async fn status(which: &Which, output: &Output) -> Result<(), Fatal> {
    let directories = match &which.data_dir {
        Some(_) => vec![one(which)?],
        None => registry::running(),
    };
    let mut all = Vec::new();
    let mut report = Report::default();
    for directory in &directories {
        let next = describe(directory).await?;
        all.push(next.json().clone());
        report = report.below(next);
    }
    if all.is_empty() {
        report = report.text("no devnet runs; `koinosctl devnet start` starts one");
    }
    let json = match (&which.data_dir, all.pop()) {
        (Some(_), Some(one)) => one,
        (_, last) => all.into_iter().chain(last).collect::<Vec<Value>>().into(),
    };
    output.show(&Report::new(json).below(report))
}

async fn describe(directory: &Path) -> Result<Report, Fatal> {
    let Some(state) = State::load(directory)? else {
        let json = json!({ "data_dir": directory.display().to_string(), "state": "starting" });
        return Ok(Report::new(json).pair("devnet", format!("{}, starting", directory.display())));
    };
    let run = state.running();
    let condition = match (run, &state.run) {
        (Some(run), _) if run.ready => "running",
        (Some(_), _) => "starting",
        (None, Some(_)) => "cut short",
        (None, None) => "stopped",
    };
    let mut json = json!({
        "data_dir": directory.display().to_string(),
        "state": condition,
        "algorithm": state.algorithm,
        "chain_id": state.chain_id,
        "address": state.account,
        "json_rpc": run.and_then(|run| run.json_rpc.clone()),
        "supervisor_pid": run.map(|run| run.supervisor.pid),
    });
    let report = Report::new(Value::Null)
        .pair("devnet", format!("{}, {condition}", directory.display()))
        .maybe("JSON-RPC", run.and_then(|run| run.json_rpc.as_ref()))
        .maybe("REST", run.and_then(|run| run.nodes.first()?.rest.as_ref()));
    let Some(run) = run else { return Ok(Report::new(json).below(report)) };
    let first = Lookout::new(Place::at(directory, &run.amqp)?).look().await;
    json["node"] = first.json().clone();
    let mut nodes = vec![first.json().clone()];
    for node in run.nodes.iter().skip(1) {
        let look = Lookout::new(Place::at(&node.basedir, &node.amqp)?).look().await;
        nodes.push(look.json().clone());
    }
    let report = match run.nodes.len() {
        0 | 1 => report.below(first),
        _ => {
            let rows = run.nodes.iter().zip(&nodes).map(|(node, look)| row(node, look)).collect();
            report
                .table(vec!["node", "height", "head", "lag", "peers", "services", "JSON-RPC"], rows)
        }
    };
    let member = |(node, look): (&Node, Value)| {
        json!({
            "node": node.number, "basedir": node.basedir, "amqp": node.amqp,
            "json_rpc": node.json_rpc, "rest": node.rest, "p2p": node.p2p, "head": look["head"],
            "peers": look["peers"], "services": look["services"],
        })
    };
    json["nodes"] = run.nodes.iter().zip(nodes).map(member).collect();
    Ok(Report::new(json).below(report))
}

/// A node beside others.
fn row(node: &Node, look: &Value) -> Vec<String> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let head = Some(&look["head"]).filter(|head| !head.is_null());
    let lag = head.and_then(|head| head["lag_ms"].as_u64());
    vec![
        node.number.to_string(),
        shown(head.map(|head| number(head, "height").to_string())),
        shown(head.map(|head| text(head, "id").to_owned())),
        shown(lag.map(|lag| format!("{:.1} s", lag as f64 / 1000.0))),
        shown(look["peers"].as_u64().map(|peers| peers.to_string())),
        services(look),
        shown(node.json_rpc.clone()),
    ]
}

/// How many of a node's services serve, and which of them do not.
fn services(look: &Value) -> String {
    let all = look["services"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (ready, others): (Vec<&Value>, Vec<&Value>) =
        all.iter().partition(|service| text(service, "state") == "ready");
    let others: Vec<String> = others
        .iter()
        .map(|service| format!("{} {}", text(service, "name"), text(service, "state")))
        .collect();
    match others.is_empty() {
        true => format!("{} ready", ready.len()),
        false => format!("{} ready; {}", ready.len(), others.join(", ")),
    }
}

/// Removes what a network has made.
pub(crate) fn reset(which: &Which, output: &Output) -> Result<(), Fatal> {
    let directory = one(which)?;
    end(&directory)?;
    if directory.exists() {
        let _lock = Lock::take(&directory)?
            .ok_or_else(|| Fatal::failure(anyhow!("{} is in use", directory.display())))?;
        for name in contents() {
            remove(&directory.join(name))?;
        }
        // It stays if somebody else's files are in it.
        let _ = fs::remove_dir(&directory);
    }
    let place = directory.display();
    let text = format!("the devnet in {place} is gone; the next start makes a new one");
    output.show(&Report::new(json!({ "data_dir": place.to_string() })).text(text))
}

fn remove(path: &Path) -> Result<(), Fatal> {
    let removed = match path.symlink_metadata() {
        Err(_) => return Ok(()),
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    Ok(removed.with_context(|| format!("cannot remove {}", path.display()))?)
}

/// The directory meant: the one given, or that of the only devnet that runs.
fn one(which: &Which) -> Result<PathBuf, Fatal> {
    if let Some(directory) = &which.data_dir {
        let directory = std::path::absolute(directory)
            .with_context(|| format!("cannot find {}", directory.display()))?;
        return match State::load(&directory)? {
            Some(_) => Ok(directory),
            None => Err(Fatal::usage(anyhow!("there is no devnet in {}", directory.display()))),
        };
    }
    let mut running = registry::running();
    match (running.pop(), running.is_empty()) {
        (Some(directory), true) => Ok(directory),
        (None, _) => Err(Fatal::usage(anyhow!(
            "no devnet runs; name the directory of one that was stopped with --data-dir"
        ))),
        (Some(last), false) => {
            running.push(last);
            let list: Vec<String> =
                running.iter().map(|directory| format!("\n  {}", directory.display())).collect();
            Err(Fatal::usage(anyhow!(
                "several devnets run; name one with --data-dir:{}",
                list.concat()
            )))
        }
    }
}

/// Ends what runs; whether anything did.
fn end(directory: &Path) -> Result<bool, Fatal> {
    let Some(mut state) = State::load(directory)? else { return Ok(false) };
    let Some(run) = state.run.take() else { return Ok(false) };
    if run.supervisor.signal(Signal::TERM) {
        let ended = poll(STOP_LIMIT, || Ok::<_, Fatal>((!run.supervisor.is_alive()).then_some(())));
        if ended?.is_none() {
            run.supervisor.signal(Signal::KILL);
            return Err(Fatal::failure(anyhow!(
                "the devnet did not stop within {} s and was killed",
                STOP_LIMIT.as_secs()
            )));
        }
        return Ok(true);
    }
    end_leftovers(&run);
    match state.temporary {
        true => remove(directory)?,
        false => state.save(directory)?,
    }
    Ok(false)
}

/// Kills what a supervisor that is gone may have left: nothing, as a rule.
pub(crate) fn end_leftovers(run: &Run) {
    for process in &run.processes {
        process.id.signal(Signal::KILL);
    }
}
