//! The contract to try a client with.

use bytes::Bytes;
use koinos_contracts::{COUNTER, Federated};
use koinos_proto::protocol::{Operation, UploadContractOperation, operation::Op};

use crate::support::{Chain, address, addresses, call, raw, system};

/// The messages of `contracts/counter/counter.proto`.
mod messages {
    use bytes::Bytes;

    #[derive(prost::Message)]
    pub(super) struct GetArguments {}

    #[derive(prost::Message)]
    pub(super) struct AddArguments {
        #[prost(uint64, tag = "1")]
        pub(super) value: u64,
        #[prost(bytes = "bytes", tag = "2")]
        pub(super) account: Bytes,
    }

    #[derive(prost::Message)]
    pub(super) struct Number {
        #[prost(uint64, tag = "1")]
        pub(super) value: u64,
    }

    #[derive(prost::Message)]
    pub(super) struct FailArguments {
        #[prost(int32, tag = "1")]
        pub(super) code: i32,
        #[prost(string, tag = "2")]
        pub(super) message: String,
    }

    #[derive(prost::Message)]
    pub(super) struct AddedEvent {
        #[prost(uint64, tag = "1")]
        pub(super) value: u64,
        #[prost(bytes = "bytes", tag = "2")]
        pub(super) account: Bytes,
        #[prost(uint64, tag = "3")]
        pub(super) number: u64,
    }
}
use messages::{AddArguments, AddedEvent, FailArguments, GetArguments, Number};

fn add(contract: koinos_crypto::Address, value: u64, account: Bytes) -> Operation {
    call(contract, "add", &AddArguments { value, account })
}

#[test]
fn it_counts_and_tells() {
    let mut chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    let counter = addresses().counter;
    let alice = raw(&address("alice"));
    let number = |chain: &Chain| chain.read::<Number>(counter, "get", &GetArguments {}).value;
    assert_eq!(number(&chain), 0);
    let applied = chain.apply("alice", vec![add(counter, 40, alice.clone())]).expect_success();
    let (event, impacted) = applied.event::<AddedEvent>("counter.added_event");
    assert_eq!((event.value, event.number), (40, 40));
    assert_eq!((event.account, impacted), (alice.clone(), vec![alice.clone()]));
    assert_eq!(applied.logs(), ["the counter is at 40"]);
    chain.apply("bob", vec![add(counter, 2, Bytes::new())]).expect_success();
    assert_eq!(number(&chain), 42);
    let reason = "the account has not authorized the call";
    chain.apply("bob", vec![add(counter, 1, alice)]).expect_reverted(reason);
    let reason = "the counter would overflow";
    chain.apply("bob", vec![add(counter, u64::MAX - 41, Bytes::new())]).expect_reverted(reason);
    assert_eq!(number(&chain), 42);
}

#[test]
fn it_fails_as_it_is_told() {
    let chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    // A failure inside a call is a reversion of the transaction.
    for (told, code) in [(0, 1), (1, 1), (17, 17), (-5, 1)] {
        let message = "as you wish".to_owned();
        let fail = call(addresses().counter, "fail", &FailArguments { code: told, message });
        let transaction = chain.transaction("alice", 0, vec![fail]);
        assert_eq!(chain.refused(&transaction), ("as you wish".to_owned(), code), "{told}");
    }
}

#[test]
fn it_can_be_uploaded() {
    let mut chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    let upload = UploadContractOperation {
        contract_id: raw(&address("alice")),
        bytecode: COUNTER.bytecode().unwrap(),
        abi: COUNTER.abi.to_owned(),
        ..Default::default()
    };
    let upload = Operation { op: Some(Op::UploadContract(upload)) };
    let add = add(address("alice"), 1, Bytes::new());
    chain.apply("alice", vec![upload, add]).expect_success();
    let number: Number = chain.read(address("alice"), "get", &GetArguments {});
    assert_eq!(number.value, 1);
}
