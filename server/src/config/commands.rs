//! From the tree of `commands.toml` to [`Routes`]: owns what a route may say.

use core::ops::RangeInclusive;
use std::time::Duration;

use crate::config::addresses::Addresses;
use crate::config::findings::{Findings, Wrong};
use crate::config::handler;
use crate::config::routes::{Route, Routes};
use crate::config::spelling::nearest;
use crate::config::text::{Span, TextId};
use crate::config::tree::{Entry, Node, Table, Value};
use crate::config::values::{Read, boolean, duration, rate, text, whole, wrong_type};
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::{Code, Diagnostic};

const OPTIONS: [&str; 6] = [
    "handler",
    "addresses",
    "timeout",
    "retries",
    "rate",
    "enabled",
];

/// The numbers that may be routed.
const ROUTABLE: RangeInclusive<u16> = 0x0100..=0x3FFF;

const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);

/// Reads every route of `table`, which is all of `text`.
pub(super) fn read(findings: &mut Findings, text: TextId, table: &Table) -> Routes {
    let mut routes = Routes {
        entries: Vec::new(),
        default: None,
    };
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
        findings.note(
            &commands.key_span,
            Diagnostic::warning(codes::NO_ROUTES, message),
        );
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
    let is_route = number(name).is_ok() || name == "default";
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
        key => match number(key) {
            Ok(number) => number,
            Err(wrong) => {
                findings.wrong(&entry.key_span, wrong);
                // Its value is read all the same: it may hold mistakes of its own.
                0x0100
            }
        },
    };
    let known = entry.key == "default" || self::number(&entry.key).is_ok();
    let twin = routes
        .entries
        .iter()
        .find(|other| known && number == other.number);
    if let (true, Some(twin)) = (number != 0, twin) {
        let line = twin.place.as_ref().map_or(0, |place| place.line);
        let message = format!(
            "command {} is already routed in line {line}",
            twin.command()
        );
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

/// Reads a command's number.
fn number(key: &str) -> Read<u16> {
    let wrong = |code: Code, message: String| Wrong::new(code, message);
    let lower = key.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => (lower.as_str(), 10),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    let value = is_number.then(|| u64::from_str_radix(digits, radix).unwrap_or(u64::MAX));
    let Some(value) = value else {
        let help = match nearest(key, ["default"]) {
            Some(better) => format!("did you mean `{better}`?"),
            None => "write a number such as `0x0100`, or `default`".to_owned(),
        };
        let message = format!("`{key}` is not a command number");
        return Err(wrong(codes::BAD_COMMAND, message).help(help));
    };
    match u16::try_from(value) {
        Ok(number) if ROUTABLE.contains(&number) => Ok(number),
        Ok(number) if number < *ROUTABLE.start() => {
            let message = format!("0x{number:04X} belongs to the protocol itself");
            Err(wrong(codes::RESERVED_COMMAND, message).help("choose 0x0100 to 0x3FFF"))
        }
        Ok(word) => {
            let (kind, low) = (word >> 14, word & 0x3FFF);
            let kind =
                ["a request of", "an event of", "a reply to", "an error for"][usize::from(kind)];
            let message = format!("0x{word:04X} is more than a command number");
            let help = format!("as a command word it is {kind} command 0x{low:04X}");
            Err(wrong(codes::COMMAND_TOO_LARGE, message).help(help))
        }
        Err(_) => {
            let message = format!("`{key}` does not fit into 14 bits");
            Err(wrong(codes::COMMAND_TOO_LARGE, message).help("choose 0x0100 to 0x3FFF"))
        }
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
        if let Err(wrong) = option(&mut scratch, entry) {
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
        "addresses" => route.addresses = addresses(node)?,
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
    let idle = [
        ("retries", route.retries != 0),
        ("rate", route.rate.is_some()),
    ];
    for (key, is_set) in idle {
        if let (true, Some(entry)) = (is_set, table.entry(key)) {
            let message = format!("`{key}` is accepted, but has no effect in this version");
            let problem = Diagnostic::warning(codes::NO_EFFECT_YET, message);
            findings.note(&entry.key_span, problem);
        }
    }
}

/// Reads a list such as `[1, "16-31", "0x20"]`.
fn addresses(node: &Node) -> Read<Addresses> {
    let Value::List(items) = &node.value else {
        return Err(wrong_type(
            node,
            "an array of addresses such as [1, \"16-31\"]",
        ));
    };
    let mut set = Addresses::NONE;
    for item in items {
        for address in address_range(item).map_err(|wrong| wrong.at(&item.span))? {
            set.insert(address);
        }
    }
    if set == Addresses::NONE {
        return Err(
            Wrong::new(codes::BAD_ADDRESS, "the route serves no address at all")
                .help("remove `addresses` to serve all of them, or set enabled = false"),
        );
    }
    Ok(set)
}

fn address_range(node: &Node) -> Read<RangeInclusive<u8>> {
    let wrong = |given: &str| {
        Wrong::new(
            codes::BAD_ADDRESS,
            format!("`{given}` is not a device address"),
        )
        .help("0 to 255, as a number, \"0x20\" or a range \"16-31\"")
    };
    match &node.value {
        Value::Whole(number) => u8::try_from(*number)
            .map(|address| address..=address)
            .map_err(|_| wrong(&number.to_string())),
        Value::Text(text) => {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let bounds = address(first.trim()).zip(address(last.trim()));
            match bounds {
                Some((first, last)) if first <= last => Ok(first..=last),
                Some(_) => Err(wrong(text).help(format!("write \"{last}-{first}\""))),
                None => Err(wrong(text)),
            }
        }
        _ => Err(wrong_type(node, "an address")),
    }
}

fn address(text: &str) -> Option<u8> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(hex) => (hex, 16),
        None => (text, 10),
    };
    u8::from_str_radix(digits, radix)
        .ok()
        .filter(|_| !digits.starts_with('+'))
}
