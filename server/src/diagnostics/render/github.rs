//! Diagnostics for GitHub: workflow commands that annotate the lines of a change.

use crate::diagnostics::Diagnostic;

/// `problem` as one workflow command without a line end.
pub(super) fn render(problem: &Diagnostic) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &problem.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
        properties.push(format!("endColumn={}", place.column + place.len));
    }
    properties.push(format!("title={}", problem.code));
    let mut message = problem.message.clone();
    if let Some(help) = &problem.help {
        message = format!("{message}\nhelp: {help}");
    }
    let severity = problem.severity.as_str();
    format!("::{severity} {}::{}", properties.join(","), data(&message))
}

/// Escapes what would end a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Place, codes};

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let place = Place::in_text("a,b:c.toml", "x = 1", 0..1);
        let problem = Diagnostic::error(codes::config::UNKNOWN_KEY, "100% wrong\nreally")
            .at(place)
            .help("remove it");
        assert_eq!(
            render(&problem),
            "::error file=a%2Cb%3Ac.toml,line=1,col=1,endColumn=2,title=HF0101::\
             100%25 wrong%0Areally%0Ahelp: remove it"
        );
        let bare = Diagnostic::warning(codes::config::NO_ROUTES, "none");
        assert_eq!(render(&bare), "::warning title=HF0132::none");
    }
}
