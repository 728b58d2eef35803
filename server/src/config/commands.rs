//! From the tree of `commands.toml` to [`Routes`]: owns what a route may say.

use core::ops::RangeInclusive;
use std::collections::BTreeMap;
use std::time::Duration;

use hotframe_core::RouteKey;

use crate::config::address_list;
use crate::config::command_number;
use crate::config::findings::{Findings, Wrong};
use crate::config::handler;
use crate::config::routes::{Route, Routes};
use crate::config::spelling::nearest;
use crate::config::text::{Span, TextId};
use crate::config::tree::{Entry, Node, Table, Value};
use crate::config::values::{Read, boolean, duration, rate, text, whole, wrong_type};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::config as codes;

/// The keys of the table form.
pub(super) const OPTIONS: [&str; 6] =
    ["handler", "addresses", "timeout", "retries", "rate", "enabled"];

const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);

/// Reads every route of `table`, which is all of `text`.
pub(super) fn read(findings: &mut Findings, text: TextId, table: &Table) -> Routes {
    let mut routes = Routes { entries: Vec::new(), default: None, raw: Vec::new() };
    for entry in &table.entries {
        match entry.key.as_str() {
            "commands" => {}
            "raw" => raw(findings, &mut routes, entry),
            _ => stray(findings, entry),
        }
    }
    let Some(commands) = table.entry("commands") else {
        missing(findings, text);
        return routes;
    };
    let Some(entries) = table_of_routes(findings, commands) else {
        return routes;
    };
    // A line that could not be read may have been one.
    if entries.entries.is_empty() && findings.errors_in(text) == 0 {
        let message = "there are no routes: every request is answered 1004 UNKNOWN_COMMAND";
        findings.note(&commands.key_span, Diagnostic::warning(codes::NO_ROUTES, message));
    }
    let mut known = Known::new();
    for entry in &entries.entries {
        add(findings, &mut routes, &mut known, entry, false);
    }
    routes.entries.sort_by_key(|route| route.key);
    routes
}

/// Reads `[raw]`: the routes of whole command words.
fn raw(findings: &mut Findings, routes: &mut Routes, raw: &Entry) {
    let Some(entries) = table_of_routes(findings, raw) else {
        return;
    };
    let mut known = Known::new();
    for entry in &entries.entries {
        add(findings, routes, &mut known, entry, true);
    }
    routes.raw.sort_by_key(|route| route.key);
}

fn table_of_routes<'a>(findings: &mut Findings, entry: &'a Entry) -> Option<&'a Table> {
    if let Value::Table(entries) = &entry.node.value {
        return Some(entries);
    }
    let wrong = wrong_type(&entry.node, "a table of routes")
        .help(format!("write `[{}]` and the routes below it", entry.key));
    findings.wrong(&entry.node.span, wrong);
    None
}

/// A file without `[commands]` is most likely one that is still being written.
fn missing(findings: &mut Findings, text: TextId) {
    if findings.errors_in(text) > 0 {
        return;
    }
    let start = Span { text, bytes: 0..0 };
    let wrong = Wrong::new(codes::MISSING_KEY, "the table `[commands]` is missing")
        .help("add the line `[commands]`; alone, it serves no routes on purpose");
    findings.wrong(&start, wrong);
}

fn stray(findings: &mut Findings, entry: &Entry) {
    let name = &entry.key;
    let wrong = Wrong::new(codes::UNKNOWN_KEY, format!("unknown key `{name}`"));
    let is_route = command_number::word(name).is_ok() || name == "default";
    let help = match nearest(name, ["commands", "raw"]) {
        Some(better) => format!("did you mean `[{better}]`?"),
        None if is_route => "routes stand below the line `[commands]`".to_owned(),
        None => {
            "a commands file holds the tables `[commands]` and `[raw]` and nothing else".to_owned()
        }
    };
    findings.wrong(&entry.key_span, wrong.help(help));
}

/// The key of an entry of `[commands]`, or of `[raw]`.
fn key_of(entry: &Entry, is_raw: bool) -> Read<RouteKey> {
    match (entry.key.as_str(), is_raw) {
        ("default", false) => Ok(RouteKey::Default),
        ("default", true) => Ok(RouteKey::RawDefault),
        (key, false) => command_number::read(key).map(RouteKey::Number),
        (key, true) => command_number::word(key).map(RouteKey::Raw),
    }
}

