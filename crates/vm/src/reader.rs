//! Bytes to numbers and names: the primitive encodings of the WebAssembly binary format.

use crate::error::ModuleError;
use crate::types::ValType;

type Result<T> = std::result::Result<T, ModuleError>;

/// A cursor over a binary. Reading beyond its end is a malformed module.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.pos
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.pos
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.pos).copied().ok_or_else(end_of_input)?;
        self.pos += 1;
        Ok(byte)
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.pos..];
        let taken = rest.get(..len).ok_or_else(end_of_input)?;
        self.pos += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes[self.pos..].first_chunk().copied().ok_or_else(end_of_input)?;
        self.pos += N;
        Ok(bytes)
    }

    /// Four bytes, little-endian: the bits of an f32 constant.
    pub(crate) fn bits32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian: the bits of an f64 constant.
    pub(crate) fn bits64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Unsigned LEB128 of at most 32 bits in at most 5 bytes.
    pub(crate) fn u32(&mut self) -> Result<u32> {
        let mut value = 0u32;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            let low = u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                if (low << shift) >> shift != low {
                    return Err(malformed("an integer beyond its type"));
                }
                return Ok(value | (low << shift));
            }
            value |= low << shift;
        }
        Err(malformed("an integer of too many bytes"))
    }

    /// Signed LEB128 of at most 32 bits in at most 5 bytes.
    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.signed(32).map(|value| value as i32)
    }

    /// Signed LEB128 of at most 64 bits in at most 10 bytes.
    pub(crate) fn i64(&mut self) -> Result<i64> {
        self.signed(64)
    }

    fn signed(&mut self, bits: u32) -> Result<i64> {
        let mut value = 0i64;
        for shift in (0..bits).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 != 0 {
                continue;
            }
            let used = bits - shift;
            if used >= 7 {
                let unused = 64 - (shift + 7);
                return Ok((value << unused) >> unused);
            }
            // The last possible byte: what does not fit must repeat the sign bit.
            let signed = (i64::from(byte) << 57) >> 57;
            let sign = signed >> (used - 1);
            if sign != 0 && sign != -1 {
                return Err(malformed("a signed integer beyond its type"));
            }
            return Ok((value << (64 - bits)) >> (64 - bits));
        }
        Err(malformed("an integer of too many bytes"))
    }

    /// A name: its length and that many bytes of UTF-8.
    pub(crate) fn name(&mut self) -> Result<&'a str> {
        let len = self.u32()? as usize;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map_err(|_| malformed("a name that is not UTF-8"))
    }

    pub(crate) fn val_type(&mut self) -> Result<ValType> {
        let byte = self.byte()?;
        val_type(byte)
    }

    /// The result of a block: none or one value type.
    pub(crate) fn block_type(&mut self) -> Result<Option<ValType>> {
        match self.byte()? {
            0x40 => Ok(None),
            byte => val_type(byte).map(Some),
        }
    }

    /// A vector: its length, then that many items. Every item takes at least one byte, so a
    /// false length ends with the input.
    pub(crate) fn vec<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let len = self.u32()?;
        let mut items = Vec::with_capacity((len as usize).min(128));
        for _ in 0..len {
            items.push(item(self)?);
        }
        Ok(items)
    }
}

fn val_type(byte: u8) -> Result<ValType> {
    ValType::from_byte(byte).ok_or_else(|| malformed(format!("unknown value type {byte:#04x}")))
}

fn malformed(text: impl Into<String>) -> ModuleError {
    ModuleError::malformed(text)
}

fn end_of_input() -> ModuleError {
    malformed("the binary ends too early")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers() {
        assert_eq!(Reader::new(&[0xe5, 0x8e, 0x26]).u32(), Ok(624_485));
        assert_eq!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x00]).u32(), Ok(0));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).u32(), Ok(u32::MAX));
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).u32().is_err());
        assert!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).u32().is_err());
        assert!(Reader::new(&[0x80]).u32().is_err());
    }

    #[test]
    fn signed_numbers() {
        assert_eq!(Reader::new(&[0x7f]).i32(), Ok(-1));
        assert_eq!(Reader::new(&[0xc0, 0xbb, 0x78]).i32(), Ok(-123_456));
        assert_eq!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x78]).i32(), Ok(i32::MIN));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x07]).i32(), Ok(i32::MAX));
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).i32().is_err());
        assert!(Reader::new(&[0x80, 0x80, 0x80, 0x80, 0x70]).i32().is_err());
        let min = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(Reader::new(&min).i64(), Ok(i64::MIN));
        let bad = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e];
        assert!(Reader::new(&bad).i64().is_err());
        let long = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        assert!(Reader::new(&long).i64().is_err());
    }
}
