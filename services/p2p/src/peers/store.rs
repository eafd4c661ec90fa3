//! The peers that are remembered over restarts: where good ones were, and whom the operator bans.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use libp2p::{Multiaddr, PeerId};
use serde::{Deserialize, Serialize};

use super::dialer::{Target, target};

/// The format of the file.
const FORMAT: &str = "koinos-p2p-peers";
const VERSION: u32 = 1;
/// The most peers that are remembered.
const MOST: usize = 500;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("cannot {what} {}: {source}; let this user do it", .path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// It is something else.
    #[error(
        "{} is not a list of peers of this version: {text}; move it away to start without",
        .path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        text: String,
    },
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    format: String,
    version: u32,
    peers: BTreeMap<String, Remembered>,
    #[serde(default)]
    added: Vec<String>,
    #[serde(default)]
    banned: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    address: String,
    /// Seconds since the Unix epoch.
    seen: u64,
}

/// The peers that are remembered, in a file that is written whole.
#[derive(Debug)]
pub struct PeerStore {
    path: PathBuf,
    peers: BTreeMap<PeerId, (Multiaddr, u64)>,
    added: Vec<Target>,
    banned: Vec<PeerId>,
    changed: bool,
}

impl PeerStore {
    /// Reads the file; without one nobody is remembered.
    ///
    /// # Errors
    /// When it cannot be used; it is left as it is.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let mut store = Self {
            path,
            peers: BTreeMap::new(),
            added: Vec::new(),
            banned: Vec::new(),
            changed: false,
        };
        let text = match std::fs::read_to_string(&store.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(store),
            Err(source) => {
                return Err(StoreError::File { what: "read", path: store.path, source });
            }
        };
        match store.read(&text) {
            Ok(()) => Ok(store),
            Err(text) => Err(StoreError::Content { path: store.path, text }),
        }
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let content: Content = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if content.format != FORMAT || content.version != VERSION {
            return Err(format!("it says {} {}", content.format, content.version));
        }
        let peer = |text: &str| text.parse::<PeerId>().map_err(|error| format!("{text}: {error}"));
        for (id, remembered) in content.peers {
            let place = target(&remembered.address)?;
            self.peers.insert(peer(&id)?, (place.address, remembered.seen));
        }
        self.added = content.added.iter().map(|text| target(text)).collect::<Result<_, _>>()?;
        self.banned = content.banned.iter().map(|text| peer(text)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Writes the file if something has changed.
    ///
    /// # Errors
    /// When that fails; the file is as it was.
    pub fn save(&mut self) -> Result<(), StoreError> {
        if !self.changed {
            return Ok(());
        }
        let peers = self.peers.iter().map(|(id, (address, seen))| {
            (id.to_string(), Remembered { address: address.to_string(), seen: *seen })
        });
        let content = Content {
            format: FORMAT.to_owned(),
            version: VERSION,
            peers: peers.collect(),
            added: self.added.iter().map(with_id).collect(),
            banned: self.banned.iter().map(PeerId::to_string).collect(),
        };
        let path = self.path.clone();
        let failed = |source| StoreError::File { what: "write", path, source };
        write_whole(&self.path, &content).map_err(failed)?;
        self.changed = false;
        Ok(())
    }

    /// Remembers where a good peer is, at `now` seconds since the Unix epoch.
    pub fn remember(&mut self, peer: PeerId, address: &Multiaddr, now: u64) {
        let known = self.peers.insert(peer, (address.clone(), now));
        self.changed |= known != Some((address.clone(), now));
        if self.peers.len() > MOST {
            let oldest = self.peers.iter().min_by_key(|(_, (_, seen))| *seen).map(|(id, _)| *id);
            oldest.and_then(|id| self.peers.remove(&id));
        }
    }

    /// Those that are remembered and not banned.
    pub fn targets(&self) -> impl Iterator<Item = Target> {
        let good = self.peers.iter().filter(|(peer, _)| !self.banned.contains(peer));
        good.map(|(peer, (address, _))| Target { address: address.clone(), peer: Some(*peer) })
    }

    /// Those that the operator added.
    pub fn added(&self) -> &[Target] {
        &self.added
    }

    /// Adds a peer for the operator.
    pub fn add(&mut self, target: Target) {
        if !self.added.contains(&target) {
            self.added.push(target);
            self.changed = true;
        }
    }

    /// Those that the operator banned.
    pub fn banned(&self) -> &[PeerId] {
        &self.banned
    }

    /// Bans a peer for the operator, and forgets where it is.
    pub fn ban(&mut self, peer: PeerId) {
        self.added.retain(|target| target.peer != Some(peer));
        self.peers.remove(&peer);
        if !self.banned.contains(&peer) {
            self.banned.push(peer);
        }
        self.changed = true;
    }

    /// Takes a ban back. Returns whether there was one.
    pub fn unban(&mut self, peer: &PeerId) -> bool {
        let before = self.banned.len();
        self.banned.retain(|banned| banned != peer);
        self.changed |= self.banned.len() != before;
        self.banned.len() != before
    }
}

fn with_id(target: &Target) -> String {
    match target.peer {
        Some(peer) => format!("{}/p2p/{peer}", target.address),
        None => target.address.to_string(),
    }
}

fn write_whole(path: &Path, content: &Content) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let half = path.with_extension("new");
    let mut file = File::create(&half)?;
    serde_json::to_writer_pretty(&mut file, content)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    std::fs::rename(half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_and_bans_survive() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p2p/peers.json");
        let mut store = PeerStore::open(path.clone()).unwrap();
        let (good, bad) = (PeerId::random(), PeerId::random());
        let address: Multiaddr = "/ip4/192.0.2.1/tcp/8888".parse().unwrap();
        store.remember(good, &address, 1);
        store.remember(bad, &address, 1);
        store.add(target("/ip4/192.0.2.2/tcp/8888").unwrap());
        store.ban(bad);
        store.save().unwrap();

        let mut again = PeerStore::open(path.clone()).unwrap();
        let wanted = Target { address, peer: Some(good) };
        assert_eq!(again.targets().collect::<Vec<_>>(), [wanted]);
        assert_eq!(again.added().len(), 1);
        assert_eq!(again.banned(), [bad]);
        assert!(again.unban(&bad) && !again.unban(&bad));
        again.save().unwrap();
        assert!(PeerStore::open(path).unwrap().banned().is_empty());
    }

    #[test]
    fn what_is_no_list_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peers.json");
        for text in ["rubbish", r#"{"format":"other","version":1,"peers":{}}"#] {
            std::fs::write(&path, text).unwrap();
            let error = PeerStore::open(path.clone()).unwrap_err().to_string();
            assert!(error.contains("move it away"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = PeerStore::open(directory.path().join("peers.json")).unwrap();
        let address: Multiaddr = "/ip4/192.0.2.1/tcp/8888".parse().unwrap();
        let first = PeerId::random();
        store.remember(first, &address, 0);
        for seen in 1..=MOST as u64 {
            store.remember(PeerId::random(), &address, seen);
        }
        assert_eq!(store.peers.len(), MOST);
        assert!(!store.peers.contains_key(&first));
    }
}
