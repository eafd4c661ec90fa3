//! Counting what was replayed, and telling it.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

/// What a replay found.
#[derive(Debug)]
pub struct Report {
    /// Blocks applied.
    pub blocks: u64,
    /// Transactions in those blocks, and transactions tried alone.
    pub transactions: u64,
    /// Blocks that had to be refused or ignored.
    pub rejects: u64,
    /// Answers compared: reads and proposals.
    pub reads: u64,
    /// Executions of single modules.
    pub wasm_runs: u64,
    /// Blocks that a checked replay had to execute.
    pub re_executed: u64,
    /// Things that were not as recorded.
    pub mismatches: u64,
    /// The first of them, with its differing fields.
    pub first_mismatch: Option<String>,
    /// Time spent applying blocks.
    pub applying: Duration,
    checked: bool,
    progress: ProgressBar,
}

impl Report {
    /// A report over `total` bytes of recordings.
    pub(super) fn new(total: u64) -> Self {
        let progress = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(total),
            false => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
        };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {percent:>3}% {elapsed_precise} {msg}")
        {
            progress.set_style(style);
        }
        Self {
            blocks: 0,
            transactions: 0,
            rejects: 0,
            reads: 0,
            wasm_runs: 0,
            re_executed: 0,
            mismatches: 0,
            first_mismatch: None,
            applying: Duration::ZERO,
            checked: false,
            progress,
        }
    }

    /// Tells where the replay is.
    pub(super) fn show(&self, what: &str) {
        let message = format!("{what}, {} blocks, {} mismatches", self.blocks, self.mismatches);
        self.progress.set_message(message);
    }

    /// Counts the bytes of a file that is done.
    pub(super) fn done(&self, path: &std::path::Path) {
        self.progress.inc(std::fs::metadata(path).map_or(0, |data| data.len()));
    }

    /// Counts a block and the time it took.
    pub(super) fn block(&mut self, transactions: usize, elapsed: Duration) {
        self.blocks += 1;
        self.transactions += transactions as u64;
        self.applying += elapsed;
    }

    /// Counts a difference; the first is kept to be shown.
    pub(super) fn mismatch(&mut self, place: &str, what: impl FnOnce() -> String) {
        self.mismatches += 1;
        if self.first_mismatch.is_none() {
            self.first_mismatch = Some(format!("{place}\n{}", what()));
        }
    }

    /// Counts a difference unless there is none.
    pub(super) fn compare(&mut self, place: &str, difference: Option<String>) {
        if let Some(difference) = difference {
            self.mismatch(place, || difference);
        }
    }

    pub(super) fn set_checked(&mut self) {
        self.checked = true;
    }

    pub(super) fn finish(&self) {
        self.progress.finish_and_clear();
    }

    /// Blocks per second of applying.
    pub fn blocks_per_second(&self) -> f64 {
        let seconds = self.applying.as_secs_f64();
        if seconds > 0.0 { self.blocks as f64 / seconds } else { 0.0 }
    }

    /// The closing line.
    pub fn summary(&self) -> String {
        let mut line = format!(
            "replayed {} blocks, {} transactions, {} rejects, {} reads: {} mismatches, {:.3} s, {:.0} blocks/s",
            self.blocks,
            self.transactions,
            self.rejects,
            self.reads,
            self.mismatches,
            self.applying.as_secs_f64(),
            self.blocks_per_second(),
        );
        if self.checked {
            line = format!("re-executed {} blocks\n{line}", self.re_executed);
        }
        if self.wasm_runs > 0 {
            line = format!("ran {} modules\n{line}", self.wasm_runs);
        }
        line
    }

    /// The figures as a JSON object.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "blocks": self.blocks,
            "transactions": self.transactions,
            "rejects": self.rejects,
            "reads": self.reads,
            "wasm_runs": self.wasm_runs,
            "re_executed": self.re_executed,
            "mismatches": self.mismatches,
            "seconds": self.applying.as_secs_f64(),
            "blocks_per_second": self.blocks_per_second(),
            "first_mismatch": self.first_mismatch,
        })
    }
}
