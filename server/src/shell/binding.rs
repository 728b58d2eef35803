//! Binding: owns the way from the configured listeners to bound ones, and the words when it fails.

use std::io;
use std::net::ToSocketAddrs;

use hotframe_core::{Dialect, Profile, ReplyOrder};
use hotframe_protocol::Command;
use mio::Token;

use super::inherited::Inherited;
use super::listener::Endpoint;
use super::listeners::Listeners;
use crate::config;
use crate::diagnostics::codes::listeners as codes;
use crate::diagnostics::{Code, Diagnostic};

/// Resolves and binds every configured listener that is not among the `inherited` ones. Blocks on
/// name look-ups, so it belongs to the start.
///
/// # Errors
/// A diagnostic that names the first listener that could not be bound, and why.
pub fn bind(
    configured: &[config::Listener],
    inherited: &mut Inherited,
    first: Token,
) -> Result<Listeners, Diagnostic> {
    let mut endpoints = Vec::with_capacity(configured.len());
    for listener in configured {
        endpoints.push((resolve(&listener.endpoint)?, profile(listener)));
    }
    Listeners::bind(&endpoints, inherited, first)
        .map_err(|(endpoint, error)| refused(&endpoint, &error))
}

/// What the engine is to know of a listener.
fn profile(listener: &config::Listener) -> Profile {
    Profile {
        dialect: match listener.dialect {
            config::Dialect::Flagged => Dialect::Flagged,
            config::Dialect::Raw => {
                Dialect::Raw { error_command: listener.error_command.map(Command::from_word) }
            }
        },
        reply_order: match listener.reply_order {
            config::ReplyOrder::Strict => ReplyOrder::Strict,
            config::ReplyOrder::Any => ReplyOrder::Any,
        },
        probe: listener.probe,
        auth: listener.auth,
    }
}

fn resolve(endpoint: &config::Endpoint) -> Result<Endpoint, Diagnostic> {
    match endpoint {
        config::Endpoint::Unix(path) => Ok(Endpoint::Unix(path.clone())),
        config::Endpoint::Serial { path, baud } => {
            Ok(Endpoint::Serial { path: path.clone(), baud: *baud })
        }
        config::Endpoint::Tcp { host, port } => {
            let found = (host.as_str(), *port).to_socket_addrs().map(|mut found| found.next());
            match found {
                Ok(Some(address)) => Ok(Endpoint::Tcp(address)),
                Ok(None) => Err(unknown(host, "it has no address")),
                Err(error) => Err(unknown(host, &error.to_string())),
            }
        }
    }
}

fn unknown(host: &str, why: &str) -> Diagnostic {
    let code = codes::UNKNOWN_HOST;
    Diagnostic::error(code, format!("cannot listen on `{host}`: {why}")).help(code.mend())
}

fn refused(endpoint: &Endpoint, error: &io::Error) -> Diagnostic {
    let code = match (error.kind(), endpoint) {
        (io::ErrorKind::AddrInUse, Endpoint::Unix(_)) => codes::SOCKET_PATH_TAKEN,
        (kind, _) => tcp_code(kind),
    };
    Diagnostic::error(code, format!("cannot listen on {endpoint}: {error}")).help(code.mend())
}

/// What it means that an address and port could not be bound.
#[must_use]
pub fn tcp_code(kind: io::ErrorKind) -> Code {
    match kind {
        io::ErrorKind::AddrInUse => codes::ADDRESS_IN_USE,
        io::ErrorKind::AddrNotAvailable => codes::ADDRESS_UNAVAILABLE,
        io::ErrorKind::PermissionDenied => codes::PERMISSION,
        _ => codes::SOCKET_FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(endpoint: config::Endpoint) -> config::Listener {
        config::Listener::new(endpoint)
    }

    fn tcp(host: &str, port: u16) -> config::Listener {
        listener(config::Endpoint::Tcp { host: host.to_owned(), port })
    }

    #[test]
    fn what_cannot_be_bound_is_named_with_its_code() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let refused =
            bind(&[tcp("127.0.0.1", port)], &mut Inherited::default(), Token(0)).unwrap_err();
        assert_eq!(refused.code, codes::ADDRESS_IN_USE);
        assert!(refused.message.contains(&format!("tcp://127.0.0.1:{port}")), "{refused:?}");

        let elsewhere =
            bind(&[tcp("192.0.2.1", 0)], &mut Inherited::default(), Token(0)).unwrap_err();
        assert_eq!(elsewhere.code, codes::ADDRESS_UNAVAILABLE);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "not a socket").unwrap();
        let path = bind(
            &[listener(config::Endpoint::Unix(file.clone()))],
            &mut Inherited::default(),
            Token(0),
        )
        .unwrap_err();
        assert_eq!(path.code, codes::SOCKET_PATH_TAKEN);
        assert!(file.exists(), "what is not ours is left alone");
    }
}
