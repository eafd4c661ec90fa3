//! secp256k1 keys and the addresses made from them.

use std::fmt;

use ripemd::Digest as _;

use crate::hash::sha256;
use crate::{Error, Result};

/// Length of a raw address in bytes: version, RIPEMD-160 digest, checksum.
pub const ADDRESS_LEN: usize = 25;

/// Version byte of addresses.
const ADDRESS_VERSION: u8 = 0x00;
/// Version byte of private keys in wallet import format.
const WIF_VERSION: u8 = 0x80;
/// Marks, behind the key in wallet import format, that the public key is used compressed.
const WIF_COMPRESSED: u8 = 0x01;

/// The account of a key: `00`, ripemd160(sha256(compressed public key)), and the first four bytes of
/// the double SHA2-256 of these 21 bytes. Written in base58.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; ADDRESS_LEN]);

impl Address {
    /// The 25 raw bytes.
    pub fn as_bytes(&self) -> &[u8; ADDRESS_LEN] {
        &self.0
    }

    /// Reads the base58 form.
    ///
    /// # Errors
    /// [`Error::Address`] when it is not 25 bytes of version 0 with their checksum.
    pub fn from_base58(text: &str) -> Result<Self> {
        let bytes = bs58::decode(text).into_vec().map_err(|_| Error::Address)?;
        let raw: [u8; ADDRESS_LEN] = bytes.try_into().map_err(|_| Error::Address)?;
        let (payload, sum) = raw.split_at(ADDRESS_LEN - CHECKSUM_LEN);
        match payload[0] == ADDRESS_VERSION && sum == checksum(payload) {
            true => Ok(Self(raw)),
            false => Err(Error::Address),
        }
    }

    fn of(public: &PublicKey) -> Self {
        let mut raw = [ADDRESS_VERSION; ADDRESS_LEN];
        raw[1..21].copy_from_slice(&ripemd::Ripemd160::digest(sha256(&public.to_bytes())));
        let sum = checksum(&raw[..21]);
        raw[21..].copy_from_slice(&sum);
        Self(raw)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl AsRef<[u8]> for Address {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A point of the curve that is not the point at infinity.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub(crate) secp256k1::PublicKey);

impl PublicKey {
    /// Reads a SEC1 encoding: 33 bytes (compressed) or 65 bytes.
    ///
    /// # Errors
    /// [`Error::PublicKey`] when the bytes are no such encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        secp256k1::PublicKey::from_slice(bytes).map(Self).map_err(|_| Error::PublicKey)
    }

    /// The compressed form: sign byte, then x big-endian.
    pub fn to_bytes(&self) -> [u8; 33] {
        self.0.serialize()
    }

    /// The uncompressed form: `04`, x, y, both big-endian.
    pub fn to_bytes_uncompressed(&self) -> [u8; 65] {
        self.0.serialize_uncompressed()
    }

    /// The address of this key.
    pub fn address(&self) -> Address {
        Address::of(self)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.0)
    }
}

/// A secret key. Its bytes never appear in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(pub(crate) secp256k1::SecretKey);

