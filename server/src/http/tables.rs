//! The page's words and tables: owns what is rendered here, so that it can be read without script.

use std::fmt::{self, Display, Write as _};

use super::{Phase, Snapshot};
use crate::control::answers::{ConnectionState, PluginState, RouteState};

/// Every place of the page with what stands there.
pub(super) fn all(snapshot: &Snapshot) -> [(&'static str, String); 6] {
    [
        ("head", head(snapshot)),
        ("notes", notes(snapshot)),
        ("facts", facts(snapshot)),
        ("plugins", plugins(snapshot)),
        ("routes", routes(snapshot)),
        ("connections", connections(snapshot)),
    ]
}

fn head(snapshot: &Snapshot) -> String {
    let status = &snapshot.status;
    let mood = match snapshot.phase {
        Phase::Running => "good",
        Phase::Opening | Phase::Draining => "wait",
    };
    format!(
        "<h1>hotframe</h1><span class=\"soft\">{}</span>{}<span class=\"soft\">up {}</span>\
         <span class=\"soft m\">{}</span>",
        escaped(&status.version),
        pill(mood, snapshot.phase.name()),
        span(snapshot.at.as_secs()),
        escaped(&status.listen.join("  "))
    )
}

fn notes(snapshot: &Snapshot) -> String {
    let mut html = String::new();
    for error in &snapshot.status.config.errors {
        let file = error.file.as_deref().unwrap_or("the configuration");
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        let (code, message) = (escaped(&error.code), escaped(&error.message));
        put(
            &mut html,
            format_args!(
                "<li><b>{code}</b> <span class=\"m\">{}{line}</span> {message}. Its last good \
                 state serves on.</li>",
                escaped(file)
            ),
        );
    }
    html
}

fn facts(snapshot: &Snapshot) -> String {
    let status = &snapshot.status;
    let config = if status.config.ok { "good" } else { "errors" };
    let facts = [
        ("Connections", grouped(status.connections)),
        ("Sessions", grouped(status.sessions)),
        ("Frames in", grouped(status.frames_in)),
        ("Frames out", grouped(status.frames_out)),
        ("Errors", grouped(status.errors_out)),
        ("In flight", grouped(snapshot.traffic.in_flight)),
        ("Loop lag p99", micros(status.loop_lag_us.p99)),
        ("Configuration", format!("{}, {config}", status.generation)),
    ];
    let mut html = String::new();
    for (name, value) in facts {
        put(&mut html, format_args!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    html
}

fn plugins(snapshot: &Snapshot) -> String {
    let heads = ["Plugin", "Version", "State", "#Generation", "#Calls", "#Errors", "#In flight"];
    let mut table = Table::new(&heads, &["#Reloads", "#In memory", "File, or what is wrong"]);
    for row in &snapshot.plugins {
        let mood = match row.state {
            PluginState::Active | PluginState::Builtin => "good",
            PluginState::Failed | PluginState::Quarantined => "bad",
            _ => "wait",
        };
        let about = row.reason.as_ref().or(row.path.as_ref()).map_or("", String::as_str);
        table.name(&row.name);
        table.text("", &row.version);
        table.state(mood, row.state.name());
        let counts = [row.generation, row.calls, row.errors, row.in_flight, row.reloads];
        counts.into_iter().for_each(|count| table.number(count));
        table.number(row.resident_generations);
        table.text("why", about);
    }
    table.finish("No plugin has been seen.")
}

fn routes(snapshot: &Snapshot) -> String {
    let mut table = Table::new(&["Command", "Handler", "State", "#Calls", "#Errors"], &[]);
    for row in &snapshot.routes {
        let mood = match row.state {
            RouteState::Ok => "good",
            RouteState::Missing => "bad",
            RouteState::Disabled => "wait",
        };
        table.text("m", &row.command);
        table.name(&row.handler);
        table.state(mood, row.state.name());
        table.number(row.calls);
        table.number(row.errors);
    }
    if let Some((calls, errors)) = snapshot.more_routes {
        for words in ["more", "not listed one by one", ""] {
            table.text("soft", words);
        }
        table.number(calls);
        table.number(errors);
    }
    table.finish("No command is routed.")
}

fn connections(snapshot: &Snapshot) -> String {
    let heads = ["Peer", "Listener", "Session", "State", "#Age", "#Idle", "#Frames in"];
    let mut table =
        Table::new(&heads, &["#Frames out", "#In flight", "#Bytes waiting", "#Bytes kept"]);
    for row in &snapshot.connections {
        let mood = match row.state {
            ConnectionState::Active => "good",
            ConnectionState::Unresponsive => "bad",
            ConnectionState::Idle | ConnectionState::Draining => "wait",
        };
        table.text("m", row.peer.as_deref().unwrap_or("–"));
        table.text("m", &row.listener);
        table.name(row.session.as_deref().unwrap_or("–"));
        table.state(mood, row.state.name());
        table.cell("n", &span(row.age_s));
        table.cell("n", &span(row.idle_s));
        let (waiting, kept) = (row.outbound_bytes, row.buffered_bytes);
        let counts = [row.frames_in, row.frames_out, row.in_flight, waiting, kept];
        counts.into_iter().for_each(|count| table.number(count));
    }
    table.finish("Nobody is connected.")
}

/// A table in the making, filled cell by cell.
struct Table {
    html: String,
    columns: usize,
    cells: usize,
}

impl Table {
    /// A head that begins with `#` is over numbers.
    fn new(heads: &[&str], more: &[&str]) -> Self {
        let mut html = "<table><thead><tr>".to_owned();
        for head in heads.iter().chain(more) {
            match head.strip_prefix('#') {
                Some(head) => put(&mut html, format_args!("<th class=\"n\">{head}</th>")),
                None => put(&mut html, format_args!("<th>{head}</th>")),
            }
        }
        html.push_str("</tr></thead><tbody>");
        Self { html, columns: heads.len() + more.len(), cells: 0 }
    }

    fn cell(&mut self, class: &str, html: &str) {
        self.cell_with(format_args!("class=\"{class}\""), html);
    }

    fn cell_with(&mut self, attributes: fmt::Arguments<'_>, html: &str) {
        if self.cells.is_multiple_of(self.columns) {
            self.html.push_str("<tr>");
        }
        put(&mut self.html, format_args!("<td {attributes}>{html}</td>"));
        self.cells += 1;
        if self.cells.is_multiple_of(self.columns) {
            self.html.push_str("</tr>");
        }
    }

    fn text(&mut self, class: &str, text: &str) {
        self.cell(class, &escaped(text));
    }

    /// A name; one that is cut is shown in full to whoever points at it.
    fn name(&mut self, name: &str) {
        let name = escaped(name);
        match name.len() {
            ..=28 => self.cell("m", &name),
            _ => self.cell_with(format_args!("class=\"m\" title=\"{name}\""), &name),
        }
    }

    fn number(&mut self, number: u64) {
        self.cell("n", &grouped(number));
    }

    fn state(&mut self, mood: &str, name: &str) {
        self.cell("", &pill(mood, name));
    }

    fn finish(mut self, nothing: &str) -> String {
        if self.cells == 0 {
            return format!("<p class=\"none\">{nothing}</p>");
        }
        self.html.push_str("</tbody></table>");
        self.html
    }
}

fn pill(mood: &str, name: &str) -> String {
    format!("<span class=\"pill {mood}\">{name}</span>")
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `850 µs`, `28 ms`.
fn micros(us: u64) -> String {
    if us < 10_000 { format!("{} µs", grouped(us)) } else { format!("{} ms", grouped(us / 1000)) }
}

/// Seconds as `45 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

fn put(html: &mut String, part: impl Display) {
    // Writing into a text cannot fail.
    let _ = write!(html, "{part}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::answers::PluginRow;

    #[test]
    fn what_a_file_says_stays_text() {
        let hostile = "<script>alert('&\"')</script><!--routes-->";
        let row = PluginRow { name: hostile.into(), ..PluginRow::default() };
        let html = plugins(&Snapshot { plugins: vec![row], ..Snapshot::default() });
        assert!(!html.contains("<script") && !html.contains("<!--"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)"), "{html}");
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_head() {
        let mut snapshot = Snapshot { more_routes: Some((5, 6)), ..Snapshot::default() };
        snapshot.plugins = vec![PluginRow::default(); 2];
        snapshot.connections = vec![crate::control::answers::ConnectionRow::default()];
        for (place, html) in all(&snapshot) {
            let count = |tag: &str| html.matches(tag).count();
            let rows = count("</tr>").saturating_sub(1);
            assert_eq!(count("<td"), rows * count("<th>") + rows * count("<th "), "{place}");
            assert_eq!(count("<tr>"), count("</tr>"), "{place}");
        }
    }

    #[test]
    fn numbers_and_times_are_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (seconds, text) in [(59, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")] {
            assert_eq!(span(seconds), text);
        }
        assert_eq!((micros(9_999), micros(27_988)), ("9,999 µs".into(), "27 ms".into()));
        assert_eq!(span(4 * 86_400 + 3 * 3600), "4 d 3 h");
    }
}
