//! JSON as text: whether it is well formed, and where its members lie.
//!
//! The rules and the texts of the errors are those of the decoder the original service is built
//! with, since clients see the texts. Nothing here recurses.

/// The deepest nesting of arrays and objects that is read.
const MAX_DEPTH: usize = 10_000;
/// The most values that are read. Each takes some 100 bytes of memory, however few it has as text;
/// a full block has far fewer.
const MAX_VALUES: usize = 500_000;

/// What encloses the current position.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    ObjectKey,
    ObjectValue,
    Array,
}

#[derive(Clone, Copy)]
enum State {
    BeginValue,
    BeginValueOrEnd,
    BeginKey,
    BeginKeyOrEnd,
    EndValue,
    EndTop,
    String,
    Escape,
    /// Behind `\u`, with that many hexadecimal digits to come.
    Unicode(u8),
    Minus,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// Inside `true`, `false` or `null`, with that many bytes read.
    Literal(&'static str, u8),
}

/// Checks that `text` is one JSON value.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(text: &[u8]) -> Result<(), String> {
    let mut scanner = Scanner { state: State::BeginValue, stack: Vec::new(), values: 0 };
    for &byte in text {
        scanner.step(byte)?;
    }
    if !matches!(scanner.state, State::EndTop) {
        // A space completes a number.
        scanner.step(b' ')?;
    }
    match scanner.state {
        State::EndTop => Ok(()),
        _ => Err("unexpected end of JSON input".to_owned()),
    }
}

struct Scanner {
    state: State,
    stack: Vec<Inside>,
    values: usize,
}

impl Scanner {
    fn step(&mut self, byte: u8) -> Result<(), String> {
        self.state = match self.state {
            State::String => match byte {
                b'"' => State::EndValue,
                b'\\' => State::Escape,
                0..0x20 => return Err(invalid(byte, "in string literal")),
                _ => State::String,
            },
            State::Escape => match byte {
                b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => State::String,
                b'u' => State::Unicode(4),
                _ => return Err(invalid(byte, "in string escape code")),
            },
            State::Unicode(left) => match byte {
                _ if !byte.is_ascii_hexdigit() => {
                    return Err(invalid(byte, "in \\u hexadecimal character escape"));
                }
                _ if left > 1 => State::Unicode(left - 1),
                _ => State::String,
            },
            State::Literal(word, read) => literal(word, read, byte)?,
            State::Minus
            | State::Zero
            | State::Digits
            | State::Point
            | State::Fraction
            | State::Exponent
            | State::ExponentSign
            | State::ExponentDigits => return self.number(byte),
            _ if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') => match self.state {
                State::EndValue if self.stack.is_empty() => State::EndTop,
                state => state,
            },
            State::BeginValueOrEnd if byte == b']' => return self.end_value(byte),
            State::BeginValue | State::BeginValueOrEnd => return self.begin_value(byte),
            State::BeginKeyOrEnd if byte == b'}' => {
                self.stack.pop();
                self.closed()
            }
            State::BeginKey | State::BeginKeyOrEnd => match byte {
                b'"' => State::String,
                _ => return Err(invalid(byte, "looking for beginning of object key string")),
            },
            State::EndValue => return self.end_value(byte),
            State::EndTop => return Err(invalid(byte, "after top-level value")),
        };
        Ok(())
    }

    fn begin_value(&mut self, byte: u8) -> Result<(), String> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(format!("more than {MAX_VALUES} values"));
        }
        self.state = match byte {
            b'{' => self.open(Inside::ObjectKey, State::BeginKeyOrEnd)?,
            b'[' => self.open(Inside::Array, State::BeginValueOrEnd)?,
            b'"' => State::String,
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Digits,
            b't' => State::Literal("true", 1),
            b'f' => State::Literal("false", 1),
            b'n' => State::Literal("null", 1),
            _ => return Err(invalid(byte, "looking for beginning of value")),
        };
        Ok(())
    }

    fn open(&mut self, inside: Inside, next: State) -> Result<State, String> {
        if self.stack.len() >= MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.stack.push(inside);
        Ok(next)
    }

    /// The state behind a value that closed itself.
    fn closed(&self) -> State {
        if self.stack.is_empty() { State::EndTop } else { State::EndValue }
    }

    fn number(&mut self, byte: u8) -> Result<(), String> {
        self.state = match (self.state, byte) {
            (State::Minus, b'0') => State::Zero,
            (State::Minus, b'1'..=b'9') | (State::Digits, b'0'..=b'9') => State::Digits,
            (State::Minus, _) => return Err(invalid(byte, "in numeric literal")),
            (State::Zero | State::Digits, b'.') => State::Point,
            (State::Point | State::Fraction, b'0'..=b'9') => State::Fraction,
            (State::Point, _) => {
                return Err(invalid(byte, "after decimal point in numeric literal"));
            }
            (State::Zero | State::Digits | State::Fraction, b'e' | b'E') => State::Exponent,
            (State::Exponent, b'+' | b'-') => State::ExponentSign,
            (State::Exponent | State::ExponentSign | State::ExponentDigits, b'0'..=b'9') => {
                State::ExponentDigits
            }
            (State::Exponent | State::ExponentSign, _) => {
                return Err(invalid(byte, "in exponent of numeric literal"));
            }
            _ => {
                self.state = State::EndValue;
                return self.step(byte);
            }
        };
        Ok(())
    }

    /// A byte that is no space, behind a complete value.
    fn end_value(&mut self, byte: u8) -> Result<(), String> {
        let Some(inside) = self.stack.last_mut() else {
            return Err(invalid(byte, "after top-level value"));
        };
        self.state = match (*inside, byte) {
            (Inside::ObjectKey, b':') => {
                *inside = Inside::ObjectValue;
                State::BeginValue
            }
            (Inside::ObjectKey, _) => return Err(invalid(byte, "after object key")),
            (Inside::ObjectValue, b',') => {
                *inside = Inside::ObjectKey;
                State::BeginKey
            }
            (Inside::Array, b',') => State::BeginValue,
            (Inside::ObjectValue, b'}') | (Inside::Array, b']') => {
                self.stack.pop();
                self.closed()
            }
            (Inside::ObjectValue, _) => {
                return Err(invalid(byte, "after object key:value pair"));
            }
            (Inside::Array, _) => return Err(invalid(byte, "after array element")),
        };
        Ok(())
    }
}

