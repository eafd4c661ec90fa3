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
    patience: Duration,
}

/// What `mempool` had nothing against.
pub(crate) struct Pass {
    check: PendingCheck,
    seen: Seen,
}

impl Admission {
    pub(crate) fn new(bus: Arc<dyn Transport>, runtime: Handle, limit: Option<u64>) -> Self {
        Self { bus, runtime, limit, claims: Claims::default(), patience: PATIENCE }
    }

    /// Asks whether `mempool` would take a transaction. Returns with the pass the account's last
    /// pending nonce, be it that of a claim.
    pub(crate) fn ask(&self, check: PendingCheck) -> Result<(Pass, Option<Bytes>), Fault> {
        let deadline = Instant::now() + self.patience;
        loop {
            let seen = self.claims.seen(&check.payer, &check.payee, Instant::now());
            let answer = pending::check(&*self.bus, &check, seen.unconfirmed, self.limit);
            match self.runtime.block_on(answer) {
                Ok(pooled) => {
                    let nonce = pending::later_nonce(pooled, seen.nonce);
                    return Ok((Pass { check, seen }, nonce));
                }
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

#[cfg(test)]
mod tests {
    use koinos_proto::rpc::mempool::{
        CheckAccountNonceResponse, CheckPendingAccountResourcesResponse, GetPendingNonceResponse,
        GetPendingTransactionCountResponse, mempool_request::Request, mempool_response::Response,
    };
    use koinos_rpc::{ErrorStatus, LocalTransport, Mempool, answer};
    use parking_lot::Mutex;
    use tokio::task::block_in_place;

    use super::*;

    /// What a mempool knows of one payer and one payee.
    #[derive(Default)]
    struct Pool {
        reserved: u64,
        last_nonce: Option<u64>,
        nonce_is_free: bool,
        count: u64,
        asked: Vec<&'static str>,
    }

    impl Pool {
        fn answer(&mut self, request: Request) -> Response {
            match request {
                Request::CheckPendingAccountResources(ask) => {
                    self.asked.push("resources");
                    let success = self.reserved + ask.rc_limit <= ask.max_payer_rc;
                    let reply = CheckPendingAccountResourcesResponse { success };
                    Response::CheckPendingAccountResources(reply)
                }
                Request::CheckAccountNonce(_) => {
                    self.asked.push("nonce");
                    let success = self.nonce_is_free;
                    Response::CheckAccountNonce(CheckAccountNonceResponse { success })
                }
                Request::GetPendingNonce(_) => {
                    let nonce = self.last_nonce.map(nonce).unwrap_or_default();
                    Response::GetPendingNonce(GetPendingNonceResponse { nonce })
                }
                Request::GetPendingTransactionCount(_) => {
                    let reply = GetPendingTransactionCountResponse { count: self.count };
                    Response::GetPendingTransactionCount(reply)
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// `value_type{uint64_value}`
    fn nonce(number: u64) -> Bytes {
        let mut bytes = Vec::new();
        wire::put_tag(&mut bytes, 5, wire::WireType::Varint);
        wire::put_varint(&mut bytes, number);
        bytes.into()
    }

    fn check(payee: &'static str, number: u64, rc_limit: u64) -> PendingCheck {
        let (payer, payee) = (Bytes::from_static(b"payer"), Bytes::from_static(payee.as_bytes()));
        PendingCheck { payer, payee, max_payer_rc: 100, rc_limit, nonce: nonce(number) }
    }

    struct Test {
        pool: Arc<Mutex<Pool>>,
        admission: Admission,
    }

    impl Test {
        fn new() -> Self {
            let pool = Arc::<Mutex<Pool>>::default();
            let transport = LocalTransport::new();
            let served = pool.clone();
            transport.serve("mempool", move |request| {
                let malformed = |_| ErrorStatus::new("malformed");
                let handle = |call: Option<Request>| served.lock().answer(call.unwrap());
                std::future::ready(answer::<Mempool>(request, malformed, handle))
            });
            let admission = Admission::new(Arc::new(transport), Handle::current(), Some(10));
            Self { pool, admission }
        }

        fn ask(&self, check: PendingCheck) -> Result<Pass, Fault> {
            block_in_place(|| self.admission.ask(check)).map(|(pass, _)| pass)
        }

        /// Asks and claims, as if nobody else did meanwhile.
        fn pass(&self, id: &'static str, check: PendingCheck) -> Result<(), Fault> {
            let pass = self.ask(check)?;
            block_in_place(|| self.admission.admit(&Bytes::from_static(id.as_bytes()), pass))
        }

        /// The mempool takes a transaction.
        fn pool(&self, id: &str, rc_limit: u64) {
            self.pool.lock().reserved += rc_limit;
            self.tell(id);
        }

        /// Its broadcast about that.
        fn tell(&self, id: &str) {
            let (mut transaction, mut accepted) = (Vec::new(), Vec::new());
            wire::put_bytes_field(&mut transaction, 1, id.as_bytes());
            wire::put_message_field(&mut accepted, 1, &transaction);
            self.admission.pooled(&accepted);
        }
    }

    fn text<T>(outcome: Result<T, Fault>) -> String {
        String::from_utf8_lossy(outcome.err().unwrap().message()).into_owned()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_nonce_is_asked_about_when_it_is_not_above_the_last() {
        let test = Test::new();
        test.ask(check("a", 7, 1)).unwrap();
        test.pool.lock().last_nonce = Some(6);
        test.ask(check("a", 7, 1)).unwrap();
        assert!(!test.pool.lock().asked.contains(&"nonce"));
        test.pool.lock().last_nonce = Some(7);
        assert_eq!(text(test.ask(check("a", 7, 1))), "invalid account nonce");
        // Free on another branch: the chain has its own word to say.
        test.pool.lock().nonce_is_free = true;
        test.ask(check("a", 7, 1)).unwrap();
        test.pool.lock().count = 10;
        assert_eq!(text(test.ask(check("a", 8, 1))), "pending transaction limit exceeded");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_claimed_counts_until_the_pool_has_it() {
        let test = Test::new();
        test.pass("one", check("a", 1, 60)).unwrap();
        let refusal = "insufficient pending account resources";
        assert_eq!(text(test.pass("two", check("b", 1, 60))), refusal);
        test.pass("three", check("c", 1, 40)).unwrap();
        test.pool("one", 60);
        test.pool("three", 40);
        assert_eq!(text(test.pass("four", check("d", 1, 1))), refusal);
        test.pool.lock().reserved = 0;
        test.pass("five", check("e", 1, 100)).unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_nonce_of_a_claim_is_pending_before_the_pool_knows_of_it() {
        let test = Test::new();
        let last = |number| {
            let answer = block_in_place(|| test.admission.ask(check("a", number, 1)));
            let (_, nonce) = answer.map_err(|fault| fault.code()).unwrap();
            pending::nonce_value(&nonce.unwrap())
        };
        test.pool.lock().last_nonce = Some(4);
        assert_eq!(last(5), 4);
        test.pass("five", check("a", 5, 1)).unwrap();
        assert_eq!(last(6), 5);
        test.pool.lock().last_nonce = Some(5);
        test.tell("five");
        assert_eq!(last(6), 5);
        // Of others that came another way the pool knows alone.
        test.pool.lock().last_nonce = Some(9);
        test.pass("ten", check("a", 10, 1)).unwrap();
        test.pool.lock().last_nonce = Some(11);
        assert_eq!(last(12), 11);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_counts_twice_is_waited_for() {
        let mut test = Test::new();
        test.admission.patience = Duration::from_secs(60);
        test.pass("one", check("a", 1, 60)).unwrap();
        // The pool has it, and its broadcast is on the way.
        *test.pool.lock() = Pool { reserved: 60, ..Pool::default() };
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| test.admission.ask(check("b", 1, 40)).map(drop));
            while test.pool.lock().asked.is_empty() {
                std::thread::yield_now();
            }
            test.tell("one");
            assert!(waiting.join().unwrap().is_ok());
        });
        assert!(test.pool.lock().asked.len() > 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_that_a_claim_has_overtaken_is_asked_for_again() {
        let test = Test::new();
        let [one, two] = ["a", "b"].map(|payee| test.ask(check(payee, 1, 60)).unwrap());
        let admit = |id: &'static str, pass| {
            block_in_place(|| test.admission.admit(&Bytes::from_static(id.as_bytes()), pass))
        };
        let three = test.ask(check("c", 1, 40)).unwrap();
        admit("one", one).unwrap();
        assert_eq!(text(admit("two", two)), "insufficient pending account resources");
        admit("three", three).unwrap();
    }
}
