//! Starting a devnet, here or in the background.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use koinos_service::{Fatal, exit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::StartOptions;
use super::plan::{Plan, check};
use super::prepare::{check_directory, prepare};
use super::state::{Lock, Run, State};
use super::summary::summary;
use super::supervisor::Supervisor;
use crate::cli::Global;
use crate::output::Output;

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts a network. In the foreground it returns when the network was stopped.
pub(crate) async fn run(
    mut options: StartOptions,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    if global.url.is_some() {
        return Err(Fatal::usage(anyhow!("--url names a network that runs; leave it out")));
    }
    check(&options)?;
    let mut made = true;
    let directory = match &options.data_dir {
        Some(directory) => {
            made = !directory.exists();
            std::path::absolute(directory)
                .with_context(|| format!("cannot find {}", directory.display()))?
        }
        None => {
            options.temporary = true;
            temporary()?
        }
    };
    let outcome = match options.detach && !options.supervise {
        true => detach(options, &directory, global, output).await,
        false => supervise(options, &directory, global, output).await,
    };
    if outcome.is_err() && made {
        // It stays if there is anything in it.
        let _ = std::fs::remove_dir(&directory);
    }
    outcome
}

fn temporary() -> Result<PathBuf, Fatal> {
    let directory = tempfile::Builder::new().prefix("koinos-devnet-").tempdir();
    Ok(directory.context("cannot make a temporary directory; give --data-dir")?.keep())
}

async fn supervise(
    options: StartOptions,
    directory: &Path,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    if options.supervise {
        // Away from the terminal of the shell that started it. It fails only for the leader of a
        // group, which was no part of a terminal's session either.
        let _ = rustix::process::setsid();
    }
    let mut signals = Signals::new()?;
    let temporary = options.temporary;
    let plan = Plan::new(options, directory.to_owned(), global.amqp.clone());
    let mut supervisor = match plan.and_then(|plan| take_over(plan, output)) {
        Ok(supervisor) => supervisor,
        Err(fatal) => {
            if temporary {
                // Only this process knows of it.
                let _ = std::fs::remove_dir_all(directory);
            }
            return Err(fatal);
        }
    };
    let outcome = tokio::select! {
        outcome = supervisor.live(output) => outcome,
        () = signals.next() => Ok(()),
    };
    tokio::select! {
        stopped = supervisor.stop(output) => outcome.and(stopped),
        () = signals.next() => Err(Fatal::failure(anyhow!("interrupted again, all is killed"))),
    }
}

/// Makes the directory ready and takes it.
fn take_over(plan: Plan, output: &Output) -> Result<Supervisor, Fatal> {
    check_directory(&plan.directory)?;
    let lock = Lock::take(&plan.directory)?.ok_or_else(|| already_running(&plan.directory))?;
    let state = prepare(&plan)?;
    if let Some(run) = &state.run {
        if run.supervisor.is_alive() {
            return Err(already_running(&plan.directory));
        }
        output.note("the last run of this devnet was cut short; its chain goes on");
        super::control::end_leftovers(run);
    }
    Supervisor::new(plan, state, lock)
}

fn already_running(directory: &Path) -> Fatal {
    let place = directory.display();
    Fatal::config(anyhow!(
        "a devnet runs in {place} already; stop it with `koinosctl devnet stop --data-dir {place}`, \
         or choose another --data-dir"
    ))
}

/// Starts a supervisor in the background and waits until it is ready.
async fn detach(
    options: StartOptions,
    directory: &Path,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    let plan = Plan::new(options, directory.to_owned(), global.amqp.clone())?;
    check_directory(directory)?;
    if State::load(directory)?.is_some_and(|state| state.running().is_some()) {
        return Err(already_running(directory));
    }
    let (mut child, mut log) = spawn_supervisor(&plan)?;
    loop {
        let state = State::load(directory).ok().flatten();
        let ours = |run: &Run| run.ready && run.supervisor.pid == child.id();
        if let Some(state) = state.filter(|state| state.run.as_ref().is_some_and(ours)) {
            return output.show(&summary(directory, &state)?);
        }
        if let Some(status) = child.try_wait().context("cannot watch the devnet")? {
            let mut text = String::new();
            log.read_to_string(&mut text).context("cannot read what the devnet said")?;
            return Err(failure(status, &text));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What a supervisor complained of when it ended.
fn failure(status: ExitStatus, log: &str) -> Fatal {
    let error = match log.rsplit_once("koinosctl: ") {
        Some((_, error)) => anyhow!("{}", error.trim()),
        None => anyhow!("the devnet ended with {status}"),
    };
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(exit::CONFIG) => Fatal::config(error),
        Some(exit::USAGE) => Fatal::usage(error),
        Some(exit::UNAVAILABLE) => Fatal::unavailable(error),
        _ => Fatal::failure(error),
    }
}

/// This program again, with the same command line and the directory that was chosen; and what it
/// says, which can be read even when its directory is gone.
fn spawn_supervisor(plan: &Plan) -> Result<(Child, File), Fatal> {
    let path = plan.directory.join("devnet.log");
    let open = || -> std::io::Result<_> {
        // It shows the key of the account.
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        Ok((file.try_clone()?, file, File::open(&path)?))
    };
    let (out, errors, log) = open().with_context(|| format!("cannot write {}", path.display()))?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(&program);
    command.args(std::env::args_os().skip(1)).arg("--supervise");
    if plan.options.data_dir.is_none() {
        command.arg("--data-dir").arg(&plan.directory).arg("--temporary");
    }
    command.stdin(Stdio::null()).stdout(out).stderr(errors);
    let started = command.spawn().with_context(|| format!("cannot start {}", program.display()));
    Ok((started?, log))
}

/// The signals that stop a devnet.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> Result<Self, Fatal> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
