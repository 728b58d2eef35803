//! Requests as a person sees them: owns the line of `ctl tap` and the table of `ctl slowlog`.

use serde_json::Value;

use super::{
    table::{Cell, Fit, Table},
    units::{clean, micros},
};
use crate::control::answers::SightingRow;
use crate::logging::{Ink, Style};

/// What stands for nothing.
const NONE: &str = "-";

/// One request in one line.
pub(super) fn line(row: &SightingRow, style: Style) -> String {
    let time = row.timestamp.get(11..23).unwrap_or(&row.timestamp);
    let mut line = format!("{} {} ", style.paint(Ink::Dim, clean(time)), clean(&row.command));
    line += &format!("{} {}", clean(row.handler.as_deref().unwrap_or(NONE)), end(row, style));
    line += &format!(" {}", micros(row.duration_us));
    let peer = clean(row.peer.as_deref().unwrap_or(NONE));
    line += &format!("  {peer} connection={}", row.connection);
    if let Some(session) = &row.session {
        line += &format!(" session={}", clean(session));
    }
    if let Some(address) = row.address {
        line += &format!(" address={address}");
    }
    line += &format!(" trace_id={}", clean(&row.trace_id));
    match (&row.data_hex, &row.reply_hex) {
        (Some(data), Some(reply)) => line += &format!("\n  {} > {}", hex(data), hex(reply)),
        _ => {
            let (asked, answered) = (row.data_len, row.reply_len);
            line += &format!("\n  {asked} bytes > {answered} bytes, not shown");
        }
    }
    line.push('\n');
    line
}

fn hex(digits: &str) -> &str {
    if digits.is_empty() { NONE } else { digits }
}

fn end(row: &SightingRow, style: Style) -> String {
    let ink = match row.end.as_str() {
        "failed" | "abandoned" => Ink::Red,
        "deferred" => Ink::Yellow,
        _ => Ink::Green,
    };
    style.paint(ink, format!("{}{}", clean(&row.end), code(row))).to_string()
}

/// The code of an error and its name, behind how the request ended.
fn code(row: &SightingRow) -> String {
    let code = row.code.map_or_else(String::new, |code| format!(" {code}"));
    let status = row.status.as_deref().map_or_else(String::new, |name| format!(" {}", clean(name)));
    code + &status
}

/// The first rows of a list.
pub(super) fn first(mut result: Value, most: usize) -> Value {
    if let Some(rows) = result.as_array_mut() {
        rows.truncate(most);
    }
    result
}

pub(super) fn slowlog(rows: &[SightingRow], width: Option<usize>, style: Style) -> String {
    if rows.is_empty() {
        return "no slow requests in the last minutes\n".into();
    }
    let mut table = Table::new([
        ("TOOK", Fit::Figure),
        ("COMMAND", Fit::Word),
        ("HANDLER", Fit::CutEnd),
        ("END", Fit::Word),
        ("TIME", Fit::Spare),
        ("PEER", Fit::Spare),
        ("CONNECTION", Fit::SpareFigure),
        ("TRACE ID", Fit::Spare),
    ]);
    for row in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
        let late = if row.late { " late" } else { "" };
        let among = if row.among > 1 { format!(", one of {}", row.among) } else { String::new() };
        let code = code(row);
        table.push([
            micros(row.duration_us).into(),
            row.command.clone().into(),
            text(&row.handler).into(),
            Cell::from(format!("{}{code}{late}{among}", row.end)),
            row.timestamp.clone().into(),
            text(&row.peer).into(),
            row.connection.to_string().into(),
            row.trace_id.clone().into(),
        ]);
    }
    table.render(width, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> SightingRow {
        SightingRow {
            timestamp: "2026-03-01T12:00:00.123456Z".into(),
            trace_id: "00".repeat(16),
            connection: 7,
            peer: Some("127.0.0.1:9".into()),
            command: "0x0100".into(),
            address: Some(1),
            among: 1,
            handler: Some("echo.echo".into()),
            end: "failed".into(),
            code: Some(2004),
            status: Some("TIMEOUT".into()),
            duration_us: 12_345,
            data_len: 1,
            ..SightingRow::default()
        }
    }

    #[test]
    fn a_request_has_its_line_and_its_payloads_one_below() {
        let bare = line(&row(), Style::Plain);
        let (first, second) = bare.split_once('\n').unwrap();
        let begins = "12:00:00.123 0x0100 echo.echo failed 2004 TIMEOUT 12.3 ms  127.0.0.1:9";
        assert!(first.starts_with(begins), "{bare}");
        assert!(first.ends_with(&format!("connection=7 address=1 trace_id={}", row().trace_id)));
        assert_eq!(second, "  1 bytes > 0 bytes, not shown\n");
        let shown =
            SightingRow { data_hex: Some("ff".into()), reply_hex: Some(String::new()), ..row() };
        assert!(line(&shown, Style::Plain).ends_with("\n  ff > -\n"));
    }

    #[test]
    fn no_more_rows_are_left_than_were_asked_for() {
        let rows = serde_json::json!([1, 2, 3]);
        assert_eq!(first(rows.clone(), 2), serde_json::json!([1, 2]));
        assert_eq!(first(rows.clone(), 20), rows);
    }

    #[test]
    fn slow_ones_line_up() {
        let text = slowlog(&[row()], Some(60), Style::Plain);
        insta::assert_snapshot!(text, @r"
           TOOK  COMMAND  HANDLER    END
        12.3 ms  0x0100   echo.echo  failed 2004 TIMEOUT
        ");
        let unseen =
            SightingRow { end: "unseen".into(), code: None, status: None, among: 3, ..row() };
        let text = slowlog(&[unseen], Some(60), Style::Plain);
        assert!(text.contains("unseen, one of 3"), "{text}");
    }
}
