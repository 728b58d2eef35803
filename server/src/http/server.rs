//! The HTTP thread: owns accepting, the time that a client is given, and the end.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answer::Desk;
use super::board::Question;
use super::visitors::Visitors;
use super::{HEAD_PATIENCE, LAST_ANSWER, MAX_HEAD, VISIT};
use crate::courtesy;
use crate::diagnostics::Diagnostic;
use crate::shell::binding;

/// Without descriptors or memory for a client, accepting rests for so long.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The running HTTP thread. Dropping it is stopping it.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Binds `address`; port 0 takes any free port.
///
/// # Errors
/// A diagnostic that says why it cannot be bound.
pub fn bind(address: SocketAddr) -> Result<TcpListener, Diagnostic> {
    TcpListener::bind(address).map_err(|error| {
        let code = binding::tcp_code(error.kind());
        let message = format!("cannot serve HTTP on {address}: {error}");
        let help = "choose another port with `http.listen`, or turn HTTP off with \"\"";
        Diagnostic::error(code, message).help(help)
    })
}

impl HttpServer {
    /// Starts to serve. `ask` hands a question to the loop and wakes it, and must not block.
    ///
    /// # Errors
    /// When the thread or what it waits with cannot be made.
    pub fn start<F>(listener: TcpListener, ask: F) -> io::Result<Self>
    where
        F: Fn(Question) + Send + Sync + 'static,
    {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let desk = Arc::new(Desk::new(Box::new(ask), address.ip().is_loopback()));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("http".into())
            .spawn(move || run(&runtime, listener, desk, stopped))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it is reached, with the port that was really taken.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the HTTP thread has panicked");
        }
    }
}

/// Serves until `stopped`. What is under way then is cut off: everything here can be asked again.
fn run(
    runtime: &Runtime,
    listener: tokio::net::TcpListener,
    desk: Arc<Desk>,
    mut stopped: oneshot::Receiver<()>,
) {
    courtesy::stand_back();
    runtime.block_on(async move {
        let mut accepting = pin!(accept_all(listener, desk));
        // Ends with the first of the two: accepting never does by itself.
        std::future::poll_fn(|context| {
            if pin!(&mut stopped).poll(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            accepting.as_mut().poll(context)
        })
        .await;
    });
}

async fn accept_all(listener: tokio::net::TcpListener, desk: Arc<Desk>) {
    let mut visitors = Visitors::default();
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                visitors.admit(tokio::spawn(serve(stream, Arc::clone(&desk))));
            }
            Err(error) => {
                log::debug!(error:%; "an HTTP client could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Serves one client, for a bounded time.
async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    let service = service_fn(|request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(&request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(MAX_HEAD);
    let mut visit = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = match timeout(VISIT, visit.as_mut()).await {
        Ok(ended) => ended,
        Err(_over) => {
            visit.as_mut().graceful_shutdown();
            timeout(LAST_ANSWER, visit).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        log::debug!(error:%; "an HTTP client was closed");
    }
}
