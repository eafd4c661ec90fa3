//! msgpack as Go's `ugorji/go` codec writes it, and everything that it reads.
//!
//! What is written is byte for byte what the original writes: strings and byte strings as the old
//! *raw* family (`a0`, `da`, `db`) and never as `str8` or `bin`, integers as short as possible.
//! The reader takes any width and any family, pulls what it needs from a stream, and holds to limits
//! before it allocates: nothing here trusts a length.

use futures_util::io::{AsyncRead, AsyncReadExt};

/// Containers inside each other.
const MAX_DEPTH: usize = 16;
/// Values that are skipped in one go.
const MAX_SKIPPED: u64 = 10_000;
/// Byte strings are read by this many bytes, so that a length alone costs nothing.
const CHUNK: usize = 64 * 1024;

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream ended or failed.
    #[error("the stream failed: {0}")]
    Io(#[from] std::io::Error),
    /// It is not the message that was expected.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// It is larger than allowed.
    #[error("{what} exceeds the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in bytes or elements.
        limit: u64,
    },
}

/// Begins a map of `entries` entries.
pub fn put_map(out: &mut Vec<u8>, entries: u32) {
    put_container(out, entries, 0x80, 0xde);
}

/// Begins an array of `elements` elements.
pub fn put_array(out: &mut Vec<u8>, elements: u32) {
    put_container(out, elements, 0x90, 0xdc);
}

fn put_container(out: &mut Vec<u8>, length: u32, short: u8, long: u8) {
    match length {
        0..16 => out.push(short | length as u8),
        16..0x1_0000 => {
            out.push(long);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(long + 1);
            out.extend(length.to_be_bytes());
        }
    }
}

/// Writes the head of a string or byte string; its bytes follow.
pub fn put_raw_head(out: &mut Vec<u8>, length: u32) {
    match length {
        0..32 => out.push(0xa0 | length as u8),
        32..0x1_0000 => {
            out.push(0xda);
            out.extend((length as u16).to_be_bytes());
        }
        _ => {
            out.push(0xdb);
            out.extend(length.to_be_bytes());
        }
    }
}

/// Writes a string or byte string of less than 4 GiB.
pub fn put_raw(out: &mut Vec<u8>, bytes: &[u8]) {
    put_raw_head(out, bytes.len() as u32);
    out.extend_from_slice(bytes);
}

