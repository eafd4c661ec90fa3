//! A block whose receipt is large.

use bytes::Bytes;
use koinos_index::{Index, Records, SourceBlock};
use koinos_proto::protocol::TransactionHeader;
use koinos_testkit::memory;
use prost::Message;

use super::{block, genesis, id, transaction};

const RECEIPT: usize = 8 << 20;
/// What there may be in memory of a block with a transaction.
const LITTLE: isize = 16 << 10;

/// Nothing of a large receipt stays in memory, neither while its block is recent nor afterwards, and
/// an index that is opened again reads none of it. The test program has to install
/// [`memory::Counting`].
pub fn is_not_kept<R: Records>(records: impl Fn() -> R) {
    let directory = tempfile::tempdir().unwrap();
    let index = Index::open(records(), directory.path(), false).unwrap();
    let (mut transaction, mut receipt) = transaction("large");
    transaction.header = Some(TransactionHeader { payer: "payer".into(), ..Default::default() });
    receipt.logs = vec![Bytes::from(vec![b'x'; RECEIPT / 8]); 8];
    let accepted = block(&genesis(), "1", "signer", &[(transaction, receipt)]);
    let (taken, kept) = memory::kept(|| {
        let payload = Bytes::from(accepted.encode_to_vec());
        assert!(payload.len() > RECEIPT);
        index.add(&SourceBlock::from_accepted(&payload).unwrap(), true)
    });
    taken.unwrap();
    assert!(kept < LITTLE, "{kept} bytes of a recent block");
    drop(index);

    let open = || Index::open(records(), directory.path(), false).unwrap();
    let (index, allocated) = memory::allocated(open);
    assert!(allocated < RECEIPT, "{allocated} bytes to open the index");
    let (known, kept) = memory::kept(|| index.irreversible(&id("1")).unwrap());
    assert!(known && index.cursor().height == 1);
    assert!(kept < LITTLE, "{kept} bytes of an irreversible block");
}
