//! Blocks: `apply_block`, head info, chain id, irreversibility, the producer's signature.

use std::sync::Arc;

use bytes::Bytes;
use koinos_codec::Multihash;
use koinos_crypto::PublicKey;

use crate::context::{Context, Intent};
use crate::error::{Fault, Result, code, ensure};
use crate::keys::{METADATA_SPACE, Metadata};
use crate::message::{Block, BlockHeader};
use crate::native::{HeadInfo, resource_limits};
use crate::receipt::{Amounts, Receipt};
use crate::signers::Signers;
use crate::stack::Privilege;
use crate::system_call::SystemCall;
use crate::text;

/// Blocks this far below the head are final, unless `get_last_irreversible_block` is overridden.
pub(crate) const IRREVERSIBLE_THRESHOLD: u64 = 60;

impl Context<'_> {
    /// Where the chain stands; inside a block, that block.
    pub(crate) fn get_head_info(&mut self) -> Result<HeadInfo> {
        let last_irreversible_block = self.call_get_last_irreversible_block()?;
        let time = match &self.block {
            Some(block) => block.timestamp(),
            None => {
                let head = self.call_get_object(METADATA_SPACE, Metadata::HeadBlock.key())?;
                if head.exists { stored_block_time(&head.value) } else { 0 }
            }
        };
        Ok(HeadInfo {
            id: self.position.id.clone(),
            previous: self.position.previous.clone(),
            height: self.position.height,
            time,
            last_irreversible_block,
        })
    }

    /// Applies a block: the steps a to n of the consensus rules, "Applying a block". The receipt is
    /// started anew even when the caller is refused, as the reference does.
    pub(crate) fn apply_block(&mut self, block: &Arc<Block>) -> Result<()> {
        self.receipt = Receipt::Block(Box::default());
        let header = block.header_or_default();
        let outcome = self.check_and_apply(block, &header);
        if outcome.is_err() {
            let charged = self.amounts();
            self.write_block_receipt(block, &header, charged)?;
        }
        outcome
    }

    fn check_and_apply(&mut self, block: &Arc<Block>, header: &BlockHeader) -> Result<()> {
        self.require_kernel_caller()?;
        ensure(matches!(self.intent, Intent::BlockApplication | Intent::BlockProposal), || {
            let text = "expected block application intent while applying block";
            Fault::reversion(code::INSUFFICIENT_PRIVILEGES, text)
        })?;
        self.block = Some(block.clone());
        let outcome = self.apply_block_steps(block, header);
        self.block = None;
        outcome
    }

    fn apply_block_steps(&mut self, block: &Block, header: &BlockHeader) -> Result<()> {
        // Reading the limits is charged before the meter is reset by them, so it is never counted.
        let limits = self.call_get_resource_limits()?;
        self.meter.set_limits(resource_limits(&limits));

        let hash_code = self.hash_code()?;
        ensure(self.call_hash(hash_code, &header.bytes)? == block.id, || {
            Fault::failure(code::MALFORMED_BLOCK, "block contains an invalid block id")
        })?;
        self.check_transactions_root(block, header, hash_code)?;
        let digest = self.call_hash(hash_code, &header.bytes)?;
        let digest = multihash(&digest)?.encode();
        ensure(
            self.call_process_block_signature(&digest, &header.bytes, &block.signature)?,
            || Fault::failure(code::INVALID_SIGNATURE, "failed to process block signature"),
        )?;

        // The producer answers for what is in the block: now it may take up more than one processor.
        self.signers = Signers::start(block);
        self.call_callback(SystemCall::PreBlockCallback)?;
        // The head block is stored without fee and disk charge.
        self.state.put(Metadata::HeadBlock.database_key(), block.bytes.clone())?;
        self.apply_transactions(block)?;
        self.call_callback(SystemCall::PostBlockCallback)?;

        let charged = self.settle_block(header)?;
        self.write_block_receipt(block, header, charged)
    }

    /// Checks the merkle root over headers and signatures and charges the block's own bytes.
    fn check_transactions_root(
        &mut self,
        block: &Block,
        header: &BlockHeader,
        hash_code: u64,
    ) -> Result<()> {
        let root_code = multihash(&header.transaction_merkle_root)?.code;
        ensure(root_code == hash_code, || {
            let text = format!(
                "unexpected transaction merkle root hash code - was: {root_code}, expected: {hash_code}"
            );
            Fault::failure(code::MALFORMED_BLOCK, text).with("t", root_code).with("e", hash_code)
        })?;
        let mut leaves = Vec::with_capacity(block.transactions.len() * 2);
        let mut transactions_size = 0;
        for transaction in &block.transactions {
            transactions_size += transaction.bytes.len();
            let header = transaction.header.as_ref().map_or(&[][..], |header| &header.bytes);
            leaves.push(self.call_hash(hash_code, header)?);
            leaves.push(self.call_hash(hash_code, &transaction.signatures.concat())?);
        }
        // The framing of each transaction inside the block is paid by the block.
        self.meter.use_network((block.bytes.len() - transactions_size) as u64)?;
        ensure(self.call_verify_merkle_root(&header.transaction_merkle_root, &leaves)?, || {
            Fault::failure(code::MALFORMED_BLOCK, "transaction merkle root does not match")
        })
    }

    fn apply_transactions(&mut self, block: &Block) -> Result<()> {
        for (index, transaction) in block.transactions.iter().enumerate() {
            match self.call_apply_transaction(transaction) {
                Err(fault) if fault.is_failure() && self.intent == Intent::BlockProposal => {
                    self.failed_transactions.push(index as u32);
                }
                Err(fault) if !fault.is_reversion() => {
                    return Err(fault.with("transaction_id", text::hex(&transaction.id)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Charges the producer for the block's own work and consumes the block's resources. The
    /// amounts charged are those before the consumption is itself paid for.
    fn settle_block(&mut self, header: &BlockHeader) -> Result<Amounts> {
        let system_rc = self.meter.system_rc_cost();
        ensure(self.call_consume_account_rc(&header.signer, system_rc)?, || {
            let producer = text::base58(&header.signer);
            let text = format!("unable to consume system rc for block producer: {producer}");
            Fault::reversion(code::INSUFFICIENT_RC, text).with("p", producer)
        })?;
        let used = self.amounts();
        ensure(self.call_consume_block_resources(used.disk, used.network, used.compute)?, || {
            Fault::failure(code::FAILURE, "unable to consume block resources")
        })?;
        Ok(used)
    }

    /// The stored chain id, empty if there is none.
    pub(crate) fn get_chain_id(&mut self) -> Result<Bytes> {
        Ok(self.call_get_object(METADATA_SPACE, Metadata::ChainId.key())?.value)
    }

    /// The height at and below which blocks are final.
    pub(crate) fn get_last_irreversible_block(&self) -> u64 {
        self.position.height.saturating_sub(IRREVERSIBLE_THRESHOLD)
    }

    /// Federated rule: the block is signed by the genesis key. `digest` is a multihash.
    pub(crate) fn process_block_signature(
        &mut self,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool> {
        let genesis = self.call_get_object(METADATA_SPACE, Metadata::GenesisKey.key())?.value;
        Ok(genesis == self.call_recover_address(signature, digest)?.as_bytes()[..])
    }

    /// Refuses unless the caller is in kernel mode.
    pub(crate) fn require_kernel_caller(&self) -> Result<()> {
        ensure(self.stack.caller_privilege() == Privilege::KERNEL, || {
            let text = "calling privileged thunk from non-privileged code";
            Fault::reversion(code::INSUFFICIENT_PRIVILEGES, text)
        })
    }

    /// Refuses in a read-only context.
    pub(crate) fn require_writable(&self) -> Result<()> {
        ensure(!self.read_only(), || {
            let text = "unable to perform action while context is read only";
            Fault::reversion(code::READ_ONLY_CONTEXT, text)
        })
    }
}

/// Reads a multihash; one that ends early is a standard exception of the reference.
pub(crate) fn multihash(bytes: &[u8]) -> Result<Multihash> {
    Multihash::decode(bytes).map_err(|_| Fault::std("error reading from stream"))
}

/// Reads a compressed public key as `recover_public_key` answers it. An override may answer
/// anything: fewer than 33 bytes are filled with zeros and more are cut off.
pub(crate) fn read_public_key(bytes: &[u8]) -> Result<PublicKey> {
    let mut compressed = [0; 33];
    let length = bytes.len().min(33);
    compressed[..length].copy_from_slice(&bytes[..length]);
    PublicKey::from_bytes(&compressed)
        .map_err(|_| Fault::library("unknown error during public key deserialization"))
}

/// Timestamp of the block stored in the state.
fn stored_block_time(block: &Bytes) -> u64 {
    let block = koinos_codec::tolerant(crate::schemas::block(), block);
    let header = koinos_codec::wire::Reader::new(&block).bytes(2);
    koinos_codec::wire::Reader::new(header).u64(3)
}
