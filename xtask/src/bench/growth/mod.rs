//! `cargo xtask bench --growth`: how hotframe's cost of a frame grows with what there is of
//! everything, as curves.
//!
//! Every round measures every point of every curve, one after the other, each on a server started
//! anew, so that a machine that is slow for a minute is slow for all points of it.

mod curve;
mod features;
mod plot;

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::contestant;
use super::figures::median;
use super::measure::load;
use super::process::{Server, pinned};
use super::scenario::{Load, Scenario};
use super::table;
use super::{Cores, Places};
use curve::{Curve, Point};

/// How much longer than a measurement the connections are held that do nothing, in seconds.
const LONGER: f64 = 5.0;

/// By when all connections are accepted.
const SETTLED: Duration = Duration::from_secs(1);

/// Measures all curves, prints them as tables, and keeps them as plots and figures.
pub fn measure(places: &Places, rounds: usize, seconds: f64, cores: Cores) -> io::Result<()> {
    let (mut curves, mut features) = (curve::all(), features::all());
    for round in 0..rounds {
        for feature in &mut features {
            let nanos = cost(places, &feature.point, seconds, cores)?;
            println!("round {}  {:<34} {nanos:>8.1} ns", round + 1, feature.name);
            feature.point.nanos.push(nanos);
        }
        for curve in &mut curves {
            for point in &mut curve.points {
                let nanos = cost(places, point, seconds, cores)?;
                println!("round {}  {:<12} {:>6}  {nanos:>8.1} ns", round + 1, curve.name, point.x);
                point.nanos.push(nanos);
            }
        }
    }
    for curve in &curves {
        println!("\n{}\n\n{}", curve.title, draw(curve));
        fs::write(places.bench.join(format!("growth-{}.svg", curve.name)), plot::svg(curve))?;
    }
    println!("\nfeatures: 50 connections, 64 in flight each\n\n{}", features::draw(&features));
    let kept = curves.iter().flat_map(|curve| {
        curve.points.iter().map(
            |point| json!({ "curve": curve.name, "x": point.x, "cpu_ns_per_frame": point.nanos }),
        )
    });
    let kept = kept.chain(features.iter().map(
        |feature| json!({ "feature": feature.name, "cpu_ns_per_frame": feature.point.nanos }),
    ));
    let file = places.bench.join("growth.json");
    fs::write(&file, serde_json::Value::from_iter(kept).to_string())?;
    println!("plots and figures are in {}", places.bench.display());
    Ok(())
}

/// Nanoseconds of the server's processor time a frame.
fn cost(places: &Places, point: &Point, seconds: f64, cores: Cores) -> io::Result<f64> {
    let command = contestant::hotframe_with(places, &point.setting)?;
    let server = Server::start(pinned(&command, cores.server))?;
    let held = (point.idle > 0).then(|| Held::hold(places, point.idle, &server, seconds, cores));
    let held = held.transpose()?;
    let scenario = Scenario {
        name: "growth",
        connections: point.connections,
        pipeline: point.pipeline,
        size: point.size,
        load: Load::Full,
    };
    let mut client = Command::new(&places.hotframe);
    client.args(scenario.arguments(&server.url, seconds));
    let sample = load(&server, &mut pinned(&client, cores.client))?;
    drop(held);
    match sample.wrong > 0.0 {
        true => Err(io::Error::other("a reply was wrong or missing")),
        false => Ok(sample.cpu_ns),
    }
}

/// Connections that are held and do nothing, until this is dropped.
struct Held(Child);

impl Held {
    fn hold(
        places: &Places,
        connections: u32,
        server: &Server,
        seconds: f64,
        cores: Cores,
    ) -> io::Result<Self> {
        let (name, load) = ("held", Load::Idle);
        let scenario = Scenario { name, connections, pipeline: 1, size: 0, load };
        let mut client = Command::new(&places.hotframe);
        client.args(scenario.arguments(&server.url, seconds + LONGER));
        let mut child = pinned(&client, cores.client).stdout(Stdio::piped()).spawn()?;
        let mut holding = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut holding)?;
        }
        // The client may have been faster than the server, which still accepts for a moment.
        thread::sleep(SETTLED);
        Ok(Self(child))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn draw(curve: &Curve) -> String {
    let first = curve.points.first().map_or(f64::NAN, |point| median(point.nanos.clone()));
    let rows = curve.points.iter().map(|point| {
        let nanos = median(point.nanos.clone());
        vec![point.x.to_string(), format!("{nanos:.1}"), format!("{:.2}", nanos / first)]
    });
    table::block(&[curve.axis, "CPU ns/frame", "of the first"], rows.collect())
}
