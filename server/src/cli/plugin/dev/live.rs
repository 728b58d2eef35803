//! The live side: owns the copy into the server's folder of plugins, and what the server makes of
//! it.

use std::cell::RefCell;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::bytes::packed;
use crate::cli::ctl::socket_path;
use crate::cli::failure::Failure;
use crate::control::{self, AskError, Verb, codes};
use crate::diagnostics::codes::authors;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions.
const LOOK: Duration = Duration::from_millis(50);
/// Nobody but the owner may change what a server runs.
const MODE: u32 = 0o755;

/// The server's folder of plugins, and its control socket.
#[derive(Debug)]
pub struct Live {
    folder: PathBuf,
    control: PathBuf,
    /// What went live last: the plugin, and its file's SHA-256.
    watched: RefCell<Option<(String, String)>>,
}

impl Live {
    /// The server that looks into `folder`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn at(folder: &Path, control: Option<&Path>) -> Result<Self, Failure> {
        if !folder.is_dir() {
            let message = format!("there is no folder `{}`", folder.display());
            return Err(Failure::of(authors::NO_PLUGIN_FOLDER, message));
        }
        let usual = socket_path(control);
        let beside = folder.join("../run/hotframe.sock");
        let is_open = control.is_none() && !usual.exists() && beside.exists();
        let control = if is_open { beside } else { usual };
        Ok(Self { folder: folder.to_owned(), control, watched: RefCell::default() })
    }

    /// What there is to tell of the plugin that went live last: once, that it does not serve any
    /// more.
    pub fn look_again(&self) -> Option<String> {
        let (plugin, sha256) = self.watched.borrow().clone()?;
        let rows = control::ask(&self.control, &Verb::Plugins, PATIENCE).ok()?;
        let Sight::Refused(reason) = look(&rows, &plugin, &sha256) else {
            return None;
        };
        self.watched.take();
        Some(format!("{plugin} does not serve any more: {reason}"))
    }

    /// The handlers of a plugin that no command leads to.
    pub fn unrouted(&self, plugin: &str) -> Vec<String> {
        let ask = |verb| control::ask(&self.control, &verb, PATIENCE).unwrap_or_default();
        let (plugins, routes) = (ask(Verb::Plugins), ask(Verb::Routes));
        let rows = |answer: &Value| answer.as_array().cloned().unwrap_or_default();
        let is_routed = |name: &String| rows(&routes).iter().any(|row| row["handler"] == **name);
        let own = rows(&plugins).into_iter().find(|row| row["name"] == plugin);
        let own = own.map(|row| rows(&row["handlers"])).unwrap_or_default();
        let named = own.iter().filter_map(Value::as_str).map(|name| format!("{plugin}.{name}"));
        named.filter(|name| !is_routed(name)).collect()
    }

    /// Puts the library there by a rename, and waits until the server has it. Returns what is to be
    /// told.
    ///
    /// # Errors
    /// It cannot be copied, or the server does not take it.
    pub fn take_in(&self, library: &Path, plugin: &str) -> Result<String, Failure> {
        let unwritten = |error: io::Error| {
            let message = format!("cannot copy to `{}`: {error}", self.folder.display());
            Failure::of(authors::NO_PLUGIN_FOLDER, message)
        };
        let bytes = fs::read(library).map_err(unwritten)?;
        let sha256 = packed(&Sha256::digest(&bytes));
        let target = self.folder.join(library.file_name().unwrap_or_default());
        self.put(&bytes, &target).map_err(unwritten)?;
        self.wait(plugin, &sha256, &target)
    }

    fn put(&self, bytes: &[u8], target: &Path) -> io::Result<()> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let part = self.folder.join(format!(".{name}.{}.part", std::process::id()));
        let put = fs::write(&part, bytes)
            .and_then(|()| fs::set_permissions(&part, Permissions::from_mode(MODE)))
            .and_then(|()| fs::rename(&part, target));
        // There is nothing to remove after the rename.
        put.inspect_err(|_| drop(fs::remove_file(&part)))
    }

    /// Has the server look at its files now.
    fn have_looked(&self) -> bool {
        let reload = Verb::Reload { plugin: None };
        is_look(&control::ask(&self.control, &reload, control::patience(&reload)))
    }

    fn wait(&self, plugin: &str, sha256: &str, target: &Path) -> Result<String, Failure> {
        let begun = Instant::now();
        // From then on, what the server says of the file is about these bytes.
        let has_looked = self.have_looked();
        let mut told = None;
        while begun.elapsed() < PATIENCE {
            match control::ask(&self.control, &Verb::Plugins, PATIENCE) {
                Ok(rows) => match look(&rows, plugin, sha256) {
                    Sight::Live(generation) => {
                        let took = begun.elapsed().as_millis();
                        self.watched.replace(Some((plugin.to_owned(), sha256.to_owned())));
                        return Ok(format!("{plugin}, generation {generation}, after {took} ms"));
                    }
                    Sight::Refused(reason) => {
                        told = Some(reason);
                        if has_looked {
                            break;
                        }
                    }
                    Sight::Other => told = None,
                },
                Err(AskError::Unreachable(_)) => {
                    let (target, control) = (target.display(), self.control.display());
                    let message = format!("in {target} only: no server answers at {control}");
                    return Err(Failure::of(authors::NOT_TAKEN, message));
                }
                Err(error) => told = Some(error.to_string()),
            }
            thread::sleep(LOOK);
        }
        let folder = self.folder.display();
        let unseen = || format!("the server has not seen it: does it look into `{folder}`?");
        let message = format!("plugin {plugin} is not live: {}", told.unwrap_or_else(unseen));
        Err(Failure::of(authors::NOT_TAKEN, message))
    }
}

