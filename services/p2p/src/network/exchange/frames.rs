//! Finds the messages in the bytes of one direction of a stream: what the two sides agreed to speak, and
//! then each frame of it.

/// What is spoken, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gossip whose PRUNE may name peers: gossipsub from 1.1 on.
    Gossip,
    /// What a peer says of itself.
    Identify,
}

impl Kind {
    fn of(protocol: &[u8]) -> Option<Self> {
        match protocol {
            b"/meshsub/1.1.0\n" | b"/meshsub/1.2.0\n" | b"/meshsub/1.3.0\n" => Some(Self::Gossip),
            b"/ipfs/id/1.0.0\n" | b"/ipfs/id/push/1.0.0\n" => Some(Self::Identify),
            _ => None,
        }
    }
}

/// A part of what went through.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes that are nothing to look at.
    Plain(&'a [u8]),
    /// A message, without and with the length before it.
    Frame(Kind, &'a [u8], &'a [u8]),
}

/// Frames beyond this size go by unseen: they hold gossiped blocks, not PRUNE.
const MOST: usize = 64 * 1024;
/// Lines of the negotiation are names of protocols.
const LONGEST_LINE: usize = 1_024;
/// The length before a message takes up to so many bytes.
const LONGEST_LENGTH: usize = 5;
/// The first line of each side (multistream-select).
const HEADER: &[u8] = b"/multistream/1.0.0\n";
/// The answer to a protocol that is not spoken.
const NOT_SPOKEN: &[u8] = b"na\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is agreed.
    Negotiating,
    /// A protocol was named. If the other side does not speak it, another line follows.
    Speaking(Kind),
    /// In a frame that is too large, of which so many bytes are left.
    Passing(Kind, usize),
    /// The rest is nothing to look at.
    Deaf,
}

/// One direction of a stream.
#[derive(Debug)]
pub struct Frames {
    state: State,
    /// The beginning of a message.
    begun: Vec<u8>,
}

impl Default for Frames {
    fn default() -> Self {
        Self { state: State::Negotiating, begun: Vec::new() }
    }
}

/// What is at the beginning of some bytes: the length of its length, and of all.
enum Next {
    /// That needs more bytes.
    Unknown,
    Line(usize, usize),
    Frame(usize, usize),
    Rubbish,
}

impl Frames {
    /// Whether there is still something to look at.
    pub fn listens(&self) -> bool {
        self.state != State::Deaf
    }

    /// The beginning of a message whose end has not come.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.begun)
    }

    /// Takes the next bytes, and gives what they complete, in order and nothing left out.
    pub fn feed(&mut self, bytes: &[u8], mut give: impl FnMut(Piece<'_>)) {
        self.begun.extend_from_slice(bytes);
        let begun = std::mem::take(&mut self.begun);
        let mut left = &begun[..];
        while !left.is_empty() {
            let (piece, length) = match self.state {
                State::Deaf => (Piece::Plain(left), left.len()),
                State::Passing(kind, missing) => {
                    let length = missing.min(left.len());
                    self.state = match missing - length {
                        0 => State::Speaking(kind),
                        missing => State::Passing(kind, missing),
                    };
                    (Piece::Plain(&left[..length]), length)
                }
                State::Negotiating | State::Speaking(_) => match self.look(left) {
                    Some(found) => found,
                    None => break,
                },
            };
            give(piece);
            left = &left[length..];
        }
        self.begun = left.to_vec();
    }

    /// What is at the beginning of `bytes`, and how long it is, if that can be told.
    fn look<'a>(&mut self, bytes: &'a [u8]) -> Option<(Piece<'a>, usize)> {
        match (next(bytes), self.state) {
            (Next::Unknown, _) => None,
            (Next::Line(head, length), _) => {
                let line = bytes.get(..length)?;
                let text = &line[head..];
                self.state = match Kind::of(text) {
                    Some(kind) => State::Speaking(kind),
                    None if text == HEADER || text == NOT_SPOKEN => State::Negotiating,
                    None => State::Deaf,
                };
                Some((Piece::Plain(line), length))
            }
            (Next::Frame(_, length), State::Speaking(kind)) if length > MOST => {
                self.state = State::Passing(kind, length);
                Some((Piece::Plain(&[]), 0))
            }
            (Next::Frame(head, length), State::Speaking(kind)) => {
                let whole = bytes.get(..length)?;
                Some((Piece::Frame(kind, &whole[head..], whole), length))
            }
            (Next::Frame(..) | Next::Rubbish, _) => {
                self.state = State::Deaf;
                Some((Piece::Plain(bytes), bytes.len()))
            }
        }
    }
}

