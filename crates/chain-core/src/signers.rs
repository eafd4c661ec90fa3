//! Recovering the keys that signed a block's transactions ahead of their turn.
//!
//! The recovery of a public key is the dearest step of most transactions and a pure function of
//! its arguments. So threads recover the keys of the transactions to come while the one that
//! applies the block is still busy with those before. It has no effect on results, only on the
//! time they take.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use koinos_codec::Multihash;
use koinos_crypto::{Error, PublicKey};

use crate::message::Block;

/// Blocks with fewer transactions are not worth a thread.
const MIN_TRANSACTIONS: usize = 8;

/// Threads that help at most.
const MAX_HELPERS: usize = 3;

/// Threads that may help the one that applies blocks: one for each other processor.
static HELPERS: LazyLock<usize> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    (processors - 1).min(MAX_HELPERS)
});

/// The signers of a block, recovered by helping threads until this is dropped.
#[derive(Default)]
pub(crate) struct Signers {
    ahead: Option<Arc<Ahead>>,
}

/// What is to be recovered: of each transaction the first signature, which is as a rule the only one
/// that is looked at.
struct Ahead {
    signatures: Vec<Signature>,
    places: HashMap<Bytes, usize>,
    /// The next signature that nobody has taken on yet.
    next: AtomicUsize,
}

struct Signature {
    digest: Bytes,
    bytes: Bytes,
    key: OnceLock<Result<PublicKey, Error>>,
}

impl Signers {
    /// Starts to recover the signers of a block.
    pub(crate) fn start(block: &Block) -> Self {
        let helpers = *HELPERS;
        if block.transactions.len() < MIN_TRANSACTIONS || helpers == 0 {
            return Self::default();
        }
        let ahead = Arc::new(Ahead::new(block));
        for _ in 0..helpers {
            let ahead = Arc::clone(&ahead);
            let help = move || while ahead.recover_next() {};
            // Without help the work is done by the one who needs it.
            drop(std::thread::Builder::new().name("signers".to_owned()).spawn(help));
        }
        Self { ahead: Some(ahead) }
    }

    /// The public key that made `signature` over `digest`: [`koinos_crypto::recover`].
    pub(crate) fn recover(&self, digest: &[u8], signature: &[u8]) -> Result<PublicKey, Error> {
        let known = self.ahead.as_ref().and_then(|ahead| ahead.key(digest, signature));
        known.unwrap_or_else(|| koinos_crypto::recover(digest, signature))
    }
}

impl Drop for Signers {
    fn drop(&mut self) {
        if let Some(ahead) = &self.ahead {
            ahead.next.store(ahead.signatures.len(), Ordering::Relaxed);
        }
    }
}

impl Ahead {
    fn new(block: &Block) -> Self {
        let signatures: Vec<Signature> = block
            .transactions
            .iter()
            .filter_map(|transaction| {
                let digest = Multihash::decode(&transaction.id).ok()?.digest;
                let bytes = transaction.signatures.first()?.clone();
                Some(Signature { digest, bytes, key: OnceLock::new() })
            })
            .collect();
        let place = |(place, signature): (usize, &Signature)| (signature.bytes.clone(), place);
        let places = signatures.iter().enumerate().map(place).collect();
        Self { signatures, places, next: AtomicUsize::new(0) }
    }

    /// Recovers the next key. False when there is none left.
    fn recover_next(&self) -> bool {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(Signature { digest, bytes, key }) = self.signatures.get(next) else {
            return false;
        };
        key.get_or_init(|| koinos_crypto::recover(digest, bytes));
        true
    }

    /// The key of one of the block's signatures, if it is known. While another thread is at it, this
    /// one goes on with the next; it never waits.
    fn key(&self, digest: &[u8], signature: &[u8]) -> Option<Result<PublicKey, Error>> {
        let signature = &self.signatures[*self.places.get(signature)?];
        if signature.digest != digest {
            return None;
        }
        while signature.key.get().is_none() && self.recover_next() {}
        signature.key.get().cloned()
    }
}

#[cfg(test)]
mod tests {
    use koinos_crypto::{HashCode, SecretKey, multihash, sha256, sign};
    use koinos_proto::protocol;
    use prost::Message;

    use super::*;

    /// Transactions signed well, wrongly and not at all, two of them with the same signature.
    fn block() -> Block {
        let mut transactions: Vec<_> = (0..12u8)
            .map(|n| {
                let secret = SecretKey::from_seed(&format!("signer {n}")).unwrap();
                let signature = sign(&sha256(&[n]), &secret).unwrap().to_vec();
                protocol::Transaction {
                    id: multihash(HashCode::Sha2_256, &[n]).into(),
                    signatures: vec![signature.into()],
                    ..Default::default()
                }
            })
            .collect();
        transactions[3].signatures.clear();
        transactions[4].id = Bytes::from_static(&[0x12, 0x02, 1]);
        transactions[5].signatures[0] = Bytes::from_static(b"short");
        transactions[6].signatures[0] = transactions[7].signatures[0].clone();
        let block = protocol::Block { transactions, ..Default::default() };
        Block::from_canonical(block.encode_to_vec().into())
    }

    #[test]
    fn keys_are_those_of_the_plain_recovery() {
        let block = block();
        let check = |ahead: Option<Arc<Ahead>>| {
            let signers = Signers { ahead };
            for transaction in &block.transactions {
                let Some(signature) = transaction.signatures.first() else { continue };
                for digest in [&transaction.id[..], &transaction.id[2..], &sha256(b"other")] {
                    let expected = koinos_crypto::recover(digest, signature);
                    assert_eq!(signers.recover(digest, signature), expected);
                }
            }
        };
        check(None);
        check(Some(Arc::new(Ahead::new(&block))));
        let helped = Arc::new(Ahead::new(&block));
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| while helped.recover_next() {});
            }
            check(Some(Arc::clone(&helped)));
        });
        assert!(helped.signatures.iter().all(|signature| signature.key.get().is_some()));
    }

    #[test]
    fn nothing_is_recovered_after_the_end() {
        let ahead = Arc::new(Ahead::new(&block()));
        drop(Signers { ahead: Some(Arc::clone(&ahead)) });
        assert!(!ahead.recover_next());
        assert!(ahead.signatures.iter().all(|signature| signature.key.get().is_none()));
    }
}
