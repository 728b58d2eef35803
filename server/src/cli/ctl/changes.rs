//! What differs between two configurations, for a person: owns the pages of plan and rollback.

use super::pages::place;
use super::units::clean;
use crate::control::answers::{Changes, ConfigRolledBack, Plan, RouteDifference};
use crate::logging::{Ink, Style};

/// The page of `ctl plan`.
pub(super) fn plan(plan: &Plan, style: Style) -> String {
    let mut page = match (listed(&plan.changes), plan.errors.len()) {
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

fn listed(changes: &Changes) -> String {
    let mut list = String::new();
    for change in &changes.settings {
        let when = if change.needs_restart { ", with the next restart" } else { "" };
        list += &format!("  {}{when}\n", clean(&change.key));
    }
    for route in &changes.routes {
        let sign = match route.change {
            RouteDifference::Added => '+',
            RouteDifference::Removed => '-',
            RouteDifference::Changed => '~',
        };
        let handlers = match (route.old.as_deref(), route.new.as_deref()) {
            (Some(old), Some(new)) if old != new => format!("{} → {}", clean(old), clean(new)),
            (Some(one), Some(_)) => format!("{}, other options", clean(one)),
            (old, new) => clean(old.or(new).unwrap_or_default()).to_string(),
        };
        list += &format!("  {sign} {}  {handlers}\n", clean(&route.command));
    }
    if changes.clients {
        list += "  who may be which client\n";
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::answers::{Change, Problem, RouteChange};

    fn changes() -> Changes {
        let route = |command: &str, change, old: Option<&str>, new: Option<&str>| RouteChange {
            command: command.into(),
            change,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        Changes {
            settings: vec![
                Change { key: "limits.max_in_flight".into(), needs_restart: false },
                Change { key: "http.listen".into(), needs_restart: true },
            ],
            routes: vec![
                route("0x0100", RouteDifference::Added, None, Some("echo.echo")),
                route("0x0200", RouteDifference::Changed, Some("a.a"), Some("b.b")),
                route("0x0300", RouteDifference::Changed, Some("a.a"), Some("a.a")),
            ],
            clients: true,
        }
    }

    #[test]
    fn a_plan_lists_what_would_change_and_what_is_wrong() {
        let problem = Problem { code: "HF0103".into(), message: "no".into(), ..Problem::default() };
        let full = Plan { generation: 3, changes: changes(), errors: vec![problem] };
        insta::assert_snapshot!(plan(&full, Style::Plain), @r"
        a reload would change
          limits.max_in_flight
          http.listen, with the next restart
          + 0x0100  echo.echo
          ~ 0x0200  a.a → b.b
          ~ 0x0300  a.a, other options
          who may be which client
          HF0103 no
        ");
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
