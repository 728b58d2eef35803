//! Any bytes in any pieces: the decoder agrees with the plain one at every cut.

use hotframe_protocol::MAX_FRAME;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::reference::{self, Fed};

/// Bytes that like to look like heads.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        6 => Just(0xAA),
        2 => Just(0xFF),
        2 => prop::sample::select(vec![0x00, 0x01, 0x08, 0x10, 0xAB, 0x2A]),
        2 => any::<u8>(),
    ]
}

fn good_frame() -> impl Strategy<Value = Vec<u8>> {
    let data = prop_oneof![
        6 => vec(byte(), 0..24),
        1 => vec(byte(), 0..=255),
        1 => vec(any::<u8>(), 254..=255),
    ];
    (byte(), any::<u16>(), data)
        .prop_map(|(address, word, data)| reference::frame(address, word, &data))
}

/// What a stream is made of, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let corrupt = (good_frame(), any::<Index>(), 1u8..=255).prop_map(|(mut frame, at, flip)| {
        let at = at.index(frame.len());
        frame[at] ^= flip;
        frame
    });
    let truncated = (good_frame(), any::<Index>()).prop_map(|(mut frame, at)| {
        frame.truncate(at.index(frame.len()));
        frame
    });
    prop_oneof![
        6 => good_frame(),
        2 => corrupt,
        2 => truncated,
        2 => vec(byte(), 0..40),
        1 => vec(any::<u8>(), 0..400),
        1 => (1usize..700).prop_map(|len| vec![0xAA; len]),
        1 => byte().prop_map(|len| vec![0xAA, 0xAA, 0x01, len]),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

/// Feeds the stream in the pieces that `cuts` make and compares after each.
fn agrees(stream: &[u8], cuts: &[Index]) -> Result<(), TestCaseError> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    ends.push(stream.len());
    ends.sort_unstable();
    let mut fed = Fed::default();
    let mut start = 0;
    for end in ends {
        fed.feed(&stream[start..end], false);
        prop_assert_eq!(&fed.outcome, &reference::decode(&stream[..end], false));
        prop_assert!(fed.waiting() < MAX_FRAME);
        start = end;
    }
    fed.feed(&[], true);
    prop_assert_eq!(&fed.outcome, &reference::decode(stream, true));
    prop_assert_eq!(fed.waiting(), 0);
    Ok(())
}

/// So many cases; the shrunk input of a failure is in the message, not in a file.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn a_stream_of_good_and_bad_in_pieces(stream in stream(), cuts in vec(any::<Index>(), 0..8)) {
        agrees(&stream, &cuts)?;
    }

    #[test]
    fn bytes_that_look_like_heads(
        stream in vec(byte(), 0..1500),
        cuts in vec(any::<Index>(), 0..4),
    ) {
        agrees(&stream, &cuts)?;
    }

    #[test]
    fn any_bytes(stream in vec(any::<u8>(), 0..1000), cuts in vec(any::<Index>(), 0..4)) {
        agrees(&stream, &cuts)?;
    }

    #[test]
    fn a_good_frame_behind_much_garbage_is_found(
        garbage in vec(byte(), 0..1200),
        frame in good_frame(),
    ) {
        let stream = [garbage, frame].concat();
        agrees(&stream, &[])?;
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_byte_at_a_time(stream in stream()) {
        let mut fed = Fed::default();
        for (before, byte) in stream.iter().enumerate() {
            fed.feed(&[*byte], false);
            let expected = reference::decode(&stream[..=before], false);
            prop_assert_eq!(&fed.outcome, &expected);
        }
        fed.feed(&[], true);
        prop_assert_eq!(&fed.outcome, &reference::decode(&stream, true));
    }
}
