//! One plugin in full: owns the page of `ctl plugins PLUGIN`.

use super::{
    rows,
    table::{Fit, Table},
    units::{bytes, clean, count, nanos},
};
use crate::control::answers::{HandlerRow, MetricRow, PluginRow};
use crate::logging::{Ink, Style};

/// The page of every row that is given: a file that was refused may bear a name that serves, too.
pub(super) fn page(rows: &[PluginRow], width: Option<usize>, style: Style) -> String {
    let mut page = rows::plugins(rows, width, style);
    for row in rows {
        if let Some(heap) = row.heap_bytes {
            page += &format!("\nheap  {}\n", bytes(heap));
        }
        if !row.handler_figures.is_empty() {
            page += &format!("\n{}", handlers(&row.handler_figures, width, style));
        }
        if !row.metrics.is_empty() {
            page += &format!("\n{}", metrics(&row.metrics, width, style));
        }
    }
    page
}

fn handlers(rows: &[HandlerRow], width: Option<usize>, style: Style) -> String {
    let mut table = Table::new([
        ("HANDLER", Fit::CutEnd),
        ("CALLS", Fit::Figure),
        ("ERRORS", Fit::Figure),
        ("PANICS", Fit::SpareFigure),
        ("CANCELLED", Fit::SpareFigure),
        ("IN FLIGHT", Fit::Figure),
        ("MEAN", Fit::Figure),
        ("P50", Fit::SpareFigure),
        ("P99", Fit::Figure),
        ("TIMED", Fit::SpareFigure),
    ]);
    for row in rows {
        let time = |ns| if row.sampled == 0 { "-".to_owned() } else { nanos(ns) };
        table.push([
            row.name.clone().into(),
            count(row.calls).into(),
            count(row.errors).into(),
            count(row.panics).into(),
            count(row.cancelled).into(),
            count(row.in_flight).into(),
            time(row.mean_ns).into(),
            time(row.p50_ns).into(),
            time(row.p99_ns).into(),
            count(row.sampled).into(),
        ]);
    }
    table.render(width, style)
}

fn metrics(rows: &[MetricRow], width: Option<usize>, style: Style) -> String {
    let mut table =
        Table::new([("FIGURE", Fit::CutEnd), ("KIND", Fit::Spare), ("VALUE", Fit::CutEnd)]);
    for row in rows {
        let labels = row.labels.iter().map(|(name, value)| format!(" {name}={}", clean(value)));
        let value = match row.count {
            Some(count) => format!("{} in {count}", row.value),
            None => row.value.to_string(),
        };
        table.push([
            format!("{}{}", row.name, labels.collect::<String>()).into(),
            style.paint(Ink::Dim, &row.kind).to_string().into(),
            value.into(),
        ]);
    }
    table.render(width, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_heap_and_figures_of_its_own_are_below_its_line() {
        let row = PluginRow {
            name: "kv".into(),
            version: "1.0".into(),
            heap_bytes: Some(70_000),
            handler_figures: vec![HandlerRow {
                name: "get".into(),
                calls: 5000,
                errors: 2,
                sampled: 13,
                mean_ns: 210,
                p50_ns: 192,
                p99_ns: 1_280,
                ..HandlerRow::default()
            }],
            metrics: vec![MetricRow {
                name: "frames_total".into(),
                kind: "counter".into(),
                labels: [("kind".to_owned(), "good".to_owned())].into(),
                value: 7.0,
                count: None,
            }],
            ..PluginRow::default()
        };
        let text = page(&[row], Some(80), Style::Plain);
        insta::assert_snapshot!(text, @r"
        NAME  VERSION  STATE   GEN  CALLS  ERRORS  IN FLIGHT  RELOADS  HANDLERS  FILE
        kv    1.0      active    0      0       0          0        0            -

        heap  68.3 KiB

        HANDLER  CALLS  ERRORS  PANICS  CANCELLED  IN FLIGHT    MEAN     P50     P99
        get      5,000       2       0          0          0  210 ns  192 ns  1.2 µs

        FIGURE                  KIND     VALUE
        frames_total kind=good  counter  7
        ");
    }
}
