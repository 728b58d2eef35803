//! Files that would end the server end their own trial, and are refused for it.
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hotframe_server::config::PluginConfig;
use hotframe_server::plugins::{Care, Defect, Loader, Probe, Refusal, ShadowFolder};

use crate::desk::Desk;
use crate::fixture::{Workshop, compile, mappings, rename_into};

fn probe(patience: Duration) -> Probe {
    Probe { program: PathBuf::from(env!("CARGO_BIN_EXE_hotframe")), patience }
}

fn loader(shop: &Workshop, probe: Probe) -> Loader {
    let shadow = ShadowFolder::open(&shop.path("run")).unwrap();
    let mut loader = Loader::new(shadow, 1 << 20, Instant::now());
    loader.set_care(Care { probe: Some(probe), ..Care::default() });
    loader
}

/// A plugin that does that there.
fn fatal(shop: &Workshop, place: &str, act: &str, name: &str) -> PathBuf {
    let out = shop.path(&format!("{name}-{place}-{act}.so"));
    let (place, act) = (format!("-DAT_{place}"), format!("-DDO={act}"));
    compile("fatal.c", &[&place, &act, &format!("-DNAME=\"{name}\"")], &out);
    out
}

fn refusal(loader: &Loader, file: &Path) -> Refusal {
    loader.load(file).expect_err("it would have ended the server")
}

#[test]
fn what_exits_or_crashes_anywhere_is_refused_with_the_place_and_the_way() {
    let shop = Workshop::new();
    let loader = loader(&shop, probe(Duration::from_secs(20)));
    let load = "its constructors or its entry function ran";
    let segv = "its trial ended by signal 11 (SIGSEGV)";
    let abrt = "its trial ended by signal 6 (SIGABRT)";
    let exit = "it ended the process of its trial with code 3";
    let cases = [
        ("CONSTRUCTOR", "EXIT", Defect::ProbeExited, exit, load),
        ("CONSTRUCTOR", "CRASH", Defect::ProbeCrashed, segv, load),
        ("ENTRY", "ABORT", Defect::ProbeCrashed, abrt, load),
        ("CREATE", "EXIT", Defect::ProbeExited, exit, "create ran"),
        ("CREATE", "CRASH", Defect::ProbeCrashed, segv, "create ran"),
        ("DESTROY", "CRASH", Defect::ProbeCrashed, segv, "destroy ran"),
        ("DESTRUCTOR", "ABORT", Defect::ProbeCrashed, abrt, "its destructors ran"),
    ];
    for (place, act, defect, how, stage) in cases {
        let refused = refusal(&loader, &fatal(&shop, place, act, "fatal"));
        assert_eq!(refused.defect, defect, "{place} {act}: {refused}");
        assert_eq!(refused.message, format!("{how}: {stage}"), "{place} {act}");
        assert_eq!(refused.plugin.as_deref(), Some("fatal"));
    }
}

#[test]
fn what_hangs_is_refused_when_the_patience_is_over() {
    let shop = Workshop::new();
    let loader = loader(&shop, probe(Duration::from_millis(500)));
    for place in ["CONSTRUCTOR", "CREATE"] {
        let file = fatal(&shop, place, "HANG", "fatal");
        let begun = Instant::now();
        assert_eq!(refusal(&loader, &file).defect, Defect::ProbeTimedOut);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}

#[test]
fn a_sound_plugin_passes_and_its_trial_leaves_nothing() {
    let shop = Workshop::new();
    let file = fatal(&shop, "NOTHING", "EXIT", "fatal");
    let tried = loader(&shop, probe(Duration::from_secs(20)));
    let untried =
        Loader::new(ShadowFolder::open(&shop.path("run")).unwrap(), 1 << 20, Instant::now());
    let time = |loader: &Loader| {
        let begun = Instant::now();
        for _ in 0..10 {
            assert_eq!(loader.load(&file).unwrap().name(), "fatal");
        }
        begun.elapsed() / 10
    };
    println!("a load takes {:?} with a trial, {:?} without", time(&tried), time(&untried));
    assert_eq!(mappings(&shop.path("run")), 0);
}

#[test]
fn the_trial_is_created_as_one_and_with_the_plugins_configuration() {
    let shop = Workshop::new();
    let file = fatal(&shop, "NOTHING", "EXIT", "demo");
    let mut loader = loader(&shop, probe(Duration::from_secs(20)));
    assert!(loader.load(&file).is_ok());
    let configs = [("demo".to_owned(), config())].into();
    let probe = Some(probe(Duration::from_secs(20)));
    loader.set_care(Care { probe, configs, ..Care::default() });
    let refused = refusal(&loader, &file);
    assert_eq!(refused.defect, Defect::CreateFailed);
    assert_eq!(refused.message, "it refused to start: a trial");
}

/// `[plugins.config.demo]` of a file.
fn config() -> PluginConfig {
    use hotframe_server::config::{Sources, load};
    let folder = tempfile::TempDir::new().unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    let file = folder.path().join("config/hotframe.toml");
    fs::write(&file, "[plugins.config.demo]\nfail = true\n").unwrap();
    let sources = Sources { cwd: folder.path().to_owned(), ..Sources::default() };
    load(&sources).settings.unwrap().plugins.config.remove("demo").unwrap()
}

#[test]
fn without_a_program_for_trials_nothing_is_loaded() {
    let shop = Workshop::new();
    let program = shop.path("nothing");
    let loader = loader(&shop, Probe { program, patience: Duration::from_secs(1) });
    assert_eq!(refusal(&loader, &shop.demo("1")).defect, Defect::ProbeUnavailable);
}

#[test]
fn the_old_version_serves_whatever_the_new_one_would_do() {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    let live = folder.join("libdemo.so");
    rename_into(&shop.demo("1"), &live);
    let mut desk = Desk::with(shop.path("run"), |options| {
        let passive = false;
        let path = folder.clone();
        options.folders = vec![hotframe_server::plugins::PluginFolder { path, passive }];
        options.care.probe = Some(probe(Duration::from_millis(500)));
    });
    let cases = [("CONSTRUCTOR", "EXIT"), ("ENTRY", "CRASH"), ("CREATE", "HANG")];
    for (place, act) in cases {
        rename_into(&fatal(&shop, place, act, "demo"), &live);
        desk.settle();
        let reason = desk.row("demo").unwrap().reason.unwrap_or_default();
        assert!(reason.starts_with("HF023"), "{place} {act}: {reason}");
        assert_eq!(desk.version().as_deref(), Some("1"), "{place} {act}");
    }
    rename_into(&shop.demo("2"), &live);
    desk.until("the mended file", |desk| desk.version().as_deref() == Some("2"));
    assert_eq!(desk.row("demo").unwrap().reason, None);
}
