//! HTTP beside the loop: health that tells the truth, and clients that cannot hold it up.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hotframe_tests::{
    Folder, Latencies, Process, Quiet, Record, Server, Swap, Versus, built, request, scale,
    wait_until,
};
use rustix::process::Signal;

const ECHO: u16 = 0x0100;

fn serve() -> Server {
    Server::setup().http().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

#[test]
fn a_bad_file_is_told_and_the_server_stays_ready() {
    let server = serve();
    assert_eq!(server.http().get("/livez").body, "ok\n");
    assert_eq!(server.http().get("/readyz").body, "ok\n");
    server.remap("0x0100 = \"echo.echo", Swap::Rename);
    let told = wait_until("the bad file to be told", || {
        let health = server.http().json("/readyz");
        (!health["notes"].as_array()?.is_empty()).then_some(health)
    });
    assert_eq!(told["ok"], true);
    assert!(told["notes"][0].as_str().unwrap().starts_with("HF0102 "), "{told}");
    assert!(server.http().get("/").body.contains("HF0102"), "the page says so, too");
    server.remap("0x0100 = \"echo.echo\"", Swap::Rename);
    wait_until("the mended file to be taken", || {
        (server.http().get("/readyz").body == "ok\n").then_some(())
    });
}

#[test]
fn a_draining_server_is_alive_and_not_ready() {
    let server = serve();
    let mut stream = server.tcp().connect();
    let mut sender = stream.second();
    // Asks until nothing fits anywhere any more, and reads nothing: replies are owed.
    let asking = thread::spawn(move || {
        let many = request(ECHO, &[7; 255]).repeat(64);
        while sender.write_all(&many).is_ok() {}
    });
    wait_until("replies to be held up", || {
        let state = server.http().json("/api/state");
        (state["totals"]["outbound_bytes"].as_u64()? > 0).then_some(())
    });
    server.signal(Signal::TERM);
    let told = wait_until("the drain to be told", || {
        let answer = server.http().get("/readyz");
        (answer.status == 503).then_some(answer.body)
    });
    assert_eq!(told, "not ok\n- draining: what is owed is answered, then it ends\n");
    assert_eq!(server.http().get("/livez").status, 200);
    assert_eq!(server.http().json("/api/state")["status"]["state"], "draining");
    // Takes what is owed. It went on asking meanwhile, so its end may be a reset.
    let _rest = std::io::copy(&mut stream, &mut std::io::sink());
    asking.join().unwrap();
    assert_eq!(server.wait(), Some(0));
}

/// From one probe to the next: as many as a hundred load balancers send.
const PROBE: Duration = Duration::from_millis(10);
/// Seconds that are measured at a time, without slow clients and with them in turn.
const SLICE: usize = 10;

/// Clients that begin a head and never end it.
fn slow_clients(server: &Server) -> Vec<TcpStream> {
    let begin = |_| {
        let mut stream = server.http().connect();
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ").unwrap();
        stream
    };
    (0..200).map(begin).collect()
}

/// How long frames take while so many probes are sent; each adds how long it took itself.
fn probed(server: &Server, probes: usize, took: &mut Vec<Duration>) -> Latencies {
    let quiet = Quiet::start(server.tcp(), 20, ECHO);
    for _ in 0..probes {
        let asked = Instant::now();
        assert_eq!(server.http().get("/livez").status, 200);
        took.push(asked.elapsed());
        wait_until("the next probe", || (asked.elapsed() >= PROBE).then_some(()));
    }
    quiet.stop()
}

#[test]
fn clients_that_never_finish_their_head_hold_nobody_up() {
    let server = serve();
    let seconds = scale("HOTFRAME_E2E_SECONDS", 1);
    let probes = SLICE.min(seconds) * 100;
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let mut versus = Versus::default();
    let mut slow = Vec::new();
    for _ in 0..seconds.div_ceil(SLICE) {
        slow.clear();
        let without = probed(&server, probes, &mut alone);
        slow = slow_clients(&server);
        let with = probed(&server, probes, &mut beside);
        versus.note(without, with);
    }
    let begun = Instant::now();
    for stream in &mut slow {
        // Closed, in whatever way, before the deadline of the test.
        let ended = stream.read(&mut [0; 1024]);
        let waits = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!ended.as_ref().is_err_and(waits), "a slow client was not closed");
    }
    let (alone, beside) = (Latencies::from(alone), Latencies::from(beside));
    println!(
        "/livez: {} probes, p50 {:?}, p99 {:?} beside 200 slow clients, {:?}, {:?} without; all \
         closed {:?} after the last probe; frames p99 {:?} without and with, {:.2} times",
        beside.count(),
        beside.percentile(50),
        beside.percentile(99),
        alone.percentile(50),
        alone.percentile(99),
        begun.elapsed(),
        versus.permille(990),
        versus.times(990)
    );
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn nothing_that_is_sent_changes_or_breaks_anything() {
    let server = serve();
    let http = server.http();
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
        assert_eq!(http.ask(method, "/api/state", "").status, 405, "{method}");
    }
    assert_eq!(http.ask("GET", "/", "content-length: 1\r\n").status, 413);
    assert_eq!(http.ask("GET", "/", "transfer-encoding: chunked\r\n").status, 413);
    assert_eq!(http.get("/nothing").status, 404);
    assert_eq!(http.get("/../../etc/passwd").status, 404);
    assert_eq!(http.ask("HEAD", "/metrics", "").body, "");
    let long = format!("x: {}\r\n", "y".repeat(64 << 10));
    for junk in [long.as_str(), "\u{0}\r\n", "no colon\r\n"] {
        let mut stream = http.connect();
        // The server may have closed before all of it was written.
        let _ = write!(stream, "GET / HTTP/1.1\r\n{junk}\r\n");
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{junk:?}");
    }
    assert_eq!(http.get("/livez").status, 200);
}

#[test]
fn an_address_that_is_taken_is_an_error_only_where_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let set = format!("http.listen=\"{}\"", taken.local_addr().unwrap());
    let folder = Folder::default();
    let mut hotframe = Command::new(built().join("hotframe"));
    hotframe.args(["serve", "--listen", "tcp://127.0.0.1:0", "--set", &set]);
    let output = hotframe.current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("HF0401") && said.contains("cannot serve HTTP"), "{said}");

    // Whoever has the default port, it is not to be had.
    let _taken = TcpListener::bind("127.0.0.1:7401");
    let args = ["serve", "--listen", "tcp://127.0.0.1:0"];
    let process = Process::start(&built().join("hotframe"), &args, folder.path());
    let is_ready = |record: &Record| record.message().starts_with("ready");
    let ready = process.log().wait_for(0, "the server to be ready", is_ready);
    assert!(ready.field("http").is_null());
    let is_told = |record: &Record| record.field("code") == "HF0410";
    assert_eq!(process.log().wait_for(0, "a warning", is_told).field("level"), "warn");
}
