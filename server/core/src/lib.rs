//! The engine: pure, without a clock, a socket, a file or a thread.
#![no_std]
#![forbid(unsafe_code)]
