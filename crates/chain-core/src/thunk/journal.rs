//! Logs and events.

use bytes::Bytes;
use koinos_proto::protocol::EventData;

use crate::context::Context;
use crate::error::{Fault, Result, code, ensure};
use crate::fees::Fee;
use crate::text;

/// Longest name of an event in bytes.
const MAX_EVENT_NAME: usize = 128;

impl Context<'_> {
    /// Adds a log line.
    pub(crate) fn log(&mut self, line: &[u8]) -> Result<()> {
        ensure(text::is_utf8(line), || {
            Fault::reversion(code::REVERSION, "log entry contains invalid utf-8")
        })?;
        self.chronicle.push_log(Bytes::copy_from_slice(line));
        Ok(())
    }

    /// Emits an event of the calling contract.
    pub(crate) fn event(&mut self, name: &[u8], data: &Bytes, impacted: Vec<Bytes>) -> Result<()> {
        let refuse = |text: &'static str| move || Fault::reversion(code::REVERSION, text);
        ensure(!name.is_empty(), refuse("event name cannot be empty"))?;
        ensure(name.len() <= MAX_EVENT_NAME, refuse("event name cannot be larger than 128 bytes"))?;
        let name = std::str::from_utf8(name)
            .map_err(|_| refuse("event name contains invalid utf-8")())?
            .to_owned();
        self.charge_per(Fee::EventPerImpacted, impacted.len())?;
        let event = EventData {
            sequence: 0,
            source: self.stack.caller_id(),
            name,
            data: data.clone(),
            impacted,
        };
        let transaction = self.transaction.as_ref().map(|transaction| transaction.id.clone());
        self.chronicle.push_event(transaction, event);
        Ok(())
    }
}
