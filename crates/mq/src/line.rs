//! Requests of a kind that are handled one after another, in the order of their delivery.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// Nothing is ever sent: whoever waits goes on when the sender is dropped.
type End = oneshot::Receiver<Infallible>;

/// Where requests wait for each other.
#[derive(Default)]
pub(crate) struct Line(Mutex<Option<End>>);

/// A place in a [`Line`].
pub(crate) struct Place {
    before: Option<End>,
    turn: Turn,
}

/// The turn of a request: the next one waits until this is dropped.
pub(crate) struct Turn(
    #[allow(dead_code, reason = "it is there to be dropped")] oneshot::Sender<Infallible>,
);

impl Line {
    /// Takes the last place.
    pub(crate) fn join(&self) -> Place {
        let (turn, end) = oneshot::channel();
        // Only whole values are ever stored.
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(end);
        Place { before, turn: Turn(turn) }
    }
}

impl Place {
    /// Waits until all that joined before are done.
    pub(crate) async fn turn(self) -> Turn {
        if let Some(before) = self.before {
            let Err(_) = before.await;
        }
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn each_waits_for_the_one_before() {
        let line = Line::default();
        let (first, second, third) = (line.join(), line.join(), line.join());
        let mut second = Box::pin(second.turn());
        let mut third = Box::pin(third.turn());
        let turn = first.turn().await;
        assert!(second.as_mut().now_or_never().is_none());
        drop(turn);
        let turn = second.await;
        assert!(third.as_mut().now_or_never().is_none());
        drop(turn);
        drop(third.await);
        // Nobody is left to wait for.
        assert!(line.join().turn().now_or_never().is_some());
    }
}
