//! Function bodies: each instruction is decoded, validated, and handed to the translator.

use crate::check::Spaces;
use crate::error::ModuleError;
use crate::ir::{Code, Op};
use crate::opcode::{memory_access, numeric_type};
use crate::reader::Reader;
use crate::translate::Translator;
use crate::types::FuncType;
use crate::types::ValType::{self, F32, F64, I32, I64};
use crate::validate::{BlockKind, Validator};

type Result<T> = std::result::Result<T, ModuleError>;

/// What bodies may refer to.
pub(crate) struct Env<'e> {
    pub(crate) spaces: &'e Spaces<'e>,
    /// For each type index, the number that equal types share.
    pub(crate) type_ids: &'e [u32],
}

/// Validates the body of a function of the index space, and appends its translation.
pub(crate) fn translate(env: &Env<'_>, func: u32, body: &[u8], code: &mut Code) -> Result<()> {
    let mut reader = Reader::new(body);
    let Some(ty) = env.spaces.func_type(func) else {
        return Err(ModuleError::invalid("a function of an undeclared type"));
    };
    let locals = Locals::decode(&ty.params, &mut reader)?;
    let mut body = BodyTranslator {
        validator: Validator::new(ty.result),
        output: Translator::new(
            code,
            ty.params.len(),
            locals.declared,
            ty.result.is_some(),
            body.len(),
        ),
        env,
        reader,
        locals,
    };
    while !body.instruction()? {}
    if !body.reader.is_empty() {
        return Err(ModuleError::malformed("the size of a function body reaches past its section"));
    }
    body.output.finish();
    Ok(())
}

/// The types of a function's locals.
struct Locals<'t> {
    params: &'t [ValType],
    /// Groups of equal type, with the number of locals up to the group's end.
    groups: Vec<(u32, ValType)>,
    /// How many locals there are besides the parameters.
    declared: u32,
}

impl<'t> Locals<'t> {
    fn decode(params: &'t [ValType], reader: &mut Reader<'_>) -> Result<Self> {
        let counts = reader.vec(|reader| Ok((reader.u32()?, reader.val_type()?)))?;
        let mut declared = 0u32;
        let mut groups = Vec::with_capacity(counts.len());
        for (count, ty) in counts {
            declared = declared
                .checked_add(count)
                .ok_or_else(|| ModuleError::malformed("more locals than a function may have"))?;
            groups.push((declared, ty));
        }
        Ok(Self { params, groups, declared })
    }

    fn ty(&self, index: u32) -> Result<ValType> {
        if let Some(&ty) = self.params.get(index as usize) {
            return Ok(ty);
        }
        let index = index - self.params.len() as u32;
        let group = self.groups.partition_point(|&(end, _)| end <= index);
        let group = self.groups.get(group);
        group.map(|&(_, ty)| ty).ok_or_else(|| invalid("no such local"))
    }
}

struct BodyTranslator<'a> {
    env: &'a Env<'a>,
    reader: Reader<'a>,
    locals: Locals<'a>,
    validator: Validator,
    output: Translator<'a>,
}

