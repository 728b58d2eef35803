//! A frames file: what is sent to a plugin, and what must come back. Read whole, with every
//! mistake at its place.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::expectation::{Expectation, Parts, Wanted};
use super::pushes::{ExpectedPush, PushEntry};
use crate::cli::send::{payload, span};
use crate::diagnostics::codes::authors;
use crate::diagnostics::{Diagnostic, Place};
use crate::plugins::Step;

/// How long an answer may take where the file does not say.
const WITHIN: Duration = Duration::from_secs(5);

/// What a frames file says.
#[derive(Debug, Default, PartialEq)]
pub struct Frames {
    /// What the plugin is configured with, the text of a JSON object.
    pub config: String,
    /// Its frames, in order.
    pub cases: Vec<Case>,
}

/// One frame and what must come of it.
#[derive(Debug, PartialEq)]
pub struct Case {
    /// What it is called; its handler if the file does not name it.
    pub name: String,
    /// What is sent.
    pub step: Step,
    /// What must come.
    pub expected: Expectation,
    /// What the plugin must push meanwhile.
    pub pushes: Vec<ExpectedPush>,
    /// Where it stands: `frames.toml:7`.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    config: Option<toml::Table>,
    #[serde(default, rename = "frame")]
    frames: Vec<Spanned<Entry>>,
}

/// A `[[frame]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Option<String>,
    handler: Spanned<String>,
    #[serde(default)]
    data: Option<Spanned<String>>,
    #[serde(default)]
    address: Option<u8>,
    #[serde(default)]
    connection: Option<u8>,
    #[serde(default)]
    event: bool,
    within: Option<Spanned<String>>,
    reply: Option<Spanned<Parts>>,
    error: Option<Spanned<Wanted>>,
    #[serde(default)]
    reload: bool,
    #[serde(default)]
    push: Vec<Spanned<PushEntry>>,
}

/// Reads the file at `path`, for the plugin of that name.
///
/// # Errors
/// Every mistake in it.
pub fn read(path: &Path, plugin: &str) -> Result<Frames, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read {shown}: {error}");
        vec![Diagnostic::error(authors::FRAMES_UNREADABLE, message)]
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    parse(&text, &shown, folder, plugin)
}

