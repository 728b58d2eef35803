//! The hunt for the next good frame after synchronisation was lost.

use crate::candidate::{Candidate, is_intact};

/// Where a hunt ended.
pub struct Found {
    /// The bytes in front that belong to no frame.
    pub skipped: usize,
    /// The length of the good frame behind them; `None` if it is still to come.
    pub frame_len: Option<usize>,
}

/// Looks for the first good frame in `bytes`. With `last` an incomplete candidate is garbage,
/// else the hunt ends in front of it.
#[cold]
#[inline(never)]
pub fn hunt(bytes: &[u8], last: bool) -> Found {
    for skipped in 0..bytes.len() {
        match Candidate::at(&bytes[skipped..]) {
            Candidate::Whole(whole) if is_intact(whole) => {
                return Found {
                    skipped,
                    frame_len: Some(whole.len()),
                };
            }
            Candidate::Incomplete if !last => {
                return Found {
                    skipped,
                    frame_len: None,
                };
            }
            _ => {}
        }
    }
    Found {
        skipped: bytes.len(),
        frame_len: None,
    }
}