impl SecretKey {
    /// Reads 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`Error::SecretKey`] unless the number is from 1 to n - 1.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self> {
        secp256k1::SecretKey::from_secret_bytes(bytes).map(Self).map_err(|_| Error::SecretKey)
    }

    /// The key whose bytes are the SHA2-256 digest of `text`: for tests and development networks,
    /// since a text can be guessed.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when the digest is no valid key (never seen).
    pub fn from_seed(text: &str) -> Result<Self> {
        Self::from_bytes(sha256(text.as_bytes()))
    }

    /// Reads wallet import format: base58 of `80`, the key, optionally `01`, and a checksum.
    ///
    /// # Errors
    /// [`Error::Wif`] when the text is not of that form, [`Error::SecretKey`] when the number in it
    /// is out of range.
    pub fn from_wif(text: &str) -> Result<Self> {
        let bytes = bs58::decode(text.trim()).into_vec().map_err(|_| Error::Wif)?;
        let length = bytes.len().checked_sub(CHECKSUM_LEN).ok_or(Error::Wif)?;
        let (payload, sum) = bytes.split_at(length);
        if sum != checksum(payload) {
            return Err(Error::Wif);
        }
        let key = match payload {
            [WIF_VERSION, key @ .., WIF_COMPRESSED] if key.len() == 32 => key,
            [WIF_VERSION, key @ ..] if key.len() == 32 => key,
            _ => return Err(Error::Wif),
        };
        Self::from_bytes(key.try_into().map_err(|_| Error::Wif)?)
    }

    /// Writes wallet import format for a compressed public key.
    pub fn to_wif(&self) -> String {
        let mut bytes = vec![WIF_VERSION];
        bytes.extend_from_slice(&self.to_bytes());
        bytes.push(WIF_COMPRESSED);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        bs58::encode(bytes).into_string()
    }

    /// The 32 bytes, big-endian. Handle with care.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_secret_bytes()
    }

    /// The public key that belongs to it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

const CHECKSUM_LEN: usize = 4;

/// The first four bytes of the double SHA2-256.
fn checksum(payload: &[u8]) -> [u8; CHECKSUM_LEN] {
    let [a, b, c, d, ..] = sha256(&sha256(payload));
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_range() {
        assert_eq!(SecretKey::from_bytes([0; 32]), Err(Error::SecretKey));
        assert_eq!(SecretKey::from_bytes([0xff; 32]), Err(Error::SecretKey));
        let key = SecretKey::from_seed("range").unwrap();
        assert_eq!(format!("{key:?}"), "SecretKey(..)");
    }

    #[test]
    fn wif_is_checked() {
        let key = SecretKey::from_seed("wif").unwrap();
        let text = key.to_wif();
        assert_eq!(SecretKey::from_wif(&text).unwrap(), key);
        assert_eq!(SecretKey::from_wif(&format!(" {text}\n")).unwrap(), key);
        let uncompressed = {
            let mut bytes = vec![WIF_VERSION];
            bytes.extend_from_slice(&key.to_bytes());
            let sum = checksum(&bytes);
            bytes.extend_from_slice(&sum);
            bs58::encode(bytes).into_string()
        };
        assert_eq!(SecretKey::from_wif(&uncompressed).unwrap(), key);
        for wrong in ["", "1", "0OIl", &text[1..], &format!("{text}1")] {
            assert_eq!(SecretKey::from_wif(wrong), Err(Error::Wif), "{wrong}");
        }
        let address = key.public_key().address().to_string();
        assert_eq!(SecretKey::from_wif(&address), Err(Error::Wif));
    }

    #[test]
    fn address_is_checked() {
        let address = SecretKey::from_seed("address").unwrap().public_key().address();
        let text = address.to_string();
        assert_eq!(Address::from_base58(&text).unwrap(), address);
        let mut raw = *address.as_bytes();
        raw[24] ^= 1;
        for wrong in [bs58::encode(raw).into_string(), text[1..].into(), "".into(), "0".into()] {
            assert_eq!(Address::from_base58(&wrong), Err(Error::Address), "{wrong}");
        }
    }

    #[test]
    fn public_key_forms() {
        let key = SecretKey::from_seed("forms").unwrap().public_key();
        assert_eq!(PublicKey::from_bytes(&key.to_bytes()).unwrap(), key);
        assert_eq!(PublicKey::from_bytes(&key.to_bytes_uncompressed()).unwrap(), key);
        assert_eq!(PublicKey::from_bytes(&key.to_bytes()[1..]), Err(Error::PublicKey));
        assert_eq!(PublicKey::from_bytes(&[2; 33][..32]), Err(Error::PublicKey));
        assert_eq!(PublicKey::from_bytes(&[]), Err(Error::PublicKey));
    }
}
