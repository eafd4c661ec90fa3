//! Memory that is not needed any more goes back to the system.

/// Pieces of memory of so many bytes and more are the system's again as soon as they are freed.
const LARGE: libc::c_int = 1 << 20;
/// As much free memory as each pool of small pieces keeps for the next ones, in bytes.
const SPARE: libc::c_int = 1 << 20;

/// Keeps glibc from holding on to memory. By itself it takes the largest piece that was ever freed, up
/// to 32 MiB, for what is usual: from then on pieces up to that size come from pools, one for each few
/// threads, which give back only what is free at their end, and only if it is twice that size. A message
/// of 100 MiB grows to its size in steps, so after a single one a service had hundreds of MiB that it
/// did not use.
///
/// To be called before there are threads.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    for (parameter, value) in [(libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, SPARE)] {
        // SAFETY: this takes nothing but numbers, and sets one of the allocator's.
        unsafe { libc::mallopt(parameter, value) };
    }
}

#[cfg(test)]
#[cfg(target_env = "gnu")]
mod tests {
    use std::hint::black_box;

    use super::*;

    /// What the process has in memory, in KiB.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    #[test]
    fn what_is_large_leaves_nothing_behind() {
        const MIB: usize = 1 << 20;
        give_back();
        // After the first of these glibc would take the second for a usual one.
        drop(black_box(vec![1_u8; 30 * MIB]));
        let before = resident();
        let large = black_box(vec![1_u8; 20 * MIB]);
        let _small = black_box(vec![1_u8; 2_000]);
        drop(large);
        let kept = resident().saturating_sub(before);
        assert!(kept < 10 << 10, "{kept} KiB");
    }
}
