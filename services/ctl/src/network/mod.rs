//! `network`: which network a node belongs to. A profile says what is common to its nodes, genesis
//! data comes from who runs it, and the data of each network is kept apart.

mod genesis;
mod profile;
mod switch;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Subcommand;
use koinos_service::Fatal;
use serde_json::json;

use crate::cli::Global;
use crate::files::Change;
use crate::layout::Layout;
use crate::output::{Output, Report};

pub(crate) use genesis::Genesis;
pub(crate) use profile::{FRAGMENT, Profile};
pub(crate) use switch::current;

/// What to do with networks.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// The networks that are known, and which the node belongs to
    List,
    /// What is known about a network
    Show {
        /// The network [default: that of the node]
        name: Option<String>,
    },
    /// Take in the genesis data of a network, after checking its chain id. A network without a
    /// profile gets one
    Add {
        /// The network
        name: String,
        /// Its genesis data, in JSON
        #[arg(long, value_name = "FILE")]
        genesis: PathBuf,
        /// For a new profile: the fork algorithm of the network
        #[arg(long, value_name = "NAME")]
        fork_algorithm: Option<String>,
        /// For a new profile: the chain id that the genesis data must have, in base64 or as 0x and
        /// hexadecimal digits
        #[arg(long, value_name = "ID")]
        chain_id: Option<String>,
        /// For a new profile: peers to begin with
        #[arg(long, value_name = "ADDRESS")]
        peer: Vec<String>,
    },
    /// Have the node belong to a network. Its data of the network before is set aside, and is there
    /// again after switching back
    Use {
        /// The network
        name: String,
        /// Its genesis data, if it was not taken in yet
        #[arg(long, value_name = "FILE")]
        genesis: Option<PathBuf>,
    },
}

/// Lists, shows, adds or switches.
pub(crate) fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    let layout = Layout::find(global)?;
    match verb {
        Verb::List => output.show(&list(&layout)?),
        Verb::Show { name } => output.show(&show(&layout, name)?),
        Verb::Add { name, genesis, fork_algorithm, chain_id, peer } => {
            let genesis = Genesis::read(&genesis)?;
            let profile = match Profile::find(&layout, &name)? {
                Some(profile)
                    if fork_algorithm.is_some() || chain_id.is_some() || !peer.is_empty() =>
                {
                    return Err(Fatal::usage(anyhow!(
                        "the network {name} has a profile already, {}; change it there",
                        profile.place()
                    )));
                }
                Some(profile) => profile,
                None => Profile::make(&layout, &name, &genesis, chain_id, fork_algorithm, &peer)?,
            };
            let change = genesis.take_in(&layout, &profile)?;
            output.show(&taken(&layout, &profile, &genesis, change))
        }
        Verb::Use { name, genesis } => output.show(&switch::switch(&layout, &name, genesis)?),
    }
}

fn list(layout: &Layout) -> Result<Report, Fatal> {
    let current = current(layout)?;
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for profile in Profile::all(layout)? {
        let genesis = profile.genesis_file(layout);
        let known = genesis.exists();
        let used = current.as_deref() == Some(profile.name());
        json.push(json!({
            "name": profile.name(),
            "used": used,
            "chain_id": profile.chain_id(),
            "genesis": known.then(|| genesis.display().to_string()),
            "profile": profile.place(),
        }));
        rows.push(vec![
            profile.name().to_owned(),
            if used { "used" } else { "" }.to_owned(),
            profile.chain_id().unwrap_or_else(|| "-".to_owned()),
            if known { genesis.display().to_string() } else { "-".to_owned() },
        ]);
    }
    Ok(Report::new(json.into()).table(vec!["network", "node", "chain id", "genesis"], rows))
}

fn show(layout: &Layout, name: Option<String>) -> Result<Report, Fatal> {
    let current = current(layout)?;
    let name = name.or_else(|| current.clone()).ok_or_else(|| {
        Fatal::config(anyhow!("the node belongs to no network yet; koinosctl network list"))
    })?;
    let profile = Profile::known(layout, &name)?;
    let file = profile.genesis_file(layout);
    let genesis = if file.exists() { Some(Genesis::read(&file)?) } else { None };
    let id = genesis.as_ref().map(Genesis::chain_id);
    let fits = match (&id, profile.chain_id()) {
        (Some(id), Some(wanted)) => Some(*id == wanted),
        _ => None,
    };
    Ok(Report::new(json!({
        "name": name,
        "used": current.as_deref() == Some(name.as_str()),
        "profile": profile.place(),
        "chain_id": profile.chain_id(),
        "fork_algorithm": profile.fork_algorithm(),
        "peers": profile.peers(),
        "checkpoints": profile.checkpoints(),
        "genesis": { "file": file.display().to_string(), "chain_id": id, "fits": fits },
    }))
    .pair("network", &name)
    .pair("profile", profile.place())
    .maybe("chain id", profile.chain_id())
    .maybe("fork algorithm", profile.fork_algorithm())
    .pair(
        "genesis",
        match (&id, fits) {
            (None, _) => format!("missing: {}", file.display()),
            (Some(id), Some(false)) => format!("{} is of another chain: {id}", file.display()),
            (Some(_), _) => file.display().to_string(),
        },
    )
    .pair("peers", profile.peers().join("\n"))
    .pair("checkpoints", profile.checkpoints().join("\n")))
}

fn taken(layout: &Layout, profile: &Profile, genesis: &Genesis, change: Change) -> Report {
    let file = profile.genesis_file(layout);
    Report::new(json!({
        "name": profile.name(),
        "chain_id": genesis.chain_id(),
        "genesis": file.display().to_string(),
        "change": change.text(),
        "profile": profile.place(),
    }))
    .pair("network", profile.name())
    .pair("chain id", genesis.chain_id())
    .pair("genesis", format!("{} ({})", file.display(), change.text()))
    .pair("profile", profile.place())
    .pair("to use it", format!("koinosctl network use {}", profile.name()))
}

/// The name of a network, which becomes a part of paths and units.
pub(crate) fn check_name(name: &str) -> Result<(), Fatal> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    match first && name.len() <= 32 && name.chars().all(plain) {
        true => Ok(()),
        false => Err(Fatal::usage(anyhow!(
            "{name:?} cannot name a network: up to 32 small letters, digits, - and _, a letter first"
        ))),
    }
}
