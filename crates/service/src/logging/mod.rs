//! Logging: native journal entries under systemd, readable lines elsewhere, log files if wanted.

mod file;
mod format;

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::options::LogLevel;
use file::RotatingFile;
use format::LineFormat;

/// What to log, where and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The service's name, such as `block_store`.
    pub service: String,
    /// The instance's id, shown after the name.
    pub instance_id: String,
    /// The lowest level that is logged.
    pub level: LogLevel,
    /// A directory for `<service>.log`, besides the console or journal.
    pub directory: Option<PathBuf>,
    /// Colour, if the console is a terminal.
    pub color: bool,
    /// Date and time before each line on the console.
    pub datetime: bool,
}

/// The level filter below all outputs.
type Filtered = Layered<reload::Layer<Targets, Registry>, Registry>;
type Output = Box<dyn Layer<Filtered> + Send + Sync>;

/// Changes the level while the process runs.
#[derive(Clone)]
pub struct LogControl {
    filter: reload::Handle<Targets, Registry>,
    level: Arc<Mutex<LogLevel>>,
}

impl LogControl {
    /// The lowest level that is logged now.
    pub fn level(&self) -> LogLevel {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs from `level` on.
    pub fn set_level(&self, level: LogLevel) {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = level;
        // This fails only when the subscriber is gone, and then nothing is logged anyway.
        let _ = self.filter.modify(|filter| *filter = targets(level));
    }
}

/// The bus library repeats, with whole messages, what the bus itself reports in plain words.
fn targets(level: LogLevel) -> Targets {
    let quiet = match level {
        LogLevel::Trace => LevelFilter::ERROR,
        _ => LevelFilter::OFF,
    };
    Targets::new().with_default(level.filter()).with_target("lapin", quiet)
}

/// Starts logging for the whole process.
///
/// # Errors
/// When the log directory cannot be written, or logging was started before.
pub fn init(config: &LogConfig) -> anyhow::Result<LogControl> {
    let (filter, handle) = reload::Layer::new(targets(config.level));
    let journal = if is_journal() { journal_layer(config) } else { None };
    let mut outputs = vec![journal.unwrap_or_else(|| console_layer(config))];
    if let Some(directory) = &config.directory {
        let file = RotatingFile::open(directory, &config.service).map_err(|error| {
            anyhow::anyhow!(
                "cannot write log files in {}: {error}; correct log-dir or its permissions",
                directory.display()
            )
        })?;
        let format = LineFormat::new(config, false, true);
        outputs.push(fmt::layer().event_format(format).with_writer(file).with_ansi(false).boxed());
    }
    tracing_subscriber::registry().with(filter).with(outputs).try_init()?;
    Ok(LogControl { filter: handle, level: Arc::new(Mutex::new(config.level)) })
}

/// Whether standard error goes to the journal (`JOURNAL_STREAM` names its device and inode).
fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stderr) = std::fs::metadata("/proc/self/fd/2") else { return false };
    stream == format!("{}:{}", stderr.dev(), stderr.ino())
}

fn journal_layer(config: &LogConfig) -> Option<Output> {
    let identifier = format!("koinos-{}", config.service.replace('_', "-"));
    // No journal after all: the console serves.
    let layer = tracing_journald::layer().ok()?;
    Some(layer.with_field_prefix(None).with_syslog_identifier(identifier).boxed())
}

fn console_layer(config: &LogConfig) -> Output {
    let color = config.color && std::io::stderr().is_terminal();
    let format = LineFormat::new(config, color, config.datetime);
    fmt::layer().event_format(format).with_writer(std::io::stderr).with_ansi(color).boxed()
}