/// Where the key of each route stands.
type Known = BTreeMap<RouteKey, Span>;

fn add(
    findings: &mut Findings,
    routes: &mut Routes,
    known: &mut Known,
    entry: &Entry,
    is_raw: bool,
) {
    let key = match key_of(entry, is_raw) {
        Ok(key) => Some(key),
        Err(wrong) => {
            findings.wrong(&entry.key_span, wrong);
            None
        }
    };
    let twin = key.and_then(|key| Some((key, known.get(&key)?)));
    if let Some((key, twin)) = twin {
        let line = findings.texts.place(twin).line;
        let message = format!("command {key} is already routed in line {line}");
        let wrong = Wrong::new(codes::DUPLICATE_COMMAND, message).help("remove one of the two");
        findings.wrong(&entry.key_span, wrong);
    } else if let Some(key) = key {
        known.insert(key, entry.key_span.clone());
    }
    // The value of a bad key is read all the same: it may hold mistakes of its own.
    let Some(route) = route(findings, key.unwrap_or(RouteKey::Default), &entry.node) else {
        return;
    };
    match key {
        None => {}
        Some(RouteKey::Default) => routes.default = Some(route),
        Some(RouteKey::Number(_)) => routes.entries.push(route),
        Some(RouteKey::RawDefault | RouteKey::Raw(_)) => routes.raw.push(route),
    }
}

fn route(findings: &mut Findings, key: RouteKey, node: &Node) -> Option<Route> {
    match &node.value {
        Value::Text(_) => handler_of(findings, key, node),
        Value::Table(table) => with_options(findings, key, node, table),
        _ => {
            let wrong =
                wrong_type(node, "a handler's name, or a table").help("write \"PLUGIN.HANDLER\"");
            findings.wrong(&node.span, wrong);
            None
        }
    }
}

fn handler_of(findings: &mut Findings, key: RouteKey, node: &Node) -> Option<Route> {
    let name = text(node).and_then(|name| handler::check(name).map(|()| name));
    match name {
        Ok(name) => {
            let mut route = Route::new(key, name);
            route.place = Some(findings.texts.place(&node.span));
            Some(route)
        }
        Err(wrong) => {
            findings.wrong(&node.span, wrong);
            None
        }
    }
}

fn with_options(
    findings: &mut Findings,
    key: RouteKey,
    node: &Node,
    table: &Table,
) -> Option<Route> {
    let route = match table.entry("handler") {
        Some(entry) => handler_of(findings, key, &entry.node),
        None => {
            let wrong = Wrong::new(codes::MISSING_KEY, "the route has no `handler`")
                .help("add handler = \"PLUGIN.HANDLER\"");
            findings.wrong(&node.span, wrong);
            None
        }
    };
    // The other keys are checked even if there is no route to put them into.
    let mut scratch = route.clone().unwrap_or_else(|| Route::new(key, ""));
    for entry in &table.entries {
        if entry.key == "addresses" {
            scratch.addresses = address_list::read(findings, &entry.node);
        } else if let Err(wrong) = option(&mut scratch, entry) {
            let span = match wrong.code {
                codes::UNKNOWN_KEY => &entry.key_span,
                _ => &entry.node.span,
            };
            findings.wrong(span, wrong);
        }
    }
    route.map(|_| scratch)
}

fn option(route: &mut Route, entry: &Entry) -> Read<()> {
    let node = &entry.node;
    match entry.key.as_str() {
        "handler" => {}
        "timeout" => route.timeout = Some(duration(node, TIMEOUT)?),
        "retries" => route.retries = whole(node, 0..=10)?,
        "rate" => route.rate = rate(node)?,
        "enabled" => route.enabled = boolean(node)?,
        other => {
            let help = match nearest(other, OPTIONS) {
                Some(better) => format!("did you mean `{better}`?"),
                None => format!("known here: {}", OPTIONS.join(", ")),
            };
            let message = format!("unknown key `{other}` of a route");
            return Err(Wrong::new(codes::UNKNOWN_KEY, message).help(help));
        }
    }
    Ok(())
}
