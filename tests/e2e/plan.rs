//! What a reload would change, told before, and the way back.

use std::collections::BTreeMap;
use std::fs;

use hotframe_tests::{Fixture, Server, Swap, Wire, scale, wait_until};
use serde_json::{Value, json};

const HELLO: u16 = 0x0001;
const ADD: u16 = 0x0200;
/// Ways by which a file is whole at every moment: an empty one is a change like any other.
const WHOLE: [Swap; 3] = [Swap::Rename, Swap::HardLink, Swap::Symlink];

/// What may be seen of a configuration from outside.
#[derive(Clone, Debug, PartialEq)]
struct Sight {
    /// The handler of each, and whether it is switched off.
    routes: BTreeMap<String, (Value, bool)>,
    level: Value,
    step: u64,
    /// Whether each client's secret is taken.
    clients: Vec<bool>,
}

/// Random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % most
    }
}

fn setup() -> Server {
    let settings = "settle = \"50ms\"\n[plugins.config.keeper]\nstep = 2\n\
                    [auth]\nfile = \"clients.toml\"\nrequired = false\n\
                    failure_rate = \"\"\n";
    let setup = Server::setup().route("0x0200 = \"keeper.add\"").log("level = \"info\"\n");
    let setup = setup.settings(settings).file("config/clients.toml", "");
    setup.plugin("keeper.so", &Fixture::compile("keeper.c", &[]).bytes).start()
}

/// The routes that serve, the level, what a call adds, and who may come.
fn look(server: &Server, names: &[String]) -> Sight {
    let Value::Array(rows) = server.control().ask("routes") else { panic!("rows") };
    let row = |row: Value| {
        let is_off = row["state"] == "disabled";
        (row["command"].as_str().unwrap().to_owned(), (row["handler"].clone(), is_off))
    };
    let mut wire = server.connect();
    let total =
        |wire: &mut Wire| u64::from_be_bytes(wire.ask(ADD, &[1]).data[9..17].try_into().unwrap());
    let (first, second) = (total(&mut wire), total(&mut wire));
    let may = |name: &String| {
        let claim = format!("{name}\0secret");
        server.connect().ask(HELLO, claim.as_bytes()).error_code().is_none()
    };
    Sight {
        routes: rows.into_iter().map(row).collect(),
        level: server.control().ask("log")["configured"].clone(),
        step: second - first,
        clients: names.iter().map(may).collect(),
    }
}

/// Whether what the files say is what serves, but for what waits for a restart.
fn is_live(plan: &Value) -> bool {
    let waits = |change: &Value| change["needs_restart"] == true;
    plan["settings"].as_array().unwrap().iter().all(waits)
        && plan["routes"] == json!([])
        && plan["clients"] == false
}

/// Holds that a plan names the HTTP address, which waits for a restart, if and only if the file
/// says another one than what is served, which is none.
fn compare_held(plan: &Value, wished: &str) {
    let held = (!wished.is_empty()).then(|| (Value::Null, Value::from(wished)));
    let told = change(plan, "http.listen").map(|(old, new)| (old.clone(), new.clone()));
    assert_eq!(told, held, "{plan}");
}

/// A file of clients, each with the secret `secret`.
fn clients(names: &[String], hash: &str) -> String {
    names.iter().map(|name| format!("{name} = \"{hash}\"\n")).collect()
}

fn hash() -> String {
    let command = hotframe_tests::built().join("hotframe");
    let mut child = std::process::Command::new(command)
        .arg("hash")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"secret").unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim_end().to_owned()
}

/// The old and the new value of a key in a plan; `None` if it is not listed.
fn change<'a>(plan: &'a Value, key: &str) -> Option<(&'a Value, &'a Value)> {
    let mut settings = plan["settings"].as_array().unwrap().iter();
    settings.find(|change| change["key"] == key).map(|change| (&change["old"], &change["new"]))
}

