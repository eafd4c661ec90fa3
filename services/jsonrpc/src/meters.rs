//! What is counted for each method.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

const REQUESTS: &str = "koinos_jsonrpc_requests_total";
const ERRORS: &str = "koinos_jsonrpc_errors_total";
const SECONDS: &str = "koinos_jsonrpc_request_seconds";

/// The meters of one method.
pub(crate) struct Meters {
    requests: Counter,
    errors: Counter,
    seconds: Histogram,
}

impl Meters {
    pub(crate) fn new(method: String) -> Self {
        let labels = [("method", method)];
        Self {
            requests: counter!(REQUESTS, &labels),
            errors: counter!(ERRORS, &labels),
            seconds: histogram!(SECONDS, &labels),
        }
    }

    /// Counts an answer.
    pub(crate) fn record(&self, elapsed: Duration, failed: bool) {
        self.requests.increment(1);
        if failed {
            self.errors.increment(1);
        }
        self.seconds.record(elapsed);
    }
}

/// Says what the meters mean.
pub(crate) fn describe() {
    describe_counter!(REQUESTS, "Calls answered, by method");
    describe_counter!(ERRORS, "Calls answered with an error, by method");
    describe_histogram!(SECONDS, "From reading a call to its answer, by method");
}
