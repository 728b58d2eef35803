//! Diagnostics for people: drawn as rustc draws its own.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::without_controls;
use crate::diagnostics::{Diagnostic, Place, Severity};

/// Wide enough for a line at the project's own limit with its gutter.
const WIDTH: usize = 120;

/// `problem` with its source line, caret and help; ends with a line end.
pub(super) fn render(problem: &Diagnostic, colour: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(without_controls(&problem.message)).id(problem.code.as_str());
    let mut group = Group::with_title(title);
    if let Some(place) = &problem.place {
        group = match source_of(place) {
            Some(snippet) => group.element(snippet),
            None => group.element(origin_of(place)),
        };
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(without_controls(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut drawn = renderer.term_width(WIDTH).render(&[group]);
    drawn.push('\n');
    drawn
}

/// The source line with its caret; `None` when the place has no line to show.
fn source_of(place: &Place) -> Option<Snippet<'_, annotate_snippets::Annotation<'_>>> {
    if place.source_line.is_empty() {
        return None;
    }
    let line = &place.source_line;
    let start = byte_of(line, place.column - 1);
    let end = byte_of(line, place.column - 1 + place.len);
    let snippet = Snippet::source(line.as_str())
        .line_start(place.line)
        .path(without_controls(&place.file))
        .annotation(AnnotationKind::Primary.span(start..end));
    Some(snippet)
}

/// The place alone, without a source line.
fn origin_of(place: &Place) -> Origin<'_> {
    Origin::path(without_controls(&place.file)).line(place.line).char_column(place.column)
}

/// Where character number `index` of `line` begins, or the line's end.
fn byte_of(line: &str, index: usize) -> usize {
    let mut starts = line.char_indices().map(|(at, _)| at);
    starts.nth(index).unwrap_or(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes;

    fn problem() -> Diagnostic {
        let text = "[limits]\nmax_conections = 100";
        Diagnostic::error(codes::config::UNKNOWN_KEY, "unknown key `max_conections`")
            .at(Place::in_text("config/hotframe.toml", text, 9..23))
            .help("did you mean `max_connections`?")
    }

    #[test]
    fn a_problem_is_drawn_with_line_caret_and_help() {
        let drawn = render(&problem(), false);
        let expected = "\
error[HF0101]: unknown key `max_conections`
 --> config/hotframe.toml:2:1
  |
2 | max_conections = 100
  | ^^^^^^^^^^^^^^
  |
  = help: did you mean `max_connections`?
";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn colour_is_used_only_when_it_is_asked_for() {
        assert!(!render(&problem(), false).contains('\u{1b}'));
        assert!(render(&problem(), true).contains('\u{1b}'));
    }

    #[test]
    fn a_file_cannot_steer_the_terminal() {
        let text = "x = \"\u{1b}[2J\u{7}\"";
        let hostile = Diagnostic::error(codes::config::SYNTAX, "bad \u{1b}[31m")
            .at(Place::in_text("a\u{1b}.toml", text, 4..9))
            .help("\u{7}");
        let drawn = render(&hostile, false);
        assert!(!drawn.chars().any(|c| c.is_control() && c != '\n'), "{drawn:?}");
    }

    #[test]
    fn a_place_behind_the_end_and_one_without_a_line_are_drawn() {
        let behind = problem().at(Place::in_text("f.toml", "x = [", 5..5));
        assert!(render(&behind, false).contains("f.toml:1:6"));
        let bare = problem().at(Place::in_text("f.toml", "", 0..0));
        assert!(render(&bare, false).contains("f.toml:1:1"));
    }
}
