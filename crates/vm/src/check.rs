//! Validation of a module's sections against each other, function bodies excepted.

use std::collections::HashSet;

use crate::decode::{Const, ExportKind, ImportItem, Sections};
use crate::error::ModuleError;
use crate::types::{FuncType, GlobalType, ValType};

type Result<T> = std::result::Result<T, ModuleError>;

/// The index spaces of a module: imports first, then what the module defines.
pub(crate) struct Spaces<'s> {
    pub(crate) types: &'s [FuncType],
    /// The type index of every function.
    pub(crate) funcs: Vec<u32>,
    pub(crate) imported_funcs: usize,
    pub(crate) globals: Vec<GlobalType>,
    pub(crate) imported_globals: usize,
    pub(crate) has_table: bool,
    pub(crate) has_memory: bool,
}

impl<'s> Spaces<'s> {
    /// Validates the sections, and gathers what function bodies may refer to.
    pub(crate) fn check(sections: &'s Sections<'_>) -> Result<Self> {
        let mut spaces = Self {
            types: &sections.types,
            funcs: Vec::new(),
            imported_funcs: 0,
            globals: Vec::new(),
            imported_globals: 0,
            has_table: false,
            has_memory: false,
        };
        let (imported_tables, imported_memories) = spaces.imports(sections)?;
        if sections.funcs.iter().any(|&ty| ty as usize >= sections.types.len()) {
            return Err(invalid("a function of an undeclared type"));
        }
        spaces.funcs.extend(&sections.funcs);
        spaces.globals.extend(sections.globals.iter().map(|global| global.ty));

        if sections.tables.len() > 1 {
            return Err(invalid("more than one table"));
        }
        if sections.memories.len() > 1 {
            return Err(invalid("more than one memory"));
        }
        spaces.has_memory = one(imported_memories, sections.memories.len(), "memory")?;
        spaces.data(sections)?;
        spaces.has_table = one(imported_tables, sections.tables.len(), "table")?;
        spaces.elements(sections)?;
        spaces.global_inits(sections)?;
        if sections.funcs.len() != sections.bodies.len() {
            return Err(ModuleError::malformed(
                "as many function bodies as declared functions are needed",
            ));
        }
        spaces.exports(sections)?;
        spaces.start(sections)?;
        Ok(spaces)
    }

    /// The type of a function of the index space.
    pub(crate) fn func_type(&self, func: u32) -> Option<&'s FuncType> {
        let ty = *self.funcs.get(func as usize)?;
        self.types.get(ty as usize)
    }

    /// Sorts the imports into the index spaces; returns how many tables and memories there are.
    fn imports(&mut self, sections: &Sections<'_>) -> Result<(usize, usize)> {
        let (mut tables, mut memories) = (0, 0);
        for import in &sections.imports {
            match import.item {
                ImportItem::Func(ty) if ty as usize >= sections.types.len() => {
                    return Err(invalid("an imported function of an undeclared type"));
                }
                ImportItem::Func(ty) => self.funcs.push(ty),
                ImportItem::Table => tables += 1,
                ImportItem::Memory => memories += 1,
                ImportItem::Global(ty) => self.globals.push(ty),
            }
        }
        self.imported_funcs = self.funcs.len();
        self.imported_globals = self.globals.len();
        Ok((tables, memories))
    }

    fn data(&self, sections: &Sections<'_>) -> Result<()> {
        if !sections.data.is_empty() && !self.has_memory {
            return Err(invalid("data segments in a module without memory"));
        }
        sections.data.iter().try_for_each(|data| self.constant(data.offset, ValType::I32))
    }

    fn elements(&self, sections: &Sections<'_>) -> Result<()> {
        if !sections.elements.is_empty() && !self.has_table {
            return Err(invalid("element segments in a module without a table"));
        }
        for element in &sections.elements {
            self.constant(element.offset, ValType::I32)?;
            if element.funcs.iter().any(|&func| func as usize >= self.funcs.len()) {
                return Err(invalid("an element segment names a function that does not exist"));
            }
        }
        Ok(())
    }

    fn global_inits(&self, sections: &Sections<'_>) -> Result<()> {
        for global in &sections.globals {
            self.constant(global.init, global.ty.ty)?;
            if matches!(global.init, Const::Global(index) if index as usize >= self.imported_globals)
            {
                return Err(invalid("an initial value taken from a global that is not imported"));
            }
        }
        Ok(())
    }

    fn constant(&self, constant: Const, wanted: ValType) -> Result<()> {
        let Const::Global(index) = constant else { return Ok(()) };
        let Some(global) = self.globals.get(index as usize) else {
            return Err(invalid("an initial value taken from a global that does not exist"));
        };
        if global.mutable {
            return Err(invalid("an initial value taken from a variable global"));
        }
        if global.ty != wanted {
            return Err(invalid("an initial value of another type"));
        }
        Ok(())
    }

    fn exports(&self, sections: &Sections<'_>) -> Result<()> {
        let mut names = HashSet::new();
        for export in &sections.exports {
            let (known, kind) = match export.kind {
                ExportKind::Func => (self.funcs.len(), "function"),
                ExportKind::Table => (usize::from(self.has_table), "table"),
                ExportKind::Memory => (usize::from(self.has_memory), "memory"),
                ExportKind::Global => (self.globals.len(), "global"),
            };
            if export.index as usize >= known {
                return Err(invalid(format!("an export of a {kind} that does not exist")));
            }
            if !names.insert(export.name) {
                return Err(invalid(format!("two exports named {}", export.name)));
            }
        }
        Ok(())
    }

    fn start(&self, sections: &Sections<'_>) -> Result<()> {
        let Some(start) = sections.start else { return Ok(()) };
        let Some(ty) = self.func_type(start) else {
            return Err(invalid("the start function does not exist"));
        };
        if !ty.params.is_empty() || ty.result.is_some() {
            return Err(invalid("the start function has parameters or a result"));
        }
        Ok(())
    }
}

/// Checks that a thing of which a module has at most one is not both imported and defined.
fn one(imported: usize, defined: usize, name: &str) -> Result<bool> {
    if imported > 1 {
        return Err(invalid(format!("more than one imported {name}")));
    }
    if imported + defined > 1 {
        return Err(invalid(format!("a {name} of its own beside an imported one")));
    }
    Ok(imported + defined == 1)
}

fn invalid(text: impl Into<String>) -> ModuleError {
    ModuleError::invalid(text)
}