impl BodyTranslator<'_> {
    /// Handles one instruction; true after the final `end`.
    fn instruction(&mut self) -> Result<bool> {
        let opcode = self.reader.byte()?;
        match opcode {
            0x0b => return self.end(),
            0x00..=0x11 => self.control(opcode)?,
            0x1a..=0x24 => self.variable(opcode)?,
            0x28..=0x40 => self.memory(opcode)?,
            0x41..=0x44 => self.constant(opcode)?,
            0x45..=0xbf => self.numeric(opcode)?,
            _ => return Err(unknown(opcode)),
        }
        Ok(false)
    }

    /// The translator, having counted one instruction, unless the code is dead.
    fn live(&mut self) -> Option<&mut Self> {
        if !self.output.is_live() {
            return None;
        }
        self.output.tick();
        Some(self)
    }

    fn control(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x00 => {
                self.validator.set_unreachable()?;
                if let Some(this) = self.live() {
                    this.output.trap(Op::Unreachable);
                }
            }
            0x01 => {
                self.live();
            }
            0x02 => {
                let result = self.reader.block_type()?;
                self.validator.open(BlockKind::Block, result);
                self.live();
                self.output.block(result.is_some());
            }
            0x03 => {
                let result = self.reader.block_type()?;
                self.validator.open(BlockKind::Loop, result);
                self.output.begin_loop(result.is_some());
            }
            0x04 => {
                self.validator.apply(&[I32], None)?;
                let result = self.reader.block_type()?;
                self.validator.open(BlockKind::If, result);
                self.live();
                self.output.begin_if(result.is_some());
            }
            0x05 => {
                self.validator.turn_to_else()?;
                self.live();
                self.output.turn_to_else();
            }
            0x0c..=0x0e => self.branch(opcode)?,
            0x0f => {
                let body = self.validator.depth() as u32 - 1;
                if let Some(ty) = self.validator.label(body)? {
                    self.validator.pop(ty)?;
                }
                self.validator.set_unreachable()?;
                if let Some(this) = self.live() {
                    this.output.return_now();
                }
            }
            0x10 => self.call()?,
            0x11 => self.call_indirect()?,
            _ => return Err(unknown(opcode)),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<bool> {
        let last = self.validator.close()?;
        if !last {
            self.output.end_block();
        }
        Ok(last)
    }

    fn branch(&mut self, opcode: u8) -> Result<()> {
        if opcode == 0x0e {
            return self.branch_table();
        }
        let conditional = opcode == 0x0d;
        if conditional {
            self.validator.apply(&[I32], None)?;
        }
        let depth = self.reader.u32()?;
        let value = self.validator.label(depth)?;
        if let Some(ty) = value {
            self.validator.pop(ty)?;
        }
        if conditional {
            // Not taken, it leaves the value where it was.
            value.into_iter().for_each(|ty| self.validator.push(ty));
        } else {
            self.validator.set_unreachable()?;
        }
        if let Some(this) = self.live() {
            if conditional {
                this.output.br_if(depth);
            } else {
                this.output.br(depth);
            }
        }
        Ok(())
    }

    fn branch_table(&mut self) -> Result<()> {
        self.validator.apply(&[I32], None)?;
        let depths = self.reader.vec(Reader::u32)?;
        let default = self.reader.u32()?;
        let open = self.validator.depth();
        if depths.iter().chain([&default]).any(|&depth| depth as usize >= open) {
            return Err(invalid("a branch past the outermost block"));
        }
        let value = self.validator.label(default)?;
        if let Some(ty) = value {
            self.validator.pop(ty)?;
        }
        for &depth in &depths {
            if self.validator.label(depth)? != value {
                return Err(invalid("the targets of a br_table want different values"));
            }
        }
        self.validator.set_unreachable()?;
        if let Some(this) = self.live() {
            this.output.br_table(&depths, default);
        }
        Ok(())
    }

    fn call(&mut self) -> Result<()> {
        let func = self.reader.u32()?;
        let spaces = self.env.spaces;
        let Some(FuncType { params, result }) = spaces.func_type(func) else {
            return Err(invalid("a call of a function that does not exist"));
        };
        self.validator.apply(params, *result)?;
        if let Some(this) = self.live() {
            let imported = spaces.imported_funcs as u32;
            let (op, callee) = match func.checked_sub(imported) {
                Some(body) => (Op::Call, body),
                None => (Op::CallHost, func),
            };
            this.output.call(op, callee, params.len(), result.is_some());
        }
        Ok(())
    }

    fn call_indirect(&mut self) -> Result<()> {
        self.validator.apply(&[I32], None)?;
        let spaces = self.env.spaces;
        if !spaces.has_table {
            return Err(invalid("an indirect call in a module without a table"));
        }
        let ty = self.reader.u32()? as usize;
        let Some(FuncType { params, result }) = spaces.types.get(ty) else {
            return Err(invalid("an indirect call of an undeclared type"));
        };
        self.validator.apply(params, *result)?;
        if self.reader.byte()? != 0 {
            return Err(ModuleError::malformed("an indirect call through a table other than 0"));
        }
        let type_id = self.env.type_ids[ty];
        if let Some(this) = self.live() {
            this.output.call_indirect(type_id, params.len(), result.is_some());
        }
        Ok(())
    }

    fn variable(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            0x1a => {
                self.validator.pop_any()?;
                if let Some(this) = self.live() {
                    this.output.drop_operand();
                }
            }
            0x1b => {
                self.validator.apply(&[I32], None)?;
                self.validator.select()?;
                if let Some(this) = self.live() {
                    this.output.select();
                }
            }
            0x20..=0x22 => {
                let local = self.reader.u32()?;
                let ty = self.locals.ty(local)?;
                match opcode {
                    0x20 => self.validator.push(ty),
                    0x21 => self.validator.pop(ty)?,
                    _ => {
                        self.validator.pop(ty)?;
                        self.validator.push(ty);
                    }
                }
                if let Some(this) = self.live() {
                    match opcode {
                        0x20 => this.output.local_get(local),
                        0x21 => this.output.local_set(local),
                        _ => this.output.local_tee(local),
                    }
                }
            }
            0x23 | 0x24 => {
                let global = self.reader.u32()?;
                let Some(ty) = self.env.spaces.globals.get(global as usize) else {
                    return Err(invalid("no such global"));
                };
                if opcode == 0x23 {
                    self.validator.push(ty.ty);
                    if let Some(this) = self.live() {
                        this.output.global_get(global);
                    }
                    return Ok(());
                }
                if !ty.mutable {
                    return Err(invalid("a constant global is set"));
                }
                self.validator.pop(ty.ty)?;
                if let Some(this) = self.live() {
                    this.output.global_set(global);
                }
            }
            _ => return Err(unknown(opcode)),
        }
        Ok(())
    }

    fn memory(&mut self, opcode: u8) -> Result<()> {
        let (op, params, result, max_align) = memory_access(opcode);
        self.validator.apply(params, result)?;
        if opcode >= 0x3f {
            if self.reader.byte()? != 0 {
                return Err(ModuleError::malformed("a memory other than 0"));
            }
            self.need_memory()?;
            if let Some(this) = self.live() {
                match op {
                    Op::MemorySize => this.output.memory_size(),
                    _ => this.output.memory_grow(),
                }
            }
            return Ok(());
        }
        if self.reader.u32()? > max_align {
            return Err(invalid("an access aligned beyond its own width"));
        }
        let offset = self.reader.u32()?;
        self.need_memory()?;
        if let Some(this) = self.live() {
            match (op, result) {
                (Op::Float, _) => this.output.trap(Op::Float),
                (op, Some(_)) => this.output.load(op, offset),
                (op, None) => this.output.store(op, offset),
            }
        }
        Ok(())
    }

    fn need_memory(&self) -> Result<()> {
        if !self.env.spaces.has_memory {
            return Err(invalid("a memory access in a module without memory"));
        }
        Ok(())
    }

    fn constant(&mut self, opcode: u8) -> Result<()> {
        let (ty, value) = match opcode {
            0x41 => (I32, Some(i64::from(self.reader.i32()?))),
            0x42 => (I64, Some(self.reader.i64()?)),
            0x43 => (F32, self.reader.bits32().map(|_| None)?),
            _ => (F64, self.reader.bits64().map(|_| None)?),
        };
        self.validator.push(ty);
        if let Some(this) = self.live() {
            match value {
                Some(value) => this.output.constant(value),
                None => this.output.trap(Op::Float),
            }
        }
        Ok(())
    }

    fn numeric(&mut self, opcode: u8) -> Result<()> {
        let (params, result) = numeric_type(opcode);
        self.validator.apply(params, Some(result))?;
        if let Some(this) = self.live() {
            this.output.numeric(opcode);
        }
        Ok(())
    }
}

fn unknown(opcode: u8) -> ModuleError {
    ModuleError::malformed(format!("unknown opcode {opcode:#04x}"))
}

fn invalid(text: &str) -> ModuleError {
    ModuleError::invalid(text)
}
