//! The input of the parser, with the reference's behaviour at and behind the end of the data.
//!
//! The reference reads a flat buffer in two pieces so that no read needs a bounds check. The first
//! piece is the data without its last 16 bytes (reads may run into those). When the parse comes
//! past that piece, the last 16 bytes are copied to a patch buffer followed by 16 zero bytes, and
//! reads may run into the zeros. Data of 16 bytes and less start out in the patch buffer. What
//! follows from it for cut-off messages is consensus.
//!
//! Here both pieces are one address space, 0 to the length of the data with zero bytes behind, and
//! the state is which piece the parse is in: `seam` is the end of the piece without the 16 bytes of
//! overlap.

use std::cmp::Ordering;

use super::DecodeFault;

/// How far reads may run past the seam, in bytes.
const SLOP: usize = 16;
/// Lengths from here on are refused.
const MAX_LENGTH: u32 = i32::MAX as u32 - SLOP as u32;
/// How deep messages and groups may be nested.
const MAX_DEPTH: u32 = 100;

/// A stretch of the input, possibly reaching over its end into zero bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// A stretch of no bytes.
    pub(super) const EMPTY: Self = Self { start: 0, end: 0 };

    /// Its length in bytes.
    pub(super) const fn len(self) -> usize {
        self.end - self.start
    }

    /// The part that lies in `data`.
    pub(super) fn within(self, data: &[u8]) -> &[u8] {
        data.get(self.start..self.end.min(data.len())).unwrap_or_default()
    }
}

/// A position in the input and what limits it.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    data: &'a [u8],
    position: usize,
    /// End of the current piece without its overlap.
    seam: usize,
    /// Whether the current piece is the patch buffer.
    in_patch: bool,
    /// End of the innermost message, possibly behind the end of the data.
    limit: usize,
    /// How many more levels may be opened.
    depth: u32,
}

impl<'a> Stream<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let in_patch = data.len() <= SLOP;
        let seam = if in_patch { data.len() } else { data.len() - SLOP };
        Self { data, position: 0, seam, in_patch, limit: data.len(), depth: MAX_DEPTH }
    }

    fn enter_patch(&mut self) {
        self.in_patch = true;
        self.seam = self.data.len();
    }

    /// Whether the innermost message ends here.
    ///
    /// # Errors
    /// When the parse has run over that end, or over the end of the data before it.
    pub(super) fn done(&mut self) -> Result<bool, DecodeFault> {
        if self.position < self.seam.min(self.limit) {
            return Ok(false);
        }
        match self.position.cmp(&self.limit) {
            Ordering::Greater => return Err(DecodeFault::LimitOverrun),
            Ordering::Equal => return Ok(true),
            Ordering::Less => {}
        }
        if !self.in_patch {
            self.enter_patch();
        }
        if self.position < self.seam { Ok(false) } else { Err(DecodeFault::Truncated) }
    }

    /// Opens a message of `length` bytes from here; returns the limit to give back to
    /// [`Self::leave`].
    pub(super) fn enter(&mut self, length: usize) -> Result<usize, DecodeFault> {
        self.descend()?;
        Ok(std::mem::replace(&mut self.limit, self.position + length))
    }

    /// Goes back to the outer message.
    pub(super) fn leave(&mut self, outer: usize) {
        self.limit = outer;
        self.ascend();
    }

    /// Opens a group.
    pub(super) fn descend(&mut self) -> Result<(), DecodeFault> {
        self.depth = self.depth.checked_sub(1).ok_or(DecodeFault::TooDeep)?;
        Ok(())
    }

    /// Closes a group.
    pub(super) fn ascend(&mut self) {
        self.depth += 1;
    }

    fn byte(&mut self) -> u8 {
        let byte = self.data.get(self.position).copied().unwrap_or(0);
        self.position += 1;
        byte
    }

    /// Reads a tag: at most five bytes, bits beyond 32 dropped.
    pub(super) fn tag(&mut self) -> Result<u32, DecodeFault> {
        let mut tag = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte();
            tag |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(tag);
            }
        }
        Err(DecodeFault::TagTooLong)
    }

    /// Reads a varint: at most ten bytes, bits beyond 64 dropped.
    pub(super) fn varint(&mut self) -> Result<u64, DecodeFault> {
        let mut value = 0;
        for i in 0..10 {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeFault::VarintTooLong)
    }

    /// Reads a length: at most five bytes and less than 2^31 - 15.
    pub(super) fn length(&mut self) -> Result<usize, DecodeFault> {
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte();
            length |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(length as usize);
            }
        }
        let last = self.byte();
        if last >= 8 {
            return Err(DecodeFault::LengthTooLarge);
        }
        length |= u32::from(last) << 28;
        if length > MAX_LENGTH { Err(DecodeFault::LengthTooLarge) } else { Ok(length as usize) }
    }

    /// Reads `N` bytes, for fixed-width values.
    pub(super) fn fixed<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// Reads `length` bytes. What is returned is the value of the field also when the result is a
    /// fault.
    pub(super) fn bytes(&mut self, length: usize) -> (Span, Result<(), DecodeFault>) {
        let start = self.position;
        let end = start + length;
        if end <= self.seam + SLOP {
            self.position = end;
            return (Span { start, end }, Ok(()));
        }
        if self.in_patch {
            return (Span::EMPTY, Err(DecodeFault::Truncated));
        }
        // The data end inside the value. Only a message that claims to be longer than the data
        // makes the parser look for more, and then there are the zeros of the patch buffer.
        let present = Span { start, end: self.data.len() };
        if self.limit <= self.data.len() {
            return (present, Err(DecodeFault::Truncated));
        }
        self.enter_patch();
        if end <= self.seam + SLOP {
            self.position = end;
            (Span { start, end }, Ok(()))
        } else {
            (present, Err(DecodeFault::Truncated))
        }
    }

    /// Reads a list of varints that takes `length` bytes, handing each to `add`.
    pub(super) fn packed_varints(
        &mut self,
        length: usize,
        mut add: impl FnMut(u64),
    ) -> Result<(), DecodeFault> {
        let end = self.position + length;
        loop {
            let stop = if end <= self.seam + SLOP { end } else { self.seam };
            while self.position < stop {
                add(self.varint()?);
            }
            if stop == end {
                let exact = self.position == end;
                return if exact { Ok(()) } else { Err(DecodeFault::LimitOverrun) };
            }
            if self.in_patch || self.limit <= self.data.len() {
                return Err(DecodeFault::Truncated);
            }
            self.enter_patch();
        }
    }
}
