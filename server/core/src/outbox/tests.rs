//! The outbox is a queue of bytes, whatever is done to it.

use super::*;

/// Commits `frames` frames of the longest kind, filled with their number.
fn fill(outbox: &mut Outbox, pool: &mut Pool, frames: core::ops::Range<u8>) {
    for frame in frames {
        *outbox.room(pool) = [frame; MAX_FRAME];
        outbox.commit(MAX_FRAME);
    }
}

fn all(outbox: &Outbox) -> alloc::vec::Vec<u8> {
    let all: alloc::vec::Vec<u8> = outbox.pieces().flatten().copied().collect();
    assert_eq!(all.len(), outbox.len());
    all
}

/// Whatever is done to it, it holds what a plain list of bytes would, and little more memory.
#[test]
fn it_is_a_queue_of_bytes_whatever_is_done_to_it() {
    for seed in 1..24_u32 {
        let (mut outbox, mut pool) = (Outbox::default(), Pool::new());
        let (mut model, mut state) = (alloc::collections::VecDeque::new(), seed);
        let mut below = |n: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % n
        };
        for step in 0..200_u32 {
            let byte = (step % 251) as u8;
            match below(5) {
                0..=1 => {
                    for _ in 0..below(40) {
                        let (room, len) = (outbox.room(&mut pool), 8 + below(256));
                        room[..len].fill(byte);
                        outbox.commit(len);
                        model.extend(core::iter::repeat_n(byte, len));
                        assert!(outbox.newest().ends_with(&[byte; 8]));
                    }
                }
                2 => {
                    let bytes = alloc::vec![byte; below(20_000)];
                    outbox.append(&bytes, &mut pool);
                    model.extend(bytes);
                }
                3 => {
                    let n = below(outbox.waiting().len() + 1);
                    assert!(model.iter().zip(outbox.waiting()).all(|(a, b)| a == b));
                    outbox.written(n, &mut pool);
                    model.drain(..n);
                }
                _ => {
                    let n = below(outbox.len() + 1);
                    outbox.written(n, &mut pool);
                    model.drain(..n);
                }
            }
            let end = outbox.stretch(outbox.len() + 1000, &mut pool) as usize;
            assert!(end == 0 || end > outbox.end() as usize);
            assert!(end == 0 || end + MAX_FRAME <= outbox.buffer.len() + 1);
            outbox.tidy(&mut pool);
            outbox.invariants();
            assert_eq!(all(&outbox), *model.make_contiguous());
            let full = outbox.full.iter().flat_map(|full| &full.pieces);
            let owned: usize = full.map(|piece| piece.buffer.len()).sum();
            let most = 2 * 34 * 1024 + outbox.len() + outbox.len() / 8;
            assert!(owned + outbox.buffer.len() <= most, "{owned} for {}", outbox.len());
        }
        outbox.clear(&mut pool);
        outbox.invariants();
        assert!(outbox.is_empty() && outbox.full.is_none());
    }
}

#[test]
fn bytes_leave_in_order_through_moves_and_growth() {
    let (mut outbox, mut pool) = (Outbox::default(), Pool::new());
    let mut left = alloc::vec::Vec::new();
    for round in 0..8 {
        fill(&mut outbox, &mut pool, round * 30..round * 30 + 30);
        let n = outbox.len() / 2;
        left.extend_from_slice(&all(&outbox)[..n]);
        outbox.written(n, &mut pool);
        outbox.invariants();
    }
    left.extend_from_slice(&all(&outbox));
    assert_eq!(left.len(), 240 * MAX_FRAME);
    assert!(
        (0..240)
            .all(|frame: u8| left[usize::from(frame) * MAX_FRAME..][..MAX_FRAME]
                == [frame; MAX_FRAME])
    );
}

#[test]
fn an_empty_outbox_owns_nothing() {
    let (mut outbox, mut pool) = (Outbox::default(), Pool::new());
    outbox.invariants();
    fill(&mut outbox, &mut pool, 0..2);
    outbox.written(2 * MAX_FRAME, &mut pool);
    outbox.invariants();
    let _ = outbox.room(&mut pool);
    outbox.tidy(&mut pool);
    outbox.invariants();
    outbox.append(b"kept elsewhere", &mut pool);
    assert_eq!(outbox.waiting(), b"kept elsewhere");
    outbox.clear(&mut pool);
    outbox.invariants();
}
