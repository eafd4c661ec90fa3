//! Resource meter of a block and the rc session of a transaction's payer (consensus rules,
//! "Resources").
//!
//! The arithmetic follows the reference's mix of signed and unsigned 64-bit integers, because
//! amounts beyond 2^63 are reachable through limits that governance may set.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use koinos_codec::wire::Reader;

use crate::error::{Fault, Result, code, ensure};

/// `koinos.chain.resource_limit_data`: what a block may use and what a unit costs in rc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimits {
    /// Bytes of state.
    pub disk_storage_limit: u64,
    /// rc per byte of state.
    pub disk_storage_cost: u64,
    /// Bytes of serialised block.
    pub network_bandwidth_limit: u64,
    /// rc per byte of serialised block.
    pub network_bandwidth_cost: u64,
    /// Ticks.
    pub compute_bandwidth_limit: u64,
    /// rc per tick.
    pub compute_bandwidth_cost: u64,
}

impl ResourceLimits {
    /// No limit and no cost: the state of a meter before the limits were read.
    pub const UNLIMITED: Self = Self {
        disk_storage_limit: u64::MAX,
        disk_storage_cost: 0,
        network_bandwidth_limit: u64::MAX,
        network_bandwidth_cost: 0,
        compute_bandwidth_limit: u64::MAX,
        compute_bandwidth_cost: 0,
    };

    /// The limits of a read-only call: compute alone, free of charge.
    pub const fn read_only(compute: u64) -> Self {
        Self {
            disk_storage_limit: 0,
            disk_storage_cost: 0,
            network_bandwidth_limit: 0,
            network_bandwidth_cost: 0,
            compute_bandwidth_limit: compute,
            compute_bandwidth_cost: 0,
        }
    }

    /// Reads canonical `koinos.chain.resource_limit_data`.
    pub fn parse(bytes: &[u8]) -> Self {
        let message = Reader::new(bytes);
        Self {
            disk_storage_limit: message.u64(1),
            disk_storage_cost: message.u64(2),
            network_bandwidth_limit: message.u64(3),
            network_bandwidth_cost: message.u64(4),
            compute_bandwidth_limit: message.u64(5),
            compute_bandwidth_cost: message.u64(6),
        }
    }
}

/// rc of the payer while its transaction runs. Dropping the last `Rc` ends the session.
#[derive(Debug)]
pub struct RcSession {
    begin: i64,
    end: Cell<i64>,
}

impl RcSession {
    /// A session of `rc_limit`; limits of 2^63 and above are negative here, as in the reference.
    pub fn new(rc_limit: u64) -> Rc<Self> {
        let begin = rc_limit as i64;
        Rc::new(Self { begin, end: Cell::new(begin) })
    }

    fn charge(&self, amount: i64, unit_cost: u64) -> Result<()> {
        let cost = i128::from(amount) * i128::from(unit_cost);
        ensure(cost <= i128::from(i64::MAX), || Fault::reversion(code::REVERSION, "rc overflow"))?;
        let cost = cost.max(i128::from(i64::MIN)) as i64;
        ensure(cost <= self.end.get(), || {
            Fault::reversion(code::INSUFFICIENT_RC, "insufficient rc")
        })?;
        self.end.set(self.end.get().wrapping_sub(cost));
        Ok(())
    }

    fn remaining(&self) -> u64 {
        self.begin.min(self.end.get()) as u64
    }

    /// rc used so far; never below zero, though freed storage can give rc back.
    pub fn used(&self) -> u64 {
        if self.end.get() > self.begin {
            return 0;
        }
        self.begin.wrapping_sub(self.end.get()) as u64
    }
}

/// What one block (or one read-only call) has used so far.
#[derive(Debug)]
pub struct ResourceMeter {
    limits: ResourceLimits,
    disk_remaining: u64,
    network_remaining: u64,
    compute_remaining: u64,
    system_disk: i64,
    system_network: i64,
    system_compute: i64,
    session: Weak<RcSession>,
}

