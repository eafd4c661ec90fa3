//! A module with a memory and globals of its own.

use std::sync::Arc;

use crate::error::{InstantiateError, NoStart, Trap};
use crate::exec::{self, Activation};
use crate::host::{Host, Import, Outcome, Run};
use crate::memory::Memory;
use crate::module::{Module, StartExport};
use crate::types::Value;
use crate::{START_DEPTH, START_SECTION_TICKS};

/// A module brought to life for one execution.
pub struct Instance {
    module: Arc<Module>,
    memory: Option<Memory>,
    globals: Vec<u64>,
}

impl Instance {
    /// Instantiates a module: sets up memory and globals and runs the start section.
    ///
    /// Consensus rules: the start section runs without a meter, from call depth 0, and traps if it
    /// calls the host. To end at all, it may execute [`START_SECTION_TICKS`] instructions.
    ///
    /// # Errors
    ///
    /// [`InstantiateError`] when an import is not offered, memory or table are too large, a
    /// segment does not fit, or the start section fails.
    pub fn new(module: &Arc<Module>) -> Result<Self, InstantiateError> {
        module.linked.clone()?;
        let mut memory = module.memory.map(|(pages, max)| Memory::new(pages, max));
        if let Some(memory) = &mut memory {
            let memory = memory.bytes_mut();
            for (offset, bytes) in &module.data {
                memory[*offset..*offset + bytes.len()].copy_from_slice(bytes);
            }
        }
        let globals = module.globals.iter().map(|&(_, bits)| bits).collect();
        let mut instance = Self { module: Arc::clone(module), memory, globals };
        instance.run_start_section()?;
        Ok(instance)
    }

    fn run_start_section(&mut self) -> Result<(), InstantiateError> {
        let Some(func) = self.module.start_section else { return Ok(()) };
        // An imported function cannot be called from here.
        let body = func.checked_sub(self.module.imports.len() as u32);
        let body = body.ok_or(InstantiateError::StartFunction)?;
        let activation = Activation { body, depth: 0, page_ticks: 0 };
        match self.run(&mut NoHost, activation, START_SECTION_TICKS).outcome {
            Outcome::Finished => Ok(()),
            _ => Err(InstantiateError::StartFunction),
        }
    }

    /// Runs the exported function `_start`, at call depth [`START_DEPTH`], with a budget of
    /// `ticks`. A result of the function is ignored.
    ///
    /// The machine keeps the calls inside the module on the heap; of the thread's stack it takes
    /// less than 1 KiB (when optimised), whatever the module does, plus what host calls take.
    ///
    /// # Errors
    ///
    /// [`NoStart`] when the module exports no function of that name.
    pub fn start<H: Host>(&mut self, host: &mut H, ticks: i64) -> Result<Run<H::Error>, NoStart> {
        let body = match self.module.start_export.ok_or(NoStart)? {
            StartExport::Body(body) => body,
            StartExport::Unfit => {
                return Ok(Run { outcome: Outcome::Trap(Trap::BadStart), ticks_left: ticks });
            }
        };
        Ok(self.run(host, Activation { body, depth: START_DEPTH, page_ticks: 1 }, ticks))
    }

    fn run<H: Host>(&mut self, host: &mut H, activation: Activation, ticks: i64) -> Run<H::Error> {
        exec::run(&self.module, self.memory.as_mut(), &mut self.globals, host, activation, ticks)
    }

    /// The memory; empty for a module without one.
    pub fn memory(&self) -> &[u8] {
        self.memory.as_ref().map_or(&[], Memory::bytes)
    }

    /// The value of an exported global.
    pub fn exported_global(&self, name: &str) -> Option<Value> {
        let exports = &self.module.global_exports;
        let (_, index) = exports.iter().find(|(exported, _)| **exported == *name)?;
        let (ty, _) = *self.module.globals.get(*index as usize)?;
        let bits = *self.globals.get(*index as usize)?;
        Some(Value::new(ty, bits))
    }
}

/// The host of the start section: every call fails.
struct NoHost;

impl Host for NoHost {
    type Error = ();

    fn call(
        &mut self,
        _: Import,
        _: [u32; 6],
        _: Option<&mut [u8]>,
        _: &mut i64,
    ) -> Result<i32, ()> {
        Err(())
    }
}
