//! What a person sees of a result: owns the status page and the choice of a page for a verb.

use serde_json::{Value, from_value};

use super::{
    changes, requests, rows,
    units::{age, clean, count, micros},
};
use crate::{
    control::{
        Verb,
        answers::{
            Drained, Kicked, LogLevels, PluginState, Problem, Reloaded, ServerState, Status,
            Switched,
        },
    },
    logging::{Ink, Style},
};

/// The page for `verb`'s result.
///
/// # Errors
/// When the result does not have the shape that this version knows.
pub(super) fn page(
    verb: &Verb,
    result: Value,
    width: Option<usize>,
    style: Style,
) -> Result<String, serde_json::Error> {
    Ok(match verb {
        Verb::Status => status(&from_value(result)?, style),
        Verb::Plugins => rows::plugins(&from_value::<Vec<_>>(result)?, width, style),
        Verb::Routes => rows::routes(&from_value::<Vec<_>>(result)?, width, style),
        Verb::Connections => rows::connections(&from_value::<Vec<_>>(result)?, width, style),
        Verb::Sessions => rows::sessions(&from_value::<Vec<_>>(result)?, width, style),
        // Asked by `hotframe top`, which draws it itself.
        Verb::Overview | Verb::Tap { .. } => format!("{result}\n"),
        Verb::SlowLog => requests::slowlog(&from_value::<Vec<_>>(result)?, width, style),
        Verb::Log { .. } => levels(&from_value(result)?),
        Verb::Kick { .. } => kicked(&from_value(result)?),
        Verb::Reload { .. } => reloaded(&from_value(result)?, style),
        Verb::Plan => changes::plan(&from_value(result)?, style),
        Verb::Rollback { plugin: None } => changes::rolled_back(&from_value(result)?, style),
        Verb::Rollback { .. } | Verb::Disable { .. } | Verb::Enable { .. } => {
            switched(&from_value(result)?)
        }
        Verb::Drain { .. } => drained(&from_value(result)?),
        Verb::HandOver | Verb::StepDown => format!("{result}\n"),
        Verb::Shutdown => "the server drains, and ends when everything owed is sent\n".into(),
    })
}

/// `file:line:column: ` as far as it is known, else nothing.
pub(super) fn place(problem: &Problem) -> String {
    let Some(file) = &problem.file else {
        return String::new();
    };
    let numbers = [problem.line, problem.column].into_iter().map_while(|number| number);
    let numbers: String = numbers.map(|number| format!(":{number}")).collect();
    format!("{}{numbers}: ", clean(file))
}

fn status(status: &Status, style: Style) -> String {
    let state = match status.state {
        ServerState::Running => style.paint(Ink::Green, "running"),
        ServerState::Draining => style.paint(Ink::Yellow, "draining"),
    };
    let name = style.paint(Ink::Bold, format!("hotframe {}", clean(&status.version)));
    let (pid, up) = (status.pid, age(status.uptime_s));
    let mut page = format!("{name}  {state}  pid {pid}  up {up}\n\n");
    let mut line = |label: &str, text: &str| {
        let label = style.paint(Ink::Dim, format!("{label:<11}"));
        page += &format!("  {label}  {text}\n");
    };
    for (index, url) in status.listen.iter().enumerate() {
        line(if index == 0 { "listen" } else { "" }, &clean(url));
    }
    line("control", &clean(status.control.as_deref().unwrap_or("none")));
    line("http", &clean(status.http.as_deref().unwrap_or("off")));
    let config = &status.config;
    let differs = if config.differs { ", rolled back: the files differ" } else { "" };
    let health = health(status, style);
    line("config", &format!("generation {}, {health}{differs}", status.generation));
    for problem in &config.errors {
        let code = style.paint(Ink::Red, clean(&problem.code));
        line("", &format!("{code} {}{}", place(problem), clean(&problem.message)));
    }
    let lost =
        format!("{}, {} without a handler", count(status.routes), count(status.routes_missing));
    match status.routes_missing {
        0 => line("routes", &count(status.routes)),
        _ => line("routes", &style.paint(Ink::Yellow, lost).to_string()),
    }
    line("connections", &count(status.connections));
    line("sessions", &count(status.sessions));
    let (inward, out) = (count(status.frames_in), count(status.frames_out));
    line("frames", &format!("{inward} in, {out} out, {} errors", count(status.errors_out)));
    let lag = &status.loop_lag_us;
    let [p50, p99, max] = [lag.p50, lag.p99, lag.max].map(micros);
    line("loop lag", &format!("p50 {p50}, p99 {p99}, max {max}"));
    page
}

fn health(status: &Status, style: Style) -> String {
    match status.config.errors.len() {
        0 if status.config.ok => style.paint(Ink::Green, "good").to_string(),
        1 => style.paint(Ink::Red, "1 problem: the last good state serves on").to_string(),
        n => style
            .paint(Ink::Red, format!("{n} problems: the last good state serves on"))
            .to_string(),
    }
}

