//! The contestants: owns how each server is started.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Places;

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
    hotframe_with_routes(places, 1)
}

/// The same with so many routes, from `0x0100` on, all to one handler.
pub fn hotframe_with_routes(places: &Places, routes: u16) -> io::Result<Command> {
    let folder = places.bench.join("hotframe");
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
    let route = |number: u16| format!("0x{number:04X} = \"echo.echo\"\n");
    let commands: String = (0x0100..0x0100 + routes).map(route).collect();
    fs::write(folder.join("config/commands.toml"), format!("[commands]\n{commands}"))?;
    let mut command = Command::new(&places.hotframe);
    command.args(["serve", "--config", "config/hotframe.toml"]).current_dir(folder);
    Ok(command)
}
