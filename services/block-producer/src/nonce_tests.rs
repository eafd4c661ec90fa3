use proptest::prelude::*;

use super::*;

fn id() -> BlockId {
    std::array::from_fn(|i| match i {
        0 => 0x12,
        1 => 0x20,
        _ => i as u8 - 2,
    })
}

fn number(text: &str) -> Number {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn groups(count: u64) -> NonZeroU64 {
    NonZeroU64::new(count).unwrap()
}

#[test]
fn proofs_are_exact() {
    for (nonce, expected) in [
        (U256::ZERO, "ff40985abf302fef812e4d7cec7d9324ed5a4967469d6d6cf508dbac6e1db67a"),
        (U256::ONE, "3ecb0dc004d30a62916aa8be4604a51b65031d323377ade3ea0f1487751de7de"),
        (
            U256::from_be_hex("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
            "cc515f9965d140a6fcee25a70557514ca104a943721f99d4ead82c44ef5a118f",
        ),
    ] {
        assert_eq!(proof(&nonce, &id()), number(expected));
    }
}

#[test]
fn the_nonces_are_shared_evenly_and_completely() {
    assert_eq!(share(0, groups(1)), U256::ZERO..U256::MAX);
    for (count, index, start) in [
        (2, 1, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        (3, 1, "5555555555555555555555555555555555555555555555555555555555555555"),
        (3, 2, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        (7, 3, "6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6"),
        (7, 5, "b6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6da"),
        (7, 6, "db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6db6c"),
    ] {
        let share = share(index, groups(count));
        assert_eq!(share.start, U256::from_be_hex(start));
    }
}

#[test]
fn the_first_nonce_that_meets_the_target_is_found() {
    let hashes = AtomicU64::new(0);
    let search = |target, range| find(&id(), target, range, &AtomicBool::new(false), &hashes);
    // 2^256 / 1000
    let target = &number("004189374bc6a7ef9db22d0e5604189374bc6a7ef9db22d0e5604189374bc6a7");
    let all = share(0, groups(1));
    assert_eq!(search(target, all.clone()), Some(U256::from(202u64)));
    assert_eq!(hashes.load(Ordering::Relaxed), 203);
    let before = U256::ZERO..U256::from(202u64);
    assert_eq!(search(target, before), None);
    // A proof equal to the target is good.
    let exact = proof(&U256::from(202u64), &id());
    assert_eq!(search(&exact, all.clone()), Some(U256::from(202u64)));
    assert_eq!(
        find(&id(), &[0; 32], all, &AtomicBool::new(true), &AtomicU64::new(0)),
        None,
        "it stops when told"
    );
}

#[test]
fn targets_are_big_endian_numbers() {
    assert_eq!(target(&[]), Err(TargetError::Missing));
    let small = number(&format!("{}0100", "00".repeat(30)));
    assert_eq!(target(&[1, 0]), Ok(small));
    assert_eq!(target(&[0xff; 32]), Ok([0xff; 32]));
    assert_eq!(target(&[1; 33]), Err(TargetError::TooLarge));
}

#[test]
fn the_signature_holds_the_nonce_in_32_bytes() {
    let bytes = signature(&U256::from(258u64), &[9; 65]);
    let data = PowSignatureData::decode(bytes.as_slice()).unwrap();
    assert_eq!(data.nonce, [&[0; 30][..], &[1, 2]].concat());
    assert_eq!(data.recoverable_signature, &[9; 65][..]);
}

proptest! {
    #[test]
    fn shares_join_without_gaps(count in 1u64..300) {
        let mut end = U256::ZERO;
        for index in 0..count {
            let share = share(index, groups(count));
            prop_assert_eq!(share.start, end);
            prop_assert!(share.end > share.start);
            end = share.end;
        }
        prop_assert_eq!(end, U256::MAX);
    }
}
