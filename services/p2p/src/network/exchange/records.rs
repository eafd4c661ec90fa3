//! The messages of gossipsub and identify, as far as they are about peers and their records.

/// `RPC` of gossipsub: what is read or completed of it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Rpc {
    #[prost(message, optional, tag = "3")]
    pub control: Option<Control>,
}

/// `ControlMessage`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Control {
    #[prost(message, repeated, tag = "4")]
    pub prune: Vec<Prune>,
}

/// `ControlPrune`: the sender drops the receiver from its mesh of a topic, and names others.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Prune {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub topic: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "2")]
    pub peers: Vec<PeerInfo>,
    /// Seconds.
    #[prost(uint64, optional, tag = "3")]
    pub backoff: Option<u64>,
}

/// `PeerInfo`: a peer, and the signed envelope (libp2p RFC 2) around a record of its addresses (RFC 3).
#[derive(Clone, PartialEq, prost::Message)]
pub struct PeerInfo {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub peer_id: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub signed_record: Option<Vec<u8>>,
}

/// `Identify`: where a peer is.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Identify {
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub listen_addresses: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "8")]
    pub signed_record: Option<Vec<u8>>,
}