fn literal(word: &'static str, read: u8, byte: u8) -> Result<State, String> {
    let expected = word.as_bytes()[usize::from(read)];
    if byte != expected {
        let context = format!("in literal {word} (expecting '{}')", char::from(expected));
        return Err(invalid(byte, &context));
    }
    let read = read + 1;
    Ok(if usize::from(read) == word.len() { State::EndValue } else { State::Literal(word, read) })
}

/// The byte is shown as the character of that number.
fn invalid(byte: u8, context: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x07 => "\\a".to_owned(),
        0x08 => "\\b".to_owned(),
        0x0b => "\\v".to_owned(),
        0x0c => "\\f".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        0..0x20 | 0x7f => format!("\\x{byte:02x}"),
        0x80..=0xa0 | 0xad => format!("\\u{byte:04x}"),
        _ => char::from(byte).to_string(),
    };
    format!("invalid character '{shown}' {context}")
}

/// The value that `text` consists of, without the space around it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// The members of a well-formed object as raw names (with their quotes) and raw values.
pub(crate) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut parts = parts(object);
    std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
}

/// The elements of a well-formed array.
pub(crate) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    parts(array)
}

/// The values directly inside a well-formed array or object, names of members among them.
fn parts(container: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = trim(container);
    let inner = inner.get(1..inner.len().saturating_sub(1)).unwrap_or_default();
    let mut at = 0;
    std::iter::from_fn(move || {
        let between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':');
        at += inner[at..].iter().take_while(|byte| between(byte)).count();
        let start = at;
        at += value_len(&inner[start..]);
        (at > start).then(|| &inner[start..at])
    })
}

