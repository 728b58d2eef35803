//! The raw dialect: every frame is a request, its whole word is routed, and nothing is built in.

use hotframe_protocol::{Command, Frame, seal};

use crate::Handlers;
use crate::dispatch::Said;
use crate::turn::{Turn, data_of};

impl<H: Handlers> Turn<'_, H> {
    /// A frame in the raw dialect.
    #[cold]
    pub fn take_raw(&mut self, frame: &Frame<'_>) {
        let asker = self.asker();
        let refused = self.weigh(frame);
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let said = match refused {
            None => self.desk.answer_raw(frame, data_of(room), &asker),
            Some(status) => Said::Refused(status),
        };
        match said {
            Said::Reply(len) | Said::Last(len) => self.reply_raw(frame.address, len),
            Said::Error(len) => self.send_error(frame.address, frame.command, len),
            Said::Refused(status) => {
                let len = self.desk.refuse(data_of(room), status, frame.command.word(), frame);
                self.send_error(frame.address, frame.command, len);
            }
            Said::Owed => self.owe(),
            Said::Nothing => {}
            Said::Hello | Said::Farewell(_) => unreachable!("nothing is built in"),
        }
        self.end_after(said);
    }

    /// The reply in the room's data, of `len` bytes, goes out under the handler's word.
    fn reply_raw(&mut self, address: u8, len: u8) {
        let command: Command = self.desk.answered_as;
        let room = self.connection.outgoing.room(&mut self.desk.pool);
        let len = seal(room, address, command, len);
        self.commit(len);
    }
}
