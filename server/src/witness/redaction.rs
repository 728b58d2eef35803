//! Redaction: owns which commands' payloads are never shown, and how the others' are.

use std::fmt::Write as _;

use hotframe_core::Sighting;

/// HELLO carries credentials.
const HELLO: u16 = 0x0001;

/// The commands whose payloads are never shown, in the log, by `ctl tap` or elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    commands: Vec<u16>,
}

impl Redaction {
    /// Hides the payloads of these commands, and of HELLO.
    #[must_use]
    pub fn new(commands: &[u16]) -> Self {
        Self { commands: commands.to_vec() }
    }

    /// Whether the payloads of that command are hidden.
    #[must_use]
    pub fn hides(&self, command: u16) -> bool {
        command == HELLO || self.commands.contains(&command)
    }

    /// What was asked and what was answered, in hexadecimal; `None` if that is hidden.
    #[must_use]
    pub fn payloads(&self, sighting: &Sighting) -> Option<(String, String)> {
        let shown = !self.hides(sighting.command.number());
        shown.then(|| (hex(&sighting.asked), hex(&sighting.answered)))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_is_hidden_always_and_others_where_they_are_named() {
        let redaction = Redaction::new(&[0x0102]);
        assert!(redaction.hides(0x0001) && redaction.hides(0x0102) && !redaction.hides(0x0103));
        assert!(Redaction::default().hides(0x0001));
        assert_eq!(hex(&[0x00, 0xAB]), "00ab");
    }
}
