//! The edges: every length, every cut, and the small cases that the protocol's text names.

use hotframe_protocol::{Command, Decoded, Decoder, Frame, MAX_FRAME};

use crate::reference::{self, Fed};

fn check_frame() -> Vec<u8> {
    let bytes = *b"\xAA\xAA\x01\x05\x01\x00hello\xD8\x9E";
    assert_eq!(reference::frame(1, 0x0100, b"hello"), bytes);
    bytes.to_vec()
}

#[test]
fn every_length_is_read_whole_and_not_a_byte_early() {
    let data: Vec<u8> = (0..=255).collect();
    for len in 0..=255 {
        let bytes = reference::frame(9, 0x4321, &data[..len]);
        let mut decoder = Decoder::default();
        let mut early = &bytes[..bytes.len() - 1];
        assert_eq!(decoder.decode(&mut early), None);
        assert_eq!(early.len(), bytes.len() - 1);
        let mut whole = &bytes[..];
        let command = Command::from_word(0x4321);
        let frame = Frame { address: 9, command, data: &data[..len] };
        assert_eq!(decoder.decode(&mut whole), Some(Decoded::Frame(frame)));
        assert!(whole.is_empty() && decoder.is_in_sync());
    }
}

#[test]
fn the_shortest_and_longest_frames_are_read_at_every_cut_among_others() {
    for len in [0, 1, 254, 255] {
        let frame = reference::frame(0xAA, 0xAAAA, &vec![0xAA; len]);
        let stream = [check_frame(), frame, check_frame()].concat();
        for cut in 0..=stream.len() {
            let mut fed = Fed::default();
            fed.feed(&stream[..cut], false);
            assert_eq!(fed.outcome, reference::decode(&stream[..cut], false));
            fed.feed(&stream[cut..], false);
            assert_eq!(fed.outcome, reference::decode(&stream, false));
            assert_eq!((fed.outcome.items.len(), fed.waiting()), (3, 0));
        }
    }
}

#[test]
fn what_waits_is_never_longer_than_a_frame_less_one_byte() {
    for head in [[0xAA, 0xAA, 0x01, 0xFF], [0xAA; 4]] {
        let stream: Vec<u8> = head.into_iter().cycle().take(5000).collect();
        let mut fed = Fed::default();
        for piece in stream.chunks(777) {
            fed.feed(piece, false);
            assert!(fed.waiting() < MAX_FRAME);
        }
    }
}

#[test]
fn sync_is_lost_at_the_first_skipped_byte_before_the_frame_behind_it() {
    let stream = [vec![0xAA], check_frame(), vec![0x00]].concat();
    let mut decoder = Decoder::default();
    let mut input = &stream[..];
    assert!(decoder.is_in_sync());
    assert_eq!(decoder.decode(&mut input), Some(Decoded::LostSync));
    assert_eq!((input.len(), decoder.skipped()), (14, 1));
    assert!(!decoder.is_in_sync());
    assert!(matches!(decoder.decode(&mut input), Some(Decoded::Frame(_))));
    assert_eq!((input.len(), decoder.skipped()), (1, 0));
    assert_eq!(decoder.decode(&mut input), Some(Decoded::LostSync));
    assert_eq!(decoder.decode(&mut input), None);
}

#[test]
fn an_episode_is_reported_once_however_it_arrives() {
    let mut decoder = Decoder::default();
    let mut lost = 0;
    for _ in 0..1000 {
        let mut input = &[0x55, 0x55][..];
        while let Some(decoded) = decoder.decode(&mut input) {
            assert_eq!(decoded, Decoded::LostSync);
            lost += 1;
        }
        assert!(input.is_empty());
    }
    assert_eq!((lost, decoder.skipped()), (1, 2000));
}

#[test]
fn a_frame_behind_an_incomplete_candidate_waits_and_is_found_at_the_end() {
    let stream = [vec![0xAA, 0xAA, 0x01, 0xFF], check_frame()].concat();
    let mut fed = Fed::default();
    fed.feed(&stream, false);
    assert!(fed.outcome.items.is_empty());
    fed.feed(&[], true);
    assert_eq!(fed.outcome, reference::decode(&stream, true));
    assert_eq!(fed.outcome.items.len(), 2);
}
