//! `index`: the indexes of a node.

mod instances;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Subcommand, ValueEnum};
use koinos_local::Guarded;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::admin::Page;
use crate::cli::Global;
use crate::files::{self, Access};
use crate::node::{Place, number, text};
use crate::output::{Output, Report};
use crate::{http, program};

/// Reading all records of a long chain takes as long as it takes.
const CHECKSUM_LIMIT: Duration = Duration::from_secs(24 * 3_600);
/// How often the index that is made anew is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often people are told how far it is.
const TELL_EVERY: u32 = 50;

/// The services that keep an index.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Service {
    TransactionStore,
    ContractMetaStore,
    AccountHistory,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::TransactionStore => "transaction_store",
            Self::ContractMetaStore => "contract_meta_store",
            Self::AccountHistory => "account_history",
        }
    }
}

/// What to do with an index.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Compare a running service's index with one that is made anew from the blocks
    Verify {
        /// The service
        service: Service,
        /// Directory in which the new index is made, and from which it is removed again [default: that
        /// of temporary files]
        #[arg(long, value_name = "DIR")]
        scratch: Option<PathBuf>,
        /// Directory of the service's program [default: that of koinosctl, or PATH]
        #[arg(long, value_name = "DIR")]
        program_dir: Option<PathBuf>,
    },
    /// Listen for what the instances on the bus tell of themselves: where they are, and whether they
    /// take requests
    Instances {
        /// How long; each tells it every 10 seconds while blocks come
        #[arg(long, value_name = "SECONDS", default_value_t = 15,
              value_parser = clap::value_parser!(u64).range(1..=3600))]
        seconds: u64,
    },
}

/// Verifies, or listens.
pub(crate) async fn run(verb: Verb, global: &Global, output: &Output) -> Result<(), Fatal> {
    match verb {
        Verb::Verify { service, scratch, program_dir } => {
            verify(service, scratch, program_dir, global, output).await
        }
        Verb::Instances { seconds } => instances::show(seconds, global, output).await,
    }
}

async fn verify(
    service: Service,
    scratch: Option<PathBuf>,
    program_dir: Option<PathBuf>,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    let place = Place::find(global)?;
    let name = service.name();
    let program = format!("koinos-{}", name.replace('_', "-"));
    let program = program::find(&program, program_dir.as_deref()).ok_or_else(|| {
        Fatal::config(anyhow!("there is no {program}; say where it is with --program-dir"))
    })?;
    output.note(&format!("reading the index of {name}"));
    let socket = place.admin_socket(name);
    let live = async {
        let silent = format!("{name} does not tell the checksum of its index");
        checksum(&socket).await.context(silent).map_err(Fatal::unavailable)
    };
    // Nobody is to wait for blocks from a broker that lets nobody in.
    let (bus, live) = tokio::try_join!(place.bus(global.timeout()), live)?;
    bus.close(global.timeout()).await;
    let scratch = scratch.unwrap_or_else(std::env::temp_dir);
    let directory = tempfile::Builder::new().prefix("koinos-index-").tempdir_in(&scratch);
    let directory =
        directory.with_context(|| scratch.display().to_string()).map_err(Fatal::config)?;
    let anew = Anew { service, place: &place, directory: directory.path() };
    let anew = anew.make(&program, number(&live, "height"), output).await?;
    let equal = live == anew;
    let report =
        Report::new(json!({ "service": name, "equal": equal, "index": live, "anew": anew }))
            .pair("service", name)
            .pair(
                "up to",
                format!("height {}, {}", number(&live, "height"), text(&live, "block_id")),
            )
            .pair("records", number(&live, "records"))
            .pair("checksum", text(&live, "sha256"))
            .pair("made anew", text(&anew, "sha256"));
    output.show(&report)?;
    match equal {
        true => Ok(()),
        false => Err(Fatal::failure(anyhow!(
            "the index of {name} is not what the blocks say; start it once with --reset to build it \
             again"
        ))),
    }
}

async fn checksum(socket: &Path) -> anyhow::Result<Value> {
    let reply = http::get_unix(socket, "/inspect/checksum", CHECKSUM_LIMIT).await?;
    let body = String::from_utf8_lossy(&reply.body);
    anyhow::ensure!(reply.status == 200, "status {}: {}", reply.status, body.trim());
    Ok(serde_json::from_str(&body)?)
}

/// An index that is made anew.
struct Anew<'a> {
    service: Service,
    place: &'a Place,
    directory: &'a Path,
}

impl Anew<'_> {
    /// Makes it up to a height, and tells its checksum.
    async fn make(&self, program: &Path, height: u64, output: &Output) -> Result<Value, Fatal> {
        let socket = self.directory.join("admin.sock");
        let mut process = self.start(program, height, &socket)?;
        let mut looks = 0_u32;
        loop {
            let ended = process.child.try_wait()?;
            if let Some(status) = ended {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                let last = log.trim().lines().last().unwrap_or("it said nothing").to_owned();
                return Err(Fatal::failure(anyhow!("{}: {status}: {last}", program.display())));
            }
            if let Some(page) = Page::fetch(&socket).await {
                if page.detail("cursor_height").and_then(Value::as_u64) == Some(height) {
                    return Ok(checksum(&socket).await?);
                }
                looks += 1;
                if looks.is_multiple_of(TELL_EVERY) {
                    output.note(text(&page.json, "status"));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                interrupted = tokio::signal::ctrl_c() => {
                    interrupted?;
                    return Err(Fatal::failure(anyhow!("interrupted")));
                }
            }
        }
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Starts the program with the node's configuration, in a directory of its own.
    fn start(&self, program: &Path, height: u64, socket: &Path) -> Result<Guarded, Fatal> {
        let log = std::fs::File::create(self.log())?;
        let mut command = Command::new(program);
        command.arg("--basedir").arg(self.directory).arg("--admin-socket").arg(socket);
        command.args(["--until-height", &height.to_string(), "--reset=false"]);
        command.args(["--instance-id", "verify", "--amqp", self.place.amqp()]);
        if let Some(config) = self.place.config() {
            command.arg("--config").arg(config);
        }
        if matches!(self.service, Service::AccountHistory) {
            command.args(["--statedir", "db"]);
        }
        if let Some(password) = self.place.credential() {
            // As systemd hands it over.
            let directory = self.directory.join("credentials");
            files::write(&directory.join("amqp-password"), password.as_bytes(), Access::Owner)?;
            command.env("CREDENTIALS_DIRECTORY", directory);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Guarded::spawn(&mut command, Some(self.directory))
            .with_context(|| program.display().to_string())
            .map_err(Fatal::config)
    }
}
