//! The tally plugin: a counter that lives in the server. It is written in C, in one file,
//! `tally.c`, which also says what its handlers do; this crate only has it built along with the
//! rest. Its build script leaves `libtally.so` where cargo leaves the server, or says that there
//! is no C compiler and leaves it out.
