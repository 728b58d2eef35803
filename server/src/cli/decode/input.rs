//! Where the bytes come from.

use std::fs;
use std::io::Read;

use super::bytes::from_hex;
use crate::cli::Exit;

/// Why there are no bytes to decode.
#[derive(Debug)]
pub struct Refusal {
    pub exit: Exit,
    pub message: String,
    pub help: &'static str,
}

/// The bytes that `input` names; `stdin` is read only if it is named, or if nothing is.
pub fn read(input: &[String], stdin: &mut impl Read) -> Result<Vec<u8>, Refusal> {
    match input {
        [] => from_stream(stdin),
        [only] if only == "@-" => from_stream(stdin),
        [first, rest @ ..] if first.starts_with("hex:") => from_digits(first, rest),
        [file] => fs::read(file).map_err(|error| unreadable(file, &error.to_string())),
        [_, second, ..] => Err(Refusal {
            exit: Exit::Usage,
            message: format!("one input is decoded at a time, and `{second}` is a second"),
            help: "only bytes after hex: may be several words",
        }),
    }
}

/// Digits that a shell has split into words are put together again.
fn from_digits(first: &str, rest: &[String]) -> Result<Vec<u8>, Refusal> {
    let mut digits = first.trim_start_matches("hex:").to_owned();
    for word in rest {
        digits.push(' ');
        digits.push_str(word);
    }
    from_hex(&digits).map_err(|message| Refusal {
        exit: Exit::Usage,
        message,
        help: "bytes are written like hex:AA AA 01 00, with or without spaces",
    })
}

fn from_stream(stdin: &mut impl Read) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    match stdin.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable("standard input", &error.to_string())),
    }
}

fn unreadable(what: &str, why: &str) -> Refusal {
    Refusal {
        exit: Exit::Failed,
        message: format!("cannot read {what}: {why}"),
        help: "give the name of a binary file, hex:… or @- for standard input",
    }
}