/// Writes an unsigned integer.
pub fn put_uint(out: &mut Vec<u8>, value: u64) {
    match value {
        0..0x80 => out.push(value as u8),
        0x80..0x100 => out.extend([0xcc, value as u8]),
        0x100..0x1_0000 => {
            out.push(0xcd);
            out.extend((value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(0xce);
            out.extend((value as u32).to_be_bytes());
        }
        _ => {
            out.push(0xcf);
            out.extend(value.to_be_bytes());
        }
    }
}

/// Writes the absent value.
pub fn put_nil(out: &mut Vec<u8>) {
    out.push(0xc0);
}

/// What the first byte of a value says.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Head {
    Nil,
    /// A value without content of interest: a boolean, a float.
    Plain,
    Uint(u64),
    Negative,
    Raw(u32),
    /// An extension of that many bytes.
    Extension(u32),
    Array(u32),
    Map(u32),
}

/// Reads values one by one from a stream.
pub struct Reader<R> {
    stream: R,
    /// Bytes that may still be read.
    left: u64,
    limit: u64,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// A reader of at most `limit` bytes.
    pub fn new(stream: R, limit: u64) -> Self {
        Self { stream, left: limit, limit }
    }

    /// Bytes read so far.
    #[cfg(test)]
    pub(super) fn count(&self) -> u64 {
        self.limit - self.left
    }

    fn take(&mut self, count: u64) -> Result<(), ReadError> {
        let too_large = ReadError::TooLarge { what: "a message", limit: self.limit };
        self.left = self.left.checked_sub(count).ok_or(too_large)?;
        Ok(())
    }

    async fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.take(N as u64)?;
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    async fn u8(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from(self.bytes::<1>().await?[0]))
    }

    async fn u16(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from(u16::from_be_bytes(self.bytes().await?)))
    }

    async fn u32(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from(u32::from_be_bytes(self.bytes().await?)))
    }

    async fn u64(&mut self) -> Result<u64, ReadError> {
        Ok(u64::from_be_bytes(self.bytes().await?))
    }

    async fn signed(&mut self, bytes: u32) -> Result<Head, ReadError> {
        let bits = match bytes {
            1 => self.u8().await?,
            2 => self.u16().await?,
            4 => self.u32().await?,
            _ => self.u64().await?,
        };
        let negative = bits >> (bytes * 8 - 1) & 1 == 1;
        Ok(if negative { Head::Negative } else { Head::Uint(bits) })
    }

    async fn head(&mut self) -> Result<Head, ReadError> {
        let byte = self.bytes::<1>().await?[0];
        let low = u32::from(byte);
        Ok(match byte {
            0x00..=0x7f => Head::Uint(u64::from(byte)),
            0x80..=0x8f => Head::Map(low & 0x0f),
            0x90..=0x9f => Head::Array(low & 0x0f),
            0xa0..=0xbf => Head::Raw(low & 0x1f),
            0xc0 => Head::Nil,
            0xc2 | 0xc3 => Head::Plain,
            0xc4 | 0xd9 => Head::Raw(self.u8().await? as u32),
            0xc5 | 0xda => Head::Raw(self.u16().await? as u32),
            0xc6 | 0xdb => Head::Raw(self.u32().await? as u32),
            0xc7 => Head::Extension(self.u8().await? as u32 + 1),
            0xc8 => Head::Extension(self.u16().await? as u32 + 1),
            0xc9 => Head::Extension((self.u32().await? as u32).saturating_add(1)),
            0xca => {
                self.u32().await?;
                Head::Plain
            }
            0xcb => {
                self.u64().await?;
                Head::Plain
            }
            0xcc => Head::Uint(self.u8().await?),
            0xcd => Head::Uint(self.u16().await?),
            0xce => Head::Uint(self.u32().await?),
            0xcf => Head::Uint(self.u64().await?),
            0xd0 => self.signed(1).await?,
            0xd1 => self.signed(2).await?,
            0xd2 => self.signed(4).await?,
            0xd3 => self.signed(8).await?,
            0xd4..=0xd8 => Head::Extension((1 << (byte - 0xd4)) + 1),
            0xdc => Head::Array(self.u16().await? as u32),
            0xdd => Head::Array(self.u32().await? as u32),
            0xde => Head::Map(self.u16().await? as u32),
            0xdf => Head::Map(self.u32().await? as u32),
            0xe0..=0xff => Head::Negative,
            0xc1 => return Err(ReadError::Malformed("a value that begins with c1".to_owned())),
        })
    }

    /// The number of entries of a map of at most `most`; an absent one has none.
    ///
    /// # Errors
    /// When it is something else, or longer.
    pub async fn map(&mut self, most: u32) -> Result<u32, ReadError> {
        match self.head().await? {
            Head::Nil => Ok(0),
            Head::Map(length) if length > most => {
                Err(ReadError::TooLarge { what: "a map", limit: u64::from(most) })
            }
            Head::Map(length) => Ok(length),
            other => Err(unexpected("a map", other)),
        }
    }

    /// The number of elements of an array of at most `most`; an absent one has none.
    ///
    /// # Errors
    /// When it is something else, or longer.
    pub async fn array(&mut self, most: u32) -> Result<u32, ReadError> {
        match self.head().await? {
            Head::Nil => Ok(0),
            Head::Array(length) if length > most => {
                Err(ReadError::TooLarge { what: "an array", limit: u64::from(most) })
            }
            Head::Array(length) => Ok(length),
            other => Err(unexpected("an array", other)),
        }
    }

    /// A string or byte string of at most `most` bytes, or an array of bytes; an absent one is empty.
    ///
    /// # Errors
    /// When it is something else, or longer.
    pub async fn raw(&mut self, most: u32) -> Result<Vec<u8>, ReadError> {
        let too_large = || ReadError::TooLarge { what: "a byte string", limit: u64::from(most) };
        match self.head().await? {
            Head::Nil => Ok(Vec::new()),
            Head::Raw(length) | Head::Array(length) if length > most => Err(too_large()),
            Head::Raw(length) => self.content(length as usize).await,
            Head::Array(length) => {
                let mut bytes = Vec::new();
                for _ in 0..length {
                    let element = u8::try_from(self.uint().await?);
                    bytes.push(element.map_err(|_| unexpected("a byte", Head::Plain))?);
                }
                Ok(bytes)
            }
            other => Err(unexpected("a byte string", other)),
        }
    }

    async fn content(&mut self, length: usize) -> Result<Vec<u8>, ReadError> {
        self.take(length as u64)?;
        let mut bytes = Vec::with_capacity(length.min(CHUNK));
        while bytes.len() < length {
            let at = bytes.len();
            bytes.resize(length.min(at + CHUNK), 0);
            self.stream.read_exact(&mut bytes[at..]).await?;
        }
        Ok(bytes)
    }

    /// A string of at most `most` bytes; what is not UTF-8 in it is replaced.
    ///
    /// # Errors
    /// When it is something else, or longer.
    pub async fn text(&mut self, most: u32) -> Result<String, ReadError> {
        Ok(String::from_utf8_lossy(&self.raw(most).await?).into_owned())
    }

    /// An integer that is not negative; an absent one is 0.
    ///
    /// # Errors
    /// When it is something else.
    pub async fn uint(&mut self) -> Result<u64, ReadError> {
        match self.head().await? {
            Head::Nil => Ok(0),
            Head::Uint(value) => Ok(value),
            other => Err(unexpected("an unsigned integer", other)),
        }
    }

    /// Reads over a value, whatever it is.
    ///
    /// # Errors
    /// When it is too deep or too long.
    pub async fn skip(&mut self) -> Result<(), ReadError> {
        let mut open = vec![1_u64];
        let mut skipped = 0;
        while let Some(left) = open.last_mut() {
            if *left == 0 {
                open.pop();
                continue;
            }
            *left -= 1;
            skipped += 1;
            if skipped > MAX_SKIPPED {
                return Err(ReadError::TooLarge { what: "an unknown value", limit: MAX_SKIPPED });
            }
            match self.head().await? {
                Head::Nil | Head::Plain | Head::Uint(_) | Head::Negative => {}
                Head::Raw(length) | Head::Extension(length) => {
                    self.pass_over(length as usize).await?;
                }
                Head::Array(length) => open.push(u64::from(length)),
                Head::Map(length) => open.push(u64::from(length) * 2),
            }
            if open.len() > MAX_DEPTH {
                return Err(ReadError::TooLarge { what: "nesting", limit: MAX_DEPTH as u64 });
            }
        }
        Ok(())
    }

    async fn pass_over(&mut self, length: usize) -> Result<(), ReadError> {
        self.take(length as u64)?;
        let mut bytes = [0; 1_024];
        let mut left = length;
        while left > 0 {
            let part = left.min(bytes.len());
            self.stream.read_exact(&mut bytes[..part]).await?;
            left -= part;
        }
        Ok(())
    }
}

