//! The published test vectors, in one piece and cut everywhere, decoded and encoded.

use hotframe_protocol::{Command, Frame, Kind, MAX_FRAME, crc16};
use serde_json::Value;

use crate::reference::{Fed, Item};

fn vectors() -> Value {
    let text = include_str!("../../../tests/fixtures/frames/vectors.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    assert_eq!(vectors["version"], 1);
    vectors
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let digits = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn word(value: &Value) -> u16 {
    u16::from_str_radix(value.as_str().unwrap(), 16).unwrap()
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Event => "event",
        Kind::Reply => "reply",
        Kind::Error => "error",
    }
}

/// The items of a vector, and the bytes that each episode skips.
fn expected(vector: &Value) -> (Vec<Item>, Vec<u64>) {
    let mut skipped = Vec::new();
    let items = vector["items"].as_array().unwrap().iter().map(|item| {
        let offset = usize::try_from(item["offset"].as_u64().unwrap()).unwrap();
        let Some(frame) = item.get("frame") else {
            skipped.push(item["lost"]["skipped"].as_u64().unwrap());
            return Item::Lost { offset };
        };
        let address = u8::try_from(frame["address"].as_u64().unwrap()).unwrap();
        let command = Command::from_word(word(&frame["command"]));
        assert_eq!(kind_name(command.kind()), frame["kind"]);
        assert_eq!(command.number(), word(&frame["number"]));
        Item::Frame { offset, address, word: command.word(), data: hex(&frame["data"]) }
    });
    (items.collect(), skipped)
}

/// The bytes that each episode skips, read off the offsets of what a decoder reported.
fn skipped(items: &[Item], stream_len: usize) -> Vec<u64> {
    let offset = |item: &Item| match item {
        Item::Frame { offset, .. } | Item::Lost { offset } => *offset,
    };
    let ends = items.iter().skip(1).map(offset).chain([stream_len]);
    let episodes = items.iter().zip(ends).filter(|(item, _)| matches!(item, Item::Lost { .. }));
    episodes.map(|(item, end)| (end - offset(item)) as u64).collect()
}

#[test]
fn every_checksum_is_right() {
    for checksum in vectors()["checksums"].as_array().unwrap() {
        let text = checksum["text"].as_str().unwrap();
        assert_eq!(crc16(text.as_bytes()), word(&checksum["crc"]), "{text:?}");
    }
}

#[test]
fn every_stream_is_read_as_written_down_wherever_it_is_cut() {
    for vector in vectors()["streams"].as_array().unwrap() {
        let (stream, (items, episodes)) = (hex(&vector["stream"]), expected(vector));
        for cut in 0..=stream.len() {
            let mut fed = Fed::default();
            fed.feed(&stream[..cut], false);
            fed.feed(&stream[cut..], false);
            fed.feed(&[], true);
            assert_eq!(fed.outcome.items, items, "{}, cut at {cut}", vector["name"]);
            assert_eq!(skipped(&fed.outcome.items, stream.len()), episodes);
        }
    }
}

#[test]
fn every_frame_is_written_as_it_stands_in_its_stream() {
    let mut frames = 0;
    for vector in vectors()["streams"].as_array().unwrap() {
        let stream = hex(&vector["stream"]);
        for item in expected(vector).0 {
            let Item::Frame { offset, address, word, data } = item else {
                continue;
            };
            let frame = Frame { address, command: Command::from_word(word), data: &data };
            let mut room = [0; MAX_FRAME];
            let len = frame.encode(&mut room).unwrap();
            assert_eq!(room[..len], stream[offset..offset + len], "{}", vector["name"]);
            frames += 1;
        }
    }
    assert!(frames > 40, "{frames}");
}
