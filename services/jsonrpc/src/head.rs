//! What `chain.get_head_info` answers, as far as broadcasts have told it already.
//!
//! For every block it applies, chain broadcasts what is irreversible, then the block with its
//! receipt; together they hold every field of the answer. Both arrive in one queue, in that order.
//! From the broadcasts alone an answer is given only under these conditions:
//!
//! 1. Nothing was missed: a new session with the broker begins with no knowledge.
//! 2. It is not older than what somebody was told. Chain may tell of a block by its reply sooner
//!    than by its broadcast. A head that a reply named, and a block that was submitted here, must
//!    have been broadcast before broadcasts are believed again.
//! 3. Chain is alive: it confirmed the head within [`FRESH`], by a broadcast or by a reply. So at
//!    most that often a request takes the long way, and a chain that is gone is noticed.
//! 4. Chain says the same: a reply that differs from what the broadcasts said about the same head
//!    ends their use. (The original chain up to 1.4 broadcasts receipts without a root; such a
//!    block leads to no answer at all.)

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use koinos_codec::json::Mapping;
use koinos_proto::BlockTopology;
use koinos_proto::broadcast::BlockIrreversible;
use koinos_proto::rpc::chain::{
    ChainRequest, ChainResponse, GetHeadInfoResponse, chain_request::Request,
    chain_response::Response,
};
use koinos_rpc::names::{BLOCK_ACCEPT, BLOCK_IRREVERSIBLE};
use koinos_rpc::partial::BlockAccepted;
use prost::Message;
use tracing::{debug, warn};

/// How long a confirmation holds.
const FRESH: Duration = Duration::from_millis(500);
/// How long a broadcast may be behind a reply.
const LATE: Duration = Duration::from_secs(10);
/// Broadcast blocks that are remembered.
const REMEMBERED: usize = 512;

/// The head according to broadcasts.
#[derive(Default)]
pub(crate) struct Head(Mutex<State>);

#[derive(Default)]
struct State {
    latest: Option<Latest>,
    irreversible: Option<u64>,
    /// The ids of the last blocks that were broadcast.
    seen: VecDeque<Bytes>,
    /// A block that is known of, but not by broadcast, and since when.
    awaited: Option<(Bytes, Instant)>,
    /// Chain contradicted what it had broadcast.
    distrusted: bool,
}

struct Latest {
    id: Bytes,
    result: Arc<str>,
    confirmed: Instant,
}

impl Head {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of `chain.get_head_info`, as text of JSON, if it is known.
    pub(crate) fn known(&self, now: Instant) -> Option<Arc<str>> {
        let mut state = self.state();
        if state.awaited.as_ref().is_some_and(|(_, since)| now.duration_since(*since) > LATE) {
            // The broadcast was before our time, or will never come.
            *state = State { distrusted: state.distrusted, ..State::default() };
        }
        if state.awaited.is_some() || state.distrusted {
            return None;
        }
        let latest = state.latest.as_ref()?;
        (now.duration_since(latest.confirmed) <= FRESH).then(|| latest.result.clone())
    }

    /// A new session with the broker: broadcasts may have been missed.
    pub(crate) fn forget(&self) {
        *self.state() = State::default();
    }

    /// Takes in a broadcast about blocks.
    pub(crate) fn heard(&self, mapping: &Mapping, topic: &str, payload: &Bytes, now: Instant) {
        let taken = match topic {
            BLOCK_IRREVERSIBLE => BlockIrreversible::decode(payload.clone()).map(|broadcast| {
                let topology = broadcast.topology.unwrap_or_default();
                self.state().irreversible = Some(topology.height);
            }),
            BLOCK_ACCEPT => BlockAccepted::decode(payload.clone())
                .map(|broadcast| self.accepted(mapping, broadcast, now)),
            _ => Ok(()),
        };
        if let Err(error) = taken {
            warn!("a broadcast on {topic} cannot be read: {error}");
            self.forget();
        }
    }

    fn accepted(&self, mapping: &Mapping, broadcast: BlockAccepted, now: Instant) {
        let mut state = self.state();
        let block = broadcast.block.as_ref();
        let id = block.map(|block| Bytes::copy_from_slice(&block.id)).unwrap_or_default();
        if state.seen.len() == REMEMBERED {
            state.seen.pop_front();
        }
        state.seen.push_back(id.clone());
        if state.awaited.as_ref().is_some_and(|(awaited, _)| *awaited == id) {
            state.awaited = None;
        }
        if broadcast.head {
            let irreversible = state.irreversible;
            let result = irreversible.and_then(|height| result(mapping, broadcast, height));
            state.latest = result.map(|result| Latest { id, result, confirmed: now });
        }
    }

