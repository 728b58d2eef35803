//! The table: one block a scenario, one line a server, in Markdown.

use std::fmt::Write;

use super::contestant::{BAR, Contestant};
use super::figures::{kilo, micros};
use super::record::Results;
use super::scenario::{Load, Scenario};

/// All blocks.
pub fn draw(results: &Results, scenarios: &[Scenario], contestants: &[Contestant]) -> String {
    let mut text = String::new();
    for scenario in scenarios {
        let rows = contestants.iter().map(|contestant| match scenario.load {
            Load::Idle => idle_row(results, scenario.name, contestant.name),
            Load::Full | Load::Rate(_) => row(results, scenario.name, contestant.name),
        });
        let head: &[&str] = match scenario.load {
            Load::Idle => &["server", "bytes a connection"],
            Load::Full | Load::Rate(_) => HEAD,
        };
        // Writing to a string cannot fail.
        let _never = write!(text, "{}\n\n{}\n", scenario.title(), block(head, rows.collect()));
    }
    text
}

const HEAD: &[&str] = &[
    "server",
    "k frames/s",
    "CPU ns/frame",
    "of C",
    "p50 µs",
    "p99 µs",
    "p99.9 µs",
    "p99 of C",
    "client",
];

fn row(results: &Results, scenario: &'static str, contestant: &'static str) -> Vec<String> {
    let key = (scenario, contestant);
    let ratio = |ratio: f64| {
        if contestant == BAR { "1".to_owned() } else { format!("{ratio:.2}") }
    };
    vec![
        contestant.to_owned(),
        kilo(results.median(key, |sample| sample.frames_per_s)),
        format!("{:.1}", results.median(key, |sample| sample.cpu_ns)),
        ratio(results.ratio(key, |sample| sample.cpu_ns)),
        micros(results.median(key, |sample| sample.p50)),
        micros(results.median(key, |sample| sample.p99)),
        micros(results.median(key, |sample| sample.p999)),
        ratio(results.ratio(key, |sample| sample.p99)),
        format!("{:.0} %", results.median(key, |sample| sample.client_cpu) * 100.0),
    ]
}

fn idle_row(results: &Results, scenario: &'static str, contestant: &'static str) -> Vec<String> {
    let bytes = results.median((scenario, contestant), |sample| sample.bytes_per_connection);
    vec![contestant.to_owned(), format!("{bytes:.0}")]
}

/// A table of which every column is as wide as its widest cell.
pub fn block(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().chain([&head]).map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("| {cell:<width$} ") } else { format!("| {cell:>width$} ") }
        });
        cells.collect::<String>() + "|\n"
    };
    let rule = widths.iter().enumerate().map(|(column, width)| {
        let dashes = "-".repeat(width + 1);
        if column == 0 { format!("|{dashes}-") } else { format!("|{dashes}:") }
    });
    let rule = rule.collect::<String>() + "|\n";
    line(&head) + &rule + &rows.iter().map(|row| line(row)).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = vec![vec!["echo".to_owned(), "9".to_owned()]];
        let text = "| server | ns |\n|--------|---:|\n| echo   |  9 |\n";
        assert_eq!(block(&["server", "ns"], rows), text);
    }
}
