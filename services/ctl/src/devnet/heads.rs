//! The heads of several nodes, side by side.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Local;
use koinos_codec::text::to_hex;
use koinos_rpc::partial::BlockAccepted;
use koinos_service::Fatal;
use serde_json::{Value, json};

use crate::output::Output;

/// How long the other nodes have for a block before it is shown without them.
const PATIENCE: Duration = Duration::from_millis(500);
const COLUMN: usize = 24;

/// What each node takes for the head, as told by its broadcasts.
#[derive(Debug)]
pub(crate) struct Heads {
    nodes: Vec<Option<Head>>,
    /// When the first of the changes came that are not shown yet.
    changed: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Head {
    id: Bytes,
    height: u64,
    transactions: usize,
    /// When it became the head.
    since: Instant,
}

impl Heads {
    /// The heads of nodes of which nothing was heard yet.
    pub(crate) fn of(count: usize) -> Self {
        Self { nodes: vec![None; count], changed: None }
    }

    /// Takes note of a block of a node, and shows the heads if all are the same now.
    pub(crate) fn take(
        &mut self,
        node: usize,
        accepted: &BlockAccepted,
        now: Instant,
        output: &Output,
    ) -> Result<(), Fatal> {
        match self.note(node, accepted, now) && self.agree() {
            true => self.show(output),
            false => Ok(()),
        }
    }

    /// Whether the block is a head.
    fn note(&mut self, node: usize, accepted: &BlockAccepted, now: Instant) -> bool {
        let Some(block) = accepted.block.as_ref().filter(|_| accepted.head) else { return false };
        self.nodes[node] = Some(Head {
            id: block.id.clone().into(),
            height: block.header.as_ref().map_or(0, |header| header.height),
            transactions: block.transactions.len(),
            since: now,
        });
        self.changed.get_or_insert(now);
        true
    }

    /// Whether all nodes have the same head.
    fn agree(&self) -> bool {
        let mut ids = self.nodes.iter().map(|head| head.as_ref().map(|head| &head.id));
        let first = ids.next().flatten();
        first.is_some() && ids.all(|id| id == first)
    }

    /// Until when the nodes have time to agree, if there is something to show.
    pub(crate) fn settled_at(&self) -> Option<Instant> {
        self.changed.map(|changed| changed + PATIENCE)
    }

    /// Shows the heads as they are now.
    pub(crate) fn show(&mut self, output: &Output) -> Result<(), Fatal> {
        self.changed = None;
        output.line(&self.json(), &self.line())
    }

    fn json(&self) -> Value {
        let heads = self.nodes.iter().enumerate().map(|(node, head)| {
            json!({
                "node": node + 1,
                "height": head.as_ref().map(|head| head.height),
                "id": head.as_ref().map(|head| to_hex(&head.id)),
                "transactions": head.as_ref().map(|head| head.transactions),
                "after_ms": head.as_ref().map(|head| self.after(head).as_millis() as u64),
            })
        });
        json!({ "event": "heads", "same": self.agree(), "heads": heads.collect::<Vec<_>>() })
    }

    /// How much later than at the first of the nodes it became the head of this one.
    fn after(&self, head: &Head) -> Duration {
        let same = self.nodes.iter().flatten().filter(|other| other.id == head.id);
        let first = same.map(|other| other.since).min().unwrap_or(head.since);
        head.since.duration_since(first)
    }

    fn line(&self) -> String {
        let highest = self.nodes.iter().flatten().map(|head| head.height).max();
        let mut line = Local::now().format("%H:%M:%S").to_string();
        for head in &self.nodes {
            let cell = match head {
                None => "-".to_owned(),
                Some(head) => {
                    let id = to_hex(&head.id);
                    let end = &id[id.len().saturating_sub(6)..];
                    format!("{} ..{end}{}", head.height, self.remark(head, highest))
                }
            };
            line.push_str(&format!("  {cell:<COLUMN$}"));
        }
        match (self.agree(), &self.nodes[0]) {
            (true, Some(head)) => line.push_str(&format!("  {} txs", head.transactions)),
            _ => line.push_str("  (differ)"),
        }
        line
    }

    fn remark(&self, head: &Head, highest: Option<u64>) -> String {
        match (highest.unwrap_or(0) - head.height, self.after(head).as_millis()) {
            (0, 0) => String::new(),
            (0, late) => format!(" +{late} ms"),
            (behind, _) => format!(" {behind} behind"),
        }
    }
}

/// What is above the columns of `count` nodes.
pub(crate) fn title(count: usize) -> String {
    let mut line = format!("{:<8}", "time");
    for node in 1..=count {
        let name = format!("node {node}");
        line.push_str(&format!("  {name:<COLUMN$}"));
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use koinos_rpc::partial::{Block, BlockHeader};

    use super::*;

    fn block(height: u64, id: u8, head: bool) -> BlockAccepted {
        let header = BlockHeader { height, ..Default::default() };
        let id = vec![0x12, 0x20, id, id, id];
        let block = Block { id, header: Some(header), ..Default::default() };
        BlockAccepted { block: Some(block), head, ..Default::default() }
    }

    #[test]
    fn heads_are_told_with_their_delay() {
        let mut heads = Heads::of(2);
        let start = Instant::now();
        assert!(heads.note(0, &block(7, 1, true), start));
        assert!(!heads.agree());
        assert_eq!(heads.settled_at(), Some(start + PATIENCE));
        assert!(!heads.note(1, &block(7, 2, false), start), "a block that is not the head");
        let line = heads.line();
        assert!(line.contains("7 ..010101") && line.ends_with("(differ)"), "{line}");

        assert!(heads.note(1, &block(7, 1, true), start + Duration::from_millis(12)));
        assert!(heads.agree());
        let json = heads.json();
        assert_eq!((&json["same"], &json["heads"][1]["after_ms"]), (&true.into(), &12.into()));
        let line = heads.line();
        assert!(line.contains("7 ..010101 +12 ms") && line.ends_with("0 txs"), "{line}");

        assert!(heads.note(0, &block(9, 3, true), start + Duration::from_secs(1)));
        assert!(heads.line().contains("7 ..010101 2 behind"), "{}", heads.line());
        assert!(title(2).contains("node 2"));
    }
}
