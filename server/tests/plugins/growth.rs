//! What plugins leave with the C library: it is destroyed in time, and nothing grows.
//!
//! `HOTFRAME_RELOADS` scales the cycles up; with `--nocapture` they tell their figures.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use hotframe_server::control::answers::PluginState;
use hotframe_server::plugins::{Host, Lingering, Loaded, Loader, ShadowFolder, Unloading};

use crate::desk::Desk;
use crate::fixture::{Workshop, compile, compile_cxx, mappings, rename_into};

/// More than the keys that a process has: losing one in each cycle is seen.
const BEYOND_KEYS: usize = 1100;

struct Bench {
    shop: Workshop,
    shadow: ShadowFolder,
    loader: Loader,
}

impl Bench {
    fn new() -> Self {
        let shop = Workshop::new();
        let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
        let loader = Loader::new(shadow.clone(), 1 << 20, Instant::now());
        Self { shop, shadow, loader }
    }

    /// One generation from its file to its end, all on this thread.
    fn once(&self, file: &Path, config: &str) -> Option<Lingering> {
        let mut host = Host::new();
        let created = host.create(self.loader.load(file).unwrap(), config).unwrap();
        host.destroy(created.instance).unwrap().unload()
    }

    /// So many generations, loaded and unloaded by another thread, as the server does it.
    fn cycle(&self, what: &str, file: &Path, config: &str, count: usize) {
        let (sender, loaded) = mpsc::sync_channel(0);
        let (unloading, receiver) = mpsc::channel();
        let begun = Instant::now();
        let first = thread::scope(|scope| {
            scope.spawn(move || self.load_and_unload(file, count, &sender, &receiver));
            create_and_destroy(config, &loaded, &unloading)
        });
        let last = resident();
        assert_eq!(mappings(self.shadow.path()), 0, "{what}: what was closed is gone");
        println!(
            "{what}: {count} reloads in {:?}, resident {first} KiB after the 100th, {last} KiB at \
             the end",
            begun.elapsed()
        );
    }

    fn load_and_unload(
        &self,
        file: &Path,
        count: usize,
        sender: &mpsc::SyncSender<Loaded>,
        receiver: &Receiver<Unloading>,
    ) {
        for cycle in 0..count {
            sender.send(self.loader.load(file).unwrap()).unwrap();
            let lingering = receiver.recv().unwrap().unload();
            assert!(lingering.is_none(), "cycle {cycle}: {lingering:?}");
        }
    }
}

/// The loop's part. Returns the resident memory after the 100th cycle, in KiB.
fn create_and_destroy(
    config: &str,
    loaded: &Receiver<Loaded>,
    unloading: &Sender<Unloading>,
) -> usize {
    let (mut host, mut first) = (Host::new(), 0);
    for (cycle, loaded) in loaded.iter().enumerate() {
        let created = host.create(loaded, config).unwrap();
        unloading.send(host.destroy(created.instance).unwrap()).unwrap();
        if cycle == 99 {
            first = resident();
        }
    }
    first
}

/// Resident memory of this process in KiB.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4
}

fn reloads(least: usize) -> usize {
    let asked = std::env::var("HOTFRAME_RELOADS").map(|count| count.parse().unwrap());
    asked.unwrap_or(100).max(least)
}

/// The plugin of `tests/fixtures/plugins/leaver/`, in Rust.
fn rust() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("leaver");
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--release", "--target-dir"])
            .arg(&target)
            .current_dir(root.join("tests/fixtures/plugins/leaver"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target.join("release/libleaver.so")
    })
}

fn c(shop: &Workshop) -> PathBuf {
    let out = shop.path("leaver.so");
    compile("leaver.c", &[], &out);
    out
}

fn config(what: &str, detail: &Path) -> String {
    format!("{{\"{what}\":\"{}\"}}", detail.display())
}

#[test]
fn what_rust_plugins_use_does_not_keep_them_mapped() {
    let bench = Bench::new();
    let kinds = [
        ("plain", 0),
        ("tls", 0),
        ("println", 0),
        ("heap", 0),
        ("spawn", BEYOND_KEYS),
        ("recv_timeout", BEYOND_KEYS),
    ];
    for (kind, least) in kinds {
        bench.cycle(kind, rust(), &config(kind, Path::new("")), reloads(least));
    }
}

