//! What is counted for each method or route of a service.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

/// The meters of one method.
pub struct Meters {
    requests: Counter,
    errors: Counter,
    seconds: Histogram,
}

impl Meters {
    /// The meters of `method` of a service: `koinos_<service>_requests_total`, `..._errors_total` and
    /// `..._request_seconds`.
    pub fn new(service: &str, method: String) -> Self {
        let labels = [("method", method)];
        Self {
            requests: counter!(requests(service), &labels),
            errors: counter!(errors(service), &labels),
            seconds: histogram!(seconds(service), &labels),
        }
    }

    /// Says what the meters of a service mean.
    pub fn describe(service: &str) {
        describe_counter!(requests(service), "Calls answered, by method");
        describe_counter!(errors(service), "Calls answered with an error, by method");
        describe_histogram!(seconds(service), "From reading a call to its answer, by method");
    }

    /// Counts an answer.
    pub fn record(&self, elapsed: Duration, failed: bool) {
        self.requests.increment(1);
        if failed {
            self.errors.increment(1);
        }
        self.seconds.record(elapsed);
    }
}

fn requests(service: &str) -> String {
    format!("koinos_{service}_requests_total")
}

fn errors(service: &str) -> String {
    format!("koinos_{service}_errors_total")
}

fn seconds(service: &str) -> String {
    format!("koinos_{service}_request_seconds")
}
