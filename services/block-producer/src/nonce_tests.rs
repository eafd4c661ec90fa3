use proptest::prelude::*;

use super::*;

fn id() -> BlockId {
    std::array::from_fn(|i| match i {
        0 => 0x12,
        1 => 0x20,
        _ => i as u8 - 2,
    })
}

fn number(text: &str) -> U256 {
    U256::from_be_slice(&hex::decode(text).unwrap())
}

#[test]
fn proofs_are_exact() {
    for (nonce, expected) in [
        (U256::ZERO, "ff40985abf302fef812e4d7cec7d9324ed5a4967469d6d6cf508dbac6e1db67a"),
        (U256::ONE, "3ecb0dc004d30a62916aa8be4604a51b65031d323377ade3ea0f1487751de7de"),
        (
            number("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
            "cc515f9965d140a6fcee25a70557514ca104a943721f99d4ead82c44ef5a118f",
        ),
    ] {
        assert_eq!(proof(nonce, &id()), number(expected));
    }
}

#[test]
fn the_nonces_are_shared_evenly_and_completely() {
    assert_eq!(share(0, 1), U256::ZERO..U256::MAX);
    let third = number(&"55".repeat(32));
    assert_eq!(share(1, 3), third..third * U256::from(2));
    assert_eq!(
        share(3, 7).start,
        number("6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6")
    );
}

#[test]
fn the_first_nonce_that_meets_the_target_is_found() {
    let hashes = AtomicU64::new(0);
    let search = |target, range| find(&id(), target, range, &AtomicBool::new(false), &hashes);
    let target = U256::MAX / U256::from(1000) + U256::ONE;
    let all = share(0, 1);
    assert_eq!(search(target, all.clone()), Some(U256::from(202)));
    assert_eq!(hashes.load(Ordering::Relaxed), 203);
    let before = U256::ZERO..U256::from(202);
    assert_eq!(search(target, before), None);
    // A proof equal to the target is good.
    let exact = proof(U256::from(202), &id());
    assert_eq!(search(exact, all.clone()), Some(U256::from(202)));
    assert_eq!(
        find(&id(), U256::ZERO, all, &AtomicBool::new(true), &AtomicU64::new(0)),
        None,
        "it stops when told"
    );
}

#[test]
fn targets_are_big_endian_numbers() {
    assert_eq!(target(&[]), Err(TargetError::Missing));
    assert_eq!(target(&[1, 0]), Ok(U256::from(256)));
    assert_eq!(target(&[0xff; 32]), Ok(U256::MAX));
    assert_eq!(target(&[1; 33]), Err(TargetError::TooLarge));
}

#[test]
fn the_signature_holds_the_nonce_in_32_bytes() {
    let bytes = signature(U256::from(258), &[9; 65]);
    let data = PowSignatureData::decode(bytes.as_slice()).unwrap();
    assert_eq!(data.nonce, [&[0; 30][..], &[1, 2]].concat());
    assert_eq!(data.recoverable_signature, &[9; 65][..]);
}

proptest! {
    #[test]
    fn shares_join_without_gaps(groups in 1u64..300) {
        let mut end = U256::ZERO;
        for index in 0..groups {
            let share = share(index, groups);
            prop_assert_eq!(share.start, end);
            prop_assert!(share.end > share.start);
            end = share.end;
        }
        prop_assert_eq!(end, U256::MAX);
    }
}
