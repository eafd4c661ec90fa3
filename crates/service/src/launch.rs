//! From the command line to everything that must be known before the runtime starts.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Command, FromArgMatches};
use koinos_events as events;
use rand::Rng;
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::config::{self, ConfigError, Layered, Origin};
use crate::context::{Context, Parts};
use crate::describe;
use crate::exit::{self, Fatal};
use crate::logging::{self, LogConfig, LogControl};
use crate::options::CommonOptions;
use crate::printed;
use crate::secrets::{self, broker_password};
use crate::service::{Info, Service};
use crate::systemd::Inherited;

/// Why a run ended, by how far it had come.
pub(crate) enum Stop {
    /// The command line parser has said everything (which may be the help text).
    Printed(u8),
    /// There was no logging yet.
    Early(Fatal),
    /// There was.
    Logged(Fatal),
}

/// The options of a service, those of all services included.
pub fn command<S: Service>() -> Command {
    let info = S::INFO;
    let command =
        Command::new(info.program()).version(info.version_line()).disable_version_flag(true).arg(
            clap::Arg::new("version")
                .short('v')
                .long("version")
                .action(clap::ArgAction::SetTrue)
                .help("Print version"),
        );
    // Last, since a flattened struct of options puts its own description in place of the command's.
    CommonOptions::augment_args(S::Options::augment_args(command)).about(info.about)
}

/// Everything known before the runtime starts.
pub(crate) struct Launch {
    pub(crate) args: Vec<OsString>,
    pub(crate) layered: Layered,
    common: CommonOptions,
    basedir: PathBuf,
    instance_id: String,
    jobs: usize,
}

impl Launch {
    pub(crate) fn prepare<S: Service>(args: Vec<OsString>) -> Result<Self, Stop> {
        if let Some(subject) = describe::asked(&args) {
            let text = describe::describe::<S>(subject);
            text.and_then(|text| std::io::stdout().write_all(&text))
                .map_err(|error| Stop::Early(Fatal::from(error)))?;
            return Err(Stop::Printed(exit::OK));
        }
        let (layered, basedir) = configure::<S>(&args)?;
        let common = CommonOptions::from_arg_matches(&layered.matches)
            .map_err(|e| Stop::Early(Fatal::config(e)))?;
        secrets::refuse_in_environment(&layered, &common.amqp).map_err(Stop::Early)?;
        check_broker(&common, &layered).map_err(Stop::Early)?;
        let jobs = common.jobs.unwrap_or_else(S::INFO.default_jobs);
        if jobs < S::INFO.min_jobs {
            return Err(Stop::Early(too_few_jobs(jobs, S::INFO.min_jobs, &layered)));
        }
        let instance_id = common.instance_id.clone().unwrap_or_else(random_id);
        Ok(Self { args, layered, common, basedir, instance_id, jobs })
    }

    /// Tells that the configuration can be used, or what it is, if only that was asked.
    pub(crate) fn only_checks<S: Service>(&self) -> bool {
        let program = S::INFO.program();
        if self.common.print_config {
            let (name, command) = (S::INFO.name, command::<S>());
            println!("{}", printed::page(name, &command, &self.layered, &self.basedir));
        } else if self.common.check_config {
            for warning in &self.layered.warnings {
                eprintln!("{program}: {warning}");
            }
            println!("{program}: the configuration can be used");
        }
        self.common.print_config || self.common.check_config
    }

    pub(crate) fn start_logging(&self, info: &Info) -> Result<LogControl, Stop> {
        let directory = self.common.log_dir.as_ref().filter(|dir| !dir.as_os_str().is_empty());
        let config = LogConfig {
            service: info.name.to_owned(),
            instance_id: self.instance_id.clone(),
            level: self.common.log_level,
            directory: directory.map(|dir| self.basedir.join(info.name).join(dir)),
            color: self.common.log_color,
            datetime: self.common.log_datetime,
            format: self.common.log_format,
            network: self.common.network.clone(),
        };
        let log = logging::init(&config).map_err(|e| Stop::Early(Fatal::config(e)))?;
        info!("{}", info.version_line());
        for warning in &self.layered.warnings {
            warn!(message_id = events::CONFIG_IGNORED, "{warning}");
        }
        Ok(log)
    }

