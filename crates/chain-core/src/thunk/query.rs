//! What contracts may ask about the block, transaction and operation in progress.

use bytes::Bytes;

use crate::context::Context;
use crate::error::{Fault, Result, code};

fn missing(what: &str) -> Fault {
    Fault::reversion(code::INTERNAL_ERROR, format!("{what} does not exist"))
}

impl Context<'_> {
    /// The transaction in progress, as its canonical message.
    pub(crate) fn get_transaction(&self) -> Result<Bytes> {
        let transaction = self.transaction.as_ref().ok_or_else(|| missing("transaction"))?;
        Ok(transaction.bytes.clone())
    }

    /// The block in progress (the head block outside of blocks), as its canonical message.
    pub(crate) fn get_block(&self) -> Result<Bytes> {
        let block = self.block.as_ref().ok_or_else(|| missing("block"))?;
        Ok(block.bytes.clone())
    }

    /// The operation in progress, as its canonical message.
    pub(crate) fn get_operation(&self) -> Result<Bytes> {
        let operation = self.operation.as_ref().ok_or_else(|| {
            Fault::failure(code::OPERATION_NOT_FOUND, "outside an operational context")
        })?;
        Ok(operation.bytes.clone())
    }

    /// A field of the transaction by its path, as canonical `koinos.chain.value_type`.
    pub(crate) fn get_transaction_field(&self, path: &[u8]) -> Result<Vec<u8>> {
        let transaction = self.get_transaction()?;
        let descriptor = self.engine.protocol_descriptor(self)?;
        descriptor.field("koinos.protocol.transaction", &transaction, path)
    }

    /// A field of the block by its path, as canonical `koinos.chain.value_type`.
    pub(crate) fn get_block_field(&self, path: &[u8]) -> Result<Vec<u8>> {
        let block = self.get_block()?;
        let descriptor = self.engine.protocol_descriptor(self)?;
        descriptor.field("koinos.protocol.block", &block, path)
    }
}
