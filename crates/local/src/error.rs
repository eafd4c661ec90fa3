//! What can go wrong with processes on this machine.

use std::time::Duration;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not there.
    #[error("{program} is not installed; {cure}")]
    NotInstalled {
        /// The program's name.
        program: &'static str,
        /// Where it comes from.
        cure: &'static str,
    },
    /// A program was found but did not start.
    #[error("cannot start {program}")]
    Spawn {
        /// The program's name or path.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The broker ended, or did not speak in time.
    #[error("the message broker {what}; the end of its log:\n{log}")]
    Broker {
        /// What happened.
        what: String,
        /// The end of its log.
        log: String,
    },
    /// The broker did not end within the time given.
    #[error("the message broker did not stop within {0:?}")]
    StillRunning(Duration),
    /// The broker is running, and only a stopped one can be resumed.
    #[error("the message broker is running")]
    Running,
    /// The system refused something.
    #[error("{action}")]
    Io {
        /// What was being done.
        action: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}
