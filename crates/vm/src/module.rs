//! A module, ready to be instantiated as often as wanted.

use std::collections::{BTreeMap, HashMap};

use crate::body::{self, Env};
use crate::check::Spaces;
use crate::decode::{Const, ExportKind, Import as ImportEntry, ImportItem, Sections};
use crate::error::{InstantiateError, ModuleError};
use crate::host::Import;
use crate::ir::Code;
use crate::types::{FuncType, GlobalType, ValType};
use crate::{MAX_MEMORY_PAGES, PAGE_SIZE};

/// The parameters of both host functions; their result is an i32.
const HOST_PARAMS: [ValType; 6] = [ValType::I32; 6];

/// Entries of a table beyond which instantiation fails as if memory had run out. Consensus has no
/// such rule; the original implementation allocates 32 bytes for each entry, so that its hosts
/// fail somewhere there. Here an entry takes memory only if an element segment fills it.
const MAX_TABLE_ENTRIES: u32 = 1 << 29;

/// A decoded, validated, and translated module. Immutable; instances share it.
pub struct Module {
    pub(crate) code: Code,
    /// The host function behind each imported function.
    pub(crate) imports: Vec<Import>,
    /// Of each function, the number that functions of equal type share.
    pub(crate) func_types: Vec<u32>,
    pub(crate) table: Table,
    /// Pages at the beginning and at most.
    pub(crate) memory: Option<(u32, u32)>,
    pub(crate) globals: Vec<(ValType, u64)>,
    pub(crate) global_exports: Vec<(Box<str>, u32)>,
    /// The function of the start section.
    pub(crate) start_section: Option<u32>,
    /// The function exported as `_start`.
    pub(crate) start_export: Option<StartExport>,
    pub(crate) data: Vec<(usize, Box<[u8]>)>,
    /// Whether it can be instantiated at all, start section excepted: imports, limits, and
    /// segments are all settled by the module itself.
    pub(crate) linked: Result<(), InstantiateError>,
}

/// What the export `_start` is.
#[derive(Clone, Copy)]
pub(crate) enum StartExport {
    /// A body without parameters.
    Body(u32),
    /// Anything else.
    Unfit,
}

impl Module {
    /// Decodes, validates, and translates a WebAssembly 1.0 binary, in time and memory linear in
    /// its size.
    ///
    /// Consensus rule: exactly the modules that WebAssembly 1.0 allows are accepted, without its
    /// later extensions and without limits of the implementation.
    ///
    /// # Errors
    ///
    /// [`ModuleError`] when the bytes are malformed or the module is invalid.
    pub fn new(wasm: &[u8]) -> Result<Self, ModuleError> {
        let sections = Sections::decode(wasm)?;
        let spaces = Spaces::check(&sections)?;
        let type_ids = type_ids(&sections.types);
        let mut code = Code::default();
        let env = Env { spaces: &spaces, type_ids: &type_ids };
        for (index, body) in sections.bodies.iter().enumerate() {
            body::translate(&env, (spaces.imported_funcs + index) as u32, body, &mut code)?;
        }
        let mut module = Self {
            code,
            imports: Vec::new(),
            func_types: spaces.funcs.iter().map(|&ty| type_ids[ty as usize]).collect(),
            table: Table::default(),
            memory: None,
            globals: Vec::new(),
            global_exports: Vec::new(),
            start_section: sections.start,
            start_export: None,
            data: Vec::new(),
            linked: Ok(()),
        };
        module.code.instrs.shrink_to_fit();
        module.code.unspent.shrink_to_fit();
        module.exports(&sections, &spaces);
        module.linked = module.link(&sections);
        Ok(module)
    }

    /// Bytes of memory the module takes, about.
    pub fn size(&self) -> usize {
        let data: usize = self.data.iter().map(|(_, bytes)| bytes.len() + 32).sum();
        let exports: usize = self.global_exports.iter().map(|(name, _)| name.len() + 24).sum();
        size_of::<Self>()
            + self.code.size()
            + size_of_val(&*self.func_types)
            + self.table.size()
            + size_of_val(&*self.globals)
            + data
            + exports
    }

    fn exports(&mut self, sections: &Sections<'_>, spaces: &Spaces<'_>) {
        for export in &sections.exports {
            match export.kind {
                ExportKind::Global => self.global_exports.push((export.name.into(), export.index)),
                ExportKind::Func if export.name == "_start" => {
                    let body = export.index.checked_sub(spaces.imported_funcs as u32);
                    let ty = spaces.func_type(export.index);
                    self.start_export = Some(match (body, ty) {
                        (Some(body), Some(ty)) if ty.params.is_empty() => StartExport::Body(body),
                        _ => StartExport::Unfit,
                    });
                }
                _ => {}
            }
        }
    }