impl Default for ResourceMeter {
    fn default() -> Self {
        let mut meter = Self {
            limits: ResourceLimits::UNLIMITED,
            disk_remaining: 0,
            network_remaining: 0,
            compute_remaining: 0,
            system_disk: 0,
            system_network: 0,
            system_compute: 0,
            session: Weak::new(),
        };
        meter.set_limits(ResourceLimits::UNLIMITED);
        meter
    }
}

impl ResourceMeter {
    /// Sets the limits and forgets everything that was used before.
    pub fn set_limits(&mut self, limits: ResourceLimits) {
        self.limits = limits;
        self.disk_remaining = limits.disk_storage_limit;
        self.network_remaining = limits.network_bandwidth_limit;
        self.compute_remaining = limits.compute_bandwidth_limit;
        self.system_disk = 0;
        self.system_network = 0;
        self.system_compute = 0;
    }

    /// From now on, and while `session` lives, charges go to it.
    pub fn set_session(&mut self, session: &Rc<RcSession>) {
        self.session = Rc::downgrade(session);
    }

    /// Charges bytes of state; negative amounts give back.
    pub fn use_disk(&mut self, bytes: i64) -> Result<()> {
        ensure(bytes <= self.disk_remaining as i64, || {
            Fault::failure(code::DISK_STORAGE_LIMIT_EXCEEDED, "disk storage limit exceeded")
        })?;
        match self.session.upgrade() {
            Some(session) => session.charge(bytes, self.limits.disk_storage_cost)?,
            None => self.system_disk = self.system_disk.wrapping_add(bytes),
        }
        self.disk_remaining = self.disk_remaining.wrapping_sub(bytes as u64);
        Ok(())
    }

    /// Charges bytes of serialised block.
    pub fn use_network(&mut self, bytes: u64) -> Result<()> {
        ensure(bytes <= self.network_remaining, || {
            let text = "network bandwidth limit exceeded";
            Fault::failure(code::NETWORK_BANDWIDTH_LIMIT_EXCEEDED, text)
        })?;
        ensure(bytes as i64 >= 0, || {
            let text = "cannot consume negative network bandwidth";
            Fault::failure(code::NETWORK_BANDWIDTH_LIMIT_EXCEEDED, text)
        })?;
        match self.session.upgrade() {
            Some(session) => session.charge(bytes as i64, self.limits.network_bandwidth_cost)?,
            None => self.system_network = self.system_network.wrapping_add(bytes as i64),
        }
        self.network_remaining -= bytes;
        Ok(())
    }

    /// Charges ticks.
    pub fn use_compute(&mut self, ticks: u64) -> Result<()> {
        ensure(ticks <= self.compute_remaining, || {
            let text = "compute bandwidth limit exceeded";
            Fault::failure(code::COMPUTE_BANDWIDTH_LIMIT_EXCEEDED, text)
        })?;
        ensure(ticks as i64 >= 0, || {
            let text = "cannot consume compute bandwidth bandwidth";
            Fault::failure(code::COMPUTE_BANDWIDTH_LIMIT_EXCEEDED, text)
        })?;
        match self.session.upgrade() {
            Some(session) => session.charge(ticks as i64, self.limits.compute_bandwidth_cost)?,
            None => self.system_compute = self.system_compute.wrapping_add(ticks as i64),
        }
        self.compute_remaining -= ticks;
        Ok(())
    }

    /// Charges the ticks of a contract. Running out takes all that remains and then fails.
    pub fn use_ticks(&mut self, ticks: u64) -> Result<()> {
        let remaining = self.compute_remaining();
        if ticks <= remaining {
            return self.use_compute(ticks);
        }
        self.use_compute(remaining)?;
        self.use_compute(1)
    }

