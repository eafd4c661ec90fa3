//! What the tests and benches of several crates need: a private message broker, daemons as child
//! processes, their admin sockets, a proxy that breaks connections, a plain HTTP client, recorded
//! chains, the times of many calls, and the memory that code takes.
//!
//! Every wait has a deadline, and whatever is started ends with the test process, however that
//! ends.

pub mod admin;
mod broker;
mod daemon;
mod figures;
pub mod golden;
pub mod http;
pub mod memory;
mod proxy;

use std::time::Duration;

use anyhow::Context;

pub use broker::{Broker, Vhost};
pub use daemon::Daemon;
pub use figures::{Caller, Figures};
pub use koinos_local::free_ports;
pub use proxy::Proxy;

/// Asks again until there is an answer.
///
/// # Errors
/// When there is none by the deadline, or asking fails; `what` says what was waited for.
pub fn poll<T>(
    what: &str,
    limit: Duration,
    ask: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    koinos_local::poll(limit, ask)?.with_context(|| format!("no {what} within {limit:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polling_ends() {
        let mut asked = 0;
        let found = poll("third time", Duration::from_secs(5), || {
            asked += 1;
            Ok((asked == 3).then_some(asked))
        });
        assert_eq!(found.unwrap(), 3);
        let error = poll::<()>("miracle", Duration::ZERO, || Ok(None)).unwrap_err();
        assert!(error.to_string().starts_with("no miracle within"));
    }
}
