//! The configuration before, and what a reload would change.

use std::collections::BTreeMap;
use std::fs;

use hotframe_tests::{Server, Swap, scale, wait_until};
use serde_json::{Value, json};

const KEPT: &str = "0x0300 = \"builtin.echo\"";

fn serve() -> Server {
    Server::setup().settings("[limits]\nmax_in_flight = 7\n").route(KEPT).start()
}

fn generation(server: &Server) -> u64 {
    server.control().ask("status")["generation"].as_u64().unwrap()
}

/// Does `change`, and waits until it is live.
fn change(server: &Server, change: impl FnOnce()) {
    let before = generation(server);
    change();
    wait_until("the change to be live", || (generation(server) > before).then_some(()));
}

fn differs(server: &Server) -> bool {
    server.control().ask("status")["config"]["differs"].as_bool().unwrap()
}

#[test]
fn the_configuration_before_serves_again_until_a_reload_is_asked_for() {
    let server = serve();
    let control = server.control();
    let nothing = control.request(&json!({ "verb": "rollback" })).unwrap_err();
    assert_eq!(nothing["code"], "HF0528", "nothing has changed yet: {nothing}");

    let routes = "0x0400 = \"builtin.echo\"";
    change(&server, || server.remap(routes, Swap::Rename));
    let mut wire = server.connect();
    assert!(wire.ask(0x0300, b"x").error_code().is_some());
    let on_disk = fs::read(server.commands_file()).unwrap();
    let newest = generation(&server);
    let back = control.ask("rollback");
    let (from, to) = (back["from"].as_u64().unwrap(), back["to"].as_u64().unwrap());
    assert!(from == newest && to < from && back["generation"].as_u64() > Some(from), "{back}");
    let expected = json!([
        {
            "command": "0x0300", "change": "added", "old": null, "new": "builtin.echo",
            "options": [],
        },
        {
            "command": "0x0400", "change": "removed", "old": "builtin.echo", "new": null,
            "options": [],
        },
    ]);
    assert_eq!(back["routes"], expected);
    assert_eq!(wire.ask(0x0300, b"x").data, b"x");
    assert!(wire.ask(0x0400, b"x").error_code().is_some());
    assert!(differs(&server));
    assert_eq!(fs::read(server.commands_file()).unwrap(), on_disk);
    let twice = control.request(&json!({ "verb": "rollback" })).unwrap_err();
    assert_eq!(twice["code"], "HF0528");

    let _done = control.ask("reload");
    assert_eq!(wire.ask(0x0400, b"x").data, b"x");
    assert!(!differs(&server));
    // The reload is itself a change that can be regretted.
    assert_eq!(control.ask("rollback")["routes"], expected);
    change(&server, || server.reset("max_in_flight = 7", "max_in_flight = 9"));
    assert!(!differs(&server), "a file that changes has all of them read");
    assert_eq!(wire.ask(0x0400, b"x").data, b"x");
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_plan_tells_settings_restarts_and_mistakes_and_touches_nothing() {
    let server = serve();
    let control = server.control();
    let plan = control.ask("plan");
    assert_eq!((&plan["settings"], &plan["routes"]), (&json!([]), &json!([])), "{plan}");
    server.reset("state_dir = \"../run\"", "state_dir = \"../else\"");
    server.log().wait_for(0, "what waits", |line| line.field("key") == "server.state_dir");
    assert_eq!(generation(&server), 1, "what waits for a restart is no new configuration");
    let nothing = control.request(&json!({ "verb": "rollback" })).unwrap_err();
    assert_eq!(nothing["code"], "HF0528", "what waits for a restart is not in force");
    change(&server, || server.reset("max_in_flight = 7", "max_in_flight = 9"));
    let _done = control.ask("rollback");
    let before = generation(&server);
    let plan = control.ask("plan");
    let root = server.folder().path().display().to_string();
    let expected = json!([
        {
            "key": "server.state_dir", "needs_restart": true,
            "old": format!("{root}/run"), "new": format!("{root}/else"),
        },
        { "key": "limits.max_in_flight", "needs_restart": false, "old": 7, "new": 9 },
    ]);
    assert_eq!((&plan["settings"], &plan["generation"]), (&expected, &before.into()), "{plan}");
    assert_eq!(plan["errors"], json!([]));
    assert!(differs(&server) && generation(&server) == before);
    let _done = control.ask("reload");
    // What needs a restart is pending still, and nothing else is.
    assert_eq!(control.ask("plan")["settings"], json!([expected[0]]));
    server.reset("max_in_flight = 9", "max_in_flight = \"many\"");
    wait_until("the mistake", || (control.ask("status")["config"]["ok"] == false).then_some(()));
    let plan = control.ask("plan");
    assert_eq!((&plan["settings"], plan["errors"][0]["line"].is_u64()), (&json!([]), true));
    assert_eq!(server.stop(), Some(0));
}

/// Every route that serves, with its handler.
fn serving(server: &Server) -> BTreeMap<String, Value> {
    let Value::Array(rows) = server.control().ask("routes") else { panic!("rows") };
    let row = |row: Value| (row["command"].as_str().unwrap().to_owned(), row["handler"].clone());
    rows.into_iter().map(row).collect()
}

#[test]
fn a_reload_does_what_the_plan_has_said() {
    let server = serve();
    let control = server.control();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..scale("HOTFRAME_E2E_ROUNDS", 12) {
        let mut routes = format!("0x1000 = \"round.n{round}\"\n");
        for number in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match seed >> 62 {
                0 => {}
                n => routes += &format!("0x020{number} = \"some.h{n}\"\n"),
            }
        }
        change(&server, || server.remap(&routes, Swap::ALL[round % Swap::ALL.len()]));
        let _done = control.ask("rollback");
        let (before, plan) = (serving(&server), control.ask("plan"));
        let _done = control.ask("reload");
        let after = serving(&server);
        let handler = |routes: &BTreeMap<String, Value>, command: &String| {
            routes.get(command).cloned().unwrap_or(Value::Null)
        };
        let mut commands: Vec<_> = before.keys().chain(after.keys()).collect();
        commands.sort();
        commands.dedup();
        let happened =
            commands.into_iter().map(|it| (it, handler(&before, it), handler(&after, it)));
        let happened: Vec<_> = happened.filter(|(_, old, new)| old != new).collect();
        let planned = plan["routes"].as_array().unwrap();
        let planned: Vec<_> =
            planned.iter().map(|it| (&it["command"], &it["old"], &it["new"])).collect();
        assert_eq!(planned.len(), happened.len(), "{plan}");
        for (planned, (command, old, new)) in planned.into_iter().zip(&happened) {
            assert_eq!(planned, (&json!(command), old, new));
        }
        assert_eq!(control.ask("plan")["routes"], json!([]), "nothing is left to do");
    }
    assert_eq!(server.stop(), Some(0));
}
