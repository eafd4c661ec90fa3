//! What the chain keeps of contracts.

use koinos_chain_core::SystemCall;
use koinos_contracts::{COUNTER, Federated, KOIN};
use koinos_crypto::{HashCode, multihash};
use koinos_proto::chain::{ContractMetadataObject, GetContractMetadataArguments};
use prost::Message;

use crate::support::{Chain, address, addresses, raw, system};

#[test]
fn the_system_call_tells_what_is_kept_of_a_contract() {
    let chain = Chain::new(&Federated(system()).genesis().unwrap().build());
    let metadata = |of| {
        let arguments = GetContractMetadataArguments { contract_id: raw(&of) };
        chain.system_call(SystemCall::GetContractMetadata, &arguments)
    };
    for (contract, of, is_system) in
        [(KOIN, addresses().koin, true), (COUNTER, addresses().counter, false)]
    {
        let hash = multihash(HashCode::Sha2_256, &contract.bytecode().unwrap());
        let expected =
            ContractMetadataObject { hash: hash.into(), system: is_system, ..Default::default() };
        assert_eq!(ContractMetadataObject::decode(metadata(of)).unwrap(), expected);
    }
    assert!(metadata(address("alice")).is_empty(), "alice is no contract");
}
