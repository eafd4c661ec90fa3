//! The line format of Koinos services:
//! `2021-12-12 17:38:52.374423 (p2p.Koinos) [p2p/error_handler.rs:81] <info>: text`.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::LogConfig;

pub(super) struct LineFormat {
    origin: String,
    color: bool,
    datetime: bool,
}

impl LineFormat {
    pub(super) fn new(config: &LogConfig, color: bool, datetime: bool) -> Self {
        let origin = format!("({}.{})", config.service, config.instance_id);
        Self { origin, color, datetime }
    }

    fn level(&self, level: Level, into: &mut impl Write) -> fmt::Result {
        let (name, code) = match level {
            Level::ERROR => ("error", 31),
            Level::WARN => ("warning", 33),
            Level::INFO => ("info", 32),
            Level::DEBUG => ("debug", 34),
            Level::TRACE => ("trace", 35),
        };
        match self.color {
            true => write!(into, "<\x1b[{code}m{name}\x1b[0m>"),
            false => write!(into, "<{name}>"),
        }
    }
}

impl<S, N> FormatEvent<S, N> for LineFormat
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
        if self.datetime {
            write!(line, "{} ", chrono::Local::now().format("%Y-%m-%d %H:%M:%S%.6f"))?;
        }
        write!(line, "{} ", self.origin)?;
        if let (Some(file), Some(number)) = (metadata.file(), metadata.line()) {
            write!(line, "[{}:{number}] ", short_path(file))?;
        }
        self.level(*metadata.level(), &mut line)?;
        line.write_str(": ")?;
        let mut text = Text { line: &mut line, result: Ok(()) };
        event.record(&mut text);
        text.result?;
        writeln!(line)
    }
}

/// Writes the text of an event, and those of its fields that are not for the journal only: what the
/// journal finds events by stands in the text too.
struct Text<'a, 'b> {
    line: &'a mut Writer<'b>,
    result: fmt::Result,
}

impl Visit for Text<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.result = self.result.and_then(|()| self.line.write_str(value)),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.line, "{value:?}"),
            name if is_for_journal(name) => Ok(()),
            name => write!(self.line, " {name}={value:?}"),
        };
        self.result = self.result.and(written);
    }
}

fn is_for_journal(field: &str) -> bool {
    field.starts_with("koinos_") || ["message_id", "error_code"].contains(&field)
}

/// `services/chain/src/sync/replay.rs` becomes `chain/sync/replay.rs`.
fn short_path(path: &str) -> String {
    match path.split_once("/src/") {
        Some((folder, file)) => {
            let folder = folder.rsplit('/').next().unwrap_or(folder);
            format!("{folder}/{file}")
        }
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Sink {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn logged(color: bool, datetime: bool) -> String {
        let config = LogConfig {
            service: "p2p".into(),
            instance_id: "Koinos".into(),
            level: crate::LogLevel::Info,
            directory: None,
            color,
            datetime,
            format: crate::LogFormat::Text,
            network: None,
        };
        let sink = Sink::default();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(LineFormat::new(&config, color, datetime))
            .with_ansi(color)
            .with_writer(sink.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(message_id = "abc", koinos_height = 7, count = 3, "text");
        });
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn lines_look_as_operators_know_them() {
        let line = logged(false, false);
        assert!(line.starts_with("(p2p.Koinos) [service/logging/format.rs:"), "{line}");
        assert!(line.ends_with("] <warning>: text count=3\n"), "{line}");
        assert!(logged(true, false).contains("<\x1b[33mwarning\x1b[0m>"));
        let dated = logged(false, true);
        let (date, rest) = dated.split_at(27);
        assert!(rest.starts_with("(p2p.Koinos)"), "{dated}");
        let shape: String =
            date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00 00:00:00.000000 ");
    }

    #[test]
    fn paths_are_shortened_to_the_crate() {
        assert_eq!(short_path("services/chain/src/sync/replay.rs"), "chain/sync/replay.rs");
        assert_eq!(short_path("crates/mq/src/bus.rs"), "mq/bus.rs");
        assert_eq!(short_path("build.rs"), "build.rs");
    }
}
