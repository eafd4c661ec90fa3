//! Whether a transaction may be broadcast: what `mempool` says, and what others claimed meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_chain_core::{Fault, PendingCheck, code};
use koinos_codec::wire;
use koinos_rpc::Transport;
use tokio::runtime::Handle;

use crate::claims::{Claim, Claims, Conflict, Seen};
use crate::pending;

/// How long `mempool` may take to hear of other transactions of a payer, before one that it could
/// not pay for beside them is refused.
const PATIENCE: Duration = Duration::from_millis(250);

/// Lets transactions in.
pub(crate) struct Admission {
    bus: Arc<dyn Transport>,
    runtime: Handle,
    /// How many transactions of an account may be pending.
    limit: Option<u64>,
    claims: Claims,
}

/// What `mempool` had nothing against.
pub(crate) struct Pass {
    check: PendingCheck,
    seen: Seen,
}

impl Admission {
    pub(crate) fn new(bus: Arc<dyn Transport>, runtime: Handle, limit: Option<u64>) -> Self {
        Self { bus, runtime, limit, claims: Claims::default() }
    }

    /// Asks whether `mempool` would take a transaction. Returns with the pass the account's last
    /// pending nonce.
    pub(crate) fn ask(&self, check: PendingCheck) -> Result<(Pass, Option<Bytes>), Fault> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.claims.seen(&check.payer, Instant::now());
            let answer = pending::check(&*self.bus, &check, seen.unconfirmed, self.limit);
            match self.runtime.block_on(answer) {
                Ok(nonce) => return Ok((Pass { check, seen }, nonce)),
                // What is claimed may be in the pool by now, and was counted twice then.
                Err(fault)
                    if fault.code() == code::INSUFFICIENT_RC
                        && seen.unconfirmed > 0
                        && self.claims.wait(&seen, deadline) => {}
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Claims what a transaction needs that has been tried, or refuses it.
    pub(crate) fn admit(&self, id: &Bytes, pass: Pass) -> Result<(), Fault> {
        let Pass { mut check, mut seen } = pass;
        let claim = Claim {
            id: id.clone(),
            account: check.payee.clone(),
            nonce: pending::nonce_value(&check.nonce),
            payer: check.payer.clone(),
            rc_limit: check.rc_limit,
        };
        loop {
            match self.claims.claim(&claim, &seen, Instant::now()) {
                Ok(()) => return Ok(()),
                Err(Conflict::Nonce) => return Err(pending::nonce_taken()),
                // Each time it is another transaction of the payer that got on.
                Err(Conflict::Overtaken) => {
                    let (pass, _) = self.ask(check)?;
                    (check, seen) = (pass.check, pass.seen);
                }
            }
        }
    }

    /// Takes in `koinos.mempool.accept`: a transaction is in the pool.
    pub(crate) fn pooled(&self, broadcast: &[u8]) {
        if let Some(transaction) = wire::Reader::new(broadcast).message(1) {
            self.claims.confirm(wire::Reader::new(transaction).bytes(1));
        }
    }
}
