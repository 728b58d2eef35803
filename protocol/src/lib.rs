//! The frame: decode, encode, checksum, status codes.
#![no_std]
#![forbid(unsafe_code)]
