//! The command line of `hotframe bench`, as it is typed.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hotframe_client::Url;

use super::baseline::{Expression, Judge};
use super::faults::{Faults, Share};
use super::pace::Pace;
use super::plan::Plan;
use crate::cli::ctl;
use crate::cli::failure::{Failure, Sort};
use crate::cli::login::Login;
use crate::cli::send::command::Target;
use crate::cli::send::payload;

/// How long the control socket may take to name a handler's command.
const PATIENCE: Duration = Duration::from_secs(5);

/// Arguments of `hotframe bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// The command's number (0x0100, 256), or the name of a handler (echo.echo), which the
    /// running server is asked for. Best one that echoes: then every byte of a reply is verified
    #[arg(value_name = "COMMAND", default_value = "0x0100")]
    command: String,
    /// Where the server listens: tcp://HOST:PORT, unix:///PATH or HOST:PORT
    #[arg(long, value_name = "ADDR", default_value = "tcp://127.0.0.1:7400")]
    to: String,
    /// The device's address, 0 to 255
    #[arg(long, value_name = "N", default_value_t = 1)]
    address: u8,
    #[command(flatten)]
    login: Login,
    /// How many connections to open; with --hello they are the clients ID-1, ID-2 and so on
    #[arg(short, long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// How many requests each connection has in flight at most
    #[arg(
        short, long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65_536)
    )]
    pipeline: u32,
    /// Bytes of data of a request, which are random; several with commas are sent in turn
    #[arg(long, value_name = "LEN", default_value = "16", value_delimiter = ',')]
    size: Vec<u8>,
    /// The data of every request, as `send` takes it: text, hex:01ff, u16be:513,text:hi …
    #[arg(long, value_name = "PAYLOAD", conflicts_with = "size")]
    data: Option<String>,
    /// How long to measure, in seconds
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds)]
    duration: Duration,
    /// Open model: so many requests a second in all, whether replies come or not; the latency
    /// counts from when a request should have been sent
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u64).range(1..))]
    rate: Option<u64>,
    /// Send nothing: open the connections and hold them
    #[arg(long, conflicts_with_all = ["rate", "bad", "split", "trickle"])]
    idle: bool,
    /// Count replies by their length alone
    #[arg(long)]
    no_verify: bool,
    /// Send bad bytes on purpose in front of a share of the requests: crc=1% (a frame with a
    /// wrong checksum), noise=1% (bytes that are no frame)
    #[arg(long, value_name = "KIND=SHARE", value_delimiter = ',')]
    bad: Vec<Share>,
    /// Cut what is written at random places
    #[arg(long, conflicts_with = "trickle")]
    split: bool,
    /// Write at most so many bytes at a time
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..))]
    trickle: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// The running server's control socket, which knows the handlers' names
    /// [default: $HOTFRAME_CONTROL, else run/hotframe.sock]
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// Write a line a reply: when its request should have been sent (Unix time) and how long after
    /// that it came, both in microseconds
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// An earlier --json output to compare with
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Fail (exit 1) if this holds: frames_per_s<0.9x, p99>1.2x (times the baseline's),
    /// p99>500 (µs), errors>0; several with commas
    #[arg(long, value_name = "EXPR", value_delimiter = ',')]
    fail_if: Vec<Expression>,
}

impl BenchArgs {
    /// What is to be done.
    ///
    /// # Errors
    /// The address of the server makes no sense, or no route leads to the handler.
    pub(super) fn plan(&self) -> Result<Plan, Failure> {
        let refuse = |error: hotframe_client::Error| {
            let help = "name the server's address like tcp://127.0.0.1:7400";
            Failure::new(Sort::Argument, error.to_string(), help)
        };
        let url: Url = self.to.parse().map_err(refuse)?;
        let control = ctl::socket_path(self.control.as_deref());
        let target = Target::resolve(&self.command, self.address, &control, PATIENCE)?;
        let pace = match self.rate {
            _ if self.idle => Pace::Idle,
            Some(rate) => Pace::Open { rate },
            None => Pace::Closed,
        };
        let data = self.data.as_deref().map(|data| payload::read(data, &mut io::stdin().lock()));
        let data = data.transpose()?;
        let sizes = match &data {
            Some(data) => vec![u8::try_from(data.len()).unwrap_or(u8::MAX)],
            None => self.size.clone(),
        };
        Ok(Plan {
            url,
            address: target.address,
            number: target.number,
            connections: size_of(self.connections),
            pipeline: size_of(self.pipeline),
            sizes,
            data,
            duration: self.duration,
            pace,
            faults: Faults::new(&self.bad, self.split, self.trickle.map(size_of)),
            verify: !self.no_verify,
            hello: self.login.read()?,
            samples: self.samples.clone(),
        })
    }

    /// What the outcome is compared with.
    ///
    /// # Errors
    /// The baseline cannot be read, or there is none where an expression needs one.
    pub(super) fn judge(&self) -> Result<Judge, Failure> {
        Judge::new(self.fail_if.clone(), self.baseline.as_deref())
    }
}

/// Reads `5`, `0.5` or `5s`.
fn seconds(text: &str) -> Result<Duration, String> {
    let amount = text.strip_suffix('s').unwrap_or(text).parse().ok();
    amount
        .and_then(|amount| Duration::try_from_secs_f64(amount).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("`{text}` is no number of seconds"))
}

fn size_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_with_and_without_their_unit() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("5s"), Ok(Duration::from_secs(5)));
        assert!(["0", "-1", "soon", "NaN"].iter().all(|text| seconds(text).is_err()));
    }
}
