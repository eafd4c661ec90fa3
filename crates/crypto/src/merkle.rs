//! Merkle trees over digests.
//!
//! Consensus rule: neighbours are joined from left to right, a node is the hash of the left digest
//! followed by the right one (no prefixes), an odd last node moves up unchanged, a single leaf is its
//! own root, and no leaves at all give the hash of the empty string.

use crate::hash::{HashCode, Hasher, digest, sha256};
use sha2::Digest as _;

/// The digest at the root over leaves that are digests already.
pub fn merkle_root<L: AsRef<[u8]>>(code: HashCode, leaves: impl IntoIterator<Item = L>) -> Vec<u8> {
    let mut builder = MerkleBuilder::new(code);
    for leaf in leaves {
        builder.push(leaf.as_ref());
    }
    builder.finish()
}

/// Builds a tree leaf by leaf and keeps only the roots of its complete subtrees, so the memory used
/// is logarithmic in the number of leaves.
#[derive(Clone)]
pub struct MerkleBuilder {
    code: HashCode,
    count: u64,
    /// Roots of complete subtrees, largest first: one for each bit set in `count`.
    subtrees: Vec<Vec<u8>>,
}

impl MerkleBuilder {
    /// A tree without leaves.
    pub fn new(code: HashCode) -> Self {
        Self { code, count: 0, subtrees: Vec::new() }
    }

    /// Adds a leaf that is a digest already.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut node = leaf.to_vec();
        // Complete subtrees of equal height merge the way a binary counter carries.
        for _ in 0..self.count.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            node = self.join(&left, &node);
        }
        self.subtrees.push(node);
        self.count += 1;
    }

    /// Adds the digest of `data` as a leaf.
    pub fn push_hash_of(&mut self, data: &[u8]) {
        self.push(&digest(self.code, data));
    }

    /// The digest at the root over all leaves added.
    pub fn finish(mut self) -> Vec<u8> {
        let Some(mut right) = self.subtrees.pop() else { return digest(self.code, b"").to_vec() };
        while let Some(left) = self.subtrees.pop() {
            right = self.join(&left, &right);
        }
        right
    }

    fn join(&self, left: &[u8], right: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self.code);
        hasher.update(left);
        hasher.update(right);
        hasher.finish().to_vec()
    }
}

/// The SHA2-256 root over SHA2-256 leaves, reduced in place: the tree of state roots.
pub fn sha256_merkle_root(mut leaves: Vec<[u8; 32]>) -> [u8; 32] {
    if leaves.is_empty() {
        return sha256(b"");
    }
    let mut width = leaves.len();
    while width > 1 {
        for pair in 0..width / 2 {
            leaves[pair] =
                sha2::Sha256::digest(leaves[2 * pair..2 * pair + 2].as_flattened()).into();
        }
        if width % 2 == 1 {
            leaves[width / 2] = leaves[width - 1];
        }
        width = width.div_ceil(2);
    }
    leaves[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(parts: &[&[u8]]) -> Vec<u8> {
        sha256(&parts.concat()).to_vec()
    }

    fn leaves(count: u8) -> Vec<[u8; 32]> {
        (0..count).map(|n| sha256(&[n])).collect()
    }

    #[test]
    fn shapes_by_hand() {
        let code = HashCode::Sha2_256;
        let l = leaves(5);
        assert_eq!(merkle_root(code, &l[..0]), sha256(b""));
        assert_eq!(merkle_root(code, &l[..1]), l[0]);
        assert_eq!(merkle_root(code, &l[..2]), sha(&[&l[0], &l[1]]));
        let pair = sha(&[&l[0], &l[1]]);
        assert_eq!(merkle_root(code, &l[..3]), sha(&[&pair, &l[2]]));
        let four = sha(&[&pair, &sha(&[&l[2], &l[3]])]);
        assert_eq!(merkle_root(code, &l), sha(&[&four, &l[4]]));
    }

    #[test]
    fn in_place_equals_streaming_at_every_width() {
        for count in 0..=130 {
            let leaves = leaves(count);
            let streamed = merkle_root(HashCode::Sha2_256, &leaves);
            assert_eq!(streamed, sha256_merkle_root(leaves), "{count} leaves");
        }
    }

    #[test]
    fn other_hash_functions_use_their_own_length() {
        let mut builder = MerkleBuilder::new(HashCode::Keccak256);
        builder.push_hash_of(b"a");
        builder.push_hash_of(b"b");
        let (a, b) = (digest(HashCode::Keccak256, b"a"), digest(HashCode::Keccak256, b"b"));
        let joined = [a.as_bytes(), b.as_bytes()].concat();
        assert_eq!(builder.finish(), digest(HashCode::Keccak256, &joined).to_vec());
        assert_eq!(MerkleBuilder::new(HashCode::Sha2_512).finish().len(), 64);
    }
}
