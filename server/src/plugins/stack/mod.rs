//! Owns the look at where a thread is that does not get on: its instruction and the calls behind
//! it, for the watchdog.
//!
//! ```text
//!  computing ──signal──▶ handler: copies registers and stack ─▶ sight ─┐
//!  in a system call ──▶ what the kernel tells of it, and its memory ───┴─▶ trail ─▶ names
//! ```
mod names;
mod signal;
mod trail;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

pub use self::signal::install;

/// So many words of the stack are looked at.
const WORDS: usize = 1024;
/// The most calls that are told.
const MOST: usize = 8;

/// Where a thread was at one moment.
#[derive(Debug, Default)]
struct Sight {
    /// The instruction that comes next.
    instruction: usize,
    /// The top of its stack, the newest word first.
    words: Vec<usize>,
}

/// Where the thread with that number in the kernel is: the place of its instruction, then of the
/// calls that led there, as far as that is known. `state` is what the kernel says that it does, as
/// in `/proc/self/task/…/syscall`.
///
/// Costs the thread nothing but a signal while it computes, and one in a system call nothing.
#[must_use]
pub fn look(thread: i32, state: &str) -> Vec<String> {
    let sight = match state.split_whitespace().next() {
        Some("running") => signal::ask(thread),
        Some(_) => blocked(state),
        None => None,
    };
    sight.map_or_else(Vec::new, |sight| trail::follow(&sight, MOST))
}

/// What the kernel tells of a thread in a system call: its last two numbers are the top of the
/// stack and the next instruction.
fn blocked(state: &str) -> Option<Sight> {
    let mut numbers = state.split_whitespace().rev();
    let mut number = || usize::from_str_radix(numbers.next()?.trim_start_matches("0x"), 16).ok();
    let (instruction, stack) = (number()?, number()?);
    let memory = File::open("/proc/self/mem").ok()?;
    let mut bytes = vec![0; WORDS * size_of::<usize>()];
    // The end of the stack may be nearer.
    let read = memory.read_at(&mut bytes, u64::try_from(stack).ok()?).ok()?;
    bytes.truncate(read);
    let words = bytes.as_chunks().0.iter().map(|word| usize::from_ne_bytes(*word)).collect();
    Some(Sight { instruction, words })
}

/// What is mapped from files as code, without asking the dynamic loader, whose locks the thread
/// may hold.
fn maps() -> String {
    fs::read_to_string("/proc/self/maps").unwrap_or_default()
}
