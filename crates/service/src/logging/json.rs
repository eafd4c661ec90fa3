//! Lines of JSON in the form of `journalctl --output=json`: where there is no journal, the same programs
//! can read them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event as an object, each member a text.
pub(super) struct JsonFormat {
    /// Members of every object.
    common: Vec<(String, String)>,
}

impl JsonFormat {
    pub(super) fn new(identifier: String, common: Vec<(String, String)>) -> Self {
        let identifier = ("SYSLOG_IDENTIFIER".to_owned(), identifier);
        Self { common: std::iter::once(identifier).chain(common).collect() }
    }
}

impl<S, N> FormatEvent<S, N> for JsonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut object = Object(Map::new());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        object.put("__REALTIME_TIMESTAMP", now.as_micros().to_string());
        object.put("PRIORITY", priority(*metadata.level()).to_string());
        for (name, value) in &self.common {
            object.put(name, value.clone());
        }
        event.record(&mut object);
        object.put("CODE_FILE", metadata.file().unwrap_or_default().to_owned());
        object.put("CODE_LINE", metadata.line().unwrap_or_default().to_string());
        writeln!(line, "{}", Value::Object(object.0))
    }
}

/// The priorities of syslog, as the journal gets them too.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value.into());
    }
}

impl Visit for Object {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(&field.name().to_ascii_uppercase(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(&field.name().to_ascii_uppercase(), format!("{value:?}"));
    }
}