/// Holds what a plan said against what was there before and after.
fn compare(plan: &Value, before: &Sight, after: &Sight) {
    let level = change(plan, "log.level").unwrap_or((&before.level, &before.level));
    assert_eq!(level, (&before.level, &after.level), "{plan}");
    let table = change(plan, "plugins.config.keeper");
    let steps = table.map(|(old, new)| (old["step"].as_u64(), new["step"].as_u64()));
    let steps = steps.unwrap_or((Some(before.step), Some(before.step)));
    assert_eq!(steps, (Some(before.step), Some(after.step)), "{plan}");
    assert_eq!(plan["clients"] == true, before.clients != after.clients, "{plan}");
    let mut expected = before.routes.clone();
    for route in plan["routes"].as_array().unwrap() {
        let command = route["command"].as_str().unwrap().to_owned();
        let was = before.routes.get(&command);
        let old = was.map(|(handler, _)| handler);
        assert_eq!(old, Some(&route["old"]).filter(|old| !old.is_null()));
        let was_off = was.is_some_and(|(_, is_off)| *is_off);
        let mut options = route["options"].as_array().unwrap().iter();
        let is_off = options.find(|option| option["key"] == "enabled").map_or(was_off, |option| {
            assert_eq!(option["old"] == false, was_off, "{plan}");
            option["new"] == false
        });
        match &route["new"] {
            Value::Null => drop(expected.remove(&command)),
            new => drop(expected.insert(command, (new.clone(), is_off))),
        }
    }
    assert_eq!(expected, after.routes, "{plan}");
}

