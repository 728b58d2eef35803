//! Handing descriptors over: owns how an answer carries open sockets to another process.

use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::client::{self, AskError};
use super::timed::{Timed, retry};
use super::{MAX_REQUEST, Verb};

/// As many descriptors as one message of the kernel carries.
pub const MAX_HANDED: usize = 253;

/// Room for the message's own head and the descriptors.
const ROOM: usize = rustix::cmsg_space!(ScmRights(MAX_HANDED));

/// Open sockets that go with an answer.
#[derive(Clone, Debug, Default)]
pub struct Handed(Vec<Arc<OwnedFd>>);

impl Handed {
    /// These sockets; those above [`MAX_HANDED`] are left out.
    #[must_use]
    pub fn new(sockets: Vec<OwnedFd>) -> Self {
        Self(sockets.into_iter().take(MAX_HANDED).map(Arc::new).collect())
    }
}

impl PartialEq for Handed {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

/// Writes a line with the sockets on its first byte.
pub(super) fn write(
    stream: &UnixStream,
    line: &[u8],
    handed: &Handed,
    patience: Duration,
) -> io::Result<()> {
    let sockets: Vec<BorrowedFd<'_>> = handed.0.iter().map(|socket| socket.as_fd()).collect();
    let mut room = [MaybeUninit::uninit(); ROOM];
    let mut ancillary = SendAncillaryBuffer::new(&mut room);
    if !sockets.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&sockets)) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let (iov, flags) = ([IoSlice::new(line)], SendFlags::NOSIGNAL);
    let sent = retry(|| Ok(sendmsg(stream, &iov, &mut ancillary, flags)?))?;
    Timed::new(stream, patience).write_all(&line[sent..])
}

/// Asks the server at `path` for its listening sockets; what it says, and the sockets.
///
/// # Errors
/// See [`AskError`].
pub fn ask_for_sockets(path: &std::path::Path, patience: Duration) -> Asked {
    let unreachable = AskError::Unreachable;
    let stream = client::connect(path, patience).map_err(unreachable)?;
    let mut line = Verb::HandOver.to_line();
    line.push('\n');
    Timed::new(&stream, patience).write_all(line.as_bytes()).map_err(unreachable)?;
    stream.set_read_timeout(Some(patience)).map_err(unreachable)?;
    let mut room = [MaybeUninit::uninit(); ROOM];
    let mut ancillary = RecvAncillaryBuffer::new(&mut room);
    let mut bytes = vec![0; MAX_REQUEST];
    let (iov, flags) = (&mut [IoSliceMut::new(&mut bytes)], RecvFlags::CMSG_CLOEXEC);
    let got = retry(|| Ok(recvmsg(&stream, iov, &mut ancillary, flags)?.bytes));
    let got = got.map_err(unreachable)?;
    let sockets = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
        _ => None,
    });
    let sockets: Vec<OwnedFd> = sockets.flatten().collect();
    bytes.truncate(got);
    if !bytes.contains(&b'\n') {
        let rest = Timed::new(&stream, patience).read_line(MAX_REQUEST).map_err(unreachable)?;
        bytes.extend(rest);
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    client::parse(line).map(|answer| (answer, sockets))
}

/// The server's answer and its sockets.
type Asked = Result<(serde_json::Value, Vec<OwnedFd>), AskError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_are_not_taken() {
        let (one, _other) = UnixStream::pair().unwrap();
        let sockets = (0..MAX_HANDED + 9).map(|_| OwnedFd::from(one.try_clone().unwrap()));
        assert_eq!(Handed::new(sockets.collect()).0.len(), MAX_HANDED);
    }
}
