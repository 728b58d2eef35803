//! What a line looks like: owns the choice between JSON and text.

mod json;
mod text;

use std::{
    io::{IsTerminal, stdout},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use log::Record;

use super::{Format, Style};

/// The keys that are the line's own; a key-value of such a name gets an underscore behind it.
const OWN_KEYS: [&str; 4] = ["timestamp", "level", "target", "message"];

/// How lines are laid out now; the format may be changed from any thread.
#[derive(Debug)]
pub(super) struct Layout {
    json: AtomicBool,
    style: Style,
}

impl Layout {
    /// The layout for standard output as it is.
    pub(super) fn for_stdout(format: Format) -> Self {
        Self { json: AtomicBool::new(is_json(format)), style: Style::of(&stdout()) }
    }

    /// Lays out all lines from now on as `format` says.
    pub(super) fn set_format(&self, format: Format) {
        self.json.store(is_json(format), Ordering::Relaxed);
    }

    /// Appends the line with its line feed; returns where its text starts that does not depend on
    /// the time, so that two lines which say the same can be told to be equal.
    pub(super) fn write(&self, out: &mut Vec<u8>, record: &Record<'_>, when: SystemTime) -> usize {
        let body = if self.json.load(Ordering::Relaxed) {
            json::write(out, record, when)
        } else {
            text::write(out, record, when, self.style)
        };
        out.push(b'\n');
        body
    }
}

fn is_json(format: Format) -> bool {
    match format {
        Format::Auto => !stdout().is_terminal(),
        Format::Text => false,
        Format::Json => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use log::Level;

    use super::*;

    #[test]
    fn the_body_is_the_same_at_any_time() {
        for format in [Format::Json, Format::Text] {
            let layout = Layout::for_stdout(format);
            let lay = |seconds| {
                let mut out = Vec::new();
                let args = format_args!("same");
                let record = Record::builder().level(Level::Warn).target("t").args(args).build();
                let body =
                    layout.write(&mut out, &record, UNIX_EPOCH + Duration::from_secs(seconds));
                (out[body..].to_vec(), out)
            };
            let ((body_a, line_a), (body_b, line_b)) = (lay(1), lay(1_999_999_999));
            assert_eq!(body_a, body_b);
            assert_ne!(line_a, line_b);
            assert!(String::from_utf8(body_a).unwrap().ends_with('\n'));
        }
    }

    #[test]
    fn the_format_changes_live() {
        let layout = Layout::for_stdout(Format::Json);
        let lay = || {
            let mut out = Vec::new();
            let record = Record::builder().args(format_args!("x")).build();
            layout.write(&mut out, &record, UNIX_EPOCH);
            out[0]
        };
        assert_eq!(lay(), b'{');
        layout.set_format(Format::Text);
        assert_eq!(lay(), b'1');
    }
}
