//! How a daemon ends, in a form the service manager can act on.

use std::process::ExitCode;

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

/// A failure that ends the process, with its exit status.
#[derive(Debug)]
pub struct Fatal {
    code: u8,
    error: anyhow::Error,
}

impl Fatal {
    /// A failure that a restart may cure (exit status 1).
    pub fn failure(error: impl Into<anyhow::Error>) -> Self {
        Self { code: FAILURE, error: error.into() }
    }

    /// A failure that the operator has to cure (exit status 78): the text should say how.
    pub fn config(error: impl Into<anyhow::Error>) -> Self {
        Self { code: CONFIG, error: error.into() }
    }

    /// Something that is needed does not answer (exit status 69).
    pub fn unavailable(error: impl Into<anyhow::Error>) -> Self {
        Self { code: UNAVAILABLE, error: error.into() }
    }

    /// A mistake on the command line (exit status 64).
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { code: USAGE, error: error.into() }
    }

    /// Says what was being done.
    #[must_use]
    pub fn context(self, text: impl std::fmt::Display + Send + Sync + 'static) -> Self {
        Self { code: self.code, error: self.error.context(text) }
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
