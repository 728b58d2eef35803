//! Expectations: own the file of `check --expect`, which says where commands are to lead, and the
//! judgement whether the routes lead there.

use std::path::Path;

use hotframe_core::RouteKey;
use hotframe_protocol::Status;

use crate::config::findings::{Findings, Wrong};
use crate::config::load::read_tree;
use crate::config::spelling::nearest;
use crate::config::tree::{Entry, Node, Table, Value};
use crate::config::values::{Read, text, whole, wrong_type};
use crate::config::{Routes, Sources, command_number, handler};
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::{Diagnostic, Place};

/// The keys of one expectation.
const KEYS: [&str; 4] = ["command", "address", "handler", "status"];
/// The address of a request that names none: that of `hotframe send`.
const USUAL_ADDRESS: u8 = 1;

/// Where one request is to lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    command: u16,
    address: u8,
    end: End,
    place: Place,
}

/// Where a request ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// This handler answers it.
    Handler(String),
    /// It is refused with this status.
    Refused(Status),
}

/// Reads a file of expectations; with problems where it holds mistakes.
#[must_use]
pub fn expectations(sources: &Sources, file: &Path) -> (Vec<Expectation>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    let path = sources.cwd.join(file);
    let read = read_tree(&mut findings, sources, &path, None);
    let expected = read.map_or_else(Vec::new, |(_, table)| entries(&mut findings, &table));
    (expected, findings.into_problems())
}

/// An error for each expectation that does not come true; `handlers` are the full names of all that
/// there are.
#[must_use]
pub fn unmet(expected: &[Expectation], routes: &Routes, handlers: &[String]) -> Vec<Diagnostic> {
    let judged = expected.iter().map(|it| (it, end(it, routes, handlers)));
    let unmet = judged.filter(|(it, really)| it.end != *really);
    unmet.map(|(it, really)| problem(it, &really)).collect()
}

fn problem(it: &Expectation, really: &End) -> Diagnostic {
    let Expectation { command, address, .. } = it;
    let said = |end: &End| match end {
        End::Handler(name) => format!("reach `{name}`"),
        End::Refused(status) => format!("be answered {} {}", status.code(), status.name()),
    };
    let message = format!(
        "command 0x{command:04X} at address {address} would {}, and is expected to {}",
        said(really),
        said(&it.end)
    );
    Diagnostic::error(codes::EXPECTATION, message)
        .at(it.place.clone())
        .help("change the route in the commands file, or what is expected here")
}

/// What the server does with such a request.
fn end(it: &Expectation, routes: &Routes, handlers: &[String]) -> End {
    let entry = routes.entries.iter().find(|route| route.key == RouteKey::Number(it.command));
    let Some(route) = entry.or(routes.default.as_ref()).filter(|route| route.enabled) else {
        return End::Refused(Status::UnknownCommand);
    };
    if !route.addresses.iter().any(|address| address == it.address) {
        return End::Refused(Status::Forbidden);
    }
    if !handlers.contains(&route.handler) {
        return End::Refused(Status::HandlerUnavailable);
    }
    End::Handler(route.handler.clone())
}

fn entries(findings: &mut Findings, table: &Table) -> Vec<Expectation> {
    for entry in table.entries.iter().filter(|entry| entry.key != "expect") {
        let wrong = Wrong::new(codes::UNKNOWN_KEY, format!("unknown key `{}`", entry.key))
            .help("such a file holds tables `[[expect]]` and nothing else");
        findings.wrong(&entry.key_span, wrong);
    }
    let Some(entry) = table.entry("expect") else {
        return Vec::new();
    };
    let Value::List(nodes) = &entry.node.value else {
        let wrong = wrong_type(&entry.node, "tables").help("write `[[expect]]`, with two brackets");
        findings.wrong(&entry.node.span, wrong);
        return Vec::new();
    };
    nodes.iter().filter_map(|node| expectation(findings, node)).collect()
}

fn expectation(findings: &mut Findings, node: &Node) -> Option<Expectation> {
    let Value::Table(table) = &node.value else {
        findings.wrong(&node.span, wrong_type(node, "a table"));
        return None;
    };
    for entry in table.entries.iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
        findings.wrong(&entry.key_span, unknown(&entry.key));
    }
    let command = required(findings, node, table, "command", |entry| number(&entry.node));
    let read = |entry: &Entry| (entry.node.span.clone(), whole(&entry.node, 0..=255));
    let address = match table.entry("address").map(read) {
        Some((span, Err(wrong))) => {
            findings.wrong(&span, wrong);
            None
        }
        Some((_, Ok(address))) => Some(address),
        None => Some(USUAL_ADDRESS),
    };
    let end = match (table.entry("handler"), table.entry("status")) {
        (Some(_), Some(entry)) => {
            let wrong = Wrong::new(codes::UNKNOWN_KEY, "`handler` and `status` exclude each other")
                .help("a request that is refused reaches no handler: remove one of the two");
            findings.wrong(&entry.key_span, wrong);
            None
        }
        (None, Some(entry)) => taken(findings, entry, status),
        (handler, None) => {
            let key = handler.map_or("handler", |entry| &entry.key);
            required(findings, node, table, key, named)
        }
    };
    let span = table.entry("command").map_or(&node.span, |entry| &entry.node.span);
    let place = findings.texts.place(span);
    Some(Expectation { command: command?, address: address?, end: end?, place })
}

fn required<T>(
    findings: &mut Findings,
    node: &Node,
    table: &Table,
    key: &str,
    read: impl Fn(&Entry) -> Read<T>,
) -> Option<T> {
    let Some(entry) = table.entry(key) else {
        let wrong = Wrong::new(codes::MISSING_KEY, format!("the expectation has no `{key}`"))
            .help("write for instance command = 0x0100 and handler = \"echo.echo\"");
        findings.wrong(&node.span, wrong);
        return None;
    };
    taken(findings, entry, read)
}

