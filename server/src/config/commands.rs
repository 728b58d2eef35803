//! From the tree of `commands.toml` to [`Routes`]: owns what a route may say.

use core::ops::RangeInclusive;
use std::time::Duration;

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
    let mut routes = Routes { entries: Vec::new(), default: None };
    for entry in table.entries.iter().filter(|entry| entry.key != "commands") {
        stray(findings, entry);
    }
    let Some(commands) = table.entry("commands") else {
        missing(findings, text);
        return routes;
    };
    let Value::Table(entries) = &commands.node.value else {
        let wrong = wrong_type(&commands.node, "a table of routes")
            .help("write `[commands]` and the routes below it");
        findings.wrong(&commands.node.span, wrong);
        return routes;
    };
    if entries.entries.is_empty() {
        let message = "there are no routes: every request is answered 1004 UNKNOWN_COMMAND";
        findings.note(&commands.key_span, Diagnostic::warning(codes::NO_ROUTES, message));
    }
    for entry in &entries.entries {
        add(findings, &mut routes, entry);
    }
    routes.entries.sort_by_key(|route| route.number);
    routes
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
    let is_route = command_number::read(name).is_ok() || name == "default";
    let help = match nearest(name, ["commands"]) {
        Some(better) => format!("did you mean `[{better}]`?"),
        None if is_route => "routes stand below the line `[commands]`".to_owned(),
        None => "a commands file holds the table `[commands]` and nothing else".to_owned(),
    };
    findings.wrong(&entry.key_span, wrong.help(help));
}

fn add(findings: &mut Findings, routes: &mut Routes, entry: &Entry) {
    let number = match entry.key.as_str() {
        "default" => 0,
        key => match command_number::read(key) {
            Ok(number) => number,
            Err(wrong) => {
                findings.wrong(&entry.key_span, wrong);
                // Its value is read all the same: it may hold mistakes of its own.
                0x0100
            }
        },
    };
    let known = entry.key == "default" || command_number::read(&entry.key).is_ok();
    let twin = routes.entries.iter().find(|other| known && number == other.number);
    if let (true, Some(twin)) = (number != 0, twin) {
        let line = twin.place.as_ref().map_or(0, |place| place.line);
        let message = format!("command {} is already routed in line {line}", twin.command());
        let wrong = Wrong::new(codes::DUPLICATE_COMMAND, message).help("remove one of the two");
        findings.wrong(&entry.key_span, wrong);
    }
    let Some(route) = route(findings, number, &entry.node) else {
        return;
    };
    match (known, number) {
        (false, _) => {}
        (true, 0) => routes.default = Some(route),
        (true, _) => routes.entries.push(route),
    }
}

fn route(findings: &mut Findings, number: u16, node: &Node) -> Option<Route> {
    match &node.value {
        Value::Text(_) => handler_of(findings, number, node),
        Value::Table(table) => with_options(findings, number, node, table),
        _ => {
            let wrong =
                wrong_type(node, "a handler's name, or a table").help("write \"PLUGIN.HANDLER\"");
            findings.wrong(&node.span, wrong);
            None
        }
    }
}

fn handler_of(findings: &mut Findings, number: u16, node: &Node) -> Option<Route> {
    let name = text(node).and_then(|name| handler::check(name).map(|()| name));
    match name {
        Ok(name) => {
            let mut route = Route::new(number, name);
            route.place = Some(findings.texts.place(&node.span));
            Some(route)
        }
        Err(wrong) => {
            findings.wrong(&node.span, wrong);
            None
        }
    }
}

fn with_options(findings: &mut Findings, number: u16, node: &Node, table: &Table) -> Option<Route> {
    let route = match table.entry("handler") {
        Some(entry) => handler_of(findings, number, &entry.node),
        None => {
            let wrong = Wrong::new(codes::MISSING_KEY, "the route has no `handler`")
                .help("add handler = \"PLUGIN.HANDLER\"");
            findings.wrong(&node.span, wrong);
            None
        }
    };
    // The other keys are checked even if there is no route to put them into.
    let mut scratch = route.clone().unwrap_or_else(|| Route::new(number, ""));
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
    without_effect(findings, table, &scratch);
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

/// Warns of options that this version does not act on.
fn without_effect(findings: &mut Findings, table: &Table, route: &Route) {
    if let (true, Some(entry)) = (route.retries != 0, table.entry("retries")) {
        let message = "`retries` is accepted, but has no effect in this version";
        let problem = Diagnostic::warning(codes::NO_EFFECT_YET, message);
        findings.note(&entry.key_span, problem);
    }
}
