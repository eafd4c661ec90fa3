//! The errors a client sees, with the codes and texts of the original service.

use std::borrow::Cow;

use koinos_rpc::RpcError;
use serde_json::Value;

/// The request is no JSON.
const PARSE_ERROR: i32 = -32_700;
/// The request is no call.
const INVALID_REQUEST: i32 = -32_600;
/// The method is unknown or refused, or its parameters do not fit.
const METHOD_NOT_FOUND: i32 = -32_601;
/// The request is too large.
const INVALID_PARAMS: i32 = -32_602;
/// The service failed, or could not be reached.
const INTERNAL_ERROR: i32 = -32_603;
/// The client asks too much; of the range left to servers.
const LIMIT_EXCEEDED: i32 = -32_005;

/// A JSON-RPC error object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: i32,
    pub(crate) message: Cow<'static, str>,
    /// Left out when `None`.
    pub(crate) data: Option<Value>,
}

impl Fault {
    fn new(code: i32, message: &'static str, data: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: Some(Value::String(data.into())) }
    }

    /// The request cannot be read; `data` is what the decoder said.
    pub(crate) fn parse(data: impl Into<String>) -> Self {
        Self::new(PARSE_ERROR, "Unable to parse request", data)
    }

    /// The request is no call.
    pub(crate) fn invalid(data: impl Into<String>) -> Self {
        Self::new(INVALID_REQUEST, "Invalid request", data)
    }

    /// The call is not one for a service.
    pub(crate) fn translate(data: Untranslatable) -> Self {
        Self::new(METHOD_NOT_FOUND, "Unable to translate request", data.text())
    }

    /// The request is larger than what `data` says.
    pub(crate) fn too_large(data: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, "Request exceeds maximum message size", data)
    }

    /// The call got no answer.
    pub(crate) fn unanswered(error: &RpcError) -> Self {
        let cause = match error {
            RpcError::TooLarge { .. } => {
                return Self::too_large(Untranslatable::Params.text());
            }
            // Clients know this text: the call may have been carried out all the same.
            RpcError::Timeout { .. } | RpcError::ConnectionLost(_) => {
                "context deadline exceeded".to_owned()
            }
            error => error.to_string(),
        };
        let data = format!("rpc failed, {cause}");
        Self::new(INTERNAL_ERROR, "An internal server error has occurred", data)
    }

    /// The service answered with an error, or with what is no answer.
    pub(crate) fn answered(message: impl Into<Cow<'static, str>>, data: Option<Value>) -> Self {
        Self { code: INTERNAL_ERROR, message: message.into(), data }
    }

    /// The client asks more often than it may.
    pub(crate) fn too_often(data: impl Into<String>) -> Self {
        Self::new(LIMIT_EXCEEDED, "Limit exceeded", data)
    }
}

/// Why a call is not one for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Untranslatable {
    MalformedMethod,
    UnknownService,
    UnknownMethod,
    Params,
    NotWhitelisted,
    Blacklisted,
}

impl Untranslatable {
    /// The text clients know.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::MalformedMethod => "methods should be in the format service_name.method_name",
            Self::UnknownService => "invalid service name provided",
            Self::UnknownMethod => "unknown method",
            Self::Params => "parameters could not be parsed",
            Self::NotWhitelisted => "method not whitelisted",
            Self::Blacklisted => "method blacklisted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(error: RpcError) -> String {
        match Fault::unanswered(&error).data {
            Some(Value::String(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unknown_outcome_has_the_text_that_clients_look_for() {
        let known = "rpc failed, context deadline exceeded";
        let silent = RpcError::Timeout { service: "chain".into(), millis: 1, consumers: Some(1) };
        assert_eq!(data(silent), known);
        assert_eq!(data(RpcError::ConnectionLost("chain".into())), known);
        assert_eq!(data(RpcError::NotConnected), "rpc failed, AMQP connection is not open");
        assert_eq!(data(RpcError::NoSuchService("x".into())), "rpc failed, no such service: x");
        let large = Fault::unanswered(&RpcError::TooLarge { size: 1, limit: 0 });
        assert_eq!(large.code, -32602);
    }
}
