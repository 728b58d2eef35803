//! `hotframe explain`: what a diagnostic code means and how to mend it.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use super::Exit;
use super::check::print;
use crate::diagnostics::codes::start::ARGUMENT;
use crate::diagnostics::{Code, codes};

/// Arguments of `hotframe explain`.
#[derive(Debug, Default, Args)]
pub struct ExplainArgs {
    /// The code, such as HF0103; without one, all codes are listed
    code: Option<String>,
    /// Print JSON: one object, or an array of all codes
    #[arg(long)]
    json: bool,
}

/// Runs `hotframe explain`.
#[must_use]
pub fn run(args: &ExplainArgs) -> Exit {
    let Some(wanted) = &args.code else {
        let all = || Value::from_iter(codes::all().map(object));
        print(&if args.json { format!("{:#}\n", all()) } else { list() });
        return Exit::Good;
    };
    match codes::find(wanted) {
        Some(code) => {
            print(&if args.json { format!("{:#}\n", object(code)) } else { explanation(code) });
            Exit::Good
        }
        None => {
            let told = unknown(wanted);
            match args.json {
                true => eprintln!("{}", as_failure(&told)),
                false => eprint!("{told}"),
            }
            Exit::Failed
        }
    }
}

/// What is told of a code that there is not, as every failure is in JSON.
fn as_failure(told: &str) -> Value {
    let (message, help) = told.trim_end().split_once('\n').unwrap_or((told.trim_end(), ""));
    let help: Vec<&str> = help.lines().map(str::trim).collect();
    let help = Some(help.join("; ")).filter(|help| !help.is_empty());
    json!({ "code": ARGUMENT.as_str(), "message": message, "help": help })
}

/// Every code with its title, one a line.
fn list() -> String {
    codes::all().fold(String::new(), |mut out, code| {
        let _ = writeln!(out, "{code}  {}", code.title());
        out
    })
}

fn object(code: Code) -> Value {
    json!({
        "code": code.as_str(), "title": code.title(), "means": code.meaning(),
        "mend": code.mend(), "example": code.example(),
    })
}

fn explanation(code: Code) -> String {
    let mut out = format!("{code}: {}\n\n", code.title());
    out.push_str(&wrapped(code.meaning()));
    out.push_str("\nHow to mend it:\n");
    out.push_str(&wrapped(code.mend()));
    out.push_str("\nExample:\n\n");
    for line in code.example().lines() {
        let _ = writeln!(out, "    {line}");
    }
    out
}

fn unknown(wanted: &str) -> String {
    if let Some(name) = status(wanted) {
        return format!("{name}: docs/protocol.md says what the codes of error frames mean\n");
    }
    let mut out = format!("there is no code `{}`\n", wanted.escape_debug());
    for code in codes::nearest(wanted) {
        let _ = writeln!(out, "    {code}  {}", code.title());
    }
    out.push_str("`hotframe explain` lists all codes\n");
    out
}

/// The code of error frames that somebody took for one of ours.
fn status(wanted: &str) -> Option<String> {
    let code = wanted.parse().ok().filter(|code| (1000..3000).contains(code))?;
    Some(format!("{code} is a status of a frame, {}", hotframe_client::status_name(code)))
}

/// `text` in lines that are comfortable to read; ends with a line end.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += len;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explanation_is_whole_and_fits_a_terminal() {
        for code in codes::all() {
            let text = explanation(code);
            assert!(text.starts_with(code.as_str()) && text.contains("How to mend it"));
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }

    #[test]
    fn a_program_reads_the_same_words() {
        let code = codes::all().next().unwrap();
        let object = object(code);
        assert_eq!(
            (&object["code"], &object["means"]),
            (&json!(code.as_str()), &json!(code.meaning()))
        );
    }

    #[test]
    fn an_unknown_code_names_its_neighbours() {
        assert!(unknown("HF0199").contains("HF0109"));
        let told = as_failure(&unknown("HF0199"));
        assert_eq!(
            (&told["code"], &told["message"]),
            (&json!("HF0011"), &json!("there is no code `HF0199`"))
        );
        assert!(told["help"].as_str().unwrap().contains("HF0109"), "{told}");
        assert!(unknown("\u{1b}[2J").starts_with("there is no code `\\u{1b}[2J`"));
    }

    #[test]
    fn the_list_holds_every_code() {
        assert_eq!(list().lines().count(), codes::all().count());
    }
}
