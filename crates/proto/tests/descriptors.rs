//! The descriptors and the generated types say what the protocol says.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use koinos_proto::protocol::{BlockReceipt, TransactionReceipt};
use koinos_proto::{FILE_DESCRIPTOR_SET, chain, descriptor_pool, protocol};
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};

fn field(message: &str, name: &str) -> FieldDescriptor {
    descriptor_pool().get_message_by_name(message).unwrap().get_field_by_name(name).unwrap()
}

#[test]
fn the_embedded_set_is_the_pool() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let names = |pool: &DescriptorPool| {
        pool.all_messages().map(|message| message.full_name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&pool), names(descriptor_pool()));
    let koinos = names(&pool).iter().filter(|name| name.starts_with("koinos.")).count();
    assert!(koinos > 200, "{koinos} messages");
}

#[test]
fn bytes_have_their_text_form() {
    let btype = descriptor_pool().get_extension_by_name("koinos.btype").unwrap();
    assert_eq!(btype.number(), 50000);
    for (message, name, number) in [
        ("koinos.block_topology", "previous", 3),
        ("koinos.protocol.block", "id", 3),
        ("koinos.protocol.block_header", "approved_proposals", 4),
        ("koinos.protocol.transaction", "id", 4),
        ("koinos.protocol.call_contract_operation", "contract_id", 5),
        ("koinos.protocol.transaction_header", "payer", 6),
        ("koinos.rpc.chain.get_account_rc_request", "account", 6),
    ] {
        let options = field(message, name).options();
        assert_eq!(options.get_extension(&btype).as_enum_number(), Some(number), "{name}");
    }
    for (message, name) in [
        ("koinos.protocol.transaction_header", "chain_id"),
        ("koinos.protocol.block", "signature"),
        ("koinos.rpc.chain.get_head_info_response", "head_state_merkle_root"),
    ] {
        assert!(!field(message, name).options().has_extension(&btype), "{name}");
    }
}

#[test]
fn long_integers_are_strings_in_javascript() {
    for (message, name, is_string) in [
        ("koinos.protocol.block_header", "height", true),
        ("koinos.protocol.transaction_header", "rc_limit", true),
        ("koinos.chain.value_type", "uint64_value", true),
        ("koinos.chain.compute_bandwidth_entry", "compute", false),
    ] {
        let options = field(message, name).options();
        let jstype = options.get_field_by_name("jstype").unwrap().as_enum_number();
        assert_eq!(jstype == Some(1), is_string, "{message}.{name}");
    }
}

/// Numbers that other implementations put on the wire.
#[test]
fn fields_have_their_numbers() {
    for (message, fields) in [
        ("koinos.block_topology", "id=1 height=2 previous=3"),
        ("koinos.protocol.block", "id=1 header=2 transactions=3 signature=4"),
        (
            "koinos.protocol.block_header",
            "previous=1 height=2 timestamp=3 previous_state_merkle_root=4 \
             transaction_merkle_root=5 signer=6 approved_proposals=7",
        ),
        (
            "koinos.protocol.transaction_header",
            "chain_id=1 rc_limit=2 nonce=3 operation_merkle_root=4 payer=5 payee=6",
        ),
        ("koinos.protocol.transaction", "id=1 header=2 operations=3 signatures=4"),
        (
            "koinos.protocol.operation",
            "upload_contract=1 call_contract=2 set_system_call=3 set_system_contract=4",
        ),
        ("koinos.protocol.state_delta_entry", "object_space=1 key=2 value=3"),
        ("koinos.chain.object_space", "system=1 zone=2 id=3"),
        ("koinos.chain.database_key", "space=1 key=2"),
        ("koinos.chain.genesis_entry", "space=1 key=2 value=3"),
        ("koinos.chain.exit_arguments", "code=1 res=2"),
        ("koinos.chain.result", "object=1 error=2"),
        ("koinos.chain.hash_arguments", "code=1 obj=2 size=3"),
        (
            "koinos.block_store.block_record",
            "block_id=1 block_height=2 block=3 receipt=4 previous_block_ids=5",
        ),
        ("koinos.broadcast.block_accepted", "block=1 receipt=2 live=3 head=4"),
        (
            "koinos.rpc.chain.chain_request",
            "reserved=1 submit_block=2 submit_transaction=3 get_head_info=4 get_chain_id=5 \
             get_fork_heads=6 read_contract=7 get_account_nonce=8 get_account_rc=9 \
             get_resource_limits=10 invoke_system_call=11 propose_block=12",
        ),
        ("koinos.rpc.error_status", "message=1 data=2 details=10"),
    ] {
        let descriptor = descriptor_pool().get_message_by_name(message).unwrap();
        let numbers: Vec<_> = descriptor
            .fields()
            .map(|field| format!("{}={}", field.name(), field.number()))
            .collect();
        assert_eq!(numbers.join(" "), fields, "{message}");
    }
}

#[test]
fn error_codes_and_system_calls_have_their_numbers() {
    for (number, code) in [
        (1, chain::ErrorCode::Reversion),
        (104, chain::ErrorCode::InsufficientRc),
        (-1, chain::ErrorCode::Failure),
        (-203, chain::ErrorCode::MalformedBlock),
        (-1015, chain::ErrorCode::PreIrreversibilityBlock),
    ] {
        assert_eq!(number, code as i32);
    }
    for (number, call) in [
        (2, chain::SystemCallId::ApplyBlock),
        (301, chain::SystemCallId::PutObject),
        (601, chain::SystemCallId::Call),
        (10001, chain::SystemCallId::GetContractAddress),
    ] {
        assert_eq!(number, call as i32);
    }
}

#[test]
fn type_urls_have_the_usual_domain() {
    assert_eq!(protocol::Block::type_url(), "type.googleapis.com/koinos.protocol.block");
}

/// Text that is not UTF-8 passes through the fields that the reference does not check, whose
/// descriptors still are strings.
#[test]
fn unchecked_strings_are_bytes() {
    let text = Bytes::from_static(b"\xff\xfe");
    let receipt = TransactionReceipt { logs: vec![text.clone()], ..Default::default() };
    let receipt = TransactionReceipt::decode(&*receipt.encode_to_vec()).unwrap();
    assert_eq!(receipt.logs.concat(), text);
    let receipt = BlockReceipt { logs: vec![text.clone()], ..Default::default() };
    assert_eq!(receipt.encode_to_vec(), [0x4a, 2, 0xff, 0xfe]);
    let error = chain::ErrorData { message: text };
    assert_eq!(error.encode_to_vec(), [0x0a, 2, 0xff, 0xfe]);
    for (message, name) in [
        ("koinos.protocol.transaction_receipt", "logs"),
        ("koinos.protocol.block_receipt", "logs"),
        ("koinos.chain.error_data", "message"),
    ] {
        assert_eq!(field(message, name).kind(), Kind::String);
    }
}
