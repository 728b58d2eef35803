//! What is known of a plugin file, for people and for programs.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hotframe_plugin_api::abi::{
    HF_PLUGIN_CANNOT_UNLOAD, HF_PLUGIN_PANIC_ABORT, HF_PLUGIN_STATEFUL, HF_PLUGIN_THREADS,
    HF_PLUGIN_WANTS_ISOLATION,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::recalled;
use crate::cli::bytes::packed;
use crate::cli::failure::printable;
use crate::cli::ink::Ink;
use crate::plugins::{Fault, Note, Offer, Preflight, Recollection, Refusal};

/// The flags of a plugin, by their bits.
const FLAGS: [(u16, &str); 5] = [
    (HF_PLUGIN_THREADS, "threads"),
    (HF_PLUGIN_STATEFUL, "stateful"),
    (HF_PLUGIN_WANTS_ISOLATION, "wants-isolation"),
    (HF_PLUGIN_PANIC_ABORT, "panic-abort"),
    (HF_PLUGIN_CANNOT_UNLOAD, "cannot-unload"),
];

/// What is known of a plugin file.
#[derive(Debug)]
pub struct Facts {
    file: PathBuf,
    /// How many it has, and their SHA-256 in hex; `None` if it cannot be read.
    pub bytes: Option<(usize, String)>,
    preflight: Option<Preflight>,
    /// Its handlers; `None` if it could not be asked.
    pub handlers: Option<Vec<Offer>>,
    /// Whether this server would take it.
    pub verdict: Verdict,
    /// What the server remembers of it that runs with this configuration.
    pub memory: Option<Recollection>,
    /// Another file in the plugin folders that provides the same plugin.
    pub name_taken_by: Option<PathBuf>,
}

/// Whether this server would take a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not asked yet.
    Open,
    /// It would.
    Taken,
    /// It would not, and why.
    Refused(Refusal),
}

impl Facts {
    /// Nothing is known but the file's name.
    pub fn of(file: &Path) -> Self {
        let verdict = Verdict::Open;
        let (file, memory, name_taken_by) = (file.to_owned(), None, None);
        Self { file, bytes: None, preflight: None, handlers: None, verdict, memory, name_taken_by }
    }

    /// The plugin's name, if the file says one.
    pub fn plugin(&self) -> Option<&str> {
        self.preflight.as_ref().map(|preflight| preflight.note.name.as_str())
    }

    /// Takes in what is remembered of it under a state folder.
    pub fn remember(&mut self, state_dir: &Path) {
        let (Some(plugin), Some((_, sha256))) = (self.plugin(), &self.bytes) else {
            return;
        };
        let memory = Recollection::of(state_dir, plugin, sha256);
        let refusal = memory.refusal(plugin, SystemTime::now());
        self.memory = Some(memory);
        if let Some(fault) = refusal.filter(|_| self.verdict == Verdict::Taken) {
            self.refuse(fault);
        }
    }

    /// Takes in what the file holds.
    pub fn contents(&mut self, bytes: &[u8], preflight: Option<Preflight>) {
        self.bytes = Some((bytes.len(), packed(&Sha256::digest(bytes))));
        self.preflight = preflight;
    }

    /// The server would not take it.
    pub fn refuse(&mut self, fault: Fault) {
        self.verdict = Verdict::Refused(Refusal::new(&self.file, fault));
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let mut facts = json!({
            "file": self.file.display().to_string(),
            "size": self.bytes.as_ref().map(|(size, _)| size),
            "sha256": self.bytes.as_ref().map(|(_, hash)| hash),
            "taken": self.verdict == Verdict::Taken,
            "refusal": match &self.verdict {
                Verdict::Refused(Refusal { defect, message, .. }) => json!({
                    "code": defect.code().as_str(),
                    "message": message,
                    "help": defect.code().mend(),
                }),
                _ => Value::Null,
            },
        });
        if let Some(preflight) = &self.preflight {
            let Note { abi_major, abi_minor_built, abi_minor_required, .. } = preflight.note;
            facts["name"] = json!(preflight.note.name);
            facts["version"] = json!(preflight.note.version);
            facts["sdk"] = json!(preflight.note.sdk);
            facts["abi"] = json!(format!("{abi_major}.{abi_minor_built}"));
            facts["abi_required"] = json!(format!("{abi_major}.{abi_minor_required}"));
            facts["flags"] = json!(flags(preflight.note.flags));
            facts["needs"] = json!(preflight.needed);
            facts["no_delete"] = json!(preflight.no_delete);
            facts["static_tls"] = json!(preflight.static_tls);
            facts["unique_symbols"] = json!(preflight.unique_symbols);
            facts["text_relocations"] = json!(preflight.text_relocations);
            facts["executable_stack"] = json!(preflight.executable_stack);
            facts["warnings"] =
                preflight.warnings().iter().map(|(_, warning)| json!(warning)).collect();
        }
        facts["record"] = self.memory.as_ref().map_or(Value::Null, recalled::as_json);
        facts["name_taken_by"] = json!(self.name_taken_by);
        facts["handlers"] = match &self.handlers {
            Some(handlers) => handlers.iter().map(handler_as_json).collect(),
            None => Value::Null,
        };
        facts
    }

