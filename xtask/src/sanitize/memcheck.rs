//! A server under valgrind: owns how it is set up, what it is asked, and what counts as a finding.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// How often each plugin is replaced.
const ROUNDS: usize = 3;
/// The plugins that serve, and are replaced.
const PLUGINS: [&str; 2] = ["echo", "kv"];

const SETTINGS: &str = "commands = \"commands.toml\"\n\
    [server]\nstate_dir = \"run\"\n[control]\nsocket = \"control.sock\"\n[http]\nlisten = \"\"\n\
    [log]\nformat = \"json\"\n[plugins]\ndirs = [\"plugins\"]\nprobe = false\n";
const COMMANDS: &str = "[commands]\n0x0100 = \"echo.echo\"\n0x0146 = \"kv.info\"\n";

/// Serves, replaces and stops below `top`; true when valgrind has nothing to say.
pub fn run(top: &Path) -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        eprintln!("needs valgrind");
        return false;
    }
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    let built = cargo.args(["build", "--workspace", "--quiet"]).current_dir(top).status();
    if !built.is_ok_and(|status| status.success()) {
        return false;
    }
    // The path of a socket must be short.
    let home = std::env::temp_dir().join(format!("hotframe-memcheck-{}", std::process::id()));
    let told = set_up(&top.join("target/debug"), &home).and_then(|()| watch(&home));
    let _gone = fs::remove_dir_all(&home);
    told.unwrap_or_else(|error| {
        eprintln!("memcheck: {error}");
        false
    })
}

fn set_up(built: &Path, home: &Path) -> std::io::Result<()> {
    fs::create_dir_all(home.join("plugins"))?;
    let listen = format!("listen = [\"{}\"]\n", place(home));
    fs::write(home.join("hotframe.toml"), listen + SETTINGS)?;
    fs::write(home.join("commands.toml"), COMMANDS)?;
    fs::copy(built.join("hotframe"), home.join("hotframe"))?;
    for plugin in PLUGINS {
        let file = format!("lib{plugin}.so");
        fs::copy(built.join(&file), home.join("plugins").join(&file))?;
    }
    Ok(())
}

/// Runs the server in `home` and asks it things; true when it ended well and nothing was found.
fn watch(home: &Path) -> std::io::Result<bool> {
    let mut valgrind = Command::new("valgrind");
    // What is kept for ever on purpose, as the stack of the handler of crashes, is no error.
    valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full"]);
    valgrind.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=none"]);
    valgrind.args(["./hotframe", "serve", "--config", "hotframe.toml"]).current_dir(home);
    let mut server = valgrind.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let served = serve(home, &mut server);
    if !served {
        let _it_ends = server.kill();
    }
    let status = server.wait()?;
    Ok(served && status.success())
}

fn serve(home: &Path, server: &mut Child) -> bool {
    let lines = server.stdout.take().map(|out| BufReader::new(out).lines());
    let mut lines = lines.into_iter().flatten().map_while(Result::ok);
    if !lines.any(|line| line.contains("ready")) {
        eprintln!("the server did not come up");
        return false;
    }
    let to = place(home);
    // Whoever writes lines must find somebody who reads them.
    std::thread::spawn(move || lines.for_each(drop));
    (0..ROUNDS).all(|_| {
        ask(home, &["send", "--to", &to, "0x0100", "hello"])
            && ask(home, &["send", "--to", &to, "0x0146"])
            && PLUGINS.iter().all(|plugin| ask(home, &["ctl", "reload", plugin]))
    }) && ask(home, &["ctl", "plugins"])
        && ask(home, &["ctl", "shutdown"])
}

/// Where a server in `home` listens.
fn place(home: &Path) -> String {
    format!("unix://{}/frames.sock", home.display())
}

/// Types a command; whether it did what it should.
fn ask(home: &Path, words: &[&str]) -> bool {
    let mut command = Command::new("./hotframe");
    command.args(&words[..1]);
    if words[0] == "ctl" {
        command.args(["--control", "control.sock"]);
    }
    let output = command.args(&words[1..]).current_dir(home).output();
    let good = output.as_ref().is_ok_and(|output| output.status.success());
    if !good {
        eprintln!("hotframe {}: {output:?}", words.join(" "));
    }
    good
}
