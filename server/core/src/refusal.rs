//! What an error frame carries: a code and a short text for the peer.

use core::fmt::{self, Write};

use hotframe_protocol::{Frame, MAX_DATA, Status};

use crate::Handlers;
use crate::desk::Desk;

/// The data of an error frame in the making.
pub(crate) struct Text<'a> {
    room: &'a mut [u8; MAX_DATA],
    len: usize,
}

impl<'a> Text<'a> {
    /// The text of an error with `code`, still empty.
    pub fn of_error(room: &'a mut [u8; MAX_DATA], code: u16) -> Self {
        room[..CODE_LEN].copy_from_slice(&code.to_be_bytes());
        Self { room, len: CODE_LEN }
    }

    /// Adds `text`, cut at a character to what fits.
    pub fn push(&mut self, text: &str) {
        let mut fits = text.len().min(MAX_DATA - self.len);
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        self.room[self.len..self.len + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
    }

    /// The length of the data.
    pub fn finish(self) -> u8 {
        u8::try_from(self.len).expect("a text never grows beyond MAX_DATA, which is a u8")
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// The bytes of the code in front of the text.
pub(crate) const CODE_LEN: usize = 2;

/// The code in the data of an error frame.
pub(crate) fn code_of(data: &[u8; MAX_DATA]) -> u16 {
    u16::from_be_bytes([data[0], data[1]])
}

/// Writes that the handler of command `number` takes data of `takes` bytes, and not of `came`.
#[cold]
fn refuse_length(room: &mut [u8; MAX_DATA], number: u16, (min, max): (u8, u8), came: usize) -> u8 {
    let mut text = Text::of_error(room, Status::BadRequest.code());
    let _ = match min == max {
        true => write!(text, "command {number:#06x} takes {min} bytes of data, not {came}"),
        false => {
            write!(text, "command {number:#06x} takes {min} to {max} bytes of data, not {came}")
        }
    };
    text.finish()
}

/// Writes that the handler of command `number` owed a reply and gave none.
#[cold]
pub(crate) fn refuse_silence(room: &mut [u8; MAX_DATA], number: u16) -> u8 {
    let mut text = Text::of_error(room, Status::HandlerFailed.code());
    let _ = write!(text, "the handler of command {number:#06x} gave no reply");
    text.finish()
}

impl<H: Handlers> Desk<H> {
    /// Writes our own refusal of the newest frame, which is known as `number`, into `room`;
    /// returns the length of the data.
    #[cold]
    pub fn refuse(
        &self,
        room: &mut [u8; MAX_DATA],
        status: Status,
        number: u16,
        frame: &Frame<'_>,
    ) -> u8 {
        match status {
            Status::BadRequest => refuse_length(room, number, self.takes, frame.data.len()),
            _ => refuse(room, status, number),
        }
    }
}

/// Writes our own refusal of command `number` into `room`; returns the length of the data.
#[cold]
pub(crate) fn refuse(room: &mut [u8; MAX_DATA], status: Status, number: u16) -> u8 {
    let mut text = Text::of_error(room, status.code());
    let _ = match status {
        Status::BadRequest => write!(text, "wrong length of data for command {number:#06x}"),
        Status::Forbidden => write!(text, "this address has no command {number:#06x}"),
        Status::UnknownCommand => write!(text, "no route for command {number:#06x}"),
        Status::Overloaded => write!(text, "the server has too much to do"),
        Status::BadCrc => write!(text, "bytes that are no frame were skipped"),
        Status::HandlerFailed => write!(text, "the handler of command {number:#06x} failed"),
        Status::Timeout => write!(text, "no answer to command {number:#06x} in time"),
        Status::HandlerUnavailable => {
            write!(text, "the handler of command {number:#06x} is not loaded")
        }
        Status::Unauthenticated => write!(text, "say HELLO with a valid credential first"),
        Status::Conflict => write!(text, "the client id is in use"),
        Status::TooManyRequests => write!(text, "too many requests"),
        Status::ShuttingDown => write!(text, "the server shuts down"),
    };
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_command() {
        let mut room = [0; MAX_DATA];
        let len = usize::from(refuse(&mut room, Status::UnknownCommand, 0x123));
        assert_eq!(room[..2], 1004u16.to_be_bytes());
        assert_eq!(&room[2..len], b"no route for command 0x0123");
    }

    #[test]
    fn a_refused_length_comes_with_what_is_taken() {
        let mut room = [0; MAX_DATA];
        let len = usize::from(refuse_length(&mut room, 0x123, (1, 64), 0));
        assert_eq!(room[..2], 1001u16.to_be_bytes());
        assert_eq!(&room[2..len], b"command 0x0123 takes 1 to 64 bytes of data, not 0");
        let len = usize::from(refuse_length(&mut room, 0x123, (4, 4), 255));
        assert_eq!(&room[2..len], b"command 0x0123 takes 4 bytes of data, not 255");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let mut room = [0; MAX_DATA];
        let mut text = Text::of_error(&mut room, 2001);
        text.push(&"x".repeat(252));
        text.push("\u{20AC}");
        assert_eq!(text.finish(), 254);
        assert_eq!(room[254], 0);
    }
}
