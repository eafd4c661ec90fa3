//! The border between a contract and the node: running a module and serving its two imports.

use std::ops::Range;

use bytes::Bytes;
use koinos_codec::{tolerant, wire::Reader};
use koinos_vm::{Import, Instance, InstantiateError, ModuleError, Outcome};

use crate::context::Context;
use crate::dispatch::Dispatch;
use crate::error::{Family, Fault, Result, code, ensure};
use crate::fees::Fee;
use crate::stack::{Frame, Privilege};
use crate::system_call::SystemCall;

impl Context<'_> {
    /// Runs a contract on its own frame. `exit(0)` and a plain return both end well; what the
    /// contract answers is in `self.exit`.
    pub(crate) fn run_contract(
        &mut self,
        frame: Frame,
        bytecode: &[u8],
        hash: &[u8],
    ) -> Result<()> {
        match self.with_frame(frame, |context| context.run_module(bytecode, hash)) {
            Err(fault) if fault.family() == Family::Success => Ok(()),
            outcome => outcome,
        }
    }

    fn run_module(&mut self, bytecode: &[u8], hash: &[u8]) -> Result<()> {
        let module = self.engine.module(hash, bytecode).map_err(|error| module_fault(&error))?;
        let mut instance = Instance::new(&module).map_err(|error| instance_fault(&error))?;
        let budget = self.meter.tick_budget();
        let mut host = ContractHost { context: self, synced: budget };
        let run = instance.start(&mut host, budget).map_err(|_| {
            Fault::reversion(code::REVERSION, "module does not have _start function")
        })?;
        // Ticks since the last host call, or all of them after a trap, are paid before anything
        // else is reported: so running out is never told as a trap.
        let outstanding = host.synced.wrapping_sub(run.ticks_left) as u64;
        self.meter.use_ticks(outstanding)?;
        match run.outcome {
            Outcome::Finished => Ok(()),
            Outcome::Host(fault) => Err(fault),
            Outcome::Trap(_) | Outcome::OutOfTicks => {
                Err(Fault::reversion(code::REVERSION, "module exited due to trap"))
            }
        }
    }

    /// Serves `invoke_system_call`.
    fn invoke_system_call(&mut self, id: u32, window: &mut Window<'_>) -> Result<i32> {
        window.set_written(0);
        let outcome = self.host_call(id, window.arguments(), window.capacity());
        let is_exit = id == SystemCall::Exit.id();
        let outcome = match outcome {
            // A user contract never sees a reversion: it is unwound with its callers.
            Err(fault)
                if self.stack.privilege() == Privilege::USER
                    && fault.family() != Family::Std
                    && fault.code() >= code::REVERSION =>
            {
                let code = fault.code();
                return Err(fault.recast(Family::Reversion, code));
            }
            outcome => outcome,
        };
        answer(outcome, is_exit, window)
    }

    /// Serves `invoke_thunk`.
    fn invoke_thunk(&mut self, id: u32, window: &mut Window<'_>) -> Result<i32> {
        ensure(self.stack.privilege() == Privilege::KERNEL, || {
            let text = "'invoke_thunk' must be called from a system context";
            Fault::reversion(code::INSUFFICIENT_PRIVILEGES, text)
        })?;
        let outcome = match SystemCall::from_id(id).filter(|call| call.has_thunk()) {
            Some(call) => self.call_thunk(call, window.arguments(), window.capacity()),
            None => Err(unknown_thunk(id, "not found")),
        };
        answer(outcome, id == SystemCall::Exit.id(), window)
    }

    /// A system call from outside the node's own code: by a contract or over RPC.
    pub(crate) fn host_call(
        &mut self,
        id: u32,
        arguments: &[u8],
        capacity: usize,
    ) -> Result<Vec<u8>> {
        self.with_frame(Frame::KERNEL, |context| {
            let dispatch = context.dispatch(id)?;
            if let Dispatch::Contract(contract) = &dispatch {
                context.run_override(contract, Bytes::copy_from_slice(arguments))?;
                let object = Reader::new(&context.exit.result).bytes(1).to_vec();
                fits(&object, capacity)?;
                return Ok(object);
            }
            let thunk = dispatch.thunk(id)?;
            let call = SystemCall::from_id(thunk)
                .filter(|call| call.has_thunk())
                .ok_or_else(|| unknown_thunk(thunk, "does not exist"))?;
            context.charge_call(call)?;
            context.call_thunk(call, arguments, capacity)
        })
    }

    /// Parses the arguments as far as they go and runs a thunk on them.
    fn call_thunk(
        &mut self,
        call: SystemCall,
        arguments: &[u8],
        capacity: usize,
    ) -> Result<Vec<u8>> {
        self.charge_per(Fee::DeserializeMessagePerByte, arguments.len())?;
        let arguments = tolerant(call.arguments(), arguments);
        let result = self.thunk(call, Reader::new(&arguments))?;
        fits(&result, capacity)?;
        Ok(result)
    }
}

