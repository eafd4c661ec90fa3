//! The protobuf messages of Koinos (koinos-proto 2.6) and their descriptors.
//!
//! Names, numbers, types and options of the `.proto` files are the protocol. They are recorded in
//! `tests/interface.txt`, and a test fails when they are no longer what is recorded.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

#[allow(missing_docs, clippy::all, unreachable_pub)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}
pub use generated::koinos::*;

/// The serialised `google.protobuf.FileDescriptorSet` of every Koinos proto file and its
/// imports, custom options included.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/koinos_descriptors.pb"));

/// The descriptors of [`FILE_DESCRIPTOR_SET`], ready for reflection.
pub fn descriptor_pool() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        // The build made the set, and a test decodes it; an empty pool cannot come of it.
        DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap_or_default()
    });
    &POOL
}
