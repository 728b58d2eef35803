//! Counts the steps that decoding takes, for the test that bounds them; elsewhere it is nothing.

/// Notes that about `steps` bytes were looked at or put into a checksum.
#[inline(always)]
pub fn spend(steps: usize) {
    #[cfg(test)]
    tests::SPENT.set(tests::SPENT.get() + steps);
    #[cfg(not(test))]
    let _ = steps;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::vec::Vec;

    use crate::{Command, Decoded, Decoder, Frame, MAX_FRAME};

    std::thread_local! {
        pub static SPENT: Cell<usize> = const { Cell::new(0) };
    }

    /// The steps that one call of `decode` takes at most, whatever it consumes: one checksum of
    /// the candidate in front, and a running one that reaches past the frame that was found.
    const PER_CALL: usize = 2 * MAX_FRAME + 64;

    /// The steps for each byte consumed: looked at twice, and put once into the running checksum.
    const PER_BYTE: usize = 3;

    /// Feeds `stream` in slices and checks the bound at every call; returns the steps of all.
    fn steps_to_decode(stream: &[u8], slice: usize) -> usize {
        SPENT.set(0);
        let mut decoder = Decoder::default();
        let mut start = 0;
        for end in (slice..).step_by(slice) {
            let end = end.min(stream.len());
            let mut input = &stream[start..end];
            loop {
                let (before, spent) = (input.len(), SPENT.get());
                let decoded = decoder.decode(&mut input);
                let (consumed, steps) = (before - input.len(), SPENT.get() - spent);
                assert!(steps <= PER_BYTE * consumed + PER_CALL, "{steps} for {consumed}");
                if decoded.is_none() {
                    break;
                }
            }
            start = end - input.len();
            if end == stream.len() {
                break;
            }
        }
        SPENT.get()
    }

    fn repeated(unit: &[u8]) -> Vec<u8> {
        unit.iter().copied().cycle().take(1 << 18).collect()
    }

    #[test]
    fn the_worst_streams_take_few_steps_a_byte() {
        for unit in [
            &[0xAA][..],
            &[0xAA, 0xAA, 0xAA, 0xFF],
            &[0xAA, 0xAA, 0x01, 0xFF],
            &[0xAA, 0xAA, 0x01, 0x00],
            &[0xAA, 0x55],
            &[0x55],
        ] {
            let stream = repeated(unit);
            let steps = steps_to_decode(&stream, 16 * 1024);
            let most = (PER_BYTE * stream.len()) * 21 / 20;
            assert!(steps <= most, "{unit:02X?}: {steps} steps for {} bytes", stream.len());
        }
    }

    #[test]
    fn a_byte_at_a_time_costs_at_most_one_checksum_a_call() {
        for unit in [&[0xAA][..], &[0xAA, 0xAA, 0xAA, 0xFF], &[0xAA, 0xAA, 0x01, 0xFF]] {
            steps_to_decode(&repeated(unit)[..10_000], 1);
        }
    }

    #[test]
    fn an_incomplete_frame_costs_nothing_until_it_is_whole() {
        let data = [0xAA; 255];
        let frame = Frame { address: 0xAA, command: Command::from_word(0xAAAA), data: &data };
        let mut room = [0; MAX_FRAME];
        let len = frame.encode(&mut room).unwrap();
        assert_eq!(steps_to_decode(&room[..len - 1], 1), 0);
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(&mut &room[..len]), Some(Decoded::Frame(frame)));
    }
}
