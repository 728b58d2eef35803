//! The plots: own four curves of the recent past, with marks where something changed.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::bar;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

use super::ink::Inks;
use crate::cli::ctl::units::micros;
use crate::cli::top::app::App;
use crate::cli::top::history::Sample;
use crate::cli::top::tables::short;

/// Blocks for terminals that have none: the fuller, the blacker.
const ASCII: bar::Set<'static> = bar::Set {
    empty: " ",
    one_eighth: ".",
    one_quarter: ":",
    three_eighths: "-",
    half: "=",
    five_eighths: "+",
    three_quarters: "*",
    seven_eighths: "%",
    full: "#",
};

/// One curve.
struct Plot {
    title: &'static str,
    /// What is drawn of a sample.
    value: fn(&Sample) -> f64,
    /// What is said of the newest one, where there are so many columns.
    say: fn(&Sample, u16) -> String,
}

const PLOTS: [Plot; 4] = [
    Plot {
        title: "frames/s",
        value: |sample| sample.frames_in,
        say: |sample, _| {
            format!("{} in, {} out", short(sample.frames_in), short(sample.frames_out))
        },
    },
    Plot {
        title: "turn time",
        value: |sample| milli(sample.turns[1]),
        say: |sample, columns| {
            let [p50, p99, p999] = sample.turns.map(|ns| micros(ns / 1_000));
            match columns {
                0..50 => format!("p50 {p50}, p99 {p99}"),
                _ => format!("p50 {p50}, p99 {p99}, p99.9 {p999}"),
            }
        },
    },
    Plot {
        title: "errors/s",
        value: |sample| sample.errors,
        say: |sample, _| short(sample.errors),
    },
    Plot {
        title: "requests",
        value: |sample| milli(sample.requests[1]),
        say: |sample, _| match sample.requests {
            [_, 0] => "none sampled".into(),
            took => {
                let [p50, p99] = took.map(|ns| micros(ns.div_ceil(1_000)));
                format!("p50 {p50}, p99 {p99}")
            }
        },
    },
];

/// Draws the four curves, two beside each other.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, inks: Inks) {
    let halves = Layout::vertical([Constraint::Fill(1); 2]).split(area);
    let mut plots = PLOTS.iter();
    for half in halves.iter() {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(1); 2]).spacing(2).areas::<2>(*half);
        for (area, plot) in [left, right].into_iter().zip(plots.by_ref()) {
            draw_one(frame, area, plot, app, inks);
        }
    }
}

fn draw_one(frame: &mut Frame<'_>, area: Rect, plot: &Plot, app: &App, inks: Inks) {
    let [title, curve, marks] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)])
            .areas(area);
    let width = usize::from(area.width);
    let samples = &app.history.samples;
    let shown = samples.iter().skip(samples.len().saturating_sub(width));
    let said = samples.back().map(|newest| (plot.say)(newest, area.width)).unwrap_or_default();
    let words = [Span::styled(plot.title, inks.bold()), Span::raw("  "), Span::raw(said)];
    frame.render_widget(Line::from_iter(words), title);

    // The newest stands at the right edge, like on any other instrument.
    let blank = width.saturating_sub(shown.len());
    let most = shown.clone().map(plot.value).fold(0.0, f64::max);
    let heights = shown.clone().map(|sample| height((plot.value)(sample), most));
    let data: Vec<u64> = std::iter::repeat_n(0, blank).chain(heights).collect();
    let bars = if app.is_ascii { ASCII } else { bar::NINE_LEVELS };
    let sparkline = Sparkline::default().data(data).max(FULL).bar_set(bars).style(inks.first());
    frame.render_widget(sparkline, curve);

    let mark = if app.is_ascii { "^" } else { "▲" };
    let marks_of = shown.map(|sample| if sample.is_marked { mark } else { " " });
    let line: String = std::iter::repeat_n(" ", blank).chain(marks_of).collect();
    frame.render_widget(Line::styled(line, marked(inks)), marks);
}

/// What the greatest value of a plot is drawn as.
const FULL: u64 = 1_000;

fn height(value: f64, most: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of the greatest, between 0 and FULL"
    )]
    let height = if most > 0.0 { (value / most * FULL as f64) as u64 } else { 0 };
    height
}

fn marked(inks: Inks) -> Style {
    inks.odd()
}

#[expect(clippy::cast_precision_loss, reason = "drawn in a handful of steps")]
fn milli(value: u64) -> f64 {
    value as f64 / 1_000.0
}
