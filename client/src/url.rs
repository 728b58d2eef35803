//! Where a server listens, as a person writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::Error;

/// The address of a server: `tcp://host:port`, `unix:///absolute/path`, `unix://relative/path`,
/// or a bare `host:port`, which is TCP.
///
/// ```
/// use hotframe_client::Url;
///
/// let url: Url = "localhost:7400".parse()?;
/// assert_eq!(url.to_string(), "tcp://localhost:7400");
/// assert!("serial:///dev/ttyS0".parse::<Url>().is_err());
/// # Ok::<(), hotframe_client::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Url {
    /// A host's name or address, and a port, in the form `host:port`.
    Tcp(String),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl FromStr for Url {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |reason| Error::BadUrl { url: text.to_owned(), reason };
        match text.split_once("://") {
            Some(("tcp", host_and_port)) => tcp(host_and_port).map_err(bad),
            Some(("unix", "")) => Err(bad("it names no path")),
            Some(("unix", path)) => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err(bad("only tcp:// and unix:// are known")),
            None => tcp(text).map_err(bad),
        }
    }
}

fn tcp(host_and_port: &str) -> Result<Url, &'static str> {
    let (host, port) = host_and_port.rsplit_once(':').ok_or("it names no port")?;
    if host.is_empty() {
        return Err("it names no host");
    }
    match port.parse::<u16>() {
        Ok(0) | Err(_) => Err("its port is not a number from 1 to 65535"),
        Ok(_) => Ok(Url::Tcp(host_and_port.to_owned())),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host_and_port) => write!(f, "tcp://{host_and_port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, url) in [
            ("tcp://127.0.0.1:7400", Url::Tcp("127.0.0.1:7400".into())),
            ("box.local:1", Url::Tcp("box.local:1".into())),
            ("[::1]:7400", Url::Tcp("[::1]:7400".into())),
            ("unix:///run/hot.sock", Url::Unix("/run/hot.sock".into())),
            ("unix://run/hot.sock", Url::Unix("run/hot.sock".into())),
        ] {
            assert_eq!(text.parse::<Url>().unwrap(), url, "{text}");
        }
    }

    #[test]
    fn what_names_no_server_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "no port"),
            ("localhost", "no port"),
            (":7400", "no host"),
            ("tcp://localhost:0", "not a number"),
            ("tcp://localhost:70000", "not a number"),
            ("unix://", "no path"),
            ("udp://localhost:1", "only tcp:// and unix://"),
        ] {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
