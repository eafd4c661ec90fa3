//! Errors on the wire (`koinos.rpc.error_status`) and errors of a call.

use std::sync::Arc;

use koinos_proto::{chain, rpc};
use prost::Message;

/// Why a call gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// No queue of that service is bound: the service has never run on this broker.
    #[error("no such service: {0}")]
    NoSuchService(String),
    /// Nothing answered within the time given.
    #[error("{}", timeout_text(.service, .millis, .consumers))]
    Timeout {
        /// The service called.
        service: String,
        /// The time given to the last attempt, in milliseconds.
        millis: u64,
        /// How many instances of the service were listening when the time was up, where known.
        consumers: Option<u32>,
    },
    /// There is no connection to the broker now.
    #[error("AMQP connection is not open")]
    NotConnected,
    /// The connection went away between request and reply: the request may have been executed.
    #[error("connection to the broker was lost while {0} was handling the request")]
    ConnectionLost(String),
    /// The message is over the size limit of the protocol or of the broker.
    #[error("message of {size} bytes is too large{}", if *.limit > 0 { format!(" (limit {limit})") } else { " for the broker".to_owned() })]
    TooLarge {
        /// Size of the message in bytes.
        size: usize,
        /// The limit in bytes; 0 when the broker refused without saying.
        limit: usize,
    },
    /// The service answered with an error.
    #[error(transparent)]
    Service(ServiceError),
    /// The reply is not a message of the contract.
    #[error("{service} sent a reply that cannot be read")]
    BadReply {
        /// The service called.
        service: String,
        /// What the decoder said.
        #[source]
        source: prost::DecodeError,
    },
    /// The reply is well formed but not the answer to the question.
    #[error("{0} sent an unexpected kind of reply")]
    UnexpectedReply(String),
    /// The transport failed in another way.
    #[error("{text}")]
    Transport {
        /// What was being done.
        text: String,
        /// What went wrong.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

fn timeout_text(service: &str, millis: &u64, consumers: &Option<u32>) -> String {
    match consumers {
        Some(0) => format!("{service} did not answer within {millis} ms: it is not running"),
        _ => format!("{service} did not answer within {millis} ms"),
    }
}

impl RpcError {
    /// The error the service answered with, if that is what happened.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }
}

/// An error answered by a service: `koinos.rpc.error_status` with its details decoded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct ServiceError(pub rpc::ErrorStatus);

impl ServiceError {
    /// The protocol's error number (`koinos.chain.error_code`), when the service gave one.
    pub fn code(&self) -> Option<i32> {
        self.details().map(|d| d.code)
    }

    /// The contract logs captured with the error.
    pub fn logs(&self) -> Vec<String> {
        self.details().map(|d| d.logs).unwrap_or_default()
    }

    /// The deprecated `data` text: JSON from chain, empty from most services.
    #[allow(deprecated)]
    pub fn data(&self) -> &str {
        &self.0.data
    }

    fn details(&self) -> Option<chain::ErrorDetails> {
        self.0
            .details
            .iter()
            .find(|any| any.type_url == ERROR_DETAILS_TYPE)
            .and_then(|any| chain::ErrorDetails::decode(any.value.as_slice()).ok())
    }
}

const ERROR_DETAILS_TYPE: &str = "type.googleapis.com/koinos.chain.error_details";

/// Builds a `koinos.rpc.error_status`.
///
/// Go-born services fill `message` only, mempool and account_history add `data`, chain fills all
/// three.
#[derive(Debug, Clone, Default)]
pub struct ErrorStatus(rpc::ErrorStatus);

impl ErrorStatus {
    /// An error of which only the text is known.
    pub fn new(message: impl Into<String>) -> Self {
        Self(rpc::ErrorStatus { message: message.into(), ..Default::default() })
    }

    /// Adds the deprecated `data` field, which clients still parse as JSON.
    #[allow(deprecated)]
    #[must_use]
    pub fn with_data(mut self, data: impl Into<String>) -> Self {
        self.0.data = data.into();
        self
    }

    /// Adds `koinos.chain.error_details`: the error number and the captured logs.
    #[must_use]
    pub fn with_details(mut self, code: i32, logs: Vec<String>) -> Self {
        self.0.details.push(error_details(code, logs));
        self
    }

    /// The finished message.
    pub fn build(self) -> rpc::ErrorStatus {
        self.0
    }
}

impl From<ErrorStatus> for rpc::ErrorStatus {
    fn from(status: ErrorStatus) -> Self {
        status.0
    }
}

/// `koinos.chain.error_details` packed into an `Any`.
pub fn error_details(code: i32, logs: Vec<String>) -> prost_types::Any {
    let details = chain::ErrorDetails { code, logs };
    prost_types::Any { type_url: ERROR_DETAILS_TYPE.to_owned(), value: details.encode_to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_survive_the_wire() {
        let status = ErrorStatus::new("insufficient rc")
            .with_data("{\"code\":104}")
            .with_details(104, vec!["log".into()])
            .build();
        let back = rpc::ErrorStatus::decode(&*status.encode_to_vec()).unwrap();
        let error = ServiceError(back);
        assert_eq!(error.code(), Some(104));
        assert_eq!(error.logs(), ["log"]);
        assert_eq!(error.data(), "{\"code\":104}");
        assert_eq!(error.to_string(), "insufficient rc");
    }

    #[test]
    fn negative_codes_survive() {
        let error = ServiceError(ErrorStatus::new("x").with_details(-1015, vec![]).build());
        assert_eq!(error.code(), Some(-1015));
        assert_eq!(ServiceError(ErrorStatus::new("x").build()).code(), None);
    }

    #[test]
    fn a_timeout_says_whether_anyone_listens() {
        let error =
            |consumers| RpcError::Timeout { service: "chain".into(), millis: 750, consumers };
        assert_eq!(error(None).to_string(), "chain did not answer within 750 ms");
        assert_eq!(
            error(Some(0)).to_string(),
            "chain did not answer within 750 ms: it is not running"
        );
    }
}
