//! What the producer is doing, for the status line and the status page.

use tokio::sync::watch;
use tokio::time::{Duration, sleep};

/// A call is not mentioned before it has lasted this long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The state shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What is waited for.
    pub(crate) waiting_for: Option<&'static str>,
    /// Why the last attempt came to nothing.
    pub(crate) trouble: Option<String>,
    /// Height and id of the last block that the chain took from this process.
    pub(crate) last: Option<(u64, String)>,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.last {
            Some((height, _)) => write!(f, "last block produced at height {height}")?,
            None => write!(f, "no block produced yet")?,
        }
        match (self.waiting_for, &self.trouble) {
            (Some(what), _) => write!(f, ", waiting for {what}"),
            (None, Some(trouble)) => write!(f, ", trying again: {trouble}"),
            (None, None) => Ok(()),
        }
    }
}

/// Where the state is shown.
#[derive(Debug, Default)]
pub(crate) struct Board(watch::Sender<Shown>);

impl Board {
    /// Follows the state.
    pub(crate) fn watch(&self) -> watch::Receiver<Shown> {
        self.0.subscribe()
    }

    /// Waits for `future`, which depends on `what`; says so when it takes long.
    pub(crate) async fn waiting<T>(
        &self,
        what: &'static str,
        future: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(future);
        tokio::select! {
            biased;
            value = &mut future => return value,
            () = sleep(PATIENCE) => {}
        }
        let _mark = Mark::set(self, what);
        future.await
    }

    /// A block was accepted.
    pub(crate) fn produced(&self, height: u64, id: String) {
        self.0.send_modify(|shown| {
            shown.last = Some((height, id));
            shown.trouble = None;
        });
    }

    /// An attempt came to nothing.
    pub(crate) fn trouble(&self, text: String) {
        self.0.send_modify(|shown| shown.trouble = Some(text));
    }
}

/// Shows what is waited for until it is dropped, as a wait may be given up at any time.
struct Mark<'a>(&'a Board);

impl<'a> Mark<'a> {
    fn set(board: &'a Board, what: &'static str) -> Self {
        board.0.send_modify(|shown| shown.waiting_for = Some(what));
        Self(board)
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|shown| shown.waiting_for = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_long_waits_are_shown() {
        let board = Board::default();
        let text = || board.0.borrow().to_string();
        board.waiting("chain", std::future::ready(())).await;
        assert_eq!(text(), "no block produced yet");
        let mut long = Box::pin(board.waiting("chain", sleep(Duration::from_secs(5))));
        let short = tokio::time::timeout(Duration::from_secs(2), &mut long).await;
        assert!(short.is_err());
        assert_eq!(text(), "no block produced yet, waiting for chain");
        drop(long);
        board.trouble("chain refuses".into());
        assert_eq!(text(), "no block produced yet, trying again: chain refuses");
        board.produced(7, "0x1220".into());
        assert_eq!(text(), "last block produced at height 7");
    }
}
