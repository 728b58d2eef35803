//! What is done to the server while clients talk to it: files replaced, broken and mended, pauses,
//! restarts, and people who look.

use std::collections::BTreeMap;
use std::fs;

use hotframe_tests::{Fixture, Rng, Server, Swap, wait_until};
use rustix::process::Signal;
use serde_json::Value;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Reload,
    Remap,
    BadPlugin,
    BadRoutes,
    BadSettings,
    Pause,
    Look,
}

const ACTS: [Act; 7] = [
    Act::Reload,
    Act::Remap,
    Act::BadPlugin,
    Act::BadRoutes,
    Act::BadSettings,
    Act::Pause,
    Act::Look,
];

/// The server, and what was done to it.
pub struct Mischief {
    /// Only none while it is restarted.
    server: Option<Server>,
    versions: [Fixture; 2],
    wrong: Vec<Fixture>,
    /// Which version of the plugin serves.
    serving: usize,
    /// Whether the second command leads to the left.
    is_left: bool,
    /// What is done next, before all is shuffled again.
    deck: Vec<Act>,
    done: BTreeMap<Act, u64>,
    restarts: u64,
}

impl Mischief {
    /// Starts a server with a plugin to be replaced and two to be chosen from.
    pub fn start(chance: &mut Rng) -> Self {
        let side = |name: &str, version: &str| {
            Fixture::compile("stamp.c", &[("NAME", &format!("\"{name}\"")), ("VERSION", version)])
        };
        let versions = [Fixture::stamp(1), Fixture::stamp(2)];
        let setup = Server::setup().http().plugin("stamp.so", &versions[0].bytes);
        let setup = setup.plugin("left.so", &side("left", "1").bytes);
        let setup = setup.plugin("right.so", &side("right", "2").bytes);
        let server = setup
            .route("0x0200 = \"stamp.stamp\"")
            .route("0x0201 = \"left.stamp\"")
            // What a busy machine does to a client must not look like what a client does.
            .settings(
                "probation = \"300ms\"\n[heartbeat]\nidle_after = \"1h\"\n\
                 [limits]\nframe_timeout = \"10m\"\nwrite_timeout = \"10m\"\n",
            )
            .start();
        let faulty = |defect| Fixture::compile("faulty_stamp.c", &[(defect, "1")]);
        let mut wrong = ["NO_TABLE", "BAD_NOTE", "NO_SYMBOL", "NO_CREATE"].map(faulty).to_vec();
        let good = &versions[1].bytes;
        let cut = good[..chance.within(1..=good.len() - 1)].to_vec();
        wrong.extend([cut, vec![0; good.len()]].map(|bytes| Fixture { bytes }));
        Self {
            server: Some(server),
            versions,
            wrong,
            serving: 0,
            is_left: true,
            deck: Vec::new(),
            done: BTreeMap::new(),
            restarts: 0,
        }
    }

    /// The server that runs.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it was started again")
    }

    /// Does something, and waits until it is done.
    pub fn act(&mut self, chance: &mut Rng) {
        if self.deck.is_empty() {
            self.deck = ACTS.to_vec();
        }
        let act = self.deck.swap_remove(chance.below(self.deck.len()));
        match act {
            Act::Reload => self.reload(chance.pick(Swap::ALL)),
            Act::Remap => self.remap(chance.pick(Swap::ALL)),
            Act::BadPlugin => self.break_plugin(chance),
            Act::BadRoutes => self.break_routes(chance),
            Act::BadSettings => self.break_settings(),
            Act::Pause => self.pause(),
            Act::Look => self.look(),
        }
        *self.done.entry(act).or_default() += 1;
    }

    /// Stops the server as an operator does, and starts it again in the same folder.
    pub fn restart(&mut self) {
        let server = self.server.take().expect("it was started again");
        self.server = Some(server.restart());
        self.restarts += 1;
    }

    /// Sees that it ends as it should.
    pub fn end(self) {
        assert_eq!(self.server.and_then(Server::wait), Some(0));
    }

    /// What was done how often.
    pub fn tally(&self) -> String {
        format!("{:?}, {} restarts", self.done, self.restarts)
    }

    fn reload(&mut self, how: Swap) {
        self.serving = 1 - self.serving;
        let before = self.plugin()["reloads"].as_u64().unwrap();
        self.server().drop_plugin("stamp.so", &self.versions[self.serving].bytes, how);
        wait_until("the other version to serve", || {
            let row = self.plugin();
            (row["reloads"].as_u64()? > before && row["reason"].is_null()).then_some(())
        });
    }

    fn remap(&mut self, how: Swap) {
        self.is_left = !self.is_left;
        self.server().remap(&self.routes(), how);
        self.wait_for_good_files();
    }

    fn break_plugin(&mut self, chance: &mut Rng) {
        let wrong = &self.wrong[chance.below(self.wrong.len())];
        self.server().drop_plugin("stamp.so", &wrong.bytes, chance.pick(Swap::ALL));
        wait_until("the file to be refused", || {
            let row = self.plugin();
            (!row["reason"].is_null() && row["state"] == "active").then_some(())
        });
        self.reload(chance.pick(Swap::ALL));
    }

    fn break_routes(&mut self, chance: &mut Rng) {
        let wrong = chance.pick(&[
            "0x0200 = \"stamp.stamp",
            "0x0200 = 7",
            "0x0200 = \"stamp.stamp\"\n0x0200 = \"left.stamp\"",
            "0xFFFFF = \"stamp.stamp\"",
            "\u{0}",
        ]);
        self.server().remap(wrong, chance.pick(Swap::ALL));
        self.wait_for_a_bad_file();
        self.remap(chance.pick(Swap::ALL));
    }

    fn break_settings(&self) {
        let place = self.server().folder().join("config/hotframe.toml");
        let good = fs::read(&place).unwrap();
        let wrong = [&b"nobody_knows = 1\n"[..], &good].concat();
        self.server().folder().replace("config/hotframe.toml", &wrong, Swap::Rename);
        self.wait_for_a_bad_file();
        self.server().folder().replace("config/hotframe.toml", &good, Swap::Rename);
        self.wait_for_good_files();
    }

    fn pause(&self) {
        let server = self.server();
        server.signal(Signal::STOP);
        wait_until("the kernel to have stopped it", || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", server.id())).unwrap();
            stat.rsplit_once(") ")?.1.starts_with('T').then_some(())
        });
        server.signal(Signal::CONT);
    }

    fn look(&self) {
        for verb in ["status", "plugins", "routes", "connections", "sessions"] {
            let _answer = self.server().control().ask(verb);
        }
        for page in ["/", "/metrics", "/health/ready"] {
            let _answer = self.server().http().get(page);
        }
    }

    fn routes(&self) -> String {
        let side = if self.is_left { "left" } else { "right" };
        format!("0x0200 = \"stamp.stamp\"\n0x0201 = \"{side}.stamp\"")
    }

    fn plugin(&self) -> Value {
        self.server().control().plugin("stamp").expect("it is known")
    }

    fn wait_for_a_bad_file(&self) {
        wait_until("the file to be refused", || {
            (self.server().control().ask("status")["config"]["ok"] == false).then_some(())
        });
    }

    /// Waits until every file is good and the routes are those that were written last.
    fn wait_for_good_files(&self) {
        let side = if self.is_left { "left.stamp" } else { "right.stamp" };
        wait_until("the files to be taken", || {
            let route = self.server().control().route("0x0201")?;
            let config = &self.server().control().ask("status")["config"];
            (route["handler"] == side && config["ok"] == true).then_some(())
        });
    }
}
