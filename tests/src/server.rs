//! The real server in a folder of its own, from its first line to its exit code.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use crate::build::built;
use crate::control::Control;
use crate::endpoint::Endpoint;
use crate::folder::{Folder, Swap};
use crate::http::Http;
use crate::log::{Log, Record};
use crate::process::Process;
use crate::wire::Wire;

/// What is laid out before a server starts.
#[derive(Debug, Default)]
pub struct Setup {
    folder: Folder,
    settings: String,
    commands: String,
    log: String,
    tcp_listeners: usize,
    listeners: String,
    has_http: bool,
    variables: Vec<(String, String)>,
    /// What starts the server, and its arguments in front of the server's own.
    program: Option<(PathBuf, Vec<String>)>,
}

/// A server that is ready; killed, and its folder removed, when dropped.
#[derive(Debug)]
pub struct Server {
    process: Process,
    folder: Folder,
    endpoints: Vec<Endpoint>,
    control: Control,
    http: Option<Http>,
}

impl Setup {
    /// Adds lines at the end of `hotframe.toml`, which is in the table `[plugins]`.
    #[must_use]
    pub fn settings(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self
    }

    /// Adds lines in the table `[log]`.
    #[must_use]
    pub fn log(mut self, lines: &str) -> Self {
        self.log.push_str(lines);
        self
    }

    /// Adds a route, as `commands.toml` spells it: `0x0100 = "echo.echo"`.
    #[must_use]
    pub fn route(mut self, line: &str) -> Self {
        writeln!(self.commands, "{line}").expect("a string takes any text");
        self
    }

    /// Listens on more TCP ports than one.
    #[must_use]
    pub fn tcp_listeners(mut self, count: usize) -> Self {
        self.tcp_listeners = count;
        self
    }

    /// Listens on one more TCP port, behind all others, with these options of a listener.
    #[must_use]
    pub fn listener(mut self, options: &str) -> Self {
        write!(self.listeners, ", {{ url = \"tcp://127.0.0.1:0\", {options} }}").unwrap();
        self
    }

    /// Serves HTTP, on a port that is free.
    #[must_use]
    pub fn http(mut self) -> Self {
        self.has_http = true;
        self
    }

    /// Has `program` start the server: it gets these arguments, and behind them those for it.
    #[must_use]
    pub fn program(mut self, program: &str, args: &[&str]) -> Self {
        let args = args.iter().map(ToString::to_string).collect();
        self.program = Some((program.into(), args));
        self
    }

    /// Sets a variable of the server's environment.
    #[must_use]
    pub fn variable(mut self, key: &str, value: &str) -> Self {
        self.variables.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file below the folder, before the server starts.
    #[must_use]
    pub fn file(self, below: &str, text: &str) -> Self {
        self.folder.replace(below, text.as_bytes(), Swap::Rename);
        self
    }

    /// Puts a plugin where the server looks, before it starts.
    #[must_use]
    pub fn plugin(self, file: &str, bytes: &[u8]) -> Self {
        self.folder.replace(&format!("plugins/{file}"), bytes, Swap::Rename);
        self
    }

    /// Puts a shipped plugin there: `echo` for `libecho.so`.
    #[must_use]
    pub fn shipped(self, name: &str) -> Self {
        let file = format!("lib{name}.so");
        let bytes = fs::read(built().join(&file)).expect("the build made every shipped plugin");
        self.plugin(&file, &bytes)
    }

    /// Starts the server and waits until it is ready.
    #[must_use]
    pub fn start(self) -> Server {
        fs::write(self.folder.join("config/hotframe.toml"), self.hotframe_toml()).unwrap();
        let commands = format!("[commands]\n{}", self.commands);
        fs::write(self.folder.join("config/commands.toml"), commands).unwrap();
        let own = || (built().join("hotframe"), Vec::new());
        let (program, before) = self.program.clone().unwrap_or_else(own);
        let mut args: Vec<&str> = before.iter().map(String::as_str).collect();
        args.extend(["serve", "--config", "config/hotframe.toml"]);
        let server = Server::launch(&program, self.folder, &args, &self.variables);
        assert_eq!(server.http.is_some(), self.has_http, "`ready` says where HTTP is served");
        server
    }

    fn hotframe_toml(&self) -> String {
        let root = self.folder.path().display();
        let http = if self.has_http { "127.0.0.1:0" } else { "" };
        let ports = self.tcp_listeners.max(1);
        let tcp = "\"tcp://127.0.0.1:0\", ".repeat(ports);
        format!(
            "listen = [{tcp}\"unix://{root}/run/frames.sock\"{}]\n\
             commands = \"commands.toml\"\n\
             [server]\nstate_dir = \"../run\"\n\
             [control]\nsocket = \"../run/hotframe.sock\"\n\
             [http]\nlisten = \"{http}\"\n\
             [log]\nformat = \"json\"\n{}\
             [plugins]\ndirs = [\"../plugins\"]\n{}",
            self.listeners, self.log, self.settings
        )
    }
}

impl Server {
    /// Starts a server in `folder`, which is laid out, and waits until it is ready.
    fn launch(
        program: &Path,
        folder: Folder,
        args: &[&str],
        variables: &[(String, String)],
    ) -> Self {
        let process = Process::start_with(program, args, folder.path(), variables);
        let is_ready = |record: &Record| record.message().starts_with("ready");
        let ready = process.log().wait_for(0, "the server to be ready", is_ready);
        let urls = ready.field("listen").as_array().expect("`ready` says what listens");
        let url = |url: &serde_json::Value| Endpoint::parse(url.as_str().expect("a URL is a text"));
        let endpoints = urls.iter().map(url).collect();
        let control = ready.field("control").as_str().expect("`ready` says the control socket");
        let control = Control::at(&folder.join(control));
        let http = ready.field("http").as_str().map(Http::at);
        Self { process, folder, endpoints, control, http }
    }

