//! One measurement: a server started for it, the client, and what both say.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::contestant::Contestant;
use super::figures::{kilo, micros, real};
use super::process::{Server, pinned};
use super::scenario::{Load, Scenario};
use super::{Cores, Places};

/// The figures of one measurement; those that do not apply are not there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Replies a second.
    pub frames_per_s: f64,
    /// Nanoseconds of the server's processor time for each frame.
    pub cpu_ns: f64,
    /// Microseconds from request to reply.
    pub p50: f64,
    /// The same, of the slowest hundredth.
    pub p99: f64,
    /// The same, of the slowest thousandth.
    pub p999: f64,
    /// The share of a core that the client took.
    pub client_cpu: f64,
    /// The share of the time that the client waited for a core.
    pub client_waited: f64,
    /// Replies that were wrong, and requests without one.
    pub wrong: f64,
    /// Bytes of the server's memory for each connection.
    pub bytes_per_connection: f64,
}

impl Sample {
    /// The figures by their names, as they are kept.
    pub fn figures(&self) -> [(&'static str, f64); 9] {
        [
            ("frames_per_s", self.frames_per_s),
            ("cpu_ns_per_frame", self.cpu_ns),
            ("p50_us", self.p50),
            ("p99_us", self.p99),
            ("p999_us", self.p999),
            ("client_cpu", self.client_cpu),
            ("client_waited", self.client_waited),
            ("wrong", self.wrong),
            ("bytes_per_connection", self.bytes_per_connection),
        ]
    }

    /// One line for whoever waits for the table.
    pub fn told(&self) -> String {
        if self.frames_per_s == 0.0 {
            return format!("{:>8.0} bytes a connection", self.bytes_per_connection);
        }
        let (rate, p99) = (kilo(self.frames_per_s), micros(self.p99));
        let busy = if self.client_waited > 0.1 { "  (the machine is busy)" } else { "" };
        format!("{rate:>8} k/s  {:>7.1} ns a frame  p99 {p99:>8} µs{busy}", self.cpu_ns)
    }
}

/// When in each second of an idle measurement the memory is looked at.
const HALFWAY: Duration = Duration::from_millis(500);

/// Measures one server in one scenario.
pub fn measure(
    places: &Places,
    contestant: &Contestant,
    scenario: &Scenario,
    seconds: f64,
    cores: Cores,
) -> io::Result<Sample> {
    let server = Server::start(pinned(&contestant.command(places)?, cores.server))?;
    let mut client = Command::new(&places.hotframe);
    client.args(scenario.arguments(&server.url, seconds));
    let mut client = pinned(&client, cores.client);
    let told = |error| io::Error::other(format!("{}: {error}", contestant.name));
    if scenario.load == Load::Idle {
        idle(&server, &mut client, scenario.connections, seconds).map_err(told)
    } else {
        load(&server, &mut client).map_err(told)
    }
}

/// Drives a server that runs with a client, and says what both say.
pub fn load(server: &Server, client: &mut Command) -> io::Result<Sample> {
    let before = server.cpu_nanos()?;
    let output = client.stderr(Stdio::inherit()).output()?;
    let cpu = server.cpu_nanos()?.saturating_sub(before);
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let figure = |name: &str| report[name].as_f64().unwrap_or(f64::NAN);
    let latency = |name: &str| report["latency_us"][name].as_f64().unwrap_or(f64::NAN);
    Ok(Sample {
        frames_per_s: figure("frames_per_s"),
        cpu_ns: real(cpu) / figure("answered_in_all"),
        p50: latency("p50"),
        p99: latency("p99"),
        p999: latency("p999"),
        client_cpu: figure("client_cpu"),
        client_waited: figure("client_waited"),
        wrong: ["errors", "mismatches", "unanswered", "closed_by_server"].map(figure).iter().sum(),
        bytes_per_connection: 0.0,
    })
}

fn idle(
    server: &Server,
    client: &mut Command,
    connections: u32,
    seconds: f64,
) -> io::Result<Sample> {
    let before = server.memory()?;
    let mut child = client.stdout(Stdio::piped()).spawn()?;
    let Some(stdout) = child.stdout.take() else {
        return Err(io::Error::other("no standard output"));
    };
    let mut stdout = BufReader::new(stdout);
    let mut holding = String::new();
    stdout.read_line(&mut holding)?;
    // The client may have been faster than the server, which still accepts for a moment.
    thread::sleep(HALFWAY.mul_f64(seconds));
    let after = server.memory()?;
    let mut rest = String::new();
    stdout.read_to_string(&mut rest)?;
    child.wait()?;
    let report: Value = serde_json::from_str(&rest)?;
    let standing = report["connections_standing"].as_u64().unwrap_or(0);
    Ok(Sample {
        bytes_per_connection: real(after.saturating_sub(before)) / f64::from(connections),
        wrong: f64::from(connections) - real(standing),
        ..Sample::default()
    })
}
