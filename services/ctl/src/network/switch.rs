//! Switching a node from one network to another. What the services know of the old network is moved
//! aside, directory by directory, and what they knew of the new one is moved back.
//!
//! Where it has come to stands in a file, so that a switch that was interrupted goes on when it is
//! asked for again, and nothing of one network is ever taken for the other's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_service::Fatal;
use serde_json::{Value, json};

use super::{FRAGMENT, Genesis, Profile};
use crate::admin::SERVICES;
use crate::files::{self, Access};
use crate::layout::Layout;
use crate::node::text;
use crate::output::Report;
use crate::systemd::Manager;

/// What the data in the base directory belong to.
const STATE: &str = "network.json";
/// Below it the data of networks that are not used are kept.
const ASIDE: &str = "aside";
/// The name that data get which belong to no network that is known.
const UNNAMED: &str = "unnamed";

/// How far a switch has come.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// The data of the old network are being moved aside.
    Aside { from: &'a str },
    /// Those of the new one are being moved back.
    Back,
    /// It is over.
    Done,
}

/// The network of a node; none when it was never said.
pub(crate) fn current(layout: &Layout) -> Result<Option<String>, Fatal> {
    if let Some(state) = read_state(layout)? {
        return Ok(Some(text(&state, "network").to_owned()));
    }
    let linked = fs::read_link(layout.fragments().join(FRAGMENT)).ok();
    Ok(linked.and_then(|target| name_of(&target)))
}

/// The network of a profile's path: `NAME.yml`, or `NAME/network.yml`.
fn name_of(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_str()?;
    match stem {
        "network" => Some(path.parent()?.file_name()?.to_str()?.to_owned()),
        stem => Some(stem.to_owned()),
    }
}