    /// Ticks that a contract may still use: the block's rest, or the payer's if that is smaller.
    pub fn compute_remaining(&self) -> u64 {
        let cost = self.limits.compute_bandwidth_cost;
        match self.session.upgrade() {
            Some(session) if cost > 0 => (session.remaining() / cost).min(self.compute_remaining),
            _ => self.compute_remaining,
        }
    }

    /// The tick budget handed to the virtual machine, which counts in signed 64 bits.
    pub fn tick_budget(&self) -> i64 {
        self.compute_remaining().min(i64::MAX as u64) as i64
    }

    /// Bytes of state used by the block; 0 when it freed more than it used.
    pub fn disk_used(&self) -> u64 {
        self.limits.disk_storage_limit.saturating_sub(self.disk_remaining)
    }

    /// Bytes of serialised block used.
    pub fn network_used(&self) -> u64 {
        self.limits.network_bandwidth_limit.wrapping_sub(self.network_remaining)
    }

    /// Ticks used.
    pub fn compute_used(&self) -> u64 {
        self.limits.compute_bandwidth_limit.wrapping_sub(self.compute_remaining)
    }

    /// rc that the block's own work costs its producer (everything charged outside a session).
    pub fn system_rc_cost(&self) -> u64 {
        let part = |used: i64, cost: u64| (used.max(0) as u64).wrapping_mul(cost);
        part(self.system_disk, self.limits.disk_storage_cost)
            .wrapping_add(part(self.system_network, self.limits.network_bandwidth_cost))
            .wrapping_add(part(self.system_compute, self.limits.compute_bandwidth_cost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(limit: u64, cost: u64) -> ResourceMeter {
        let mut meter = ResourceMeter::default();
        meter.set_limits(ResourceLimits {
            disk_storage_limit: limit,
            disk_storage_cost: cost,
            network_bandwidth_limit: limit,
            network_bandwidth_cost: cost,
            compute_bandwidth_limit: limit,
            compute_bandwidth_cost: cost,
        });
        meter
    }

    #[test]
    fn a_fee_that_does_not_fit_deducts_nothing() {
        let mut meter = meter(1000, 2);
        let session = RcSession::new(100);
        meter.set_session(&session);
        assert_eq!(meter.use_compute(51).unwrap_err().code(), code::INSUFFICIENT_RC);
        assert_eq!((session.used(), meter.compute_used()), (0, 0));
        meter.use_compute(50).unwrap();
        assert_eq!((session.used(), meter.compute_used()), (100, 50));
    }

    #[test]
    fn running_out_of_ticks_deducts_all() {
        let mut meter = meter(1000, 3);
        let session = RcSession::new(100);
        meter.set_session(&session);
        assert_eq!(meter.use_ticks(500).unwrap_err().code(), code::INSUFFICIENT_RC);
        assert_eq!(session.used(), 99);
    }

    #[test]
    fn freed_storage_gives_rc_back_but_not_below_zero() {
        let mut meter = meter(1000, 1);
        let session = RcSession::new(100);
        meter.set_session(&session);
        meter.use_disk(-10).unwrap();
        assert_eq!((session.used(), meter.disk_used()), (0, 0));
        meter.use_disk(30).unwrap();
        assert_eq!((session.used(), meter.disk_used()), (20, 20));
    }

    #[test]
    fn charges_go_to_the_block_when_the_session_is_gone() {
        let mut meter = meter(1000, 1);
        let session = RcSession::new(100);
        meter.set_session(&session);
        drop(session);
        meter.use_compute(7).unwrap();
        assert_eq!(meter.system_rc_cost(), 7);
    }

    #[test]
    fn a_limit_of_rc_beyond_the_signed_range_is_insufficient() {
        let mut meter = meter(1000, 1);
        let session = RcSession::new(1 << 63);
        meter.set_session(&session);
        assert_eq!(meter.use_compute(1).unwrap_err().code(), code::INSUFFICIENT_RC);
    }
}
