//! A daemon as a child process, with its output at hand.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use koinos_local::{Guarded, Signal};

use crate::poll;

/// A running (or ended) daemon. It is killed when dropped.
pub struct Daemon {
    process: Guarded,
    output: Arc<Output>,
}

#[derive(Default)]
struct Output {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    text: Vec<String>,
    /// Pipes that are still open.
    open: usize,
}

impl Output {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(self: &Arc<Self>, pipe: impl Read + Send + 'static) {
        let output = self.clone();
        output.lines().open += 1;
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                output.lines().text.push(line);
                output.more.notify_all();
            }
            output.lines().open -= 1;
            output.more.notify_all();
        });
    }
}

impl Daemon {
    /// Starts `program` with `arguments`, without the caller's `KOINOS_*` variables.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        program: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self> {
        Self::spawn(command(program.as_ref(), arguments))
    }

    /// As [`Daemon::start`], with a listening socket handed over under a name in the way of systemd.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn inheriting(
        listener: &impl AsFd,
        name: &str,
        program: &str,
        arguments: &[&str],
    ) -> Result<Self> {
        let socket = listener.as_fd();
        // Without the flag that closes it when the shell is executed.
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::empty())?;
        let script = format!(
            "exec 3<&{}; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name} exec \"$@\"",
            socket.as_raw_fd()
        );
        // Not every sh knows descriptors of more than one digit.
        let shell = ["-c", &script, "bash", program];
        Self::spawn(command("bash".as_ref(), shell.iter().chain(arguments)))
    }

    /// Runs `program` to its end, in a base directory of its own: its exit status and its output.
    ///
    /// # Errors
    /// When it cannot be started, or does not end by the deadline.
    pub fn outcome(program: &str, arguments: &[&str], limit: Duration) -> Result<(i32, String)> {
        let directory = tempfile::tempdir()?;
        let basedir = [OsString::from("-d"), directory.path().into()];
        let arguments = arguments.iter().map(OsString::from);
        let mut daemon = Self::start(program, basedir.into_iter().chain(arguments))?;
        let code = daemon.wait(limit)?.code().context("a signal ended it")?;
        Ok((code, daemon.output()))
    }

    /// Starts a prepared command.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Guarded::spawn(&mut command, None)
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let output = Arc::<Output>::default();
        if let Some(pipe) = process.child.stdout.take() {
            output.collect(pipe);
        }
        if let Some(pipe) = process.child.stderr.take() {
            output.collect(pipe);
        }
        Ok(Self { process, output })
    }

    /// Waits for a line of output that contains `text`, in what was printed before or will be;
    /// returns it.
    ///
    /// # Errors
    /// When there is none by the deadline, or the daemon ends without; the text holds its output.
    pub fn wait_for(&self, text: &str, limit: Duration) -> Result<String> {
        self.wait_for_nth(text, 1, limit)
    }

    /// As [`Daemon::wait_for`], for the `nth` such line, counted from 1.
    ///
    /// # Errors
    /// As [`Daemon::wait_for`].
    pub fn wait_for_nth(&self, text: &str, nth: usize, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        let mut lines = self.output.lines();
        loop {
            let mut matching = lines.text.iter().filter(|line| line.contains(text));
            if let Some(line) = matching.nth(nth - 1) {
                return Ok(line.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if lines.open == 0 || left.is_zero() {
                let why = if lines.open == 0 { "it ended" } else { "time is up" };
                bail!("no line number {nth} with {text:?} ({why}):\n{}", lines.text.join("\n"));
            }
            lines = self.output.more.wait_timeout(lines, left).map_err(|_| poisoned())?.0;
        }
    }

    /// Everything printed so far.
    pub fn output(&self) -> String {
        self.output.lines().text.join("\n")
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Asks the daemon to stop (`SIGTERM`).
    pub fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Asks the daemon to read its configuration again (`SIGHUP`).
    pub fn reload(&self) {
        self.process.signal(Signal::HUP);
    }

    /// Kills the daemon (`SIGKILL`) and waits for its end.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        Ok(self.process.kill()?)
    }

    /// Waits for the daemon's end and for the last of its output.
    ///
    /// # Errors
    /// When it does not end by the deadline; the text holds its output.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let ended = poll("end of the daemon", limit, || Ok(self.process.child.try_wait()?));
        let status = ended.with_context(|| self.output())?;
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut lines = self.output.lines();
        while lines.open > 0 && Instant::now() < deadline {
            let pause = Duration::from_millis(100);
            lines = self.output.more.wait_timeout(lines, pause).map_err(|_| poisoned())?.0;
        }
        Ok(status)
    }
}

/// A command without the caller's `KOINOS_*` variables.
fn command(program: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KOINOS_") {
            command.env_remove(name);
        }
    }
    command
}

fn poisoned() -> anyhow::Error {
    anyhow::anyhow!("the reader of the daemon's output panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Daemon {
        Daemon::start("sh", ["-c", script]).unwrap()
    }

    #[test]
    fn lines_of_both_streams_are_waited_for() {
        let mut daemon = shell("echo one; echo two >&2; echo one more; exit 3");
        let limit = Duration::from_secs(10);
        assert_eq!(daemon.wait_for_nth("one", 2, limit).unwrap(), "one more");
        assert_eq!(daemon.wait_for("two", limit).unwrap(), "two");
        assert_eq!(daemon.wait(limit).unwrap().code(), Some(3));
        let error = daemon.wait_for("three", limit).unwrap_err().to_string();
        assert!(error.contains("it ended") && error.contains("one more"), "{error}");
    }

    #[test]
    fn signals_reach_it_and_dropping_ends_it() {
        let mut daemon =
            shell("trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        daemon.wait_for("up", Duration::from_secs(10)).unwrap();
        daemon.terminate();
        assert_eq!(daemon.wait(Duration::from_secs(10)).unwrap().code(), Some(0));
        assert!(daemon.output().contains("told"));

        let daemon = shell("echo up; exec sleep 1000");
        daemon.wait_for("up", Duration::from_secs(10)).unwrap();
        let pid = daemon.pid();
        drop(daemon);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
