//! The JSON-RPC envelope: what a call consists of, and what an answer looks like.

use std::borrow::Cow;

use koinos_codec::json::escape_html;

use crate::fault::Fault;
use crate::scan;

/// The id of an answer to what has no readable id.
const NO_ID: &str = "null";

/// A call as it stands in the request.
#[derive(Debug, PartialEq)]
pub(crate) struct Call<'a> {
    /// The id as text of JSON.
    pub(crate) id: Cow<'a, str>,
    pub(crate) method: String,
    /// The parameters as text of JSON.
    pub(crate) params: Option<&'a [u8]>,
}

/// A request: one call, or several.
#[derive(Debug, PartialEq)]
pub(crate) enum Request<'a> {
    Single(&'a [u8]),
    Batch(Vec<&'a [u8]>),
}

/// An error together with the id it answers to.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) fault: Box<Fault>,
}

impl From<Fault> for Refusal<'_> {
    fn from(fault: Fault) -> Self {
        Self { id: NO_ID.into(), fault: Box::new(fault) }
    }
}

/// Checks that the body is JSON and tells a batch, of at most `max_batch` calls, from a single call.
pub(crate) fn split(body: &[u8], max_batch: usize) -> Result<Request<'_>, Fault> {
    scan::check(body).map_err(Fault::parse)?;
    let body = scan::trim(body);
    if body.first() != Some(&b'[') {
        return Ok(Request::Single(body));
    }
    let calls: Vec<_> = scan::elements(body).take(max_batch + 1).collect();
    match calls.len() {
        0 => Err(Fault::invalid("empty batch")),
        count if count > max_batch => {
            Err(Fault::invalid(format!("a batch may have at most {max_batch} calls")))
        }
        _ => Ok(Request::Batch(calls)),
    }
}

/// The members of a call, as far as they are there.
#[derive(Default)]
struct Members<'a> {
    jsonrpc: String,
    method: String,
    id: Option<&'a [u8]>,
    params: Option<&'a [u8]>,
}

/// Reads the well-formed value `text` as a call.
pub(crate) fn read(text: &[u8]) -> Result<Call<'_>, Refusal<'_>> {
    let members = members(text)?;
    let id = members.id.ok_or_else(|| Fault::invalid("missing ID"))?;
    check_id(id).map_err(Fault::invalid)?;
    let id = String::from_utf8_lossy(id);
    if members.jsonrpc != "2.0" {
        let fault = Fault::invalid("invalid or missing JSON RPC version was specified");
        return Err(Refusal { id, fault: Box::new(fault) });
    }
    Ok(Call { id, method: members.method, params: members.params })
}

/// Reads the members in their order: a later one replaces an earlier one of the same name, names
/// are compared without regard to case, and `null` says nothing.
fn members(text: &[u8]) -> Result<Members<'_>, Fault> {
    let mut found = Members::default();
    if text == b"null" {
        return Ok(found);
    }
    if text.first() != Some(&b'{') {
        let kind = kind(text);
        return Err(Fault::parse(format!(
            "json: cannot unmarshal {kind} into Go value of type jsonrpc.RPCRequest"
        )));
    }
    let mut fault = None;
    for (name, value) in scan::members(text) {
        let name = string(name);
        let is = |member: &str| name.eq_ignore_ascii_case(member);
        let (member, field) = match () {
            () if is("jsonrpc") => ("jsonrpc", &mut found.jsonrpc),
            () if is("method") => ("method", &mut found.method),
            () if is("id") => {
                found.id = Some(value);
                continue;
            }
            () if is("params") => {
                found.params = Some(value);
                continue;
            }
            () => continue,
        };
        match value.first() {
            Some(b'"') => *field = string(value).into_owned(),
            Some(b'n') => {}
            _ => {
                let kind = kind(value);
                fault.get_or_insert_with(|| {
                    Fault::parse(format!(
                        "json: cannot unmarshal {kind} into Go struct field RPCRequest.{member} \
                         of type string"
                    ))
                });
            }
        }
    }
    fault.map_or(Ok(found), Err)
}

/// An id has to be a string, an integral number or null.
fn check_id(id: &[u8]) -> Result<(), &'static str> {
    match id.first() {
        Some(b'"' | b'n') => Ok(()),
        Some(b'-' | b'0'..=b'9') => {
            let number = std::str::from_utf8(id).ok().and_then(|text| text.parse::<f64>().ok());
            match number.filter(|number| number.is_finite()) {
                None => Err("invalid ID was specified"),
                // What a signed integer of 64 bits holds.
                Some(number) if number.fract() == 0.0 && (-TWO_63..TWO_63).contains(&number) => {
                    Ok(())
                }
                Some(_) => Err("ID must not contain fractional parts"),
            }
        }
        _ => Err("an ID must be a Number (non-fractional), String, or Null"),
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// The text of a well-formed string; what is no Unicode in it is replaced.
fn string(raw: &[u8]) -> Cow<'_, str> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    let text = String::from_utf8_lossy(raw);
    // An escaped half of a surrogate pair stands for no character, so no name equals it.
    serde_json::from_str(&text).unwrap_or_else(|_| Cow::Owned(char::REPLACEMENT_CHARACTER.into()))
}

fn kind(value: &[u8]) -> &'static str {
    match value.first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        _ => "number",
    }
}

/// An answer with a result, both texts of JSON.
pub(crate) fn success(id: &str, result: &str) -> String {
    let id = escape_html(id);
    let mut answer = String::with_capacity(40 + result.len() + id.len());
    answer.push_str("{\"jsonrpc\":\"2.0\",\"result\":");
    answer.push_str(result);
    answer.push_str(",\"id\":");
    answer.push_str(&id);
    answer.push('}');
    answer
}

