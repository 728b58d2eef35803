//! The kinds of peers that misbehave: owns what each sends, how fast, and to what settings.

use std::time::Duration;

use hotframe_protocol::{Command, Frame, Kind as FrameKind, MAX_FRAME};

/// Peers that all misbehave in the same way.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// How it is called in the table and on the command line.
    pub name: &'static str,
    /// How many there are at once.
    pub connections: usize,
    /// What each sends, over and over.
    pub pattern: Pattern,
    /// From one byte to the next; none for as much as is taken.
    pub pace: Option<Duration>,
    /// Whether they read what comes back.
    pub reads: bool,
    /// What the server is set to, as after `--set`.
    pub settings: &'static [&'static str],
}

/// What is sent over and over.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// A request for so many bytes of echo.
    Request(usize),
    /// Bytes that are no frame.
    Garbage(&'static [u8]),
}

/// Nobody is cut off for it: what is measured is what it costs.
const BOUNDLESS: &[&str] = &["limits.max_garbage=\"1GiB\"", "limits.max_sync_errors=1000000000"];

/// Every kind, in the order of the table.
pub fn kinds() -> Vec<Kind> {
    let hog = Kind {
        name: "hog",
        connections: 1,
        pattern: Pattern::Request(16),
        pace: None,
        reads: true,
        settings: &[],
    };
    let garbage =
        |name, bytes| Kind { name, pattern: Pattern::Garbage(bytes), settings: BOUNDLESS, ..hog };
    let bad = Kind { reads: false, ..hog };
    let dribble = Some(Duration::from_secs(1));
    vec![
        Kind { name: "unread", connections: 1_000, pattern: Pattern::Request(255), ..bad },
        Kind {
            name: "dribble",
            connections: 10_000,
            pattern: Pattern::Request(200),
            pace: dribble,
            ..bad
        },
        garbage("garbage-aa", &[0xAA]),
        garbage("garbage-aaff", &[0xAA, 0xAA, 0xAA, 0xFF]),
        garbage("garbage-01ff", &[0xAA, 0xAA, 0x01, 0xFF]),
        hog,
        Kind { name: "ten-hogs", connections: 10, ..hog },
    ]
}

impl Kind {
    /// What stands above its table.
    pub fn title(&self) -> String {
        let Self { name, connections, .. } = self;
        let what = match (self.pattern, self.pace, self.reads) {
            (Pattern::Garbage(_), _, _) => "that send what is no frame, as fast as they can",
            (_, Some(_), _) => "that send a byte a second of a frame",
            (_, None, true) => "that send requests as fast as they can, and read the replies",
            (_, None, false) => "that send requests as fast as they can, and read nothing",
        };
        format!("{name}: {connections} {what}")
    }

    /// The bytes that each sends, many times over: at least so many.
    pub fn bytes(&self, least: usize) -> Vec<u8> {
        let once = match self.pattern {
            Pattern::Request(len) => frame(FrameKind::Request, &vec![7; len]),
            Pattern::Garbage(bytes) => bytes.to_vec(),
        };
        once.repeat(least.div_ceil(once.len()))
    }
}

/// The command that echoes.
const ECHO: u16 = 0x0100;

/// A frame to or from the handler that echoes.
pub fn frame(kind: FrameKind, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address: 1, command: Command::new(kind, ECHO), data };
    let len = frame.encode(&mut room).unwrap_or(0);
    room[..len].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_whole_and_long_enough() {
        for kind in kinds() {
            let (once, many) = (kind.bytes(1), kind.bytes(1000));
            assert!(many.len() >= 1000 && many.chunks(once.len()).all(|part| part == once));
        }
        assert_eq!(frame(FrameKind::Request, &[7; 255]).len(), MAX_FRAME);
    }
}