fn unexpected(wanted: &str, found: Head) -> ReadError {
    ReadError::Malformed(format!("{wanted} was expected, not {found:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::io::Cursor;
    use proptest::prelude::*;
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A stream that gives out few bytes at a time, as a network does.
    struct Trickle(Vec<u8>, usize);

    impl AsyncRead for Trickle {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let count = buffer.len().min(self.1).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Poll::Ready(Ok(count))
        }
    }

    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    fn reader(bytes: &[u8]) -> Reader<Cursor<&[u8]>> {
        Reader::new(Cursor::new(bytes), 1 << 20)
    }

    fn written(write: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn heads_are_as_short_as_the_original_makes_them() {
        for (length, head) in [
            (0, &[0xa0][..]),
            (31, &[0xbf]),
            (32, &[0xda, 0, 32]),
            (255, &[0xda, 0, 255]),
            (65_535, &[0xda, 255, 255]),
            (65_536, &[0xdb, 0, 1, 0, 0]),
        ] {
            assert_eq!(written(|out| put_raw_head(out, length)), head);
        }
        for (value, bytes) in [
            (127, &[0x7f][..]),
            (128, &[0xcc, 0x80]),
            (500, &[0xcd, 0x01, 0xf4]),
            (0x0238_d904, &[0xce, 0x02, 0x38, 0xd9, 0x04]),
            (1 << 32, &[0xcf, 0, 0, 0, 1, 0, 0, 0, 0]),
        ] {
            assert_eq!(written(|out| put_uint(out, value)), bytes);
        }
        assert_eq!(written(|out| put_array(out, 500)), [0xdc, 0x01, 0xf4]);
        assert_eq!(written(|out| put_map(out, 3)), [0x83]);
        assert_eq!(written(|out| put_array(out, 70_000)), [0xdd, 0, 1, 0x11, 0x70]);
    }

    #[test]
    fn every_family_of_bytes_is_read() {
        for bytes in [
            &b"\xa2hi"[..],
            b"\xd9\x02hi",
            b"\xda\x00\x02hi",
            b"\xdb\x00\x00\x00\x02hi",
            b"\xc4\x02hi",
            b"\xc5\x00\x02hi",
            b"\xc6\x00\x00\x00\x02hi",
            b"\x92\x68\x69",
            b"\xdc\x00\x02\xcc\x68\xd0\x69",
        ] {
            assert_eq!(now(reader(bytes).raw(10)).unwrap(), b"hi", "{bytes:x?}");
        }
        assert_eq!(now(reader(b"\xc0").raw(10)).unwrap(), b"");
    }

    #[test]
    fn every_width_of_integer_is_read() {
        for bytes in [
            &b"\x2a"[..],
            b"\xcc\x2a",
            b"\xcd\x00\x2a",
            b"\xce\x00\x00\x00\x2a",
            b"\xcf\x00\x00\x00\x00\x00\x00\x00\x2a",
            b"\xd0\x2a",
            b"\xd1\x00\x2a",
            b"\xd2\x00\x00\x00\x2a",
            b"\xd3\x00\x00\x00\x00\x00\x00\x00\x2a",
        ] {
            assert_eq!(now(reader(bytes).uint()).unwrap(), 42, "{bytes:x?}");
        }
        for negative in [&b"\xff"[..], b"\xd0\xff", b"\xd3\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert!(now(reader(negative).uint()).is_err());
        }
    }

    #[test]
    fn lengths_alone_cost_nothing() {
        // 4 GiB that never come.
        let error = now(reader(b"\xdb\xff\xff\xff\xff").raw(u32::MAX)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { .. }), "{error}");
        let error = now(reader(b"\xdb\x06\x40\x00\x00").raw(1 << 20)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { limit: 0x10_0000, .. }), "{error}");
        let error = now(reader(b"\xdd\xff\xff\xff\xff").array(1_000)).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge { limit: 1_000, .. }), "{error}");
        let error = now(reader(b"\xdd\xff\xff\xff\xff").skip()).unwrap_err();
        assert!(matches!(error, ReadError::Io(_)), "{error}");
        let deep = [0x91; 1_000];
        assert!(matches!(now(reader(&deep).skip()), Err(ReadError::TooLarge { .. })));
        let many = [&[0xdd, 0, 1, 0, 0][..], &[0xc0; 65_536]].concat();
        assert!(matches!(now(reader(&many).skip()), Err(ReadError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in proptest::collection::vec(any::<u8>(), 0..70_000),
                                   value: u64, step in 1_usize..100) {
            let message = written(|out| {
                put_map(out, 2);
                put_raw(out, &bytes);
                put_uint(out, value);
            });
            let length = message.len() as u64;
            let mut reader = Reader::new(Trickle(message, step), length);
            prop_assert_eq!(now(reader.map(2)).unwrap(), 2);
            prop_assert_eq!(now(reader.raw(70_000)).unwrap(), bytes);
            prop_assert_eq!(now(reader.uint()).unwrap(), value);
            prop_assert_eq!(reader.count(), length);
        }

        #[test]
        fn any_bytes_end_in_order(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            // Whatever comes out, nothing panics and nothing runs on.
            let _ = now(reader(&bytes).skip());
            let _ = now(reader(&bytes).raw(1_000));
            let _ = now(reader(&bytes).map(10));
        }
    }
}
