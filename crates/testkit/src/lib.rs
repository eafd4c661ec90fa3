//! What the tests of several crates need: a private message broker, daemons as child processes, a
//! proxy that breaks connections, recorded chains.
//!
//! Every wait has a deadline, and whatever is started ends with the test process, however that
//! ends.

mod broker;
mod daemon;
pub mod golden;
mod guard;
mod proxy;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

pub use broker::{Broker, Vhost};
pub use daemon::Daemon;
pub use proxy::Proxy;

/// `N` different free TCP ports on the loopback interface.
///
/// # Errors
/// When the system has none.
pub fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    // All are held until all are known, so that they differ.
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Asks again until there is an answer.
///
/// # Errors
/// When there is none by the deadline, or asking fails; `what` says what was waited for.
pub fn poll<T>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        anyhow::ensure!(Instant::now() < deadline, "no {what} within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ() {
        let ports: [u16; 8] = free_ports().unwrap();
        let mut unique = ports.to_vec();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 8);
    }

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
