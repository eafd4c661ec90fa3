//! Group commit: blocks that arrive while the disk is busy share the next write to it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

type Outcome<E> = Result<(), Arc<E>>;

/// Collects entries and writes them in groups, one group at a time.
pub(crate) struct GroupCommit<T, E> {
    state: Mutex<State<T, E>>,
    written: Condvar,
}

struct State<T, E> {
    waiting: Vec<T>,
    /// What will become of those waiting.
    outcome: Arc<OnceLock<Outcome<E>>>,
    writing: bool,
}

impl<T, E> Default for GroupCommit<T, E> {
    fn default() -> Self {
        let state = State { waiting: Vec::new(), outcome: Arc::default(), writing: false };
        Self { state: Mutex::new(state), written: Condvar::new() }
    }
}

impl<T, E> GroupCommit<T, E> {
    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // A panic in `write` ends the process before anyone could see a half-made group.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes `entry`, alone or with others, and returns when that is done. `write` is called by
    /// one of the threads whose entries are in the group, and never twice at the same time.
    pub(crate) fn commit(&self, entry: T, write: impl Fn(Vec<T>) -> Result<(), E>) -> Outcome<E> {
        let mut state = self.state();
        state.waiting.push(entry);
        let outcome = state.outcome.clone();
        loop {
            if let Some(outcome) = outcome.get() {
                return outcome.clone();
            }
            if state.writing {
                state = self.written.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.writing = true;
            let group = std::mem::take(&mut state.waiting);
            let of_group = std::mem::take(&mut state.outcome);
            drop(state);
            // Set once: this thread took the group and with it the right to decide.
            let _ = of_group.set(write(group).map_err(Arc::new));
            state = self.state();
            state.writing = false;
            self.written.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn entries_that_wait_together_are_written_together() {
        let group = GroupCommit::<usize, String>::default();
        let written = Mutex::new(Vec::new());
        let writes = AtomicUsize::new(0);
        let (started, release) = (Barrier::new(2), Barrier::new(2));
        let write = |entries: Vec<usize>| {
            if writes.fetch_add(1, Ordering::SeqCst) == 0 {
                started.wait();
                release.wait();
            }
            written.lock().unwrap().push(entries);
            Ok(())
        };
        std::thread::scope(|scope| {
            scope.spawn(|| group.commit(0, write));
            started.wait();
            // The first write is under way: these have to wait, and then go together.
            let (group, write) = (&group, &write);
            let others: Vec<_> =
                (1..=5).map(|n| scope.spawn(move || group.commit(n, write))).collect();
            while group.state().waiting.len() < 5 {
                std::thread::yield_now();
            }
            release.wait();
            for other in others {
                assert!(other.join().unwrap().is_ok());
            }
        });
        let mut written = written.into_inner().unwrap();
        written.iter_mut().for_each(|group| group.sort_unstable());
        assert_eq!(written, [vec![0], vec![1, 2, 3, 4, 5]]);
    }

    #[test]
    fn a_failure_reaches_everyone_in_the_group_and_nobody_else() {
        let group = GroupCommit::<u8, String>::default();
        let error = group.commit(1, |_| Err("disk full".to_owned())).unwrap_err();
        assert_eq!(*error, "disk full");
        assert!(group.commit(2, |_| Ok(())).is_ok());
    }
}