/// Reads the text of a file that a person knows as `shown`; paths in it are relative to `folder`.
fn parse(text: &str, shown: &str, folder: &Path, plugin: &str) -> Result<Frames, Vec<Diagnostic>> {
    let at = |span: Range<usize>| Place::in_text(shown, text, span);
    let file: File = toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('\n', "; ");
        let problem = Diagnostic::error(authors::FRAMES_SYNTAX, message);
        let placed = problem.clone().at(at(error.span().unwrap_or_default()));
        vec![error.span().map_or(problem, |_| placed).help(authors::FRAMES_SYNTAX.mend())]
    })?;
    let mut problems = Vec::new();
    let mut cases = Vec::new();
    for entry in file.frames {
        let line = at(entry.span()).line;
        match entry.into_inner().case(line, folder, plugin) {
            Ok(case) => cases.push(case),
            Err((span, message)) => {
                problems.push(Diagnostic::error(authors::FRAMES_WRONG, message).at(at(span)))
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let config = file.config.map_or_else(|| "{}".to_owned(), |table| as_json(table).to_string());
    Ok(Frames { config, cases })
}

/// Where something is wrong, and what.
type Mistake = (Range<usize>, String);

impl Entry {
    fn case(self, line: usize, folder: &Path, plugin: &str) -> Result<Case, Mistake> {
        let span = self.handler.span();
        let full = self.handler.into_inner();
        let handler = match full.split_once('.') {
            None => full.as_str(),
            Some((owner, handler)) if owner == plugin => handler,
            Some(_) => return Err((span, format!("`{full}` is no handler of plugin {plugin}"))),
        };
        let within = match self.within {
            None => WITHIN,
            Some(text) => span::parse(text.get_ref()).map_err(|why| (text.span(), why))?,
        };
        let data = self.data.map_or(Ok(Vec::new()), |text| {
            bytes(text.get_ref(), folder).map_err(|why| (text.span(), why))
        })?;
        let expected = expected(self.event, self.reply, self.error, folder, span)?;
        let mut pushes = Vec::new();
        for entry in self.push {
            let span = entry.span();
            let read = |text: &str| bytes(text, folder);
            let connection = self.connection.unwrap_or(1);
            let push = entry.into_inner().read(connection, &read);
            pushes.push(push.map_err(|why| (span, why))?);
        }
        let step = Step {
            handler: handler.to_owned(),
            address: self.address.unwrap_or(1),
            connection: self.connection.unwrap_or(1),
            is_event: self.event,
            data,
            within_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
            reload: self.reload,
            pushes: pushes.iter().map(|push| push.awaited.clone()).collect(),
        };
        let name = self.name.unwrap_or_else(|| handler.to_owned());
        Ok(Case { name, step, expected, pushes, line })
    }
}

fn expected(
    is_event: bool,
    reply: Option<Spanned<Parts>>,
    error: Option<Spanned<Wanted>>,
    folder: &Path,
    handler: Range<usize>,
) -> Result<Expectation, Mistake> {
    let read = |text: &str| bytes(text, folder);
    match (is_event, reply, error) {
        (true, None, None) => Ok(Expectation::Nothing),
        (true, ..) => Err((handler, "an event is never answered: leave its answer out".into())),
        (false, Some(reply), None) => {
            let span = reply.span();
            reply.into_inner().read(&read).map(Expectation::Reply).map_err(|why| (span, why))
        }
        (false, None, Some(error)) => {
            let span = error.span();
            error.into_inner().read().map_err(|why| (span, why))
        }
        (false, None, None) => Ok(Expectation::AnyReply),
        (false, Some(_), Some(error)) => {
            Err((error.span(), "a request gets a reply or an error, never both".into()))
        }
    }
}

/// The bytes that a text stands for, written as for `hotframe send`.
fn bytes(text: &str, folder: &Path) -> Result<Vec<u8>, String> {
    let near =
        text.strip_prefix("file:").map(|path| format!("file:{}", folder.join(path).display()));
    payload::read(near.as_deref().unwrap_or(text), &mut io::empty())
        .map_err(|failure| failure.message().to_owned())
}

/// A table as the server would hand it to a plugin: dates are texts.
fn as_json(table: toml::Table) -> Value {
    Value::Object(table.into_iter().map(|(key, item)| (key, json_of(item))).collect())
}

fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(boolean) => Value::from(boolean),
        toml::Value::Datetime(date) => Value::from(date.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => as_json(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(text: &str) -> Frames {
        parse(text, "frames.toml", Path::new("."), "greeter").unwrap()
    }

    fn told(text: &str) -> Vec<String> {
        let problems = parse(text, "f", Path::new("."), "greeter").unwrap_err();
        let told = |problem: &Diagnostic| {
            let place = problem.place.as_ref().map_or(String::new(), |place| place.locus());
            format!("{} {place} {}", problem.code, problem.message)
        };
        problems.iter().map(told).collect()
    }

    #[test]
    fn a_frame_is_read_with_all_that_it_may_say() {
        let frames = good(
            "[config]\ngreeting = \"hi\"\nmost = 3\n\n[[frame]]\nname = \"late\"\n\
             handler = \"greeter.greet\"\ndata = \"u16be:7\"\naddress = 9\nconnection = 2\n\
             within = \"250ms\"\nreply = \"hex:0007\"\n\n[[frame]]\nhandler = \"note\"\n\
             event = true\n\n[[frame]]\nhandler = \"greet\"\n",
        );
        assert_eq!(frames.config, r#"{"greeting":"hi","most":3}"#);
        let [late, note, any] = &frames.cases[..] else { panic!("{frames:?}") };
        assert_eq!((late.name.as_str(), late.line), ("late", 5));
        assert_eq!((late.step.handler.as_str(), late.step.within_ms), ("greet", 250));
        assert_eq!((late.step.address, late.step.connection), (9, 2));
        assert_eq!(late.step.data, [0, 7]);
        assert!(note.step.is_event && note.expected == Expectation::Nothing);
        assert_eq!((any.name.as_str(), &any.expected), ("greet", &Expectation::AnyReply));
        assert_eq!(any.step.within_ms, 5000);
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let frame = |lines: &str| format!("[[frame]]\nhandler = \"greet\"\n{lines}\n");
        let text = frame("data = \"hex:0g\"") + &frame("within = \"soon\"") + &frame("error = 7");
        let told = told(&text);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("HF0606 f:3:8 `g`"), "{told:?}");
        assert!(told[1].starts_with("HF0606 f:6:10 "), "{told:?}");
        assert!(told[2].starts_with("HF0606 f:9:9 "), "{told:?}");
    }

    #[test]
    fn what_is_no_frames_file_is_told_once() {
        for text in ["[[frame]\n", "[[frame]]\nhandler = 1\n", "[[frame]]\n", "nonsense = 1\n"] {
            let told = told(text);
            assert!(told.len() == 1 && told[0].starts_with("HF0605 f:"), "{text}: {told:?}");
        }
        let other = told("[[frame]]\nhandler = \"echo.greet\"\n");
        assert!(other[0].contains("no handler of plugin greeter"), "{other:?}");
        let both = told("[[frame]]\nhandler = \"a\"\nreply = \"\"\nerror = 1001\n");
        assert!(both[0].contains("never both"), "{both:?}");
    }
}
