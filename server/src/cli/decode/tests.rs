//! What `hotframe decode` says of good and bad input, word by word.

use super::*;
use crate::cli::bytes;

const HELLO: &[u8] = b"\xAA\xAA\x01\x05\x01\x00hello\xD8\x9E";

fn printed(bytes: &[u8], json: bool) -> (String, bool) {
    let mut out = Vec::new();
    let good = print(bytes, json, Ink::plain(), &mut out).unwrap();
    (String::from_utf8(out).unwrap(), good)
}

#[test]
fn a_good_frame_is_printed_field_by_field() {
    let (text, good) = printed(HELLO, false);
    assert!(good);
    assert_eq!(
        text,
        "\
0x0000  request 0x0100, address 1, 5 bytes of data
        AA AA            preamble
        01               address   1
        05               length    5
        01 00            command   request 0x0100
        68 65 6C 6C 6F   data      \"hello\"
        D8 9E            crc       good

13 bytes: 1 good frame
"
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut bad = HELLO.to_vec();
    bad[12] = 0x9F;
    let stream = [b"\x00\x01".as_slice(), HELLO, &bad, &HELLO[..9]].concat();
    let (text, good) = printed(&stream, false);
    assert!(!good);
    for line in [
        "0x0000  garbage: 2 bytes in no frame",
        "0x0002  request 0x0100, address 1, 5 bytes of data",
        "0x000f  bad CRC: D89F found, D89E expected",
        "        D8 9F            crc       should be D89E",
        "0x001c  incomplete frame: 9 of 13 bytes are there",
        "37 bytes: 1 good frame, 1 bad checksum, 1 incomplete frame, 1 stretch of garbage",
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line}\nis not in\n{text}");
    }
}

#[test]
fn an_error_shows_its_status_and_long_data_its_rows() {
    let error = bytes::from_hex("aaaa010ac10003ec6e6f20726f757465cd2c").unwrap();
    let (text, _) = printed(&error, false);
    assert!(text.contains("error 0x0100, address 1"), "{text}");
    assert!(text.contains("1004 UNKNOWN_COMMAND"), "{text}");
    let mut room = [0; hotframe_protocol::MAX_FRAME];
    let len =
        hotframe_protocol::seal(&mut room, 0, hotframe_protocol::Command::from_word(0x0002), 20);
    let (text, good) = printed(&room[..len], false);
    assert!(good && text.contains("request PING 0x0002"), "{text}");
    let rows = text.lines().filter(|line| line.ends_with('.')).count();
    assert_eq!(rows, 2, "{text}");
}

#[test]
fn json_has_one_object_a_part() {
    let mut bad = HELLO.to_vec();
    bad[5] = 0x01;
    let stream = [HELLO, b"\x55", &bad, b"\xAA"].concat();
    let (text, good) = printed(&stream, true);
    assert!(!good);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whats: Vec<_> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["frame", "garbage", "bad_crc", "incomplete"]);
    assert_eq!(lines[0]["data_text"], "hello");
    assert_eq!(lines[0]["command"], "0x0100");
    assert_eq!(lines[0]["crc"], "0xd89e");
    assert_eq!(lines[1]["offset"], 13);
    assert_eq!(lines[2]["crc"], "0xd89e");
    assert_ne!(lines[2]["crc_expected"], "0xd89e");
    assert!(lines[3]["missing"].is_null());
}

#[test]
fn parts_follow_each_other_without_gaps() {
    let pieces: [&[u8]; 5] = [HELLO, &[0xAA; 40], HELLO, b"\xAA\xAA\x01\xFF", &HELLO[..7]];
    let stream = pieces.concat();
    let mut end = 0;
    for part in parts(&stream) {
        assert_eq!(part.offset, end);
        end += part.bytes.len();
    }
    assert_eq!(end, stream.len());
}

#[test]
fn a_run_of_aa_in_front_of_a_frame_is_garbage() {
    let stream = [&[0xAA; 40], HELLO].concat();
    let whats: Vec<_> = parts(&stream).iter().map(|part| part.what).collect();
    assert_eq!(whats, [parts::What::Garbage, parts::What::Frame]);
}

#[test]
fn input_comes_from_digits_a_file_or_standard_input() {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut stdin = HELLO;
    assert_eq!(input::read(&words(&["@-"]), &mut stdin).unwrap(), HELLO);
    let mut stdin = HELLO;
    assert_eq!(input::read(&[], &mut stdin).unwrap(), HELLO);
    let digits = words(&["hex:AAAA", "01", "05", "010068656c6c6f", "d89e"]);
    assert_eq!(input::read(&digits, &mut io::empty()).unwrap(), HELLO);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frames.bin");
    std::fs::write(&file, HELLO).unwrap();
    let name = file.to_string_lossy().into_owned();
    assert_eq!(input::read(&[name], &mut io::empty()).unwrap(), HELLO);
    for (input, exit) in [
        (&["hex:AA", "0G"][..], Exit::Usage),
        (&["a", "b"], Exit::Usage),
        (&["no such file"], Exit::Failed),
    ] {
        let refusal = input::read(&words(input), &mut io::empty()).unwrap_err();
        assert_eq!(refusal.exit, exit, "{}", refusal);
    }
}