#[test]
fn a_reload_does_what_the_plan_has_said_and_a_rollback_brings_all_of_it_back() {
    let server = setup();
    let control = server.control();
    let (mut dice, hash) = (Dice(0x9E37_79B9_7F4A_7C15), hash());
    let all: Vec<String> = (0..2).map(|n| format!("dev{n}")).collect();
    let mut step = 2;
    let (mut level, mut http) = ("info", "");
    for round in 0..scale("HOTFRAME_E2E_ROUNDS", 4) {
        let was = look(&server, &all);
        let next_step = [2, 3, 5, 7, 13][usize::try_from(dice.below(5)).unwrap()];
        let next_level = ["info", "warn", "debug"][usize::try_from(dice.below(3)).unwrap()];
        let some: Vec<_> = all.iter().filter(|_| dice.below(2) == 0).cloned().collect();
        let mut routes = format!("0x0200 = \"keeper.add\"\n0x1000 = \"round.n{round}\"\n");
        for number in 0..4 {
            let n = dice.below(3);
            routes += &match dice.below(4) {
                0 => String::new(),
                1 => format!("0x040{number} = {{ handler = \"some.h{n}\", enabled = false }}\n"),
                _ => format!("0x040{number} = \"some.h{n}\"\n"),
            };
        }
        let how = WHOLE[round % WHOLE.len()];
        let path = "config/hotframe.toml";
        let text = fs::read_to_string(server.folder().join(path)).unwrap();
        let text = text.replace(&format!("step = {step}"), &format!("step = {next_step}"));
        let text = text.replace(&format!("\"{level}\""), &format!("\"{next_level}\""));
        let next_http = ["", "127.0.0.1:0"][usize::try_from(dice.below(2)).unwrap()];
        let line = |address: &str| format!("[http]\nlisten = \"{address}\"");
        let text = text.replace(&line(http), &line(next_http));
        (step, level, http) = (next_step, next_level, next_http);
        server.folder().replace("config/clients.toml", clients(&some, &hash).as_bytes(), how);
        server.folder().replace(path, text.as_bytes(), how);
        server.remap(&routes, how);
        wait_until("all of it to be live", || is_live(&control.ask("plan")).then_some(()));
        let _settled = control.ask("reload");
        let newest = look(&server, &all);
        // Where the machine was slow each file was a change of its own: then it is one of them.
        let back = control.ask("rollback");
        let before = look(&server, &all);
        compare(&back, &newest, &before);
        assert_eq!(before.routes["0x0200"], was.routes["0x0200"]);
        let plan = control.ask("plan");
        assert_eq!(look(&server, &all), before, "a plan touches nothing");
        compare_held(&plan, http);
        let _done = control.ask("reload");
        let after = look(&server, &all);
        compare(&plan, &before, &after);
        assert_eq!(after, newest);
        let left = control.ask("plan");
        assert!(is_live(&left), "nothing is left to do: {left}");
        compare_held(&left, http);
        assert_eq!(control.ask("status")["http"], Value::Null, "it waits for a restart");
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_plan_shows_values_and_never_a_secret() {
    let server = setup();
    fs::write(server.folder().join("config/secret"), "swordfish").unwrap();
    let with = "step = 2\ntoken = { file = \"secret\" }\n[limits]\nmax_garbage = \"1MiB\"\n";
    server.reset("step = 2", with);
    wait_until("it to be live", || is_live(&server.control().ask("plan")).then_some(()));
    let _settled = server.control().ask("reload");
    let newest = server.control().ask("status")["generation"].as_u64();
    server.folder().replace("config/secret", b"marlin", Swap::Rename);
    wait_until("the secret to be live", || {
        (server.control().ask("status")["generation"].as_u64() > newest).then_some(())
    });
    let back = server.control().ask("rollback").to_string();
    let plan = server.control().ask("plan");
    let (old, new) = change(&plan, "plugins.config.keeper").unwrap();
    assert_eq!((old, new), (&json!({ "step": 2, "token": "***" }), new));
    assert_eq!(old, new, "nothing but the secret differs");
    for shown in [back, plan.to_string(), server.log().text()] {
        assert!(!shown.contains("swordfish") && !shown.contains("marlin"), "{shown}");
    }
    assert_eq!(server.stop(), Some(0));
}

/// What a plan says of the plugin files: name of the file, change, plugin, code.
fn files(plan: &Value) -> Vec<(String, String, Value, Value)> {
    let name = |path: &Value| path.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
    let row = |row: &Value| {
        let change = row["change"].as_str().unwrap().to_owned();
        (name(&row["path"]), change, row["plugin"].clone(), row["code"].clone())
    };
    plan["plugins"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_plan_tells_what_becomes_of_plugin_files() {
    let (one, two) = (Fixture::stamp(1).bytes, Fixture::stamp(2).bytes);
    let other = Fixture::compile("keeper.c", &[]).bytes;
    let settings = "settle = \"50ms\"\non_remove = \"unload\"\n";
    let server = Server::setup().settings(settings).plugin("stamp.so", &one).start();
    let control = server.control();
    wait_until("the plugin", || control.plugin("stamp"));
    assert_eq!(files(&control.ask("plan")), []);
    // From here on nothing comes to rest, so that a look would find it all.
    server.reset("settle = \"50ms\"", "settle = \"1m\"");
    wait_until("it to be live", || is_live(&control.ask("plan")).then_some(()));
    // The thread that watches has heard of it when it has looked; an error would be told.
    let _looked = control.ask("reload");
    server.drop_plugin("stamp.so", &two, Swap::InPlace);
    server.drop_plugin("keeper.so", &other, Swap::InPlace);
    server.drop_plugin("torn.so", &one[..one.len() / 2], Swap::InPlace);
    let plan = control.ask("plan");
    let told = files(&plan);
    let row = |file: &str, change: &str, plugin: Value| {
        (file.to_owned(), change.to_owned(), plugin, Value::Null)
    };
    assert_eq!(
        told[..2],
        [row("keeper.so", "loaded", "keeper".into()), row("stamp.so", "replaced", "stamp".into()),]
    );
    assert_eq!((told[2].1.as_str(), told[2].3.is_string()), ("refused", true), "{plan}");
    assert_eq!(control.plugin("stamp").unwrap()["sha256"], plan["plugins"][1]["old"]);
    server.reset("settle = \"1m\"", "settle = \"50ms\"");
    let now = |name: &str| control.plugin(name).map(|row| row["sha256"].clone());
    for (place, name) in [(0, "keeper"), (1, "stamp")] {
        let planned = &plan["plugins"][place]["new"];
        wait_until("what was planned", || (now(name).as_ref() == Some(planned)).then_some(()));
    }
    fs::remove_file(server.folder().join("plugins/torn.so")).unwrap();
    server.reset("settle = \"50ms\"", "settle = \"1m\"");
    wait_until("it to be live", || is_live(&control.ask("plan")).then_some(()));
    // The thread that watches has heard of it when it has looked; it may see the torn one go.
    let _looked_or_refused = control.request(&json!({ "verb": "reload" }));
    fs::remove_file(server.folder().join("plugins/keeper.so")).unwrap();
    wait_until("the gone file", || {
        let told = files(&control.ask("plan"));
        (told == [row("keeper.so", "unloaded", "keeper".into())]).then_some(())
    });
    assert_eq!(server.stop(), Some(0));
}