    /// Settles, in the order in which the chain notices, whether instantiation succeeds.
    fn link(&mut self, sections: &Sections<'_>) -> Result<(), InstantiateError> {
        self.imports = link_imports(sections)?;
        self.globals =
            sections.globals.iter().map(|global| (global.ty.ty, constant(global.init))).collect();
        let table = sections.tables.first().map_or(0, |limits| limits.min);
        if table > MAX_TABLE_ENTRIES {
            return Err(InstantiateError::TableLimit);
        }
        if let Some(limits) = sections.memories.first() {
            let max = limits.max.unwrap_or(MAX_MEMORY_PAGES);
            if limits.min > MAX_MEMORY_PAGES || max > MAX_MEMORY_PAGES {
                return Err(InstantiateError::MemoryLimit);
            }
            self.memory = Some((limits.min, max));
        }
        let memory = self.memory.map_or(0, |(pages, _)| pages as usize * PAGE_SIZE);
        for data in &sections.data {
            let offset = constant(data.offset) as usize;
            if offset + data.bytes.len() > memory {
                return Err(InstantiateError::DataSegment);
            }
            if !data.bytes.is_empty() {
                self.data.push((offset, data.bytes.into()));
            }
        }
        let mut entries = BTreeMap::new();
        for element in &sections.elements {
            let offset = constant(element.offset);
            if offset + element.funcs.len() as u64 > u64::from(table) {
                return Err(InstantiateError::ElementSegment);
            }
            entries.extend((offset as u32..).zip(element.funcs.iter().copied()));
        }
        self.table = Table::new(table, entries);
        Ok(())
    }
}

/// Numbers the types so that equal ones get the same number.
fn type_ids(types: &[FuncType]) -> Vec<u32> {
    let mut ids = HashMap::new();
    types
        .iter()
        .map(|ty| {
            let next = ids.len() as u32;
            *ids.entry(ty).or_insert(next)
        })
        .collect()
}

/// A constant expression of a module without imported globals. (With one, linking has failed.)
fn constant(value: Const) -> u64 {
    match value {
        Const::Bits(bits) => bits,
        Const::Global(_) => 0,
    }
}

/// Finds the host functions that a module imports: functions first, then all else, which no
/// module gets.
fn link_imports(sections: &Sections<'_>) -> Result<Vec<Import>, InstantiateError> {
    let mut imports = Vec::new();
    for import in &sections.imports {
        if let ImportItem::Func(ty) = import.item {
            imports.push(link_function(import, &sections.types[ty as usize])?);
        }
    }
    let has = |wanted: fn(&ImportItem) -> bool| sections.imports.iter().find(|i| wanted(&i.item));
    if let Some(ImportEntry { module, name, .. }) = has(is_global) {
        let text = format!("the chain offers no global {module}.{name}");
        return Err(InstantiateError::import(text));
    }
    for (kind, wanted) in [("table", is_table as fn(&_) -> bool), ("memory", is_memory)] {
        if has(wanted).is_some() {
            let text = format!("the chain offers no {kind} to import");
            return Err(InstantiateError::import(text));
        }
    }
    Ok(imports)
}

fn is_global(item: &ImportItem) -> bool {
    matches!(item, ImportItem::Global(GlobalType { .. }))
}

fn is_table(item: &ImportItem) -> bool {
    matches!(item, ImportItem::Table)
}

fn is_memory(item: &ImportItem) -> bool {
    matches!(item, ImportItem::Memory)
}

fn link_function(
    ImportEntry { module, name, .. }: &ImportEntry<'_>,
    ty: &FuncType,
) -> Result<Import, InstantiateError> {
    let import = match (*module, *name) {
        ("env", "invoke_thunk") => Import::InvokeThunk,
        ("env", "invoke_system_call") => Import::InvokeSystemCall,
        _ => {
            let text = format!("the chain offers no function {module}.{name}");
            return Err(InstantiateError::import(text));
        }
    };
    if *ty.params != HOST_PARAMS || ty.result != Some(ValType::I32) {
        let text = format!("{module}.{name} is imported with another type than it has");
        return Err(InstantiateError::import(text));
    }
    Ok(import)
}

/// The table after instantiation; in WebAssembly 1.0 nothing changes it then.
#[derive(Default)]
pub(crate) struct Table {
    len: u32,
    /// Filled stretches: first index and functions, in order and apart from each other.
    stretches: Vec<(u32, Vec<u32>)>,
}

/// What stands at an index of the table.
pub(crate) enum TableEntry {
    Func(u32),
    Null,
    OutOfBounds,
}

impl Table {
    fn new(len: u32, entries: BTreeMap<u32, u32>) -> Self {
        let mut stretches: Vec<(u32, Vec<u32>)> = Vec::new();
        for (index, func) in entries {
            match stretches.last_mut() {
                Some((first, funcs)) if *first + funcs.len() as u32 == index => funcs.push(func),
                _ => stretches.push((index, vec![func])),
            }
        }
        Self { len, stretches }
    }

    pub(crate) fn get(&self, index: u32) -> TableEntry {
        if index >= self.len {
            return TableEntry::OutOfBounds;
        }
        let after = self.stretches.partition_point(|&(first, _)| first <= index);
        let stretch = after.checked_sub(1).and_then(|position| self.stretches.get(position));
        let func = stretch.and_then(|(first, funcs)| funcs.get((index - first) as usize));
        func.map_or(TableEntry::Null, |&func| TableEntry::Func(func))
    }

    fn size(&self) -> usize {
        self.stretches.iter().map(|(_, funcs)| 32 + size_of_val(&**funcs)).sum()
    }
}
