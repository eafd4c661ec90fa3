//! What is counted for each route.

use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

use crate::routes::Route;

const REQUESTS: &str = "koinos_rest_requests_total";
const ERRORS: &str = "koinos_rest_errors_total";
const SECONDS: &str = "koinos_rest_request_seconds";

/// The meters of one route.
pub struct Meters {
    requests: Counter,
    errors: Counter,
    seconds: Histogram,
}

impl Meters {
    /// Those of a route.
    pub fn new(route: &Route) -> Self {
        let labels = [("route", format!("{} {}", route.verb.name(), route.path))];
        Self {
            requests: counter!(REQUESTS, &labels),
            errors: counter!(ERRORS, &labels),
            seconds: histogram!(SECONDS, &labels),
        }
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

/// Says what the meters mean.
pub fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by route");
    describe_counter!(ERRORS, "Requests answered with an error, by route");
    describe_histogram!(SECONDS, "From the body of a request to its answer, by route");
}
