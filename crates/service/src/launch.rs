//! From the command line to everything that must be known before the runtime starts.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, Command, FromArgMatches};
use rand::Rng;
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::config::{self, ConfigError, Layered, Origin};
use crate::context::{Context, Parts};
use crate::describe;
use crate::exit::{self, Fatal};
use crate::logging::{self, LogConfig, LogControl};
use crate::options::CommonOptions;
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
        refuse_password_in_environment(&layered, &common.amqp)?;
        let jobs = common.jobs.unwrap_or_else(S::INFO.default_jobs);
        if jobs < S::INFO.min_jobs {
            return Err(Stop::Early(too_few_jobs(jobs, S::INFO.min_jobs, &layered)));
        }
        let instance_id = common.instance_id.clone().unwrap_or_else(random_id);
        Ok(Self { args, layered, common, basedir, instance_id, jobs })
    }

    /// Tells that the configuration can be used, if only that was asked.
    pub(crate) fn only_checks(&self, info: &Info) -> bool {
        if self.common.check_config {
            for warning in &self.layered.warnings {
                eprintln!("{}: {warning}", info.program());
            }
            println!("{}: the configuration can be used", info.program());
        }
        self.common.check_config
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
        };
        let log = logging::init(&config).map_err(|e| Stop::Early(Fatal::config(e)))?;
        info!("{}", info.version_line());
        for warning in &self.layered.warnings {
            warn!("{warning}");
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
    match origin {
        Some(Origin::CommandLine) => Fatal::usage(error),
        _ => Fatal::config(error),
    }
}

/// The environment of a process is readable by others, so it is no place for a password.
fn refuse_password_in_environment(layered: &Layered, amqp: &str) -> Result<(), Stop> {
    let from_environment = layered
        .origins
        .get("amqp")
        .is_some_and(|origins| matches!(origins.first(), Some(Origin::Environment(_))));
    let user = amqp.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    if from_environment && user.is_some_and(|(user, _)| user.contains(':')) {
        return Err(Stop::Early(Fatal::config(anyhow!(
            "environment variable KOINOS_AMQP holds a password, which others can read there; put it \
             in a file and name that with amqp-password-file"
        ))));
    }
    Ok(())
}

/// The broker's password: in the file that is named, else in the credential `amqp-password` of the
/// service manager. An empty credential is none, so that a unit can give one in any case.
///
/// # Errors
/// When the file cannot be read.
pub fn broker_password(named: Option<&Path>) -> Result<Option<String>, Fatal> {
    password(named, std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).as_deref())
}

fn password(named: Option<&Path>, credentials: Option<&Path>) -> Result<Option<String>, Fatal> {
    let credential = credentials.map(|directory| directory.join("amqp-password"));
    let credential = credential.as_deref().filter(|path| path.exists());
    let Some(path) = named.or(credential) else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fatal::config(anyhow!("cannot read the password in {}: {error}", path.display()))
    })?;
    let password = text.trim_end_matches(['\r', '\n']);
    Ok((named.is_some() || !password.is_empty()).then(|| password.to_owned()))
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
        error => Stop::Early(Fatal::config(error)),
    }
}

/// Five random base58 characters, like the Go services.
fn random_id() -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut rng = rand::rng();
    (0..5).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_goes_before_the_credential_and_an_empty_credential_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = Some(directory.path());
        assert_eq!(password(None, None).unwrap(), None);
        assert_eq!(password(None, credentials).unwrap(), None);
        let credential = directory.path().join("amqp-password");
        std::fs::write(&credential, "\n").unwrap();
        assert_eq!(password(None, credentials).unwrap(), None);
        std::fs::write(&credential, "from systemd\n").unwrap();
        assert_eq!(password(None, credentials).unwrap().unwrap(), "from systemd");
        let named = directory.path().join("named");
        assert_eq!(password(Some(&named), credentials).unwrap_err().code(), exit::CONFIG);
        std::fs::write(&named, "").unwrap();
        assert_eq!(password(Some(&named), credentials).unwrap().unwrap(), "");
    }
}
