//! Owns the reading of the record that the run before has left.
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::RECORD;

/// How a run of the server ended, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// The plugin.
    pub plugin: String,
    /// SHA-256 of its file, in hex.
    pub sha256: String,
    /// What happened, for a person.
    pub what: String,
}

/// Reads the record that a crash has left in the state folder, and puts it by as `crash.last`.
/// `None`: the last run did not crash, or in no plugin; the latter is told.
///
/// # Errors
/// There is a record, and it cannot be read.
pub fn take_leftover(state_dir: &Path) -> io::Result<Option<Crash>> {
    let path = state_dir.join(RECORD);
    let text = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    if text.is_empty() {
        return Ok(None);
    }
    fs::rename(&path, state_dir.join("crash.last"))?;
    let text = String::from_utf8_lossy(&text);
    let crash = read(&text);
    if crash.is_none() {
        log::error!("the last run of the server crashed, in no plugin: {}", how(&text));
    }
    Ok(crash)
}

fn read(text: &str) -> Option<Crash> {
    let (plugin, sha256) = (value(text, "plugin")?, value(text, "sha256")?);
    let (generation, place) = (value(text, "generation")?, value(text, "in")?);
    let offset = value(text, "offset").map(|at| format!(", at offset 0x{at} of its file's code"));
    let what = format!(
        "it ended the server: {} in {place}, generation {generation}{}",
        how(text),
        offset.unwrap_or_default()
    );
    Some(Crash { plugin: plugin.to_owned(), sha256: sha256.to_owned(), what })
}

/// The value of a whole line.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == key).map(|it| it.1)
}

fn how(text: &str) -> String {
    let signal = value(text, "signal").and_then(|number| number.parse().ok());
    match (signal, value(text, "exit"), value(text, "watchdog")) {
        (Some(number), ..) => match (name_of(number), value(text, "address")) {
            (name, Some(address)) if number != libc::SIGABRT => {
                format!("{name} because of address 0x{address}")
            }
            (name, _) => name.to_owned(),
        },
        (_, Some(_), _) => "a call of exit".to_owned(),
        (.., Some(_)) => "it held the loop beyond `server.watchdog_hard`".to_owned(),
        _ => "the record was cut short".to_owned(),
    }
}

const fn name_of(signal: i32) -> &'static str {
    match signal {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGSEGV => "SIGSEGV",
        _ => "a signal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD_OF_A_CRASH: &str = "signal 11\naddress 1\noffset 1234\nplugin echo\ngeneration 3\n\
                                     sha256 abcd\nfile /x y/libecho.so\nin echo.echo\nend\n";

    #[test]
    fn a_record_names_its_culprit() {
        let crash = read(RECORD_OF_A_CRASH).unwrap();
        assert_eq!((crash.plugin.as_str(), crash.sha256.as_str()), ("echo", "abcd"));
        assert_eq!(
            crash.what,
            "it ended the server: SIGSEGV because of address 0x1 in echo.echo, generation 3, at \
             offset 0x1234 of its file's code"
        );
    }

    #[test]
    fn a_record_that_was_cut_short_anywhere_is_no_panic() {
        for cut in 0..RECORD_OF_A_CRASH.len() {
            let text = &RECORD_OF_A_CRASH[..cut];
            let is_whole = text.contains("in echo.echo\n");
            assert_eq!(read(text).is_some(), is_whole, "{text:?}");
        }
        assert_eq!(how("signal 6\naddress 0\n"), "SIGABRT");
        assert_eq!(how("exit called\n"), "a call of exit");
        assert_eq!(how(""), "the record was cut short");
    }

    #[test]
    fn what_is_left_is_read_once() {
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(take_leftover(folder.path()).unwrap(), None);
        fs::write(folder.path().join(RECORD), "").unwrap();
        assert_eq!(take_leftover(folder.path()).unwrap(), None);
        fs::write(folder.path().join(RECORD), RECORD_OF_A_CRASH).unwrap();
        assert!(take_leftover(folder.path()).unwrap().is_some());
        assert_eq!(take_leftover(folder.path()).unwrap(), None);
        assert!(folder.path().join("crash.last").exists());
    }
}
