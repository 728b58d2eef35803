//! Owns when the C library gives memory back that a large block was in.
//!
//! By itself it learns: once a block of some megabytes was freed, as a plugin's file is on each
//! reload, it keeps that much for the next one, in each of its arenas, of which every thread that
//! loads may get another. So a server would grow for hours, in steps of a megabyte or two, with
//! nothing in them.
#![allow(unsafe_code)]

/// Blocks of so many bytes are mapped one by one, and unmapped when they are freed.
const LARGE: i32 = 128 * 1024;

/// Gives back every large block for as long as the process lives. The path of a frame takes none.
pub fn give_large_blocks_back() {
    // Elsewhere than in the GNU C library nothing is learned.
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number of the allocator, under its own lock.
    let _is_known = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}

#[cfg(all(test, target_env = "gnu", not(hotframe_asan)))]
mod tests {
    use super::*;

    /// Set where the test runs by itself: another one may have left so much room in the arena that
    /// nothing need be mapped.
    const ALONE: &str = "HOTFRAME_TEST_ALONE";

    #[test]
    fn a_freed_block_changes_nothing_for_the_next() {
        if std::env::var_os(ALONE).is_none() {
            let name = "plugins::allocator::tests::a_freed_block_changes_nothing_for_the_next";
            let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
            let output = alone.args(["--exact", name]).env(ALONE, "1").output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            return;
        }
        give_large_blocks_back();
        drop(std::hint::black_box(vec![1_u8; 16 << 20]));
        // What is mapped by itself lies behind the two words that the allocator puts at a page's
        // beginning.
        let next = std::hint::black_box(vec![1_u8; 4 << 20]);
        assert_eq!(next.as_ptr().addr() % 4096, 2 * size_of::<usize>());
    }
}
