//! The data of the frame, in any of the ways a person may give it.

use std::fs::File;
use std::io::{self, Read};

use hotframe_protocol::MAX_DATA;

use super::typed;
use crate::cli::failure::{Failure, Sort};

const HELP: &str = "data is text, hex:01ff, file:PATH, @- for standard input, or a number like \
                    u16be:513; put text: in front of text that looks like one of these";

/// Reads the data that `payload` means; `stdin` only if it is `@-`.
pub fn read(payload: &str, stdin: &mut impl Read) -> Result<Vec<u8>, Failure> {
    let refuse = |why| Failure::new(Sort::Argument, why, HELP);
    let data = match payload.split_once(':') {
        _ if payload == "@-" => from_stream("standard input", stdin)?,
        Some(("file", path)) => from_file(path)?,
        Some(("text", text)) => text.as_bytes().to_vec(),
        Some((kind, list)) => match typed::read(kind, list) {
            Some(bytes) => bytes.map_err(refuse)?,
            None => payload.as_bytes().to_vec(),
        },
        None => payload.as_bytes().to_vec(),
    };
    if data.len() > MAX_DATA {
        let help = "send it in several frames";
        return Err(Failure::new(Sort::Argument, too_long(data.len()), help));
    }
    Ok(data)
}

fn from_file(path: &str) -> Result<Vec<u8>, Failure> {
    match File::open(path) {
        Ok(mut file) => from_stream(path, &mut file),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Reads no more than it takes to see that it is too much.
fn from_stream(name: &str, stream: &mut impl Read) -> Result<Vec<u8>, Failure> {
    let mut data = Vec::new();
    match stream.take(MAX_DATA as u64 + 1).read_to_end(&mut data) {
        Ok(_) => Ok(data),
        Err(error) => Err(unreadable(name, &error)),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(Sort::Input, format!("cannot read {name}: {error}"), HELP)
}

fn too_long(len: usize) -> String {
    format!("a frame carries at most {MAX_DATA} bytes of data, and these are {len} or more")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(payload: &str) -> Vec<u8> {
        read(payload, &mut &b"from stdin"[..]).unwrap()
    }

    #[test]
    fn every_form_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data.bin");
        std::fs::write(&file, b"\x00\xFF").unwrap();
        assert_eq!(bytes(""), b"");
        assert_eq!(bytes("hello"), b"hello");
        assert_eq!(bytes("time: 12:30"), b"time: 12:30");
        assert_eq!(bytes("text:hex:01"), b"hex:01");
        assert_eq!(bytes("hex:01 fF"), b"\x01\xFF");
        assert_eq!(bytes("@-"), b"from stdin");
        assert_eq!(bytes(&format!("file:{}", file.display())), b"\x00\xFF");
        assert_eq!(bytes("u16be:513"), b"\x02\x01");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_exit_code_of_its_sort() {
        for (payload, exit) in
            [("hex:0g", 2), ("u8:256", 2), ("u16:1", 2), ("file:no such file", 1)]
        {
            let failure = read(payload, &mut io::empty()).unwrap_err();
            assert_eq!(failure.exit as u8, exit, "{failure}");
        }
    }

    #[test]
    fn a_frame_holds_255_bytes_and_no_more() {
        assert_eq!(bytes(&"x".repeat(255)).len(), 255);
        let failure = read(&"x".repeat(256), &mut io::empty()).unwrap_err();
        assert!(failure.to_string().contains("at most 255"), "{failure}");
        let failure = read("@-", &mut io::repeat(0)).unwrap_err();
        assert_eq!(failure.exit as u8, 2, "{failure}");
    }
}
