//! How much memory a piece of code takes from the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
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

fn count(bytes: usize) {
    // Not there any more while the thread ends, when nobody measures.
    let _ = ALLOCATED.try_with(|sum| sum.set(sum.get().wrapping_add(bytes)));
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
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}
