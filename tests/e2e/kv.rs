//! The plugin kv: replaced under load again and again, with many keys, and nothing is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hotframe_protocol::Kind;
use hotframe_tests::{Endpoint, Server, Swap, Wire, request, resident, wait_until};
use serde_json::json;

const GET: u16 = 0x0140;
const SET: u16 = 0x0141;
const INCREMENT: u16 = 0x0144;
const INFO: u16 = 0x0146;

/// Keys that lie there before the reloads; scaled up by `HOTFRAME_E2E_KEYS`.
fn keys() -> u32 {
    scaled("HOTFRAME_E2E_KEYS", 20_000)
}

fn rounds() -> u32 {
    scaled("HOTFRAME_E2E_ROUNDS", 5)
}

fn scaled(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn serving(settings: &str) -> Server {
    serving_on_probation("0s", settings)
}

fn serving_on_probation(time: &str, settings: &str) -> Server {
    let routes = [
        "0x0140 = \"kv.get\"",
        "0x0141 = \"kv.set\"",
        "0x0144 = \"kv.increment\"",
        "0x0146 = \"kv.info\"",
    ];
    let setup =
        Server::setup().shipped("kv").settings(&format!("probation = {time:?}\n{settings}"));
    routes.into_iter().fold(setup, |setup, route| setup.route(route)).start()
}

fn pair(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[u8::try_from(key.len()).unwrap()][..], key, value].concat()
}

fn key(number: u32) -> Vec<u8> {
    format!("key-{number:08}").into_bytes()
}

fn value(number: u32) -> Vec<u8> {
    format!("value of {number}").into_bytes()
}

/// Sends one request a key, many under way at once, and hands over each reply.
fn each(wire: &mut Wire, count: u32, ask: impl Fn(u32) -> Vec<u8>, check: impl Fn(u32, &[u8])) {
    const BATCH: u32 = 256;
    for first in (0..count).step_by(BATCH as usize) {
        let batch = first..(first + BATCH).min(count);
        let requests: Vec<u8> = batch.clone().flat_map(&ask).collect();
        wire.send(&requests);
        for number in batch {
            let reply = wire.receive().expect("a reply");
            assert_eq!(reply.command.kind(), Kind::Reply, "{number}: {reply:?}");
            check(number, &reply.data);
        }
    }
}

fn fill(wire: &mut Wire, count: u32) {
    each(wire, count, |n| request(SET, &pair(&key(n), &value(n))), |_, data| assert_eq!(data, [1]));
}

fn reload(server: &Server) {
    server.control().request(&json!({"verb": "reload", "plugin": "kv"})).expect("it is reloaded");
}

/// Counts up its own key until it is told to stop: whatever is lost shows as a gap.
fn count_up(endpoint: &Endpoint, own: u32, stop: &AtomicBool) -> (u64, Duration) {
    let (mut wire, mut count, mut longest) = (Wire::connect(endpoint), 0_u64, Duration::ZERO);
    let own = pair(format!("counter-{own}").as_bytes(), b"");
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let reply = wire.ask(INCREMENT, &own);
        longest = longest.max(asked.elapsed());
        count += 1;
        assert_eq!(reply.data, count.to_be_bytes(), "{reply:?}");
    }
    (count, longest)
}

