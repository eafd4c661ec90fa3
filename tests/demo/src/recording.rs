//! A recorded chain in memory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytes::Bytes;
use koinos_codec::wire;
use koinos_testkit::golden;

/// Fields of `koinos.protocol.block` and of its header.
const BLOCK_ID: u32 = 1;
const BLOCK_HEADER: u32 = 2;
const HEADER_HEIGHT: u32 = 2;

/// A block and the root after it.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) height: u64,
    /// The block id, a multihash.
    pub(crate) id: Bytes,
    /// The serialised block.
    pub(crate) block: Bytes,
    /// The state merkle root after the block, a multihash.
    pub(crate) root: Bytes,
}

/// A genesis and the blocks on it.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) genesis: PathBuf,
    pub(crate) blocks: Vec<Recorded>,
    pub(crate) last: Recorded,
}

impl Recording {
    /// Reads all of it: the chain that is shown is not to wait for the disk.
    pub(crate) fn read(genesis: &Path, blocks: &Path) -> Result<Self> {
        anyhow::ensure!(genesis.is_file(), "there is no {}", genesis.display());
        // A path of its own, not one below the recordings of the repository.
        let blocks = std::path::absolute(blocks)?;
        let name = blocks.to_str().context("the path is not UTF-8")?;
        let mut blocks = golden::rows(name)?
            .map(|row| recorded(&row?))
            .collect::<Result<Vec<_>>>()
            .with_context(|| format!("cannot use {name}"))?;
        let last = blocks.pop().with_context(|| format!("{name} holds no blocks"))?;
        Ok(Self { genesis: genesis.to_owned(), blocks, last })
    }

    /// All blocks in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Recorded> {
        self.blocks.iter().chain([&self.last])
    }
}

fn recorded(row: &golden::Row) -> Result<Recorded> {
    let block = row.base64("block_b64")?.context("a row has no block_b64")?;
    let root = row.0["state_merkle_root_hex"].as_str().context("a row has no root")?;
    let header = wire::message_bytes(&block, BLOCK_HEADER).context("a block has no header")?;
    Ok(Recorded {
        height: wire::Reader::new(&header).u64(HEADER_HEIGHT),
        id: wire::field_bytes(&block, BLOCK_ID),
        root: hex::decode(root)?.into(),
        block,
    })
}
