//! The start screen as text.

use std::{fmt::Write as _, time::Duration};

use super::{PluginFact, Reach, RouteFact, StartFacts};
use crate::logging::{Ink, Style};

/// More routes than this are folded into a count.
const SHOWN_ROUTES: usize = 8;
/// Where `hotframe send` goes when it is told nothing.
const DEFAULT_ADDRESS: &str = "127.0.0.1:7400";

/// The start screen.
#[must_use]
pub fn render(facts: &StartFacts, style: Style) -> String {
    let mut screen = Screen { text: String::new(), style };
    let name = style.paint(Ink::Bold, format!("hotframe {}", facts.version));
    let took = time(facts.took);
    screen.text = format!("\n{name} is {} after {took}\n\n", style.paint(Ink::Green, "ready"));
    screen.listeners(facts);
    screen.plugins(&facts.plugins);
    screen.routes(&facts.routes);
    screen.files(facts);
    screen.next_step(facts);
    screen.text
}

struct Screen {
    text: String,
    style: Style,
}

impl Screen {
    /// One line of a section; only the section's first line has a label.
    fn line(&mut self, label: &str, text: &str) {
        let label = self.style.paint(Ink::Dim, format!("{label:<8}"));
        self.put(&format!("  {label}  {text}\n"));
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn section(&mut self, label: &str, lines: impl IntoIterator<Item = String>) {
        for (index, line) in lines.into_iter().enumerate() {
            self.line(if index == 0 { label } else { "" }, &line);
        }
    }

    fn listeners(&mut self, facts: &StartFacts) {
        let style = self.style;
        let width = widest(facts.listen.iter().map(String::as_str));
        self.section(
            "listen",
            facts.reaches().map(|(url, reach)| {
                let ink = if reach == Reach::Everyone { Ink::Yellow } else { Ink::Dim };
                let url = style.paint(Ink::Cyan, format!("{url:<width$}"));
                format!("{url}  {}", style.paint(ink, reach))
            }),
        );
        if let Some(http) = &facts.http {
            let reach = style.paint(Ink::Dim, Reach::of(http));
            self.line("http", &format!("{}  {reach}", style.paint(Ink::Cyan, http)));
        }
        if let Some(control) = &facts.control {
            self.line("control", &control.display().to_string());
        }
    }

    fn plugins(&mut self, plugins: &[PluginFact]) {
        let style = self.style;
        let names: Vec<String> =
            plugins.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version)).collect();
        let width = widest(names.iter().map(String::as_str));
        self.section(
            "plugins",
            plugins.iter().zip(&names).map(|(plugin, name)| {
                let origin = plugin.file.as_ref().map_or_else(
                    || "part of the server".to_owned(),
                    |file| format!("{}, loaded in {}", file.display(), time(plugin.load_time)),
                );
                format!("{name:<width$}  {}", style.paint(Ink::Dim, origin))
            }),
        );
    }

    fn routes(&mut self, routes: &[RouteFact]) {
        let style = self.style;
        if routes.is_empty() {
            self.line("routes", "none: no command is answered yet");
        }
        // What cannot answer wants to be seen: it comes first when not all are shown.
        let mut shown: Vec<&RouteFact> = routes.iter().collect();
        if shown.len() > SHOWN_ROUTES {
            shown.sort_by_key(|route| route.ok);
            shown.truncate(SHOWN_ROUTES - 1);
        }
        let width = widest(shown.iter().map(|route| route.command.as_str()));
        self.section(
            "routes",
            shown.iter().map(|route| {
                let arrow = style.paint(Ink::Dim, "→");
                let lack = if route.ok { "" } else { "  cannot answer yet" };
                let lack = style.paint(Ink::Yellow, lack);
                format!("{:<width$} {arrow} {}{lack}", route.command, route.handler)
            }),
        );
        let folded = routes.len() - shown.len();
        if folded > 0 {
            self.line("", &format!("and {folded} more: `hotframe ctl routes` lists them"));
        }
    }

    fn files(&mut self, facts: &StartFacts) {
        match &facts.config {
            Some(file) => self.line("config", &file.display().to_string()),
            None => self.line("config", "the built-in default: there is no config/hotframe.toml"),
        }
        self.section("watched", facts.watched.iter().map(|path| path.display().to_string()));
        if let Some(crash) = &facts.crash {
            self.line("crashed", &self.style.paint(Ink::Red, crash).to_string());
        }
        if facts.problems > 0 {
            let problems = if facts.problems == 1 { "problem" } else { "problems" };
            let text = format!("{} {problems}: `hotframe ctl status` tells", facts.problems);
            let text = self.style.paint(Ink::Yellow, text).to_string();
            self.line("look at", &text);
        }
    }

    fn next_step(&mut self, facts: &StartFacts) {
        let style = self.style;
        let step = match next_command(facts) {
            Some(command) => format!(
                "In another terminal: {}   Ctrl-C ends the server.",
                style.paint(Ink::Bold, command)
            ),
            None => "Ctrl-C ends the server.".into(),
        };
        self.put(&format!("\n  {step}\n\n"));
    }
}

/// The command line that gets a first reply; `None` when no route can answer.
fn next_command(facts: &StartFacts) -> Option<String> {
    let mut able = facts.routes.iter().filter(|route| route.ok).map(|route| &*route.command);
    let first = able.next()?;
    let wanted = first == "default" || first == "0x0100" || able.any(|command| command == "0x0100");
    let mut line = format!("hotframe send {} hello", if wanted { "0x0100" } else { first });
    if let Some(address) = facts.listen.first().map(|url| reachable(url))
        && address != DEFAULT_ADDRESS
    {
        let _never_fails = write!(line, " --to {address}");
    }
    Some(line)
}

/// How a client here names the listener: an address that stands for all of them is no target.
fn reachable(url: &str) -> String {
    let address = url.strip_prefix("tcp://").unwrap_or(url);
    match address.rsplit_once(':') {
        Some(("0.0.0.0", port)) => format!("127.0.0.1:{port}"),
        Some(("[::]", port)) => format!("[::1]:{port}"),
        _ => address.to_owned(),
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// `0.8 ms`, `12 ms`, `1.2 s`.
fn time(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests;