    /// For people.
    pub fn as_text(&self, ink: Ink) -> String {
        let mut out = String::new();
        let mut row = row_of(&mut out);
        row("file", &self.file.display().to_string());
        if let Some((size, hash)) = &self.bytes {
            row("size", &format!("{size} bytes"));
            row("sha256", hash);
        }
        if let Some(preflight) = &self.preflight {
            rows(preflight, &mut row);
        }
        if let Some(handlers) = &self.handlers {
            let name = self.preflight.as_ref().map_or("?", |it| it.note.name.as_str());
            for (index, handler) in handlers.iter().enumerate() {
                let word = if index == 0 { "handlers" } else { "" };
                row(word, &handler_as_text(name, handler));
            }
        }
        drop(row);
        if let (Some(memory), Some(plugin)) = (&self.memory, self.plugin()) {
            recalled::rows(memory, plugin, &mut row_of(&mut out));
        }
        if let Some(other) = &self.name_taken_by {
            let other = other.display();
            let told = format!("{other} provides the same plugin: beside it this one has to wait");
            row_of(&mut out)("name", &told);
        }
        out + &self.verdict(ink)
    }

    fn has_record(&self) -> bool {
        self.memory.as_ref().is_some_and(|memory| memory.is_there)
    }

    fn verdict(&self, ink: Ink) -> String {
        let mut out = String::new();
        let asked = self.handlers.is_some();
        match &self.verdict {
            Verdict::Refused(Refusal { defect, message, .. }) => {
                let code = defect.code();
                if !asked {
                    out.push_str("handlers  unknown: nothing of it was run\n");
                }
                let _ = writeln!(out, "{}   {code}: {}", ink.bad("refused"), printable(message));
                let _ = writeln!(out, "{}      {}", ink.good("help"), code.mend());
            }
            Verdict::Taken | Verdict::Open => {
                let _ = writeln!(
                    out,
                    "{}     a server of this version and configuration{} would take it",
                    ink.good("taken"),
                    // Without a record nothing but the file and the configuration was judged.
                    if self.has_record() { ", with that record," } else { "" }
                );
            }
        }
        out
    }
}

/// Writes a line with a word in front.
fn row_of(out: &mut String) -> impl FnMut(&str, &str) + '_ {
    |word, text| {
        // Writing to a string cannot fail; the same in what follows.
        let _ = writeln!(out, "{word:<10}{}", printable(text));
    }
}

fn rows(preflight: &Preflight, row: &mut impl FnMut(&str, &str)) {
    let Note { abi_major, abi_minor_built, abi_minor_required, .. } = preflight.note;
    row("plugin", &format!("{} {}", preflight.note.name, preflight.note.version));
    let required = format!("needs {abi_major}.{abi_minor_required} at least");
    row("abi", &format!("{abi_major}.{abi_minor_built}, {required}"));
    row("built by", &preflight.note.sdk);
    let flags = flags(preflight.note.flags);
    if !flags.is_empty() {
        row("flags", &flags.join(", "));
    }
    row("needs", &preflight.needed.join(", "));
    for (code, warning) in preflight.warnings() {
        let code = code.map_or_else(String::new, |code| format!("{code}: "));
        row("warning", &format!("{code}{warning}"));
    }
}

fn flags(bits: u16) -> Vec<String> {
    let known = FLAGS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| (*name).to_owned());
    let rest = FLAGS.iter().fold(bits, |bits, (bit, _)| bits & !bit);
    known.chain((rest != 0).then(|| format!("{rest:#06x}"))).collect()
}

fn handler_as_json(offer: &Offer) -> Value {
    json!({
        "name": offer.name,
        "default_command": offer.default_command.map(|number| format!("{number:#06x}")),
        "min_len": offer.min_len,
        "max_len": offer.max_len,
    })
}

fn handler_as_text(plugin: &str, offer: &Offer) -> String {
    let lengths = match (offer.min_len, offer.max_len) {
        (0, 255) => "any data".to_owned(),
        (min, max) if min == max => format!("{min} bytes"),
        (min, max) => format!("{min} to {max} bytes"),
    };
    let command = offer.default_command.map_or_else(
        || "suggests no command".to_owned(),
        |number| format!("suggests {number:#06x}"),
    );
    format!("{plugin}.{}: {lengths}, {command}", offer.name)
}
