//! The service's own options.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, value_parser};
use libp2p::Multiaddr;

use crate::checkpoint::Checkpoint;
use crate::gossip::Mode;
use crate::peers::{Target, target};

/// Options besides the common ones, as flags and as keys of `p2p` in `config.yml`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Address to listen on; the socket that systemd holds goes before
    #[arg(long, short = 'L', value_name = "MULTIADDR", default_value = "/ip4/127.0.0.1/tcp/8888",
          value_parser = listen)]
    pub listen: Multiaddr,

    /// Text that the key is derived from, as by the original; anybody can find such a key
    /// [default: none, the key is in identity-file]
    #[arg(long, short, value_name = "TEXT")]
    pub seed: Option<String>,

    /// File of the key, made if there is none; a relative path is below the service's directory
    #[arg(long, value_name = "FILE", default_value = "identity.key")]
    pub identity_file: PathBuf,

    /// Peer that is connected to whenever it is not, as /ip4/A/tcp/P/p2p/ID or /dns4/NAME/tcp/P/p2p/ID
    #[arg(long = "peer", short, value_name = "MULTIADDR", action = ArgAction::Append, num_args(1..),
          value_parser = target)]
    pub peer: Vec<Target>,

    /// Block that every peer must have, as height:id
    #[arg(long = "checkpoint", short, value_name = "HEIGHT:ID", action = ArgAction::Append,
          num_args(1..))]
    pub checkpoint: Vec<Checkpoint>,

    /// Take no part in gossip
    #[arg(long, short = 'g', value_name = "BOOL", action = ArgAction::Set, num_args(0..=1),
          default_value = "false", default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub disable_gossip: bool,

    /// Take part in gossip also while the node has not caught up
    #[arg(long, short = 'G', value_name = "BOOL", action = ArgAction::Set, num_args(0..=1),
          default_value = "false", default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub force_gossip: bool,

    /// Accepted for compatibility, without effect: there is no DHT
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args(0..=1),
          default_value = "false", default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub dht_local_discovery: bool,

    /// Address of this node that peers are told besides those it listens on
    #[arg(long, value_name = "MULTIADDR", action = ArgAction::Append, num_args(1..))]
    pub announce: Vec<Multiaddr>,

    /// Connections that others may make, in all
    #[arg(long, value_name = "N", default_value_t = 160, value_parser = value_parser!(u32).range(1..))]
    pub max_inbound: u32,

    /// Peers that are called from those known, while fewer than this are connected
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub wanted_peers: usize,

    /// Bytes of blocks that may be in memory before they are applied
    #[arg(long, value_name = "BYTES", default_value_t = 48 << 20,
          value_parser = value_parser!(u64).range(4 << 20..))]
    pub sync_memory: u64,
}

fn listen(text: &str) -> Result<Multiaddr, String> {
    let place = target(text)?;
    match place.peer {
        Some(_) => Err(format!("{text} names a peer; leave out what is behind the port")),
        None => Ok(place.address),
    }
}

impl Options {
    /// Whether and when the node takes part in gossip.
    pub(crate) fn mode(&self) -> Mode {
        match (self.force_gossip, self.disable_gossip) {
            (true, _) => Mode::Forced,
            (false, true) => Mode::Disabled,
            (false, false) => Mode::Auto,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    const PEER: &str =
        "/dns4/seed.example.com/tcp/8888/p2p/QmRT2UJ9uPqmcjCWoxgFZU3AsaMaMqmJ3DaEHeWZFLJp9L";

    #[test]
    fn the_flags_of_the_original() {
        let line = [
            "x",
            "-L",
            "/ip4/0.0.0.0/tcp/9999",
            "-s",
            "me",
            "-p",
            PEER,
            "-p",
            PEER,
            "-c",
            "12:1220ab",
            "-G",
            "-g",
        ];
        let options = Line::parse_from(line).options;
        assert_eq!(options.listen.to_string(), "/ip4/0.0.0.0/tcp/9999");
        assert_eq!((options.peer.len(), options.checkpoint.len()), (2, 1));
        assert_eq!(options.mode(), Mode::Forced);
        let plain = Line::parse_from(["x"]).options;
        assert_eq!(plain.listen.to_string(), "/ip4/127.0.0.1/tcp/8888");
        assert_eq!((plain.seed.clone(), plain.mode()), (None, Mode::Auto));
        assert_eq!(Line::parse_from(["x", "-g"]).options.mode(), Mode::Disabled);
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in [
            ["--peer", "seed.example.com:8888"],
            ["--checkpoint", "12"],
            ["--listen", PEER],
            ["--listen", "/ip4/1.2.3.4/udp/1/quic-v1"],
            ["--sync-memory", "1"],
        ] {
            let error = Line::try_parse_from([&["x"][..], &wrong].concat()).err().unwrap();
            assert!(error.to_string().contains(wrong[0]), "{error}");
        }
    }
}
