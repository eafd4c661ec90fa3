//! Schemas of the messages that consensus parses, each looked up once.

use std::sync::LazyLock;

use koinos_codec::schema::{MessageSchema, Schema};

macro_rules! schemas {
    ($($name:ident = $message:literal;)*) => {
        $(
            pub(crate) fn $name() -> &'static MessageSchema {
                static SCHEMA: LazyLock<&'static MessageSchema> = LazyLock::new(|| lookup($message));
                &SCHEMA
            }
        )*
    };
}

/// Looks a message up in the descriptors that are compiled in.
#[allow(clippy::expect_used)] // a misspelt name is a defect that the first test run shows
pub(crate) fn lookup(name: &str) -> &'static MessageSchema {
    Schema::of(name).expect("message is part of the embedded descriptors")
}

schemas! {
    block = "koinos.protocol.block";
    transaction = "koinos.protocol.transaction";
    block_receipt = "koinos.protocol.block_receipt";
    system_call_target = "koinos.protocol.system_call_target";
    contract_metadata = "koinos.chain.contract_metadata_object";
    compute_bandwidth_registry = "koinos.chain.compute_bandwidth_registry";
    resource_limit_data = "koinos.chain.resource_limit_data";
    max_account_resources = "koinos.chain.max_account_resources";
    value_type = "koinos.chain.value_type";
    authorize_result = "koinos.chain.authorize_result";
}
