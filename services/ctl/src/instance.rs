//! `instance`: nodes of further networks on one machine, each with units `koinos-SERVICE@NAME`,
//! data, configuration, virtual host and ports of its own.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use koinos_service::Fatal;
use serde_json::json;

use crate::admin::SERVICES;
use crate::broker;
use crate::cli::Global;
use crate::files::{self, Access};
use crate::layout::Layout;
use crate::network::{self, FRAGMENT, Genesis, Profile, check_name};
use crate::output::{Output, Report};
use crate::sockets;
use crate::systemd::Manager;

/// The fragment of what an instance needs for itself.
const OWN: &str = "15-instance.yml";
/// Listeners of services, their keys and the ports that the first node has.
const LISTENERS: [Listener; 4] = [
    Listener { service: "jsonrpc", key: "listen", host: "127.0.0.1", port: 8080 },
    Listener { service: "grpc", key: "endpoint", host: "127.0.0.1", port: 50051 },
    Listener { service: "rest", key: "listen", host: "127.0.0.1", port: 3000 },
    Listener { service: "p2p", key: "listen", host: "0.0.0.0", port: 8888 },
];

struct Listener {
    service: &'static str,
    key: &'static str,
    host: &'static str,
    port: u16,
}

impl Listener {
    /// Where that of an instance listens, for systemd.
    fn address(&self, offset: u16) -> String {
        format!("{}:{}", self.host, self.port + offset)
    }

    /// The same for config.yml.
    fn value(&self, offset: u16) -> String {
        match self.key {
            "endpoint" => self.address(offset),
            _ => format!("/ip4/{}/tcp/{}", self.host, self.port + offset),
        }
    }
}

/// What to do with instances.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make the configuration of a further node
    Create(Create),
    /// The further nodes of this machine
    List,
    /// Remove the configuration of a further node that does not run
    Remove {
        /// Its name
        name: String,
        /// Remove its blocks, its state and its keys too
        #[arg(long)]
        data: bool,
    },
}

/// What a further node is to be like.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its name; the units are koinos-SERVICE@NAME
    name: String,

    /// Its network [default: that of the name]
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// Genesis data of the network, if they were not taken in yet
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,

    /// Added to the port of each service (8080, 50051, 3000, 8888) [default: the next that are free]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..1000))]
    offset: Option<u16>,

    /// Make no virtual host and no user on the broker of this machine
    #[arg(long)]
    no_broker: bool,

    /// The program that tells the broker [default: rabbitmqctl in PATH]
    #[arg(long, value_name = "PROGRAM", hide = true)]
    rabbitmqctl: Option<PathBuf>,
}

/// Creates, lists or removes.
pub(crate) fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let mut units = global.clone();
    // Instances belong to the units, whatever node the user may have.
    units.basedir = Some("/var/lib/koinos".into());
    let only = Layout::find(&units)?;
    match verb {
        Verb::Create(options) => output.show(&create(&only, &options)?),
        Verb::List => output.show(&list(&only)?),
        Verb::Remove { name, data } => output.show(&remove(&only, &name, data)?),
    }
}

