//! What can go wrong with the bus itself (calls have [`koinos_rpc::RpcError`]).

/// An error of the bus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The broker's address cannot be used.
    #[error("the AMQP URL is not usable: {0}")]
    Url(String),
    /// TLS cannot be used; the text says why, and names the file.
    #[error("{0}")]
    Tls(String),
    /// The broker refused or broke off.
    #[error("{action}")]
    Amqp {
        /// What was being done.
        action: String,
        /// What the broker or the network said.
        #[source]
        source: lapin::Error,
    },
    /// The broker did not complete a step in time.
    #[error("{0} took too long")]
    TimedOut(&'static str),
    /// The broker ended a consumer: its queue was deleted, or the channel closed.
    #[error("the broker cancelled the consumer of {0}")]
    Cancelled(String),
    /// A name is too long for the protocol (255 bytes).
    #[error("name of {0} bytes is too long for AMQP")]
    NameTooLong(usize),
}

impl Error {
    pub(crate) fn amqp(action: impl Into<String>) -> impl FnOnce(lapin::Error) -> Self {
        let action = action.into();
        move |source| Self::Amqp { action, source }
    }

    /// The text with its causes, for one log line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            // The AMQP library repeats the cause in its own text.
            let cause_text = error.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            cause = error.source();
        }
        text
    }
}
