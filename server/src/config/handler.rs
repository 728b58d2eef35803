//! The names of handlers: owns their shape, and tells what a misspelt one was meant to be.

use crate::config::findings::Wrong;
use crate::config::routes::Routes;
use crate::config::settings::Plugins;
use crate::config::spelling::nearest;
use crate::config::tree::Node;
use crate::config::values::{Read, text};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::config as codes;
use crate::diagnostics::codes::runtime::NO_SUCH_PLUGIN;

/// Characters of the longest name of a plugin or handler.
const LONGEST: usize = 64;

/// Whether `name` may be the name of a plugin or of a handler: `[a-z][a-z0-9_-]*`.
pub(super) fn is_name(name: &str) -> bool {
    let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    starts && name.len() <= LONGEST && name.bytes().all(legal)
}

/// The name of a plugin.
pub(super) fn plugin(node: &Node) -> Read<Option<String>> {
    let name = text(node)?;
    if is_name(name) {
        return Ok(Some(name.to_owned()));
    }
    Err(Wrong::new(codes::BAD_PLUGIN_NAME, format!("`{name}` names no plugin"))
        .help("lower-case letters, digits, `_` and `-`, at most 64"))
}

/// Refuses what is not `plugin.handler`.
pub(super) fn check(name: &str) -> Result<(), Wrong> {
    let good =
        name.split_once('.').is_some_and(|(plugin, handler)| is_name(plugin) && is_name(handler));
    if good {
        return Ok(());
    }
    let wrong = Wrong::new(codes::BAD_HANDLER, format!("`{name}` names no handler"));
    let swapped = name.to_ascii_lowercase().replace(['/', ':'], ".").replace("..", ".");
    Err(match swapped.split_once('.') {
        None if is_name(name) => wrong.help(format!("name its plugin too: \"PLUGIN.{name}\"")),
        Some(_) if swapped != name && check(&swapped).is_ok() => {
            wrong.help(format!("write \"{swapped}\""))
        }
        _ => wrong.help(
            "write \"PLUGIN.HANDLER\", each of lower-case letters, digits, `_` and `-`, at most 64",
        ),
    })
}

/// A warning for every table of a plugin that is none of those `known`, and almost one of them.
#[must_use]
pub fn misnamed_tables(settings: &Plugins, known: &[String]) -> Vec<Diagnostic> {
    let configs = settings.config.iter().map(|(name, own)| ("config", name, own.place_of("")));
    let policies = settings.policy.keys().map(|name| ("policy", name, None));
    let misnamed = configs.chain(policies).filter(|(_, name, _)| !known.contains(name));
    misnamed
        .filter_map(|(table, name, place)| {
            let better = nearest(name, known.iter().map(String::as_str))?;
            let message = format!("`[plugins.{table}.{name}]` is for no plugin that is there");
            let problem = Diagnostic::warning(NO_SUCH_PLUGIN, message);
            let mut problem = problem.help(format!("did you mean `{better}`?"));
            problem.place = place.cloned().map(Box::new);
            Some(problem)
        })
        .collect()
}

/// A warning for every route whose handler is not among `handlers`, the full names of all that
/// there are.
#[must_use]
pub fn missing_handlers(routes: &Routes, handlers: &[String]) -> Vec<Diagnostic> {
    let is_there = |name: &str| handlers.iter().any(|known| known == name);
    let lost = routes.iter().filter(|route| !is_there(&route.handler));
    lost.map(|route| {
        let message = format!("no plugin offers `{}`", route.handler);
        let mut problem = Diagnostic::warning(codes::UNKNOWN_HANDLER, message);
        problem.place = route.place.clone().map(Box::new);
        match nearest(&route.handler, handlers.iter().map(String::as_str)) {
            Some(better) => problem.help(format!("did you mean `{better}`?")),
            None => problem.help("it answers 2005 until a plugin brings it"),
        }
    })
    .collect()
}
