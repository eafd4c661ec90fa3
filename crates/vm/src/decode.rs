//! From bytes to sections: the outer structure of a WebAssembly 1.0 binary.
//!
//! Only the form is looked at here, in the order of the bytes; what the parts mean to each other
//! is the matter of [`crate::check`].

use std::ops::Range;

use crate::error::ModuleError;
use crate::reader::Reader;
use crate::types::{FuncType, GlobalType, Limits, ValType};

type Result<T> = std::result::Result<T, ModuleError>;

/// Magic number and version of the binary format.
const PREFIX: [u8; 8] = *b"\0asm\x01\0\0\0";

/// The sections of a module as they stand in the binary.
#[derive(Default)]
pub(crate) struct Sections<'a> {
    pub(crate) types: Vec<FuncType>,
    pub(crate) imports: Vec<Import<'a>>,
    /// Type indices of the module's own functions.
    pub(crate) funcs: Vec<u32>,
    pub(crate) tables: Vec<Limits>,
    pub(crate) memories: Vec<Limits>,
    pub(crate) globals: Vec<Global>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) start: Option<u32>,
    pub(crate) elements: Vec<Element>,
    /// The bodies: locals and code.
    pub(crate) bodies: Vec<&'a [u8]>,
    pub(crate) data: Vec<Data<'a>>,
}

pub(crate) struct Import<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) item: ImportItem,
}

#[derive(Clone, Copy)]
pub(crate) enum ImportItem {
    /// A function with this type index.
    Func(u32),
    Table,
    Memory,
    Global(GlobalType),
}

pub(crate) struct Global {
    pub(crate) ty: GlobalType,
    pub(crate) init: Const,
}

/// A constant expression.
#[derive(Clone, Copy)]
pub(crate) enum Const {
    /// The bits of a constant of the wanted type.
    Bits(u64),
    /// The value of a global.
    Global(u32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportKind {
    Func,
    Table,
    Memory,
    Global,
}

pub(crate) struct Export<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: ExportKind,
    pub(crate) index: u32,
}

pub(crate) struct Element {
    pub(crate) offset: Const,
    pub(crate) funcs: Vec<u32>,
}

pub(crate) struct Data<'a> {
    pub(crate) offset: Const,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Sections<'a> {
    /// Reads all sections of a binary.
    pub(crate) fn decode(wasm: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(wasm);
        if !wasm.starts_with(&PREFIX) {
            return Err(malformed("not a WebAssembly 1.0 binary: other first eight bytes"));
        }
        reader.take(PREFIX.len())?;
        let mut sections = Self::default();
        let mut last_id = 0;
        while !reader.is_empty() {
            let id = reader.byte()?;
            if id != 0 {
                if id <= last_id {
                    return Err(malformed("a section is repeated or out of order"));
                }
                last_id = id;
            }
            let size = reader.u32()? as usize;
            if reader.remaining() < size {
                return Err(malformed("the binary ends too early"));
            }
            let range = reader.position()..reader.position() + size;
            sections.section(id, &mut reader, wasm, &range)?;
            if reader.position() != range.end {
                let difference = reader.position() as i64 - range.end as i64;
                return Err(malformed(format!(
                    "section {id} is {difference} bytes off its stated size"
                )));
            }
        }
        Ok(sections)
    }

    /// Reads one section. A section may run into the next one; its end is checked afterwards.
    fn section(
        &mut self,
        id: u8,
        reader: &mut Reader<'a>,
        wasm: &'a [u8],
        range: &Range<usize>,
    ) -> Result<()> {
        match id {
            0 => {
                // A custom section: only its name must be readable.
                Reader::new(&wasm[range.clone()]).name()?;
                reader.take(range.len())?;
            }
            1 => self.types = reader.vec(func_type)?,
            2 => self.imports = reader.vec(import)?,
            3 => self.funcs = reader.vec(Reader::u32)?,
            4 => self.tables = reader.vec(table)?,
            5 => self.memories = reader.vec(memory)?,
            6 => self.globals = reader.vec(global)?,
            7 => self.exports = reader.vec(export)?,
            8 => self.start = Some(reader.u32()?),
            9 => self.elements = reader.vec(element)?,
            10 => self.bodies = reader.vec(sized_bytes)?,
            11 => self.data = reader.vec(data)?,
            _ => return Err(malformed(format!("unknown section {id}"))),
        }
        Ok(())
    }
}

fn func_type(reader: &mut Reader<'_>) -> Result<FuncType> {
    let form = reader.byte()?;
    if form != 0x60 {
        return Err(malformed(format!("a function type begins with {form:#04x}")));
    }
    let params = reader.vec(Reader::val_type)?.into_boxed_slice();
    let results = reader.vec(Reader::val_type)?;
    if results.len() > 1 {
        return Err(invalid("a function type with several results"));
    }
    Ok(FuncType { params, result: results.first().copied() })
}

