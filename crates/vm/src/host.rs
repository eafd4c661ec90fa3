//! The boundary between a contract and the chain.

/// A function that the host offers to modules, both of type (i32 x 6) -> i32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// `env.invoke_thunk`
    InvokeThunk,
    /// `env.invoke_system_call`
    InvokeSystemCall,
}

/// What a running module calls.
pub trait Host {
    /// Why a host call ends the execution.
    type Error;

    /// Serves a call.
    ///
    /// `memory` is the whole memory of the calling instance, `None` if the module has none.
    /// `ticks` is the exact remaining budget, the call instruction already taken; the host may
    /// replace it, since fees inside the call change what is left.
    ///
    /// # Errors
    ///
    /// An error ends the execution with [`Outcome::Host`].
    fn call(
        &mut self,
        import: Import,
        args: [u32; 6],
        memory: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Result<i32, Self::Error>;
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<E> {
    /// `_start` returned.
    Finished,
    /// The machine stopped the module.
    Trap(crate::Trap),
    /// The budget did not suffice for the next instruction.
    OutOfTicks,
    /// The host ended the execution.
    Host(E),
}

/// The end of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<E> {
    /// How it ended.
    pub outcome: Outcome<E>,
    /// What is left of the budget. Negative after [`Outcome::OutOfTicks`]: -1, or less when
    /// `memory.grow` asked for more pages than it could pay.
    pub ticks_left: i64,
}
