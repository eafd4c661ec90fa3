//! Processes of one's own on this machine: a private message broker, children that do not outlive
//! their parent, free ports, and processes told apart by more than their number.
//!
//! Tests and development networks are made of these. Everything is synchronous, and every wait has a
//! deadline.

mod broker;
mod error;
mod guard;
mod process;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

pub use broker::{Broker, BrokerConfig, amqp_url, speaks_amqp};
pub use error::Error;
pub use guard::{Guarded, Signal};
pub use process::{ProcessId, find_program, resident_bytes};

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// `N` different free TCP ports on the loopback interface.
///
/// # Errors
/// When the system has none.
pub fn free_ports<const N: usize>() -> std::io::Result<[u16; N]> {
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

/// Asks again until there is an answer; `None` when there is none by the deadline.
///
/// # Errors
/// When asking fails.
pub fn poll<T, E>(
    limit: Duration,
    mut ask: impl FnMut() -> std::result::Result<Option<T>, E>,
) -> std::result::Result<Option<T>, E> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask()? {
            return Ok(Some(answer));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
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
        let found = poll(Duration::from_secs(5), || {
            asked += 1;
            Ok::<_, Error>((asked == 3).then_some(asked))
        });
        assert_eq!(found.unwrap(), Some(3));
        assert_eq!(poll(Duration::ZERO, || Ok::<Option<()>, Error>(None)).unwrap(), None);
    }
}
