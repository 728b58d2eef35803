//! The control thread: owns accepting, one short-lived thread for each client, and the end.

use std::{
    io,
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use socket2::SockRef;

use crate::courtesy;

use super::{
    ControlError, ControlRequest, ControlSocket, MAX_CLIENTS, STOP_PATIENCE, codes, conversation,
    places::{Place, Places},
};

/// Without descriptors or memory for a client, accepting rests for so long.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// The running control socket. Dropping it is stopping it.
#[derive(Debug)]
pub struct ControlServer {
    socket: Arc<ControlSocket>,
    places: Arc<Places>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ControlServer {
    /// Starts to accept. `submit` is called on the client's thread, once for each request that can
    /// be understood; it hands the request to the event loop and wakes it, and must not block.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start<F>(socket: ControlSocket, submit: F) -> io::Result<Self>
    where
        F: Fn(ControlRequest) + Send + Sync + 'static,
    {
        let socket = Arc::new(socket);
        let places = Arc::new(Places::default());
        let stopping = Arc::new(AtomicBool::new(false));
        let door = Door { places: Arc::clone(&places), submit: Arc::new(submit) };
        let (listen, stop) = (Arc::clone(&socket), Arc::clone(&stopping));
        let thread = thread::Builder::new().name("control".into()).spawn(move || {
            courtesy::stand_back();
            accept_all(&listen, &stop, &door);
        })?;
        Ok(Self { socket, places, stopping, thread: Some(thread) })
    }

    /// The socket's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.socket.path()
    }

    /// Stops to accept, lets conversations under way end within half a second, and removes the
    /// socket.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread out of `accept`, which then fails; where it did not, joining could wait
        // for ever, so the thread is left to the process's end.
        let woken = SockRef::from(self.socket.listener()).shutdown(Shutdown::Both).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken)
            && thread.join().is_err()
        {
            log::error!("the control thread had panicked");
        }
        self.places.wait_empty(STOP_PATIENCE);
    }
}

/// What the accepting thread gives to each client's thread.
struct Door<F> {
    places: Arc<Places>,
    submit: Arc<F>,
}

fn accept_all<F>(socket: &ControlSocket, stopping: &AtomicBool, door: &Door<F>)
where
    F: Fn(ControlRequest) + Send + Sync + 'static,
{
    loop {
        let accepted = socket.listener().accept();
        if stopping.load(Ordering::SeqCst) {
            return;
        }
        match accepted {
            Ok((stream, _)) => door.let_in(stream),
            Err(error) => {
                log::warn!(error:%; "a control client could not be accepted");
                thread::sleep(ACCEPT_REST);
            }
        }
    }
}

impl<F> Door<F>
where
    F: Fn(ControlRequest) + Send + Sync + 'static,
{
    fn let_in(&self, stream: UnixStream) {
        let Some(place) = self.places.take() else {
            return turn_away(&stream);
        };
        let submit = Arc::clone(&self.submit);
        let visit = move || visit(&stream, &*submit, place);
        if let Err(error) = thread::Builder::new().name("control-client".into()).spawn(visit) {
            log::warn!(error:%; "no thread for a control client");
        }
    }
}

fn visit(stream: &UnixStream, submit: &impl Fn(ControlRequest), place: Place) {
    conversation::serve(stream, submit);
    drop(place);
}

/// Tells a client that all places are taken. The answer fits into the socket's own buffer, so
/// this thread does not wait for its reader.
fn turn_away(stream: &UnixStream) {
    let message = format!("{MAX_CLIENTS} control clients are being served already");
    let busy = ControlError::new(codes::BUSY, message).with_help("try again in a second");
    let told =
        stream.set_nonblocking(true).and_then(|()| conversation::write_answer(stream, &Err(busy)));
    if let Err(error) = told {
        log::debug!(error:%; "a control client was turned away without a word");
    }
}
