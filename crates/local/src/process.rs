//! Processes by more than their number, which the system gives out again.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

/// A process of this boot of the machine. Another one that got the same number later is not equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// The process id.
    pub pid: u32,
    /// When it started, in clock ticks since the boot.
    pub started: u64,
    /// Which boot.
    pub boot: String,
}

impl ProcessId {
    /// The process that has the id `pid` now.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(Self { pid, started: start_time(&stat)?, boot: boot()? })
    }

    /// This process.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whether it is still there (one that has ended but was not waited for is not).
    pub fn is_alive(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid));
        stat.is_ok_and(|stat| {
            start_time(&stat) == Some(self.started)
                && !matches!(fields(&stat).next(), Some("Z" | "X") | None)
        }) && boot().as_ref() == Some(&self.boot)
    }

    /// Sends a signal if it is still there; says whether it was.
    pub fn signal(&self, signal: Signal) -> bool {
        let pid = Pid::from_raw(self.pid.cast_signed()).filter(|_| self.is_alive());
        pid.is_some_and(|pid| kill_process(pid, signal).is_ok())
    }
}

/// The fields of `/proc/PID/stat` behind the name, which may hold spaces and parentheses.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace()
}

fn start_time(stat: &str) -> Option<u64> {
    // The 22nd field of the file; the state, first behind the name, is the third.
    fields(stat).nth(22 - 3)?.parse().ok()
}

fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

/// Memory of a process that is in RAM, in bytes.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The path of a program in `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_known_by_its_start() {
        let own = ProcessId::own().unwrap();
        assert!(own.is_alive());
        let other = ProcessId { started: own.started + 1, ..own.clone() };
        assert!(!other.is_alive(), "the number was given out again");
        let before = ProcessId { boot: "another".to_owned(), ..own };
        assert!(!before.is_alive());
        assert!(!before.signal(Signal::KILL));
    }

    #[test]
    fn one_that_has_ended_is_not_alive() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert!(id.is_alive());
        assert!(id.signal(Signal::KILL));
        child.wait().unwrap();
        assert!(!id.is_alive());
        assert_eq!(ProcessId::of(id.pid), None);
    }

    #[test]
    fn names_with_parentheses_do_not_confuse() {
        let stat =
            format!("7 (a) b) R {}", (4..=30).map(|n| n.to_string() + " ").collect::<String>());
        assert_eq!(start_time(&stat), Some(22));
        assert_eq!(start_time("nonsense"), None);
    }

    #[test]
    fn memory_and_programs_are_found() {
        assert!(resident_bytes(std::process::id()).unwrap() > 100 << 10);
        assert_eq!(resident_bytes(0), None);
        assert!(find_program("sh").is_some());
        assert_eq!(find_program("koinos-no-such-program"), None);
    }
}
