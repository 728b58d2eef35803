//! The lists of `hotframe ctl`: owns which columns they have.

use super::{
    table::{Cell, Fit, Table},
    units::{age, bytes, clean, count, short_hash},
};
use crate::{
    control::answers::{
        ConnectionRow, ConnectionState, PluginRow, PluginState, RouteRow, RouteState, SessionRow,
        SessionState,
    },
    logging::{Ink, Style},
};

/// What stands for nothing.
const NONE: &str = "-";

pub(super) fn plugins(rows: &[PluginRow], width: Option<usize>, style: Style) -> String {
    if rows.is_empty() {
        return "no plugins\n".into();
    }
    let mut table = Table::new([
        ("NAME", Fit::CutEnd),
        ("VERSION", Fit::Word),
        ("STATE", Fit::Word),
        ("GEN", Fit::SpareFigure),
        ("CALLS", Fit::Figure),
        ("ERRORS", Fit::Figure),
        ("IN FLIGHT", Fit::SpareFigure),
        ("RELOADS", Fit::SpareFigure),
        ("HANDLERS", Fit::CutEnd),
        ("SHA256", Fit::Spare),
        ("FILE", Fit::CutStart),
    ]);
    for row in rows {
        table.push([
            row.name.clone().into(),
            row.version.clone().into(),
            Cell::painted(row.state.name(), plugin_ink(row.state)),
            count(row.generation).into(),
            count(row.calls).into(),
            count(row.errors).into(),
            count(row.in_flight).into(),
            count(row.reloads).into(),
            row.handlers.join(" ").into(),
            row.sha256.as_deref().map_or(NONE.into(), short_hash).into(),
            row.path.clone().unwrap_or_else(|| NONE.into()).into(),
        ]);
    }
    let mut text = table.render(width, style);
    for row in rows {
        if let Some(reason) = &row.reason {
            let name = style.paint(Ink::Yellow, clean(&row.name));
            text += &format!("\n{name}: {}\n", clean(reason));
        }
    }
    text
}

const fn plugin_ink(state: PluginState) -> Ink {
    match state {
        PluginState::Active | PluginState::Builtin => Ink::Green,
        PluginState::Draining | PluginState::Lingering | PluginState::Disabled => Ink::Yellow,
        PluginState::Quarantined | PluginState::Failed => Ink::Red,
    }
}

pub(super) fn routes(rows: &[RouteRow], width: Option<usize>, style: Style) -> String {
    if rows.is_empty() {
        return "no routes\n".into();
    }
    let mut table = Table::new([
        ("COMMAND", Fit::Word),
        ("HANDLER", Fit::CutEnd),
        ("STATE", Fit::Word),
        ("CALLS", Fit::Figure),
        ("ERRORS", Fit::Figure),
    ]);
    for row in rows {
        let ink = match row.state {
            RouteState::Ok => Ink::Green,
            RouteState::Missing => Ink::Red,
            RouteState::Disabled => Ink::Yellow,
        };
        table.push([
            row.command.clone().into(),
            row.handler.clone().into(),
            Cell::painted(row.state.name(), ink),
            count(row.calls).into(),
            count(row.errors).into(),
        ]);
    }
    table.render(width, style)
}

pub(super) fn sessions(rows: &[SessionRow], width: Option<usize>, style: Style) -> String {
    if rows.is_empty() {
        return "no sessions\n".into();
    }
    let mut table = Table::new([
        ("CLIENT", Fit::CutEnd),
        ("STATE", Fit::Word),
        ("CONNECTION", Fit::Figure),
        ("AGE", Fit::Figure),
        ("IDLE", Fit::Figure),
        ("RESUMED", Fit::SpareFigure),
        ("ID", Fit::SpareFigure),
    ]);
    for row in rows {
        let ink = match row.state {
            SessionState::Online => Ink::Green,
            SessionState::Offline => Ink::Dim,
        };
        table.push([
            row.client.clone().into(),
            Cell::painted(row.state.name(), ink),
            row.connection.map_or(NONE.into(), |id| id.to_string()).into(),
            age(row.age_s).into(),
            age(row.idle_s).into(),
            count(row.resumed).into(),
            row.id.to_string().into(),
        ]);
    }
    table.render(width, style)
}

