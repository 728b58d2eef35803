//! Where the bytes come from.

use std::fs;
use std::io::{self, Read};

use crate::cli::bytes::from_hex;
use crate::cli::failure::{Failure, Sort};

/// The bytes that `input` names; `stdin` is read only if it is named, or if nothing is.
pub fn read(input: &[String], stdin: &mut impl Read) -> Result<Vec<u8>, Failure> {
    match input {
        [] => from_stream(stdin),
        [only] if only == "@-" => from_stream(stdin),
        [first, rest @ ..] if first.starts_with("hex:") => from_digits(first, rest),
        [file] => fs::read(file).map_err(|error| unreadable(file, &error)),
        [_, second, ..] => Err(Failure::new(
            Sort::Argument,
            format!("one input is decoded at a time, and `{second}` is a second"),
            "only bytes after hex: may be several words",
        )),
    }
}

/// Digits that a shell has split into words are put together again.
fn from_digits(first: &str, rest: &[String]) -> Result<Vec<u8>, Failure> {
    let mut digits = first.trim_start_matches("hex:").to_owned();
    for word in rest {
        digits.push(' ');
        digits.push_str(word);
    }
    let help = "bytes are written like hex:AA AA 01 00, with or without spaces";
    from_hex(&digits).map_err(|message| Failure::new(Sort::Argument, message, help))
}

fn from_stream(stdin: &mut impl Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match stdin.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(unreadable("standard input", &error)),
    }
}

fn unreadable(what: &str, why: &io::Error) -> Failure {
    let help = "give the name of a binary file, hex:… or @- for standard input";
    Failure::new(Sort::Input, format!("cannot read {what}: {why}"), help)
}
