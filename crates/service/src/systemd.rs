//! The service manager: inherited sockets, readiness, status line, watchdog.
//!
//! Without a service manager all of it does nothing.

use std::collections::HashMap;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use sd_notify::NotifyState;

/// Sockets passed by the service manager, by `FileDescriptorName`.
#[derive(Debug, Default)]
pub struct Inherited(Mutex<HashMap<String, OwnedFd>>);

impl Inherited {
    /// Takes over the sockets passed to this process. To be called once.
    pub(crate) fn take() -> std::io::Result<Self> {
        let mut sockets = HashMap::new();
        for (fd, name) in sd_notify::listen_fds_with_names()? {
            // SAFETY: the service manager opened this descriptor for this process (LISTEN_PID was
            // compared), and nothing else in the process takes descriptors from LISTEN_FDS.
            let socket = unsafe { OwnedFd::from_raw_fd(fd) };
            sockets.insert(name, socket);
        }
        Ok(Self(Mutex::new(sockets)))
    }

    /// The socket of that name, the first time it is asked for.
    pub fn socket(&self, name: &str) -> Option<OwnedFd> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("cannot notify the service manager: {error}");
    }
}

/// Start-up (or reloading) is complete.
pub(crate) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// The configuration is being read again.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Shutting down.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// One line on what the service does, shown by `systemctl status`.
pub(crate) fn status(text: &str) {
    notify(&[NotifyState::Status(text)]);
}

/// Asks for more time to start or stop.
pub(crate) fn extend_timeout(by: Duration) {
    let micros = u32::try_from(by.as_micros()).unwrap_or(u32::MAX);
    notify(&[NotifyState::ExtendTimeoutUsec(micros)]);
}

/// The service works.
pub(crate) fn watchdog() {
    notify(&[NotifyState::Watchdog]);
}

/// How often the service manager wants to hear that the service works.
pub(crate) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}
