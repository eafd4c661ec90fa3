//! What broadcasts tell: that the head has changed, and whether blocks are to be made.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use koinos_codec::text;
use koinos_proto::broadcast::GossipStatus;
use koinos_rpc::partial;
use koinos_service::events;
use prost::Message;
use tokio::sync::watch;
use tracing::{debug, info, warn};

/// The head as last heard of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeadSeen {
    pub(crate) id: Bytes,
    pub(crate) height: u64,
    /// Time of the block, in milliseconds.
    pub(crate) time: u64,
}

/// The latest news.
#[derive(Debug)]
pub(crate) struct Signals {
    heads: watch::Sender<HeadSeen>,
    /// Whether blocks may be made; `None` while that is not known.
    gate: watch::Sender<Option<bool>>,
    /// Whether p2p decides about that.
    gated: bool,
    /// Counts what p2p has told.
    tellings: AtomicU64,
}

impl Signals {
    /// No news yet. Without `gated` the gate stands open for good.
    pub(crate) fn new(gated: bool) -> Self {
        Self {
            heads: watch::Sender::default(),
            gate: watch::Sender::new((!gated).then_some(true)),
            gated,
            tellings: AtomicU64::new(0),
        }
    }

    /// Takes in `koinos.mempool.block_accepted`.
    pub(crate) fn block_accepted(&self, payload: Bytes) {
        let accepted = match partial::BlockAccepted::decode(payload) {
            Ok(accepted) => accepted,
            Err(error) => return warn!("Could not parse block accepted broadcast: {error}"),
        };
        let Some(block) = accepted.block.filter(|_| accepted.head) else { return };
        let header = block.header.unwrap_or_default();
        debug!(
            koinos_height = header.height,
            "Received head block - Height: {}, ID: {}",
            header.height,
            text::to_hex(&block.id)
        );
        let (id, height, time) = (block.id.into(), header.height, header.timestamp);
        let head = HeadSeen { id, height, time };
        self.heads.send_replace(head);
    }

    /// Takes in `koinos.gossip.status`.
    pub(crate) fn gossip_status(&self, payload: Bytes) {
        match GossipStatus::decode(payload) {
            Ok(status) => {
                self.tellings.fetch_add(1, Ordering::SeqCst);
                self.set_gate(status.enabled);
            }
            Err(error) => warn!("Could not parse gossip status broadcast: {error}"),
        }
    }

    /// How often p2p has told its status; to be handed to [`Signals::gossip_answer`].
    pub(crate) fn tellings(&self) -> u64 {
        self.tellings.load(Ordering::SeqCst)
    }

    /// Takes in what p2p answered to a question, unless it has told something since.
    pub(crate) fn gossip_answer(&self, enabled: bool, asked_at: u64) {
        if self.tellings() == asked_at {
            self.set_gate(enabled);
        }
    }

    fn set_gate(&self, enabled: bool) {
        if !self.gated {
            return;
        }
        let before = self.gate.send_replace(Some(enabled));
        match (before, enabled) {
            (Some(true), false) => {
                let id = events::PRODUCTION_HALTED;
                info!(message_id = id, "Gossip disabled, halting block production");
            }
            (None | Some(false), true) => info!("Gossip enabled"),
            _ => {}
        }
    }

    /// Broadcasts may have been missed: what was built on the head as known is to be built anew.
    pub(crate) fn missed(&self) {
        self.heads.send_modify(|_| {});
    }

    /// Follows the head.
    pub(crate) fn heads(&self) -> watch::Receiver<HeadSeen> {
        self.heads.subscribe()
    }

    /// Time of the last head, in milliseconds; 0 before the first.
    pub(crate) fn head_time(&self) -> u64 {
        self.heads.borrow().time
    }

    /// Whether p2p decides about making blocks.
    pub(crate) fn is_gated(&self) -> bool {
        self.gated
    }

    /// Whether blocks may be made; `None` while that is not known.
    pub(crate) fn gate(&self) -> Option<bool> {
        *self.gate.borrow()
    }

    /// Waits until blocks may be made, and until that is known.
    pub(crate) async fn opened(&self) {
        self.gate_is(|gate| gate == Some(true)).await;
    }

    /// Waits until it is known whether blocks may be made.
    pub(crate) async fn known(&self) {
        self.gate_is(|gate| gate.is_some()).await;
    }

    /// Waits until no blocks may be made.
    pub(crate) async fn closed(&self) {
        self.gate_is(|gate| gate != Some(true)).await;
    }

    async fn gate_is(&self, wanted: impl Fn(Option<bool>) -> bool) {
        // The sender lives in self, so this cannot fail.
        let _ = self.gate.subscribe().wait_for(|gate| wanted(*gate)).await;
    }
}

#[cfg(test)]
mod tests {
    use koinos_codec::wire;
    use koinos_testkit::memory::{self, Counting};

    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    fn accepted(height: u64, head: bool) -> Bytes {
        let timestamp = height * 10;
        let header = partial::BlockHeader { height, timestamp, ..Default::default() };
        let block = partial::Block { id: vec![1; 34], header: Some(header), ..Default::default() };
        let block = Some(block);
        partial::BlockAccepted { block, head, ..Default::default() }.encode_to_vec().into()
    }

    fn status(enabled: bool) -> Bytes {
        GossipStatus { enabled }.encode_to_vec().into()
    }

    #[test]
    fn only_heads_count() {
        let signals = Signals::new(true);
        let mut heads = signals.heads();
        signals.block_accepted(accepted(5, false));
        signals.block_accepted(Bytes::from_static(b"\xff"));
        assert!(!heads.has_changed().unwrap());
        signals.block_accepted(accepted(6, true));
        assert_eq!(heads.borrow_and_update().height, 6);
        assert_eq!(signals.head_time(), 60);
        signals.missed();
        assert!(heads.has_changed().unwrap());
        assert_eq!(signals.head_time(), 60);
    }

    /// The receipt of a block with many transactions has more than 64 MiB.
    #[test]
    fn a_head_is_seen_without_its_receipt() {
        let signals = Signals::new(true);
        let mut payload = accepted(5, true).to_vec();
        let mut receipt = Vec::new();
        wire::put_message_field(&mut receipt, 8, &vec![0xff; 64 << 20]);
        wire::put_message_field(&mut payload, 2, &receipt);
        let payload = Bytes::from(payload);
        let (_, allocated) = memory::allocated(|| signals.block_accepted(payload.clone()));
        assert_eq!(signals.head_time(), 50);
        assert!(allocated < 4_096, "{allocated} bytes");
        assert!(payload.try_into_mut().is_ok(), "the head keeps the broadcast in memory");
    }

    #[test]
    fn what_p2p_tells_counts_more_than_an_older_answer() {
        let signals = Signals::new(true);
        assert_eq!(signals.gate(), None);
        let asked_at = signals.tellings();
        signals.gossip_answer(false, asked_at);
        assert_eq!(signals.gate(), Some(false));
        signals.gossip_status(status(true));
        signals.gossip_answer(false, asked_at);
        assert_eq!(signals.gate(), Some(true));
        signals.gossip_answer(false, signals.tellings());
        assert_eq!(signals.gate(), Some(false));
    }

    #[test]
    fn without_the_gate_p2p_has_no_say() {
        let signals = Signals::new(false);
        signals.gossip_status(status(false));
        assert_eq!(signals.gate(), Some(true));
    }
}
