//! Garbage: bytes that are no frame, how many are borne, and the errors that answer them.

use hotframe_protocol::{Command, Status, seal};

use crate::refusal::{code_of, refuse};
use crate::turn::{Turn, data_of};
use crate::{CloseReason, Handlers, Notice};

impl<H: Handlers> Turn<'_, H> {
    /// Counts bytes that are no frame; false if they were too many.
    #[inline]
    pub fn skip(&mut self, bytes: usize) -> bool {
        self.desk.counters.skipped_bytes += bytes as u64;
        let bearable = self.connection.waste(bytes) <= self.desk.limits.max_garbage;
        if !bearable {
            self.finish(CloseReason::Garbage);
        }
        bearable
    }

    /// The error in the room's data, of `len` bytes, answers `asked`; in the raw dialect, if its
    /// listener has a word for errors.
    #[cold]
    pub fn send_error(&mut self, address: u8, asked: Command, len: u8) {
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let code = code_of(data_of(room));
        match self.connection.profile.error_to(asked) {
            Some(command) => {
                self.desk.counters.count_error(code);
                let len = seal(room, address, command, len);
                self.commit(len);
            }
            None => self.desk.keep_error(self.id, self.connection, asked, code),
        }
    }

    /// A new episode of lost synchronisation: it is answered, in order with the replies.
    #[cold]
    pub fn lose_sync(&mut self) {
        self.connection.sync_errors += 1;
        let episodes = self.connection.sync_errors;
        self.desk.counters.lost_sync += 1;
        self.desk.notify(Notice::LostSync { connection: self.id, episodes });
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let len = refuse(data_of(room), Status::BadCrc, 0);
        self.send_error(0, Command::from_word(0), len);
        if episodes > self.desk.limits.max_sync_errors {
            self.finish(CloseReason::SyncErrors);
        }
    }
}