fn drained(drained: &Drained) -> String {
    let Drained { connections, left, closed, cut_off, frames_in, duration_us } = drained;
    format!(
        "drained in {}: of {} connections {left} left by themselves, {closed} were closed with all \
         they were owed, {cut_off} were cut off; {} frames came meanwhile\n",
        micros(*duration_us),
        count(*connections),
        count(*frames_in)
    )
}

fn levels(levels: &LogLevels) -> String {
    let (level, configured) = (clean(&levels.level), clean(&levels.configured));
    let mut page = format!("level {level} (configured: {configured})\n");
    for (target, level) in &levels.targets {
        page += &format!("  {} {}\n", clean(target), clean(level));
    }
    page
}

fn kicked(kicked: &Kicked) -> String {
    let connection = kicked.connection.map(|id| format!("connection {id} closes\n"));
    let client = kicked.client.as_ref();
    let client = client.map(|client| format!("the session of {} is forgotten\n", clean(client)));
    connection.into_iter().chain(client).collect()
}

fn switched(switched: &Switched) -> String {
    let (name, version) = (clean(&switched.name), clean(&switched.version));
    let reason = clean(switched.reason.as_deref().unwrap_or_default()).to_string();
    let mut page = match switched.state {
        PluginState::Active => {
            format!("{name} {version} serves, as generation {}\n", switched.generation)
        }
        state => format!("{name} is {}\n", state.name()),
    };
    if !reason.is_empty() {
        page += &format!("  {reason}\n");
    }
    page
}

fn reloaded(reloaded: &Reloaded, style: Style) -> String {
    let live = style.paint(Ink::Green, "live");
    let (generation, took) = (reloaded.generation, micros(reloaded.duration_us));
    let mut page = format!("generation {generation} is {live} after {took}\n");
    for plugin in &reloaded.plugins {
        let (name, version) = (clean(&plugin.name), clean(&plugin.version));
        let what = if plugin.changed { "loaded" } else { "unchanged" };
        page += &format!("  {name} {version}  generation {}, {what}\n", plugin.generation);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::answers::{ConfigState, LagMicros, ReloadedPlugin};

    fn good() -> Status {
        Status {
            version: "0.1.0".into(),
            pid: 4242,
            uptime_s: 192,
            generation: 7,
            config: ConfigState { ok: true, ..ConfigState::default() },
            routes: 31,
            connections: 3,
            frames_in: 1_234_567,
            frames_out: 1_234_560,
            errors_out: 7,
            loop_lag_us: LagMicros { p50: 12, p99: 80, max: 1_250 },
            listen: vec!["tcp://127.0.0.1:7400".into(), "unix:///srv/run/frames.sock".into()],
            control: Some("/srv/run/hotframe.sock".into()),
            ..Status::default()
        }
    }

    #[test]
    fn a_good_server() {
        insta::assert_snapshot!(status(&good(), Style::Plain), @r"
        hotframe 0.1.0  running  pid 4242  up 3m12s

          listen       tcp://127.0.0.1:7400
                       unix:///srv/run/frames.sock
          control      /srv/run/hotframe.sock
          http         off
          config       generation 7, good
          routes       31
          connections  3
          sessions     0
          frames       1,234,567 in, 1,234,560 out, 7 errors
          loop lag     p50 12 µs, p99 80 µs, max 1.2 ms
        ");
    }

    #[test]
    fn a_server_without_a_plugin_that_routes_name() {
        let page = status(&Status { routes_missing: 2, ..good() }, Style::Plain);
        assert!(page.contains("  routes       31, 2 without a handler\n"), "{page}");
    }

    #[test]
    fn a_server_with_a_bad_file() {
        let problem = Problem {
            code: "HF0103".into(),
            message: "unknown key `lissten`".into(),
            file: Some("config/hotframe.toml".into()),
            line: Some(3),
            column: Some(1),
        };
        let config = ConfigState { errors: vec![problem], ..ConfigState::default() };
        let page = status(&Status { config, ..good() }, Style::Plain);
        assert!(
            page.contains("generation 7, 1 problem: the last good state serves on\n"),
            "{page}"
        );
        assert!(
            page.contains("HF0103 config/hotframe.toml:3:1: unknown key `lissten`\n"),
            "{page}"
        );
    }

    #[test]
    fn a_reload_says_what_is_live() {
        let plugin = |name: &str, changed| ReloadedPlugin {
            name: name.into(),
            version: "1.0.0".into(),
            generation: 3,
            changed,
        };
        let plugins = vec![plugin("echo", true), plugin("tally", false)];
        let text =
            reloaded(&Reloaded { generation: 8, duration_us: 12_345, plugins }, Style::Plain);
        insta::assert_snapshot!(text, @r"
        generation 8 is live after 12.3 ms
          echo 1.0.0  generation 3, loaded
          tally 1.0.0  generation 3, unchanged
        ");
    }

    #[test]
    fn places_are_as_long_as_they_are_known() {
        let mut problem = Problem { file: Some("a.toml".into()), ..Problem::default() };
        assert_eq!(place(&problem), "a.toml: ");
        problem.line = Some(4);
        assert_eq!(place(&problem), "a.toml:4: ");
        problem.file = None;
        assert_eq!(place(&problem), "");
    }
}