/// The names of the further nodes.
pub(crate) fn names(only: &Layout) -> Vec<String> {
    let entries = std::fs::read_dir(only.networks()).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("config.yml").exists())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn create(only: &Layout, options: &Create) -> Result<Report, Fatal> {
    check_name(&options.name)?;
    let node = only.instance(&options.name);
    let network = options.network.as_deref().unwrap_or(&options.name);
    let profile = Profile::known(only, network)?;
    if let Some(genesis) = &options.genesis {
        Genesis::read(genesis)?.take_in(only, &profile)?;
    }
    let genesis = profile.genesis_file(only);
    // Known before anything is written.
    let offset = offset(only, &node, options.offset)?;
    let config = node.etc().join("config.yml");
    if !config.exists() {
        files::write(&config, config_text(&options.name).as_bytes(), Access::Services)?;
    }
    let link = node.fragments().join(FRAGMENT);
    files::link(&link, &node.link_target(&link, &profile.file(only)?))?;
    let own = node.fragments().join(OWN);
    let change = files::write(&own, own_text(offset, network).as_bytes(), Access::Services)?;
    let mut units_changed = false;
    for listener in &LISTENERS {
        units_changed |= sockets::open(&node, listener.service, &listener.address(offset))?;
    }
    reload(&node, units_changed)?;
    let mut report = Report::new(json!({
        "name": options.name,
        "network": network,
        "configuration": node.etc().display().to_string(),
        "data": node.basedir.display().to_string(),
        "change": change.text(),
        "ports": ports(offset),
        "genesis": genesis.exists().then(|| genesis.display().to_string()),
        "broker": !options.no_broker,
    }))
    .pair("instance", &options.name)
    .pair("network", network)
    .pair("configuration", format!("{} ({})", node.etc().display(), change.text()))
    .pair("data", node.basedir.display())
    .pair("ports", ports_text(offset));
    if !options.no_broker {
        let setup =
            broker::Setup { rabbitmqctl: options.rabbitmqctl.clone(), ..broker::Setup::default() };
        report = report.below(broker::setup(&node, &setup)?);
    }
    if !genesis.exists() {
        report = report
            .pair("genesis", format!("missing: koinosctl network add {network} --genesis FILE"));
    }
    let name = &options.name;
    Ok(report.pair(
        "to start it",
        format!(
            "systemctl enable --now koinos@{name}.target koinos-chain@{name} koinos-jsonrpc@{name}"
        ),
    ))
}

/// Has the service manager see new drop-ins, or that they are gone.
fn reload(node: &Layout, changed: bool) -> Result<(), Fatal> {
    match Manager::of(node) {
        Some(manager) if changed => manager.reload(),
        _ => Ok(()),
    }
}

fn config_text(name: &str) -> String {
    format!(
        "# Configuration of the node {name}, in the form of /etc/koinos/config.yml, which shows every\n\
         # option. The fragments in conf.d go before it: what koinosctl has written stands there.\n"
    )
}

fn own_text(offset: u16, network: &str) -> String {
    let mut text = format!(
        "# Written by koinosctl instance create: ports that no other node of this machine has.\n\
         # offset: {offset}\nglobal:\n  network: {}\n",
        files::yaml(network)
    );
    for listener in &LISTENERS {
        let value = files::yaml(&listener.value(offset));
        text.push_str(&format!("{}:\n  {}: {value}\n", listener.service, listener.key));
    }
    text
}

/// The offset of an instance, as its fragment says.
fn offset_of(node: &Layout) -> Option<u16> {
    let text = std::fs::read_to_string(node.fragments().join(OWN)).ok()?;
    text.lines().find_map(|line| line.strip_prefix("# offset: ")?.parse().ok())
}

/// What is added to the ports: as named, as before, or the least that nobody has.
fn offset(only: &Layout, node: &Layout, named: Option<u16>) -> Result<u16, Fatal> {
    let taken: BTreeSet<u16> = names(only)
        .iter()
        .map(|name| only.instance(name))
        .filter(|other| other.basedir != node.basedir)
        .filter_map(|other| offset_of(&other))
        .collect();
    if let Some(named) = named {
        return match taken.contains(&named) {
            true => Err(Fatal::usage(anyhow!(
                "--offset {named} belongs to another instance; see koinosctl instance list"
            ))),
            false => Ok(named),
        };
    }
    let free = |offset: u16| {
        let port = |listener: &Listener| TcpListener::bind(("127.0.0.1", listener.port + offset));
        !taken.contains(&offset)
            && (!only.is_live() || LISTENERS.iter().all(|one| port(one).is_ok()))
    };
    let found = offset_of(node).or_else(|| (1..1000).find(|offset| free(*offset)));
    found.ok_or_else(|| Fatal::config(anyhow!("no ports are free; choose them with --offset")))
}

fn ports(offset: u16) -> serde_json::Value {
    let all = LISTENERS.iter().map(|one| (one.service.to_owned(), (one.port + offset).into()));
    serde_json::Value::Object(all.collect())
}

