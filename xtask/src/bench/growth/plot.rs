//! The plot: one curve as an SVG, with nothing in it but what was measured.

use std::fmt::Write;

use super::curve::Curve;
use crate::bench::figures::median;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// Room for what is written beside the axes.
const MARGIN: f64 = 56.0;

/// Draws a curve. The horizontal axis is logarithmic, the vertical one starts at 0.
pub fn svg(curve: &Curve) -> String {
    let figures: Vec<(f64, f64)> = curve
        .points
        .iter()
        .map(|point| (f64::from(point.x), median(point.nanos.clone())))
        .collect();
    let most = figures.iter().map(|(_, nanos)| *nanos).fold(1.0, f64::max) * 1.15;
    let scale = |x: f64| (x + 1.0).ln();
    let (first, last) = (figures.first(), figures.last());
    let from = first.map_or(0.0, |(x, _)| scale(*x));
    let to = last.map_or(1.0, |(x, _)| scale(*x)).max(from + f64::EPSILON);
    let place = |x: f64, nanos: f64| {
        let across = (scale(x) - from) / (to - from) * (WIDTH - 2.0 * MARGIN) + MARGIN;
        (across, HEIGHT - MARGIN - nanos / most * (HEIGHT - 2.0 * MARGIN))
    };
    let mut text = head(curve);
    let mut line = String::new();
    for &(x, nanos) in &figures {
        let (across, down) = place(x, nanos);
        let (_, floor) = place(x, 0.0);
        // Writing to a string cannot fail.
        let _never = write!(line, "{across:.1},{down:.1} ");
        let _never = writeln!(
            text,
            "<circle cx='{across:.1}' cy='{down:.1}' r='3.5' fill='#2563eb'/>\n\
             <text x='{across:.1}' y='{:.1}' text-anchor='middle'>{nanos:.0}</text>\n\
             <text x='{across:.1}' y='{:.1}' text-anchor='middle' fill='#666'>{x}</text>",
            down - 10.0,
            floor + 16.0
        );
    }
    let _never = writeln!(
        text,
        "<polyline points='{}' fill='none' stroke='#2563eb' stroke-width='2'/>\n</svg>",
        line.trim_end()
    );
    text
}

fn head(curve: &Curve) -> String {
    let (floor, middle) = (HEIGHT - MARGIN, WIDTH / 2.0);
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' \
         font-family='sans-serif' font-size='11'>\n\
         <rect width='100%' height='100%' fill='white'/>\n\
         <text x='{MARGIN}' y='20' font-size='13'>CPU ns/frame: {}</text>\n\
         <text x='{middle}' y='{:.1}' text-anchor='middle' fill='#666'>{}</text>\n\
         <line x1='{MARGIN}' y1='{floor}' x2='{:.1}' y2='{floor}' stroke='#999'/>\n",
        curve.title,
        HEIGHT - 14.0,
        curve.axis,
        WIDTH - MARGIN,
    )
}

#[cfg(test)]
mod tests {
    use super::super::curve;
    use super::*;

    #[test]
    fn every_point_is_drawn_inside_the_picture() {
        for mut curve in curve::all() {
            for point in &mut curve.points {
                point.nanos = vec![f64::from(point.x) + 100.0, 7.0, 9_000.0];
            }
            let drawn = svg(&curve);
            assert_eq!(drawn.matches("<circle").count(), curve.points.len());
            for place in drawn.split("cx='").skip(1) {
                let across: f64 = place.split('\'').next().unwrap_or("").parse().unwrap_or(-1.0);
                assert!((MARGIN..=WIDTH - MARGIN).contains(&across), "{across}");
            }
        }
    }
}
