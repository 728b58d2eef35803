//! A plugin that is replaced faster than its old generations come to their end.
//!
//! `HOTFRAME_RELOADS` says how often.
use hotframe_core::Limits;

use crate::desk::{Answer, Desk};
use crate::fixture::{Workshop, rename_into};

const KEEP: u16 = 0x0200;
const STUCK: u16 = 0x0209;
const BOOKS: u16 = 0x020A;

/// What serves, what is benched, and eight that have work left; nothing is benched here.
const MOST: usize = 10;
const STAGED: &str = "staged later 1";
const REFUSED: &str = "refused HF0355";

fn open() -> (Workshop, Desk) {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    rename_into(&shop.later("1"), &folder.join("liblater.so"));
    let desk = Desk::open(&folder, shop.path("run"));
    (shop, desk)
}

/// Has the plugin loaded again; whether it was.
fn reload(desk: &mut Desk) -> bool {
    let before = desk.count(STAGED);
    let looked = format!("looked {}", desk.service.reload("later".to_owned()));
    desk.until("the answer", |desk| desk.log.contains(&looked));
    desk.round();
    desk.count(STAGED) > before
}

/// Fills the memory with generations, each of which has `work` to do.
fn fill(desk: &mut Desk, work: impl Fn(&mut Desk)) {
    for generation in 1..MOST {
        work(desk);
        assert!(reload(desk), "generation {generation} has a successor");
    }
    work(desk);
    assert!(!reload(desk), "the next one waits");
    assert_eq!(desk.count(REFUSED), 1);
    let row = desk.row("later").unwrap();
    let (resident, draining) = (row.resident_generations, row.draining_generations);
    assert_eq!((resident, draining), (MOST as u64, MOST as u64 - 1));
    let told = "10 generations of later are in memory";
    assert!(row.reason.is_some_and(|reason| reason.contains(told)));
}

#[test]
fn however_often_it_is_reloaded_ten_generations_are_in_memory_and_the_newest_file_wins() {
    let (shop, mut desk) = open();
    fill(&mut desk, |desk| desk.send(KEEP, b""));
    let reloads = std::env::var("HOTFRAME_RELOADS").map_or(50, |text| text.parse().unwrap());
    for _ in MOST..reloads {
        assert!(!reload(&mut desk));
    }
    assert_eq!(desk.roster.resident_generations(), MOST as u64);
    for version in ["2", "3"] {
        rename_into(&shop.later(version), &shop.path("plugins/liblater.so"));
        desk.settle();
    }
    let later = desk.now().after(Limits::DEFAULT.drain_timeout);
    desk.engine.handle_due(later);
    desk.rounds("the newest file", |desk| desk.count("staged later 3") == 1);
    assert_eq!((desk.count(STAGED), desk.count("staged later 2")), (MOST, 0));
    let taken = desk.take();
    let refused = taken.iter().filter(|answer| matches!(answer, Answer::Error(2004, _)));
    assert_eq!(refused.count(), MOST - 1, "those of the generations that drained: {taken:?}");
    let row = desk.row("later").unwrap();
    assert_eq!((row.version.as_str(), row.reason), ("3", None));
}

#[test]
fn what_was_asked_for_while_jobs_ran_is_loaded_when_one_has_ended() {
    let (shop, mut desk) = open();
    let gate = shop.path("gate");
    let path = gate.to_str().unwrap().as_bytes().to_vec();
    fill(&mut desk, |desk| assert_eq!(desk.ask(STUCK, &path), Answer::Reply(vec![0])));
    std::fs::write(&gate, b"").unwrap();
    // The file is as it was: it is loaded because that was asked for.
    desk.rounds("the next one", |desk| desk.count(STAGED) == MOST + 1);
    desk.rounds("the end of the others", |desk| desk.roster.resident_generations() == 1);
    assert_eq!(desk.row("later").unwrap().draining_generations, 0);
    assert!(reload(&mut desk), "there is room again");
    assert!(matches!(desk.ask(BOOKS, b""), Answer::Reply(_)));
}
