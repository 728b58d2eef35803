//! What a hotframe that is measured is asked: owns its control socket and its metrics.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use super::{Places, contestant};

/// Asks by the control socket.
pub fn ask(places: &Places, request: &Value) -> io::Result<Value> {
    let mut stream = UnixStream::connect(contestant::folder(places).join("run/hotframe.sock"))?;
    writeln!(stream, "{request}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Where it serves HTTP: host and port.
pub fn http(places: &Places) -> io::Result<String> {
    let status = ask(places, &json!({ "verb": "status" }))?;
    let url = status["result"]["http"].as_str().unwrap_or_default();
    Ok(url.trim_start_matches("http://").trim_end_matches('/').to_owned())
}

/// All its metrics, as text.
pub fn metrics(http: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(http)?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\nhost: localhost\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map(|_| text)
}

/// The whole number that a metric stands at.
pub fn figure(metrics: &str, name: &str) -> io::Result<u64> {
    let of_line = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok();
    let figure = metrics.lines().find_map(of_line);
    figure.ok_or_else(|| io::Error::other(format!("{name} is not among its metrics")))
}

/// What the longest of a histogram of seconds took at most, in microseconds.
pub fn longest(metrics: &str, family: &str) -> io::Result<f64> {
    let all = figure(metrics, &format!("{family}_count"))?;
    let bucket = format!("{family}_bucket{{le=\"");
    let holds_all = |line: &str| {
        let (bound, count) = line.strip_prefix(&bucket)?.split_once("\"} ")?;
        (count.trim().parse() == Ok(all)).then(|| bound.parse::<f64>().ok())?
    };
    let bound = metrics.lines().find_map(holds_all);
    bound.map(|bound| bound * 1e6).ok_or_else(|| io::Error::other(format!("no {family}_bucket")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: &str = "a_bucket{le=\"0.000064\"} 3\na_bucket{le=\"0.000128\"} 7\n\
                           a_bucket{le=\"+Inf\"} 7\na_count 7\n";

    #[test]
    fn a_figure_is_found_by_its_whole_name() {
        assert_eq!(figure(METRICS, "a_count").unwrap(), 7);
        assert!(figure(METRICS, "a").is_err());
    }

    #[test]
    fn the_longest_lies_in_the_first_bucket_that_holds_all() {
        assert!((longest(METRICS, "a").unwrap() - 128.0).abs() < 1e-6);
        assert!(longest(METRICS, "b").is_err());
    }
}
