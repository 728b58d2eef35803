//! A part as aligned lines for people.

use std::io::{self, Write};

use hotframe_protocol::{Command, Frame, Kind, status_name};

use super::json::kind_name;
use super::parts::{Part, What};
use crate::cli::bytes::{readable, spaced};
use crate::cli::ink::Ink;

/// The bytes on one line.
const ROW: usize = 16;

/// The width of the column of bytes, at least: that of the longest field but the data.
const NARROW: usize = "AA AA".len();

/// Writes a heading that says where and what, and one line for each field.
pub fn write(part: &Part<'_>, ink: Ink, out: &mut impl Write) -> io::Result<()> {
    let offset = ink.faint(format_args!("{:#06x}", part.offset));
    let heading = match part.what {
        What::Frame => ink.good(title(part)),
        What::BadCrc { expected } => {
            ink.bad(format_args!("bad CRC: {:04X} found, {expected:04X} expected", part.crc()))
        }
        What::Incomplete { missing } => ink.bad(incomplete(part.bytes.len(), missing)),
        What::Garbage => ink.bad(format_args!("garbage: {} in no frame", bytes(part.bytes.len()))),
    };
    writeln!(out, "{offset}  {heading}")?;
    match part.frame() {
        Some(frame) => write_fields(part, &frame, ink, out)?,
        None => write_rows(part.bytes, "", ROW * 3 - 1, ink, out)?,
    }
    writeln!(out)
}

/// Writes how many there were of each sort.
pub fn write_summary(
    parts: &[Part<'_>],
    len: usize,
    ink: Ink,
    out: &mut impl Write,
) -> io::Result<()> {
    let count = |is: fn(&What) -> bool| parts.iter().filter(|part| is(&part.what)).count();
    let frames = count(|what| matches!(what, What::Frame));
    let mut words = vec![format!("{}: {}", bytes(len), plural(frames, "good frame"))];
    for (count, what) in [
        (count(|what| matches!(what, What::BadCrc { .. })), "bad checksum"),
        (count(|what| matches!(what, What::Incomplete { .. })), "incomplete frame"),
        (count(|what| matches!(what, What::Garbage)), "stretch of garbage"),
    ] {
        if count > 0 {
            words.push(ink.bad(plural(count, what)));
        }
    }
    writeln!(out, "{}", words.join(", "))
}

fn title(part: &Part<'_>) -> String {
    let Some(frame) = part.frame() else {
        return String::new();
    };
    let name = name(frame.command).map_or_else(String::new, |name| format!(" {name}"));
    format!(
        "{}{name} {:#06x}, address {}, {} of data",
        kind_name(frame.command.kind()),
        frame.command.number(),
        frame.address,
        bytes(frame.data.len())
    )
}

/// The name of a command of the protocol itself.
fn name(command: Command) -> Option<&'static str> {
    match command.number() {
        0x0001 => Some("HELLO"),
        0x0002 => Some("PING"),
        0x0003 => Some("BYE"),
        0x0004 => Some("INFO"),
        _ => None,
    }
}

fn write_fields(
    part: &Part<'_>,
    frame: &Frame<'_>,
    ink: Ink,
    out: &mut impl Write,
) -> io::Result<()> {
    let longest = (frame.data.len().min(ROW) * 3).saturating_sub(1).max(NARROW);
    let word = frame.command.word().to_be_bytes();
    let kind = kind_name(frame.command.kind());
    let command = format!("command   {kind} {:#06x}", frame.command.number());
    let length = format!("length    {}", frame.data.len());
    write_rows(&part.bytes[..2], "preamble", longest, ink, out)?;
    write_rows(&[frame.address], &format!("address   {}", frame.address), longest, ink, out)?;
    write_rows(&part.bytes[3..4], &length, longest, ink, out)?;
    write_rows(&word, &command, longest, ink, out)?;
    for (index, row) in frame.data.chunks(ROW).enumerate() {
        let label = if index == 0 { "data" } else { "" };
        let label = format!("{label:<10}{}", readable(row));
        write_rows(row, &label, longest, ink, out)?;
    }
    let crc = match part.what {
        What::BadCrc { expected } => ink.bad(format_args!("crc       should be {expected:04X}")),
        _ => "crc       good".to_owned(),
    };
    write_rows(&part.crc().to_be_bytes(), &crc, longest, ink, out)?;
    match (frame.command.kind(), frame.data.first_chunk()) {
        (Kind::Error, Some(code)) => {
            let code = u16::from_be_bytes(*code);
            writeln!(out, "        {code} {}", status_name(code))
        }
        _ => Ok(()),
    }
}

/// Writes bytes, a row a line, with `label` behind the first; without a label, with their text.
fn write_rows(
    bytes: &[u8],
    label: &str,
    width: usize,
    ink: Ink,
    out: &mut impl Write,
) -> io::Result<()> {
    for row in bytes.chunks(ROW) {
        let text = if label.is_empty() { readable(row) } else { label.to_owned() };
        let hex = format!("{:<width$}", spaced(row));
        writeln!(out, "        {}   {text}", ink.faint(hex))?;
    }
    Ok(())
}

fn incomplete(len: usize, missing: Option<usize>) -> String {
    match missing {
        Some(missing) => format!("incomplete frame: {len} of {} are there", bytes(len + missing)),
        None => format!("incomplete frame: it ends after {}", bytes(len)),
    }
}

fn bytes(count: usize) -> String {
    plural(count, "byte")
}

fn plural(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "stretch of garbage") => format!("{count} stretches of garbage"),
        _ => format!("{count} {what}s"),
    }
}
