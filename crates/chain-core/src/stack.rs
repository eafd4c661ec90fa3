//! The stack of frames a system call or a contract runs on, and its privileges.

use bytes::Bytes;

use crate::error::{Fault, Result, code, ensure};

/// `koinos.chain.privilege`. An open enum: a caller may be described with any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege(pub i32);

impl Privilege {
    /// The node's own code and system contracts.
    pub const KERNEL: Self = Self(0);
    /// Everybody else.
    pub const USER: Self = Self(1);
}

/// One frame: a system call (empty contract id, kernel) or a contract's run.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Id of the running contract, empty for the system.
    pub contract_id: Bytes,
    /// What the frame may do.
    pub privilege: Privilege,
    /// Arguments of the contract's run.
    pub arguments: Bytes,
    /// Entry point of the contract's run.
    pub entry_point: u32,
}

impl Frame {
    /// The frame of a system call, and of the node itself.
    pub const KERNEL: Self = Self {
        contract_id: Bytes::new(),
        privilege: Privilege::KERNEL,
        arguments: Bytes::new(),
        entry_point: 0,
    };
}

/// Frames, outermost first.
#[derive(Debug, Default)]
pub struct Stack {
    frames: Vec<Frame>,
}

impl Stack {
    /// A push onto this many frames is refused.
    pub const LIMIT: usize = 256;

    /// Adds a frame.
    pub fn push(&mut self, frame: Frame) -> Result<()> {
        ensure(self.frames.len() < Self::LIMIT, || {
            Fault::reversion(code::REVERSION, "apply context stack overflow")
        })?;
        self.frames.push(frame);
        Ok(())
    }

    /// Removes the top frame.
    pub fn pop(&mut self) {
        self.frames.pop();
    }

    /// The frame below the top one: the caller of the running system call.
    pub fn caller(&self) -> Option<&Frame> {
        self.frames.len().checked_sub(2).map(|i| &self.frames[i])
    }

    /// Id of the caller, empty without one.
    pub fn caller_id(&self) -> Bytes {
        self.caller().map_or_else(Bytes::new, |frame| frame.contract_id.clone())
    }

    /// Privilege of the caller; kernel without one.
    pub fn caller_privilege(&self) -> Privilege {
        self.caller().map_or(Privilege::KERNEL, |frame| frame.privilege)
    }

    /// Entry point of the caller, 0 without one.
    pub fn caller_entry_point(&self) -> u32 {
        self.caller().map_or(0, |frame| frame.entry_point)
    }

    /// What `get_caller` answers: the caller as seen from two frames further down.
    pub fn callers_caller(&self) -> Result<(Bytes, Privilege)> {
        ensure(self.frames.len() >= 2, || internal("stack is empty"))?;
        Ok(match self.frames.len().checked_sub(4) {
            Some(i) => (self.frames[i].contract_id.clone(), self.frames[i].privilege),
            None => (Bytes::new(), Privilege::KERNEL),
        })
    }

    /// The frame whose arguments `get_arguments` answers.
    pub fn contract(&self) -> Result<&Frame> {
        self.caller().ok_or_else(|| internal("stack is empty"))
    }

    /// The id of the nearest frame that has one.
    pub fn contract_id(&self) -> Bytes {
        let named = self.frames.iter().rev().find(|frame| !frame.contract_id.is_empty());
        named.map_or_else(Bytes::new, |frame| frame.contract_id.clone())
    }

    /// Privilege of the top frame.
    pub fn privilege(&self) -> Privilege {
        self.frames.last().map_or(Privilege::KERNEL, |frame| frame.privilege)
    }

    /// Replaces the privilege of the top frame and returns the former one.
    pub fn set_privilege(&mut self, privilege: Privilege) -> Privilege {
        match self.frames.last_mut() {
            Some(frame) => std::mem::replace(&mut frame.privilege, privilege),
            None => Privilege::KERNEL,
        }
    }
}

fn internal(text: &str) -> Fault {
    Fault::reversion(code::INTERNAL_ERROR, text)
}
