//! A new plugin, as its author meets it: made, built and tried out without a network, then live at
//! every save.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hotframe_protocol::Kind;
use hotframe_tests::{Process, Server, built, request, wait_until};
use serde_json::Value;

fn hotframe(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(built().join("hotframe"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

/// Makes a plugin in that language.
fn make(name: &str, lang: &str, folder: &Path) {
    let made = hotframe(&["plugin", "new", name, "--lang", lang], folder);
    assert!(made.status.success(), "{made:?}");
}

/// Builds it with what its README says, where nothing can be fetched.
fn build(folder: &Path, command: &[&str]) {
    let empty = tempfile::tempdir().unwrap();
    let mut build = Command::new(command[0]);
    build.args(&command[1..]).current_dir(folder);
    build.env("CARGO_HOME", empty.path()).env("CARGO_NET_OFFLINE", "true");
    build.env("HOTFRAME", built().join("hotframe")).env_remove("CARGO_TARGET_DIR");
    let output = build.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    assert!(!said.contains("warning"), "{command:?}: {said}");
}

/// Plays its own frames, which all pass.
fn passes(folder: &Path, library: &str) {
    let tested = hotframe(&["plugin", "test", library, "--json"], folder);
    let said: Value = serde_json::from_slice(&tested.stdout).unwrap();
    assert_eq!((&said["ok"], &said["passed"]), (&true.into(), &3.into()), "{said:#}");
    let inspected = hotframe(&["plugin", "inspect", library, "--json"], folder);
    let said: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!((&said["taken"], &said["warnings"]), (&true.into(), &Value::Array(Vec::new())));
}

#[test]
fn a_new_plugin_in_rust_builds_tests_and_answers_without_a_network() {
    let root = tempfile::tempdir().unwrap();
    make("my-plugin", "rust", root.path());
    let folder = root.path().join("my-plugin");
    build(&folder, &[env!("CARGO"), "test", "--quiet"]);
    build(&folder, &[env!("CARGO"), "build"]);
    passes(&folder, "target/debug/libmy_plugin.so");
}

#[test]
fn a_new_plugin_in_c_and_cpp_builds_tests_and_answers() {
    for (lang, name) in [("c", "in-c"), ("cpp", "in-cpp")] {
        let root = tempfile::tempdir().unwrap();
        make(name, lang, root.path());
        let folder = root.path().join(name);
        build(&folder, &["make", "test"]);
        passes(&folder, &format!("build/lib{name}.so"));
    }
}

/// `plugin dev` of the plugin `greeter` in the server's folder, beside that server.
fn develop(server: &Server) -> Process {
    let socket = server.folder().join("run/hotframe.sock");
    let args = ["plugin", "dev", "greeter", "--control", socket.to_str().unwrap()];
    Process::start(&built().join("hotframe"), &args, server.folder().path())
}

#[test]
fn at_every_save_a_plugin_goes_live_unless_it_fails() {
    let server = Server::setup().route("0x0200 = \"greeter.greet\"").start();
    let root = server.folder().path();
    make("greeter", "c", root);
    let source = root.join("greeter/greeter.c");
    let dev = develop(&server);
    let said = |text: &str| {
        dev.log().wait_for(0, text, |record| record.message().contains(text));
    };
    let mut wire = server.connect();
    let mut answer = || {
        wire.send(&request(0x0200, b"Ada"));
        let frame = wire.receive().unwrap();
        assert_eq!(frame.command.kind(), Kind::Reply, "{frame:?}");
        String::from_utf8(frame.data).unwrap()
    };
    said("live    greeter, generation ");
    assert_eq!(answer(), "hello, Ada: number 1");
    let good = fs::read_to_string(&source).unwrap();
    fs::write(&source, good.replace("calloc(1", "calloc(")).unwrap();
    said("error[HF0609]: `make` failed");
    assert_eq!(answer(), "hello, Ada: number 2");
    fs::write(&source, good.replace("hello, ", "salve, ")).unwrap();
    said("because   byte 1 is 73, not 68");
    said("error[HF0607]: plugin greeter did not pass");
    assert_eq!(answer(), "hello, Ada: number 3");
    let frames = root.join("greeter/frames.toml");
    let wanted = fs::read_to_string(&frames).unwrap().replace("hello, ", "salve, ");
    fs::write(&frames, wanted).unwrap();
    wait_until("the new version", || (answer() == "salve, Ada: number 1").then_some(()));
    drop(dev);
    let plugins: Vec<_> = fs::read_dir(root.join("plugins")).unwrap().collect();
    assert_eq!(plugins.len(), 1, "{plugins:?}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn who_develops_is_told_that_the_server_went_back() {
    let setup = Server::setup().route("0x0200 = \"greeter.greet\"");
    let server = setup.settings("probation = \"1h\"\nprobation_errors = 3\n").start();
    let root = server.folder().path();
    make("greeter", "c", root);
    let source = root.join("greeter/greeter.c");
    let dev = develop(&server);
    let said = |mark: usize, text: &str| {
        dev.log().wait_for(mark, text, |record| record.message().contains(text));
    };
    said(0, "live    greeter, generation ");
    // Its frames know nothing of these.
    let good = fs::read_to_string(&source).unwrap();
    let bad = "self->greeted += 1;\n  if (request->data[0] == '!') {\n    return HF_INTERNAL;\n  }";
    let mark = dev.log().mark();
    fs::write(&source, good.replace("self->greeted += 1;", bad)).unwrap();
    said(mark, "live    greeter, generation ");
    let mut wire = server.connect();
    wait_until("the version before", || {
        let frame = wire.ask(0x0200, b"!");
        (frame.command.kind() == Kind::Reply).then_some(())
    });
    said(mark, "greeter does not serve any more: HF0260");
    assert_eq!(wire.ask(0x0200, b"Ada").command.kind(), Kind::Reply);
}
