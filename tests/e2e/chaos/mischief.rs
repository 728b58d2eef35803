//! What is done to the server while clients talk to it: files replaced, broken and mended, folders
//! that go and come back, a full disk, pauses, restarts, and people who look.

use std::fs;

use hotframe_tests::{Fixture, Rng, Server, Swap, wait_until};
use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};
use serde_json::Value;

use super::deck::{Act, Deck};
use super::lives::Lives;

/// The server, and what was done to it.
pub struct Mischief {
    /// The server, one after another.
    pub lives: Lives,
    versions: [Fixture; 2],
    wrong: Vec<Fixture>,
    /// Which version of the plugin serves.
    serving: usize,
    /// Whether the second command leads to the left.
    is_left: bool,
    /// What keeps a number, and what pushes words.
    shipped: [Shipped; 2],
    deck: Deck,
}

/// A plugin that is replaced by itself.
struct Shipped {
    name: &'static str,
    file: String,
    /// With a byte more behind it each time: the same code by another hash, for what is behind the
    /// last section nobody reads.
    bytes: Vec<u8>,
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
        let setup =
            setup.plugin("right.so", &side("right", "2").bytes).shipped("kv").shipped("presence");
        let server = setup
            .route("0x0200 = \"stamp.stamp\"")
            .route("0x0201 = \"left.stamp\"")
            .route("0x0202 = \"stamp.late\"")
            .route("0x0144 = \"kv.increment\"")
            .route("0x0161 = \"presence.count\"")
            .route("0x0165 = \"presence.tell_all\"")
            // What a busy machine does to a client must not look like what a client does.
            .settings(
                "probation = \"300ms\"\n[heartbeat]\nidle_after = \"1h\"\n\
                 [limits]\nframe_timeout = \"10m\"\nwrite_timeout = \"10m\"\n\
                 [plugins.policy.kv]\npersist_state = true\n",
            )
            .start();
        let shipped = ["kv", "presence"].map(|name| {
            let file = format!("lib{name}.so");
            let bytes = fs::read(server.folder().join("plugins").join(&file)).unwrap();
            Shipped { name, file, bytes }
        });
        let faulty = |defect| Fixture::compile("faulty_stamp.c", &[(defect, "1")]);
        let mut wrong = ["NO_TABLE", "BAD_NOTE", "NO_SYMBOL", "NO_CREATE"].map(faulty).to_vec();
        let good = &versions[1].bytes;
        let cut = good[..chance.within(1..=good.len() - 1)].to_vec();
        wrong.extend([cut, vec![0; good.len()]].map(|bytes| Fixture { bytes }));
        Self {
            lives: Lives::begin(server),
            versions,
            wrong,
            serving: 0,
            is_left: true,
            shipped,
            deck: Deck::default(),
        }
    }

    /// The server that runs.
    pub fn server(&self) -> &Server {
        self.lives.server()
    }

    /// Does something, and waits until it is done.
    pub fn act(&mut self, chance: &mut Rng) {
        match self.deck.draw(chance) {
            Act::Reload => self.reload(chance.pick(Swap::ALL)),
            Act::ReloadKeeper => self.reload_shipped(0, chance.pick(Swap::ALL)),
            Act::ReloadCrier => self.reload_shipped(1, chance.pick(Swap::ALL)),
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

    /// What was done how often.
    pub fn tally(&self) -> String {
        format!("{}, {}", self.deck.tally(), self.lives.tally())
    }

    fn reload(&mut self, how: Swap) {
        self.await_reload("stamp", |it| {
            it.serving = 1 - it.serving;
            it.server().drop_plugin("stamp.so", &it.versions[it.serving].bytes, how);
        });
    }

    fn reload_shipped(&mut self, which: usize, how: Swap) {
        self.shipped[which].bytes.push(0);
        self.await_reload(self.shipped[which].name, |it| {
            let Shipped { file, bytes, .. } = &it.shipped[which];
            it.server().drop_plugin(file, bytes, how);
        });
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
            stat.rsplit_once(") ")?.1.starts_with(['T', 't']).then_some(())
        });
        server.signal(Signal::CONT);
    }

    fn look(&self) {
        for verb in ["status", "plugins", "routes", "connections", "sessions"] {
            let _answer = self.server().control().ask(verb);
        }
        for page in ["/", "/metrics", "/health/ready"] {
            wait_until("a page", || self.server().http().try_get(page));
        }
    }

    fn routes(&self) -> String {
        let side = if self.is_left { "left" } else { "right" };
        format!(
            "0x0200 = \"stamp.stamp\"\n0x0201 = \"{side}.stamp\"\n0x0202 = \"stamp.late\"\n\
             0x0144 = \"kv.increment\"\n0x0161 = \"presence.count\"\n\
             0x0165 = \"presence.tell_all\""
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