fn read_state(layout: &Layout) -> Result<Option<Value>, Fatal> {
    let path = layout.basedir.join(STATE);
    match fs::read(&path) {
        Ok(content) => serde_json::from_slice(&content).map(Some).map_err(|error| {
            Fatal::config(anyhow!("{} is damaged: {error}; restore it", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fatal::config(anyhow!("cannot read {}: {error}", path.display()))),
    }
}

fn write_state(layout: &Layout, network: &str, step: Step<'_>) -> Result<(), Fatal> {
    let state = match step {
        Step::Aside { from } => json!({ "network": network, "setting_aside": from }),
        Step::Back => json!({ "network": network, "bringing_back": true }),
        Step::Done => json!({ "network": network }),
    };
    let path = layout.basedir.join(STATE);
    files::write(&path, format!("{state}\n").as_bytes(), Access::All).map(drop)
}

/// Has the node belong to the network `name`.
pub(super) fn switch(
    layout: &Layout,
    name: &str,
    genesis: Option<PathBuf>,
) -> Result<Report, Fatal> {
    if let Some(instance) = layout.instance_name() {
        return Err(Fatal::usage(anyhow!(
            "the node {instance} is one of a single network; make another one with koinosctl \
             instance create {name}"
        )));
    }
    let profile = Profile::known(layout, name)?;
    take_genesis(layout, &profile, genesis)?;
    let is_interrupted = interrupted(layout)?;
    let before = current(layout)?.or_else(|| has_data(layout).then(|| UNNAMED.to_owned()));
    let changed = before.as_deref() != Some(name);
    let running = if changed || is_interrupted { stop(layout)? } else { Vec::new() };
    finish(layout)?;
    let mut moved = Moved::default();
    if let Some(from) = before.as_deref().filter(|_| changed) {
        check_movable(layout, from, name)?;
        moved = move_data(layout, from, name)?;
    }
    write_state(layout, name, Step::Done)?;
    let link = layout.fragments().join(FRAGMENT);
    let target = profile.file(layout)?;
    let linked = files::link(&link, &layout.link_target(&link, &target))?;
    let manager = Manager::of(layout);
    if let Some(manager) = &manager {
        running.iter().try_for_each(|unit| manager.tell(&["start", "--no-block", unit]))?;
    }
    Ok(Report::new(json!({
        "network": name,
        "before": before,
        "changed": changed,
        "profile": target.display().to_string(),
        "fragment": link.display().to_string(),
        "set_aside": moved.aside,
        "brought_back": moved.back,
        "started": running,
    }))
    .pair("network", name)
    .maybe("before", before.filter(|_| changed))
    .pair("profile", format!("{} ({})", link.display(), linked.text()))
    .maybe("set aside", listed(&moved.aside))
    .maybe("brought back", listed(&moved.back))
    .maybe("started", listed(&running)))
}

fn listed(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

/// Sees to it that there is genesis data of the network.
fn take_genesis(layout: &Layout, profile: &Profile, genesis: Option<PathBuf>) -> Result<(), Fatal> {
    if let Some(path) = genesis {
        return Genesis::read(&path)?.take_in(layout, profile).map(drop);
    }
    let place = profile.genesis_file(layout);
    match place.exists() {
        true => Genesis::read(&place)?.check(profile),
        false => Err(Fatal::config(anyhow!(
            "there is no genesis data of {name} in {}; it is not part of the packages: get the file \
             from those who run the network, then koinosctl network use {name} --genesis FILE",
            place.display(),
            name = profile.name()
        ))),
    }
}

/// The services that have data in the base directory.
fn with_data(directory: &Path) -> Vec<&'static str> {
    let has = |service: &&str| fs::symlink_metadata(directory.join(service)).is_ok();
    SERVICES.iter().copied().filter(has).collect()
}

fn has_data(layout: &Layout) -> bool {
    !with_data(&layout.basedir).is_empty()
}

/// Stops the services of a node of the units; those that ran. Those of a node of one's own must
/// not run.
fn stop(layout: &Layout) -> Result<Vec<String>, Fatal> {
    if let Some(manager) = Manager::of(layout) {
        let units = SERVICES.iter().filter_map(|service| layout.unit(service));
        let running: Vec<String> = units
            .filter(|unit| ["active", "activating"].contains(&&*manager.state(unit)))
            .collect();
        if let Some(target) = layout.target() {
            // By name as well: nothing may be moved before the last of them has stopped.
            let named = running.iter().map(String::as_str);
            let all: Vec<&str> = ["stop", &target].into_iter().chain(named).collect();
            manager.tell(&all)?;
            return Ok(match running.is_empty() {
                true => running,
                // The sockets belong to the target.
                false => std::iter::once(target).chain(running).collect(),
            });
        }
    }
    for service in with_data(&layout.basedir) {
        let socket = layout.admin_socket(service);
        if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
            return Err(Fatal::config(anyhow!(
                "{service} runs on {}; stop all services of the node first",
                layout.basedir.display()
            )));
        }
    }
    Ok(Vec::new())
}

/// What was moved, by the names of services.
#[derive(Debug, Default)]
struct Moved {
    aside: Vec<String>,
    back: Vec<String>,
}

fn aside(layout: &Layout, network: &str) -> PathBuf {
    layout.basedir.join(ASIDE).join(network)
}

/// Refuses before anything is moved: a directory on a file system of its own cannot be renamed, and
/// nothing may be where something is to go.
fn check_movable(layout: &Layout, from: &str, to: &str) -> Result<(), Fatal> {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::symlink_metadata(path).map(|found| found.dev()).ok();
    let base = device(&layout.basedir);
    for service in with_data(&layout.basedir) {
        let path = layout.basedir.join(service);
        if device(&path) != base {
            return Err(Fatal::config(anyhow!(
                "{} is a file system of its own, so its data cannot be set aside; mount it \
                 elsewhere and make {0} a link to it, or run the network {to} as a further node: \
                 koinosctl instance create {to}",
                path.display()
            )));
        }
        let place = aside(layout, from).join(service);
        if fs::symlink_metadata(&place).is_ok() {
            return Err(Fatal::config(anyhow!(
                "data of {from} are in {} already; move them away, or those in {}",
                place.display(),
                path.display()
            )));
        }
    }
    Ok(())
}

fn interrupted(layout: &Layout) -> Result<bool, Fatal> {
    let state = read_state(layout)?.unwrap_or_default();
    Ok(state["setting_aside"].is_string() || state["bringing_back"] == true)
}

/// Finishes a switch that was interrupted, the way it had begun.
fn finish(layout: &Layout) -> Result<(), Fatal> {
    let Some(state) = read_state(layout)? else { return Ok(()) };
    let to = text(&state, "network").to_owned();
    if let Some(from) = state["setting_aside"].as_str() {
        move_data(layout, from, &to)?;
    } else if state["bringing_back"] == true {
        bring_back(layout, &to)?;
    }
    write_state(layout, &to, Step::Done)
}

/// Moves what is there to the network it belongs to, and what belongs to the new one back.
fn move_data(layout: &Layout, from: &str, to: &str) -> Result<Moved, Fatal> {
    write_state(layout, to, Step::Aside { from })?;
    let aside = set_aside(layout, from)?;
    // From here on what is there is the new network's.
    write_state(layout, to, Step::Back)?;
    Ok(Moved { aside, back: bring_back(layout, to)? })
}

fn set_aside(layout: &Layout, network: &str) -> Result<Vec<String>, Fatal> {
    let mut moved = Vec::new();
    for service in with_data(&layout.basedir) {
        let place = aside(layout, network);
        files::make_directory(&place, Access::All)?;
        rename(&layout.basedir.join(service), &place.join(service))?;
        moved.push(service.to_owned());
    }
    Ok(moved)
}

fn bring_back(layout: &Layout, network: &str) -> Result<Vec<String>, Fatal> {
    let place = aside(layout, network);
    let mut moved = Vec::new();
    for service in with_data(&place) {
        rename(&place.join(service), &layout.basedir.join(service))?;
        moved.push(service.to_owned());
    }
    Ok(moved)
}

/// Moves a directory whole. Nothing that is there is overwritten.
fn rename(from: &Path, to: &Path) -> Result<(), Fatal> {
    let moved = match fs::symlink_metadata(to) {
        Ok(_) => Err(io::Error::from(io::ErrorKind::AlreadyExists)),
        Err(_) => fs::rename(from, to),
    };
    moved.map_err(|error| {
        Fatal::failure(anyhow!(
            "cannot move {} to {}: {error}; cure that and switch again, which goes on from here",
            from.display(),
            to.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(directory: &Path) -> Layout {
        Layout::at("/".into(), directory.to_owned())
    }

    fn put(directory: &Path, service: &str, content: &str) {
        fs::create_dir_all(directory.join(service)).unwrap();
        fs::write(directory.join(service).join("data"), content).unwrap();
    }

    fn data(directory: &Path, service: &str) -> Option<String> {
        fs::read_to_string(directory.join(service).join("data")).ok()
    }

    #[test]
    fn data_go_aside_and_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path();
        put(base, "chain", "one");
        put(base, "mempool", "one");
        let layout = node(base);
        let moved = move_data(&layout, "one", "two").unwrap();
        assert_eq!((moved.aside.len(), moved.back.len()), (2, 0));
        assert_eq!(data(base, "chain"), None);
        put(base, "chain", "two");
        put(base, "p2p", "two");
        move_data(&layout, "two", "one").unwrap();
        assert_eq!(data(base, "chain").unwrap(), "one");
        assert_eq!(data(base, "mempool").unwrap(), "one");
        assert_eq!(data(base, "p2p"), None);
        move_data(&layout, "one", "two").unwrap();
        assert_eq!(data(base, "p2p").unwrap(), "two");
        assert_eq!(data(base, "mempool"), None);
    }

    #[test]
    fn a_switch_goes_on_wherever_it_was_interrupted() {
        // Both steps, each cut off after one of two moves.
        for (step, aside_left) in [(Step::Aside { from: "one" }, true), (Step::Back, false)] {
            let directory = tempfile::tempdir().unwrap();
            let base = directory.path();
            let layout = node(base);
            write_state(&layout, "two", step).unwrap();
            put(&aside(&layout, "one"), "mempool", "one");
            put(&aside(&layout, "two"), "p2p", "two");
            match aside_left {
                true => {
                    put(base, "chain", "one");
                    put(&aside(&layout, "two"), "chain", "two");
                }
                false => {
                    put(&aside(&layout, "one"), "chain", "one");
                    // Of the new network, and back already.
                    put(base, "chain", "two");
                    put(base, "jsonrpc", "two");
                }
            }
            finish(&layout).unwrap();
            assert_eq!(data(base, "chain").unwrap(), "two");
            assert_eq!(data(base, "p2p").unwrap(), "two");
            assert_eq!(data(&aside(&layout, "one"), "chain").unwrap(), "one");
            assert_eq!(data(&aside(&layout, "one"), "mempool").unwrap(), "one");
            assert_eq!(data(base, "jsonrpc").is_some(), !aside_left);
            assert_eq!(current(&layout).unwrap().unwrap(), "two");
        }
    }

    #[test]
    fn networks_are_known_by_their_profiles() {
        let name = |path: &str| name_of(Path::new(path));
        assert_eq!(name("/usr/share/koinos/networks/mainnet.yml").unwrap(), "mainnet");
        assert_eq!(name("/etc/koinos/networks/mine/network.yml").unwrap(), "mine");
    }
}
