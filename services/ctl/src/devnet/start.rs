//! Starting a devnet, here or in the background.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, anyhow};
use koinos_service::{Fatal, exit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::StartOptions;
use super::plan::{Plan, check};
use super::prepare::{check_directory, prepare};
use super::state::{Lock, State};
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
    let directory = match &options.data_dir {
        Some(directory) => std::path::absolute(directory)
            .with_context(|| format!("cannot find {}", directory.display()))?,
        None => {
            options.temporary = true;
            temporary()?
        }
    };
    if options.detach && !options.supervise {
        let plan = Plan::new(options, directory, global.amqp.clone())?;
        check_directory(&plan.directory)?;
        return detach(&plan, output).await;
    }
    supervise(options, directory, global, output).await
}

fn temporary() -> Result<PathBuf, Fatal> {
    let directory = tempfile::Builder::new().prefix("koinos-devnet-").tempdir();
    Ok(directory.context("cannot make a temporary directory; give --data-dir")?.keep())
}

async fn supervise(
    options: StartOptions,
    directory: PathBuf,
    global: &Global,
    output: &Output,
) -> Result<(), Fatal> {
    if options.supervise {
        // Away from the terminal of the shell that started it. It fails only for the leader of a
        // group, which was no part of a terminal's session either.
        let _ = rustix::process::setsid();
    }
    let mut signals = Signals::new()?;
    let fresh = options.temporary;
    let plan = Plan::new(options, directory.clone(), global.amqp.clone());
    let mut supervisor = match plan.and_then(|plan| take_over(plan, output)) {
        Ok(supervisor) => supervisor,
        Err(fatal) => {
            if fresh {
                // Only this process knows of it.
                let _ = std::fs::remove_dir_all(&directory);
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
    Ok(Supervisor::new(plan, state, lock))
}

fn already_running(directory: &Path) -> Fatal {
    let place = directory.display();
    Fatal::config(anyhow!(
        "a devnet runs in {place} already; stop it with `koinosctl devnet stop --data-dir {place}`, \
         or choose another --data-dir"
    ))
}

/// Starts a supervisor in the background and waits until it is ready.
async fn detach(plan: &Plan, output: &Output) -> Result<(), Fatal> {
    if State::load(&plan.directory)?.is_some_and(|state| state.running().is_some()) {
        return Err(already_running(&plan.directory));
    }
    let log = plan.directory.join("devnet.log");
    let mut child = spawn_supervisor(plan, &log)?;
    loop {
        let state = State::load(&plan.directory).ok().flatten();
        let run = state.as_ref().and_then(|state| state.run.as_ref());
        if let (Some(state), Some(run)) = (&state, run)
            && run.ready
            && run.supervisor.pid == child.id()
        {
            return output.show(&summary(&plan.directory, state, run)?);
        }
        if let Some(status) = child.try_wait().context("cannot watch the devnet")? {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            let (_, error) = text.rsplit_once("koinosctl: ").unwrap_or(("", text.as_str()));
            let error = anyhow!("{}", error.trim());
            return Err(match status.code().and_then(|code| u8::try_from(code).ok()) {
                Some(exit::CONFIG) => Fatal::config(error),
                Some(exit::USAGE) => Fatal::usage(error),
                Some(exit::UNAVAILABLE) => Fatal::unavailable(error),
                _ => Fatal::failure(error),
            });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// This program again, with the same command line and the directory that was chosen.
fn spawn_supervisor(plan: &Plan, log: &Path) -> Result<Child, Fatal> {
    let open = || -> std::io::Result<_> {
        // It shows the key of the account.
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(log)?;
        Ok((file.try_clone()?, file))
    };
    let (out, errors) = open().with_context(|| format!("cannot write {}", log.display()))?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(&program);
    command.args(std::env::args_os().skip(1)).arg("--supervise");
    if plan.options.data_dir.is_none() {
        command.arg("--data-dir").arg(&plan.directory).arg("--temporary");
    }
    command.stdin(Stdio::null()).stdout(out).stderr(errors);
    let started = command.spawn().with_context(|| format!("cannot start {}", program.display()));
    Ok(started?)
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
