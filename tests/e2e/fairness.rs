//! Hogs: one beside many quiet clients, and several beside each other.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hotframe_tests::{Endpoint, Quiet, Server, pass, request, scale, wait_until};
use serde_json::Value;

const ECHO: u16 = 0x0100;
/// Slices of time, of which one must be fair.
const SLICES: usize = 30;

/// Sends at line rate, reads everything, and says how many bytes came back.
struct Hog {
    stop: Arc<AtomicBool>,
    stream: TcpStream,
    writer: JoinHandle<()>,
    reader: JoinHandle<u64>,
}

impl Hog {
    fn start(endpoint: &Endpoint) -> Self {
        let Endpoint::Tcp(address) = endpoint else { panic!("hogs speak TCP") };
        let stream = TcpStream::connect(address).unwrap();
        let (mut reader, mut writer) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let asked = request(ECHO, &[7; 16]).repeat(2_000);
        let writer = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) && writer.write_all(&asked).is_ok() {}
        });
        let reader = thread::spawn(move || {
            let (mut room, mut sum) = (vec![0; 256 * 1024], 0);
            while let Ok(count @ 1..) = reader.read(&mut room) {
                sum += count as u64;
            }
            sum
        });
        Self { stop, stream, writer, reader }
    }

    /// Ends it without what it is still owed.
    fn cut(self) {
        self.stop.store(true, Ordering::Relaxed);
        // The server may have closed it.
        let _gone = self.stream.shutdown(Shutdown::Both);
        self.writer.join().unwrap();
        self.reader.join().unwrap();
    }

    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.writer.join().unwrap();
        self.stream.shutdown(Shutdown::Write).unwrap();
        self.reader.join().unwrap()
    }
}

fn serve() -> Server {
    Server::setup().shipped("echo").route("0x0100 = \"echo.echo\"").start()
}

/// What each connection has asked, in the order of the connections.
fn frames(server: &Server) -> Vec<f64> {
    wait_until("ten hogs to be let in", || {
        let rows = server.control().ask("connections");
        let rows = rows.as_array().filter(|rows| rows.len() == 10)?;
        let frames = |row: &Value| Some((row["id"].as_u64()?, row["frames_in"].as_f64()?));
        let mut frames: Vec<_> = rows.iter().filter_map(frames).collect();
        frames.sort_by_key(|(id, _)| *id);
        Some(frames.into_iter().map(|(_, frames)| frames).collect())
    })
}

fn time() -> Duration {
    Duration::from_secs(scale("HOTFRAME_E2E_FAIRNESS_S", 2) as u64)
}

#[test]
fn a_hog_does_not_starve_the_quiet() {
    let server = serve();
    let before = Quiet::measure(server.tcp(), 100, ECHO, time());
    let hog = Hog::start(server.tcp());
    let during = Quiet::measure(server.tcp(), 100, ECHO, time());
    let bytes = hog.stop();
    println!(
        "one hog ({} frames) beside 100 quiet clients: p99 {:?} before, {:?} during, {:.2} times; \
         {} replies",
        bytes / 24,
        before.percentile(99),
        during.percentile(99),
        during.times_p99(&before),
        during.count()
    );
    assert!(bytes > 0 && during.count() > before.count() / 10, "the quiet are served");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn ten_hogs_share() {
    let server = serve();
    let hogs: Vec<Hog> = (0..10).map(|_| Hog::start(server.tcp())).collect();
    // A hog that gets no processor asks for less, which is not the server's doing.
    let fair = (0..SLICES).any(|_| {
        let before = frames(&server);
        pass(time());
        let shares: Vec<f64> =
            frames(&server).iter().zip(before).map(|(now, then)| now - then).collect();
        let (sum, squares): (f64, f64) =
            (shares.iter().sum(), shares.iter().map(|share| share * share).sum());
        let jain = sum * sum / (10.0 * squares);
        println!("Jain index of ten hogs: {jain:.4} over {sum} frames");
        jain >= 0.95
    });
    assert!(fair, "of {SLICES} slices none was fair");
    hogs.into_iter().for_each(Hog::cut);
    assert_eq!(server.stop(), Some(0));
}
