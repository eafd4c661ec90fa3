//! Recorded chains: the files below `tests/golden`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// The path of a file below `tests/golden`.
pub fn path(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden")).join(name)
}

/// A row of a recording: a JSON object.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Value);

impl Row {
    /// A number.
    ///
    /// # Errors
    /// When the field is not an unsigned number.
    pub fn number(&self, field: &str) -> Result<u64> {
        self.0[field].as_u64().with_context(|| format!("no number {field} in {}", self.0))
    }

    /// The bytes of a base64 field; `None` when it is absent or null.
    ///
    /// # Errors
    /// When the field is something else.
    pub fn base64(&self, field: &str) -> Result<Option<Bytes>> {
        match &self.0[field] {
            Value::Null => Ok(None),
            value => {
                let text = value.as_str().with_context(|| format!("{field} is not a text"))?;
                Ok(Some(STANDARD.decode(text).with_context(|| field.to_owned())?.into()))
            }
        }
    }
}

/// The rows of a file of JSON lines (`name` below `tests/golden`, gzipped if it ends in `.gz`), read
/// one by one.
///
/// # Errors
/// When the file cannot be opened.
pub fn rows(name: &str) -> Result<impl Iterator<Item = Result<Row>> + use<>> {
    let path = path(name);
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let reader: Box<dyn BufRead> = match path.extension().is_some_and(|kind| kind == "gz") {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => Box::new(BufReader::new(file)),
    };
    Ok(reader.lines().map(|line| Ok(Row(serde_json::from_str(&line?)?))))
}

/// A block of a recorded chain and what the original made of it.
#[derive(Debug, Clone)]
pub struct RecordedBlock {
    /// The serialised `koinos.protocol.block`.
    pub block: Bytes,
    /// The serialised `koinos.protocol.block_receipt`, if the block was accepted.
    pub receipt: Option<Bytes>,
    /// The whole row.
    pub row: Row,
}

/// The blocks of a recording, in its order.
///
/// # Errors
/// When the file cannot be opened.
pub fn blocks(name: &str) -> Result<impl Iterator<Item = Result<RecordedBlock>> + use<>> {
    Ok(rows(name)?.map(|row| {
        let row = row?;
        Ok(RecordedBlock {
            block: row.base64("block_b64")?.context("a row without block_b64")?,
            receipt: row.base64("receipt_b64")?,
            row,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_chain_is_read_in_order() {
        let blocks: Vec<_> =
            blocks("trunc/blocks.jsonl.gz").unwrap().collect::<Result<_>>().unwrap();
        assert!(!blocks.is_empty());
        for (index, block) in blocks.iter().enumerate() {
            assert_eq!(block.row.number("height").unwrap(), index as u64 + 1);
            assert!(block.receipt.is_some());
        }
        assert!(rows("missing.jsonl").is_err());
    }
}
