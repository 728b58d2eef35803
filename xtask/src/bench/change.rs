//! `cargo xtask bench --change`: what a client notices of a reload, of other routes and of a
//! mistake in them, at 100,000 requests a second, against the time without any.
//!
//! The client writes down when each request should have been sent and how long it took. What lies
//! around an act, from 50 ms before it to 50 ms after it was answered, is held against the rest.

use std::fs;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::asking::{self, http, metrics};
use super::contestant::{self, Setting};
use super::figures::{median, micros, moment};
use super::latencies::Latencies;
use super::process::Server;
use super::scenario::{Load, Scenario};
use super::{Places, table};

/// Requests a second.
const RATE: u32 = 100_000;

/// What counts before and behind an act, in microseconds.
const AROUND: u64 = 50_000;

/// How long the client runs by itself before the first act.
const QUIET: Duration = Duration::from_secs(2);

/// From one act to the next; what was moved by one has settled by then.
const PAUSE: Duration = Duration::from_millis(500);

/// How often each act is done in a round.
const TIMES: u32 = 5;

/// What is done to the server.
const ACTS: [&str; 3] = ["a reload of the plugin", "other routes", "a mistake in the routes"];

/// The time between two moments, in microseconds of Unix time, in which something was done.
struct Window {
    act: &'static str,
    from: u64,
    to: u64,
}

/// How long the loop stood at the most.
struct Stall {
    /// Of it from one wait to the next, with what others took of its core, in microseconds.
    turn: u64,
    /// With what a reload had it do, in microseconds.
    reload: f64,
}

impl Stall {
    fn told(&self) -> String {
        let Self { turn, reload } = self;
        format!("longest turn of the loop {turn} µs, for a reload at most {reload:.0} µs")
    }
}

/// Measures so many rounds and prints the medians over them.
pub fn measure(places: &Places, rounds: usize) -> io::Result<()> {
    let kinds: Vec<&str> = ["nothing"].into_iter().chain(ACTS).collect();
    let mut figures = vec![Vec::new(); kinds.len()];
    let mut stalls = Vec::new();
    for round in 1..=rounds {
        let (latencies, stall) = run(places, &kinds)?;
        println!("round {round}  {}", stall.told());
        stalls.push(stall);
        let steady = latencies[0].at(0.99);
        for (figures, latencies) in figures.iter_mut().zip(&latencies) {
            let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| latencies.at(share));
            figures.push([p50, p99, p999, latencies.at(1.0), p99 / steady]);
        }
    }
    let row = |(kind, figures): (&&str, &Vec<[f64; 5]>)| {
        let column = |index: usize| median(figures.iter().map(|row| row[index]).collect());
        let times = [0, 1, 2, 3].map(|index| micros(column(index)));
        let ratio = format!("{:.2}", column(4));
        [(*kind).to_owned()].into_iter().chain(times).chain([ratio]).collect()
    };
    let head = ["around", "p50 µs", "p99 µs", "p99.9 µs", "longest µs", "p99 of the first"];
    let rows = kinds.iter().zip(&figures).map(row).collect();
    println!("\n{RATE} requests/s over 50 connections\n\n{}", table::block(&head, rows));
    for stall in stalls {
        println!("{}", stall.told());
    }
    let kept = kinds.iter().zip(&figures).map(|(kind, figures)| json!([kind, figures]));
    fs::write(places.bench.join("change.json"), Value::from_iter(kept).to_string())
}

/// One round: the latencies of every kind of time, and how long the loop stood.
fn run(places: &Places, kinds: &[&'static str]) -> io::Result<(Vec<Latencies>, Stall)> {
    let server = Server::start(contestant::hotframe_with(places, &Setting::default())?)?;
    let samples = places.bench.join("samples");
    let acts = TIMES * u32::try_from(ACTS.len()).unwrap_or(u32::MAX);
    let seconds = (QUIET + PAUSE * (acts + 2)).as_secs_f64();
    let load = Load::Rate(RATE);
    let scenario = Scenario { name: "change", connections: 50, pipeline: 64, size: 16, load };
    let mut client = Command::new(&places.hotframe);
    client.args(scenario.arguments(&server.url, seconds)).arg("--samples").arg(&samples);
    let mut client = client.stdout(Stdio::piped()).spawn()?;
    thread::sleep(QUIET);
    let mut windows = Vec::new();
    for _ in 0..TIMES {
        for act in ACTS {
            thread::sleep(PAUSE);
            let from = moment();
            perform(places, act)?;
            windows.push(Window { act, from: from - AROUND, to: moment() + AROUND });
        }
    }
    let status = asking::ask(places, &json!({ "verb": "status" }))?;
    let turn = status["result"]["loop_lag_us"]["max"].as_u64().unwrap_or(0);
    let reload = asking::longest(&metrics(&http(places)?)?, "hotframe_reload_pause_seconds")?;
    let mut report = String::new();
    if let Some(mut stdout) = client.stdout.take() {
        stdout.read_to_string(&mut report)?;
    }
    if !client.wait()?.success() {
        return Err(io::Error::other(format!("a reply was wrong or missing: {report}")));
    }
    let latencies = sorted(&fs::read_to_string(samples)?, &windows, kinds);
    Ok((latencies, Stall { turn, reload }))
}

/// Does it, and waits until the server says that it is done.
fn perform(places: &Places, act: &str) -> io::Result<()> {
    let file = contestant::folder(places).join("config/commands.toml");
    let write = |text: String| {
        let beside = file.with_extension("new");
        fs::write(&beside, text)?;
        fs::rename(beside, &file)
    };
    let number = moment() % 100;
    let mut routes = contestant::commands(&Setting::default(), "echo.echo");
    let request = match act {
        "a reload of the plugin" => json!({ "verb": "reload", "plugin": "echo" }),
        "other routes" => {
            write(routes + &format!("0x02{number:02} = \"echo.reverse\"\n"))?;
            json!({ "verb": "reload" })
        }
        _ => {
            routes.push_str("0x0300 = 7\n");
            write(routes)?;
            json!({ "verb": "reload" })
        }
    };
    let is_meant_to_fail = act == ACTS[2];
    let answer = asking::ask(places, &request)?;
    match answer["ok"].as_bool() {
        Some(ok) if ok != is_meant_to_fail => Ok(()),
        _ => Err(io::Error::other(format!("{act}: the server said {answer}"))),
    }
}

/// The samples by what was done around them.
fn sorted(samples: &str, windows: &[Window], kinds: &[&'static str]) -> Vec<Latencies> {
    let mut sorted = vec![Vec::new(); kinds.len()];
    for line in samples.lines() {
        let mut fields = line.split(' ').map_while(|field| field.parse::<u64>().ok());
        let (Some(due), Some(latency)) = (fields.next(), fields.next()) else { continue };
        let window = windows.iter().find(|window| (window.from..window.to).contains(&due));
        let kind = window.and_then(|window| kinds.iter().position(|kind| *kind == window.act));
        sorted[kind.unwrap_or(0)].push(latency);
    }
    sorted.into_iter().map(Latencies::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_go_to_what_was_done_around_them() {
        let kinds = ["nothing", ACTS[0], ACTS[1]];
        let windows = [
            Window { act: ACTS[0], from: 100, to: 200 },
            Window { act: ACTS[1], from: 300, to: 400 },
        ];
        let sorted = sorted("99 5\n100 9\n199 7\n200 1\n350 4\n", &windows, &kinds);
        assert_eq!(sorted.iter().map(Latencies::count).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(sorted.iter().map(|kind| kind.at(1.0)).collect::<Vec<_>>(), [5.0, 9.0, 4.0]);
    }
}
