//! The commands that belong to the protocol itself.

use hotframe_protocol::MAX_DATA;

/// Names the client and joins its session.
pub(crate) const HELLO: u16 = 0x0001;

/// Answers the data that it was asked with.
pub(crate) const PING: u16 = 0x0002;

/// An empty reply; then, after what is owed, the connection is closed.
pub(crate) const BYE: u16 = 0x0003;

/// Answers the server's name and version.
pub(crate) const INFO: u16 = 0x0004;

/// Makes `answer`, as much of it as fits, the data of a reply; returns its length.
pub(crate) fn put(answer: &[u8], data: &mut [u8; MAX_DATA]) -> u8 {
    let len = u8::try_from(answer.len()).unwrap_or(u8::MAX);
    data[..usize::from(len)].copy_from_slice(&answer[..usize::from(len)]);
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_long_is_cut() {
        let mut data = [0; MAX_DATA];
        assert_eq!(put(b"hotframe/0.1.0", &mut data), 14);
        assert_eq!(&data[..14], b"hotframe/0.1.0");
        assert_eq!(put(&[7; 300], &mut data), 255);
    }
}
