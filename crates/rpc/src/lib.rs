//! What Koinos services say to each other: names, contracts, errors, and how a call is made.
//!
//! A request is the serialised `koinos.rpc.<service>.<service>_request`, a reply the serialised
//! `<service>_response`; both are a single oneof. A service is described by a [`Contract`], served
//! through [`answer`] and called through [`call`] over any [`Transport`]: AMQP in a node,
//! [`LocalTransport`] in a test. What is larger than its readers need is read through [`partial`].

mod contract;
mod error;
mod local;
pub mod names;
pub mod partial;
mod transport;

pub use contract::{
    AccountHistory, BlockStore, Chain, Contract, ContractMetaStore, MALFORMED_REQUEST, Mempool,
    P2p, TransactionStore, answer,
};
pub use error::{ErrorStatus, RpcError, ServiceError, error_details};
pub use local::LocalTransport;
pub use transport::{BoxFuture, CallOptions, RetryPolicy, Transport, call, raw_error, wait_for};
