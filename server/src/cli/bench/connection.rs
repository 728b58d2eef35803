//! One connection: its two halves, its stream, and when its requests were sent.

use std::collections::VecDeque;

use super::clock::Clock;
use super::cut::Cut;
use super::receiver::Receiver;
use super::ring::Ring;
use super::sender::{Flushed, Sender};
use super::tally::Tally;
use crate::shell::socket::{Moved, Stream};

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// The stream, registered with the loop.
    pub stream: Stream,
    sender: Sender,
    receiver: Receiver,
    /// The requests in flight, the oldest first, those sent at one time together.
    batches: VecDeque<Batch>,
    /// Requests that no reply has come for.
    pub in_flight: usize,
    /// Whether it waits on a list of the loop to be flushed.
    pub is_listed: bool,
    /// Whether a reply ever came.
    pub was_answered: bool,
    /// The server has closed it, or it has failed.
    pub is_lost: bool,
}

#[derive(Debug)]
struct Batch {
    requests: usize,
    /// Nanoseconds on the loop's clock.
    intended: u64,
    sent: u64,
}

impl Connection {
    /// The `index`th connection, nothing sent yet.
    pub fn new(stream: Stream, ring: &Ring, index: usize) -> Self {
        let unit = ring.start_of(index);
        Self {
            stream,
            sender: Sender::new(ring, unit),
            receiver: Receiver::new(ring, unit),
            batches: VecDeque::new(),
            in_flight: 0,
            is_listed: false,
            was_answered: false,
            is_lost: false,
        }
    }

    /// Lets `requests` more be sent, which should have been sent at `intended`.
    #[inline]
    pub fn release(&mut self, ring: &Ring, requests: usize, intended: u64, sent: u64) {
        self.sender.release(ring, requests);
        self.batches.push_back(Batch { requests, intended, sent });
        self.in_flight += requests;
    }

    /// Writes what may be written.
    pub fn flush(&mut self, ring: &Ring, cut: &Cut) -> Flushed {
        let flushed = self.sender.flush(&mut self.stream, ring, cut);
        self.is_lost |= flushed == Flushed::Lost;
        flushed
    }

    /// Reads all that is there and judges it; returns the moment at which it was all read. With
    /// `to_end` the peer will send no more: its end is read too.
    pub fn receive(
        &mut self,
        room: &mut [u8],
        ring: &Ring,
        tally: &mut Tally,
        clock: Clock,
        to_end: bool,
    ) -> u64 {
        let mut answered = 0;
        loop {
            let count = match self.stream.read(room) {
                Moved::Bytes(0) | Moved::Lost => {
                    self.is_lost = true;
                    break;
                }
                Moved::Bytes(count) => count,
                Moved::WouldBlock => break,
            };
            let received = self.receiver.take(&room[..count], ring, tally);
            answered += received.answered;
            self.sender.push_pong(&received.pongs);
            // A short read has emptied the socket: asking again would only say so.
            if count < room.len() && !to_end {
                break;
            }
        }
        let now = clock.now();
        self.settle(answered, now, tally);
        now
    }

    /// Notes how long the oldest requests took, which were answered now.
    fn settle(&mut self, mut answered: usize, now: u64, tally: &mut Tally) {
        self.was_answered |= answered > 0;
        tally.answered += answered as u64;
        while let Some(batch) = self.batches.front_mut().filter(|_| answered > 0) {
            let requests = batch.requests.min(answered);
            let count = requests as u64;
            tally.latency.saturating_record_n(now.saturating_sub(batch.intended), count);
            if batch.sent != batch.intended {
                tally.service.saturating_record_n(now.saturating_sub(batch.sent), count);
            }
            if let Some(samples) = &mut tally.samples {
                samples.add(batch.intended, now.saturating_sub(batch.intended), requests);
            }
            answered -= requests;
            self.in_flight -= requests;
            batch.requests -= requests;
            if batch.requests == 0 {
                self.batches.pop_front();
            }
        }
        // What is left answers requests that were never sent.
        tally.mismatches += answered as u64;
    }
}
