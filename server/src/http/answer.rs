//! The answer: owns which path is answered with what, and the headers of every response.

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::board::{Board, Question};
use super::health::{self, Health};
use super::page::Page;
use super::{LOOP_PATIENCE, Snapshot, exposition, families, guard, state};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// Every path, for whoever asks for another one.
const PATHS: &str = "there is no such page; there are: / /metrics /livez /readyz /api/state\n";

/// Answers requests. Lives on the HTTP thread.
pub(super) struct Desk {
    board: Arc<Board>,
    ask: Box<dyn Fn(Question) + Send + Sync>,
    page: Page,
    /// Bound to this machine alone.
    is_local: bool,
}

type Answer = Response<Full<Bytes>>;

impl Desk {
    /// A desk that puts its questions to the loop with `ask`.
    pub(super) fn new(ask: Box<dyn Fn(Question) + Send + Sync>, is_local: bool) -> Self {
        Self { board: Arc::default(), ask, page: Page::default(), is_local }
    }

    /// The answer to one request.
    pub(super) async fn answer<B: Body>(&self, request: &Request<B>) -> Answer {
        if let Err(refused) = guard::admit(request, self.is_local) {
            let mut answer = respond(refused.status, TEXT, format!("{}\n", refused.message));
            if let Some((name, value)) = refused.header {
                answer.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            return answer;
        }
        let wants_json = prefers_json(request);
        match request.uri().path() {
            "/" => match self.snapshot().await {
                Some(snapshot) => self.page(&snapshot),
                None => silent(),
            },
            "/metrics" => match self.snapshot().await {
                Some(snapshot) => {
                    let text = families::render(&snapshot);
                    respond(StatusCode::OK, exposition::CONTENT_TYPE, text)
                }
                None => silent(),
            },
            "/api/state" => match self.snapshot().await {
                Some(snapshot) => {
                    respond(StatusCode::OK, JSON, format!("{}\n", state::json(&snapshot)))
                }
                None => silent(),
            },
            "/livez" => check(&health::livez(self.snapshot().await.as_deref()), wants_json),
            "/readyz" => check(&health::readyz(self.snapshot().await.as_deref()), wants_json),
            _ => respond(StatusCode::NOT_FOUND, TEXT, PATHS),
        }
    }

    /// `None`: the loop does not answer in time.
    async fn snapshot(&self) -> Option<Arc<Snapshot>> {
        tokio::time::timeout(LOOP_PATIENCE, self.board.fresh(&self.ask)).await.ok()
    }

    fn page(&self, snapshot: &Snapshot) -> Answer {
        let mut answer = respond(StatusCode::OK, HTML, self.page.render(snapshot));
        let policy = HeaderName::from_static("content-security-policy");
        answer.headers_mut().insert(policy, self.page.policy());
        answer
    }
}

fn silent() -> Answer {
    respond(StatusCode::SERVICE_UNAVAILABLE, TEXT, health::livez(None).to_text())
}

fn check(health: &Health, wants_json: bool) -> Answer {
    let status = if health.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if wants_json {
        respond(status, JSON, format!("{}\n", serde_json::json!(health)))
    } else {
        respond(status, TEXT, health.to_text())
    }
}

/// Whether JSON is asked for; who takes anything gets text.
fn prefers_json<B>(request: &Request<B>) -> bool {
    let accepts = request.headers().get_all(ACCEPT).iter();
    accepts.filter_map(|accept| accept.to_str().ok()).any(|accept| accept.contains(JSON))
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}
