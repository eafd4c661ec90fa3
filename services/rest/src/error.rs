//! Why a request gets no result.

use koinos_rpc::RpcError;

/// What went wrong with a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request is at fault, or a service refused it: the text is for the client.
    #[error("{0}")]
    Refused(String),
    /// The request could not be carried out: the text is for the log.
    #[error("{0}")]
    Unknown(String),
    /// It took longer than a request may take.
    #[error("the request took too long")]
    TooLong,
    /// Too many requests wait already.
    #[error("too many requests are waiting")]
    Overloaded,
}

/// The result of what may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal with this text.
pub fn refused(text: impl Into<String>) -> Error {
    Error::Refused(text.into())
}

impl From<RpcError> for Error {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Service(error) => Self::Refused(error.to_string()),
            error => Self::Unknown(chain(&error)),
        }
    }
}

impl From<koinos_wallet::Error> for Error {
    fn from(error: koinos_wallet::Error) -> Self {
        Self::Refused(chain(&error))
    }
}

impl From<koinos_codec::Error> for Error {
    fn from(error: koinos_codec::Error) -> Self {
        Self::Refused(chain(&error))
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use koinos_codec::json::Mapping;
    use serde_json::json;

    use super::*;

    #[test]
    fn causes_are_told() {
        let json = json!({ "account": "0" });
        let name = "koinos.rpc.chain.get_account_rc_request";
        let error = Error::from(Mapping::koinos().encode(name, &json).unwrap_err()).to_string();
        assert!(error.starts_with("account: expected bytes as base58: "), "{error}");
        let error = Error::from(RpcError::NotConnected);
        assert!(matches!(error, Error::Unknown(_)));
    }
}