fn fits(answer: &[u8], capacity: usize) -> Result<()> {
    ensure(answer.len() <= capacity, || {
        let text = "return buffer is not large enough for the return value";
        Fault::reversion(code::INSUFFICIENT_RETURN_BUFFER, text)
    })
}

pub(crate) fn unknown_thunk(id: u32, why: &str) -> Fault {
    Fault::reversion(code::UNKNOWN_THUNK, format!("thunk {id} {why}")).with("tid", id)
}

/// Turns the outcome of a call into the number and bytes that the contract receives, or into the
/// fault that ends it.
fn answer(outcome: Result<Vec<u8>>, is_exit: bool, window: &mut Window<'_>) -> Result<i32> {
    let (code, data) = match outcome {
        Ok(_) if is_exit => return Err(Fault::success()),
        Ok(result) => {
            window.answer(&result);
            return Ok(code::SUCCESS);
        }
        Err(fault) if fault.family() == Family::Std => return Err(fault),
        Err(fault) => (fault.code(), fault.data().clone()),
    };
    if is_exit {
        return Err(match code {
            code::SUCCESS => Fault::success(),
            code => Fault::from_exit(code, data),
        });
    }
    if code == code::SUCCESS {
        return Ok(code);
    }
    if data.len() > window.capacity() {
        window.set_written(0);
        return Ok(code::INSUFFICIENT_RETURN_BUFFER);
    }
    window.answer(&data);
    Ok(code)
}

/// Serves the imports of one running contract.
struct ContractHost<'c, 'e> {
    context: &'c mut Context<'e>,
    /// The tick counter when the meter was last up to date with it.
    synced: i64,
}

impl koinos_vm::Host for ContractHost<'_, '_> {
    type Error = Fault;

    fn call(
        &mut self,
        import: Import,
        arguments: [u32; 6],
        memory: Option<&mut [u8]>,
        ticks: &mut i64,
    ) -> Result<i32> {
        let mut window = Window::open(import, arguments, memory)?;
        self.context.meter.use_ticks(self.synced.wrapping_sub(*ticks) as u64)?;
        let outcome = match import {
            Import::InvokeThunk => self.context.invoke_thunk(arguments[0], &mut window),
            Import::InvokeSystemCall => self.context.invoke_system_call(arguments[0], &mut window),
        };
        // Fees and refunds inside the call change what is left to run on.
        self.synced = self.context.meter.tick_budget();
        *ticks = self.synced;
        outcome
    }
}

/// The parts of a contract's memory that a host call reads and writes. They may overlap.
struct Window<'m> {
    memory: &'m mut [u8],
    result: Range<usize>,
    arguments: Range<usize>,
    written: Range<usize>,
}

impl<'m> Window<'m> {
    /// Checks the pointers `(id, ret_ptr, ret_len, arg_ptr, arg_len, bytes_written)`, in the order
    /// the reference does.
    fn open(import: Import, call: [u32; 6], memory: Option<&'m mut [u8]>) -> Result<Self> {
        let memory = memory.ok_or_else(|| {
            let text = "fizzy_get_instance_memory_data() unexpectedly returned null pointer";
            Fault::reversion(code::REVERSION, text)
        })?;
        let range = |pointer: u32, length: u32, name: &str| {
            let (start, length) = (pointer as usize, length as usize);
            let inside = start <= memory.len() && memory.len() - start >= length;
            inside.then(|| start..start + length).ok_or_else(|| {
                let function = match import {
                    Import::InvokeThunk => "invoke_thunk",
                    Import::InvokeSystemCall => "invoke_system_call",
                };
                Fault::reversion(code::REVERSION, format!("invalid {name} in {function}()"))
            })
        };
        let result = range(call[1], call[2], "ret_ptr")?;
        let arguments = range(call[3], call[4], "arg_ptr")?;
        let written = range(call[5], 4, "bytes_written")?;
        Ok(Self { memory, result, arguments, written })
    }

    fn capacity(&self) -> usize {
        self.result.len()
    }

    fn arguments(&self) -> &[u8] {
        &self.memory[self.arguments.clone()]
    }

    fn set_written(&mut self, length: u32) {
        self.memory[self.written.clone()].copy_from_slice(&length.to_le_bytes());
    }

    /// Stores an answer that fits, and then its length: `written` may lie inside the result.
    fn answer(&mut self, bytes: &[u8]) {
        let start = self.result.start;
        self.memory[start..start + bytes.len()].copy_from_slice(bytes);
        self.set_written(bytes.len() as u32);
    }
}

fn module_fault(error: &ModuleError) -> Fault {
    let class = match error {
        ModuleError::Malformed(_) => "FizzyErrorMalformedModule",
        _ => "FizzyErrorInvalidModule",
    };
    let text = format!("could not parse fizzy module - {class}: {error}");
    Fault::reversion(code::REVERSION, text)
}

fn instance_fault(error: &InstantiateError) -> Fault {
    let class = match error {
        InstantiateError::TableLimit => "FizzyErrorMemoryAllocationFailed",
        _ => "FizzyErrorInstantiationFailed",
    };
    let text = format!("could not instantiate module - {class}: {error}");
    Fault::reversion(code::REVERSION, text)
}
