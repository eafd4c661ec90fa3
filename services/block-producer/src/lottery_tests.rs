use super::*;

fn lottery(vhp: u64, difficulty: u128) -> Lottery {
    Lottery::new(Bytes::from_static(b"seed"), difficulty, vhp, 100).unwrap()
}

fn hash(high: u128, low: u128) -> vrf::Output {
    [high.to_be_bytes(), low.to_be_bytes()].concat().try_into().unwrap()
}

#[test]
fn quanta_are_strictly_later_multiples_of_ten() {
    assert_eq!(next_quantum(0, 0), 10);
    assert_eq!(next_quantum(9, 0), 10);
    assert_eq!(next_quantum(10, 0), 20);
    assert_eq!(next_quantum(1_700_000_000_119, 0), 1_700_000_000_120);
    assert_eq!(next_quantum(1_700_000_000_120, 0), 1_700_000_000_130);
    assert_eq!(next_quantum(100, 250), 260);
    assert_eq!(next_quantum(300, 250), 310);
    assert!(next_quantum(u64::MAX, 0) >= u64::MAX - 10);
}

#[test]
fn the_test_is_exact_at_its_edge() {
    // The first number that loses, from the formula: (2^128 - 1) / difficulty * vhp.
    for (vhp, difficulty, first_losing) in [
        (1, 1, 0xffffffffffffffffffffffffffffffff),
        (3, 7, 0x6db6db6db6db6db6db6db6db6db6db6c),
        (100_000_000, 1_000_000_000_000_000, 0x1ad7f29abcaf485787a61820e00),
        (u64::MAX, 1 << 100, 0xffffffefffffffff0000001),
        (1, u128::MAX, 1),
        (123_456_789, 987_654_321_012_345, 0x218def3c48ce0c9c4519b94dab0),
    ] {
        let lottery = lottery(vhp, difficulty);
        assert!(!lottery.wins(&hash(first_losing, 0)), "{vhp} {difficulty}");
        // The lower half does not count.
        assert!(lottery.wins(&hash(first_losing - 1, u128::MAX)), "{vhp} {difficulty}");
    }
    // More stake than difficulty: every quantum wins.
    assert!(lottery(u64::MAX, 1).wins(&hash(u128::MAX, u128::MAX)));
}

#[test]
fn a_share_of_the_stake_wins_a_share_of_the_quanta() {
    let of = |percent| Lottery::new(Bytes::new(), 1000, 1000, percent).unwrap();
    let edge = u128::MAX / 1000 * 1000;
    assert!(of(100).wins(&hash(edge - 1, 0)) && !of(100).wins(&hash(edge, 0)));
    assert!(of(25).wins(&hash(edge / 4 - 1, 0)) && !of(25).wins(&hash(edge / 4, 0)));
    assert_eq!(Lottery::new(Bytes::new(), 5, 99, 1), Err(LotteryError::NoStake(99)));
}

#[test]
fn without_stake_or_difficulty_there_is_no_lottery() {
    let error = Lottery::new(Bytes::new(), 5, 0, 100).unwrap_err();
    assert_eq!(error.to_string(), "expected VHP balance greater than 0, was 0");
    let error = Lottery::new(Bytes::new(), 0, 5, 100).unwrap_err();
    assert_eq!(error.to_string(), "expected difficulty greater than 0, was 0");
}

#[test]
fn difficulties_are_big_endian() {
    assert_eq!(difficulty(&[]), Ok(0));
    assert_eq!(difficulty(&[0; 40]), Ok(0));
    assert_eq!(difficulty(&[1, 0]), Ok(256));
    assert_eq!(difficulty(&[0xff; 16]), Ok(u128::MAX));
    assert_eq!(difficulty(&[&[0; 16][..], &[7; 1]].concat()), Ok(7));
    assert_eq!(difficulty(&[1; 17]), Err(LotteryError::DifficultyTooLarge));
}

#[test]
fn drawing_finds_the_first_quantum_that_wins() {
    let key = SecretKey::from_seed("lottery").unwrap();
    // One in eight wins.
    let lottery = lottery(1, 8);
    let go = AtomicBool::new(false);
    let win = lottery.draw(&key, 10, 10_000, &go).unwrap().unwrap();
    let payload = |time| VrfPayload { seed: b"seed"[..].into(), block_time: time }.encode_to_vec();
    let public = key.public_key();
    assert_eq!(vrf::verify(&public, &payload(win.time), &win.proof), Ok(win.hash));
    assert!(lottery.wins(&win.hash));
    for time in (10..win.time).step_by(10) {
        let (_, hash) = vrf::prove(&key, &payload(time)).unwrap();
        assert!(!lottery.wins(&hash));
    }
    assert_eq!(lottery.draw(&key, 10, win.time - 10, &go), Ok(None));
    assert_eq!(lottery.draw(&key, win.time, win.time, &go), Ok(Some(win.clone())));
    go.store(true, Ordering::Relaxed);
    assert_eq!(lottery.draw(&key, 10, 10_000, &go), Ok(None));

    let data = SignatureData::decode(win.signature(&[3; 65]).as_slice()).unwrap();
    assert_eq!(data.vrf_proof, &win.proof[..]);
    assert_eq!(data.vrf_hash, [&[0x12, 0x20], &win.hash[..]].concat());
    assert_eq!(data.signature, &[3; 65][..]);
}
