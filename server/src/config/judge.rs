//! The plugin that is to judge credentials: tells when it cannot.

use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::runtime::NO_JUDGE;

/// A warning if the plugin that `auth.plugin` names does not judge credentials: `judges` says of
/// each plugin that is there whether it does.
#[must_use]
pub fn missing_judge(plugin: &str, judges: &[(String, bool)]) -> Option<Diagnostic> {
    let message = match judges.iter().find(|(name, _)| name == plugin) {
        Some((_, true)) => return None,
        Some((_, false)) => format!("the plugin `{plugin}` judges no credentials"),
        None => format!("no plugin `{plugin}` is there to judge credentials"),
    };
    let able: Vec<_> = judges.iter().filter(|(_, judges)| *judges).collect();
    let help = match &able[..] {
        [(only, _)] => format!("`{only}` does: `auth.plugin = \"{only}\"`"),
        _ => "until one does, every HELLO with a credential is answered 2005".to_owned(),
    };
    Some(Diagnostic::warning(NO_JUDGE, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(plugin: &str, judges: &[(&str, bool)]) -> Option<(String, String)> {
        let judges: Vec<_> =
            judges.iter().map(|(name, able)| ((*name).to_owned(), *able)).collect();
        let problem = missing_judge(plugin, &judges)?;
        Some((problem.message, problem.help.unwrap_or_default()))
    }

    #[test]
    fn only_who_judges_is_good_for_it() {
        assert_eq!(told("doorman", &[("doorman", true), ("echo", false)]), None);
        let (message, help) = told("echo", &[("doorman", true), ("echo", false)]).unwrap();
        assert_eq!(message, "the plugin `echo` judges no credentials");
        assert_eq!(help, "`doorman` does: `auth.plugin = \"doorman\"`");
        let (message, help) = told("doorman", &[("echo", false)]).unwrap();
        assert_eq!(message, "no plugin `doorman` is there to judge credentials");
        assert!(help.contains("2005"));
    }
}
