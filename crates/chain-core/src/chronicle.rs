//! Events and logs of a block, and the part of them that belongs to the running transaction.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use bytes::Bytes;
use koinos_proto::protocol::EventData;

/// Events and logs written while a transaction's session is alive.
#[derive(Debug, Default)]
pub struct Journal {
    events: RefCell<Vec<EventData>>,
    logs: RefCell<Vec<Bytes>>,
}

impl Journal {
    /// The transaction's events so far.
    pub fn events(&self) -> Vec<EventData> {
        self.events.borrow().clone()
    }

    /// The transaction's logs so far.
    pub fn logs(&self) -> Vec<Bytes> {
        self.logs.borrow().clone()
    }
}

/// What a block says to the world. Sequence numbers count all events, reverted ones included.
#[derive(Debug, Default)]
pub struct Chronicle {
    journal: Weak<Journal>,
    events: Vec<(Option<Bytes>, EventData)>,
    logs: Vec<Bytes>,
    next_sequence: u32,
}

impl Chronicle {
    /// From now on, and while `journal` lives, it gets its share.
    pub fn set_journal(&mut self, journal: &Rc<Journal>) {
        self.journal = Rc::downgrade(journal);
    }

    /// Records an event under the transaction in progress.
    pub fn push_event(&mut self, transaction_id: Option<Bytes>, mut event: EventData) {
        event.sequence = self.next_sequence;
        if let Some(journal) = self.journal.upgrade() {
            journal.events.borrow_mut().push(event.clone());
        }
        self.events.push((transaction_id, event));
        self.next_sequence = self.next_sequence.wrapping_add(1);
    }

    /// Records a log line: the transaction's if one is running, else the block's.
    pub fn push_log(&mut self, line: Bytes) {
        match self.journal.upgrade() {
            Some(journal) => journal.logs.borrow_mut().push(line),
            None => self.logs.push(line),
        }
    }

    /// All events of the block with the transaction they belong to.
    pub fn events(&self) -> &[(Option<Bytes>, EventData)] {
        &self.events
    }

    /// Takes all events of the block, for the broadcasts.
    pub fn take_events(&mut self) -> Vec<(Option<Bytes>, EventData)> {
        std::mem::take(&mut self.events)
    }

    /// Logs written outside transactions.
    pub fn logs(&self) -> &[Bytes] {
        &self.logs
    }
}
