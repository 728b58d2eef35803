//! Pushing: frames that nobody asked for, to whoever is connected.
#![allow(unsafe_code, reason = "calls the host's functions")]

use core::time::Duration;

use crate::abi::{
    HF_BUSY, HF_INVALID, HF_OK, HF_PUSH, HF_PUSH_AHEAD, HF_STALE, HF_TO_ALL, HF_TO_CLIENT,
    HF_TO_CLIENTS, HF_TO_CONN, HF_TO_SESSION, HF_TOO_LARGE, hf_bytes, hf_host, hf_push,
    hf_push_host, hf_str, table_size,
};
use crate::{AskId, ConnectionId, ConnectionInfo, Error, Host, SessionId};

/// To whom a frame is pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To<'a> {
    /// One connection.
    Connection(ConnectionId),
    /// The client that has a session, where it is by then.
    Session(SessionId),
    /// The client of this name, where it is by then.
    Client(&'a str),
    /// Every client that is online and whose name begins so.
    Clients(&'a str),
    /// Every connection, whether it said HELLO or not.
    All,
}

/// A frame to push.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Push<'a> {
    number: u16,
    data: &'a [u8],
    address: u8,
    flags: u8,
}

impl<'a> Push<'a> {
    /// A frame to address 0. `number` is that of a command, `0x0100` to `0x3FFF`, and `data` has
    /// at most 255 bytes.
    pub fn new(number: u16, data: &'a [u8]) -> Self {
        Self { number, data, address: 0, flags: 0 }
    }

    /// Sets the device address.
    #[must_use]
    pub fn address(mut self, address: u8) -> Self {
        self.address = address;
        self
    }

    /// It need not wait behind replies that are held back because an earlier request of that
    /// connection is not answered yet. Right for a question whose answer such a request waits for.
    #[must_use]
    pub fn ahead(mut self) -> Self {
        self.flags |= HF_PUSH_AHEAD;
        self
    }

    fn to(&self, to: To<'_>) -> hf_push {
        let (to, id, client) = match to {
            To::Connection(connection) => (HF_TO_CONN, connection.to_bits(), ""),
            To::Session(session) => (HF_TO_SESSION, session.0, ""),
            To::Client(client) => (HF_TO_CLIENT, 0, client),
            To::Clients(prefix) => (HF_TO_CLIENTS, 0, prefix),
            To::All => (HF_TO_ALL, 0, ""),
        };
        hf_push {
            size: table_size::<hf_push>(),
            to,
            id,
            client: hf_str::new(client),
            data: hf_bytes::new(self.data),
            number: self.number,
            address: self.address,
            flags: self.flags,
            reserved: 0,
        }
    }
}

impl Host {
    /// Pushes an event, from any thread. It leaves behind the replies that were made before it. Who
    /// is gone by then, or does not read, is passed over; the server counts that.
    ///
    /// # Errors
    /// There is no such connection (`invalid`), the server is behind with pushes (`busy`), or the
    /// number or the data is not one for a frame.
    pub fn push(&self, to: To<'_>, push: Push<'_>) -> Result<(), Error> {
        let raw = push.to(to);
        let returned = self.with_push(|host, table| {
            // SAFETY: the table is alive while `with_push` runs, and copies what it is lent.
            unsafe { (table.event)(host, &raw) }
        })?;
        judge(returned)
    }

    /// Pushes a request, from any thread, to one connection, session or client, which is to answer
    /// within `timeout`. [`Peers::on_answer`](crate::Peers::on_answer) is told once what became of
    /// it.
    ///
    /// # Errors
    /// As for [`Host::push`]; and `unsupported` for more than one receiver.
    pub fn ask(&self, to: To<'_>, push: Push<'_>, timeout: Duration) -> Result<AskId, Error> {
        let (raw, mut ask) = (push.to(to), 0);
        let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX).max(1);
        let returned = self.with_push(|host, table| {
            // SAFETY: as in `push`, with a place for the number.
            unsafe { (table.request)(host, &raw, nanos, &raw mut ask) }
        })?;
        judge(returned).map(|()| AskId(ask))
    }

    /// What is known of a connection; `None` if it is gone. From any thread.
    pub fn connection(&self, connection: ConnectionId) -> Option<ConnectionInfo> {
        let mut info = ConnectionInfo::blank();
        let returned = self.with_push(|host, table| {
            // SAFETY: as in `push`, with a place for what is known.
            unsafe { (table.conn_info)(host, connection.to_bits(), &raw mut info) }
        });
        (returned.ok()? == HF_OK).then(|| ConnectionInfo::from_raw(info))
    }

    /// Closes a connection soon: it is sent what it is owed. False if it is gone. From any thread.
    pub fn close(&self, connection: ConnectionId) -> bool {
        let returned = self.with_push(|host, table| {
            // SAFETY: as in `push`.
            unsafe { (table.conn_close)(host, connection.to_bits()) }
        });
        returned.is_ok_and(|returned| returned == HF_OK)
    }

    fn with_push<R>(
        &self,
        call: impl FnOnce(*const hf_host, &hf_push_host) -> R,
    ) -> Result<R, Error> {
        let called = self.with(|host, functions| {
            // SAFETY: the table is alive while `with` runs.
            let table = unsafe { (functions.extension)(host, hf_str::new(HF_PUSH)) };
            // SAFETY: null, or the table that the header gives for this id, as alive as the host.
            let table = unsafe { table.cast::<hf_push_host>().as_ref() }?;
            Some(call(host, table))
        });
        called.flatten().ok_or_else(|| Error::unsupported("this server does not push"))
    }
}

fn judge(returned: i32) -> Result<(), Error> {
    match returned {
        HF_OK => Ok(()),
        HF_STALE => Err(Error::invalid("there is no such connection")),
        HF_BUSY => Err(Error::busy("too much waits to be pushed")),
        HF_TOO_LARGE => Err(Error::from(crate::TooLong)),
        HF_INVALID => Err(Error::invalid("no such frame can be pushed")),
        _ => Err(Error::unsupported("this cannot be pushed")),
    }
}
