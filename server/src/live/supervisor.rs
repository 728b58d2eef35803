//! The service manager: owns what it is told about this server's life.
//!
//! systemd passes the address of a socket in `NOTIFY_SOCKET`. The beats of its watchdog come from
//! the loop itself, so that a loop that hangs is noticed; they are datagrams that never block.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use hotframe_core::Moment;
use sd_notify::NotifyState;

/// Tells the service manager, if there is one.
#[derive(Debug, Default)]
pub(super) struct Supervisor {
    socket: Option<UnixDatagram>,
    /// From one beat to the next: half of what the watchdog wants.
    beat: Option<Duration>,
    next_beat: Option<Moment>,
}

impl Supervisor {
    /// Looks into the environment for a service manager.
    pub(super) fn of_process() -> Self {
        let address = env::var("NOTIFY_SOCKET").unwrap_or_default();
        let socket = match connect(&address) {
            Ok(socket) => socket,
            Err(error) => {
                log::warn!(error:%; "the service manager at {address} cannot be told anything");
                None
            }
        };
        let beat = sd_notify::watchdog_enabled().filter(|_| socket.is_some());
        Self { socket, beat: beat.map(|time| time / 2), next_beat: None }
    }

    /// Peers are served from now on.
    pub(super) fn handle_ready(&mut self, now: Moment) {
        self.tell(&[NotifyState::Ready, NotifyState::MainPid(std::process::id())]);
        self.next_beat = self.beat.map(|_| now);
    }

    /// The server is on its way out.
    pub(super) fn handle_stop(&self) {
        self.tell(&[NotifyState::Stopping]);
    }

    /// A round of the loop is over: it lives.
    pub(super) fn handle_round(&mut self, now: Moment) {
        if let (Some(beat), Some(due)) = (self.beat, self.next_beat)
            && due <= now
        {
            self.tell(&[NotifyState::Watchdog]);
            self.next_beat = Some(now.after(beat));
        }
    }

    /// When the watchdog wants to hear of the loop.
    pub(super) const fn next_beat(&self) -> Option<Moment> {
        self.next_beat
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        let Some(socket) = &self.socket else {
            return;
        };
        let lines: Vec<String> = states.iter().map(ToString::to_string).collect();
        if let Err(error) = socket.send(lines.join("\n").as_bytes()) {
            log::warn!(error:%; "the service manager could not be told");
        }
    }
}

/// The socket to an address as `NOTIFY_SOCKET` spells it: a path, or `@` and an abstract name.
fn connect(address: &str) -> std::io::Result<Option<UnixDatagram>> {
    if address.is_empty() {
        return Ok(None);
    }
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    match address.strip_prefix('@') {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        None => socket.connect(address)?,
    }
    Ok(Some(socket))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Moment {
        Moment::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn it_hears_of_the_start_the_beats_and_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let socket = connect(path.to_str().unwrap()).unwrap();
        let beat = Some(Duration::from_secs(5));
        let mut supervisor = Supervisor { socket, beat, next_beat: None };
        let heard = || {
            let mut room = [0; 200];
            let n = manager.recv(&mut room).unwrap();
            String::from_utf8_lossy(&room[..n]).into_owned()
        };
        supervisor.handle_round(second(1));
        supervisor.handle_ready(second(2));
        assert_eq!(heard(), format!("READY=1\nMAINPID={}", std::process::id()));
        supervisor.handle_round(second(2));
        supervisor.handle_round(second(6));
        assert_eq!((heard(), supervisor.next_beat()), ("WATCHDOG=1".into(), Some(second(7))));
        supervisor.handle_stop();
        assert_eq!(heard(), "STOPPING=1");
    }

    #[test]
    fn an_abstract_name_is_understood_and_no_manager_is_fine() {
        let name = format!("hotframe-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let _manager = UnixDatagram::bind_addr(&address).unwrap();
        assert!(connect(&format!("@{name}")).unwrap().is_some());
        assert!(connect("").unwrap().is_none());
        assert!(connect("/nowhere/at/all").is_err());
    }
}
