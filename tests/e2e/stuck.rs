//! A reader of standard output that has stopped costs lines, and nothing else.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use hotframe_tests::{Endpoint, Folder, Http, Scrape, Wire, built, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const ECHO: u16 = 0x0100;
const DROPPED: &str = "hotframe_log_lines_dropped_total";

/// A server with a line for every request, whose output is read only as far as a test does.
struct Stuck {
    child: Child,
    output: BufReader<ChildStdout>,
    endpoint: Endpoint,
    http: Http,
    _folder: Folder,
}

impl Stuck {
    fn start() -> Self {
        let folder = Folder::default();
        let mut command = Command::new(built().join("hotframe"));
        command.args(["serve", "--listen", "tcp://127.0.0.1:0", "--set", "log.access=1.0"]);
        command.args(["--set", "http.listen=\"127.0.0.1:0\"", "--set", "log.format=json"]);
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let ready = next_that(&mut output, |line| {
            line["message"].as_str().is_some_and(|message| message.starts_with("ready"))
        });
        let endpoint = Endpoint::parse(ready["listen"][0].as_str().unwrap());
        let http = Http::at(ready["http"].as_str().unwrap());
        Self { child, output, endpoint, http, _folder: folder }
    }

    /// Asks until lines are dropped; every request is answered.
    fn fill(&self) {
        let mut wire = Wire::connect(&self.endpoint);
        wait_until("lines to be dropped", || {
            for _ in 0..500 {
                assert_eq!(wire.ask(ECHO, b"x").data, b"x");
            }
            let figures = Scrape::read(&self.http.get("/metrics").body);
            (figures.value(DROPPED) > 0.0).then_some(())
        });
    }

    /// Asks it to end; its exit code.
    fn stop(&mut self) -> Option<i32> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        let child = &mut self.child;
        wait_until("the end of the server", || child.try_wait().unwrap()).code()
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        // An error means that it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line of a log that `wanted` takes.
fn next_that(output: &mut impl BufRead, wanted: impl Fn(&Value) -> bool) -> Value {
    let lines = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    let mut lines = lines.filter(wanted);
    lines.next().expect("the log goes on until there is such a line")
}

#[test]
fn who_reads_again_is_told_how_many_lines_were_lost() {
    let mut stuck = Stuck::start();
    stuck.fill();
    let told = next_that(&mut stuck.output, |line| line["dropped"].is_u64());
    assert!(told["dropped"].as_u64().unwrap() > 0, "{told}");
}

#[test]
fn a_server_that_nobody_reads_serves_on_and_stops_cleanly() {
    let mut stuck = Stuck::start();
    stuck.fill();
    let mut wire = Wire::connect(&stuck.endpoint);
    assert_eq!(wire.ask(ECHO, b"still here").data, b"still here");
    drop(wire);
    let begun = Instant::now();
    assert_eq!(stuck.stop(), Some(0));
    println!("stopped in {:?} with a reader that reads nothing", begun.elapsed());
}
