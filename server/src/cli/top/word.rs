//! Words: own what is said of a deed, before and after it is done.

use serde_json::Value;

use crate::control::{AskError, Verb};

/// A line for the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub is_bad: bool,
}

/// What a verb would do, in words.
pub fn wish(verb: &Verb) -> String {
    match verb {
        Verb::Reload { plugin: Some(plugin) } => format!("reloading {plugin}"),
        Verb::Reload { plugin: None } => "reloading every file and plugin".into(),
        Verb::Rollback { plugin: Some(plugin) } => format!("rolling plugin {plugin} back"),
        Verb::Rollback { plugin: None } => "rolling the configuration back".into(),
        other => other.name().into(),
    }
}

/// Why there is no look.
pub fn silence(error: &AskError) -> String {
    match error {
        AskError::Unreachable(error) => format!("no server answers: {error}"),
        other => other.to_string(),
    }
}

/// What is said of an answer.
pub fn outcome(verb: &Verb, answer: Result<Value, AskError>) -> Word {
    let what = verb.name();
    match answer {
        Ok(result) => {
            let plugins = result["plugins"].as_array().into_iter().flatten();
            let changed = plugins.filter(|plugin| plugin["changed"] == true).count();
            let text = match (verb, changed) {
                (Verb::Reload { .. }, 0) => format!("{what}: nothing had changed"),
                (Verb::Reload { .. }, 1) => format!("{what}: one plugin is new"),
                (Verb::Reload { .. }, _) => format!("{what}: {changed} plugins are new"),
                _ => format!("{what}: done"),
            };
            Word { text, is_bad: false }
        }
        Err(error) => Word { text: format!("{what}: {error}"), is_bad: true },
    }
}