    pub(crate) fn context(
        self,
        info: Info,
        inherited: Inherited,
    ) -> (Context, mpsc::UnboundedReceiver<Fatal>) {
        Context::new(Parts {
            info,
            common: self.common,
            origins: self.layered.origins,
            basedir: self.basedir,
            instance_id: self.instance_id,
            jobs: self.jobs,
            inherited,
        })
    }
}

fn too_few_jobs(jobs: usize, least: usize, layered: &Layered) -> Fatal {
    let origin = layered.origins.get("jobs").and_then(|origins| origins.first());
    let place = origin.map_or(String::new(), |origin| format!(", from {origin}"));
    let error = anyhow!("option 'jobs' must be at least {least} (was {jobs}{place})");
    let fatal = match origin {
        Some(Origin::CommandLine) => Fatal::usage(error),
        _ => Fatal::config(error),
    };
    fatal.event(events::CONFIG_REJECTED)
}

/// Refuses a URL that cannot be used, without showing it: it may hold a password.
fn check_broker(common: &CommonOptions, layered: &Layered) -> Result<(), Fatal> {
    let mut config = koinos_mq::Config::new(&common.amqp, "", "");
    config.tls = tls(common);
    config.check_urls().map_err(|error| {
        let origin = layered.origins.get("amqp").and_then(|origins| origins.first());
        let place = origin.map_or(String::new(), |origin| format!("{origin}: "));
        let text = format!("{place}amqp: {error}; write amqp://USER@HOST:PORT/VHOST");
        Fatal::config(anyhow!(text)).event(events::CONFIG_REJECTED)
    })
}

fn tls(common: &CommonOptions) -> koinos_mq::Tls {
    koinos_mq::Tls {
        ca_file: common.amqp_ca_file.clone(),
        certificate_file: common.amqp_cert_file.clone(),
        key_file: common.amqp_key_file.clone(),
    }
}

/// How to reach the broker that options describe, as `service` of that `instance`.
///
/// # Errors
/// When the file of the password cannot be read.
pub fn broker_config(
    common: &CommonOptions,
    service: &str,
    instance: &str,
) -> Result<koinos_mq::Config, Fatal> {
    let mut config = koinos_mq::Config::new(&common.amqp, service, instance);
    config.password = broker_password(common.amqp_password_file.as_deref())?;
    config.tls = tls(common);
    Ok(config)
}

/// Reads the command line, then the files it leads to.
pub(crate) fn configure<S: Service>(args: &[OsString]) -> Result<(Layered, PathBuf), Stop> {
    let command = command::<S>();
    let environment = |name: &str| std::env::var(name).ok();
    let first = config::layer(&command, S::INFO.name, args, environment, &[]).map_err(stop)?;
    if first.matches.get_flag("version") {
        println!("{}", S::INFO.version_line());
        return Err(Stop::Printed(exit::OK));
    }
    let common = CommonOptions::from_arg_matches(&first.matches)
        .map_err(|e| Stop::Early(Fatal::usage(e)))?;
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let basedir = S::INFO
        .basedir_root
        .resolve(common.basedir.as_deref(), home)
        .map_err(|text| Stop::Early(Fatal::usage(anyhow!(text))))?;
    let files = config::files(&basedir, common.config.as_deref()).map_err(stop)?;
    let layered = config::layer(&command, S::INFO.name, args, environment, &files).map_err(stop)?;
    Ok((layered, basedir))
}

fn stop(error: ConfigError) -> Stop {
    match error {
        ConfigError::CommandLine(error) => {
            // Printing to a closed terminal may fail; the exit status still tells.
            let _ = error.print();
            Stop::Printed(if error.use_stderr() { exit::USAGE } else { exit::OK })
        }
        error => Stop::Early(Fatal::config(error).event(events::CONFIG_REJECTED)),
    }
}

/// Five random base58 characters, like the Go services.
fn random_id() -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut rng = rand::rng();
    (0..5).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}
