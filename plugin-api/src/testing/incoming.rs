//! A request as a test writes it.

/// A request to a handler under test: its data, and what else a test wants to set. Made from
/// bytes or text where nothing else matters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    pub(super) data: Vec<u8>,
    pub(super) address: u8,
    pub(super) connection: u64,
    pub(super) is_event: bool,
}

impl Incoming {
    /// A request with this data, from connection 1, to address 0.
    pub fn new(data: impl AsRef<[u8]>) -> Self {
        Self { data: data.as_ref().to_vec(), address: 0, connection: 1, is_event: false }
    }

    /// Sends it to a device address.
    #[must_use]
    pub fn address(mut self, address: u8) -> Self {
        self.address = address;
        self
    }

    /// Sends it on another connection.
    #[must_use]
    pub fn connection(mut self, connection: u64) -> Self {
        self.connection = connection;
        self
    }

    /// Makes it an event.
    #[must_use]
    pub fn event(mut self) -> Self {
        self.is_event = true;
        self
    }
}

impl<T: AsRef<[u8]>> From<T> for Incoming {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}
