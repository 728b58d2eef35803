//! A request on its way to the event loop: owns the one-shot way back for its answer.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    time::Duration,
};

use super::{ControlError, Verb, answers::Answer, codes};
use crate::witness::Tap;

/// One request, as the event loop gets it.
#[derive(Debug)]
pub struct ControlRequest {
    /// What is asked for.
    pub verb: Verb,
    /// Where requests go, for [`Verb::Tap`].
    pub tap: Option<Tap>,
    /// Where the answer goes; may be kept and used turns later, on any thread.
    pub reply: ReplyChannel,
}

/// The right to answer one control request. Dropping it unused answers [`codes::STOPPING`].
#[derive(Debug)]
pub struct ReplyChannel(SyncSender<Result<Answer, ControlError>>);

/// The asking end of a [`ReplyChannel`].
#[derive(Debug)]
pub struct ReplyWait(Receiver<Result<Answer, ControlError>>);

impl ReplyChannel {
    /// A channel and the end that waits for its answer.
    #[must_use]
    pub fn open() -> (Self, ReplyWait) {
        let (sender, receiver) = sync_channel(1);
        (Self(sender), ReplyWait(receiver))
    }

    /// Sends the answer. Never blocks; an asker who has gone is no error.
    pub fn send(self, answer: Result<Answer, ControlError>) {
        // Full is impossible: room for one, and `send` takes the only sender.
        let _asker_may_be_gone = self.0.try_send(answer);
    }
}

impl ReplyWait {
    /// Blocks until the answer is there, at most for `patience`.
    ///
    /// # Errors
    /// The refusal that was sent; [`codes::TIMEOUT`] when nothing came in time;
    /// [`codes::STOPPING`] when the channel was dropped without an answer.
    pub fn wait(self, patience: Duration) -> Result<Answer, ControlError> {
        match self.0.recv_timeout(patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(ControlError::new(
                codes::TIMEOUT,
                format!("the server gave no answer within {} s", patience.as_secs()),
            )
            .with_help("what was asked for may still happen: look with `hotframe ctl status`")),
            Err(RecvTimeoutError::Disconnected) => Err(ControlError::new(
                codes::STOPPING,
                "the server is stopping and answers no more requests",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::answers::Stopping;

    #[test]
    fn an_answer_arrives() {
        let (reply, wait) = ReplyChannel::open();
        reply.send(Ok(Answer::Stopping(Stopping::default())));
        assert!(wait.wait(Duration::ZERO).is_ok());
    }

    #[test]
    fn silence_and_a_dropped_channel_have_codes_of_their_own() {
        let (reply, wait) = ReplyChannel::open();
        assert_eq!(wait.wait(Duration::from_millis(1)).unwrap_err().code, codes::TIMEOUT.as_str());
        reply.send(Err(ControlError::new(codes::STOPPING, "nobody waits any more")));
        let (reply, wait) = ReplyChannel::open();
        drop(reply);
        assert_eq!(wait.wait(Duration::from_secs(60)).unwrap_err().code, codes::STOPPING.as_str());
    }
}
