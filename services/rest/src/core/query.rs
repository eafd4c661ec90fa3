//! The query of a request: parameters by name, and the arguments of a contract's method.

use serde_json::{Map, Value};

use crate::error::{Result, refused};

/// Parameters a query may have.
const MAX_PARAMETERS: usize = 1_000;
/// How deep names may go, as in `a.b.c`.
const MAX_DEPTH: usize = 8;

/// The parameters in the order they came, decoded.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the `?`.
    ///
    /// # Errors
    /// When it is not text, or there are too many parameters.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parameters = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(refused(format!("more than {MAX_PARAMETERS} parameters")));
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            parameters.push((unescaped(name)?, unescaped(value)?));
        }
        Ok(Self(parameters))
    }

    /// The first parameter of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The parameter of this name, which has to be there.
    ///
    /// # Errors
    /// `missing required field`.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| refused(format!("missing required field '{name}'")))
    }

    /// A flag that is on unless it is `false`.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) != Some("false")
    }

    /// A flag that is off unless it is there and not `false`.
    pub fn is_asked(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "" | "false"))
    }

    /// A number that has to be there.
    ///
    /// # Errors
    /// When it is missing, or no number that fits.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        number(name, self.required(name)?)
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// When it is no number that fits.
    pub fn optional<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.get(name).map(|text| number(name, text)).transpose()
    }

    /// The same query with other values for some parameters.
    pub fn with(&self, changed: &[(&str, String)]) -> String {
        let kept = self.0.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let changed = changed.iter().map(|(name, value)| (*name, value.as_str()));
        let pair = |(name, value): (&str, &str)| format!("{}={}", escaped(name), escaped(value));
        kept.chain(changed).map(pair).collect::<Vec<_>>().join("&")
    }

    /// The arguments that the parameters stand for: `a.b=1` and `a[b]=1` are a member of a member,
    /// `a[]=1`, `a[0]=1` and a name that comes again are items of a list.
    ///
    /// # Errors
    /// When names contradict each other.
    pub fn arguments(&self) -> Result<Map<String, Value>> {
        let mut root = Value::Object(Map::new());
        for (name, value) in &self.0 {
            let path = path(name)?;
            put(&mut root, &path, value)
                .ok_or_else(|| refused(format!("parameter {name:?} contradicts one before it")))?;
        }
        match root {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = all_digits.then(|| text.parse().ok()).flatten();
    read.ok_or_else(|| {
        let bits = 8 * std::mem::size_of::<T>();
        refused(format!("invalid {name} {text:?}: expected a number of up to {bits} bits"))
    })
}

/// A step into a value.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    /// The next item of a list.
    Item,
}

fn path(name: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        if steps.len() == MAX_DEPTH {
            return Err(refused(format!("parameter {name:?} goes more than {MAX_DEPTH} deep")));
        }
        let inside = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((inner, after)) = inside {
            let is_index = inner.bytes().all(|byte| byte.is_ascii_digit());
            steps.push(if is_index { Step::Item } else { Step::Member(inner.to_owned()) });
            rest = after;
            continue;
        }
        // A dot ahead of a name separates; a bracket that is never closed belongs to the name.
        let text = rest.strip_prefix('.').unwrap_or(rest);
        let end = text.char_indices().skip(1).find(|(at, char)| match char {
            '.' => true,
            '[' => text[*at..].contains(']'),
            _ => false,
        });
        let end = end.map_or(text.len(), |(at, _)| at);
        steps.push(Step::Member(text[..end].to_owned()));
        rest = &text[end..];
    }
    Ok(steps)
}

fn put(place: &mut Value, path: &[Step], value: &str) -> Option<()> {
    let Some((step, rest)) = path.split_first() else {
        match place {
            Value::Null => *place = value.into(),
            Value::Array(items) => items.push(value.into()),
            Value::String(first) => *place = vec![std::mem::take(first), value.to_owned()].into(),
            _ => return None,
        }
        return Some(());
    };
    if place.is_null() {
        *place = match step {
            Step::Member(_) => Value::Object(Map::new()),
            Step::Item => Value::Array(Vec::new()),
        };
    }
    match (step, place) {
        (Step::Member(name), Value::Object(members)) => {
            put(members.entry(name.as_str()).or_insert(Value::Null), rest, value)
        }
        (Step::Item, Value::Array(items)) => {
            items.push(Value::Null);
            put(items.last_mut()?, rest, value)
        }
        _ => None,
    }
}

