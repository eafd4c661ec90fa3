//! What executions share: parsed modules, fee tables and descriptors. None of it affects results.

use std::sync::Arc;

use bytes::Bytes;
use koinos_vm::{Module, ModuleCache, ModuleError};
use parking_lot::Mutex;

use crate::context::Context;
use crate::error::{Fault, Result, code};
use crate::fees::FeeTable;
use crate::field::ProtocolDescriptor;
use crate::keys::Metadata;

/// The last parsed form of an object that hardly ever changes.
struct Parsed<T> {
    last: Mutex<Option<(Bytes, Arc<T>)>>,
}

impl<T> Default for Parsed<T> {
    fn default() -> Self {
        Self { last: Mutex::new(None) }
    }
}

impl<T> Parsed<T> {
    fn get(&self, object: &Bytes, parse: impl FnOnce(&[u8]) -> Result<T>) -> Result<Arc<T>> {
        let mut last = self.last.lock();
        match &*last {
            Some((bytes, parsed)) if bytes == object => Ok(parsed.clone()),
            _ => {
                let parsed = Arc::new(parse(object)?);
                *last = Some((object.clone(), parsed.clone()));
                Ok(parsed)
            }
        }
    }
}

/// Parsed modules that are kept at most, and the memory they may take in bytes.
const MODULE_CACHE: (usize, usize) = (1024, 256 << 20);

/// Shared caches of all executions of a node.
pub struct Engine {
    modules: ModuleCache,
    fees: Parsed<FeeTable>,
    descriptor: Parsed<ProtocolDescriptor>,
}

impl Default for Engine {
    fn default() -> Self {
        let (modules, bytes) = MODULE_CACHE;
        Self {
            modules: ModuleCache::new(modules, bytes),
            fees: Parsed::default(),
            descriptor: Parsed::default(),
        }
    }
}

impl Engine {
    /// The parsed module of a contract. Without a hash there is nothing to cache it under.
    pub(crate) fn module(&self, hash: &[u8], bytecode: &[u8]) -> Result<Arc<Module>, ModuleError> {
        if hash.is_empty() {
            return Module::new(bytecode).map(Arc::new);
        }
        self.modules.get_or_translate(hash, bytecode)
    }

    /// The fee table of a registry object.
    pub(crate) fn fee_table(&self, object: &Bytes) -> Result<Arc<FeeTable>> {
        self.fees.get(object, |object| Ok(FeeTable::parse(object)))
    }

    /// The protocol descriptor that is stored in the context's parent state.
    pub(crate) fn protocol_descriptor(
        &self,
        context: &Context<'_>,
    ) -> Result<Arc<ProtocolDescriptor>> {
        let object =
            context.parent_object(&Metadata::ProtocolDescriptor.database_key())?.ok_or_else(
                || Fault::reversion(code::REVERSION, "file descriptor set does not exist"),
            )?;
        self.descriptor.get(&object, ProtocolDescriptor::parse)
    }
}
