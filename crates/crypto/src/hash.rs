//! Hash functions by their multicodec number, and multihashes.

use std::fmt;

use sha2::Digest as _;

/// The hash functions the protocol knows, with their multicodec numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u64)]
pub enum HashCode {
    /// SHA-1, 20 bytes.
    Sha1 = 0x11,
    /// SHA2-256, 32 bytes.
    Sha2_256 = 0x12,
    /// SHA2-512, 64 bytes.
    Sha2_512 = 0x13,
    /// Keccak-256 (the original padding, not SHA3), 32 bytes.
    Keccak256 = 0x1b,
    /// RIPEMD-160, 20 bytes.
    Ripemd160 = 0x1053,
}

impl HashCode {
    /// All of them, in the order of their numbers.
    pub const ALL: [HashCode; 5] =
        [Self::Sha1, Self::Sha2_256, Self::Sha2_512, Self::Keccak256, Self::Ripemd160];

    /// The function with the multicodec number `code`.
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// The multicodec number.
    pub const fn code(self) -> u64 {
        self as u64
    }

    /// Length of a full digest in bytes.
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 | Self::Ripemd160 => 20,
            Self::Sha2_256 | Self::Keccak256 => 32,
            Self::Sha2_512 => 64,
        }
    }

    /// The name in the fee table of the chain: fees are called `<name>_base` and `<name>_per_byte`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha2_256 => "sha2_256",
            Self::Sha2_512 => "sha2_512",
            Self::Keccak256 => "keccak_256",
            Self::Ripemd160 => "ripemd_160",
        }
    }
}

/// A digest of up to 64 bytes, kept in place.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; 64],
    len: u8,
}

impl Digest {
    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; 64];
        bytes[..digest.len()].copy_from_slice(digest);
        Self { bytes, len: digest.len() as u8 }
    }
}

impl std::ops::Deref for Digest {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(0x")?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Hashing in steps: the digest is that of all slices given to [`Hasher::update`], joined.
#[derive(Clone)]
pub struct Hasher(Engine);

#[derive(Clone)]
enum Engine {
    Sha1(sha1::Sha1),
    Sha2_256(sha2::Sha256),
    Sha2_512(sha2::Sha512),
    Keccak256(sha3::Keccak256),
    Ripemd160(ripemd::Ripemd160),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new(code: HashCode) -> Self {
        Self(match code {
            HashCode::Sha1 => Engine::Sha1(Default::default()),
            HashCode::Sha2_256 => Engine::Sha2_256(Default::default()),
            HashCode::Sha2_512 => Engine::Sha2_512(Default::default()),
            HashCode::Keccak256 => Engine::Keccak256(Default::default()),
            HashCode::Ripemd160 => Engine::Ripemd160(Default::default()),
        })
    }

    /// Takes in more bytes.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Engine::Sha1(engine) => engine.update(data),
            Engine::Sha2_256(engine) => engine.update(data),
            Engine::Sha2_512(engine) => engine.update(data),
            Engine::Keccak256(engine) => engine.update(data),
            Engine::Ripemd160(engine) => engine.update(data),
        }
    }

    /// The digest of all bytes seen.
    pub fn finish(self) -> Digest {
        match self.0 {
            Engine::Sha1(engine) => Digest::new(&engine.finalize()),
            Engine::Sha2_256(engine) => Digest::new(&engine.finalize()),
            Engine::Sha2_512(engine) => Digest::new(&engine.finalize()),
            Engine::Keccak256(engine) => Digest::new(&engine.finalize()),
            Engine::Ripemd160(engine) => Digest::new(&engine.finalize()),
        }
    }
}

/// The full digest of `data`.
pub fn digest(code: HashCode, data: &[u8]) -> Digest {
    let mut hasher = Hasher::new(code);
    hasher.update(data);
    hasher.finish()
}

/// The SHA2-256 digest of `data`: the hash of state roots, addresses and chain ids.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(data).into()
}

/// The multihash of `data`: varint code, varint digest length, digest.
pub fn multihash(code: HashCode, data: &[u8]) -> Vec<u8> {
    multihash_from_digest(code, &digest(code, data))
}

/// A multihash around a digest that is already known. The digest may be shorter than the function's
/// own length (a truncated multihash).
pub fn multihash_from_digest(code: HashCode, digest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + digest.len());
    put_varint(&mut bytes, code.code());
    put_varint(&mut bytes, digest.len() as u64);
    bytes.extend_from_slice(digest);
    bytes
}

fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        for code in HashCode::ALL {
            assert_eq!(HashCode::from_code(code.code()), Some(code));
            assert_eq!(digest(code, b"x").len(), code.digest_len());
        }
        assert_eq!(HashCode::from_code(0x14), None);
        assert_eq!(HashCode::from_code(0), None);
        assert_eq!(HashCode::Ripemd160.name(), "ripemd_160");
        assert_eq!(multihash(HashCode::Ripemd160, b"")[..3], [0xd3, 0x20, 20]);
    }

    #[test]
    fn steps_equal_one_go() {
        for code in HashCode::ALL {
            let mut hasher = Hasher::new(code);
            hasher.update(b"one ");
            hasher.update(b"");
            hasher.update(b"two");
            assert_eq!(hasher.finish(), digest(code, b"one two"));
        }
        assert_eq!(digest(HashCode::Sha2_256, b"abc").as_bytes(), sha256(b"abc"));
        assert_ne!(digest(HashCode::Sha1, b"a"), digest(HashCode::Sha1, b"b"));
    }
}
