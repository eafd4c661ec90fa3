//! Profiles of networks: fragments of configuration with a section `network` that says what they are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use koinos_codec::text;
use koinos_service::{ConfigFile, Fatal};

use super::{Genesis, check_name};
use crate::files::{self, Access, yaml};
use crate::layout::Layout;

/// The link in `conf.d` that makes a profile a part of the configuration.
pub(crate) const FRAGMENT: &str = "10-network.yml";
/// The operator's own profile, or the genesis data, in the directory of a network.
const PROFILE: &str = "network.yml";
const GENESIS: &str = "genesis_data.json";
/// The profiles that are delivered, for a node that is not installed.
const BUILT_IN: [(&str, &str); 3] = [
    ("devnet", include_str!("../../../../etc/networks/devnet.yml")),
    ("harbinger", include_str!("../../../../etc/networks/harbinger.yml")),
    ("mainnet", include_str!("../../../../etc/networks/mainnet.yml")),
];

/// A profile.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    name: String,
    /// Nothing for one that is built in.
    path: Option<PathBuf>,
    text: String,
    file: ConfigFile,
}

impl Profile {
    /// All that are known, by name: the operator's own, those of packages, those built in.
    pub(crate) fn all(layout: &Layout) -> Result<Vec<Self>, Fatal> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        for entry in entries(&layout.networks()) {
            if layout.networks().join(&entry).join(PROFILE).exists() {
                names.push(entry);
            }
        }
        for entry in entries(&layout.profiles()) {
            names.extend(entry.strip_suffix(".yml").map(str::to_owned));
        }
        names.sort();
        names.dedup();
        names.iter().filter_map(|name| Self::find(layout, name).transpose()).collect()
    }

    /// The profile of a network, if there is one.
    pub(crate) fn find(layout: &Layout, name: &str) -> Result<Option<Self>, Fatal> {
        check_name(name)?;
        let own = layout.networks().join(name).join(PROFILE);
        let delivered = layout.profiles().join(format!("{name}.yml"));
        let candidates = match layout.packaged() {
            Some(_) => vec![own, delivered],
            None => vec![own],
        };
        for path in candidates {
            match fs::read_to_string(&path) {
                Ok(text) => return Self::parse(name, Some(path), text).map(Some),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let text = format!("cannot read {}: {error}", path.display());
                    return Err(Fatal::config(anyhow!(text)));
                }
            }
        }
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        built_in.map(|(_, text)| Self::parse(name, None, (*text).to_owned())).transpose()
    }

    fn parse(name: &str, path: Option<PathBuf>, text: String) -> Result<Self, Fatal> {
        let shown = path.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.yml")));
        let file =
            ConfigFile::parse(&shown, text.clone()).map_err(|e| Fatal::config(anyhow!(e)))?;
        Ok(Self { name: name.to_owned(), path, text, file })
    }

    /// The profile of a network.
    pub(crate) fn known(layout: &Layout, name: &str) -> Result<Self, Fatal> {
        Self::find(layout, name)?.ok_or_else(|| {
            let known: Vec<String> = Self::all(layout)
                .map(|all| all.into_iter().map(|profile| profile.name).collect())
                .unwrap_or_default();
            Fatal::config(anyhow!(
                "there is no profile of a network {name}; there are {}. For another one: koinosctl \
                 network add {name} --genesis FILE",
                known.join(", ")
            ))
        })
    }

    /// Makes the profile of a network that has none.
    pub(crate) fn make(
        layout: &Layout,
        name: &str,
        genesis: &Genesis,
        chain_id: Option<String>,
        fork_algorithm: Option<String>,
        peers: &[String],
    ) -> Result<Self, Fatal> {
        let mut text = format!(
            "# The network {name}. Written by koinosctl network add; change it as you like.\n\
             network:\n  name: {}\n  chain-id: {}\nglobal:\n  network: {}\n",
            yaml(name),
            yaml(&chain_id.map_or(Ok(genesis.chain_id().to_owned()), |id| chain_id_of(&id))?),
            yaml(name)
        );
        if let Some(algorithm) = fork_algorithm {
            let known = ["fifo", "block-time", "pob"];
            if !known.contains(&algorithm.as_str()) {
                let text = format!("--fork-algorithm is one of {}", known.join(", "));
                return Err(Fatal::usage(anyhow!(text)));
            }
            text.push_str(&format!("  fork-algorithm: {algorithm}\n"));
        }
        text.push_str(&format!("chain:\n  genesis-data: {}\n", PLACEHOLDER));
        if !peers.is_empty() {
            text.push_str("p2p:\n  peer:\n");
            peers.iter().for_each(|peer| text.push_str(&format!("    - {}\n", yaml(peer))));
        }
        let profile = Self::parse(name, None, text)?;
        genesis.check(&profile)?;
        profile.own(layout)
    }

    /// Makes the operator's own profile of one that was not, with the paths of this node.
    fn own(&self, layout: &Layout) -> Result<Self, Fatal> {
        let path = layout.networks().join(&self.name).join(PROFILE);
        let genesis = yaml(&layout.inside(&self.genesis_file(layout)).display().to_string());
        let line = |line: &str| match line.trim_start().strip_prefix("genesis-data:") {
            Some(_) => format!("  genesis-data: {genesis}\n"),
            None => format!("{line}\n"),
        };
        let text: String = self.text.lines().map(line).collect();
        files::write(&path, text.as_bytes(), Access::Services)?;
        Self::parse(&self.name, Some(path), text)
    }

    /// The file of the profile. One that is built in is written for the node.
    pub(crate) fn file(&self, layout: &Layout) -> Result<PathBuf, Fatal> {
        match &self.path {
            Some(path) => Ok(path.clone()),
            None => Ok(self.own(layout)?.path.unwrap_or_default()),
        }
    }

    /// Where it is, for people.
    pub(crate) fn place(&self) -> String {
        self.path.as_ref().map_or("built in".to_owned(), |path| path.display().to_string())
    }

    /// The name of the network.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, section: &str, key: &str) -> Option<String> {
        self.file.values(section, key)?.into_iter().next()
    }

    /// The chain id that the genesis data must have, in URL-safe base64.
    pub(crate) fn chain_id(&self) -> Option<String> {
        self.value("network", "chain-id")
    }

    /// How forks are chosen.
    pub(crate) fn fork_algorithm(&self) -> Option<String> {
        self.value("global", "fork-algorithm").or_else(|| self.value("chain", "fork-algorithm"))
    }

    /// Peers to begin with.
    pub(crate) fn peers(&self) -> Vec<String> {
        self.file.values("p2p", "peer").unwrap_or_default()
    }

    /// Blocks that the chain must have.
    pub(crate) fn checkpoints(&self) -> Vec<String> {
        self.file.values("p2p", "checkpoint").unwrap_or_default()
    }

    /// Where the node keeps the genesis data.
    pub(crate) fn genesis_file(&self, layout: &Layout) -> PathBuf {
        layout.networks().join(&self.name).join(GENESIS)
    }
}

/// What stands for the path of the genesis data until the node is known.
const PLACEHOLDER: &str = "genesis_data.json";

/// A chain id in the form of profiles.
fn chain_id_of(given: &str) -> Result<String, Fatal> {
    let bytes = match given.starts_with("0x") {
        true => text::from_hex(given),
        false => text::from_any_base64(given),
    };
    let bytes = bytes.map_err(|error| Fatal::usage(anyhow!("--chain-id {given}: {error}")))?;
    Ok(text::to_base64url(&bytes))
}

fn entries(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
