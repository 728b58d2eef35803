//! The checksum on x86-64: 16 bytes at a time, and 64 where the processor has registers for
//! them: of one message, or of four.

pub mod four;
pub mod narrow;
pub mod wide;
