//! Objects of the state.

use bytes::Bytes;
use koinos_codec::wire;
use koinos_state_db::Reader as _;

use crate::context::Context;
use crate::error::{Fault, Result, code, ensure};
use crate::fees::Fee;
use crate::keys::{self, Space, database_key};
use crate::stack::Privilege;

/// A found object: its key, given only by next and prev, and its value.
pub(crate) type Found = Option<(Option<Bytes>, Bytes)>;

/// `get_object_result` and its kin: without a value when nothing was found.
pub(crate) fn object_result(found: Found) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some((key, value)) = found {
        let mut object = Vec::with_capacity(value.len() + 16);
        wire::put_bool_field(&mut object, 1, true);
        wire::put_bytes_field(&mut object, 2, &value);
        wire::put_bytes_field(&mut object, 3, &key.unwrap_or_default());
        wire::put_message_field(&mut out, 1, &object);
    }
    out
}

impl Context<'_> {
    /// Kernel code works in system spaces, a user contract in its own zone.
    fn check_space(&self, space: &[u8]) -> Result<()> {
        let space = Space::parse(space);
        if self.stack.caller_privilege() == Privilege::KERNEL {
            return ensure(space.system, || {
                let text = "privileged code can only access system space";
                Fault::reversion(code::REVERSION, text)
            });
        }
        ensure(!space.system, || {
            let text = "user code cannot access system space";
            Fault::reversion(code::INSUFFICIENT_PRIVILEGES, text)
        })?;
        ensure(self.stack.caller_id() == space.zone, || {
            Fault::reversion(code::REVERSION, "user code cannot access other contract space")
        })
    }

    /// Writes an object. The write stays even if the storage charge that follows is refused.
    pub(crate) fn put_object(&mut self, space: &[u8], key: &[u8], value: &[u8]) -> Result<()> {
        ensure(!self.read_only(), || {
            let text = "cannot put object during read only call";
            Fault::reversion(code::READ_ONLY_CONTEXT, text)
        })?;
        self.charge_per(Fee::ObjectSerializationPerByte, value.len())?;
        self.check_space(space)?;
        let key = database_key(space, key);
        let key_length = key.len() as i64;
        let former = self.state.put(key, Bytes::copy_from_slice(value))?;
        let used = value.len() as i64 + former.map_or(key_length, |length| -(length as i64));
        self.meter.use_disk(used)
    }

    /// Removes an object and gives its bytes back.
    pub(crate) fn remove_object(&mut self, space: &[u8], key: &[u8]) -> Result<()> {
        ensure(!self.read_only(), || {
            let text = "cannot remove object during read only call";
            Fault::reversion(code::READ_ONLY_CONTEXT, text)
        })?;
        self.check_space(space)?;
        let key = database_key(space, key);
        let key_length = key.len() as i64;
        let former = self.state.remove(&key)?;
        self.meter.use_disk(former.map_or(0, |length| -(length as i64) - key_length))
    }

    /// Reads an object.
    pub(crate) fn get_object(&mut self, space: &[u8], key: &[u8]) -> Result<Option<Bytes>> {
        self.check_space(space)?;
        let value = self.state.get(&database_key(space, key))?;
        if let Some(value) = &value {
            self.charge_per(Fee::ObjectSerializationPerByte, value.len())?;
        }
        Ok(value)
    }

    /// The next object of the space in the order of database keys.
    pub(crate) fn get_next_object(&mut self, space: &[u8], key: &[u8]) -> Result<Found> {
        self.check_space(space)?;
        let found = self.state.next(&database_key(space, key))?;
        self.neighbour(space, found)
    }

    /// The previous object of the space in the order of database keys.
    pub(crate) fn get_prev_object(&mut self, space: &[u8], key: &[u8]) -> Result<Found> {
        self.check_space(space)?;
        let found = self.state.prev(&database_key(space, key))?;
        self.neighbour(space, found)
    }

    fn neighbour(&mut self, space: &[u8], found: Option<(Bytes, Bytes)>) -> Result<Found> {
        let Some((database_key, value)) = found else { return Ok(None) };
        let (found_space, key) = keys::split(&database_key);
        if Space::parse(found_space) != Space::parse(space) {
            return Ok(None);
        }
        self.charge_per(Fee::ObjectSerializationPerByte, value.len())?;
        Ok(Some((Some(database_key.slice_ref(key)), value)))
    }
}
