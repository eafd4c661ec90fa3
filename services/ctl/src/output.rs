//! All that is printed: readable on a terminal, stable lines in a pipe, JSON when asked for.

use std::io::{IsTerminal, Write};

use koinos_service::Fatal;
use serde_json::Value;

/// How results are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
}

/// A result: its JSON, and its text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    json: Value,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    /// A label and its value.
    Pair(String, String),
    /// Rows below a head.
    Table(Vec<&'static str>, Vec<Vec<String>>),
    /// Text as it is.
    Text(String),
}

impl Report {
    /// A report that is `json` for programs.
    pub(crate) fn new(json: Value) -> Self {
        Self { json, parts: Vec::new() }
    }

    /// Adds a label and its value.
    #[must_use]
    pub(crate) fn pair(mut self, label: impl Into<String>, value: impl ToString) -> Self {
        self.parts.push(Part::Pair(label.into(), value.to_string()));
        self
    }

    /// Adds a label and its value, if there is one.
    #[must_use]
    pub(crate) fn maybe(self, label: impl Into<String>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.pair(label, value),
            None => self,
        }
    }

    /// Adds rows below a head.
    #[must_use]
    pub(crate) fn table(mut self, head: Vec<&'static str>, rows: Vec<Vec<String>>) -> Self {
        self.parts.push(Part::Table(head, rows));
        self
    }

    /// Adds text as it is; it may have several lines.
    #[must_use]
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Text(text.into()));
        self
    }

    /// Adds what another report says below this one. Its JSON is left out.
    #[must_use]
    pub(crate) fn below(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// The JSON of the report.
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    pub(crate) fn lines(&self, terminal: bool) -> String {
        let labels = self.parts.iter().filter_map(|part| match part {
            Part::Pair(label, _) => Some(label.chars().count()),
            _ => None,
        });
        let width = labels.max().unwrap_or(0);
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Pair(label, value) if terminal => {
                    out.push_str(&format!("\x1b[1m{label:<width$}\x1b[0m  {value}\n"));
                }
                Part::Pair(label, value) => out.push_str(&format!("{label}: {value}\n")),
                Part::Table(head, rows) => out.push_str(&table(head, rows, terminal)),
                Part::Text(text) => out.push_str(&format!("{text}\n")),
            }
        }
        out
    }
}

/// Columns of equal width on a terminal; in a pipe the fields stand between tabs.
fn table(head: &[&str], rows: &[Vec<String>], terminal: bool) -> String {
    let mut out = String::new();
    if !terminal {
        out.push_str(&format!("{}\n", head.join("\t")));
        rows.iter().for_each(|row| out.push_str(&format!("{}\n", row.join("\t"))));
        return out;
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(head.get(column).map_or(0, |name| name.len()))
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> =
            cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    out.push_str(&format!("\x1b[1m{}\x1b[0m\n", line(&mut head.iter().copied())));
    for row in rows {
        out.push_str(&format!("{}\n", line(&mut row.iter().map(String::as_str))));
    }
    out
}

impl Output {
    /// Output to standard output, as JSON or as text.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, terminal: std::io::stdout().is_terminal() }
    }

    /// Whether somebody is looking: standard output is a terminal, and the text is for people.
    pub(crate) fn is_live(&self) -> bool {
        self.terminal && !self.json
    }

    /// Shows a result.
    pub(crate) fn show(&self, report: &Report) -> Result<(), Fatal> {
        if !self.json {
            return write(report.lines(self.terminal).as_bytes());
        }
        let text = match self.terminal {
            true => serde_json::to_string_pretty(&report.json)?,
            false => report.json.to_string(),
        };
        write(format!("{text}\n").as_bytes())
    }

    /// Shows one of a stream of results, in one line.
    pub(crate) fn line(&self, json: &Value, text: &str) -> Result<(), Fatal> {
        match self.json {
            true => write(format!("{json}\n").as_bytes()),
            false => write(format!("{text}\n").as_bytes()),
        }
    }

    /// Shows a result in place of the one before, on a terminal; below it elsewhere.
    pub(crate) fn refresh(&self, report: &Report) -> Result<(), Fatal> {
        if self.is_live() {
            // Home, the new text with each line's rest cleared, and everything below cleared.
            let text = report.lines(true).replace('\n', "\x1b[K\n");
            return write(format!("\x1b[H{text}\x1b[J").as_bytes());
        }
        match self.json {
            true => self.line(&report.json, ""),
            false => write(format!("{}\n", report.lines(false)).as_bytes()),
        }
    }

    /// Tells what is going on, to people only.
    pub(crate) fn note(&self, text: &str) {
        if !self.json {
            // Nothing depends on somebody reading it.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

/// Writes to standard output. A reader who has seen enough ends the program, and that is no failure.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Fatal> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            std::process::exit(i32::from(koinos_service::exit::OK))
        }
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report::new(Value::Null).pair("height", 7).maybe("peers", None::<u32>).table(
            vec!["service", "state"],
            vec![vec!["chain".into(), "ready".into()], vec!["p2p".into(), "not running".into()]],
        )
    }

    #[test]
    fn pipes_get_plain_lines() {
        let text = "height: 7\nservice\tstate\nchain\tready\np2p\tnot running\n";
        assert_eq!(report().lines(false), text);
    }

    #[test]
    fn terminals_get_columns() {
        let text = "\x1b[1mheight\x1b[0m  7\n\x1b[1mservice  state\x1b[0m\nchain    ready\n\
                    p2p      not running\n";
        assert_eq!(report().lines(true), text);
    }
}
