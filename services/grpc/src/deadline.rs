//! How long a client waits, as it says in the header `grpc-timeout`: up to eight digits and a unit.

use std::time::Duration;

use axum::http::HeaderMap;

/// The time from now that the client gives, if it gives one that can be understood.
pub(crate) fn of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(value * 3_600),
        "M" => Duration::from_secs(value * 60),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", text.parse().ok()?);
        of(&headers)
    }

    #[test]
    fn timeouts_have_a_unit() {
        assert_eq!(of(&HeaderMap::new()), None);
        for (text, time) in [
            ("1H", Duration::from_secs(3_600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("99999999m", Duration::from_millis(99_999_999)),
            ("0u", Duration::ZERO),
            ("7n", Duration::from_nanos(7)),
        ] {
            assert_eq!(read(text), Some(time), "{text}");
        }
        for text in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "100000000m", "1SS", "1 S", "S1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[ -~]{0,12}|[0-9]{0,9}[HMSmun]") {
            // The largest a client may give, in hours.
            let most = Duration::from_secs(99_999_999 * 3_600);
            prop_assert!(read(&text).is_none_or(|time| time <= most));
        }
    }
}
