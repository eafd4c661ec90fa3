//! Who a client is, and how often it may ask.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::HeaderMap;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// After this many requests, clients that have been quiet are forgotten.
const SWEEP_EVERY: u32 = 4_096;

/// Bounds how often each client asks.
pub(crate) struct Limiter {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
    asked: AtomicU32,
}

impl Limiter {
    /// So many requests in a second, as many at once; `None` for 0, which is any number.
    pub(crate) fn new(per_second: u32) -> Option<Self> {
        let quota = Quota::per_second(NonZeroU32::new(per_second)?);
        Some(Self { limiter: RateLimiter::hashmap(quota), asked: AtomicU32::new(0) })
    }

    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(&network(address)).is_ok()
    }
}

/// Whoever has an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

/// The client's address as the proxy in front of this service tells it.
pub(crate) fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_its_own_limit() {
        assert!(Limiter::new(0).is_none());
        let limiter = Limiter::new(3).unwrap();
        let ask = |address: &str| limiter.admits(address.parse().unwrap());
        let asked: Vec<bool> = (0..4).map(|_| ask("192.0.2.1")).collect();
        assert_eq!(asked, [true, true, true, false]);
        assert!(!ask("::ffff:192.0.2.1"));
        assert!(ask("192.0.2.2"));
        assert!(ask("2001:db8::1") && ask("2001:db8::2") && ask("2001:db8::1:0:0:1"));
        assert!(!ask("2001:db8::3") && ask("2001:db8:0:1::1"));
    }
}
