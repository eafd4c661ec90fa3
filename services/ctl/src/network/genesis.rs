//! Genesis data of a network: a file of those who run it, known by its chain id.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use koinos_codec::{parse_genesis, text};
use koinos_crypto::{HashCode, multihash};
use koinos_service::Fatal;

use super::Profile;
use crate::files::{self, Access, Change};
use crate::layout::Layout;

/// Genesis data that were read.
#[derive(Debug)]
pub(crate) struct Genesis {
    path: PathBuf,
    content: Vec<u8>,
    chain_id: String,
}

impl Genesis {
    /// Reads a file; its chain id is the hash of what it says.
    pub(crate) fn read(path: &Path) -> Result<Self, Fatal> {
        let content = std::fs::read(path).map_err(|error| {
            Fatal::config(anyhow!("cannot read the genesis data in {}: {error}", path.display()))
        })?;
        let json = std::str::from_utf8(&content)
            .with_context(|| format!("{} is no genesis data", path.display()))
            .map_err(Fatal::config)?;
        let data = parse_genesis(json)
            .with_context(|| format!("{} is no genesis data", path.display()))
            .map_err(Fatal::config)?;
        let chain_id = text::to_base64url(&multihash(HashCode::Sha2_256, &data));
        Ok(Self { path: path.to_owned(), content, chain_id })
    }

    /// The chain id, in URL-safe base64.
    pub(crate) fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// Refuses data of another chain than that of the profile.
    pub(crate) fn check(&self, profile: &Profile) -> Result<(), Fatal> {
        match profile.chain_id() {
            Some(wanted) if wanted != self.chain_id => Err(Fatal::config(anyhow!(
                "{} is not the genesis data of {}: its chain id is {}, that of the network is \
                 {wanted} ({}); get the file from those who run the network",
                self.path.display(),
                profile.name(),
                self.chain_id,
                profile.place()
            ))),
            _ => Ok(()),
        }
    }

    /// Puts the file where the profile wants it. One of another chain is never replaced.
    pub(crate) fn take_in(&self, layout: &Layout, profile: &Profile) -> Result<Change, Fatal> {
        self.check(profile)?;
        let place = profile.genesis_file(layout);
        if place.exists() {
            let there = Self::read(&place)?;
            if there.chain_id != self.chain_id {
                return Err(Fatal::config(anyhow!(
                    "{} holds the genesis data of another chain, {}; choose another name for this \
                     network, or move that file away",
                    place.display(),
                    there.chain_id
                )));
            }
            // The same chain in other words: what is there stays.
            return Ok(Change::None);
        }
        files::write(&place, &self.content, Access::Services)
    }
}