pub(super) fn connections(rows: &[ConnectionRow], width: Option<usize>, style: Style) -> String {
    if rows.is_empty() {
        return "no connections\n".into();
    }
    let mut table = Table::new([
        ("ID", Fit::Figure),
        ("PEER", Fit::CutEnd),
        ("SESSION", Fit::CutEnd),
        ("STATE", Fit::Word),
        ("AGE", Fit::Figure),
        ("IDLE", Fit::Figure),
        ("IN", Fit::Figure),
        ("OUT", Fit::Figure),
        ("IN FLIGHT", Fit::SpareFigure),
        ("OUTBOUND", Fit::SpareFigure),
        ("KEPT", Fit::SpareFigure),
        ("LISTENER", Fit::Spare),
    ]);
    for row in rows {
        let ink = match row.state {
            ConnectionState::Active => Ink::Green,
            ConnectionState::Idle => Ink::Dim,
            ConnectionState::Unresponsive => Ink::Red,
            ConnectionState::Draining => Ink::Yellow,
        };
        table.push([
            // An id is copied into other commands: no separators.
            row.id.to_string().into(),
            row.peer.clone().unwrap_or_else(|| NONE.into()).into(),
            row.session.clone().unwrap_or_else(|| NONE.into()).into(),
            Cell::painted(row.state.name(), ink),
            age(row.age_s).into(),
            age(row.idle_s).into(),
            count(row.frames_in).into(),
            count(row.frames_out).into(),
            count(row.in_flight).into(),
            bytes(row.outbound_bytes).into(),
            bytes(row.buffered_bytes).into(),
            row.listener.clone().into(),
        ]);
    }
    table.render(width, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lists_say_so() {
        assert_eq!(plugins(&[], None, Style::Plain), "no plugins\n");
        assert_eq!(routes(&[], None, Style::Plain), "no routes\n");
        assert_eq!(connections(&[], None, Style::Plain), "no connections\n");
    }

    #[test]
    fn plugins_show_the_reason_below_and_the_hash_where_there_is_room() {
        let echo = PluginRow {
            name: "echo".into(),
            version: "1.0.0".into(),
            path: Some("/srv/hotframe/plugins/libecho.so".into()),
            sha256: Some("0123456789abcdef".repeat(4)),
            generation: 2,
            handlers: vec!["echo".into(), "reverse".into()],
            calls: 12_345,
            reloads: 1,
            resident_generations: 1,
            ..PluginRow::default()
        };
        let bad = PluginRow {
            name: "bad".into(),
            state: PluginState::Failed,
            reason: Some("no entry symbol [HF0207]".into()),
            ..PluginRow::default()
        };
        let rows = [echo, bad];
        assert!(plugins(&rows, None, Style::Plain).contains("  0123456789ab  /srv/hotframe"));
        insta::assert_snapshot!(plugins(&rows, Some(90), Style::Plain), @r"
        NAME  VERSION  STATE   GEN   CALLS  ERRORS  IN FLIGHT  HANDLERS      FILE
        echo  1.0.0    active    2  12,345       0          0  echo reverse  …e/plugins/libecho.so
        bad            failed    0       0       0          0                -

        bad: no entry symbol [HF0207]
        ");
    }

    #[test]
    fn routes_line_up() {
        let row = |command: &str, handler: &str, state| RouteRow {
            command: command.into(),
            handler: handler.into(),
            state,
            calls: 7,
            errors: 0,
        };
        let rows = [
            row("0x0100", "echo.echo", RouteState::Ok),
            row("default", "checksum.crc32", RouteState::Missing),
        ];
        insta::assert_snapshot!(routes(&rows, None, Style::Plain), @r"
        COMMAND  HANDLER         STATE    CALLS  ERRORS
        0x0100   echo.echo       ok           7       0
        default  checksum.crc32  missing      7       0
        ");
    }

    #[test]
    fn connections_fit_a_usual_terminal() {
        let rows = [ConnectionRow {
            id: 4_294_967_299,
            peer: Some("127.0.0.1:51234".into()),
            listener: "tcp://127.0.0.1:7400".into(),
            age_s: 192,
            frames_in: 1_000,
            frames_out: 998,
            in_flight: 2,
            outbound_bytes: 2_048,
            ..ConnectionRow::default()
        }];
        insta::assert_snapshot!(connections(&rows, Some(80), Style::Plain), @r"
                ID  PEER             SESSION  STATE     AGE  IDLE     IN  OUT  IN FLIGHT
        4294967299  127.0.0.1:51234  -        active  3m12s    0s  1,000  998          2
        ");
    }
}
