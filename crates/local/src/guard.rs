//! Child processes that do not outlive their parent.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process_group};

/// A process group of its own, killed when this is dropped or when the parent ends in any way: a
/// small shell holds the other end of a pipe and kills the group when the pipe closes.
///
/// A group of its own also means that a Ctrl-C on the terminal reaches the parent alone.
pub struct Guarded {
    /// The child, whose output may have been piped.
    pub child: Child,
    watcher: Child,
}

/// Kills the process group `$1` and removes the directory `$2` (if any) at the end of input.
const WATCH: &str = "cat >/dev/null; kill -s KILL -- \"-$1\" 2>/dev/null; \
                     [ -z \"$2\" ] || rm -rf -- \"$2\"";

impl Guarded {
    /// Starts `command`; `scratch` is removed in case the parent ends without dropping this.
    ///
    /// # Errors
    /// When the command or the shell cannot be started.
    pub fn spawn(command: &mut Command, scratch: Option<&Path>) -> std::io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCH, "guard", &child.id().to_string()])
            .arg(scratch.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { child, watcher })
    }

    /// Sends a signal to the whole group.
    pub fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            // The group may be gone already.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Kills the group and waits for the process.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill(&mut self) -> std::io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        self.child.wait()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Nothing can be done about failures here, and nothing is left to wait for.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        let _ = self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, poll};
    use std::time::Duration;

    #[test]
    fn the_end_of_the_parent_is_the_end_of_the_group() {
        let scratch = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        // A grandchild, as the broker has some.
        command.args(["-c", "sleep 1000 & sleep 1000"]);
        let mut guarded = Guarded::spawn(&mut command, Some(scratch.path())).unwrap();
        // What the end of this process would do to the pipe.
        drop(guarded.watcher.stdin.take());
        let limit = Duration::from_secs(10);
        let ended = poll(limit, || guarded.child.try_wait()).unwrap().unwrap();
        assert!(!ended.success());
        let gone = poll(limit, || Ok::<_, Error>((!scratch.path().exists()).then_some(())));
        assert!(gone.unwrap().is_some(), "the directory is left");
    }
}