    /// Takes in a reply of chain to `get_head_info`, which led to `result`.
    pub(crate) fn fetched(&self, reply: &Bytes, result: &str, now: Instant) {
        let Some(id) = head_of(reply) else { return };
        let mut state = self.state();
        if !state.seen.contains(&id) {
            state.awaited = Some((id, now));
            return;
        }
        let Some(latest) = state.latest.as_mut().filter(|latest| latest.id == id) else { return };
        if *latest.result == *result {
            latest.confirmed = now;
        } else if !state.distrusted {
            state.distrusted = true;
            debug!("chain broadcasts its head in another way than it answers");
        }
    }

    /// Takes in that chain has accepted the block in `request`.
    pub(crate) fn submitted(&self, request: &Bytes, now: Instant) {
        let Some(id) = block_of(request) else { return };
        let mut state = self.state();
        if !state.seen.contains(&id) {
            state.awaited = Some((id, now));
        }
    }
}

/// The result for a block that has become the head; `None` when something is missing for it.
fn result(mapping: &Mapping, broadcast: BlockAccepted, irreversible: u64) -> Option<Arc<str>> {
    let block = broadcast.block?;
    let header = block.header?;
    let root = broadcast.receipt?.state_merkle_root;
    if root.is_empty() {
        return None;
    }
    let (id, previous) = (block.id.into(), header.previous.into());
    let topology = BlockTopology { id, height: header.height, previous };
    let response = GetHeadInfoResponse {
        head_topology: Some(topology),
        last_irreversible_block: irreversible,
        head_state_merkle_root: root.into(),
        head_block_time: header.timestamp,
    };
    let name = "koinos.rpc.chain.get_head_info_response";
    let json = mapping.decode(name, &response.encode_to_vec()).ok()?;
    Some(json.to_string().into())
}

fn head_of(reply: &Bytes) -> Option<Bytes> {
    match ChainResponse::decode(reply.clone()).ok()?.response? {
        Response::GetHeadInfo(info) => Some(detached(&info.head_topology?.id)),
        _ => None,
    }
}

fn block_of(request: &Bytes) -> Option<Bytes> {
    match ChainRequest::decode(request.clone()).ok()?.request? {
        Request::SubmitBlock(request) => Some(detached(&request.block?.id)),
        _ => None,
    }
}