#[test]
fn what_c_plugins_leave_does_not_keep_them_mapped() {
    let bench = Bench::new();
    let file = c(&bench.shop);
    let kinds = [
        ("atexit", 0),
        ("key", BEYOND_KEYS),
        ("deleted key", BEYOND_KEYS),
        ("thread", BEYOND_KEYS),
        ("thread that exits", 0),
    ];
    for (kind, least) in kinds {
        bench.cycle(kind, &file, &config(kind, Path::new("/dev/null")), reloads(least));
    }
}

#[test]
fn what_was_left_is_destroyed_once_and_in_rounds() {
    let bench = Bench::new();
    let file = c(&bench.shop);
    let cases = [
        // The value that was left last leaves another one behind.
        ("atexit", 3),
        // The destructor of the key's value sets another one, twice.
        ("key", 3),
        ("deleted key", 0),
        ("thread", 2),
        ("thread that exits", 1),
    ];
    for (what, marks) in cases {
        let path = bench.shop.path(what);
        let lingering = bench.once(&file, &config(what, &path));
        assert!(lingering.is_none(), "{what}: {lingering:?}");
        assert_eq!(fs::read(&path).unwrap_or_default().len(), marks, "{what}");
    }
    let path = bench.shop.path("mark");
    assert!(bench.once(rust(), &config("mark", &path)).is_none());
    assert_eq!(fs::read(&path).unwrap(), b"x", "a thread-local value in Rust is dropped");
}

#[test]
fn a_library_stays_as_long_as_a_thread_of_it_runs() {
    let bench = Bench::new();
    let gate = bench.shop.path("gate");
    let config = config("thread that waits", &gate);
    let lingering = bench.once(&c(&bench.shop), &config).expect("its thread runs");
    assert_eq!(lingering.reason(), "a thread of it still runs");
    let lingering = lingering.retry().expect("its thread still runs");
    assert!(mappings(bench.shadow.path()) > 0);
    fs::write(&gate, "").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut lingering = Some(lingering);
    while let Some(waiting) = lingering.take() {
        assert!(Instant::now() < deadline, "{waiting:?}");
        lingering = waiting.retry();
        thread::yield_now();
    }
    assert_eq!(mappings(bench.shadow.path()), 0);
    assert_eq!(fs::read(&gate).unwrap(), b"x", "the value of its key was destroyed first");
    assert_eq!(fs::read_dir(bench.shadow.path()).unwrap().count(), 1, "only the lock is left");
}

#[test]
fn lingering_generations_are_shown_bounded_and_unmapped_when_they_can_be() {
    let shop = Workshop::new();
    let (folder, gate) = (shop.folder("plugins"), shop.path("gate"));
    let mut desk = Desk::open(&folder, shop.path("run"));
    desk.config = config("thread that waits", &gate);
    rename_into(&c(&shop), &folder.join("leaver.so"));
    desk.until("the first", |desk| desk.count("staged leaver 1") == 1);
    let reload = |desk: &mut Desk, staged: usize| {
        desk.service.reload("leaver".to_owned());
        desk.until("the next", |desk| desk.count("staged leaver 1") == staged);
        desk.until("its end", |desk| desk.roster.lingering_generations() == staged as u64 - 1);
    };
    reload(&mut desk, 2);
    let row = desk.row("leaver").unwrap();
    assert_eq!((row.state, row.resident_generations), (PluginState::Active, 2));
    let reason = "an old generation stays in memory: a thread of it still runs";
    assert_eq!(row.reason.as_deref(), Some(reason));
    for staged in 3..=17 {
        reload(&mut desk, staged);
    }
    desk.service.reload("leaver".to_owned());
    desk.until("the refusal", |desk| desk.count("refused HF0230") == 1);
    assert_eq!(desk.roster.lingering_generations(), 16);
    fs::write(&gate, "").unwrap();
    desk.until("their end", |desk| desk.roster.resident_generations() == 1);
    assert_eq!(desk.roster.lingering_generations(), 0);
    let ticket = desk.service.reload("leaver".to_owned());
    desk.until_looked(ticket);
    assert_eq!(desk.count("staged leaver 1"), 18, "there is room again");
}

#[test]
fn cxx_plugins_with_thread_local_strings_and_threads_are_unmapped() {
    let bench = Bench::new();
    let file = bench.shop.path("leaver-cxx.so");
    if compile_cxx("leaver.cpp", &["-fno-gnu-unique"], &file) {
        bench.cycle("c++", &file, "{}", reloads(0));
    }
}
