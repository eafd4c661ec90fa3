//! Telling everybody on the bus how the instance stands: whoever watches several instances hears which
//! of them are behind without asking each.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use koinos_proto::index::IndexStatus;
use koinos_rpc::Transport;
use koinos_rpc::names::INDEX_STATUS;
use prost::Message;

use crate::follow::Follower;
use crate::records::Records;

/// While nothing changes it is told again when a block comes, but not more often.
const AGAIN: Duration = Duration::from_secs(10);

impl<R: Records> Follower<R> {
    /// Tells how the index stands. While the broker is away, the last that was told is told when it is
    /// back.
    pub(crate) fn announce(&self) {
        if self.until_height.is_some() {
            // That is nobody's instance.
            return;
        }
        // Held until it is told, so that the last that is told is the last that was so.
        let mut announced = self.announced.lock();
        *announced = Some(Instant::now());
        let status = IndexStatus {
            service: R::INFO.name.to_owned(),
            instance_id: self.context.instance_id().to_owned(),
            cursor: Some(self.index.cursor()),
            head: Some(self.index.head()),
            chain_height: self.known_head.load(Ordering::SeqCst),
            lagging: !self.takes_requests(),
        };
        self.bus.broadcast(INDEX_STATUS, status.encode_to_vec().into());
    }

    /// Tells it again if that was long ago.
    pub(crate) fn announce_again(&self) {
        let due = self.announced.lock().is_none_or(|last| last.elapsed() >= AGAIN);
        if due {
            self.announce();
        }
    }
}
