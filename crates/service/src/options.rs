//! The options every daemon has.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, ValueEnum};

/// Log levels by the names of the protocol's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Everything, including what libraries say about each step.
    Trace,
    /// Every request.
    Debug,
    /// What the operator wants to follow.
    Info,
    /// What may need attention.
    #[value(alias = "warn")]
    Warning,
    /// What failed.
    Error,
    /// Only what ends the process (the same as error).
    Fatal,
}

impl LogLevel {
    /// The lowest level that is logged.
    pub fn filter(self) -> tracing::level_filters::LevelFilter {
        use tracing::level_filters::LevelFilter;
        match self {
            Self::Trace => LevelFilter::TRACE,
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warning => LevelFilter::WARN,
            Self::Error | Self::Fatal => LevelFilter::ERROR,
        }
    }

    /// The name used in options and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// Forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people, as the protocol's services write them.
    Text,
    /// An object of JSON a line, with the fields of the journal.
    Json,
}

/// The options every daemon has, as flags and as keys of `config.yml`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct CommonOptions {
    /// Base directory; data lives in a directory per service below it [default: ~/.koinos]
    #[arg(long, short = 'd', value_name = "DIR")]
    pub basedir: Option<PathBuf>,

    /// Configuration file [default: config.yml or config.yaml in the base directory]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// AMQP server URL, amqp:// or amqps://; several with commas are the nodes of a cluster
    #[arg(long, short, value_name = "URL", default_value = "amqp://guest:guest@localhost:5672/")]
    pub amqp: String,

    /// File holding the AMQP password, instead of in the URL
    #[arg(long, value_name = "FILE")]
    pub amqp_password_file: Option<PathBuf>,

    /// For amqps: certificates of the authorities to trust [default: those the system trusts]
    #[arg(long, value_name = "FILE")]
    pub amqp_ca_file: Option<PathBuf>,

    /// For amqps: own certificate, for a broker that wants to see one
    #[arg(long, value_name = "FILE")]
    pub amqp_cert_file: Option<PathBuf>,

    /// For amqps: private key of the own certificate
    #[arg(long, value_name = "FILE")]
    pub amqp_key_file: Option<PathBuf>,

    /// Name of the network, for logs and status
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,

    /// Name of this instance in logs and at the broker [default: 5 random characters]
    #[arg(long, short, value_name = "ID")]
    pub instance_id: Option<String>,

    /// Lowest level that is logged
    #[arg(long, short, value_name = "LEVEL", ignore_case = true, default_value = "info")]
    pub log_level: LogLevel,

    /// Form of the log, unless it goes to the journal
    #[arg(long, value_name = "FORMAT", ignore_case = true, default_value = "text")]
    pub log_format: LogFormat,

    /// Directory for log files; a relative one is below the service's directory [default: none]
    #[arg(long, value_name = "DIR")]
    pub log_dir: Option<PathBuf>,

    /// Colour the log on a terminal
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "true",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub log_color: bool,

    /// Put date and time before each line of the log
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1), default_value = "true",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub log_datetime: bool,

    /// Requests handled at the same time [default: number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<usize>,

    /// Admin socket, or "none" [default: admin.sock in the service's directory]
    #[arg(long, value_name = "PATH")]
    pub admin_socket: Option<PathBuf>,

    /// Check the configuration, say what is wrong with it, and end
    #[arg(long)]
    pub check_config: bool,

    /// Print each option, its value and where that comes from, as JSON, and end
    #[arg(long, hide = true)]
    pub print_config: bool,
}

/// Where a relative base directory starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasedirRoot {
    /// `$HOME` (the services that were written in Go).
    Home,
    /// The current directory (the services that were written in C++).
    CurrentDir,
}

impl BasedirRoot {
    /// The absolute base directory for an option value.
    ///
    /// # Errors
    /// When `$HOME` or the current directory is needed but unknown.
    pub fn resolve(
        self,
        option: Option<&std::path::Path>,
        home: Option<PathBuf>,
    ) -> Result<PathBuf, String> {
        let home = home.filter(|home| home.is_absolute());
        let no_home =
            || "the home directory is unknown: set HOME, or give --basedir DIR".to_owned();
        match option {
            None => Ok(home.ok_or_else(no_home)?.join(".koinos")),
            Some(path) if path.is_absolute() => Ok(path.to_owned()),
            Some(path) if self == Self::Home => Ok(home.ok_or_else(no_home)?.join(path)),
            Some(path) => std::env::current_dir()
                .map(|here| here.join(path))
                .map_err(|error| format!("the current directory is unknown: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_base_directory_follows_each_familys_rule() {
        let home = || Some(PathBuf::from("/home/k"));
        let go = |path: Option<&str>| BasedirRoot::Home.resolve(path.map(Path::new), home());
        assert_eq!(go(None).unwrap(), Path::new("/home/k/.koinos"));
        assert_eq!(go(Some("/var/lib/koinos")).unwrap(), Path::new("/var/lib/koinos"));
        assert_eq!(go(Some(".koinos")).unwrap(), Path::new("/home/k/.koinos"));
        let cpp = BasedirRoot::CurrentDir.resolve(Some(Path::new("data")), home()).unwrap();
        assert_eq!(cpp, std::env::current_dir().unwrap().join("data"));
        assert_eq!(
            BasedirRoot::CurrentDir.resolve(None, home()).unwrap(),
            Path::new("/home/k/.koinos")
        );
        for home in [None, Some(PathBuf::from(""))] {
            let error = BasedirRoot::Home.resolve(None, home).unwrap_err();
            assert!(error.contains("--basedir"), "{error}");
        }
    }
}
