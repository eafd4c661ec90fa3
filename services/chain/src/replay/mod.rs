//! `koinos-chain replay`: applies recorded chains and compares everything with the record.

mod chain;
mod checked;
mod compare;
mod forks;
mod report;
mod row;
mod set;
mod wasm;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use clap::Parser as _;
use koinos_chain_core::{Block, Controller, Fault, Genesis, Limits, Rectifications};
use koinos_kv::Kv;
use koinos_service::{Fatal, exit};
use koinos_state_db::ForkRule;

pub use report::Report;
use set::{RecordedSet, Source};

/// Options of `koinos-chain replay`.
#[derive(Clone, Debug, clap::Args)]
pub struct ReplayOptions {
    /// Directories with recorded sets; directories that hold none are searched for them
    #[arg(value_name = "DIR", required_unless_present = "blocks")]
    pub directories: Vec<PathBuf>,

    /// Replay a single file of blocks (JSON lines, plain or gzipped)
    #[arg(long, value_name = "FILE", requires = "genesis", conflicts_with = "directories")]
    pub blocks: Option<PathBuf>,

    /// Genesis data of the chain in --blocks
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,

    /// Apply the stored receipts, each proven by the next header, instead of executing
    #[arg(long)]
    pub checked: bool,

    /// Keep the state in RocksDB below this directory, which must not hold a state yet (default: in
    /// memory)
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// Print the result as one JSON object
    #[arg(long)]
    pub json: bool,

    /// The published replacement bytecode of the Koinos Fund contract
    #[arg(long, value_name = "FILE")]
    pub koinos_fund_bytecode: Option<PathBuf>,
}

/// The command line of the subcommand.
#[derive(Debug, clap::Parser)]
#[command(
    name = "koinos-chain replay",
    about = "Apply recorded chains and compare everything with the record"
)]
struct CommandLine {
    #[command(flatten)]
    options: ReplayOptions,
}

/// Runs `koinos-chain replay` with the process's arguments. Exit status: 0 when everything is as
/// recorded, 1 when something is not, 64 for a wrong command line, 78 for files that cannot be
/// used.
pub fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let options = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line.options,
        Err(error) => {
            // Nothing can be done if the terminal is gone.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    let json = options.json;
    match run(options) {
        Ok(report) => {
            print(&report, json);
            ExitCode::from(if report.mismatches == 0 { exit::OK } else { exit::FAILURE })
        }
        Err(fatal) => {
            eprintln!("koinos-chain replay: {fatal}");
            ExitCode::from(&fatal)
        }
    }
}

fn print(report: &Report, json: bool) {
    if json {
        println!("{}", report.to_json());
        return;
    }
    if let Some(mismatch) = &report.first_mismatch {
        println!("first mismatch: {mismatch}");
    }
    println!("{}", report.summary());
}

/// What a replay runs with.
struct Runner {
    checked: bool,
    state_dir: Option<PathBuf>,
    rectifications: Rectifications,
}

/// Runs the command on a thread whose stack is deep enough for nested contracts.
///
/// # Errors
/// [`Fatal`] with the exit status: wrong paths on the command line, or files that cannot be used.
pub fn run(options: ReplayOptions) -> Result<Report, Fatal> {
    for path in options.directories.iter().chain(&options.blocks).chain(&options.genesis) {
        if !path.exists() {
            return Err(Fatal::usage(anyhow!("{} does not exist", path.display())));
        }
    }
    let replay = move || replay(&options).map_err(Fatal::config);
    let thread = std::thread::Builder::new().stack_size(crate::STACK_SIZE).spawn(replay)?;
    match thread.join() {
        Ok(report) => report,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn replay(options: &ReplayOptions) -> Result<Report> {
    let runner = Runner {
        checked: options.checked,
        state_dir: options.state_dir.clone(),
        rectifications: crate::config::rectifications(options.koinos_fund_bytecode.as_deref())?,
    };
    let sets = match (&options.blocks, &options.genesis) {
        (Some(blocks), Some(genesis)) => vec![RecordedSet::single(genesis, blocks)],
        _ => set::discover(&options.directories)?,
    };
    let mut report = Report::new(sets.iter().map(RecordedSet::size).sum());
    for set in &sets {
        runner.run_set(set, &mut report).with_context(|| format!("in {}", set.path.display()))?;
    }
    report.finish();
    Ok(report)
}

impl Runner {
    fn run_set(&self, set: &RecordedSet, report: &mut Report) -> Result<()> {
        for source in &set.sources {
            match (source, self.checked) {
                (Source::Chain(files), true) => checked::run(self, set, files, report)?,
                (Source::Chain(files), false) => chain::run(self, set, files, report)?,
                (Source::Forks { rule, path }, false) => {
                    forks::run(self, set, *rule, path, report)?;
                }
                (Source::Wasm(path), false) => wasm::run(path, report)?,
                // Trees of blocks and modules have no chain of receipts to check.
                (Source::Forks { .. } | Source::Wasm(_), true) => {}
            }
        }
        Ok(())
    }

    /// Opens a fresh chain for a file of a set.
    fn open(&self, set: &RecordedSet, name: &str, rule: ForkRule) -> Result<Controller> {
        let genesis = read_genesis(&set.genesis)?;
        let store = self.store(&set.name, name)?;
        let limits = Limits::default();
        let controller =
            Controller::open(store, &genesis, rule, limits, self.rectifications.clone())?;
        let head = controller.head();
        anyhow::ensure!(
            head.height == 0,
            "the state directory holds a chain at height {} already; name an empty one",
            head.height
        );
        Ok(controller)
    }

    fn store(&self, set: &str, name: &str) -> Result<Arc<dyn Kv>> {
        match &self.state_dir {
            None => Ok(Arc::new(koinos_kv::MemoryStore::new(koinos_state_db::KEYSPACES))),
            Some(directory) => {
                let path = directory.join(format!("{set}-{name}"));
                std::fs::create_dir_all(&path)
                    .with_context(|| format!("cannot create {}", path.display()))?;
                Ok(Arc::new(koinos_kv::Store::open(&path, &koinos_state_db::store_options())?))
            }
        }
    }
}

/// Reads genesis data in JSON form.
pub fn read_genesis(path: &Path) -> Result<Genesis> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the genesis data file {}", path.display()))?;
    Genesis::from_json(&text).with_context(|| format!("{} cannot start a chain", path.display()))
}

/// Submits a block and measures the time that takes.
fn submit(
    controller: &Controller,
    block: &Arc<Block>,
    now_ms: u64,
) -> (Result<Option<koinos_chain_core::Submitted>, Fault>, Duration) {
    let started = Instant::now();
    let outcome = controller.submit_block(block, now_ms, &mut |_, _| Ok(()));
    (outcome, started.elapsed())
}