/// An answer with an error.
pub(crate) fn failure(id: &str, fault: &Fault) -> String {
    let mut error = serde_json::Map::new();
    error.insert("code".to_owned(), fault.code.into());
    error.insert("message".to_owned(), fault.message.as_ref().into());
    if let Some(data) = &fault.data {
        error.insert("data".to_owned(), data.clone());
    }
    let error = serde_json::Value::Object(error).to_string();
    format!("{{\"jsonrpc\":\"2.0\",\"error\":{},\"id\":{}}}", escape_html(&error), escape_html(id))
}

/// An answer to what has no readable id.
pub(crate) fn failure_without_id(fault: &Fault) -> String {
    failure(NO_ID, fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> (String, i32, String) {
        let refusal = read(text.as_bytes()).unwrap_err();
        let data = refusal.fault.data.unwrap();
        (refusal.id.into_owned(), refusal.fault.code, data.as_str().unwrap().to_owned())
    }

    #[test]
    fn members_are_found_as_the_original_finds_them() {
        let call = read(
            br#"{"METHOD":"old","id":1,"m\u0065thod":"a.b","Id":" \u003c","jsonrpc":"1",
                "method":null,"jsonrpc":"2.0","more":[{}],"params":{"x":1}}"#,
        )
        .unwrap();
        assert_eq!(call.id, "\" \\u003c\"");
        assert_eq!(call.method, "a.b");
        assert_eq!(call.params, Some(&b"{\"x\":1}"[..]));
    }

    #[test]
    fn ids_come_before_versions() {
        for (id, text) in [
            ("true", "an ID must be a Number (non-fractional), String, or Null"),
            ("{}", "an ID must be a Number (non-fractional), String, or Null"),
            ("[1]", "an ID must be a Number (non-fractional), String, or Null"),
            ("1.5", "ID must not contain fractional parts"),
            ("1e300", "ID must not contain fractional parts"),
            ("9223372036854775808", "ID must not contain fractional parts"),
            ("1e400", "invalid ID was specified"),
        ] {
            let found = refusal(&format!("{{\"id\":{id}}}"));
            assert_eq!(found, ("null".to_owned(), -32600, text.to_owned()));
        }
        assert_eq!(refusal("{}").2, "missing ID");
        assert_eq!(refusal("null").2, "missing ID");
        for id in ["null", "0", "-0", "1.0", "1e2", "-9223372036854775808", "\"\"", "\"a\\nb\""] {
            let version = "invalid or missing JSON RPC version was specified";
            let found = refusal(&format!("{{\"id\":{id},\"jsonrpc\":\"2.1\"}}"));
            assert_eq!(found, (id.to_owned(), -32600, version.to_owned()));
        }
    }

    #[test]
    fn wrong_types_are_parse_errors_with_the_decoders_text() {
        let field = |kind: &str, name: &str| {
            format!(
                "json: cannot unmarshal {kind} into Go struct field RPCRequest.{name} of type string"
            )
        };
        for (text, expected) in [
            (r#"{"id":1,"method":5,"jsonrpc":[]}"#, field("number", "method")),
            (r#"{"jsonrpc":2.0,"id":1}"#, field("number", "jsonrpc")),
            (r#"{"method":{}}"#, field("object", "method")),
            (r#"{"method":false}"#, field("bool", "method")),
            (
                "\"x\"",
                "json: cannot unmarshal string into Go value of type jsonrpc.RPCRequest".to_owned(),
            ),
        ] {
            assert_eq!(refusal(text), ("null".to_owned(), -32700, expected));
        }
    }

    #[test]
    fn batches_are_told_apart() {
        assert_eq!(split(b" {} ", 2).unwrap(), Request::Single(b"{}"));
        assert_eq!(split(b"[1, {}]", 2).unwrap(), Request::Batch(vec![b"1", b"{}"]));
        assert_eq!(split(b"[]", 2).unwrap_err().code, -32600);
        assert_eq!(split(b"[1,2,3]", 2).unwrap_err().code, -32600);
        assert_eq!(split(b"[", 2).unwrap_err().code, -32700);
    }

    #[test]
    fn answers_are_safe_in_html() {
        assert_eq!(
            success("\"<\"", "{\"a\":1}"),
            "{\"jsonrpc\":\"2.0\",\"result\":{\"a\":1},\"id\":\"\\u003c\"}"
        );
        let fault = Fault::answered("a&b", None);
        assert_eq!(
            failure("1", &fault),
            "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32603,\"message\":\"a\\u0026b\"},\"id\":1}"
        );
    }

    proptest! {
        #[test]
        fn every_body_is_read_or_refused_with_an_error_that_is_json(
            body in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "\\{(\"(id|method|jsonrpc|params)\":(1|\"a\"|null|\\[\\]|\"2\\.0\"|\\{\\}),?){0,4}\\}"
                    .prop_map(String::into_bytes),
            ]
        ) {
            let answers = match split(&body, 100) {
                Err(fault) => vec![failure_without_id(&fault)],
                Ok(Request::Single(call)) => vec![answer(call)],
                Ok(Request::Batch(calls)) => calls.into_iter().map(answer).collect(),
            };
            for text in answers {
                let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(&answer["jsonrpc"], "2.0");
            }
        }
    }

    fn answer(call: &[u8]) -> String {
        match read(call) {
            Ok(call) => success(&call.id, "{}"),
            Err(refusal) => failure(&refusal.id, &refusal.fault),
        }
    }
}