fn import<'a>(reader: &mut Reader<'a>) -> Result<Import<'a>> {
    let module = reader.name()?;
    let name = reader.name()?;
    let item = match reader.byte()? {
        0 => ImportItem::Func(reader.u32()?),
        1 => table(reader).map(|_| ImportItem::Table)?,
        2 => memory(reader).map(|_| ImportItem::Memory)?,
        3 => ImportItem::Global(global_type(reader)?),
        kind => return Err(malformed(format!("an import of unknown kind {kind}"))),
    };
    Ok(Import { module, name, item })
}

fn table(reader: &mut Reader<'_>) -> Result<Limits> {
    let element = reader.byte()?;
    if element != 0x70 {
        return Err(malformed(format!("a table of elements {element:#04x}")));
    }
    limits(reader)
}

fn memory(reader: &mut Reader<'_>) -> Result<Limits> {
    /// Pages in 4 GiB, all that 32-bit addresses reach.
    const ADDRESSABLE: u32 = 1 << 16;
    let limits = limits(reader)?;
    if limits.min > ADDRESSABLE || limits.max.is_some_and(|max| max > ADDRESSABLE) {
        return Err(invalid("a memory beyond 65536 pages"));
    }
    Ok(limits)
}

fn limits(reader: &mut Reader<'_>) -> Result<Limits> {
    match reader.byte()? {
        0 => Ok(Limits { min: reader.u32()?, max: None }),
        1 => {
            let (min, max) = (reader.u32()?, reader.u32()?);
            if min > max {
                return Err(invalid("a minimum above the maximum"));
            }
            Ok(Limits { min, max: Some(max) })
        }
        kind => Err(malformed(format!("limits of unknown form {kind}"))),
    }
}

fn global_type(reader: &mut Reader<'_>) -> Result<GlobalType> {
    let ty = reader.val_type()?;
    match reader.byte()? {
        mutability @ (0 | 1) => Ok(GlobalType { ty, mutable: mutability == 1 }),
        byte => Err(malformed(format!("a global of unknown mutability {byte}"))),
    }
}

fn global(reader: &mut Reader<'_>) -> Result<Global> {
    let ty = global_type(reader)?;
    let init = constant(reader, ty.ty)?;
    Ok(Global { ty, init })
}

fn export<'a>(reader: &mut Reader<'a>) -> Result<Export<'a>> {
    let name = reader.name()?;
    let kind = match reader.byte()? {
        0 => ExportKind::Func,
        1 => ExportKind::Table,
        2 => ExportKind::Memory,
        3 => ExportKind::Global,
        kind => return Err(malformed(format!("an export of unknown kind {kind}"))),
    };
    Ok(Export { name, kind, index: reader.u32()? })
}

fn element(reader: &mut Reader<'_>) -> Result<Element> {
    let table = reader.u32()?;
    if table != 0 {
        return Err(invalid(format!("an element segment for table {table}")));
    }
    let offset = constant(reader, ValType::I32)?;
    Ok(Element { offset, funcs: reader.vec(Reader::u32)? })
}

fn data<'a>(reader: &mut Reader<'a>) -> Result<Data<'a>> {
    let memory = reader.u32()?;
    if memory != 0 {
        return Err(invalid(format!("a data segment for memory {memory}")));
    }
    let offset = constant(reader, ValType::I32)?;
    Ok(Data { offset, bytes: sized_bytes(reader)? })
}

fn sized_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    let size = reader.u32()? as usize;
    reader.take(size)
}

/// A constant expression: one constant, or one `global.get`.
fn constant(reader: &mut Reader<'_>, wanted: ValType) -> Result<Const> {
    let (value, ty) = match reader.byte()? {
        0x0b => return Err(invalid("an initial value is missing")),
        0x23 => (Const::Global(reader.u32()?), None),
        0x41 => (Const::Bits(u64::from(reader.i32()? as u32)), Some(ValType::I32)),
        0x42 => (Const::Bits(reader.i64()? as u64), Some(ValType::I64)),
        0x43 => (Const::Bits(u64::from(reader.bits32()?)), Some(ValType::F32)),
        0x44 => (Const::Bits(reader.bits64()?), Some(ValType::F64)),
        opcode => {
            return Err(invalid(format!("opcode {opcode:#04x} in an initial value")));
        }
    };
    if reader.byte()? != 0x0b {
        return Err(invalid("several instructions in an initial value"));
    }
    if ty.is_some_and(|ty| ty != wanted) {
        return Err(invalid("an initial value of another type"));
    }
    Ok(value)
}

fn malformed(text: impl Into<String>) -> ModuleError {
    ModuleError::malformed(text)
}

fn invalid(text: impl Into<String>) -> ModuleError {
    ModuleError::invalid(text)
}
