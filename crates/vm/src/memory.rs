//! The linear memory of an instance.

use crate::PAGE_SIZE;

/// A memory of whole pages, zero where it was not written.
pub(crate) struct Memory {
    /// More zeroes than are in use, so that growing page by page does not copy each time.
    bytes: Vec<u8>,
    len: usize,
    max_pages: u32,
}

impl Memory {
    /// A memory of `pages` pages that may grow to `max_pages`.
    pub(crate) fn new(pages: u32, max_pages: u32) -> Self {
        let len = pages as usize * PAGE_SIZE;
        Self { bytes: vec![0; len], len, max_pages }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }

    /// Adds pages; the number of pages before, or `None` when they would be too many.
    pub(crate) fn grow(&mut self, pages: u32) -> Option<u32> {
        let old = (self.len / PAGE_SIZE) as u32;
        let new = old.checked_add(pages).filter(|&new| new <= self.max_pages)?;
        let len = new as usize * PAGE_SIZE;
        if len > self.bytes.len() {
            let doubled = (self.len * 2).min(self.max_pages as usize * PAGE_SIZE);
            let mut bytes = vec![0; len.max(doubled)];
            bytes[..self.len].copy_from_slice(self.bytes());
            self.bytes = bytes;
        }
        self.len = len;
        Some(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_its_limit_and_keeps_its_content() {
        let mut memory = Memory::new(1, 5);
        memory.bytes_mut()[7] = 9;
        assert_eq!(memory.grow(0), Some(1));
        assert_eq!(memory.grow(1), Some(1));
        assert_eq!(memory.grow(2), Some(2));
        assert_eq!(memory.grow(2), None);
        assert_eq!(memory.grow(u32::MAX), None);
        assert_eq!(memory.grow(1), Some(4));
        assert_eq!(memory.bytes().len(), 5 * PAGE_SIZE);
        assert_eq!(memory.bytes()[7], 9);
        assert!(memory.bytes()[8..].iter().all(|&byte| byte == 0));
    }
}