fn ports_text(offset: u16) -> String {
    let all = LISTENERS.iter().map(|one| format!("{} {}", one.service, one.port + offset));
    all.collect::<Vec<_>>().join(", ")
}

fn list(only: &Layout) -> Result<Report, Fatal> {
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for name in names(only) {
        let node = only.instance(&name);
        let network = network::current(&node)?;
        let state = match (Manager::of(&node), node.target()) {
            (Some(manager), Some(target)) => Some(manager.state(&target)),
            _ => None,
        };
        let offset = offset_of(&node);
        json.push(json!({
            "name": name,
            "network": network,
            "target": node.target(),
            "state": state,
            "ports": offset.map(ports),
            "data": node.basedir.display().to_string(),
        }));
        rows.push(vec![
            name,
            network.unwrap_or_else(|| "-".to_owned()),
            state.unwrap_or_else(|| "-".to_owned()),
            offset.map_or("-".to_owned(), ports_text),
            node.basedir.display().to_string(),
        ]);
    }
    let head = vec!["instance", "network", "target", "ports", "data"];
    Ok(Report::new(json.into()).table(head, rows))
}

fn remove(only: &Layout, name: &str, data: bool) -> Result<Report, Fatal> {
    check_name(name)?;
    let node = only.instance(name);
    if !names(only).iter().any(|known| known == name) {
        return Err(Fatal::usage(anyhow!(
            "there is no instance {name}; there are: {}",
            names(only).join(", ")
        )));
    }
    if let Some(manager) = Manager::of(&node) {
        let runs = |service: &str| {
            let units = [node.unit(service), node.public_socket(service)];
            units.iter().flatten().any(|unit| manager.state(unit) == "active")
        };
        if let Some(service) = SERVICES.iter().find(|service| runs(service)) {
            return Err(Fatal::config(anyhow!(
                "{service} of {name} runs, or systemd listens for it; first: systemctl disable --now koinos@{name}.target \
                 'koinos-*@{name}.*'"
            )));
        }
    }
    let mut units_changed = false;
    for listener in &LISTENERS {
        units_changed |= sockets::close(&node, listener.service)?;
    }
    reload(&node, units_changed)?;
    let mut gone = Vec::new();
    // The genesis data and the profile belong to the network, and stay.
    for file in [
        "config.yml",
        "conf.d/10-network.yml",
        "conf.d/15-instance.yml",
        "conf.d/20-broker.yml",
        "credentials/amqp-password",
    ] {
        let path = node.etc().join(file);
        if files::remove(&path)? {
            gone.push(path.display().to_string());
        }
    }
    for directory in ["conf.d", "credentials"] {
        // With something of the operator's in it, it stays.
        let _ = std::fs::remove_dir(node.etc().join(directory));
    }
    let _ = std::fs::remove_dir(node.etc());
    if data && node.basedir.exists() {
        remove_data(&node.basedir)?;
        gone.push(node.basedir.display().to_string());
    }
    let kept = (!data && node.basedir.exists()).then(|| node.basedir.display().to_string());
    Ok(Report::new(json!({ "name": name, "removed": gone, "kept": kept }))
        .pair("instance", name)
        .pair("removed", gone.join(", "))
        .maybe("kept", kept))
}

fn remove_data(directory: &Path) -> Result<(), Fatal> {
    std::fs::remove_dir_all(directory)
        .map_err(|error| Fatal::failure(anyhow!("cannot remove {}: {error}", directory.display())))
}

#[cfg(test)]
mod tests {
    use koinos_service::ConfigFile;

    use super::*;

    #[test]
    fn what_an_instance_is_told_can_be_read() {
        let text = own_text(3, "harbinger");
        let file = ConfigFile::parse(Path::new("x.yml"), text).unwrap();
        assert_eq!(file.values("jsonrpc", "listen").unwrap(), ["/ip4/127.0.0.1/tcp/8083"]);
        assert_eq!(file.values("grpc", "endpoint").unwrap(), ["127.0.0.1:50054"]);
        assert_eq!(file.values("global", "network").unwrap(), ["harbinger"]);
    }
}
