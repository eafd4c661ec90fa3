//! Random valid modules: a walk over the instructions that the operand stack allows.
//!
//! The walk does not build expressions but picks whatever fits, so that locals change while older
//! values of them still wait on the stack, values cross blocks, and branches drop operands.

/// A small generator of pseudo-random numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

const I32: u8 = 0x7f;
const I64: u8 = 0x7e;
const F32: u8 = 0x7d;
const F64: u8 = 0x7c;

/// The types of the module: parameters and result.
const TYPES: [(&[u8], Option<u8>); 6] = [
    (&[], None),
    (&[I32; 6], Some(I32)),
    (&[I32], Some(I32)),
    (&[I64, I32], Some(I64)),
    (&[F32, I64, F64], None),
    (&[], Some(I64)),
];

/// The globals: type and bits.
const GLOBALS: [u8; 4] = [I32, I64, F32, F64];

const IMPORTS: u32 = 2;

struct Block {
    base: usize,
    result: Option<u8>,
    is_loop: bool,
}

struct Walk<'r> {
    random: &'r mut Random,
    code: Vec<u8>,
    stack: Vec<u8>,
    blocks: Vec<Block>,
    locals: Vec<u8>,
    funcs: Vec<usize>,
    left: usize,
}

/// A random module with `_start`, globals `g0` to `g3`, and a memory.
pub(crate) fn module(random: &mut Random) -> Vec<u8> {
    let own = 2 + random.below(4);
    let mut funcs = vec![1, 1, 0];
    funcs.extend((1..own).map(|_| 2 + random.below(TYPES.len() - 2)));
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    let types = TYPES.iter().map(|(params, result)| {
        let mut ty = vec![0x60];
        ty.extend(vector(params.iter().map(|&param| vec![param])));
        ty.extend(vector(result.iter().map(|&result| vec![result])));
        ty
    });
    section(&mut wasm, 1, vector(types));
    let imports = ["invoke_thunk", "invoke_system_call"]
        .iter()
        .map(|name| [bytes(b"env"), bytes(name.as_bytes()), vec![0, 1]].concat());
    section(&mut wasm, 2, vector(imports));
    section(&mut wasm, 3, vector(funcs[2..].iter().map(|&ty| vec![ty as u8])));
    section(&mut wasm, 4, vec![1, 0x70, 0, 12]);
    section(&mut wasm, 5, vec![1, 1, 1, 4]);
    let globals = GLOBALS.iter().map(|&ty| {
        let init = match ty {
            I32 => vec![0x41, 5],
            I64 => vec![0x42, 0x7b],
            F32 => vec![0x43, 1, 2, 3, 4],
            _ => vec![0x44, 1, 2, 3, 4, 5, 6, 7, 8],
        };
        [vec![ty, 1], init, vec![0x0b]].concat()
    });
    section(&mut wasm, 6, vector(globals));
    let mut exports = vec![[bytes(b"_start"), vec![0, IMPORTS as u8]].concat()];
    exports.extend((0..4u8).map(|index| [vec![2, b'g', b'0' + index], vec![3, index]].concat()));
    section(&mut wasm, 7, vector(exports));
    let entries = (0..9).map(|_| number(random.below(funcs.len()) as u64)).collect::<Vec<_>>();
    let element = [vec![0, 0x41, 1, 0x0b], vector(entries)].concat();
    section(&mut wasm, 9, vector([element]));
    let bodies: Vec<_> = (2..funcs.len()).map(|func| body(random, &funcs, func)).collect();
    section(&mut wasm, 10, vector(bodies));
    let data = [vec![0, 0x41, 0x10, 0x0b], bytes(&random.next().to_le_bytes())].concat();
    section(&mut wasm, 11, vector([data]));
    wasm
}

fn body(random: &mut Random, funcs: &[usize], func: usize) -> Vec<u8> {
    let (params, result) = TYPES[funcs[func]];
    let groups: Vec<(u8, u8)> = (0..random.below(5))
        .map(|_| (random.below(4) as u8, random.pick(&[I32, I64, F32, F64])))
        .collect();
    let mut locals = params.to_vec();
    for &(count, ty) in &groups {
        locals.extend(vec![ty; count.into()]);
    }
    // More locals than the body has bytes are named in another way.
    let many = random.one_in(4).then_some((5000u32, random.pick(&[I32, I64])));
    let mut declared: Vec<Vec<u8>> =
        groups.iter().map(|&(count, ty)| [number(count.into()), vec![ty]].concat()).collect();
    if let Some((count, ty)) = many {
        locals.extend(vec![ty; count as usize]);
        declared.push([number(count.into()), vec![ty]].concat());
    }
    let left = 5 + random.below(80);
    let mut walk = Walk {
        random,
        code: vector(declared),
        stack: Vec::new(),
        blocks: Vec::new(),
        locals,
        funcs: funcs.to_vec(),
        left,
    };
    walk.block(result, false);
    let mut sized = number(walk.code.len() as u64);
    sized.extend(walk.code);
    sized
}

