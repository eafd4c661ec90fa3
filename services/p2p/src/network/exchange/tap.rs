//! Lets an [`Exchange`](super::Exchange) read along on all streams of a connection, and complete what is
//! sent on them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

use super::Line;
use super::frames::{Frames, Piece};

/// A connection.
pub struct Tap<M> {
    muxer: M,
    line: Arc<Line>,
}

impl<M> Tap<M> {
    /// Taps a connection.
    pub fn new(muxer: M, line: Line) -> Self {
        Self { muxer, line: Arc::new(line) }
    }
}

impl<M: StreamMuxer + Unpin> StreamMuxer for Tap<M>
where
    M::Substream: Unpin,
{
    type Substream = Tapped<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        let stream = ready!(Pin::new(&mut self.muxer).poll_inbound(context))?;
        Poll::Ready(Ok(Tapped::new(stream, self.line.clone())))
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        let stream = ready!(Pin::new(&mut self.muxer).poll_outbound(context))?;
        Poll::Ready(Ok(Tapped::new(stream, self.line.clone())))
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.muxer).poll_close(context)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.muxer).poll(context)
    }
}

/// A stream. What is of no interest goes through without a copy.
pub struct Tapped<S> {
    stream: S,
    line: Arc<Line>,
    read: Frames,
    written: Frames,
    /// What was taken from the writer, completed, and not passed on yet.
    out: Vec<u8>,
}

impl<S: AsyncWrite + Unpin> Tapped<S> {
    fn new(stream: S, line: Arc<Line>) -> Self {
        Self { stream, line, read: Frames::default(), written: Frames::default(), out: Vec::new() }
    }

    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let length = ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        if this.read.listens() {
            this.read.feed(&buffer[..length], |piece| {
                if let Piece::Frame(kind, body, _) = piece {
                    this.line.hear(kind, body);
                }
            });
        }
        Poll::Ready(Ok(length))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.drain(context))?;
        if !this.written.listens() {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        }
        let (line, out) = (&this.line, &mut this.out);
        this.written.feed(bytes, |piece| match piece {
            Piece::Plain(bytes) => out.extend_from_slice(bytes),
            Piece::Frame(kind, body, whole) => match line.complete(kind, body) {
                Some(completed) => out.extend(completed),
                None => out.extend_from_slice(whole),
            },
        });
        // What does not go now goes with the next bytes, or when it is flushed.
        match this.drain(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.drain(context))?;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let rest = this.written.rest();
        this.out.extend(rest);
        ready!(this.drain(context))?;
        Pin::new(&mut this.stream).poll_close(context)
    }
}
