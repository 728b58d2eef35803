//! `hotframe ctl tap`: requests as they pass.

use std::io::stdout;
use std::path::Path;

use super::{SLACK, failure, print, requests};
use crate::cli::Exit;
use crate::control::{self, Verb, answers::PluginRow};
use crate::logging::Style;

/// Prints requests as they pass, until `count` were shown, the reader goes or the server stops.
pub(super) fn run(socket: &Path, verb: &Verb, name: Option<&str>, count: u64, json: bool) -> Exit {
    if let Some(note) = name.and_then(|name| nobody_yet(socket, name)) {
        eprintln!("{note}");
    }
    let (mut left, style) = (count, Style::of(&stdout()));
    let followed = control::follow(socket, verb, control::patience(verb) + SLACK, |row| {
        let text = match serde_json::from_value(row.clone()) {
            Ok(request) if !json => requests::line(&request, style),
            _ => format!("{row}\n"),
        };
        left -= u64::from(row.get("trace_id").is_some());
        print(&text) == Exit::Good && left > 0
    });
    match followed {
        Ok(()) => Exit::Good,
        Err(error) => failure::report(&error, socket, json),
    }
}

/// Who taps a name that nobody here has is told so, and waits for whoever may come with it.
fn nobody_yet(socket: &Path, name: &str) -> Option<String> {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let plugins = control::ask(socket, &Verb::Plugins, control::patience(&Verb::Plugins)).ok()?;
    let rows: Vec<PluginRow> = serde_json::from_value(plugins).ok()?;
    let (plugin, handler) = name.split_once('.').map_or((name, None), |(p, h)| (p, Some(h)));
    let has = |row: &PluginRow| handler.is_none_or(|it| row.handlers.iter().any(|own| own == it));
    let is_here = rows.iter().any(|row| row.name == plugin && has(row));
    (is_name && !is_here).then(|| {
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        let names = names.join(", ");
        format!("note: nothing here is called `{name}`, waiting for it; plugins here: {names}")
    })
}
