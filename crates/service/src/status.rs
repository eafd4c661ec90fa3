//! What the service is doing, for the service manager and the admin socket.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::systemd;

/// How much more time each sign of progress during start-up asks for.
const START_EXTENSION: Duration = Duration::from_secs(90);

/// The state shown to the outside.
pub(crate) struct Status {
    started: Instant,
    state: Mutex<State>,
}

struct State {
    text: String,
    ready: bool,
    details: Map<String, Value>,
}

impl Status {
    pub(crate) fn new() -> Self {
        let state = State { text: "starting".to_owned(), ready: false, details: Map::new() };
        Self { started: Instant::now(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Fields are replaced whole, so a panic elsewhere leaves them consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows one line; while starting it also counts as progress.
    pub(crate) fn show(&self, text: String) {
        systemd::status(&text);
        let mut state = self.state();
        if !state.ready {
            systemd::extend_timeout(START_EXTENSION);
        }
        state.text = text;
    }

    pub(crate) fn report(&self, key: &str, value: Value) {
        self.state().details.insert(key.to_owned(), value);
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.state().ready = ready;
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.state().ready
    }

    pub(crate) fn text(&self) -> String {
        self.state().text.clone()
    }

    /// Adds the state to a JSON object.
    pub(crate) fn describe(&self, into: &mut Map<String, Value>) {
        let state = self.state();
        into.insert("ready".to_owned(), state.ready.into());
        into.insert("status".to_owned(), state.text.clone().into());
        into.insert("uptime_seconds".to_owned(), self.started.elapsed().as_secs().into());
        into.insert("details".to_owned(), Value::Object(state.details.clone()));
    }
}
