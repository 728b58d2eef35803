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

    /// A frame of so many bytes of data, again and again.
    fn good(len: usize) -> Vec<u8> {
        let data = [7; 255];
        let frame = Frame { address: 1, command: Command::from_word(0x0100), data: &data[..len] };
        let mut room = [0; MAX_FRAME];
        let len = frame.encode(&mut room).unwrap();
        repeated(&room[..len])
    }

    /// Bytes without any order, among which every second one is `AA`.
    fn noise() -> Vec<u8> {
        let mut state = 1_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { 0xAA } else { state.to_be_bytes()[1] }
        };
        core::iter::repeat_with(next).take(1 << 18).collect()
    }

    /// The bar for what is an attack: what a byte of garbage costs, against one of good frames.
    #[test]
    fn no_garbage_takes_four_times_the_steps_of_good_frames() {
        let good = [0, 16, 255].map(|len| steps_to_decode(&good(len), 16 * 1024));
        let least = good.into_iter().min().unwrap();
        let mut broken = self::good(255)[..MAX_FRAME].to_vec();
        broken[MAX_FRAME - 1] ^= 1;
        let units: [&[u8]; 7] = [
            &[0xAA],
            &[0xAA, 0xAA, 0xAA, 0xFF],
            &[0xAA, 0xAA, 0x01, 0xFF],
            &[0xAA, 0xAA, 0x01, 0x00],
            &[0xAA, 0x55],
            &[0x55],
            &broken,
        ];
        for stream in units.into_iter().map(repeated).chain([noise()]) {
            let steps = steps_to_decode(&stream, 16 * 1024);
            let start = &stream[..8];
            assert!(steps <= 4 * least, "{start:02X?}: {steps} steps, of good frames {least}");
        }
    }

    /// Frames that are found behind a false candidate each take the checksums of two long ones: an
    /// episode of lost synchronisation each, of which a connection has but so many.
    #[test]
    fn an_episode_costs_no_more_than_a_few_long_frames() {
        let mut unit = std::vec![0xAA];
        unit.extend_from_slice(&{
            let frame = Frame { address: 0xFF, command: Command::from_word(0x0100), data: &[] };
            let mut room = [0; MAX_FRAME];
            let len = frame.encode(&mut room).unwrap();
            room[..len].to_vec()
        });
        let stream = repeated(&unit);
        let steps = steps_to_decode(&stream, 16 * 1024);
        let episodes = stream.len() / unit.len();
        assert!(steps <= episodes * (PER_CALL + MAX_FRAME), "{steps} steps for {episodes}");
    }
}
