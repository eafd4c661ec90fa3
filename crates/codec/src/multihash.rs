//! Multihashes: a digest that names its hash function.

use bytes::Bytes;

use crate::Error;
use crate::wire::put_varint;

/// Reads an unsigned varint from the start of `bytes`: its value and its length; `None` when the
/// bytes end inside it.
///
/// Consensus rule: the original shifts each group of seven bits as a 32-bit integer, by the shift
/// modulo 32, and extends the sign. So varints of five bytes and more are not what they say.
pub fn read_unsigned_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    let mut shift = 0u32;
    for (i, &byte) in bytes.iter().enumerate() {
        value |= i32::from(byte & 0x7f).wrapping_shl(shift) as i64 as u64;
        if byte < 0x80 {
            return Some((value, i + 1));
        }
        shift = shift.wrapping_add(7);
    }
    None
}

/// A hash function code and a digest.
///
/// Byte form: the code as a varint, the digest size in bytes as a varint, the digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Multihash {
    /// The hash function, e.g. `0x12` for sha2-256.
    pub code: u64,
    /// The digest; its length is the encoded size.
    pub digest: Bytes,
}

impl Multihash {
    /// The largest accepted digest size in bytes. No hash function of the protocol comes near it;
    /// the bound keeps a hostile size from allocating memory.
    pub const MAX_DIGEST: u64 = 1 << 20;

    /// A multihash of `digest` under the function `code`.
    pub fn new(code: u64, digest: impl Into<Bytes>) -> Self {
        Self { code, digest: digest.into() }
    }

    /// Reads a multihash the way the protocol does (consensus rule): a digest shorter than its
    /// declared size is filled with zero bytes, bytes behind the digest are ignored.
    ///
    /// # Errors
    /// [`Error::MultihashTruncated`] when the bytes end inside the varints (this makes a block
    /// invalid wherever it appears, since it is not an error of the protocol's own families),
    /// [`Error::MultihashTooLarge`] for a size above [`Self::MAX_DIGEST`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let (code, at) = read_unsigned_varint(bytes).ok_or(Error::MultihashTruncated)?;
        let rest = bytes.get(at..).unwrap_or_default();
        let (size, at) = read_unsigned_varint(rest).ok_or(Error::MultihashTruncated)?;
        if size > Self::MAX_DIGEST {
            return Err(Error::MultihashTooLarge { size, max: Self::MAX_DIGEST });
        }
        let size = size as usize;
        let rest = rest.get(at..).unwrap_or_default();
        let mut digest = vec![0; size];
        let present = rest.len().min(size);
        digest[..present].copy_from_slice(&rest[..present]);
        Ok(Self { code, digest: digest.into() })
    }

    /// The byte form: code varint, size varint, digest.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.digest.len() + 4);
        put_varint(&mut out, self.code);
        put_varint(&mut out, self.digest.len() as u64);
        out.extend_from_slice(&self.digest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let hash = Multihash::new(0x12, vec![7; 32]);
        let bytes = hash.encode();
        assert_eq!(&bytes[..2], [0x12, 0x20]);
        assert_eq!(Multihash::decode(&bytes).unwrap(), hash);
        let wide = Multihash::new(0x1013, vec![1; 200]);
        assert_eq!(wide.encode()[..4], [0x93, 0x20, 0xc8, 0x01]);
        assert_eq!(Multihash::decode(&wide.encode()).unwrap(), wide);
    }

    #[test]
    fn short_digest_is_zero_filled_and_extra_ignored() {
        let decode = |bytes: &[u8]| Multihash::decode(bytes).unwrap();
        assert_eq!(decode(&[0x12, 4, 9, 8]), Multihash::new(0x12, vec![9, 8, 0, 0]));
        assert_eq!(decode(&[0x12, 1, 9, 8]), Multihash::new(0x12, vec![9]));
        assert_eq!(decode(&[0, 0]), Multihash::default());
    }

    #[test]
    fn long_varints_wrap_as_32_bit_shifts() {
        assert_eq!(read_unsigned_varint(&[0x80, 0x80, 0x80, 0x80, 0x01]), Some((1 << 28, 5)));
        // The fifth group reaches the sign, and the sixth is shifted by 35 modulo 32.
        let sign = 0xffff_ffff_8000_0000;
        assert_eq!(read_unsigned_varint(&[0x80, 0x80, 0x80, 0x80, 0x08]), Some((sign, 5)));
        assert_eq!(read_unsigned_varint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), Some((8, 6)));
        assert_eq!(read_unsigned_varint(&[0x80; 12]), None);
    }

    #[test]
    fn truncated_and_absurd() {
        for bytes in [&[][..], &[0x12], &[0x92], &[0x12, 0xa0]] {
            assert!(matches!(Multihash::decode(bytes), Err(Error::MultihashTruncated)));
        }
        let absurd = [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert!(matches!(Multihash::decode(&absurd), Err(Error::MultihashTooLarge { .. })));
    }
}
