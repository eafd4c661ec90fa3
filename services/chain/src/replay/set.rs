//! Finding recorded sets on disk.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use koinos_state_db::ForkRule;

/// A directory with recordings of one genesis.
#[derive(Debug)]
pub(super) struct RecordedSet {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) genesis: PathBuf,
    pub(super) sources: Vec<Source>,
}

/// One thing to replay.
#[derive(Debug)]
pub(super) enum Source {
    /// A chain of blocks with what else was recorded on it.
    Chain(ChainFiles),
    /// A tree of blocks under a fork rule.
    Forks { rule: ForkRule, path: PathBuf },
    /// Modules with their runs.
    Wasm(PathBuf),
}

/// The files of a recorded chain.
#[derive(Debug, Default)]
pub(super) struct ChainFiles {
    pub(super) blocks: Option<PathBuf>,
    pub(super) rejects: Option<PathBuf>,
    pub(super) transactions: Option<PathBuf>,
    pub(super) proposals: Option<PathBuf>,
    pub(super) reads: Option<PathBuf>,
}

impl ChainFiles {
    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.blocks, &self.rejects, &self.transactions, &self.proposals, &self.reads]
            .into_iter()
            .flatten()
    }
}

impl RecordedSet {
    /// A set of one file of blocks.
    pub(super) fn single(genesis: &Path, blocks: &Path) -> Self {
        let files = ChainFiles { blocks: Some(blocks.to_owned()), ..ChainFiles::default() };
        Self {
            name: "chain".to_owned(),
            path: blocks.to_owned(),
            genesis: genesis.to_owned(),
            sources: vec![Source::Chain(files)],
        }
    }

    /// Bytes of all files, for the progress bar.
    pub(super) fn size(&self) -> u64 {
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
        self.sources
            .iter()
            .map(|source| match source {
                Source::Chain(files) => files.all().map(size).sum(),
                Source::Forks { path, .. } | Source::Wasm(path) => size(path),
            })
            .sum()
    }
}

/// Finds the sets in `directories`, in the order given.
pub(super) fn discover(directories: &[PathBuf]) -> Result<Vec<RecordedSet>> {
    let mut sets = Vec::new();
    for directory in directories {
        let before = sets.len();
        search(directory, &mut sets)?;
        if sets.len() == before {
            eprintln!("{}: nothing to replay", directory.display());
        }
    }
    if sets.is_empty() {
        bail!(
            "no directory holds recordings; one holds genesis_data.json and blocks.jsonl or \
             forks_RULE.jsonl, or wasm_cases.jsonl or wasm_mutants.jsonl, plain or gzipped"
        );
    }
    Ok(sets)
}

fn search(directory: &Path, sets: &mut Vec<RecordedSet>) -> Result<()> {
    let cannot = || format!("cannot read the directory {}", directory.display());
    let mut entries = std::fs::read_dir(directory)
        .with_context(cannot)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()
        .with_context(cannot)?;
    entries.sort();
    if let Some(set) = recorded_set(directory, &entries)? {
        sets.push(set);
    }
    entries.iter().filter(|path| path.is_dir()).try_for_each(|path| search(path, sets))
}

fn recorded_set(directory: &Path, entries: &[PathBuf]) -> Result<Option<RecordedSet>> {
    let mut files = ChainFiles::default();
    let mut sources = Vec::new();
    for path in entries {
        let Some(stem) = stem(path) else { continue };
        match stem {
            "blocks" => files.blocks = Some(path.clone()),
            "rejects" => files.rejects = Some(path.clone()),
            "transactions" => files.transactions = Some(path.clone()),
            "proposals" => files.proposals = Some(path.clone()),
            "reads" => files.reads = Some(path.clone()),
            "wasm_cases" | "wasm_mutants" => sources.push(Source::Wasm(path.clone())),
            _ => {
                let Some(rule) = stem.strip_prefix("forks_") else { continue };
                let rule = rule.split('.').next().unwrap_or(rule);
                let rule = fork_rule(rule).with_context(|| {
                    format!("{} names no fork rule (fifo, block_time, pob)", path.display())
                })?;
                sources.push(Source::Forks { rule, path: path.clone() });
            }
        }
    }
    if files.all().next().is_some() {
        sources.insert(0, Source::Chain(files));
    }
    if sources.is_empty() {
        return Ok(None);
    }
    let genesis = directory.join("genesis_data.json");
    let needs_genesis = sources.iter().any(|source| !matches!(source, Source::Wasm(_)));
    if needs_genesis && !genesis.exists() {
        bail!("{} has recordings but no genesis_data.json", directory.display());
    }
    let name = directory.file_name().map_or("set".into(), |name| name.to_string_lossy());
    Ok(Some(RecordedSet { name: name.into_owned(), path: directory.to_owned(), genesis, sources }))
}

/// File name of a recording without `.jsonl` and `.gz`.
fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".jsonl")
}

/// A fork rule by its name in file names and options.
pub(crate) fn fork_rule(name: &str) -> Option<ForkRule> {
    match name {
        "fifo" => Some(ForkRule::Fifo),
        "block_time" | "block-time" => Some(ForkRule::BlockTime),
        "pob" => Some(ForkRule::Pob),
        _ => None,
    }
}
