//! The lives of a server in one folder: it is stopped, killed, or taken over from, and the next one
//! goes on.

use hotframe_tests::{Server, wait_until};
use rustix::process::Signal;
use serde_json::Value;

use crate::injected::{again_failing, can_inject};

/// What the system answers in the place of a call: nothing that is the server's fault.
const INJECTIONS: [&str; 3] = [
    "inject=recvfrom,sendto,writev:error=EINTR:when=1+3",
    "inject=epoll_wait:error=EINTR:when=2+2",
    "inject=accept4:error=EMFILE:when=3+7",
];

/// The server that runs, and how many ended before it.
pub struct Lives {
    /// Only none while it is restarted.
    server: Option<Server>,
    /// Whether calls of the system fail in it.
    is_injected: bool,
    restarts: u64,
    kills: u64,
    take_overs: u64,
    injected: u64,
}

impl Lives {
    /// This one is the first.
    pub const fn begin(server: Server) -> Self {
        let server = Some(server);
        Self { server, is_injected: false, restarts: 0, kills: 0, take_overs: 0, injected: 0 }
    }

    /// The server that runs.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it was started again")
    }

    /// Stops the server as an operator does, and starts it again in the same folder.
    pub fn restart(&mut self) {
        let server = self.ask_to_end();
        self.server = Some(server.again());
        self.restarts += 1;
    }

    /// Kills it, and starts it again in the same folder; where it may be traced, every other time
    /// so that calls of the system fail in it.
    pub fn kill(&mut self) {
        let server = self.server.take().expect("it was started again");
        server.signal(Signal::KILL);
        self.is_injected = self.kills % 2 == 1 && can_inject();
        self.injected += u64::from(self.is_injected);
        let server =
            if self.is_injected { again_failing(server, &INJECTIONS) } else { server.again() };
        let rows = server.control().ask("plugins");
        let is_well = |row: &Value| row["state"] != "quarantined" && row["reason"].is_null();
        assert!(rows.as_array().unwrap().iter().all(is_well), "nobody is to blame: {rows}");
        self.server = Some(server);
        self.kills += 1;
    }

    /// Starts another, which takes over from it.
    pub fn take_over(&mut self) {
        let server = self.server.take().expect("it was started again");
        let (server, mut old) = server.take_over();
        self.is_injected = false;
        assert_eq!(old.wait().code(), Some(0), "{}", old.log().text());
        wait_until("the new server to answer for the old", || {
            (server.control().ask("status")["pid"] == server.id()).then_some(())
        });
        self.server = Some(server);
        self.take_overs += 1;
    }

    /// Ends the last one, as it should end.
    pub fn end(mut self) {
        assert_eq!(self.ask_to_end().wait(), Some(0));
    }

    fn ask_to_end(&mut self) -> Server {
        let server = self.server.take().expect("it was started again");
        if std::mem::take(&mut self.is_injected) {
            // What a handler of a signal sends to wake the loop would fail; in truth it cannot.
            let _answer = server.control().ask("shutdown");
        } else {
            server.signal(Signal::TERM);
        }
        server
    }

    /// How often it ended, and how.
    pub fn tally(&self) -> String {
        let Self { restarts, kills, take_overs, injected, .. } = self;
        format!(
            "{restarts} restarts, {kills} kills, {take_overs} take-overs, {injected} lives with \
             failing system calls"
        )
    }
}
