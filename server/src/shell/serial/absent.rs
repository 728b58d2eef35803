//! Builds without serial lines: owns the types that nobody can have.

use std::io::{self, Read, Write};
use std::path::Path;

use mio::{Registry, Token};

/// No line.
#[derive(Debug)]
pub enum Line {}

/// No stream of a line.
#[derive(Debug)]
pub enum LineStream {}

impl Line {
    /// There are none in this build.
    ///
    /// # Errors
    /// Always.
    pub fn watch(_: &Path, _: u32) -> io::Result<Self> {
        let message = "this build has no serial lines; build with --features serial";
        Err(io::Error::new(io::ErrorKind::Unsupported, message))
    }

    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn register(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        match *self {}
    }

    /// Nobody has one.
    #[must_use]
    pub fn accept(&self) -> Option<LineStream> {
        match *self {}
    }
}

impl LineStream {
    /// Nobody has one.
    ///
    /// # Errors
    /// None.
    pub fn register(&mut self, _: &Registry, _: Token) -> io::Result<()> {
        match *self {}
    }
}

impl Read for LineStream {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for LineStream {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}
