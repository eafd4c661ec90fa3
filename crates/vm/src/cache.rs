//! Modules kept from one execution to the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::ModuleError;
use crate::module::Module;

/// Translated modules by the hash of their contract, the least recently used dropped first. It has
/// no effect on results, only on the time they take. May be shared by threads.
pub struct ModuleCache {
    kept: Mutex<Kept>,
    max_modules: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct Kept {
    modules: HashMap<Box<[u8]>, Entry>,
    /// Keys by the time of their last use.
    by_use: BTreeMap<u64, Box<[u8]>>,
    bytes: usize,
    clock: u64,
}

struct Entry {
    module: Arc<Module>,
    size: usize,
    used: u64,
}

impl ModuleCache {
    /// A cache for so many modules, which together take about so many bytes.
    pub fn new(max_modules: usize, max_bytes: usize) -> Self {
        Self { kept: Mutex::default(), max_modules, max_bytes }
    }

    /// The module with the given contract hash; `wasm` is its binary, for when it is not there.
    /// Modules that cannot be used are not kept.
    ///
    /// # Errors
    ///
    /// [`ModuleError`] when the binary is malformed or the module invalid.
    pub fn get_or_translate(&self, hash: &[u8], wasm: &[u8]) -> Result<Arc<Module>, ModuleError> {
        if let Some(module) = self.kept().find(hash) {
            return Ok(module);
        }
        let module = Arc::new(Module::new(wasm)?);
        let size = module.size() + hash.len();
        if size <= self.max_bytes && self.max_modules > 0 {
            let mut kept = self.kept();
            kept.remove(hash);
            while kept.modules.len() >= self.max_modules || kept.bytes + size > self.max_bytes {
                let Some((_, oldest)) = kept.by_use.pop_first() else { break };
                kept.remove(&oldest);
            }
            kept.insert(hash, &module, size);
        }
        Ok(module)
    }

    /// How many modules are kept.
    pub fn len(&self) -> usize {
        self.kept().modules.len()
    }

    /// Whether no module is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No code that can panic runs under the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn find(&mut self, hash: &[u8]) -> Option<Arc<Module>> {
        let now = self.tick();
        let entry = self.modules.get_mut(hash)?;
        if let Some(key) = self.by_use.remove(&entry.used) {
            self.by_use.insert(now, key);
        }
        entry.used = now;
        Some(Arc::clone(&entry.module))
    }

    fn insert(&mut self, hash: &[u8], module: &Arc<Module>, size: usize) {
        let used = self.tick();
        self.bytes += size;
        self.by_use.insert(used, hash.into());
        self.modules.insert(hash.into(), Entry { module: Arc::clone(module), size, used });
    }

    fn remove(&mut self, hash: &[u8]) {
        if let Some(entry) = self.modules.remove(hash) {
            self.by_use.remove(&entry.used);
            self.bytes -= entry.size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn the_least_recently_used_module_goes_first() {
        let cache = ModuleCache::new(2, usize::MAX);
        let one = cache.get_or_translate(b"1", EMPTY).unwrap();
        cache.get_or_translate(b"2", EMPTY).unwrap();
        assert!(Arc::ptr_eq(&one, &cache.get_or_translate(b"1", EMPTY).unwrap()));
        cache.get_or_translate(b"3", EMPTY).unwrap();
        assert_eq!(cache.len(), 2);
        assert!(Arc::ptr_eq(&one, &cache.get_or_translate(b"1", EMPTY).unwrap()));
        assert!(cache.get_or_translate(b"2", b"").is_err(), "2 was dropped");
    }

    #[test]
    fn bytes_are_bounded() {
        let size = Module::new(EMPTY).unwrap().size() + 1;
        let cache = ModuleCache::new(100, 3 * size);
        for key in 0..10u8 {
            cache.get_or_translate(&[key], EMPTY).unwrap();
        }
        assert_eq!(cache.len(), 3);
        let none = ModuleCache::new(100, size - 1);
        none.get_or_translate(b"1", EMPTY).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn bad_modules_are_not_kept() {
        let cache = ModuleCache::new(2, usize::MAX);
        assert!(cache.get_or_translate(b"1", b"bad").is_err());
        assert!(cache.is_empty());
    }
}
