//! The mailbox: owns the one way in which other threads reach the loop.

use std::sync::{Arc, mpsc};

use mio::{Poll, Token, Waker};

/// Where the loop takes its messages from.
#[derive(Debug)]
pub struct Mailbox<M> {
    receiver: mpsc::Receiver<M>,
}

/// Hands messages to the loop from any thread; clones share one queue.
#[derive(Debug)]
pub struct Postman<M> {
    sender: mpsc::Sender<M>,
    waker: Arc<Waker>,
}

impl<M> Clone for Postman<M> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), waker: Arc::clone(&self.waker) }
    }
}

/// A mailbox whose messages wake `poll` under `token`.
///
/// # Errors
/// What the operating system says about the waker.
pub fn mailbox<M>(poll: &Poll, token: Token) -> std::io::Result<(Mailbox<M>, Postman<M>)> {
    let (sender, receiver) = mpsc::channel();
    let waker = Arc::new(Waker::new(poll.registry(), token)?);
    Ok((Mailbox { receiver }, Postman { sender, waker }))
}

impl<M> Mailbox<M> {
    /// The next message, where one has come.
    #[must_use]
    pub fn take(&self) -> Option<M> {
        self.receiver.try_recv().ok()
    }
}

impl<M> Postman<M> {
    /// Queues a message and wakes the loop. After the loop has ended there is nobody to tell, and
    /// the message is dropped.
    pub fn post(&self, message: M) {
        if self.sender.send(message).is_ok() {
            self.wake();
        }
    }

    /// Wakes the loop, which then looks for news of other kinds.
    pub fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            log::error!("the loop could not be woken: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mio::Events;

    use super::*;

    #[test]
    fn a_message_from_another_thread_wakes_the_loop() {
        let mut poll = Poll::new().unwrap();
        let (mailbox, postman) = mailbox(&poll, Token(7)).unwrap();
        let other = postman.clone();
        let thread = std::thread::spawn(move || other.post("hello"));
        let mut events = Events::with_capacity(4);
        poll.poll(&mut events, Some(Duration::from_secs(10))).unwrap();
        assert_eq!(events.iter().map(|event| event.token()).collect::<Vec<_>>(), [Token(7)]);
        assert_eq!(mailbox.take(), Some("hello"));
        thread.join().unwrap();
    }
}
