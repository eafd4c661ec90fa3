//! Checkpoints: blocks that the operator knows to be in the chain.

use std::str::FromStr;

use bytes::Bytes;
use koinos_codec::text;

/// A height and the id of the block there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The height.
    pub height: u64,
    /// The id.
    pub id: Bytes,
}

impl FromStr for Checkpoint {
    type Err = String;

    /// `height:id`, the id in hexadecimal digits with `0x` or without.
    fn from_str(checkpoint: &str) -> Result<Self, String> {
        let (height, id) = checkpoint
            .split_once(':')
            .ok_or("write it as height:id, the id in hexadecimal digits")?;
        let height = height.trim().parse().map_err(|_| format!("{height} is not a height"))?;
        let digits = id.trim().trim_start_matches("0x");
        match text::from_hex(&format!("0x{digits}")) {
            Ok(id) if !id.is_empty() => Ok(Self { height, id: id.into() }),
            _ => Err(format!("{id} is not an id in hexadecimal digits")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_read_with_and_without_prefix() {
        let wanted = Checkpoint { height: 12, id: Bytes::from_static(&[0x12, 0x20, 0xab]) };
        for text in ["12:1220ab", "12:0x1220ab", "12: 1220AB"] {
            assert_eq!(text.parse(), Ok(wanted.clone()), "{text}");
        }
        for wrong in ["", "12", "x:1220", "12:", "12:xyz", "12:122", "-1:1220", "12:0x"] {
            assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong}");
        }
    }
}