fn next(bytes: &[u8]) -> Next {
    let Some(last) = bytes.iter().take(LONGEST_LENGTH).position(|byte| *byte < 0x80) else {
        return if bytes.len() < LONGEST_LENGTH { Next::Unknown } else { Next::Rubbish };
    };
    let head = last + 1;
    let Ok(body) = prost::decode_length_delimiter(&bytes[..head]) else { return Next::Rubbish };
    let length = head.saturating_add(body);
    match bytes.get(head) {
        None if body > 0 => Next::Unknown,
        // No frame begins like this: as tags of a message these bytes would be of no known type.
        Some(b'/' | b'n') if body > 0 && body <= LONGEST_LINE => Next::Line(head, length),
        _ => Next::Frame(head, length),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        prost::encode_length_delimiter(body.len(), &mut out).unwrap();
        [out, body.to_vec()].concat()
    }

    type Seen = Vec<(Kind, Vec<u8>)>;

    /// Feeds the bytes in pieces of that size: everything that came out, and the frames.
    fn fed(bytes: &[u8], size: usize) -> (Vec<u8>, Seen, Frames) {
        let (mut out, mut seen, mut frames) = (Vec::new(), Vec::new(), Frames::default());
        for part in bytes.chunks(size.max(1)) {
            frames.feed(part, |piece| match piece {
                Piece::Plain(bytes) => out.extend_from_slice(bytes),
                Piece::Frame(kind, body, whole) => {
                    seen.push((kind, body.to_vec()));
                    out.extend_from_slice(whole);
                }
            });
        }
        out.extend(frames.rest());
        (out, seen, frames)
    }

    #[test]
    fn frames_of_gossip_are_found_behind_a_protocol_that_was_refused() {
        let (small, large) = (b"\x1a\x00".to_vec(), vec![0x12; MOST]);
        let stream = [
            message(HEADER),
            message(b"/meshsub/1.3.0\n"),
            message(b"/meshsub/1.1.0\n"),
            message(&small),
            message(b""),
            message(&large),
            message(&small),
        ]
        .concat();
        let wanted = [small.clone(), Vec::new(), small].map(|body| (Kind::Gossip, body));
        for size in [1, 2, 7, 1_000, stream.len()] {
            let (out, seen, frames) = fed(&stream, size);
            assert!(out == stream && seen == wanted && frames.listens(), "{size}");
        }
        let answer = [message(HEADER), message(NOT_SPOKEN), message(b"/ipfs/id/1.0.0\n")].concat();
        let (_, seen, _) = fed(&[answer, message(b"\x12\x00")].concat(), 3);
        assert_eq!(seen, [(Kind::Identify, b"\x12\x00".to_vec())]);
    }

    #[test]
    fn other_protocols_are_not_looked_at() {
        for first in
            [&message(b"/koinos/peerrpc/1.0.0\n")[..], b"\xff\xff\xff\xff\xff", b"\x02\x1a\x00"]
        {
            let stream = [&message(HEADER)[..], first, &message(b"/meshsub/1.1.0\n")].concat();
            let (out, seen, frames) = fed(&stream, 4);
            assert!(out == stream && seen.is_empty() && !frames.listens(), "{first:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_changed(
            head in prop::sample::select(vec![
                Vec::new(),
                message(HEADER),
                [message(HEADER), message(b"/meshsub/1.1.0\n")].concat(),
            ]),
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            size in 1_usize..50,
        ) {
            let stream = [head, bytes].concat();
            let (out, ..) = fed(&stream, size);
            prop_assert_eq!(out, stream);
        }
    }
}