#[test]
fn reloads_under_load_lose_no_key_and_no_change() {
    let server = serving("[plugins.config.kv]\nmax_bytes = 1073741824\n");
    let mut wire = server.connect();
    fill(&mut wire, keys());
    let stop = Arc::new(AtomicBool::new(false));
    let clerks: Vec<_> = (0..4)
        .map(|own| {
            let (endpoint, stop) = (server.tcp().clone(), Arc::clone(&stop));
            thread::spawn(move || count_up(&endpoint, own, &stop))
        })
        .collect();
    let begun = Instant::now();
    for round in 1..=rounds() {
        reload(&server);
        if rounds() >= 100 && round % (rounds() / 10) == 0 {
            println!("after {round} reloads: {} KiB", resident(server.id()) / 1024);
        }
    }
    let took = begun.elapsed();
    stop.store(true, Ordering::Relaxed);
    let ended: Vec<_> = clerks.into_iter().map(|clerk| clerk.join().unwrap()).collect();

    let row = server.control().plugin("kv").unwrap();
    assert_eq!(row["reloads"], rounds(), "{row}");
    // The other one may have been silent for so long that the server asks whether it lives.
    let mut wire = server.connect();
    each(&mut wire, keys(), |n| request(GET, &key(n)), |n, data| assert_eq!(data, value(n)));
    let info = wire.ask(INFO, b"").data;
    let stored = u64::from_be_bytes(info[..8].try_into().unwrap());
    assert_eq!(stored, u64::from(keys()) + 4);
    let handovers = server.log().all(|record| record.message().contains("of state went over"));
    assert_eq!(handovers.len(), usize::try_from(rounds()).unwrap());
    println!("{rounds} reloads of {keys} keys in {took:?}", rounds = rounds(), keys = keys());
    for name in ["bytes", "slices", "took_us", "longest_pause_us"] {
        let figures = handovers.iter().map(|record| record.field(name).as_u64().unwrap());
        let figures = figures.collect::<BTreeSet<u64>>();
        println!("{name}: {:?} to {:?}", figures.first().unwrap(), figures.last().unwrap());
    }
    for (count, longest) in ended {
        assert!(count > 0);
        println!("{count} increments, the longest wait {longest:?}");
    }
    wait_until("the old generations to be gone", || {
        (server.control().plugin("kv").unwrap()["resident_generations"] == 1).then_some(())
    });
    assert_eq!(server.control().ask("status")["errors_out"], 0);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn going_back_under_load_loses_no_key_and_no_change() {
    let server = serving_on_probation("1h", "");
    let mut wire = server.connect();
    fill(&mut wire, 5_000);
    let stop = Arc::new(AtomicBool::new(false));
    let clerks: Vec<_> = (0..2)
        .map(|own| {
            let (endpoint, stop) = (server.tcp().clone(), Arc::clone(&stop));
            thread::spawn(move || count_up(&endpoint, own, &stop))
        })
        .collect();
    let mut newer = std::fs::read(server.folder().join("plugins/libkv.so")).unwrap();
    for round in 0..3 {
        // The same code by another hash.
        newer.push(round);
        let before = server.control().plugin("kv").unwrap()["sha256"].clone();
        server.drop_plugin("libkv.so", &newer, Swap::Rename);
        wait_until("the newer file to serve", || {
            (server.control().plugin("kv").unwrap()["sha256"] != before).then_some(())
        });
        let wish = json!({"verb": "rollback", "plugin": "kv"});
        server.control().request(&wish).expect("it is rolled back");
        assert_eq!(server.control().plugin("kv").unwrap()["sha256"], before);
    }
    stop.store(true, Ordering::Relaxed);
    let ended = clerks.into_iter().map(|clerk| clerk.join().unwrap());
    assert!(ended.map(|(count, _)| count).min() > Some(0));
    each(&mut wire, 5_000, |n| request(GET, &key(n)), |n, data| assert_eq!(data, value(n)));
    let lost = server.log().all(|record| record.field("code") == "HF0270");
    assert!(lost.is_empty(), "{lost:?}");
    drop(wire);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn keys_are_there_after_a_restart_and_after_the_plugin_was_away() {
    let policy = "on_remove = \"unload\"\n[plugins.policy.kv]\npersist_state = true\n";
    let server = serving(policy);
    fill(&mut server.connect(), 2_000);
    let server = server.restart();
    let check = |server: &Server| {
        let mut wire = server.connect();
        each(&mut wire, 2_000, |n| request(GET, &key(n)), |n, data| assert_eq!(data, value(n)));
    };
    check(&server);
    let (file, beside) = (server.folder().join("plugins/libkv.so"), server.folder().join("kv.so"));
    std::fs::rename(&file, &beside).unwrap();
    let mut wire = server.connect();
    wait_until("it to be gone", || (wire.ask(INFO, b"").error_code() == Some(2005)).then_some(()));
    std::fs::rename(&beside, &file).unwrap();
    wait_until("it to be back", || wire.ask(INFO, b"").error_code().is_none().then_some(()));
    check(&server);
    assert_eq!(server.stop(), Some(0));
}
