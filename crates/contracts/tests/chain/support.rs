//! A chain in memory, its clock, and the wallets that use it.

use std::sync::Arc;

use bytes::Bytes;
use koinos_chain_core::{
    Block, Controller, Fault, Genesis, Limits, Rectifications, SystemCall, Transaction,
};
use koinos_codec::{genesis_to_json, wire::Reader};
use koinos_contracts::{Addresses, System, entry_point};
use koinos_crypto::{
    Address, HashCode, MerkleBuilder, SecretKey, multihash, multihash_from_digest,
};
use koinos_kv::MemoryStore;
use koinos_proto::chain::{GenesisData, ValueType, value_type::Kind};
use koinos_proto::protocol::{self, BlockReceipt, CallContractOperation, Operation, operation::Op};
use koinos_proto::standards::kcs4;
use koinos_state_db::{ForkRule, KEYSPACES};
use prost::Message;

/// One KOIN or VHP.
pub(crate) const COIN: u64 = 100_000_000;
/// The time of the genesis.
pub(crate) const START: u64 = 1_700_000_000_000;
pub(crate) const INTERVAL: u64 = 3000;
/// What a transaction of the tests may cost.
pub(crate) const RC_LIMIT: u64 = 10_000_000;

pub(crate) fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(name).unwrap()
}

pub(crate) fn address(name: &str) -> Address {
    key(name).public_key().address()
}

pub(crate) fn raw(address: &Address) -> Bytes {
    Bytes::copy_from_slice(address.as_bytes())
}

pub(crate) fn addresses() -> Addresses {
    Addresses::from_seed("test").unwrap()
}

/// The key "genesis" governs; it, alice and bob have 1,000 KOIN each.
pub(crate) fn system() -> System {
    let balances = ["genesis", "alice", "bob"].map(|name| (address(name), 1000 * COIN));
    System { key: address("genesis"), addresses: addresses(), balances: balances.into() }
}

pub(crate) fn call(contract: Address, method: &str, arguments: &impl Message) -> Operation {
    let call = CallContractOperation {
        contract_id: raw(&contract),
        entry_point: entry_point(method),
        args: arguments.encode_to_vec().into(),
    };
    Operation { op: Some(Op::CallContract(call)) }
}

pub(crate) fn transfer(token: Address, from: &str, to: &str, value: u64) -> Operation {
    let (from, to) = (raw(&address(from)), raw(&address(to)));
    call(token, "transfer", &kcs4::TransferArguments { from, to, value, memo: None })
}

pub(crate) fn text(fault: &Fault) -> String {
    String::from_utf8_lossy(fault.message()).into_owned()
}

/// The root over the digests of `leaves`.
fn merkle_root(leaves: impl IntoIterator<Item = Vec<u8>>) -> Bytes {
    let mut tree = MerkleBuilder::new(HashCode::Sha2_256);
    leaves.into_iter().for_each(|leaf| tree.push_hash_of(&leaf));
    multihash_from_digest(HashCode::Sha2_256, &tree.finish()).into()
}

pub(crate) fn digest_of(message: &impl Message) -> Bytes {
    multihash(HashCode::Sha2_256, &message.encode_to_vec()).into()
}

pub(crate) fn sign(id: &[u8], key: &SecretKey) -> Bytes {
    let digest: [u8; 32] = id[2..].try_into().unwrap();
    Bytes::copy_from_slice(&koinos_crypto::sign(&digest, key).unwrap())
}

pub(crate) struct Chain {
    pub(crate) controller: Controller,
    /// The time of the next block.
    pub(crate) time: u64,
}

impl Chain {
    pub(crate) fn new(genesis: &GenesisData) -> Self {
        let genesis = Genesis::from_json(&genesis_to_json(genesis)).unwrap();
        let store = Arc::new(MemoryStore::new(KEYSPACES));
        let controller = Controller::open(
            store,
            &genesis,
            ForkRule::Fifo,
            Limits::default(),
            Rectifications::default(),
        );
        Self { controller: controller.unwrap(), time: START + INTERVAL }
    }

    /// A transaction that `payer` pays and signs, `after` others of the same payer.
    pub(crate) fn transaction(
        &self,
        payer: &str,
        after: u64,
        operations: Vec<Operation>,
    ) -> protocol::Transaction {
        self.signed_transaction(payer, &[payer], after, operations)
    }

    pub(crate) fn signed_transaction(
        &self,
        payer: &str,
        signers: &[&str],
        after: u64,
        operations: Vec<Operation>,
    ) -> protocol::Transaction {
        let payer = raw(&address(payer));
        let last = self.controller.get_account_nonce(&payer).unwrap();
        let Some(Kind::Uint64Value(last)) = ValueType::decode(last).unwrap().kind else {
            panic!("a nonce is a number");
        };
        let nonce = ValueType { kind: Some(Kind::Uint64Value(last + 1 + after)) };
        let header = protocol::TransactionHeader {
            chain_id: self.controller.chain_id().clone(),
            rc_limit: RC_LIMIT,
            nonce: nonce.encode_to_vec().into(),
            operation_merkle_root: merkle_root(operations.iter().map(Message::encode_to_vec)),
            payer,
            payee: Bytes::new(),
        };
        let id = digest_of(&header);
        let signatures = signers.iter().map(|name| sign(&id, &key(name))).collect();
        protocol::Transaction { id, header: Some(header), operations, signatures }
    }

