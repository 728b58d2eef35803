//! A reader of standard output that stops reading: it costs log lines, counted, and nothing else.

use std::time::{Duration, Instant};

use hotframe_tests::{Latencies, Quiet, Record, Server, Versus, request, scale, wait_until};

const ECHO: u16 = 0x0100;
/// Far more lines than wait for a reader.
const BURST: usize = 15_000;
const CLIENTS: usize = 20;
/// Seconds that are measured at a time, with a reader and without in turn.
const SLICE: usize = 6;

/// How long replies take, for so long.
fn measure(server: &Server, seconds: usize) -> Latencies {
    let time = Duration::from_secs(u64::try_from(seconds).unwrap());
    Quiet::measure(server.tcp(), CLIENTS, ECHO, time)
}

/// Lines that the server says it has lost.
fn dropped(server: &Server) -> u64 {
    let metrics = server.http().get("/metrics").body;
    let line = metrics.lines().find_map(|it| it.strip_prefix("hotframe_log_lines_dropped_total "));
    line.expect("it is counted").parse().unwrap()
}

/// So many requests, each of which has a line in the log.
fn burst(server: &Server) {
    let mut wire = server.connect();
    for _ in 0..BURST / 500 {
        wire.send(&request(ECHO, b"x").repeat(500));
        (0..500).for_each(|_| drop(wire.receive().unwrap()));
    }
}

#[test]
fn a_reader_that_stops_costs_counted_lines_and_nothing_else() {
    let seconds = scale("HOTFRAME_E2E_SECONDS", 1);
    let setup = Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"");
    let server = setup.log("access = 1.0\n").http().start();
    let mut versus = Versus::default();
    let mut lost = 0;
    for _ in 0..seconds.div_ceil(SLICE) {
        let slice = SLICE.min(seconds);
        let without = measure(&server, slice);
        server.log().hold(true);
        burst(&server);
        wait_until("lines to be dropped", || (dropped(&server) > lost).then_some(()));
        let with = measure(&server, slice);
        versus.note(without, with);
        lost = dropped(&server);
        let mark = server.log().mark();
        server.log().hold(false);
        let told = |line: &Record| line.field("dropped").is_u64();
        server.log().wait_for(mark, "the reader to be up again", told);
    }
    let told =
        server.log().wait_for(0, "the loss to be told", |line| line.field("dropped").is_u64());
    assert!(told.message().contains("dropped: the log's reader was too slow"), "{told:?}");
    // Whoever reads again gets every line that comes from now on.
    let mark = server.log().mark();
    assert_eq!(server.connect().ask(ECHO, b"again").data, b"again");
    server.log().wait_for(mark, "the next line", |line| line.field("target") == "access");
    server.log().hold(true);
    burst(&server);
    let begun = Instant::now();
    let code = server.stop();
    println!(
        "{seconds} s each, in slices of {SLICE} s, {:?} replies: p50 {:?}, {:.2} times; p99.9 {:?} \
         with a reader and without, {:.2} times; {lost} lines dropped; stopped after {:?}",
        versus.counts(),
        versus.permille(500),
        versus.times(500),
        versus.permille(999),
        versus.times(999),
        begun.elapsed()
    );
    assert_eq!(code, Some(0), "nobody who does not read holds the end up");
}
