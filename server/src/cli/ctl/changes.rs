//! What differs between two configurations, for a person: owns the pages of plan and rollback.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pages::place;
use super::units::clean;
use crate::control::answers::{
    Changes, ConfigRolledBack, FileChange, FileDifference, Plan, RouteDifference,
};
use crate::logging::{Ink, Style};

/// The page of `ctl plan`.
pub(super) fn plan(plan: &Plan, style: Style) -> String {
    let list = listed(&plan.changes) + &files(&plan.plugins, style);
    let mut page = match (list, plan.errors.len()) {
        (list, 0) if list.is_empty() => {
            format!("generation {} is what the files say: nothing to do\n", plan.generation)
        }
        (list, _) if list.is_empty() => "a reload would change nothing\n".to_owned(),
        (list, _) => format!("a reload would change\n{list}"),
    };
    for problem in &plan.errors {
        let code = style.paint(Ink::Red, clean(&problem.code));
        page += &format!("  {code} {}{}\n", place(problem), clean(&problem.message));
    }
    page
}

/// The page of `ctl rollback` without a plugin.
pub(super) fn rolled_back(back: &ConfigRolledBack, style: Style) -> String {
    let live = style.paint(Ink::Green, "live");
    format!(
        "generation {} is {live}: what {} said, instead of {}\n{}\
         the files differ until one of them changes, or `hotframe ctl reload`\n",
        back.generation,
        back.to,
        back.from,
        listed(&back.changes)
    )
}

/// What would become of plugin files.
fn files(changes: &[FileChange], style: Style) -> String {
    let mut list = String::new();
    for FileChange { path, change, plugin, version, code, message, .. } in changes {
        let of = |text: &Option<String>| clean(text.as_deref().unwrap_or_default()).to_string();
        let (plugin, version, path) = (of(plugin), of(version), clean(path));
        list += &match change {
            FileDifference::Loaded => format!("  + plugin {plugin} {version}  {path}\n"),
            FileDifference::Replaced => format!("  ~ plugin {plugin} {version}  {path}\n"),
            FileDifference::Unloaded => format!("  - plugin {plugin}  {path}\n"),
            FileDifference::Refused | FileDifference::SetAside => {
                let code = style.paint(Ink::Red, of(code));
                format!("  ! {path}  {code} {}\n", of(message))
            }
        };
    }
    list
}

fn listed(changes: &Changes) -> String {
    let mut list = String::new();
    for change in &changes.settings {
        let when = if change.needs_restart { ", with the next restart" } else { "" };
        for (key, values) in values(&change.key, &change.old, &change.new) {
            list += &format!("  {}  {}{when}\n", clean(&key), clean(&values));
        }
    }
    for route in &changes.routes {
        let sign = match route.change {
            RouteDifference::Added => '+',
            RouteDifference::Removed => '-',
            RouteDifference::Changed => '~',
        };
        let handlers = match (route.old.as_deref(), route.new.as_deref()) {
            (Some(old), Some(new)) if old != new => format!("{} → {}", clean(old), clean(new)),
            (Some(one), Some(_)) => clean(one).to_string(),
            (old, new) => clean(old.or(new).unwrap_or_default()).to_string(),
        };
        list += &format!("  {sign} {}  {handlers}", clean(&route.command));
        for option in &route.options {
            let value = match route.change {
                RouteDifference::Added => shown(&option.new),
                _ => format!("{} → {}", shown(&option.old), shown(&option.new)),
            };
            list += &format!(", {} {}", clean(&option.key), clean(&value));
        }
        list.push('\n');
    }
    if changes.clients {
        list += "  who may be which client\n";
    }
    list
}

