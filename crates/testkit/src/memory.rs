//! How much memory a piece of code takes from the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
    /// What was asked for and not given back, and the most that this has been. A thread may give back
    /// what another one asked for.
    static KEPT: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting. A test program that measures installs it:
///
/// ```
/// use koinos_testkit::memory::{self, Counting};
///
/// #[global_allocator]
/// static ALLOCATOR: Counting = Counting;
///
/// let (list, bytes) = memory::allocated(|| vec![0u8; 1_000]);
/// assert!(bytes >= list.len());
/// let (_, most) = memory::most(|| drop((vec![0u8; 500], list)));
/// assert!((500..1_000).contains(&most));
/// let (list, kept) = memory::kept(|| vec![0u8; 1_000]);
/// assert!(kept >= 1_000 && list.len() == 1_000);
/// ```
#[derive(Debug)]
pub struct Counting;

/// Runs `work` and counts the bytes that this thread asked for meanwhile, whether it gave them back
/// or not. Always 0 in a program that has not installed [`Counting`].
pub fn allocated<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.get();
    let made = work();
    (made, ALLOCATED.get().wrapping_sub(before))
}

/// Runs `work` and counts the bytes that this thread asked for meanwhile and did not give back: those
/// of what was made, and whatever else stays. Less than 0 if it gave back more.
pub fn kept<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = KEPT.get();
    let made = work();
    (made, KEPT.get().wrapping_sub(before))
}

/// Runs `work` and tells how many bytes this thread had at the same time, at most, beyond those that it
/// had before.
pub fn most<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = KEPT.get();
    MOST.set(before);
    let made = work();
    (made, MOST.get().wrapping_sub(before).unsigned_abs())
}

fn count(bytes: usize) {
    // Not there any more while the thread ends, when nobody measures.
    let _ = ALLOCATED.try_with(|sum| sum.set(sum.get().wrapping_add(bytes)));
    keep(bytes as isize);
}

fn give_back(bytes: usize) {
    keep((bytes as isize).wrapping_neg());
}

fn keep(change: isize) {
    let _ = KEPT.try_with(|kept| {
        kept.set(kept.get().wrapping_add(change));
        MOST.try_with(|most| most.set(most.get().max(kept.get())))
    });
}

// SAFETY: every call is handed on unchanged to the system's allocator, which keeps the contract.
// Counting allocates nothing: the counter is a constant-initialised thread local without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        give_back(layout.size().saturating_sub(size));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        give_back(layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}
