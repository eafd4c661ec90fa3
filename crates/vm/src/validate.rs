//! The types on the operand stack and the nesting of blocks: validation inside function bodies.

use crate::error::ModuleError;
use crate::types::ValType;

type Result<T> = std::result::Result<T, ModuleError>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// A `block`, or the body of the function.
    Block,
    Loop,
    If,
    Else,
}

/// An open block.
struct Block {
    kind: BlockKind,
    result: Option<ValType>,
    /// Operands that lie below the block and are out of its reach.
    height: usize,
    /// Whether the rest of the block is dead code, where the stack holds whatever is wanted.
    unreachable: bool,
}

/// The validation algorithm of the specification for one function body.
pub(crate) struct Validator {
    /// Types of the operands; `None` is an operand of dead code that may have any type.
    operands: Vec<Option<ValType>>,
    blocks: Vec<Block>,
}

impl Validator {
    /// Begins a body with the given result.
    pub(crate) fn new(result: Option<ValType>) -> Self {
        let body = Block { kind: BlockKind::Block, result, height: 0, unreachable: false };
        Self { operands: Vec::new(), blocks: vec![body] }
    }

    fn block(&self) -> Result<&Block> {
        self.blocks.last().ok_or_else(no_block)
    }

    pub(crate) fn push(&mut self, ty: ValType) {
        self.operands.push(Some(ty));
    }

    /// Takes an operand of the wanted type.
    pub(crate) fn pop(&mut self, wanted: ValType) -> Result<()> {
        match self.pop_any()? {
            Some(ty) if ty != wanted => Err(invalid("an operand of another type")),
            _ => Ok(()),
        }
    }

    /// Takes an operand of any type; `None` in dead code, when the type is not known.
    pub(crate) fn pop_any(&mut self) -> Result<Option<ValType>> {
        let block = self.block()?;
        if self.operands.len() > block.height {
            return Ok(self.operands.pop().flatten());
        }
        if block.unreachable { Ok(None) } else { Err(invalid("an operand is missing")) }
    }

    /// Takes the parameters of a call or instruction and leaves its result.
    pub(crate) fn apply(&mut self, params: &[ValType], result: Option<ValType>) -> Result<()> {
        let block = self.block()?;
        if !block.unreachable && self.operands.len() < block.height + params.len() {
            return Err(invalid("an operand is missing"));
        }
        for &param in params.iter().rev() {
            // Dead code gives all operands that are missing.
            if self.operands.len() == self.block()?.height {
                break;
            }
            self.pop(param)?;
        }
        self.operands.extend(result.map(Some));
        Ok(())
    }

    /// Takes the operands of `select` below its condition, and leaves the result.
    pub(crate) fn select(&mut self) -> Result<()> {
        let first = self.pop_any()?;
        let second = self.pop_any()?;
        match (first, second) {
            (Some(a), Some(b)) if a != b => Err(invalid("an operand of another type")),
            _ => {
                self.operands.push(first.or(second));
                Ok(())
            }
        }
    }

    /// The rest of the block is dead.
    pub(crate) fn set_unreachable(&mut self) -> Result<()> {
        let block = self.blocks.last_mut().ok_or_else(no_block)?;
        block.unreachable = true;
        self.operands.truncate(block.height);
        Ok(())
    }

    /// Opens a block; the condition of an `if` is already taken.
    pub(crate) fn open(&mut self, kind: BlockKind, result: Option<ValType>) {
        let height = self.operands.len();
        self.blocks.push(Block { kind, result, height, unreachable: false });
    }

    /// Turns the open `if` to its other branch.
    pub(crate) fn turn_to_else(&mut self) -> Result<()> {
        if self.block()?.kind != BlockKind::If {
            return Err(ModuleError::malformed("else without if"));
        }
        self.take_results()?;
        let block = self.blocks.last_mut().ok_or_else(no_block)?;
        block.kind = BlockKind::Else;
        block.unreachable = false;
        Ok(())
    }

    /// Closes the innermost block; true when it was the function's body.
    pub(crate) fn close(&mut self) -> Result<bool> {
        self.take_results()?;
        let block = self.blocks.pop().ok_or_else(no_block)?;
        if block.kind == BlockKind::If && block.result.is_some() {
            return Err(invalid("an if with a result and no else"));
        }
        if self.blocks.is_empty() {
            return Ok(true);
        }
        self.operands.extend(block.result.map(Some));
        Ok(false)
    }

    /// At the end of a block exactly its result may be left.
    fn take_results(&mut self) -> Result<()> {
        let block = self.block()?;
        let result = block.result;
        if self.operands.len() > block.height + usize::from(result.is_some()) {
            return Err(invalid("operands are left over at the end of a block"));
        }
        result.map_or(Ok(()), |ty| self.pop(ty))
    }

    /// How many blocks are open, the body included.
    pub(crate) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// The type of the value that a branch to a label carries. A branch to a loop carries none,
    /// for it goes to its beginning.
    pub(crate) fn label(&self, depth: u32) -> Result<Option<ValType>> {
        let index = self.blocks.len().checked_sub(depth as usize + 1);
        let block = index.and_then(|index| self.blocks.get(index));
        let block = block.ok_or_else(|| invalid("a branch past the outermost block"))?;
        Ok(if block.kind == BlockKind::Loop { None } else { block.result })
    }
}

fn no_block() -> ModuleError {
    ModuleError::malformed("instruction after the end of the function")
}

fn invalid(text: &str) -> ModuleError {
    ModuleError::invalid(text)
}