/// The length of the well-formed value at the start of `text`.
fn value_len(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_len(&text[at..]),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// The length of the string at the start of `text`, quotes included.
fn string_len(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn faults_have_the_texts_clients_know() {
        for (text, fault) in [
            ("", "unexpected end of JSON input"),
            ("  ", "unexpected end of JSON input"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("\"abc", "unexpected end of JSON input"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1}", "invalid character '}' after array element"),
            ("{} {", "invalid character '{' after top-level value"),
            ("01", "invalid character '1' after top-level value"),
            ("-", "invalid character ' ' in numeric literal"),
            ("-a", "invalid character 'a' in numeric literal"),
            ("1.", "invalid character ' ' after decimal point in numeric literal"),
            ("1.a", "invalid character 'a' after decimal point in numeric literal"),
            ("1e", "invalid character ' ' in exponent of numeric literal"),
            ("1e+x", "invalid character 'x' in exponent of numeric literal"),
            ("tr", "invalid character ' ' in literal true (expecting 'u')"),
            ("falsy", "invalid character 'y' in literal false (expecting 'e')"),
            ("nil", "invalid character 'i' in literal null (expecting 'u')"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u00g0\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("\"\u{1}\"", "invalid character '\\x01' in string literal"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
            ("[\"a\"\"b\"]", "invalid character '\"' after array element"),
            ("\u{e9}", "invalid character '\u{c3}' looking for beginning of value"),
        ] {
            assert_eq!(check(text.as_bytes()), Err(fault.to_owned()), "{text}");
        }
        for good in ["0", " -0.5e+3 ", "[]", "{ }", "[{}, []]", "\"\\u00e9\\\\\"", "true", "null"] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(check(nested(MAX_DEPTH).as_bytes()), Ok(()));
        let fault = check(nested(MAX_DEPTH + 1).as_bytes());
        assert_eq!(fault, Err("exceeded max depth".to_owned()));
        assert_eq!(value_len(nested(MAX_DEPTH).as_bytes()), 2 * MAX_DEPTH);
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let list = |count: usize| format!("[{}1]", "1,".repeat(count - 1));
        assert_eq!(check(list(MAX_VALUES - 1).as_bytes()), Ok(()));
        assert!(check(list(MAX_VALUES).as_bytes()).is_err());
    }

    #[test]
    fn members_are_cut_out_as_they_stand() {
        let object = br#" { "a\"}" : [1, {"b":"]"}] ,"c":-1.5e3 , "d" :{} } "#;
        let cut: Vec<(&str, &str)> = members(object)
            .map(|(name, value)| {
                (std::str::from_utf8(name).unwrap(), std::str::from_utf8(value).unwrap())
            })
            .collect();
        let expected = [(r#""a\"}""#, r#"[1, {"b":"]"}]"#), ("\"c\"", "-1.5e3"), ("\"d\"", "{}")];
        assert_eq!(cut, expected);
        assert_eq!(elements(b"[ ]").count(), 0);
        assert_eq!(
            elements(b"[1,[2,3] ,null]").collect::<Vec<_>>(),
            [&b"1"[..], b"[2,3]", b"null"]
        );
    }

    fn json_like() -> impl Strategy<Value = Vec<u8>> {
        let token = prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\\", "a", "0", "1", "-", ".", "e", "true", "null",
            " ", "\"id\"", "\\u00e9", "\n", "\u{e9}",
        ]);
        prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn agrees_with_serde(text in json_like()) {
            let known: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(&text);
            prop_assert_eq!(check(&text).is_ok(), known.is_ok());
        }

        #[test]
        fn any_bytes_are_survived(text in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = check(&text);
            let _ = members(&text).count();
            let _ = elements(&text).count();
        }

        #[test]
        fn elements_put_together_again_are_the_array(
            items in prop::collection::vec("[0-9]{1,3}|\"[a-z\\[,]{0,3}\"|\\[[0-9]?\\]", 0..6)
        ) {
            let valid: Vec<String> =
                items.into_iter().filter(|item| check(item.as_bytes()).is_ok()).collect();
            let array = format!("[{}]", valid.join(" , "));
            let cut: Vec<_> =
                elements(array.as_bytes()).map(|e| String::from_utf8(e.to_vec()).unwrap()).collect();
            prop_assert_eq!(cut, valid);
        }
    }
}
