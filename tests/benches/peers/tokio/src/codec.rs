//! The frame as a `tokio-util` codec; what is not a frame is skipped byte by byte.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use crc::{CRC_16_XMODEM, Crc, Table};
use tokio_util::codec::{Decoder, Encoder};

static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

const PREAMBLE: [u8; 2] = [0xAA, 0xAA];
const HEAD: usize = 6;
const MIN_FRAME: usize = 8;

/// One frame; its data is a reference-counted part of what was received.
pub struct Frame {
    pub address: u8,
    pub command: u16,
    pub data: Bytes,
}

/// Decodes and encodes frames; it has no state of its own.
pub struct FrameCodec;

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Frame>> {
        while let [first, second, address, len, high, low, ..] = input[..] {
            let len = MIN_FRAME + usize::from(len);
            if [first, second] != PREAMBLE {
                input.advance(1);
                continue;
            }
            let Some(whole) = input.get(..len) else {
                break;
            };
            if CRC.checksum(&whole[PREAMBLE.len()..]) != 0 {
                input.advance(1);
                continue;
            }
            let mut data = input.split_to(len).freeze();
            data.advance(HEAD);
            data.truncate(len - MIN_FRAME);
            let command = u16::from_be_bytes([high, low]);
            return Ok(Some(Frame {
                address,
                command,
                data,
            }));
        }
        Ok(None)
    }
}

impl Encoder<Frame> for FrameCodec {
    type Error = io::Error;

    fn encode(&mut self, frame: Frame, output: &mut BytesMut) -> io::Result<()> {
        let len = u8::try_from(frame.data.len()).map_err(io::Error::other)?;
        output.reserve(MIN_FRAME + frame.data.len());
        let start = output.len() + PREAMBLE.len();
        output.put_slice(&PREAMBLE);
        output.put_u8(frame.address);
        output.put_u8(len);
        output.put_u16(frame.command);
        output.put_slice(&frame.data);
        output.put_u16(CRC.checksum(&output[start..]));
        Ok(())
    }
}
