//! What is done to the server while clients talk to it: files replaced, broken and mended, folders
//! that go and come back, a full disk, pauses, restarts, and people who look.

use std::fs;

use hotframe_tests::{Fixture, Rng, Server, Swap, wait_until};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use serde_json::Value;

use super::deck::{Act, Deck};

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
    /// The plugin with state, with a byte more behind it each time it is replaced.
    keeper: Vec<u8>,
    deck: Deck,
    restarts: u64,
    kills: u64,
    take_overs: u64,
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
        let setup = setup.plugin("right.so", &side("right", "2").bytes).shipped("kv");
        let server = setup
            .route("0x0200 = \"stamp.stamp\"")
            .route("0x0201 = \"left.stamp\"")
            .route("0x0202 = \"stamp.late\"")
            .route("0x0144 = \"kv.increment\"")
            // What a busy machine does to a client must not look like what a client does.
            .settings(
                "probation = \"300ms\"\n[heartbeat]\nidle_after = \"1h\"\n\
                 [limits]\nframe_timeout = \"10m\"\nwrite_timeout = \"10m\"\n\
                 [plugins.policy.kv]\npersist_state = true\n",
            )
            .start();
        let keeper = fs::read(server.folder().join("plugins/libkv.so")).unwrap();
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
            keeper,
            deck: Deck::default(),
            restarts: 0,
            kills: 0,
            take_overs: 0,
        }
    }

    /// The server that runs.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it was started again")
    }

    /// Does something, and waits until it is done.
    pub fn act(&mut self, chance: &mut Rng) {
        match self.deck.draw(chance) {
            Act::Reload => self.reload(chance.pick(Swap::ALL)),
            Act::ReloadKeeper => self.reload_keeper(chance.pick(Swap::ALL)),
            Act::Remap => self.remap(chance.pick(Swap::ALL)),
            Act::BadPlugin => self.break_plugin(chance),
            Act::BadRoutes => self.break_routes(chance),
            Act::BadSettings => self.break_settings(),
            Act::FullDisk => self.fill_disk(chance.pick(Swap::ALL)),
            Act::FolderGone => self.lose_folder(),
            Act::Pause => self.pause(),
            Act::Look => self.look(),
        }
    }

    /// Stops the server as an operator does, and starts it again in the same folder.
    pub fn restart(&mut self) {
        let server = self.server.take().expect("it was started again");
        self.server = Some(server.restart());
        self.restarts += 1;
    }

    /// Kills it, and starts it again in the same folder.
    pub fn kill(&mut self) {
        let server = self.server.take().expect("it was started again");
        server.signal(Signal::KILL);
        let server = server.again();
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
        assert_eq!(old.wait().code(), Some(0), "{}", old.log().text());
        wait_until("the new server to answer for the old", || {
            (server.control().ask("status")["pid"] == server.id()).then_some(())
        });
        self.server = Some(server);
        self.take_overs += 1;
    }

    /// Sees that it ends as it should.
    pub fn end(self) {
        assert_eq!(self.server.and_then(Server::wait), Some(0));
    }

    /// What was done how often.
    pub fn tally(&self) -> String {
        let Self { deck, restarts, kills, take_overs, .. } = self;
        format!("{}, {restarts} restarts, {kills} kills, {take_overs} take-overs", deck.tally())
    }

    fn reload(&mut self, how: Swap) {
        self.await_reload("stamp", |it| {
            it.serving = 1 - it.serving;
            it.server().drop_plugin("stamp.so", &it.versions[it.serving].bytes, how);
        });
    }

    fn reload_keeper(&mut self, how: Swap) {
        // The same code by another hash; what is behind the last section nobody reads.
        self.keeper.push(0);
        self.await_reload("kv", |it| it.server().drop_plugin("libkv.so", &it.keeper, how));
    }

    /// Does what leads to a reload, and waits until the other version serves.
    fn await_reload(&mut self, plugin: &str, done: impl FnOnce(&mut Self)) {
        let before = self.row(plugin)["reloads"].as_u64().unwrap();
        done(self);
        wait_until("the other version to serve", || {
            let row = self.row(plugin);
            (row["reloads"].as_u64()? > before && row["reason"].is_null()).then_some(())
        });
    }

    /// Nothing can be written to any file for a while.
    fn fill_disk(&mut self, how: Swap) {
        let id = i32::try_from(self.server().id()).ok().and_then(Pid::from_raw);
        let bound = |current| {
            let before = prlimit(id, Resource::Fsize, Rlimit { current, maximum: None });
            before.expect("its bounds are this user's");
        };
        bound(Some(0));
        self.server().drop_plugin("stamp.so", &self.versions[1 - self.serving].bytes, how);
        self.wait_for_a_bad_plugin();
        bound(None);
        self.reload(how);
    }

    /// The folder of plugins is taken away, and put there again with another version in it.
    fn lose_folder(&mut self) {
        self.await_reload("stamp", |it| {
            it.serving = 1 - it.serving;
            let folder = it.server().folder();
            let (place, away) = (folder.join("plugins"), folder.join("away"));
            fs::rename(&place, &away).unwrap();
            it.look();
            fs::create_dir(&place).unwrap();
            for file in fs::read_dir(&away).unwrap() {
                let file = file.unwrap();
                fs::copy(file.path(), place.join(file.file_name())).unwrap();
            }
            let version = &it.versions[it.serving].bytes;
            it.server().drop_plugin("stamp.so", version, Swap::Rename);
            fs::remove_dir_all(away).unwrap();
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
        self.wait_for_a_bad_plugin();
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
        format!(
            "0x0200 = \"stamp.stamp\"\n0x0201 = \"{side}.stamp\"\n0x0202 = \"stamp.late\"\n\
             0x0144 = \"kv.increment\""
        )
    }

    fn row(&self, plugin: &str) -> Value {
        self.server().control().plugin(plugin).expect("it is known")
    }

    fn wait_for_a_bad_plugin(&self) {
        wait_until("the file to be refused", || {
            let row = self.row("stamp");
            (!row["reason"].is_null() && row["state"] == "active").then_some(())
        });
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
