//! The guard: owns what is turned away before anything is looked up.

use std::net::IpAddr;

use hyper::body::Body;
use hyper::header::{ALLOW, CONNECTION, HOST, HeaderName};
use hyper::{Method, Request, StatusCode};

/// Why a request is turned away.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) message: &'static str,
    /// A header that belongs to the answer.
    pub(super) header: Option<(HeaderName, &'static str)>,
}

/// Lets a plain GET or HEAD pass. `is_local`: the listener is bound to this machine alone.
pub(super) fn admit<B: Body>(request: &Request<B>, is_local: bool) -> Result<(), Refused> {
    let refuse = |status, message, header| Err(Refused { status, message, header });
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let header = Some((ALLOW, "GET, HEAD"));
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "nothing here changes anything", header);
    }
    if !request.body().is_end_stream() {
        // What is not read would be taken for the next request.
        let header = Some((CONNECTION, "close"));
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "a request has no body here", header);
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    if is_local && hosts.any(|host| !host.to_str().is_ok_and(is_this_machine)) {
        let message = "this server is asked as `localhost` or by its address";
        return refuse(StatusCode::MISDIRECTED_REQUEST, message, None);
    }
    Ok(())
}

/// Whether a browser that sends this `Host` was told to visit this machine: a page from elsewhere
/// may have its own name resolve to 127.0.0.1, and would be let read what stands here.
fn is_this_machine(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use http_body_util::{Empty, Full};
    use hyper::body::Bytes;

    use super::*;

    fn asked(method: Method, host: &str) -> Request<Empty<Bytes>> {
        let request = Request::builder().method(method).header(HOST, host);
        request.body(Empty::new()).unwrap()
    }

    #[test]
    fn only_a_get_without_a_body_passes() {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(admit(&asked(method, "localhost"), true), Ok(()));
        }
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            let refused = admit(&asked(method, "localhost"), true).unwrap_err();
            assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
        }
        let loaded = Request::new(Full::new(Bytes::from_static(b"x")));
        assert_eq!(admit(&loaded, true).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn a_foreign_name_does_not_reach_a_local_listener() {
        for host in [
            "localhost",
            "LOCALHOST:7401",
            "a.localhost",
            "127.0.0.1:7401",
            "[::1]:7401",
            "[::1]",
            "localhost.",
        ] {
            assert_eq!(admit(&asked(Method::GET, host), true), Ok(()), "{host}");
        }
        for host in ["evil.example", "evil.example:7401", "localhost.evil.example", "", "127.1.x"] {
            let refused = admit(&asked(Method::GET, host), true).unwrap_err();
            assert_eq!(refused.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
            assert_eq!(admit(&asked(Method::GET, host), false), Ok(()), "{host}");
        }
    }
}