impl Walk<'_> {
    fn op(&mut self, opcode: u8) {
        self.code.push(opcode);
    }

    fn index(&mut self, opcode: u8, index: usize) {
        self.op(opcode);
        self.code.extend(number(index as u64));
    }

    /// Instructions up to and with the `end` of a block that was just opened.
    fn block(&mut self, result: Option<u8>, is_loop: bool) {
        self.blocks.push(Block { base: self.stack.len(), result, is_loop });
        self.fill(result);
        self.op(0x0b);
        self.blocks.pop();
        self.stack.extend(result);
    }

    /// Instructions of a block that leave its result, which is not put on the stack here.
    fn fill(&mut self, result: Option<u8>) {
        let base = self.stack.len();
        let mut live = true;
        for _ in 0..3 + self.random.below(20) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            if !self.step() {
                live = false;
                break;
            }
        }
        if live && self.random.one_in(2) {
            while self.stack.len() > base {
                self.op(0x1a);
                self.stack.pop();
            }
        }
        if live {
            if let Some(ty) = result
                && (self.stack.len() == base || self.stack.last() != Some(&ty))
            {
                self.value(ty);
            }
            if self.stack.len() > base + usize::from(result.is_some()) {
                // The branch drops what is too much.
                self.op(0x0c);
                self.op(0);
            }
        } else if self.random.one_in(2) {
            // Dead code, with operands from nowhere.
            let dead: [&[u8]; 6] = [
                &[0x01],
                &[0x6a, 0x1a],
                &[0x41, 3, 0x6b, 0x1a],
                &[0x02, 0x40, 0x0b],
                &[0x0c, 0],
                &[0x00],
            ];
            let dead = self.random.pick(&dead);
            if dead != [0x0c, 0] || result.is_none() {
                self.code.extend(dead);
            }
            if result.is_some() {
                self.op(0x00);
            }
        }
        self.stack.truncate(base);
    }

    fn base(&self) -> usize {
        self.blocks.last().unwrap().base
    }

    /// The top operand's type, if the block may take it.
    fn top(&self) -> Option<u8> {
        (self.stack.len() > self.base()).then(|| *self.stack.last().unwrap())
    }

    /// Sees to an operand of a type on top.
    fn want(&mut self, ty: u8) {
        if self.top() != Some(ty) || self.random.one_in(3) {
            self.value(ty);
        }
    }

    fn pop(&mut self) {
        self.stack.pop();
    }

    fn local_of(&mut self, ty: u8) -> Option<usize> {
        let count = self.locals.len();
        (0..8).filter(|_| count > 0).find_map(|_| {
            // Mostly the first ones, so that they meet each other.
            let bound = if self.random.one_in(8) { count } else { count.min(6) };
            let local = self.random.below(bound);
            (self.locals[local] == ty).then_some(local)
        })
    }

    fn value(&mut self, ty: u8) {
        let local = self.local_of(ty).filter(|_| !self.random.one_in(3));
        match (ty, local) {
            (_, Some(local)) => self.index(0x20, local),
            (I32, None) if self.random.one_in(2) => {
                let value = match self.random.below(4) {
                    0 => self.random.below(8) as i64,
                    1 => self.random.below(70_000) as i64,
                    2 => self.random.pick(&[-1, i64::from(i32::MIN), i64::from(i32::MAX), 31, 32]),
                    _ => self.random.next() as i32 as i64,
                };
                self.op(0x41);
                self.code.extend(signed(value));
            }
            (I64, None) if self.random.one_in(2) => {
                let value = match self.random.below(4) {
                    0 => self.random.below(8) as i64,
                    1 => self.random.next() as i32 as i64,
                    2 => self.random.pick(&[-1, i64::MIN, i64::MAX, 63, 1 << 31, -(1 << 31)]),
                    _ => self.random.next() as i64,
                };
                self.op(0x42);
                self.code.extend(signed(value));
            }
            _ => {
                let global = GLOBALS.iter().position(|&global| global == ty).unwrap();
                self.index(0x23, global);
            }
        }
        self.stack.push(ty);
    }

    /// One instruction, or a few that belong together; false when what follows is dead.
    fn step(&mut self) -> bool {
        let ty = self.random.pick(&[I32, I32, I64]);
        let is_i64 = ty == I64;
        match self.random.below(40) {
            0..=5 => {
                let ty = self.random.pick(&[I32, I32, I64, I64, F32, F64]);
                self.value(ty);
            }
            6..=10 => {
                let ops = if is_i64 { 0x7c..=0x8a } else { 0x6a..=0x78 };
                let op = self.random.below(15) as u8 + ops.start();
                self.binary(op, ty, ty);
            }
            11..=13 => {
                let first = if is_i64 { 0x51 } else { 0x46 };
                let op = first + self.random.below(10) as u8;
                self.binary(op, ty, I32);
            }
            14 => self.unary(if is_i64 { 0x50 } else { 0x45 }, ty, I32),
            15 => {
                let first = if is_i64 { 0x79 } else { 0x67 };
                let op = first + self.random.below(3) as u8;
                self.unary(op, ty, ty);
            }
            16 => {
                let (op, from, to) =
                    self.random.pick(&[(0xa7, I64, I32), (0xac, I32, I64), (0xad, I32, I64)]);
                self.unary(op, from, to);
            }
            17..=20 => {
                let ty = self.top().unwrap_or(ty);
                let Some(local) = self.local_of(ty) else { return true };
                self.want(ty);
                if self.random.one_in(2) {
                    self.index(0x21, local);
                    self.pop();
                } else {
                    self.index(0x22, local);
                }
            }
            21 => {
                let ty = self.top().unwrap_or(ty);
                self.want(ty);
                self.index(0x24, GLOBALS.iter().position(|&global| global == ty).unwrap());
                self.pop();
            }
            22 | 23 => self.load(ty),
            24 | 25 => self.store(ty),
            26 => {
                if self.top().is_some() {
                    self.op(0x1a);
                    self.pop();
                }
            }
            27 => {
                let ty = self.random.pick(&[I32, I64, F32]);
                self.want(ty);
                self.value(ty);
                self.value(I32);
                self.op(0x1b);
                self.pop();
                self.pop();
            }
            28 | 29 => self.open_block(),
            30 => self.open_if(),
            31 | 32 => self.branch_if(),
            33 => return self.rarely_leave(),
            34 => {
                let func = self.random.below(self.funcs.len());
                self.arguments(self.funcs[func]);
                self.index(0x10, func);
                self.stack.extend(TYPES[self.funcs[func]].1);
            }
            35 => {
                let ty = self.random.below(TYPES.len());
                self.arguments(ty);
                self.op(0x41);
                let entry = self.random.below(14) as i64;
                self.code.extend(signed(entry));
                self.index(0x11, ty);
                self.op(0);
                self.stack.extend(TYPES[ty].1);
            }
            36 => {
                if self.random.one_in(2) {
                    self.code.extend([0x3f, 0]);
                    self.stack.push(I32);
                } else {
                    self.op(0x41);
                    let pages = self.random.pick(&[0, 1, 1, 2, 60, -1]);
                    self.code.extend(signed(pages));
                    self.code.extend([0x40, 0]);
                    self.stack.push(I32);
                }
            }
            37 if self.random.one_in(6) => {
                self.want(F32);
                self.op(0x8b);
            }
            _ => self.op(0x01),
        }
        true
    }

    fn unary(&mut self, op: u8, from: u8, to: u8) {
        self.want(from);
        self.op(op);
        self.pop();
        self.stack.push(to);
    }

    fn binary(&mut self, op: u8, ty: u8, result: u8) {
        self.want(ty);
        self.value(ty);
        self.op(op);
        self.pop();
        self.pop();
        self.stack.push(result);
    }

    /// An address that is mostly inside the memory.
    fn address(&mut self) {
        self.want(I32);
        if !self.random.one_in(20) {
            self.op(0x41);
            self.code.extend(signed(0x7fff));
            self.op(0x71);
        }
    }

    fn memory_op(&mut self, op: u8) {
        self.op(op);
        self.op(0);
        let offset = if self.random.one_in(30) { u32::MAX as usize } else { self.random.below(99) };
        self.code.extend(number(offset as u64));
    }

    fn load(&mut self, ty: u8) {
        self.address();
        let op = match ty {
            I64 => self.random.pick(&[0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35]),
            _ => self.random.pick(&[0x28, 0x2c, 0x2d, 0x2e, 0x2f]),
        };
        self.memory_op(op);
        self.pop();
        self.stack.push(ty);
    }

    fn store(&mut self, ty: u8) {
        self.address();
        self.value(ty);
        let op = match ty {
            I64 => self.random.pick(&[0x37, 0x3c, 0x3d, 0x3e]),
            _ => self.random.pick(&[0x36, 0x3a, 0x3b]),
        };
        self.memory_op(op);
        self.pop();
        self.pop();
    }

    fn result_type(&mut self) -> Option<u8> {
        self.random.pick(&[None, None, Some(I32), Some(I64), Some(F64)])
    }

    fn block_head(&mut self, op: u8, result: Option<u8>) {
        self.op(op);
        self.op(result.unwrap_or(0x40));
    }

    fn open_block(&mut self) {
        if self.blocks.len() > 8 {
            return;
        }
        let result = self.result_type();
        let is_loop = self.random.one_in(2);
        self.block_head(if is_loop { 0x03 } else { 0x02 }, result);
        self.block(result, is_loop);
    }

    fn open_if(&mut self) {
        if self.blocks.len() > 8 {
            return;
        }
        self.want(I32);
        self.pop();
        let result = self.result_type();
        self.block_head(0x04, result);
        self.blocks.push(Block { base: self.stack.len(), result, is_loop: false });
        if result.is_some() || self.random.one_in(2) {
            self.fill(result);
            self.op(0x05);
        }
        self.blocks.pop();
        self.block(result, false);
    }

    /// A random label, with the value that a branch to it carries put on top.
    fn label(&mut self) -> usize {
        let depth = self.random.below(self.blocks.len().min(4));
        let block = &self.blocks[self.blocks.len() - 1 - depth];
        if let Some(ty) = block.result.filter(|_| !block.is_loop) {
            self.want(ty);
        }
        depth
    }

    fn branch_if(&mut self) {
        let depth = self.label();
        self.value(I32);
        if self.random.one_in(2) {
            self.value(I32);
            let compare = 0x46 + self.random.below(10) as u8;
            self.op(compare);
            self.pop();
        }
        self.index(0x0d, depth);
        self.pop();
    }

    /// Now and then something after which the code is dead.
    fn rarely_leave(&mut self) -> bool {
        match self.random.below(12) {
            0 => self.op(0x00),
            1 | 2 => {
                let depth = self.label();
                self.index(0x0c, depth);
            }
            3 => {
                if let Some(ty) = self.blocks[0].result {
                    self.want(ty);
                }
                self.op(0x0f);
            }
            4..=6 => self.branch_table(),
            _ => return true,
        }
        false
    }

    fn branch_table(&mut self) {
        let default = self.label();
        let carried = |block: &Block| block.result.filter(|_| !block.is_loop);
        let last = self.blocks.len() - 1;
        let wanted = carried(&self.blocks[last - default]);
        let labels: Vec<usize> =
            (0..=last).filter(|depth| carried(&self.blocks[last - depth]) == wanted).collect();
        self.value(I32);
        let count = self.random.below(5);
        self.index(0x0e, count);
        for _ in 0..count {
            let label = self.random.pick(&labels);
            self.code.extend(number(label as u64));
        }
        self.code.extend(number(default as u64));
    }

    /// Puts the arguments for a function type on the stack and takes them off again.
    fn arguments(&mut self, ty: usize) {
        let (params, _) = TYPES[ty];
        for &param in params {
            self.value(param);
        }
        self.stack.truncate(self.stack.len() - params.len());
    }
}

/// An unsigned LEB128 number.
pub(crate) fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 && byte & 0x40 == 0 || value == -1 && byte & 0x40 != 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn bytes(content: &[u8]) -> Vec<u8> {
    [number(content.len() as u64), content.to_vec()].concat()
}

fn vector(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let items: Vec<_> = items.into_iter().collect();
    [number(items.len() as u64), items.concat()].concat()
}

fn section(wasm: &mut Vec<u8>, id: u8, content: Vec<u8>) {
    wasm.push(id);
    wasm.extend(number(content.len() as u64));
    wasm.extend(content);
}
