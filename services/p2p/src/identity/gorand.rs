//! The random numbers of Go's `math/rand`, as far as the derivation of keys needs them: the additive
//! lagged Fibonacci generator with the lags 607 and 273, modulo 2^64.
//!
//! Go mixes its seed with a table of 607 numbers. They are the state of the generator itself after
//! 7.8 * 10^12 steps from a simpler seeding, so they are computed here: the generator is a linear
//! recurrence, and that many steps are a power of x modulo its characteristic polynomial.

use std::sync::OnceLock;

const LENGTH: usize = 607;
/// Where the second summand is, counted from the oldest number: `LENGTH - 273`.
const TAP: usize = 334;
/// Steps between the simple seeding and the table.
const STEPS: u64 = 7_800_000_000_000;
const MODULUS: i64 = (1 << 31) - 1;

/// One step of the linear congruential generator that spreads the seed, modulo 2^31 - 1.
fn spread(x: i64) -> i64 {
    let next = 48_271 * (x % 44_488) - 3_399 * (x / 44_488);
    if next < 0 { next + MODULUS } else { next }
}

/// The numbers that a seed is spread to, three at a time.
fn fill(seed: i64, shifts: (u32, u32)) -> [u64; LENGTH] {
    let mut x = seed;
    for _ in 0..20 {
        x = spread(x);
    }
    std::array::from_fn(|_| {
        let mut next = || {
            x = spread(x);
            x as u64
        };
        let (a, b, c) = (next(), next(), next());
        a << shifts.0 ^ b << shifts.1 ^ c
    })
}

/// Multiplies polynomials modulo x^607 - x^334 - 1.
fn multiply(a: &[u64; LENGTH], b: &[u64; LENGTH]) -> [u64; LENGTH] {
    let mut product = [0_u64; 2 * LENGTH];
    for (i, x) in a.iter().enumerate().filter(|(_, x)| **x != 0) {
        for (j, y) in b.iter().enumerate() {
            product[i + j] = product[i + j].wrapping_add(x.wrapping_mul(*y));
        }
    }
    for power in (LENGTH..2 * LENGTH).rev() {
        let excess = std::mem::take(&mut product[power]);
        for lower in [power - LENGTH + TAP, power - LENGTH] {
            product[lower] = product[lower].wrapping_add(excess);
        }
    }
    std::array::from_fn(|at| product[at])
}

/// x to the power of `exponent`.
fn power(exponent: u64) -> [u64; LENGTH] {
    let (mut result, mut x) = ([0; LENGTH], [0; LENGTH]);
    result[0] = 1;
    x[1] = 1;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = multiply(&result, &result);
        if exponent >> bit & 1 == 1 {
            result = multiply(&result, &x);
        }
    }
    result
}

/// Where the number of step `step` lies in the generator's array: it is filled downwards.
fn place(step: u64) -> usize {
    let length = LENGTH as u64;
    ((TAP as u64 - 1 + length - step % length) % length) as usize
}

fn compute_table() -> [u64; LENGTH] {
    let start = fill(1, (20, 10));
    // The terms that the power reaches: twice the state, for 607 of them in a row.
    let mut terms: Vec<u64> = (0..LENGTH as u64).map(|step| start[place(step)]).collect();
    for at in LENGTH..2 * LENGTH {
        terms.push(terms[at - LENGTH].wrapping_add(terms[at - LENGTH + TAP]));
    }
    let jump = power(STEPS);
    let mut table = [0; LENGTH];
    for step in 0..LENGTH {
        let products = jump.iter().zip(&terms[step..]).map(|(a, b)| a.wrapping_mul(*b));
        table[place(STEPS + step as u64)] = products.fold(0, u64::wrapping_add);
    }
    table
}

fn table() -> &'static [u64; LENGTH] {
    static TABLE: OnceLock<[u64; LENGTH]> = OnceLock::new();
    TABLE.get_or_init(compute_table)
}

/// The generator.
pub(super) struct GoRand {
    state: [u64; LENGTH],
    tap: usize,
    feed: usize,
}

impl GoRand {
    /// As `rand.NewSource(seed)`.
    pub(super) fn new(seed: i64) -> Self {
        let seed = match seed % MODULUS {
            0 => 89_482_311,
            seed if seed < 0 => seed + MODULUS,
            seed => seed,
        };
        let mut state = fill(seed, (40, 20));
        for (number, cooked) in state.iter_mut().zip(table()) {
            *number ^= cooked;
        }
        Self { state, tap: 0, feed: TAP }
    }

    /// As `Int63`: 63 bits.
    fn next(&mut self) -> u64 {
        let back = |at: usize| if at == 0 { LENGTH - 1 } else { at - 1 };
        self.tap = back(self.tap);
        self.feed = back(self.feed);
        let sum = self.state[self.feed].wrapping_add(self.state[self.tap]);
        self.state[self.feed] = sum;
        sum & (u64::MAX >> 1)
    }

    /// As `Read`: seven bytes of each number, the lowest first.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(7) {
            let number = self.next().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_known_ends() {
        let table = compute_table();
        assert_eq!(table[0], 0xc5f7_4a33_eb98_ffea);
        assert_eq!(table[LENGTH - 1] & (u64::MAX >> 1), 4_152_330_101_494_654_406);
    }

    #[test]
    fn the_power_is_what_the_recurrence_does() {
        // Slowly: one term after the other.
        let mut terms: Vec<u64> = (1..=LENGTH as u64).map(|n| n * n).collect();
        for at in LENGTH..3_000 {
            terms.push(terms[at - LENGTH].wrapping_add(terms[at - LENGTH + TAP]));
        }
        for steps in [0, 1, 606, 607, 608, 1_300, 2_999] {
            let jump = power(steps);
            let sum = jump.iter().zip(&terms).map(|(a, b)| a.wrapping_mul(*b));
            assert_eq!(sum.fold(0, u64::wrapping_add), terms[steps as usize], "{steps}");
        }
    }
}
