//! `hotframe plugin test` and `inspect`, as an author types them.
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::fixture::{Workshop, compile};

fn hotframe(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotframe"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with `actor.so` and these frames.
fn shop(frames: &str) -> Workshop {
    let shop = Workshop::new();
    compile("actor.c", &[], &shop.path("actor.so"));
    fs::write(shop.path("frames.toml"), frames).unwrap();
    shop
}

/// What `plugin test --json` says of these frames, and its exit code.
fn tested(frames: &str) -> (Value, Option<i32>) {
    let shop = shop(frames);
    let output = hotframe(&["plugin", "test", "actor.so", "--json"], &shop.path(""));
    let json = serde_json::from_slice(&output.stdout);
    (json.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code())
}

fn frame(lines: &str) -> String {
    format!("[[frame]]\n{lines}\n")
}

/// What `plugin test --json` says of these frames with a plugin of that source.
fn tested_with(source: &str, defines: &[&str], frames: &str) -> Value {
    let shop = Workshop::new();
    compile(source, defines, &shop.path("plugin.so"));
    fs::write(shop.path("frames.toml"), frames).unwrap();
    let output = hotframe(&["plugin", "test", "plugin.so", "--json"], &shop.path(""));
    let json = serde_json::from_slice(&output.stdout);
    json.unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn state_goes_over_to_a_fresh_instance_between_two_frames() {
    let add = |number: &str, sum: &str, more: &str| {
        let reply = format!("reply = {{ ends = \"hex:00000000000000{sum}\" }}");
        frame(&format!("handler = \"add\"\ndata = \"hex:{number}\"\n{reply}\n{more}"))
    };
    let frames =
        add("05", "05", "") + &add("01", "06", "reload = true") + &add("01", "07", "reload = true");
    let json = tested_with("keeper.c", &[], &frames);
    assert_eq!((&json["ok"], &json["passed"]), (&true.into(), &3.into()), "{json:#}");
    let json = tested_with("keeper.c", &["-DSAVE_FAILS=1"], &frames);
    assert_eq!((&json["ok"], &json["passed"]), (&false.into(), &1.into()), "{json:#}");
    assert_eq!(json["error"]["code"], "HF0244", "{json:#}");
    let said = json["error"]["message"].as_str().unwrap();
    assert!(said.contains("it cannot say what it has"), "{json:#}");
    // A plugin without state begins anew.
    let count = frame("handler = \"count\"\nreload = true");
    let json = tested_with("actor.c", &[], &count);
    assert_eq!(json["error"], Value::Null, "{json:#}");
}

#[test]
fn what_is_pushed_is_compared_and_answered() {
    let all = |pushes: &str| frame(&format!("handler = \"all\"\ndata = \"word\"\n{pushes}"));
    let frames = frame("handler = \"me\"\nconnection = 2")
        + &all(
            "push = [{ number = 0x0300, data = \"word\" }, { number = 0x0300, connection = 2 }, \
             { number = 0x0301, data = { starts = \"w\", length = 4 } }]",
        );
    let json = tested_with("herald.c", &[], &frames);
    assert_eq!((&json["ok"], &json["passed"]), (&true.into(), &2.into()), "{json:#}");
    assert_eq!(json["frames"][1]["pushed"].as_array().map(Vec::len), Some(3), "{json:#}");
    let wrong = all("push = [{ number = 0x0300, data = \"other\" }]\nwithin = \"5s\"");
    let json = tested_with("herald.c", &[], &wrong);
    assert_eq!(json["ok"], false, "{json:#}");
    let said = json["frames"][0]["difference"].as_str().unwrap();
    assert!(said.starts_with("it has not pushed event 0x0300 on connection 1"), "{said}");
    assert!(said.contains("pushed: event 0x0300 on connection 1 \"word\""), "{said}");
    let none = all("push = [{ number = 0x0302 }]\nwithin = \"50ms\"");
    assert_eq!(tested_with("herald.c", &[], &none)["ok"], false);
}

#[test]
fn answers_at_once_by_timer_and_from_a_worker_are_compared() {
    let frames = [
        "handler = \"echo\"\ndata = \"hello\"\nreply = \"hello\"",
        "handler = \"actor.echo\"\ndata = \"u16be:513\"\nreply = \"hex:0201\"",
        "handler = \"echo\"\ndata = \"\"\nerror = 1001",
        "handler = \"refuse\"\nerror = { code = 1100, message = \"sold out\" }",
        "handler = \"ring\"\nreply = \"rung\"",
        "handler = \"work\"\nreply = { starts = \"do\", length = 4 }",
        "handler = \"count\"\nevent = true",
        "handler = \"count\"\nevent = true\nconnection = 2",
        "handler = \"count\"\nreply = \"u8:2\"",
        "handler = \"farewell\"\nreply = \"bye\"",
        "handler = \"echo\"\ndata = \"again\"\nreply = \"again\"",
    ];
    let (json, exit) = tested(&frames.map(frame).concat());
    let differs: Vec<_> = json["frames"].as_array().unwrap().iter().collect();
    assert_eq!(exit, Some(0), "{differs:#?}");
    assert_eq!((&json["passed"], &json["failed"]), (&11.into(), &0.into()));
    assert_eq!(json["log"][0]["message"], "on stage");
    assert_eq!(json["frames"][3]["log"][0]["level"], "warn");
    assert!(json["frames"][4]["took_us"].as_u64().unwrap() >= 20_000, "{json}");
    assert_eq!(json["stays"], Value::Null);
}

#[test]
fn what_differs_fails_with_the_difference() {
    let frames = [
        "name = \"a\"\nhandler = \"echo\"\ndata = \"hello\"\nreply = \"hallo\"",
        "name = \"b\"\nhandler = \"forget\"\nwithin = \"30ms\"\nreply = \"x\"",
        "name = \"c\"\nhandler = \"nothing\"\nreply = \"x\"",
        "name = \"d\"\nhandler = \"echo\"\ndata = \"late\"\nreply = \"late\"",
    ];
    let shop = shop(&frames.map(frame).concat());
    let output = hotframe(&["plugin", "test", "actor.so"], &shop.path(""));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    for part in [
        "actor 1.2.3: 8 handlers, 4 frames of frames.toml\n",
        "log       info: on stage\n",
        "frames.toml:1\n        sent      request echo \"hello\"\n",
        "expected  reply \"hallo\"\n        came      reply \"hello\"\n",
        "because   byte 2 is 65, not 61\n",
        "because   no answer came in time\n",
        "because   there is no such handler: `hotframe plugin inspect` lists them\n",
        "  ok    d ",
        "1 good, 3 failed\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn a_plugin_that_ends_its_process_fails_with_the_frame_that_did_it() {
    let frames = ["handler = \"echo\"\ndata = \"x\"", "handler = \"crash\"", "handler = \"ring\""];
    let (json, exit) = tested(&frames.map(frame).concat());
    assert_eq!((exit, &json["passed"]), (Some(1), &1.into()), "{json}");
    assert_eq!(json["error"]["code"], "HF0231");
    let message = json["error"]["message"].as_str().unwrap();
    assert_eq!(message, "it ended by signal 6 (SIGABRT): a frame was on its way");
    assert_eq!(json["frames"][1]["difference"], "the plugin did not come back from it");
    let (json, exit) = tested("[config]\nplay = \"none\"\n");
    assert_eq!((exit, &json["error"]["code"]), (Some(1), &"HF0226".into()), "{json}");
    assert_eq!(json["error"]["message"], "it refused to start: no such play");
}

#[test]
fn without_frames_it_is_started_and_ended_and_a_bad_file_is_told() {
    let shop = shop("[[frame]]\nhandler = \"echo\"\ndata = \"hex:x\"\n");
    let said = hotframe(&["plugin", "test", "actor.so"], &shop.path(""));
    assert_eq!(said.status.code(), Some(1));
    assert!(text(&said.stderr).contains("error[HF0606]"), "{said:?}");
    assert!(text(&said.stderr).contains("frames.toml:3:8"), "{said:?}");
    fs::remove_file(shop.path("frames.toml")).unwrap();
    let said = hotframe(&["plugin", "test", "actor.so"], &shop.path(""));
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    assert!(text(&said.stdout).ends_with("loaded, started and ended\n"), "{said:?}");
    fs::write(shop.path("text.so"), "no library").unwrap();
    let said = hotframe(&["plugin", "test", "text.so"], &shop.path(""));
    assert!(text(&said.stderr).starts_with("error[HF0210]: text.so: "), "{said:?}");
}

fn inspected(shop: &Workshop, args: &[&str]) -> (Value, Option<i32>) {
    let args = [&["plugin", "inspect", "--json"], args].concat();
    let output = hotframe(&args, &shop.path(""));
    let json = serde_json::from_slice(&output.stdout);
    (json.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code())
}

#[test]
fn a_file_is_taken_apart_and_would_be_taken() {
    let shop = shop("");
    let (json, exit) = inspected(&shop, &["actor.so"]);
    assert_eq!((exit, &json["taken"]), (Some(0), &true.into()), "{json}");
    assert_eq!((&json["name"], &json["version"]), (&"actor".into(), &"1.2.3".into()));
    assert_eq!((&json["abi"], &json["sha256"].as_str().unwrap().len()), (&"1.0".into(), &64));
    assert_eq!(json["needs"], serde_json::json!(["libc.so.6"]));
    let echo = serde_json::json!({
        "name": "echo", "default_command": "0x0200", "min_len": 1, "max_len": 16,
    });
    assert_eq!(json["handlers"][0], echo);
    assert_eq!(json["handlers"].as_array().unwrap().len(), 8);
    let said = text(&hotframe(&["plugin", "inspect", "actor.so"], &shop.path("")).stdout);
    assert!(said.contains("handlers  actor.echo: 1 to 16 bytes, suggests 0x0200\n"), "{said}");
    let taken = "taken     a server of this version and configuration would take it\n";
    assert!(said.ends_with(taken), "{said}");
}

#[test]
fn what_a_server_remembers_of_a_file_is_said_with_what_lifts_it() {
    let shop = shop("");
    let (json, _) = inspected(&shop, &["actor.so"]);
    assert_eq!(
        (&json["record"]["is_there"], &json["name_taken_by"]),
        (&false.into(), &Value::Null)
    );
    let (hash, plugins) = (json["sha256"].as_str().unwrap(), shop.folder("plugins"));
    let record = shop.folder("run").join("plugins.json");
    let held = serde_json::json!({ "set_aside": [{
        "sha256": hash, "plugin": "actor", "cause": "crash", "code": "HF0260",
        "reason": "it ended by signal 11", "count": 2, "since": 1_700_000_000, "until": null,
    }]});
    fs::write(&record, held.to_string()).unwrap();
    let sets = ["--set", "server.state_dir=\"run\"", "--set", "plugins.dirs=[\"plugins\"]"];
    let (json, exit) = inspected(&shop, &[&["actor.so"], &sets[..]].concat());
    assert_eq!((exit, &json["refusal"]["code"]), (Some(1), &"HF0260".into()), "{json}");
    assert_eq!(json["record"]["set_aside"]["since"], "2023-11-14T22:13:20.000000Z");
    fs::copy(shop.path("actor.so"), plugins.join("other.so")).unwrap();
    let said = hotframe(&[&["plugin", "inspect", "actor.so"], &sets[..]].concat(), &shop.path(""));
    let said = text(&said.stdout);
    let since = "set aside by a crash, since 2023-11-14T22:13:20.000000Z, 2 times: it ended by";
    assert!(said.contains(since), "{said}");
    assert!(said.contains("`hotframe ctl reload actor` has it loaded all the same"), "{said}");
    assert!(said.contains("other.so provides the same plugin"), "{said}");
    fs::write(&record, "{\"disabled\": [\"actor\"]}").unwrap();
    let (json, exit) = inspected(&shop, &[&["actor.so"], &sets[..]].concat());
    assert_eq!((exit, &json["refusal"]["code"]), (Some(1), &"HF0262".into()), "{json}");
    assert!(json["name_taken_by"].as_str().is_some_and(|path| path.ends_with("other.so")));
}

#[test]
fn a_file_that_would_be_refused_says_why_and_what_it_is_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let shop = shop("");
    fs::set_permissions(shop.path("actor.so"), fs::Permissions::from_mode(0o666)).unwrap();
    let (json, exit) = inspected(&shop, &["actor.so"]);
    assert_eq!((exit, &json["refusal"]["code"]), (Some(1), &"HF0205".into()), "{json}");
    assert_eq!((&json["name"], &json["handlers"]), (&"actor".into(), &Value::Null));
    fs::set_permissions(shop.path("actor.so"), fs::Permissions::from_mode(0o644)).unwrap();
    let config = "plugins.config.actor.play=\"none\"";
    let (json, exit) = inspected(&shop, &["actor.so", "--set", config]);
    assert_eq!((exit, &json["refusal"]["code"]), (Some(1), &"HF0226".into()), "{json}");
    assert_eq!(json["handlers"].as_array().unwrap().len(), 8);
    compile("fatal.c", &["-DAT_ENTRY", "-DDO=CRASH", "-Wl,-z,nodelete"], &shop.path("fatal.so"));
    let (json, _) = inspected(&shop, &["fatal.so"]);
    assert_eq!((&json["refusal"]["code"], &json["handlers"]), (&"HF0231".into(), &Value::Null));
    assert_eq!((&json["no_delete"], &json["name"]), (&true.into(), &"fatal".into()));
    let gone = hotframe(&["plugin", "inspect", "gone.so"], &shop.path(""));
    assert_eq!(gone.status.code(), Some(1));
    assert!(text(&gone.stderr).starts_with("error[HF0201]: gone.so: "), "{gone:?}");
}

#[test]
fn every_flaw_that_a_server_sees_is_seen_without_one() {
    let shop = Workshop::new();
    // What `defect.c` gets wrong, and what a server refuses it for.
    for (defect, code) in
        [("NO_NOTE", "HF0215"), ("NULL_TABLE", "HF0223"), ("TWO_OF_A_NAME", "HF0225")]
    {
        let file = shop.defect(defect);
        let (json, exit) = inspected(&shop, &[file.to_str().unwrap()]);
        assert_eq!((exit, &json["refusal"]["code"]), (Some(1), &code.into()), "{defect}: {json}");
    }
}
