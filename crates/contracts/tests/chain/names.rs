//! Names of contracts.

use bytes::Bytes;
use koinos_chain_core::SystemCall;
use koinos_contracts::Federated;
use koinos_proto::contracts::name_service::{
    AddressRecord, GetAddressArguments, GetNameArguments, NameRecord, SetRecordArguments,
};
use prost::Message;

use crate::support::{Chain, address, addresses, call, raw, system};

fn address_of(chain: &Chain, name: &str) -> Bytes {
    let arguments = GetAddressArguments { name: name.to_owned() };
    let record = chain.system_call(SystemCall::GetContractAddress, &arguments);
    AddressRecord::decode(record).unwrap().address
}

fn name_of(chain: &Chain, address: Bytes) -> String {
    let record = chain.system_call(SystemCall::GetContractName, &GetNameArguments { address });
    NameRecord::decode(record).unwrap().name
}

#[test]
fn system_calls_know_the_contracts() {
    let chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    for (name, address) in [("koin", addresses().koin), ("names", addresses().names)] {
        assert_eq!(address_of(&chain, name), raw(&address));
        assert_eq!(name_of(&chain, raw(&address)), name);
    }
    let arguments = GetAddressArguments { name: "pob".to_owned() }.encode_to_vec();
    let call = SystemCall::GetContractAddress.id();
    let fault = chain.controller.invoke_system_call(call, &arguments, None).unwrap_err();
    assert_eq!((fault.message(), fault.code()), (&b"no contract has this name"[..], -1));
}

#[test]
fn the_system_names_contracts() {
    let mut chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    let set = |name: &str, of: &str| {
        let arguments = SetRecordArguments { name: name.to_owned(), address: raw(&address(of)) };
        call(addresses().names, "set_record", &arguments)
    };
    let reason = "only the system may name contracts";
    chain.apply("alice", vec![set("bread", "alice")]).expect_reverted(reason);
    chain.apply("genesis", vec![set("bread", "alice")]).expect_success();
    assert_eq!(address_of(&chain, "bread"), raw(&address("alice")));
    // One name for one address: the new name replaces the old one, the new address too.
    chain.apply("genesis", vec![set("butter", "alice")]).expect_success();
    assert_eq!(name_of(&chain, raw(&address("alice"))), "butter");
    let arguments = GetAddressArguments { name: "bread".to_owned() };
    assert!(chain.try_read(addresses().names, "get_address", &arguments).is_err());
    chain.apply("genesis", vec![set("butter", "bob")]).expect_success();
    assert_eq!(address_of(&chain, "butter"), raw(&address("bob")));
    let arguments = GetNameArguments { address: raw(&address("alice")) };
    assert!(chain.try_read(addresses().names, "get_name", &arguments).is_err());
}
