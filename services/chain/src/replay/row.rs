//! Rows of recordings: JSON lines with binary fields in base64 and hex.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

/// One recorded row and where it stands.
#[derive(Debug)]
pub(super) struct Row {
    fields: Map<String, Value>,
    file: PathBuf,
    line: usize,
}

/// An error that a row records.
#[derive(Debug)]
pub(super) struct RecordedError {
    /// The code; `None` for a standard exception of the original.
    pub(super) code: Option<i64>,
    /// The text.
    pub(super) message: String,
    /// Whether it is a standard exception of the original: only that it is refused counts.
    pub(super) is_std: bool,
}

/// Rows of a file, plain or gzipped.
pub(super) fn rows(path: &Path) -> Result<impl Iterator<Item = Result<Row>> + use<>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read> =
        if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let file = path.to_owned();
    let lines = BufReader::with_capacity(1 << 18, reader).lines().enumerate();
    Ok(lines.filter_map(move |(index, line)| {
        let place = || format!("{} line {}", file.display(), index + 1);
        match line.with_context(place) {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(serde_json::from_str(&line).with_context(place).map(|fields| Row {
                fields,
                file: file.clone(),
                line: index + 1,
            })),
            Err(error) => Some(Err(error)),
        }
    }))
}

/// Rows of a file that may be absent.
pub(super) fn all_rows(path: Option<&PathBuf>) -> Result<Vec<Row>> {
    path.map_or_else(|| Ok(Vec::new()), |path| rows(path)?.collect())
}

impl Row {
    /// Where the row stands and what it is about.
    pub(super) fn place(&self) -> String {
        let note = self.text("note").or_else(|| self.text("label")).unwrap_or_default();
        format!("{} line {}: {note}", self.file.display(), self.line)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let value = self.value(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(super) fn list(&self, name: &str) -> &[Value] {
        self.value(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A field of base64, `None` when the row has none.
    pub(super) fn base64(&self, name: &str) -> Result<Option<Bytes>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text)
            .with_context(|| format!("{} in {}", name, self.place()))?;
        Ok(Some(bytes.into()))
    }

    /// A field of base64 that must be there.
    pub(super) fn required(&self, name: &str) -> Result<Bytes> {
        self.base64(name)?.with_context(|| format!("{name} is missing in {}", self.place()))
    }

    /// A field of hex digits, `None` when the row has none.
    pub(super) fn hex(&self, name: &str) -> Result<Option<Bytes>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let bytes = hex::decode(text.trim_start_matches("0x"))
            .with_context(|| format!("{} in {}", name, self.place()))?;
        Ok(Some(bytes.into()))
    }

    /// The recorded error.
    pub(super) fn error(&self) -> Option<RecordedError> {
        let error = self.value("error")?;
        Some(RecordedError {
            code: error.get("code").and_then(Value::as_i64),
            message: error.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            is_std: error.get("class").and_then(Value::as_str) == Some("std"),
        })
    }
}
