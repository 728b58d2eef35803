//! Owns the writing of the record. Everything here may run in a handler of a signal: no lock, no
//! memory is taken, and nothing is called but `write` and `_exit`-like functions of the system.
#![allow(unsafe_code)]
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::plugins::duty;

/// The open record; -1 if there is none.
pub(super) static FILE: AtomicI32 = AtomicI32::new(-1);
/// Set by the first who writes: one crash has one record.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// How the server ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// By a signal, at that instruction, because of that address.
    Signal { number: i32, instruction: usize, address: usize },
    /// Somebody has called `exit`.
    Exit,
    /// A plugin holds the loop.
    Held,
}

/// Room for what is written at once.
const ROOM: usize = 2048;

/// Lines of `key value`.
struct Lines {
    room: [u8; ROOM],
    len: usize,
}

impl Lines {
    fn put(&mut self, bytes: &[u8]) {
        let fits = bytes.len().min(ROOM - self.len);
        if let (Some(place), Some(bytes)) =
            (self.room.get_mut(self.len..self.len + fits), bytes.get(..fits))
        {
            place.copy_from_slice(bytes);
            self.len += fits;
        }
    }

    fn line(&mut self, key: &str, value: &[u8]) {
        self.put(key.as_bytes());
        self.put(b" ");
        self.put(value);
        self.put(b"\n");
    }

    fn number(&mut self, key: &str, value: usize, base: usize) {
        let mut digits = [0; 20];
        let (mut at, mut left) = (digits.len(), value);
        loop {
            at -= 1;
            if let Some(digit) = digits.get_mut(at) {
                *digit = b"0123456789abcdef"[left % base];
            }
            left /= base;
            if left == 0 {
                break;
            }
        }
        self.line(key, digits.get(at..).unwrap_or_default());
    }
}

/// Writes the record, if nobody has. On the thread that has crashed, or by the watchdog.
pub(super) fn write(end: End) {
    let file = FILE.load(Ordering::Relaxed);
    if file < 0 || WRITTEN.swap(true, Ordering::AcqRel) {
        return;
    }
    let mut lines = Lines { room: [0; ROOM], len: 0 };
    let instruction = match end {
        End::Signal { number, instruction, address } => {
            lines.number("signal", usize::try_from(number).unwrap_or(0), 10);
            lines.number("address", address, 16);
            instruction
        }
        End::Exit => {
            lines.line("exit", b"called");
            0
        }
        End::Held => {
            lines.line("watchdog", b"hard limit");
            0
        }
    };
    put_culprit(&mut lines, matches!(end, End::Held), instruction);
    lines.put(b"end\n");
    // SAFETY: as many bytes as the room holds, to a descriptor that stays open.
    let _written = unsafe { libc::write(file, lines.room.as_ptr().cast(), lines.len) };
}

/// Who it was: by what this thread has begun, else by where its code lies.
fn put_culprit(lines: &mut Lines, is_other_thread: bool, instruction: usize) {
    let place = duty::owner_of(instruction);
    let begun = if is_other_thread { duty::held_by() } else { duty::crashed_in() };
    if let Some((_, offset)) = place {
        lines.number("offset", offset, 16);
    }
    // A crash in the code of one plugin while another is called is the former's.
    let begun =
        begun.filter(|(badge, _)| place.is_none_or(|(owner, _)| std::ptr::eq(owner, *badge)));
    let own_thread = place.map(|(badge, _)| (badge, "a thread of its own"));
    if let Some((badge, what)) = begun.or(own_thread) {
        lines.put(&badge.lines);
        lines.line("in", what.as_bytes());
    }
}

/// Writes the record against the plugin that holds the loop, and ends the process.
pub fn give_up() -> ! {
    write(End::Held);
    // Leaves a core dump, as any crash does.
    std::process::abort()
}
