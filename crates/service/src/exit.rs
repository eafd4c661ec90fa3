//! How a daemon ends, in a form the service manager can act on.

use std::process::ExitCode;

use koinos_events as events;

/// Exit status: ran and stopped as asked.
pub const OK: u8 = 0;
/// Exit status: something failed that a restart may cure.
pub const FAILURE: u8 = 1;
/// Exit status (`EX_USAGE`): the command line is wrong; a restart cannot cure it.
pub const USAGE: u8 = 64;
/// Exit status (`EX_UNAVAILABLE`): something this needs does not answer; it may later.
pub const UNAVAILABLE: u8 = 69;
/// Exit status (`EX_SOFTWARE`): a defect in the program; the place is in the log.
pub const SOFTWARE: u8 = 70;
/// Exit status (`EX_CONFIG`): configuration or data need the operator; a restart cannot cure it.
pub const CONFIG: u8 = 78;

/// A failure that ends the process, with its exit status and the event it is in the journal.
#[derive(Debug)]
pub struct Fatal {
    code: u8,
    event: &'static str,
    error: anyhow::Error,
}

impl Fatal {
    fn new(code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self { code, event: events::SERVICE_FAILED, error: error.into() }
    }

    /// A failure that a restart may cure (exit status 1).
    pub fn failure(error: impl Into<anyhow::Error>) -> Self {
        Self::new(FAILURE, error)
    }

    /// A failure that the operator has to cure (exit status 78): the text should say how.
    pub fn config(error: impl Into<anyhow::Error>) -> Self {
        Self::new(CONFIG, error)
    }

    /// Something that is needed does not answer (exit status 69).
    pub fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self::new(UNAVAILABLE, error)
    }

    /// A mistake on the command line (exit status 64).
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::new(USAGE, error)
    }

    /// Says what was being done.
    #[must_use]
    pub fn context(self, text: impl std::fmt::Display + Send + Sync + 'static) -> Self {
        Self { error: self.error.context(text), ..self }
    }

    /// Says what it is in the journal (see [`koinos_events`]): the catalog tells cause and cure of
    /// an event better than of [`events::SERVICE_FAILED`].
    #[must_use]
    pub fn event(self, id: &'static str) -> Self {
        Self { event: id, ..self }
    }

    /// What it is in the journal.
    pub fn event_id(&self) -> &'static str {
        self.event
    }

    /// The cause of type `E` that it was made of, below whatever context it got.
    pub fn cause<E: std::error::Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    /// The exit status.
    pub fn code(&self) -> u8 {
        self.code
    }
}

/// The text with all its causes on one line.
impl std::fmt::Display for Fatal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Fatal {
    fn from(error: E) -> Self {
        Self::failure(error)
    }
}

impl From<&Fatal> for ExitCode {
    fn from(fatal: &Fatal) -> Self {
        Self::from(fatal.code)
    }
}
