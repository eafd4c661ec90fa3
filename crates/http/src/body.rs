//! Bodies: requests that are bounded in size and time, answers that are bounded in sum.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::Limits;

/// Requests up to this size take no place among the large ones.
pub(crate) const SMALL: usize = 32 << 10;
/// After the client's timeout, this many bytes of a request have to arrive each second.
const LEAST_RATE: f64 = 16_384.0;
/// How long the rest of a request that is too large is read, so that the client takes the answer.
const PATIENCE_WITH_TOO_LARGE: Duration = Duration::from_secs(1);
/// Bytes of answers that clients have not taken yet, in all.
const MAX_OUTSTANDING: usize = 1 << 30;

/// Why a request was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It has more bytes than a request may have.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The connection broke within it.
    Broken,
}

/// Reads a request, among no more large ones at the same time than there are places.
pub(crate) async fn read(
    limits: &Limits,
    large_requests: &Semaphore,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<Bytes, BodyFault> {
    let max = limits.max_request;
    let announced = announced(headers);
    if announced.is_some_and(|length| length > max as u64) {
        return Err(too_large(body).await);
    }
    let began = Instant::now();
    let mut place = None;
    let mut whole = BytesMut::new();
    loop {
        let earned = Duration::from_secs_f64(whole.len() as f64 / LEAST_RATE);
        let deadline = began + limits.client_timeout + earned;
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| BodyFault::TooSlow)?;
        let data = match frame {
            None => return Ok(whole.freeze()),
            Some(Err(_)) => return Err(BodyFault::Broken),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                Err(_trailers) => continue,
            },
        };
        let length = whole.len() + data.len();
        if length > max {
            drop(whole);
            return Err(too_large(body).await);
        }
        if length > SMALL && place.is_none() {
            let free = timeout_at(deadline, large_requests.acquire()).await;
            place = Some(free.map_err(|_| BodyFault::TooSlow)?);
        }
        if whole.is_empty() && announced == Some(data.len() as u64) {
            return Ok(data);
        }
        whole.extend_from_slice(&data);
    }
}

/// How long the body is, if the client said so.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Lets a client that writes before it reads get to the answer.
async fn too_large(mut body: Body) -> BodyFault {
    let drain = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whoever has more to say than that loses the connection.
    let _ = timeout(PATIENCE_WITH_TOO_LARGE, drain).await;
    BodyFault::TooLarge
}

/// The bytes of all answers that are on their way.
#[derive(Default)]
pub(crate) struct Outstanding(AtomicUsize);

impl Outstanding {
    /// A body that counts until it is sent or given up; `None` when there are too many already.
    pub(crate) fn hold(self: &Arc<Self>, bytes: Bytes) -> Option<Body> {
        if bytes.len() <= SMALL {
            return Some(bytes.into());
        }
        let length = bytes.len();
        let held = Held { bytes: Some(bytes), length, outstanding: self.clone() };
        let before = self.0.fetch_add(length, Ordering::Relaxed);
        // One answer must fit, however large it is; dropping `held` takes its bytes off again.
        (before == 0 || before + length <= MAX_OUTSTANDING).then(|| Body::new(held))
    }
}

struct Held {
    bytes: Option<Bytes>,
    length: usize,
    outstanding: Arc<Outstanding>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.outstanding.0.fetch_sub(self.length, Ordering::Relaxed);
    }
}

impl hyper::body::Body for Held {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    /// In pieces, so that the next is asked for, and this lives, until the last is written.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(bytes) = &mut self.bytes else { return Poll::Ready(None) };
        let piece = bytes.split_to(bytes.len().min(SMALL));
        if bytes.is_empty() {
            self.bytes = None;
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_are_counted_until_they_are_gone() {
        let outstanding = Arc::<Outstanding>::default();
        let count = || outstanding.0.load(Ordering::Relaxed);
        let bytes = Bytes::from(vec![7; 3 * SMALL + 1]);
        let body = outstanding.hold(bytes.clone()).unwrap();
        assert_eq!(count(), bytes.len());
        assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        assert_eq!(count(), 0);
        let given_up = outstanding.hold(bytes.clone()).unwrap();
        outstanding.0.fetch_add(MAX_OUTSTANDING, Ordering::Relaxed);
        assert!(outstanding.hold(bytes.clone()).is_none());
        assert!(outstanding.hold(Bytes::from_static(b"small")).is_some());
        drop(given_up);
        assert_eq!(count(), MAX_OUTSTANDING);
    }
}
