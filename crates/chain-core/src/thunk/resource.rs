//! Resources, as long as no contract takes them over.

use bytes::Bytes;
use koinos_codec::tolerant;
use koinos_codec::wire::Reader;

use crate::context::Context;
use crate::error::{Fault, Result, code};
use crate::keys::{METADATA_SPACE, Metadata};
use crate::native::DatabaseObject;
use crate::schemas;

impl Context<'_> {
    fn required_object(&mut self, object: Metadata, name: &str) -> Result<Bytes> {
        match self.call_get_object(METADATA_SPACE, object.key())? {
            DatabaseObject { exists: true, value } => Ok(value),
            _ => Err(Fault::reversion(code::INTERNAL_ERROR, format!("{name} does not exist"))),
        }
    }

    /// rc of any account: the same for all.
    pub(crate) fn get_account_rc(&mut self) -> Result<u64> {
        let object =
            self.required_object(Metadata::MaxAccountResources, "max_account_resources")?;
        Ok(Reader::new(&tolerant(schemas::max_account_resources(), &object)).u64(1))
    }

    /// Canonical `resource_limit_data` of the block's own state.
    pub(crate) fn get_resource_limits(&mut self) -> Result<Bytes> {
        let object = self.required_object(Metadata::ResourceLimitData, "resource_limit_data")?;
        Ok(tolerant(schemas::resource_limit_data(), &object).into_owned().into())
    }
}
