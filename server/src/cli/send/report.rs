//! What is printed: for people request and answers, for programs one object an answer.

use std::io::Write;
use std::time::Duration;

use hotframe_client::{Answer, status_name};
use serde_json::{Value, json};

use super::command::{Message, Target};
use super::tally::{Tally, spell};
use crate::cli::bytes::{as_text, packed, readable, spaced};
use crate::cli::failure::{Failure, Sort, printable};
use crate::cli::ink::Ink;

/// The bytes on one line.
const ROW: usize = 16;

/// Prints to one output. A reader that has gone is no reason to stop sending: what cannot be
/// printed is not.
pub struct Report<'a, W> {
    out: &'a mut W,
    ink: Ink,
    json: bool,
    repeats: bool,
    answers: u64,
}

impl<'a, W: Write> Report<'a, W> {
    /// For one answer, or for a loop that `repeats`.
    pub fn new(out: &'a mut W, ink: Ink, json: bool, repeats: bool) -> Self {
        Self { out, ink, json, repeats, answers: 0 }
    }

    /// Says what is sent.
    pub fn begin(&mut self, message: &Message) {
        let Message { target, data, event } = message;
        if self.json {
            return;
        }
        let kind = if *event { "event" } else { "request" };
        let to = format!("{target}, address {}, {}", target.address, count(data.len()));
        self.print(&format!("{}  {to}", self.ink.good(format_args!("{kind:<7}"))));
        self.print_rows(data);
    }

    /// Says that an event has left; for people once is enough.
    pub fn event(&mut self, target: &Target) {
        if self.json {
            self.print(&object(target, "ok").to_string());
        }
    }

    /// Says what was answered.
    pub fn answer(&mut self, target: &Target, answer: &Answer, took: Duration) {
        self.answers += 1;
        if self.json {
            self.print(&answer_object(target, answer, took).to_string());
            return;
        }
        let number = if self.repeats { format!(" {}", self.answers) } else { String::new() };
        match answer {
            Answer::Reply(data) => {
                let heading = self.ink.good(format_args!("reply{number:<2}"));
                let took = spell(took);
                self.print(&format!("{heading}  {} in {took}", count(data.len())));
                self.print_rows(data);
            }
            Answer::Error { code, message } => {
                let heading = self.ink.bad(format_args!("error{number:<2}"));
                let (name, took) = (status_name(*code), spell(took));
                self.print(&format!("{heading}  {code} {name} in {took}"));
                self.print(&format!("         {}", printable(message)));
            }
        }
    }

    /// Says that no answer came.
    pub fn lost(&mut self, waited: Duration) {
        let message = format!("no answer within {}", spell(waited));
        let help = "the server's log says what became of it; --timeout gives it longer";
        Failure::new(Sort::Timeout, message, help).report(self.json);
    }

    /// Sums up a loop.
    pub fn end(&mut self, tally: &Tally) {
        if self.repeats && !self.json {
            self.print(&tally.to_string());
        }
    }

    fn print_rows(&mut self, data: &[u8]) {
        rows(data, self.ink).iter().for_each(|row| self.print(row));
    }

    fn print(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
    }
}

/// Data in lines: the bytes, and the text that they are.
pub fn rows(data: &[u8], ink: Ink) -> Vec<String> {
    let width = (data.len().min(ROW) * 3).saturating_sub(1);
    let row = |row: &[u8]| {
        let hex = ink.faint(format_args!("{:<width$}", spaced(row)));
        format!("         {hex}   {}", readable(row))
    };
    data.chunks(ROW).map(row).collect()
}

/// `1 byte`, `2 bytes`.
pub fn count(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

fn object(target: &Target, status: &str) -> Value {
    json!({
        "command": target.to_string(),
        "address": target.address,
        "status": status,
        "code": null,
        "message": null,
        "data_hex": null,
        "data_text": null,
        "rtt_us": null,
    })
}

fn answer_object(target: &Target, answer: &Answer, took: Duration) -> Value {
    let mut object = match answer {
        Answer::Reply(data) => {
            let mut object = object(target, "ok");
            object["data_hex"] = json!(packed(data));
            object["data_text"] = json!(as_text(data));
            object
        }
        Answer::Error { code, message } => {
            let mut object = object(target, "error");
            object["code"] = json!(code);
            object["message"] = json!(message);
            object
        }
    };
    object["rtt_us"] = json!(took.as_micros());
    object
}
