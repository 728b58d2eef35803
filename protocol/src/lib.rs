//! The frame of the Modular Communication Protocol: decode, encode, checksum, status codes.
//!
//! Nothing in here allocates, blocks or knows a clock. A [`Decoder`] borrows received bytes and
//! lends out frames that point into them; [`Frame::encode`] and [`seal`] write a frame into a
//! buffer that the caller owns.
//!
//! | field    | bytes | content                                             |
//! | -------- | ----- | --------------------------------------------------- |
//! | preamble | 2     | `AA AA`                                             |
//! | address  | 1     | device address on its link                          |
//! | length   | 1     | number of data bytes                                |
//! | command  | 2     | big-endian [`Command`] word                         |
//! | data     | 0-255 | payload                                             |
//! | crc      | 2     | CRC-16/XMODEM of all but the preamble, big-endian   |
//!
//! ```
//! use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};
//!
//! let hello = Frame { address: 1, command: Command::new(Kind::Request, 0x100), data: b"hello" };
//! let mut room = [0; MAX_FRAME];
//! let len = hello.encode(&mut room)?;
//!
//! let mut input = &room[..len];
//! assert_eq!(Decoder::default().decode(&mut input), Some(Decoded::Frame(hello)));
//! assert!(input.is_empty());
//! # Ok::<(), hotframe_protocol::DataTooLong>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod candidate;
mod command;
mod crc;
mod decoder;
mod effort;
mod four;
mod frame;
mod hunt;
mod prefix;
mod status;

pub use command::{Command, Kind};
pub use crc::crc16;
pub use decoder::{Decoded, Decoder};
pub use four::Ahead;
pub use frame::{
    CRC_LEN, DataTooLong, Frame, HEAD_LEN, MAX_DATA, MAX_FRAME, MIN_FRAME, PREAMBLE, seal,
    write_checksums, write_head,
};
pub use status::{Status, status_name};
