//! The skip list over the ancestors of a block.
//!
//! A block at height `h` whose number has `z` trailing zero bits points to its ancestors at
//! `h - 1`, `h - 2`, `h - 4` ... `h - 2^z`. On average that is two pointers per block, and from
//! any block to any ancestor the way has logarithmic length.

/// The heights a block at `height` points to, nearest first. None for height 0.
pub(crate) fn previous_heights(height: u64) -> impl Iterator<Item = u64> {
    let count = if height == 0 { 0 } else { height.trailing_zeros() + 1 };
    (0..count).map(move |k| height - (1 << k))
}

/// The farthest pointer of a block at `from` that does not overshoot the ancestor at `goal`: its
/// index and the height it leads to. `None` unless `goal` is below `from`.
pub(crate) fn next_step(goal: u64, from: u64) -> Option<(usize, u64)> {
    previous_heights(from).enumerate().take_while(|(_, height)| *height >= goal).last()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pointers_of_small_heights() {
        let heights = |h| previous_heights(h).collect::<Vec<_>>();
        assert_eq!(heights(0), [0_u64; 0]);
        assert_eq!(heights(1), [0]);
        assert_eq!(heights(2), [1, 0]);
        assert_eq!(heights(3), [2]);
        assert_eq!(heights(8), [7, 6, 4, 0]);
        assert_eq!(heights(12), [11, 10, 8]);
        assert_eq!(heights(u64::MAX), [u64::MAX - 1]);
    }

    #[test]
    fn steps_do_not_overshoot() {
        assert_eq!(next_step(0, 8), Some((3, 0)));
        assert_eq!(next_step(1, 8), Some((2, 4)));
        assert_eq!(next_step(5, 8), Some((1, 6)));
        assert_eq!(next_step(7, 8), Some((0, 7)));
        assert_eq!(next_step(8, 8), None);
        assert_eq!(next_step(9, 8), None);
        assert_eq!(next_step(0, 0), None);
    }

    proptest! {
        #[test]
        fn the_way_is_short(from in 1_u64..u64::MAX, below in 1_u64..u64::MAX) {
            let goal = from - below.min(from);
            let mut at = from;
            let mut steps = 0;
            while at != goal {
                let (index, height) = next_step(goal, at).unwrap();
                prop_assert_eq!(height, at - (1 << index));
                prop_assert!(height >= goal && height < at);
                at = height;
                steps += 1;
            }
            prop_assert!(steps <= 128);
        }
    }
}