    /// The header of the next block.
    pub(crate) fn header(
        &self,
        signer: &str,
        transactions: &[protocol::Transaction],
    ) -> protocol::BlockHeader {
        let head = self.controller.get_head_info().unwrap();
        let leaves = transactions.iter().flat_map(|transaction| {
            let header = transaction.header.as_ref().unwrap().encode_to_vec();
            [header, transaction.signatures.concat()]
        });
        // Before the first block, the state has no root.
        let none = multihash_from_digest(HashCode::Sha2_256, &[0; 32]);
        let root = if head.topology.height == 0 { none.into() } else { head.merkle_root };
        protocol::BlockHeader {
            previous: head.topology.id,
            height: head.topology.height + 1,
            timestamp: self.time,
            previous_state_merkle_root: root,
            transaction_merkle_root: merkle_root(leaves),
            signer: raw(&address(signer)),
            approved_proposals: Vec::new(),
        }
    }

    pub(crate) fn submit(&self, block: &protocol::Block) -> Result<BlockReceipt, Fault> {
        let now = block.header.as_ref().unwrap().timestamp;
        let block = Arc::new(Block::decode(block.encode_to_vec().into()).unwrap());
        let submitted = self.controller.submit_block(&block, now, &mut |_, _| Ok(()))?;
        Ok(submitted.expect("a new block").receipt)
    }

    /// The next block, signed by the genesis key.
    pub(crate) fn block(&mut self, transactions: Vec<protocol::Transaction>) -> BlockReceipt {
        let header = self.header("genesis", &transactions);
        let id = digest_of(&header);
        let signature = sign(&id, &key("genesis"));
        let block = protocol::Block { id, header: Some(header), transactions, signature };
        let receipt = self.submit(&block).unwrap();
        self.time += INTERVAL;
        receipt
    }

    /// Applies a block with one transaction.
    pub(crate) fn apply(&mut self, payer: &str, operations: Vec<Operation>) -> Applied {
        let transaction = self.transaction(payer, 0, operations);
        self.apply_transaction(transaction)
    }

    pub(crate) fn apply_transaction(&mut self, transaction: protocol::Transaction) -> Applied {
        let mut receipt = self.block(vec![transaction]);
        Applied { transaction: receipt.transaction_receipts.remove(0) }
    }

    /// Tries a transaction that is refused: the text of the error, and its code.
    pub(crate) fn refused(&self, transaction: &protocol::Transaction) -> (String, i32) {
        let transaction = Transaction::decode(transaction.encode_to_vec().into()).unwrap();
        let fault = self.controller.submit_transaction(&transaction, None).unwrap_err();
        (text(&fault), fault.code())
    }

    pub(crate) fn read<T: Message + Default>(
        &self,
        contract: Address,
        method: &str,
        arguments: &impl Message,
    ) -> T {
        T::decode(self.try_read(contract, method, arguments).unwrap()).unwrap()
    }

    pub(crate) fn try_read(
        &self,
        contract: Address,
        method: &str,
        arguments: &impl Message,
    ) -> Result<Bytes, Fault> {
        let (id, arguments) = (raw(&contract), arguments.encode_to_vec());
        Ok(self.controller.read_contract(&id, entry_point(method), &arguments)?.0)
    }

    pub(crate) fn balance(&self, token: Address, owner: &str) -> u64 {
        let owner = raw(&address(owner));
        let arguments = kcs4::BalanceOfArguments { owner };
        self.read::<kcs4::BalanceOfResult>(token, "balance_of", &arguments).value
    }

    pub(crate) fn supply(&self, token: Address) -> u64 {
        let arguments = kcs4::TotalSupplyArguments {};
        self.read::<kcs4::TotalSupplyResult>(token, "total_supply", &arguments).value
    }

    pub(crate) fn mana(&self, owner: &str) -> u64 {
        self.controller.get_account_rc(address(owner).as_bytes()).unwrap()
    }

    /// The first field of a system call's answer.
    pub(crate) fn system_call(&self, call: SystemCall, arguments: &impl Message) -> Bytes {
        let answer =
            self.controller.invoke_system_call(call.id(), &arguments.encode_to_vec(), None);
        Bytes::copy_from_slice(Reader::new(&answer.unwrap()).bytes(1))
    }
}

/// A transaction that was applied.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) transaction: protocol::TransactionReceipt,
}

impl Applied {
    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert!(!self.transaction.reverted, "{:?}", self.logs());
        self
    }

    /// Insists that the transaction was reverted for this reason.
    #[track_caller]
    pub(crate) fn expect_reverted(&self, reason: &str) {
        let expected = format!("transaction reverted: {reason}");
        assert!(self.transaction.reverted, "expected: {expected}");
        assert_eq!(self.logs().last(), Some(&expected));
    }

    pub(crate) fn logs(&self) -> Vec<String> {
        let logs = &self.transaction.logs;
        logs.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// The transaction's only event, its data read as `T`.
    #[track_caller]
    pub(crate) fn event<T: Message + Default>(&self, name: &str) -> (T, Vec<Bytes>) {
        let [event] = &self.transaction.events[..] else {
            panic!("one event: {:?}", self.transaction.events)
        };
        assert_eq!(event.name, name);
        (T::decode(event.data.clone()).unwrap(), event.impacted.clone())
    }
}
