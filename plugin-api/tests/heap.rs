//! The heap of a plugin: blocks of every size and alignment are what they would be without it.
#![allow(missing_docs, clippy::unwrap_used, unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::thread;

use hotframe_plugin_api::export::{Ledger, live_heap};

/// One block, filled with a number of its own.
struct Block {
    at: *mut u8,
    layout: Layout,
    mark: u8,
}

impl Block {
    fn new(size: usize, align: usize, mark: u8) -> Self {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: the layout is not empty.
        let at = unsafe { Ledger.alloc(layout) };
        assert!(!at.is_null() && at.addr().is_multiple_of(align), "{layout:?}");
        let block = Self { at, layout, mark };
        block.fill(size);
        block
    }

    fn fill(&self, size: usize) {
        // SAFETY: as many bytes as the block has, which is this one's alone.
        unsafe { self.at.write_bytes(self.mark, size) };
    }

    fn check(&self, size: usize) {
        // SAFETY: as above, and written.
        let bytes = unsafe { std::slice::from_raw_parts(self.at, size) };
        assert!(bytes.iter().all(|byte| *byte == self.mark), "{:?}", self.layout);
    }

    fn grow(&mut self, size: usize) {
        // SAFETY: a block of this allocator with its layout, and a size that is not 0.
        self.at = unsafe { Ledger.realloc(self.at, self.layout, size) };
        let align = self.layout.align();
        assert!(!self.at.is_null() && self.at.addr().is_multiple_of(align));
        self.check(size.min(self.layout.size()));
        self.layout = Layout::from_size_align(size, align).unwrap();
        self.fill(size);
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.check(self.layout.size());
        // SAFETY: a block of this allocator with its layout, given back once.
        unsafe { Ledger.dealloc(self.at, self.layout) };
    }
}

// SAFETY: memory of the heap belongs to no thread.
unsafe impl Send for Block {}

#[test]
fn blocks_of_every_size_and_alignment_come_and_go_in_any_order() {
    let before = live_heap();
    let work = |seed: usize| {
        move || {
            let mut blocks: Vec<Block> = Vec::new();
            for step in 0..4000_usize {
                let dice = step.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 3;
                let mark = u8::try_from(step % 251).unwrap();
                match dice % 4 {
                    0 | 1 => {
                        let align = 1 << (dice / 4 % 17);
                        blocks.push(Block::new(1 + dice / 64 % 3000, align, mark));
                    }
                    2 if !blocks.is_empty() => {
                        let at = dice / 4 % blocks.len();
                        blocks[at].grow(1 + dice / 64 % 5000);
                    }
                    _ if !blocks.is_empty() => drop(blocks.swap_remove(dice / 4 % blocks.len())),
                    _ => {}
                }
            }
            blocks
        }
    };
    let threads: Vec<_> = (0..4).map(|seed| thread::spawn(work(seed * 7919))).collect();
    let blocks: Vec<Block> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
    let kept = |block: &&Block| block.layout.align() <= 1 << 15;
    let bytes: usize = blocks.iter().filter(kept).map(|block| block.layout.size()).sum();
    let count = blocks.iter().filter(kept).count();
    assert_eq!(live_heap(), (before.0 + bytes, before.1 + count));
    drop(blocks);
    assert_eq!(live_heap(), before);
}

#[test]
fn zeroed_blocks_are_zero_and_impossible_ones_are_refused() {
    for align in [1, 16, 4096, 1 << 16] {
        let layout = Layout::from_size_align(777, align).unwrap();
        // SAFETY: the layout is not empty.
        let at = unsafe { Ledger.alloc_zeroed(layout) };
        // SAFETY: as many bytes as the block has.
        let bytes = unsafe { std::slice::from_raw_parts(at, 777) };
        assert!(bytes.iter().all(|byte| *byte == 0));
        // SAFETY: a block of this allocator with its layout.
        unsafe { Ledger.dealloc(at, layout) };
    }
    let layout = Layout::from_size_align(isize::MAX.unsigned_abs() - 7, 1).unwrap();
    // SAFETY: the layout is not empty.
    assert!(unsafe { Ledger.alloc(layout) }.is_null());
}
