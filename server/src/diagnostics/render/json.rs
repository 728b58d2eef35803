//! Diagnostics for programs: one JSON object each, with stable keys.

use serde_json::json;

use crate::diagnostics::Diagnostic;

/// `problem` as one line of JSON without a line end.
pub(super) fn render(problem: &Diagnostic) -> String {
    let place = problem.place.as_ref();
    json!({
        "code": problem.code.as_str(),
        "severity": problem.severity.as_str(),
        "message": problem.message,
        "file": place.map(|place| &place.file),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "help": problem.help,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Place, codes};

    #[test]
    fn keys_are_there_even_without_a_value() {
        let bare = Diagnostic::warning(codes::config::NO_ROUTES, "say \"hi\"");
        assert_eq!(
            render(&bare),
            r#"{"code":"HF0132","severity":"warning","message":"say \"hi\"","file":null,"#
                .to_owned()
                + r#""line":null,"column":null,"help":null}"#
        );
        let placed = bare.at(Place::in_text("a.toml", "x\ny = 1", 2..3)).help("do");
        assert!(render(&placed).ends_with(r#""file":"a.toml","line":2,"column":1,"help":"do"}"#));
    }
}
