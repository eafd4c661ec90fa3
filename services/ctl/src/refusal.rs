//! What a service says when it refuses a request, in each of the forms in which it arrives.

use anyhow::anyhow;
use koinos_rpc::ServiceError;
use koinos_service::Fatal;
use serde_json::{Value, json};

/// A request that its service refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    service: String,
    method: String,
    /// Its reason.
    message: String,
    /// The protocol's error code, if it came with one.
    code: Option<i64>,
    /// What contracts logged before.
    logs: Vec<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{} is refused: {}", self.service, self.method, self.message)?;
        if let Some(code) = self.code {
            write!(f, " (code {code})")?;
        }
        self.logs.iter().try_for_each(|log| write!(f, "\n  log: {log}"))
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    fn new(service: &str, method: &str, message: &str) -> Self {
        let [service, method, message] = [service, method, message].map(str::to_owned);
        Self { service, method, message, code: None, logs: Vec::new() }
    }

    /// With code and logs out of an error's details in JSON.
    fn with(self, details: &Value) -> Self {
        let logs = details["logs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let logs = logs.iter().filter_map(|log| log.as_str().map(str::to_owned)).collect();
        Self { code: details["code"].as_i64(), logs, ..self }
    }

    /// As it comes over the bus.
    pub(crate) fn of_service(service: &str, method: &str, error: &ServiceError) -> Self {
        Self {
            code: error.code().map(i64::from),
            logs: error.logs(),
            ..Self::new(service, method, &error.0.message)
        }
    }

    /// As JSON of `koinos.rpc.error_status`.
    pub(crate) fn of_status(service: &str, method: &str, error: &Value) -> Self {
        let refusal = Self::new(service, method, message(error));
        match error["details"].as_array().and_then(|details| details.first()) {
            Some(details) => refusal.with(details),
            None => refusal,
        }
    }

    /// For programs.
    fn json(&self) -> Value {
        json!({
            "service": self.service,
            "method": self.method,
            "reason": self.message,
            "code": self.code,
            "logs": self.logs,
        })
    }
}

/// The error of a JSON-RPC reply, whose `data` is a text of JSON.
pub(crate) fn of_json_rpc(service: &str, method: &str, error: &Value) -> Fatal {
    let message = message(error);
    let data = error["data"].as_str().unwrap_or_default();
    match serde_json::from_str::<Value>(data) {
        Ok(details) if details.is_object() => {
            Refusal::new(service, method, message).with(&details).into()
        }
        // Where the service did not answer in time, the text of the gateway says so.
        _ if data.contains("deadline") || data.contains("no such service") => {
            Fatal::unavailable(anyhow!("{service}.{method}: {data}"))
        }
        _ if data.is_empty() => Refusal::new(service, method, message).into(),
        _ => Refusal::new(service, method, &format!("{message}: {data}")).into(),
    }
}

fn message(error: &Value) -> &str {
    error["message"].as_str().unwrap_or("an error without a text")
}

/// An error for programs: `{"error": {"message", "status"}}` with the exit status, and `refusal` where
/// a service refused.
pub(crate) fn error_json(fatal: &Fatal) -> Value {
    let mut error = json!({ "message": fatal.to_string(), "status": fatal.code() });
    if let Some(refusal) = fatal.cause::<Refusal>() {
        error["refusal"] = refusal.json();
    }
    json!({ "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_tell_code_and_logs() {
        let error = json!({"code": -32603, "message": "insufficient rc",
                           "data": "{\"code\":104,\"logs\":[\"a\",\"b\"]}"});
        let fatal = of_json_rpc("chain", "submit_transaction", &error);
        assert_eq!(
            fatal.to_string(),
            "chain.submit_transaction is refused: insufficient rc (code 104)\n  log: a\n  log: b"
        );
        let error = json!({"message": "An internal server error has occurred",
                           "data": "rpc failed, context deadline exceeded"});
        assert_eq!(of_json_rpc("mempool", "x", &error).code(), 69);
        let error = json!({"message": "bad", "details": [{"code": -201, "logs": []}]});
        assert!(Refusal::of_status("chain", "x", &error).to_string().ends_with("bad (code -201)"));
    }

    #[test]
    fn programs_get_the_parts() {
        let error = json!({"message": "bad", "details": [{"code": 104, "logs": ["a"]}]});
        let fatal = Fatal::from(Refusal::of_status("chain", "x", &error)).context("block 7");
        assert_eq!(
            error_json(&fatal),
            json!({"error": {
                "message": "block 7: chain.x is refused: bad (code 104)\n  log: a",
                "status": 1,
                "refusal": {"service": "chain", "method": "x", "reason": "bad", "code": 104,
                            "logs": ["a"]},
            }})
        );
        let fatal = Fatal::unavailable(anyhow!("no broker"));
        assert_eq!(error_json(&fatal), json!({"error": {"message": "no broker", "status": 69}}));
    }
}