    /// Waits for its end, by whatever ends it, and starts another one in its folder.
    #[must_use]
    pub fn again(self) -> Self {
        self.again_by(&built().join("hotframe"), &[])
    }

    /// The same; `program` starts it, with these arguments in front of the server's own.
    #[must_use]
    pub fn again_by(self, program: &Path, before: &[&str]) -> Self {
        let Self { mut process, folder, .. } = self;
        let _how = process.wait();
        let args = [before, &["serve", "--config", "config/hotframe.toml"]].concat();
        Self::launch(program, folder, &args, &[])
    }

    /// Starts another server in its folder that takes its place; returns that, and the process of
    /// the one before.
    #[must_use]
    pub fn take_over(self) -> (Self, Process) {
        let args = ["serve", "--config", "config/hotframe.toml", "--take-over"];
        let program = built().join("hotframe");
        (Self::launch(&program, self.folder, &args, &[]), self.process)
    }

    /// Nothing laid out but the folder, one TCP and one Unix listener, and no route.
    #[must_use]
    pub fn setup() -> Setup {
        Setup::default()
    }

    /// Asks it to end, waits for that, and starts it again in the same folder.
    #[must_use]
    pub fn restart(self) -> Self {
        self.restart_after(|_| {})
    }

    /// The same; `meanwhile` is called with the folder when it has ended.
    #[must_use]
    pub fn restart_after(self, meanwhile: impl FnOnce(&Folder)) -> Self {
        let Self { mut process, folder, .. } = self;
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{}", process.log().text());
        meanwhile(&folder);
        let args = ["serve", "--config", "config/hotframe.toml"];
        Self::launch(&built().join("hotframe"), folder, &args, &[])
    }

    /// Rewrites `hotframe.toml`, whatever in it is `from` being `to` then.
    pub fn reset(&self, from: &str, to: &str) {
        let path = "config/hotframe.toml";
        let text = fs::read_to_string(self.folder.join(path)).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        self.folder.replace(path, text.replace(from, to).as_bytes(), Swap::Rename);
    }

    /// Where it listens, in the order of its configuration.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The first listener, which is TCP.
    #[must_use]
    pub fn tcp(&self) -> &Endpoint {
        &self.endpoints[0]
    }

    /// A connection to the first listener.
    #[must_use]
    pub fn connect(&self) -> Wire {
        Wire::connect(self.tcp())
    }

    /// The operator's side.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The side of browsers, probes and Prometheus, where it was set up.
    #[must_use]
    pub fn http(&self) -> &Http {
        self.http.as_ref().expect("the test has set HTTP up")
    }

    /// The folder it runs in.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> &Log {
        self.process.log()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Puts a plugin where it looks, while it runs.
    pub fn drop_plugin(&self, file: &str, bytes: &[u8], how: Swap) {
        self.folder.replace(&format!("plugins/{file}"), bytes, how);
    }

    /// Replaces its routes: the lines of `commands.toml` behind `[commands]`.
    pub fn remap(&self, lines: &str, how: Swap) {
        let text = format!("[commands]\n{lines}\n");
        self.folder.replace("config/commands.toml", text.as_bytes(), how);
    }

    /// The path of its commands file.
    #[must_use]
    pub fn commands_file(&self) -> PathBuf {
        self.folder.join("config/commands.toml")
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Asks it to end and waits for that; returns its exit code.
    #[must_use]
    pub fn stop(mut self) -> Option<i32> {
        self.process.signal(Signal::TERM);
        self.process.wait().code()
    }

    /// Waits for its end, when something else ended it; returns its exit code.
    #[must_use]
    pub fn wait(mut self) -> Option<i32> {
        self.process.wait().code()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }
}