fn taken<T>(findings: &mut Findings, entry: &Entry, read: impl Fn(&Entry) -> Read<T>) -> Option<T> {
    read(entry).map_err(|wrong| findings.wrong(&entry.node.span, wrong)).ok()
}

/// A command as `commands.toml` spells it, bare or in quotes.
fn number(node: &Node) -> Read<u16> {
    match &node.value {
        Value::Whole(value) => command_number::read(&value.to_string()),
        _ => command_number::read(text(node)?),
    }
}

fn named(entry: &Entry) -> Read<End> {
    let name = text(&entry.node)?;
    handler::check(name)?;
    Ok(End::Handler(name.to_owned()))
}

fn status(entry: &Entry) -> Read<End> {
    let found = match &entry.node.value {
        Value::Whole(code) => u16::try_from(*code).ok().and_then(Status::from_code),
        _ => {
            let name = text(&entry.node)?;
            Status::ALL.iter().copied().find(|status| status.name() == name)
        }
    };
    found.map(End::Refused).ok_or_else(|| {
        let names = Status::ALL.iter().map(|status| status.name());
        let near = match &entry.node.value {
            Value::Text(name) => nearest(name, names.clone()),
            _ => None,
        };
        let help = match near {
            Some(better) => format!("did you mean `{better}`?"),
            None => format!("known: {}", names.collect::<Vec<_>>().join(", ")),
        };
        Wrong::new(codes::EXPECTATION, "there is no such status").help(help)
    })
}

fn unknown(key: &str) -> Wrong {
    let help = match nearest(key, KEYS) {
        Some(better) => format!("did you mean `{better}`?"),
        None => format!("known here: {}", KEYS.join(", ")),
    };
    Wrong::new(codes::UNKNOWN_KEY, format!("unknown key `{key}` of an expectation")).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    const COMMANDS: &str = "[commands]\n0x0100 = \"echo.echo\"\n\
        0x0101 = { handler = \"echo.reverse\", addresses = [1, \"16-31\"] }\n\
        0x0102 = { handler = \"echo.echo\", enabled = false }\n0x0103 = \"gone.away\"\n";

    /// What is said of a file of expectations, with the places.
    fn judged(file: &str) -> Vec<(usize, String)> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("commands.toml"), COMMANDS).unwrap();
        std::fs::write(folder.path().join("expect.toml"), file).unwrap();
        let sources = Sources {
            cwd: folder.path().to_owned(),
            sets: vec!["commands=commands.toml".to_owned()],
            ..Sources::default()
        };
        let routes = load(&sources).routes.unwrap();
        let handlers = ["echo.echo", "echo.reverse"].map(str::to_owned);
        let (expected, mut problems) = expectations(&sources, Path::new("expect.toml"));
        problems.extend(unmet(&expected, &routes, &handlers));
        let line = |problem: &Diagnostic| problem.place.as_ref().map_or(0, |place| place.line);
        problems.iter().map(|problem| (line(problem), problem.message.clone())).collect()
    }

    #[test]
    fn what_comes_true_is_not_told() {
        let file = "[[expect]]\ncommand = 0x0100\nhandler = \"echo.echo\"\n\
            [[expect]]\ncommand = \"0x0101\"\naddress = 17\nhandler = \"echo.reverse\"\n\
            [[expect]]\ncommand = 257\naddress = 2\nstatus = \"FORBIDDEN\"\n\
            [[expect]]\ncommand = 0x0102\nstatus = 1004\n\
            [[expect]]\ncommand = 0x0103\nstatus = \"HANDLER_UNAVAILABLE\"\n\
            [[expect]]\ncommand = 0x0200\nstatus = \"UNKNOWN_COMMAND\"\n";
        assert_eq!(judged(file), []);
        assert_eq!(judged(""), []);
    }

    #[test]
    fn what_does_not_come_true_is_told_with_its_place() {
        let file = "[[expect]]\ncommand = 0x0100\nhandler = \"echo.reverse\"\n\
            [[expect]]\naddress = 3\ncommand = 0x0101\nhandler = \"echo.reverse\"\n";
        let told = judged(file);
        assert_eq!(told[0].0, 2);
        assert_eq!(
            told[0].1,
            "command 0x0100 at address 1 would reach `echo.echo`, and is expected to reach \
             `echo.reverse`"
        );
        assert_eq!(told[1].0, 6);
        assert!(told[1].1.contains("would be answered 1003 FORBIDDEN"), "{}", told[1].1);
    }

    #[test]
    fn mistakes_in_the_file_are_all_told() {
        let file = "expct = 1\n[[expect]]\ncomand = 1\nhandler = \"echo.echo\"\n\
            [[expect]]\ncommand = 0x0100\nhandler = \"echo.echo\"\nstatus = 1004\n\
            [[expect]]\ncommand = 0x0100\nstatus = \"FORBIDEN\"\n\
            [[expect]]\ncommand = 2\n[[expect]]\ncommand = 0x0100\naddress = 300\nstatus = 1\n";
        let told: Vec<_> = judged(file).into_iter().map(|(_, message)| message).collect();
        assert_eq!(told.len(), 9, "{told:#?}");
        let at_address = |(line, message): &(usize, String)| *line == 16 && message.contains("300");
        assert!(judged(file).iter().any(at_address), "at the value, not at the table");
        assert!(judged("expect = 1\n")[0].1.starts_with("expected tables"));
        assert!(judged("expect = [1]\n")[0].1.starts_with("expected a table"));
        assert!(judged("[[expect]\n")[0].0 == 1);
    }
}
