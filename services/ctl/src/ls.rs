//! `ls`: the nodes of this machine, service by service. Nothing is started by looking.

use std::path::Path;

use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::admin::{Page, Readiness, SERVICES, readiness};
use crate::cli::Global;
use crate::instance;
use crate::layout::Layout;
use crate::network;
use crate::node::text;
use crate::output::{Output, Report};
use crate::systemd::Manager;

/// Shows them.
pub(crate) async fn run(global: &Global, output: &Output) -> Result<(), Fatal> {
    let mut rows = Vec::new();
    for node in nodes(global)? {
        let network = network::current(&node)?.or_else(|| node.instance_name().map(str::to_owned));
        for service in SERVICES {
            if let Some(row) = look(&node, service, network.as_deref()).await {
                rows.push(row);
            }
        }
    }
    let cells = |row: &Value| -> Vec<String> {
        let names = ["network", "service", "state", "head", "socket"];
        let shown = |name: &str| match &row[name] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        names.iter().map(|name| shown(name)).collect()
    };
    let table = rows.iter().map(cells).collect();
    let mut report = Report::new(rows.clone().into())
        .table(vec!["network", "service", "state", "head", "socket"], table);
    if rows.is_empty() {
        report = report.text(
            "No service has run on this machine; a node of your own is named with \
                              --basedir.",
        );
    }
    output.show(&report)
}

/// The node that is named; or that of the user, that of the units, and its instances.
fn nodes(global: &Global) -> Result<Vec<Layout>, Fatal> {
    let first = Layout::find(global)?;
    if global.basedir.is_some() {
        return Ok(vec![first]);
    }
    let units = first.only();
    let mut nodes = Vec::new();
    if first.packaged().is_none() {
        nodes.push(first);
    }
    let instances = instance::names(&units);
    nodes.push(units.clone());
    nodes.extend(instances.iter().map(|name| units.instance(name)));
    Ok(nodes)
}

/// A service of a node, if it belongs to it: it has run, or systemd holds its socket.
async fn look(node: &Layout, service: &str, network: Option<&str>) -> Option<Value> {
    let socket = node.admin_socket(service);
    if !node.basedir.join(service).exists() && !socket.exists() {
        return None;
    }
    let (state, page) = state(node, service, &socket).await;
    let head = page.as_ref().and_then(|page| {
        ["head_height", "highest_block"].iter().find_map(|name| page.detail(name)).cloned()
    });
    let said =
        page.as_ref().map(|page| text(&page.json, "network")).filter(|name| !name.is_empty());
    Some(json!({
        "network": said.or(network),
        "basedir": node.basedir.display().to_string(),
        "service": service,
        "unit": node.unit(service),
        "state": state,
        "head": head,
        "socket": socket.display().to_string(),
    }))
}

/// Under systemd a connection would start the service, so the manager is asked first.
async fn state(node: &Layout, service: &str, socket: &Path) -> (String, Option<Page>) {
    if let (Some(manager), Some(unit)) = (Manager::of(node), node.unit(service)) {
        let state = manager.state(&unit);
        if !["active", "activating", "reloading"].contains(&state.as_str()) {
            return (state, None);
        }
    }
    let state = match readiness(socket).await {
        Readiness::Ready => "ready".to_owned(),
        Readiness::NotReady(why) => format!("not ready: {why}"),
        Readiness::Absent => return ("not running".to_owned(), None),
    };
    (state, Page::fetch(socket).await)
}