/// Whether a server that was asked to look at its files has done so, by what it answers.
fn is_look(answer: &Result<Value, AskError>) -> bool {
    match answer {
        Ok(_) => true,
        // Of some file there is something to be said: perhaps of this one.
        Err(AskError::Refused(error)) => error.code == codes::RELOAD_REFUSED.as_str(),
        Err(_) => false,
    }
}

/// What the server's list of plugins says of one.
#[derive(Debug, PartialEq)]
enum Sight {
    /// Those bytes serve, as this generation.
    Live(u64),
    /// Something is wrong with its file.
    Refused(String),
    /// Others serve, or it is not there.
    Other,
}

fn look(rows: &Value, plugin: &str, sha256: &str) -> Sight {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(row) = rows.iter().find(|row| row["name"] == plugin) else {
        return Sight::Other;
    };
    let reason = row["reason"].as_str();
    match (row["sha256"] == sha256 && row["state"] == "active", reason) {
        (true, _) => Sight::Live(row["generation"].as_u64().unwrap_or(0)),
        (false, Some(reason)) => Sight::Refused(reason.to_owned()),
        (false, None) => Sight::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_word_is_understood() {
        let row = |sha256: &str, reason: Option<&str>| {
            serde_json::json!([{
                "name": "greeter", "sha256": sha256, "state": "active", "generation": 7,
                "reason": reason,
            }])
        };
        assert_eq!(look(&row("new", None), "greeter", "new"), Sight::Live(7));
        assert_eq!(look(&row("old", None), "greeter", "new"), Sight::Other);
        let refused = look(&row("old", Some("HF0226: no")), "greeter", "new");
        assert_eq!(refused, Sight::Refused("HF0226: no".into()));
        assert_eq!(look(&row("new", None), "other", "new"), Sight::Other);
    }

    #[test]
    fn a_copy_is_whole_and_only_its_owners_to_change() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("made.so");
        fs::write(&library, "bytes").unwrap();
        let plugins = folder.path().join("plugins");
        let control = folder.path().join("none.sock");
        let failure = Live::at(&plugins, Some(&control)).unwrap_err();
        assert!(failure.to_string().contains("HF0611"), "{failure}");
        fs::create_dir(&plugins).unwrap();
        let live = Live::at(&plugins, Some(&control)).unwrap();
        let failure = live.take_in(&library, "greeter").unwrap_err();
        assert!(failure.to_string().contains("no server answers"), "{failure}");
        let mode = fs::metadata(plugins.join("made.so")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, fs::read_dir(&plugins).unwrap().count()), (0o755, 1));
    }
}
