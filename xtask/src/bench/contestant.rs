//! The contestants: owns how each server is started.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Places;
use super::build;

/// The one that the others are compared with.
pub const BAR: &str = "handwritten";

/// A server.
#[derive(Debug)]
pub struct Contestant {
    /// How it is called in tables and on the command line.
    pub name: &'static str,
    command: fn(&Places) -> io::Result<Command>,
}

const URL: &str = "tcp://127.0.0.1:0";

impl Contestant {
    /// Every server, in the order of the table.
    pub fn all() -> Vec<Self> {
        vec![
            Self { name: "echo", command: |places| Ok(peer(places, "echo")) },
            Self {
                name: BAR,
                command: |places| {
                    let mut command = peer(places, "handwritten");
                    command.arg(places.bench.join("plugin.so"));
                    Ok(command)
                },
            },
            Self { name: "tokio", command: |places| Ok(peer(places, "peer-tokio")) },
            Self { name: "hotframe", command: hotframe },
        ]
    }

    /// What starts it.
    pub fn command(&self, places: &Places) -> io::Result<Command> {
        (self.command)(places)
    }
}

fn peer(places: &Places, name: &str) -> Command {
    let mut command = Command::new(places.bench.join(name));
    command.arg(URL);
    command
}

/// hotframe as it comes, with everything on: only room for the connections, a port of its own,
/// and the plugin in C's place.
fn hotframe(places: &Places) -> io::Result<Command> {
    hotframe_with(places, &Setting::default())
}

/// What hotframe is measured with.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Routes from `0x0100` on, all to one handler.
    pub routes: u16,
    /// Plugins that are loaded beside it and never asked.
    pub plugins: u16,
    /// Conditions of the routes, as in the commands file; none if empty.
    pub conditions: &'static str,
    /// Settings as after `--set`.
    pub settings: &'static [&'static str],
}

impl Default for Setting {
    fn default() -> Self {
        Self { routes: 1, plugins: 0, conditions: "", settings: &[] }
    }
}

/// The configuration and the control socket of a server that is started.
pub fn folder(places: &Places) -> PathBuf {
    places.bench.join("hotframe")
}

/// The text of a commands file.
pub fn commands(setting: &Setting, handler: &str) -> String {
    let target = match setting.conditions {
        "" => format!("\"{handler}\""),
        conditions => format!("{{ handler = \"{handler}\", {conditions} }}"),
    };
    let route = |number: u16| format!("0x{number:04X} = {target}\n");
    let routes: String = (0x0100..0x0100 + setting.routes).map(route).collect();
    format!("[commands]\n{routes}")
}

/// hotframe with that.
pub fn hotframe_with(places: &Places, setting: &Setting) -> io::Result<Command> {
    let folder = folder(places);
    if folder.join("plugins").exists() {
        fs::remove_dir_all(folder.join("plugins"))?;
    }
    for inner in ["config", "plugins"] {
        fs::create_dir_all(folder.join(inner))?;
    }
    let plugin = "libecho.so";
    let built = places.hotframe.parent().unwrap_or(Path::new("."));
    fs::copy(built.join(plugin), folder.join("plugins").join(plugin))?;
    let settings = format!(
        "listen = [\"{URL}\"]\ncommands = \"commands.toml\"\n\
         [server]\nstate_dir = \"../run\"\n\
         [limits]\nmax_connections = 20000\n\
         [plugins]\ndirs = [\"../plugins\"]\n\
         [http]\nlisten = \"127.0.0.1:0\"\n\
         [control]\nsocket = \"../run/hotframe.sock\"\n\
         [log]\nformat = \"json\"\n"
    );
    fs::write(folder.join("config/hotframe.toml"), settings)?;
    for number in 0..setting.plugins {
        build::plugin(places, &format!("idle{number}"), &folder.join("plugins"))?;
    }
    fs::write(folder.join("config/commands.toml"), commands(setting, "echo.echo"))?;
    let mut command = Command::new(&places.hotframe);
    command.args(["serve", "--config", "config/hotframe.toml"]).current_dir(folder);
    command.args(setting.settings.iter().flat_map(|one| ["--set", one]));
    Ok(command)
}