/// A copy that does not keep the message in memory that it came in.
fn detached(id: &Bytes) -> Bytes {
    Bytes::copy_from_slice(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use koinos_codec::wire;
    use koinos_proto::broadcast::BlockAccepted;
    use koinos_proto::protocol::{Block, BlockHeader, BlockReceipt};
    use koinos_proto::rpc::chain::SubmitBlockRequest;
    use koinos_testkit::memory::{self, Counting};

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    fn id(height: u64) -> Bytes {
        Bytes::from(vec![0x12, 0x20, height as u8])
    }

    fn block(height: u64) -> Block {
        let previous = id(height - 1);
        let header = BlockHeader { previous, height, timestamp: 7 * height, ..Default::default() };
        Block { id: id(height), header: Some(header), ..Default::default() }
    }

    fn info(height: u64) -> GetHeadInfoResponse {
        GetHeadInfoResponse {
            head_topology: Some(BlockTopology { id: id(height), height, previous: id(height - 1) }),
            last_irreversible_block: 5,
            head_state_merkle_root: id(height + 100),
            head_block_time: 7 * height,
        }
    }

    struct Test {
        head: Head,
        now: Instant,
    }

    impl Test {
        fn new() -> Self {
            Self { head: Head::default(), now: Instant::now() }
        }

        fn heard(&self, topic: &str, payload: Vec<u8>) {
            self.head.heard(Mapping::koinos(), topic, &payload.into(), self.now);
        }

        fn broadcast(&self, height: u64, head: bool, root: Bytes) {
            let topology = Some(BlockTopology { height: 5, ..Default::default() });
            self.heard(BLOCK_IRREVERSIBLE, BlockIrreversible { topology }.encode_to_vec());
            let receipt = Some(BlockReceipt { state_merkle_root: root, ..Default::default() });
            let block = Some(block(height));
            let accepted = BlockAccepted { block, receipt, live: true, head };
            self.heard(BLOCK_ACCEPT, accepted.encode_to_vec());
        }

        fn fetched(&self, info: GetHeadInfoResponse) {
            let result = text(&info);
            let response = ChainResponse { response: Some(Response::GetHeadInfo(info)) };
            self.head.fetched(&response.encode_to_vec().into(), &result, self.now);
        }

        fn submitted(&self, height: u64) {
            let request = SubmitBlockRequest { block: Some(block(height)) };
            let request = ChainRequest { request: Some(Request::SubmitBlock(request)) };
            self.head.submitted(&request.encode_to_vec().into(), self.now);
        }

        fn known(&self) -> Option<String> {
            self.head.known(self.now).map(|known| known.as_ref().to_owned())
        }
    }

    fn text(info: &GetHeadInfoResponse) -> String {
        let name = "koinos.rpc.chain.get_head_info_response";
        Mapping::koinos().decode(name, &info.encode_to_vec()).unwrap().to_string()
    }

    #[test]
    fn broadcasts_say_what_a_reply_would() {
        let mut test = Test::new();
        assert_eq!(test.known(), None);
        test.broadcast(9, true, id(109));
        assert_eq!(test.known(), Some(text(&info(9))));
        test.broadcast(8, false, id(108));
        assert_eq!(test.known(), Some(text(&info(9))), "a block of a fork is not the head");
        test.now += FRESH * 2;
        assert_eq!(test.known(), None, "chain may be gone");
        test.fetched(info(9));
        assert_eq!(test.known(), Some(text(&info(9))));
        test.head.forget();
        assert_eq!(test.known(), None);
    }

    #[test]
    fn nothing_older_than_what_was_told() {
        let mut test = Test::new();
        test.broadcast(9, true, id(109));
        test.fetched(info(10));
        assert_eq!(test.known(), None);
        test.broadcast(10, true, id(110));
        assert_eq!(test.known(), Some(text(&info(10))));
        test.submitted(11);
        assert_eq!(test.known(), None);
        test.broadcast(11, true, id(111));
        assert_eq!(test.known(), Some(text(&info(11))));
        test.submitted(10);
        test.fetched(info(9));
        assert_eq!(test.known(), Some(text(&info(11))), "both are known by broadcast");
        test.submitted(200);
        test.now += LATE * 2;
        test.fetched(info(11));
        assert_eq!(test.known(), None, "a broadcast that does not come");
        test.broadcast(12, true, id(112));
        assert_eq!(test.known(), Some(text(&info(12))));
    }

    /// The receipt of a block with many transactions has more than 64 MiB.
    #[test]
    fn a_block_is_heard_of_without_its_receipt() {
        let test = Test::new();
        test.broadcast(8, true, id(108));
        let mut receipt =
            BlockReceipt { state_merkle_root: id(109), ..Default::default() }.encode_to_vec();
        wire::put_message_field(&mut receipt, 8, &vec![0xff; 64 << 20]);
        let mut payload = BlockAccepted { block: Some(block(9)), head: true, ..Default::default() }
            .encode_to_vec();
        wire::put_message_field(&mut payload, 2, &receipt);
        let payload = Bytes::from(payload);
        let mapping = Mapping::koinos();
        let heard = || test.head.heard(mapping, BLOCK_ACCEPT, &payload, test.now);
        let (_, allocated) = memory::allocated(heard);
        assert_eq!(test.known(), Some(text(&info(9))));
        assert!(allocated < 64 << 10, "{allocated} bytes");
        assert!(payload.try_into_mut().is_ok(), "the head keeps the broadcast in memory");
    }

    #[test]
    fn broadcasts_that_do_not_suffice_or_contradict_are_not_used() {
        let test = Test::new();
        test.broadcast(9, true, Bytes::new());
        assert_eq!(test.known(), None, "no root");
        test.broadcast(10, true, id(1));
        assert!(test.known().is_some());
        test.fetched(info(10));
        assert_eq!(test.known(), None, "another root");
        test.broadcast(11, true, id(111));
        assert_eq!(test.known(), None);
        test.heard(BLOCK_ACCEPT, vec![0x0a]);
        assert_eq!(test.known(), None);
    }
}
