//! The types of WebAssembly 1.0.

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ValType {
    I32,
    I64,
    F32,
    F64,
}

impl ValType {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x7f => Some(Self::I32),
            0x7e => Some(Self::I64),
            0x7d => Some(Self::F32),
            0x7c => Some(Self::F64),
            _ => None,
        }
    }
}

/// A value with its type; floats by their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A 32-bit integer.
    I32(u32),
    /// A 64-bit integer.
    I64(u64),
    /// The bits of a 32-bit float.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
}

impl Value {
    pub(crate) fn new(ty: ValType, bits: u64) -> Self {
        match ty {
            ValType::I32 => Self::I32(bits as u32),
            ValType::I64 => Self::I64(bits),
            ValType::F32 => Self::F32(bits as u32),
            ValType::F64 => Self::F64(bits),
        }
    }
}

/// The type of a function; WebAssembly 1.0 has at most one result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FuncType {
    pub(crate) params: Box<[ValType]>,
    pub(crate) result: Option<ValType>,
}

/// The size of a table or memory: in entries or pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GlobalType {
    pub(crate) ty: ValType,
    pub(crate) mutable: bool,
}
