//! Peers: who is connected, who is known, whom to call, and what each of them has done.

mod dialer;
mod handshake;
mod registry;
mod store;

pub use dialer::{Schedule, Target, target};
pub use handshake::{Company, keep_company};
pub use registry::{Peer, Registry};
pub use store::PeerStore;
