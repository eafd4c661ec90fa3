//! Amounts of tokens: whole units on the chain, decimal numbers for people.

use crate::error::{Result, refused};

/// The most decimals that a number of 64 bits can have any use for; an amount of a token with more
/// would be all zeros.
const MAX_DECIMALS: u32 = 1_000;

/// `value` units as a decimal number, without zeros at its end.
pub fn format_units(value: u64, decimals: u32) -> String {
    let digits = value.to_string();
    if decimals == 0 {
        return digits;
    }
    let decimals = decimals.min(MAX_DECIMALS) as usize;
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// The units of a decimal number. A comma may stand for the point. As by the original service,
/// digits behind the token's last decimal are cut off, and the first of them rounds up if it is a 5.
///
/// # Errors
/// For anything but a number that is not negative and fits into 64 bits of units.
pub fn parse_units(text: &str, decimals: u32) -> Result<u64> {
    let unfit = || {
        refused(format!(
            "invalid value {text:?}: expected a decimal number with up to {decimals} decimals that \
             is not negative and fits into 64 bits"
        ))
    };
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_number(whole) || !is_number(fraction) {
        return Err(unfit());
    }
    let decimals = decimals.min(MAX_DECIMALS) as usize;
    let (kept, cut) = fraction.split_at(fraction.len().min(decimals));
    let digits = format!("{whole}{kept:0<decimals$}");
    let digits = digits.trim_start_matches('0');
    let units: u64 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| unfit())? };
    units.checked_add(u64::from(cut.starts_with('5'))).ok_or_else(unfit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_written_without_zeros_at_the_end() {
        for (value, decimals, text) in [
            (1_613_492_705_173, 8, "16134.92705173"),
            (0, 8, "0"),
            (10_000_000_000, 8, "100"),
            (100, 0, "100"),
            (1, 8, "0.00000001"),
            (105, 1, "10.5"),
            (50, 1, "5"),
            (u64::MAX, 8, "184467440737.09551615"),
        ] {
            assert_eq!(format_units(value, decimals), text);
        }
    }

    #[test]
    fn amounts_are_read() {
        for (text, decimals, value) in [
            ("16134.92705173", 8, 1_613_492_705_173),
            ("1", 8, 100_000_000),
            ("1,5", 1, 15),
            (".5", 2, 50),
            ("5.", 2, 500),
            ("007", 0, 7),
            ("0.000000019", 8, 1),
            ("1.000000015", 8, 100_000_002),
            ("0.5", 0, 1),
            ("0.9", 0, 0),
        ] {
            assert_eq!(parse_units(text, decimals).unwrap(), value, "{text}");
        }
        for text in ["", ".", "-1", "+1", "1e3", "0x1", "1.2.3", "1 ", "18446744073709551616"] {
            let error = parse_units(text, 0).unwrap_err().to_string();
            assert!(error.starts_with("invalid value"), "{error}");
        }
        assert!(parse_units("18446744073709551615.5", 0).is_err());
        assert!(parse_units("1", 900).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value: u64, decimals in 0_u32..40) {
            let text = format_units(value, decimals);
            prop_assert_eq!(parse_units(&text, decimals).unwrap(), value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*", decimals: u32) {
            let _ = parse_units(&text, decimals);
        }
    }
}
