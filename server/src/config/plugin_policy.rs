//! How the server treats a plugin: owns the table `[plugins.policy.NAME]`.

use std::collections::BTreeMap;

use crate::config::findings::{Findings, Wrong};
use crate::config::handler::is_name;
use crate::config::spelling::nearest;
use crate::config::tree::{Node, Table, Value};
use crate::config::values::{Read, boolean, choice, wrong_type};
use crate::diagnostics::codes::config as codes;

/// The keys of a policy, in the order of the reference.
pub(super) const OPTIONS: [&str; 3] = ["tokens", "on_state_mismatch", "persist_state"];

/// `[plugins.policy.NAME]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PluginPolicy {
    /// What becomes of deferred requests when a new generation takes over.
    pub tokens: TokenPolicy,
    /// What happens where a new generation cannot take over the state there is.
    pub on_state_mismatch: StateMismatch,
    /// Whether its state is kept in a file from a clean stop to the next start.
    pub persist_state: bool,
}

/// What becomes of deferred requests when a new generation takes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenPolicy {
    /// The old one answers them, within `plugins.drain_timeout`.
    #[default]
    Drain,
    /// The new one answers those that it finds in the state and claims; the old one the others.
    Adopt,
    /// They are answered 2005 at once.
    Fail,
}

/// What happens where a new generation cannot take over the state there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateMismatch {
    /// The new one is refused, and the old one serves on.
    #[default]
    Refuse,
    /// The new one begins without state.
    Fresh,
}

/// Reads the policies in the value of `plugins.policy`; mistakes are noted, and leave the default.
pub(super) fn read(findings: &mut Findings, node: &Node) -> BTreeMap<String, PluginPolicy> {
    let Value::Table(plugins) = &node.value else {
        findings.wrong(&node.span, wrong_type(node, "a table of plugins"));
        return BTreeMap::new();
    };
    let mut policies = BTreeMap::new();
    for entry in &plugins.entries {
        let name = &entry.key;
        if !is_name(name) {
            let wrong = Wrong::new(codes::BAD_PLUGIN_NAME, format!("`{name}` names no plugin"))
                .help("lower-case letters, digits, `_` and `-`, at most 64");
            findings.wrong(&entry.key_span, wrong);
        } else if let Value::Table(own) = &entry.node.value {
            policies.insert(name.clone(), policy(findings, own));
        } else {
            let wrong = wrong_type(&entry.node, "a table of the policy's keys")
                .help(format!("write `[plugins.policy.{name}]` and its keys below it"));
            findings.wrong(&entry.node.span, wrong);
        }
    }
    policies
}

fn policy(findings: &mut Findings, table: &Table) -> PluginPolicy {
    let tokens =
        [("drain", TokenPolicy::Drain), ("adopt", TokenPolicy::Adopt), ("fail", TokenPolicy::Fail)];
    let mismatch = [("refuse", StateMismatch::Refuse), ("fresh", StateMismatch::Fresh)];
    let mut policy = PluginPolicy::default();
    for entry in &table.entries {
        let node = &entry.node;
        let read: Read<()> = match entry.key.as_str() {
            "tokens" => choice(node, &tokens).map(|it| policy.tokens = it),
            "on_state_mismatch" => choice(node, &mismatch).map(|it| policy.on_state_mismatch = it),
            "persist_state" => boolean(node).map(|it| policy.persist_state = it),
            name => {
                let message = format!("unknown key `{name}` in a plugin's policy");
                let help = match nearest(name, OPTIONS) {
                    Some(better) => format!("did you mean `{better}`?"),
                    None => format!("known here: {}", OPTIONS.join(", ")),
                };
                let wrong = Wrong::new(codes::UNKNOWN_KEY, message).help(help);
                findings.wrong(&entry.key_span, wrong);
                Ok(())
            }
        };
        if let Err(wrong) = read {
            findings.wrong(&node.span, wrong);
        }
    }
    policy
}
