//! Lines for people, in colour on a terminal.

use std::io::IsTerminal;

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    color: bool,
}

const GREEN: u8 = 32;
const RED: u8 = 31;
const CYAN: u8 = 36;

impl Screen {
    pub(crate) fn new() -> Self {
        Self { color: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    /// What is being done.
    pub(crate) fn say(self, text: &str) {
        self.line(CYAN, "..", text);
    }

    /// What came out right.
    pub(crate) fn good(self, text: &str) {
        self.line(GREEN, "ok", text);
    }

    /// What came out wrong.
    pub(crate) fn fail(self, text: &str) {
        self.line(RED, "failed", text);
    }

    fn line(self, color: u8, mark: &str, text: &str) {
        if self.color {
            println!("\x1b[1;{color}m{mark}\x1b[0m {text}");
        } else {
            println!("{mark} {text}");
        }
    }
}