/// What differs below a key, each with its old and its new value.
fn values(key: &str, old: &Value, new: &Value) -> Vec<(String, String)> {
    if let (Value::Object(old), Value::Object(new)) = (old, new)
        && old != new
    {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let differing = keys.into_iter().filter(|name| old.get(*name) != new.get(*name));
        let value = |table: &Map<_, _>, name| table.get(name).cloned().unwrap_or_default();
        return differing
            .flat_map(|name| values(&format!("{key}.{name}"), &value(old, name), &value(new, name)))
            .collect();
    }
    let values = match old == new {
        true => "a secret is another one".to_owned(),
        false => format!("{} → {}", shown(old), shown(new)),
    };
    vec![(key.to_owned(), values)]
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::answers::{Change, OptionChange, Problem, RouteChange};

    fn changes() -> Changes {
        let change = |key: &str, needs_restart, old, new| Change {
            key: key.into(),
            needs_restart,
            old,
            new,
        };
        let table = |key: &str, limit: u8| json!({ "key": key, "limits": { "keys": limit } });
        let route = |command: &str, change, old: Option<&str>, new: Option<&str>| RouteChange {
            command: command.into(),
            change,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            options: Vec::new(),
        };
        let option = |key: &str, old, new| OptionChange { key: key.into(), old, new };
        let timeout = option("timeout", Value::Null, json!("2s"));
        let addresses = option("addresses", json!([1, "16-31"]), Value::Null);
        Changes {
            settings: vec![
                change("limits.max_in_flight", false, json!(7), json!(9)),
                change("http.listen", true, json!("127.0.0.1:7401"), Value::Null),
                change("plugins.config.kv", false, table("a", 1), table("a", 2)),
                change("plugins.config.tally", false, table("***", 1), table("***", 1)),
            ],
            routes: vec![
                route("0x0100", RouteDifference::Added, None, Some("echo.echo")),
                route("0x0200", RouteDifference::Changed, Some("a.a"), Some("b.b")),
                RouteChange {
                    options: vec![addresses, timeout.clone()],
                    ..route("0x0300", RouteDifference::Changed, Some("a.a"), Some("a.a"))
                },
                RouteChange {
                    options: vec![timeout],
                    ..route("0x0400", RouteDifference::Added, None, Some("a.b"))
                },
            ],
            clients: true,
        }
    }

    #[test]
    fn a_plan_lists_what_would_change_and_what_is_wrong() {
        let problem = Problem { code: "HF0103".into(), message: "no".into(), ..Problem::default() };
        let file = |path: &str, change| FileChange {
            path: path.into(),
            change,
            plugin: Some("echo".into()),
            version: Some("1.2.0".into()),
            code: Some("HF0201".into()),
            message: Some("it is cut short".into()),
            ..FileChange::default()
        };
        let plugins = vec![
            file("/p/echo.so", FileDifference::Replaced),
            file("/p/gone.so", FileDifference::Unloaded),
            file("/p/new.so", FileDifference::Loaded),
            file("/p/torn.so", FileDifference::Refused),
        ];
        let full = Plan { generation: 3, changes: changes(), plugins, errors: vec![problem] };
        insta::assert_snapshot!(plan(&full, Style::Plain), @r#"
        a reload would change
          limits.max_in_flight  7 → 9
          http.listen  "127.0.0.1:7401" → none, with the next restart
          plugins.config.kv.limits.keys  1 → 2
          plugins.config.tally  a secret is another one
          + 0x0100  echo.echo
          ~ 0x0200  a.a → b.b
          ~ 0x0300  a.a, addresses [1,"16-31"] → none, timeout none → "2s"
          + 0x0400  a.b, timeout "2s"
          who may be which client
          ~ plugin echo 1.2.0  /p/echo.so
          - plugin echo  /p/gone.so
          + plugin echo 1.2.0  /p/new.so
          ! /p/torn.so  HF0201 it is cut short
          HF0103 no
        "#);
        let none = Plan { generation: 3, ..Plan::default() };
        assert!(plan(&none, Style::Plain).ends_with("nothing to do\n"));
    }

    #[test]
    fn a_rollback_says_which_generation_serves_again() {
        let back = ConfigRolledBack { generation: 5, from: 4, to: 3, changes: changes() };
        let page = rolled_back(&back, Style::Plain);
        assert!(page.starts_with("generation 5 is live: what 3 said, instead of 4\n"), "{page}");
        assert!(page.contains("  + 0x0100  echo.echo\n"), "{page}");
    }
}
