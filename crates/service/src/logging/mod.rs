//! Logging: native journal entries under systemd, readable lines elsewhere, log files if wanted.

mod file;
mod format;
mod json;

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::exit::Fatal;
use crate::options::{LogFormat, LogLevel};
use file::RotatingFile;
use format::LineFormat;
use json::JsonFormat;

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
    /// The form of the lines on the console.
    pub format: LogFormat,
    /// The network's name, added to every entry of the journal as `KOINOS_NETWORK`.
    pub network: Option<String>,
}

impl LogConfig {
    /// The name of the program.
    fn identifier(&self) -> String {
        format!("koinos-{}", self.service.replace('_', "-"))
    }

    /// Fields of every entry.
    fn fields(&self) -> Vec<(String, String)> {
        let network = self.network.clone().map(|name| ("KOINOS_NETWORK".to_owned(), name));
        network.into_iter().collect()
    }
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

/// The libraries of the bus and of peers repeat, with whole messages, what is reported in plain words
/// here, and warn of what is no trouble.
fn targets(level: LogLevel) -> Targets {
    let quiet = match level {
        LogLevel::Trace => LevelFilter::ERROR,
        _ => LevelFilter::OFF,
    };
    // By the beginnings of the names: all crates of libp2p.
    let libraries = ["lapin", "libp2p"].map(|library| (library, quiet));
    Targets::new().with_default(level.filter()).with_targets(libraries)
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
    let layer = journal(config.identifier())?;
    Some(layer.with_custom_fields(config.fields()).boxed())
}

/// The way to the journal; none when nobody listens there.
fn journal(identifier: String) -> Option<tracing_journald::Layer> {
    use tracing_journald::{Priority, PriorityMappings};
    let priorities = PriorityMappings {
        info: Priority::Informational,
        debug: Priority::Debug,
        ..PriorityMappings::new()
    };
    let layer = tracing_journald::layer().ok()?;
    Some(
        layer
            .with_field_prefix(None)
            .with_syslog_identifier(identifier)
            .with_priority_mappings(priorities),
    )
}

fn console_layer(config: &LogConfig) -> Output {
    let layer = fmt::layer().with_writer(std::io::stderr);
    if config.format == LogFormat::Json {
        let format = JsonFormat::new(config.identifier(), config.fields());
        return layer.event_format(format).with_ansi(false).boxed();
    }
    let color = config.color && std::io::stderr().is_terminal();
    let format = LineFormat::new(config, color, config.datetime);
    layer.event_format(format).with_ansi(color).boxed()
}

/// Tells of a failure before logging has begun, a line for each mistake: to the journal with its
/// event and priority, or to standard error.
pub(crate) fn complain(program: &str, fatal: &Fatal) {
    let text = fatal.to_string();
    let journal = if is_journal() { journal(program.to_owned()) } else { None };
    let Some(journal) = journal else {
        text.lines().for_each(|line| eprintln!("{program}: {line}"));
        return;
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(journal), || {
        for line in text.lines() {
            let id = fatal.event_id();
            tracing::error!(message_id = id, error_code = fatal.code(), "{line}");
        }
    });
}