/// Text out of its form in a URL.
fn unescaped(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|digit| (digit as char).to_digit(16));
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(), digit()) {
                (Some(high), Some(low)) => (high << 4 | low) as u8,
                _ => return Err(refused(format!("the query has a wrong % in {text:?}"))),
            },
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| refused(format!("the query is not UTF-8 in {text:?}")))
}

/// Text in the form it has in the query of a URL.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char);
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn arguments(text: &str) -> Value {
        Query::parse(text).unwrap().arguments().unwrap().into()
    }

    #[test]
    fn parameters_are_found() {
        let query = Query::parse("a=1&b=x%20y+z&a=2&c&on=false&n=7&&s=%40bob").unwrap();
        assert_eq!(query.get("a"), Some("1"));
        assert_eq!(query.get("b"), Some("x y z"));
        assert_eq!(query.get("s"), Some("@bob"));
        assert_eq!(query.required("c").unwrap(), "");
        let missing = query.required("limit").unwrap_err().to_string();
        assert_eq!(missing, "missing required field 'limit'");
        assert!(!query.is_on("on") && query.is_on("b") && query.is_on("none"));
        assert!(query.is_asked("a") && !query.is_asked("on") && !query.is_asked("none"));
        assert_eq!(query.number::<u64>("n").unwrap(), 7);
        assert_eq!(query.optional::<u64>("none").unwrap(), None);
        let error = query.number::<u32>("b").unwrap_err().to_string();
        assert_eq!(error, "invalid b \"x y z\": expected a number of up to 32 bits");
        for wrong in ["n=", "n=-1", "n=+1", "n=4294967296", "n=1.0"] {
            assert!(Query::parse(wrong).unwrap().number::<u32>("n").is_err(), "{wrong}");
        }
        for wrong in ["a=%", "a=%4", "a=%zz", "a=%ff"] {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            query.with(&[("a", "3".to_owned())]),
            "b=x%20y%20z&c=&on=false&n=7&s=%40bob&a=3"
        );
    }

    #[test]
    fn names_say_where_an_argument_stands() {
        assert_eq!(arguments(""), json!({}));
        assert_eq!(arguments("a=1&b=2"), json!({ "a": "1", "b": "2" }));
        assert_eq!(arguments("a.b=1&a.c=2"), json!({ "a": { "b": "1", "c": "2" } }));
        assert_eq!(arguments("a[b][c]=1"), json!({ "a": { "b": { "c": "1" } } }));
        assert_eq!(arguments("a[]=1&a[]=2"), json!({ "a": ["1", "2"] }));
        assert_eq!(arguments("a[0]=1&a[1]=2"), json!({ "a": ["1", "2"] }));
        assert_eq!(arguments("a=1&a=2&a=3"), json!({ "a": ["1", "2", "3"] }));
        assert_eq!(arguments("a%5Bb%5D=1"), json!({ "a": { "b": "1" } }));
        assert_eq!(arguments("a[=1"), json!({ "a[": "1" }));
        let error = Query::parse("a=1&a.b=2").unwrap().arguments().unwrap_err().to_string();
        assert_eq!(error, "parameter \"a.b\" contradicts one before it");
        let deep = "a.b".repeat(20);
        assert!(Query::parse(&deep).unwrap().arguments().is_err());
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(text in "[a-c.=&\\[\\]%0-9+]{0,60}") {
            if let Ok(query) = Query::parse(&text) {
                let _ = query.arguments();
                let again = Query::parse(&query.with(&[])).unwrap();
                prop_assert_eq!(again.0, query.0);
            }
        }
    }
}
