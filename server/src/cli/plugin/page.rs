//! What came of a rehearsal, for people.

use std::fmt::Write;

use super::expectation::{came as shown_answer, shown};
use super::frames::Case;
use super::outcome::{Act, Line, Outcome, difference};
use crate::cli::failure::printable;
use crate::cli::ink::Ink;
use crate::diagnostics::codes;

impl Outcome {
    /// For people.
    pub fn as_text(&self, ink: Ink) -> String {
        let mut out = self.heading();
        for line in &self.aside {
            log_line(&mut out, line, ink);
        }
        let width = self.cases.iter().map(|case| case.name.chars().count()).max().unwrap_or(0);
        for (case, act) in self.pairs() {
            self.act(&mut out, case, act, width, ink);
        }
        // Writing to a string cannot fail; the same below.
        if let Some((code, message)) = &self.broken {
            let _ = writeln!(out, "{}: {}", ink.bad(format!("error[{code}]")), printable(message));
            if let Some(code) = codes::find(code) {
                let _ = writeln!(out, "  {} {}", ink.good("help:"), code.mend());
            }
        }
        if let Some(reason) = &self.stays {
            let _ = writeln!(out, "note: it stays in memory: {}", printable(reason));
        }
        out + &self.verdict(ink)
    }

    fn heading(&self) -> String {
        let handlers = counted(self.offers.len(), "handler");
        let Self { plugin, version, .. } = self;
        match &self.file {
            None => format!("{plugin} {version}: {handlers}, and no frames file\n"),
            Some(file) => {
                let frames = counted(self.cases.len(), "frame");
                format!("{plugin} {version}: {handlers}, {frames} of {file}\n")
            }
        }
    }

    fn act(&self, out: &mut String, case: &Case, act: &Act, width: usize, ink: Ink) {
        let difference = difference(case, act);
        let mark = match difference {
            None => ink.good("ok  "),
            Some(_) => ink.bad("FAIL"),
        };
        let took = act.came.as_ref().map_or_else(String::new, |(_, took)| milliseconds(*took));
        let name = printable(&case.name);
        let _ = write!(out, "  {mark}  {name:width$}  {took:>10}");
        let Some(difference) = difference else {
            out.push('\n');
            act.log.iter().for_each(|line| log_line(out, line, ink));
            return;
        };
        let place = self.file.as_deref().unwrap_or_default();
        let _ = writeln!(out, "  {}", ink.faint(format!("{place}:{}", case.line)));
        let step = &case.step;
        let what = if step.is_event { "event" } else { "request" };
        let sent = format!("{what} {} {}", step.handler, shown(&step.data));
        let mut row = |word: &str, text: &str| {
            let _ = writeln!(out, "        {word:<8}  {}", printable(text));
        };
        row("sent", &sent);
        row("expected", &case.expected.shown());
        if let Some((answer, _)) = &act.came {
            row("came", &shown_answer(answer));
        }
        row("because", &difference);
        act.log.iter().for_each(|line| log_line(out, line, ink));
    }

    fn verdict(&self, ink: Ink) -> String {
        let (good, all) = (self.good(), self.cases.len());
        let (ran, bad) = (self.acts.len(), self.acts.len() - good);
        match (self.is_good(), all) {
            (true, 0) => format!("{}\n", ink.good("loaded, started and ended")),
            (true, _) => format!("{}\n", ink.good(format!("{} good", counted(all, "frame")))),
            (false, 0) => format!("{}\n", ink.bad("failed")),
            (false, _) => {
                let bad = ink.bad(format!("{bad} failed"));
                match all - ran {
                    0 => format!("{good} good, {bad}\n"),
                    left => format!("{good} good, {bad}, {left} not reached\n"),
                }
            }
        }
    }
}

fn log_line(out: &mut String, (level, text): &Line, ink: Ink) {
    let line = format!("        log       {level}: {}", printable(text));
    let _ = writeln!(out, "{}", ink.faint(line));
}

fn milliseconds(us: u64) -> String {
    match us {
        0..1000 => format!("{us} µs"),
        _ => format!("{}.{} ms", us / 1000, us % 1000 / 100),
    }
}

/// `1 frame`, `2 frames`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::plugin::expectation::{Expectation, Shape};
    use crate::plugins::{Came, Defect, Note, Step, Word};

    fn case(name: &str, reply: &str) -> Case {
        let step = Step {
            handler: "greet".into(),
            address: 1,
            connection: 1,
            is_event: false,
            data: b"Ada".to_vec(),
            within_ms: 100,
            reload: false,
            pushes: Vec::new(),
        };
        let expected = Expectation::Reply(Shape::Exactly(reply.into()));
        Case { name: name.to_owned(), step, expected, pushes: Vec::new(), line: 4 }
    }

    fn heard(words: Vec<Word>) -> Outcome {
        let note = Note {
            abi_major: 1,
            abi_minor_built: 0,
            abi_minor_required: 0,
            flags: 0,
            name: "greeter".into(),
            version: "1.0".into(),
            sdk: String::new(),
            panics: hotframe_plugin_api::abi::note::Panics::Unwind,
        };
        let cases = vec![case("first", "hello"), case("second", "hello")];
        let mut outcome = Outcome::new(&note, Some("frames.toml".into()), cases);
        words.into_iter().for_each(|word| outcome.handle(word));
        outcome
    }

    #[test]
    fn what_differs_is_shown_with_what_was_sent_expected_and_came() {
        let outcome = heard(vec![
            Word::Offers(Vec::new()),
            Word::Logged("info".into(), "ready\u{1b}[2J".into()),
            Word::Serves,
            Word::Begins(0),
            Word::Came(0, Came::Reply(b"hello".to_vec()), 1234),
            Word::Begins(1),
            Word::Came(1, Came::Reply(b"hallo".to_vec()), 99),
            Word::Leaves,
            Word::Ended,
        ]);
        assert!(!outcome.is_good());
        let text = outcome.as_text(Ink::plain());
        let wanted = "greeter 1.0: 0 handlers, 2 frames of frames.toml\n        \
                      log       info: ready\u{FFFD}[2J\n  ok    first       1.2 ms\n  \
                      FAIL  second       99 µs  frames.toml:4\n        \
                      sent      request greet \"Ada\"\n        expected  reply \"hello\"\n        \
                      came      reply \"hallo\"\n        because   byte 2 is 61, not 65\n\
                      1 good, 1 failed\n";
        assert_eq!(text, wanted);
        let json = outcome.as_json();
        assert_eq!((&json["passed"], &json["failed"]), (&1.into(), &1.into()));
        assert_eq!(json["frames"][1]["data_text"], "hallo");
    }

    #[test]
    fn what_ends_the_process_is_told_with_the_frame_and_the_way_out() {
        let mut outcome = heard(vec![Word::Offers(Vec::new()), Word::Serves, Word::Begins(0)]);
        outcome.handle_break(&Defect::ProbeCrashed.because("it ended by signal 11 (SIGSEGV)"));
        let text = outcome.as_text(Ink::plain());
        assert!(text.contains("FAIL  first"), "{text}");
        assert!(text.contains("error[HF0231]: it ended by signal 11 (SIGSEGV): a frame"), "{text}");
        assert!(text.contains("help: "), "{text}");
        assert!(text.ends_with("0 good, 1 failed, 1 not reached\n"), "{text}");
    }
}
