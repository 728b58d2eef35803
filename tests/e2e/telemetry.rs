//! Readings that were acknowledged are there, whatever is replaced, stopped or killed meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use hotframe_protocol::Kind;
use hotframe_tests::{Endpoint, Folder, Server, Setup, Wire, request, scale, wait_until};
use rustix::process::Signal;
use serde_json::json;

const REPORT: u16 = 0x0150;
const RANGE: u16 = 0x0152;
const METRIC: u16 = 3;

fn setup(database: &str) -> Setup {
    let config = format!("[plugins.config.telemetry]\npath = \"{database}\"\n");
    let setup = Server::setup().shipped("telemetry").settings(&config);
    let setup = setup.route("0x0150 = \"telemetry.report\"");
    setup.route("0x0152 = \"telemetry.range\"")
}

/// Reports 0, 1, 2 … as one device until told to stop; returns how many were acknowledged, as an
/// error if the server went first (a kill ends a connection by a reset as well as by its end).
fn report(endpoint: &Endpoint, device: u32, stop: &AtomicBool) -> Result<u32, u32> {
    let mut wire = Wire::connect(endpoint);
    let mut acknowledged = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut data = [&device.to_be_bytes()[..], &METRIC.to_be_bytes(), &[0; 4]].concat();
        data.extend(f64::from(acknowledged).to_be_bytes());
        let sent = wire.try_send(&request(REPORT, &data));
        let Ok(Some(frame)) = sent.and_then(|()| wire.try_receive()) else {
            return Err(acknowledged);
        };
        assert_eq!(frame.command.kind(), Kind::Reply, "{frame:?}");
        acknowledged += 1;
    }
    Ok(acknowledged)
}

/// All values of a device, and how often each is there.
fn readings(wire: &mut Wire, device: u32) -> BTreeMap<u32, u32> {
    let (mut from, mut after, mut found) = (0_u64, 0_u64, BTreeMap::new());
    loop {
        let mut data = [&device.to_be_bytes()[..], &METRIC.to_be_bytes()].concat();
        data.extend([from, u64::MAX, after].map(u64::to_be_bytes).concat());
        wire.send(&request(RANGE, &data));
        let frame = wire.receive().unwrap();
        assert_eq!(frame.command.kind(), Kind::Reply, "{frame:?}");
        let (next, rows) = frame.data.split_first_chunk::<8>().unwrap();
        for row in rows.chunks(16) {
            from = u64::from_be_bytes(row[..8].try_into().unwrap());
            let value = f64::from_be_bytes(row[8..].try_into().unwrap());
            let number = (0..u32::MAX).find(|number| f64::from(*number) >= value).unwrap();
            *found.entry(number).or_default() += 1;
        }
        after = u64::from_be_bytes(*next);
        if after == 0 {
            return found;
        }
    }
}

/// Each that was acknowledged is there once; at most the one behind them, too.
fn check(wire: &mut Wire, device: u32, acknowledged: u32) {
    let found = readings(wire, device);
    assert!((0..acknowledged).all(|number| found.get(&number) == Some(&1)), "device {device}");
    assert!(found.len() <= acknowledged as usize + 1, "device {device}: {found:?}");
}

#[test]
fn no_acknowledged_reading_is_lost_over_reloads_under_load() {
    let server = setup("run/t.db").start();
    let (stop, devices) = (AtomicBool::new(false), 4);
    let rounds = u64::try_from(scale("HOTFRAME_E2E_ROUNDS", 8)).unwrap();
    let acknowledged: Vec<u32> = thread::scope(|scope| {
        let (endpoint, stop) = (server.tcp(), &stop);
        let spawn = |device| scope.spawn(move || report(endpoint, device, stop));
        let reporters: Vec<_> = (0..devices).map(spawn).collect();
        for round in 1..=rounds {
            let reloaded =
                server.control().request(&json!({ "verb": "reload", "plugin": "telemetry" }));
            assert!(reloaded.is_ok(), "{reloaded:?}");
            // The new one has the database: what it is asked, it answers.
            readings(&mut server.connect(), 0);
            let row = server.control().plugin("telemetry").unwrap();
            assert_eq!(row["reloads"], round);
        }
        stop.store(true, Ordering::Relaxed);
        reporters.into_iter().map(|reporter| reporter.join().unwrap().unwrap()).collect()
    });
    println!("{rounds} reloads under {} acknowledged reports", acknowledged.iter().sum::<u32>());
    let mut wire = server.connect();
    for (device, count) in (0..devices).zip(acknowledged) {
        assert!(count > 0);
        check(&mut wire, device, count);
    }
    let row = server.control().plugin("telemetry").unwrap();
    assert_eq!((&row["errors"], &row["reason"]), (&0.into(), &serde_json::Value::Null));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_was_acknowledged_survives_a_server_that_is_killed() {
    let kept = Folder::default();
    let database = kept.join("t.db").display().to_string();
    let server = setup(&database).start();
    let stop = AtomicBool::new(false);
    let acknowledged = thread::scope(|scope| {
        let reporter = scope.spawn(|| report(server.tcp(), 1, &stop));
        wait_until("some readings", || {
            let row = server.control().plugin("telemetry").unwrap();
            (row["calls"].as_u64() > Some(50)).then_some(())
        });
        server.signal(Signal::KILL);
        reporter.join().unwrap().unwrap_err()
    });
    assert!(acknowledged > 0);
    let server = setup(&database).start();
    check(&mut server.connect(), 1, acknowledged);
    assert_eq!(server.stop(), Some(0));
}
