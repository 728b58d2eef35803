//! The shadow of one connection: what its peer is owed, to the byte and in order.

use std::collections::VecDeque;
use std::time::Duration;

use hotframe_core::{
    CloseReason, Dialect, Judged, Limits, Moment, Profile, ReplyOrder, Shedding, Token,
};
use hotframe_protocol::{Command, Decoded, Decoder, Frame, Kind, MAX_FRAME};

use crate::debt::Debt;
use crate::questions::Asked;
use crate::retries::Ticket;
use crate::routing::{Taken, Verdict, refusal_data};

/// What was found in the received bytes.
#[derive(Debug)]
pub enum Item {
    /// Bytes that are no frame.
    Gap(usize),
    LostSync,
    Frame(Taken),
}

/// One thing that the peer is owed.
enum Owed {
    Bytes(Vec<u8>),
    Waiting(Ticket, u8, Command),
}

/// One connection as it must be.
#[derive(Default)]
pub struct Shadow {
    decoder: Decoder,
    /// Delivered to the engine and not decoded yet.
    received: Vec<u8>,
    /// When the bytes in `received` came: lengths and moments.
    arrivals: VecDeque<(usize, Moment)>,
    pub items: VecDeque<Item>,
    /// Frames and losses of synchronisation that were taken.
    pub taken: u64,
    /// Losses of synchronisation that the engine told of.
    pub told: u64,
    owed: VecDeque<Owed>,
    /// What must lie in the outbox now.
    pub ready: Vec<u8>,
    /// Whether some of `ready` waited behind a deferred reply.
    pub behind: bool,
    garbage: usize,
    episodes: u32,
    pub ending: Option<CloseReason>,
    /// Why it may end as well: a late answer asked for the end of who had half-closed, and nobody
    /// can see whether that had ended it.
    pub perhaps: Option<CloseReason>,
    /// The engine has forgotten what it owed: it must close at the next turn.
    pub cut: bool,
    /// What it asked.
    pub debt: Debt,
    /// When it may ask again while load is shed, and in which episode that was.
    pace: (u32, Moment),
    /// Its HELLO whose credential is being judged.
    pub claim: Option<Taken>,
    /// What that came to, if the engine was told and the checks have not come to it.
    pub judged: Option<Judged>,
    /// Whether it has shown a good credential.
    pub is_known: bool,
    /// Whether it is probed.
    pub probe: bool,
    pub profile: Profile,
    /// How much of `ready` was compared: in any order, what is behind that may be otherwise.
    compared: usize,
    /// Since when nothing came, or what came was not read.
    pub heard: Moment,
    /// When it was probed, unless something came since.
    pub probed: Option<Moment>,
    /// The probes that it has not answered.
    pub probes: u32,
    /// What it was asked, and may still answer.
    pub asked: Vec<Asked>,
}

impl Shadow {
    /// A connection as it comes.
    pub fn new(profile: Profile, now: Moment) -> Self {
        let raw = profile.dialect != Dialect::Flagged;
        Self { probe: profile.probe && !raw, profile, heard: now, ..Self::default() }
    }

    /// Whether the whole word is the command.
    pub fn is_raw(&self) -> bool {
        self.profile.dialect != Dialect::Flagged
    }

    /// Whether replies leave as they come.
    pub fn any_order(&self) -> bool {
        self.profile.reply_order == ReplyOrder::Any
    }

    /// What a command is called.
    pub fn name_of(&self, command: Command) -> u16 {
        if self.is_raw() { command.word() } else { command.number() }
    }

    /// The word of a late reply, or of an error, to `command`; an error may have none.
    pub fn word(&self, command: Command, kind: Kind) -> Option<Command> {
        match self.profile.dialect {
            Dialect::Flagged => Some(command.with_kind(kind)),
            Dialect::Raw { error_command } if kind == Kind::Error => error_command,
            Dialect::Raw { .. } => Some(command),
        }
    }

    /// Bytes came, whatever they are.
    pub fn hear(&mut self, now: Moment) {
        self.heard = now;
        self.probed = None;
    }

    /// `fresh` bytes are delivered; with `last`, no more will follow.
    pub fn deliver(&mut self, fresh: &[u8], last: bool, now: Moment) {
        self.received.extend_from_slice(fresh);
        self.arrivals.push_back((fresh.len(), now));
        let received = std::mem::take(&mut self.received);
        let mut rest = &received[..];
        loop {
            let before = rest.len();
            let item = if last {
                self.decoder.decode_last(&mut rest)
            } else {
                self.decoder.decode(&mut rest)
            };
            let consumed = before - rest.len();
            let frame_len = match item {
                Some(Decoded::Frame(frame)) => frame.encoded_len(),
                _ => 0,
            };
            if consumed > frame_len {
                self.items.push_back(Item::Gap(consumed - frame_len));
            }
            match item {
                Some(Decoded::Frame(frame)) => self.items.push_back(Item::Frame(Taken {
                    address: frame.address,
                    command: frame.command,
                    data: frame.data.to_vec(),
                })),
                Some(Decoded::LostSync) => self.items.push_back(Item::LostSync),
                None => break,
            }
        }
        let consumed = received.len() - rest.len();
        self.received = rest.to_vec();
        self.forget_arrivals(consumed);
    }

    fn forget_arrivals(&mut self, mut consumed: usize) {
        while let Some((len, _)) = self.arrivals.front_mut() {
            if *len > consumed {
                *len -= consumed;
                return;
            }
            consumed -= *len;
            self.arrivals.pop_front();
        }
    }

    /// When the first byte of the incomplete frame came.
    pub fn incomplete_since(&self) -> Option<Moment> {
        let incomplete = !self.received.is_empty();
        incomplete.then(|| self.arrivals.front().map(|&(_, when)| when))?
    }

    /// The next frame that the engine takes; losses of synchronisation on the way are answered.
    /// `None`: it took a loss.
    pub fn take(&mut self, limits: &Limits) -> Option<Taken> {
        loop {
            assert_eq!(self.ending, None, "nothing is taken after the end");
            match self.items.pop_front().expect("only what was delivered is taken") {
                Item::Gap(bytes) => {
                    self.garbage += bytes;
                    if self.garbage > limits.max_garbage {
                        self.ending = Some(CloseReason::Garbage);
                    }
                }
                Item::LostSync => {
                    self.taken += 1;
                    self.episodes += 1;
                    if let Some(word) = self.word(Command::from_word(0), Kind::Error) {
                        self.push(0, word, &refusal_data(1010, 0));
                    }
                    if self.episodes > limits.max_sync_errors {
                        self.ending = Some(CloseReason::SyncErrors);
                    }
                    return None;
                }
                Item::Frame(frame) => {
                    self.taken += 1;
                    self.garbage = 0;
                    return Some(frame);
                }
            }
        }
    }

    /// Whether a frame need not get all of its time: there is much garbage before it.
    pub fn drips(&self) -> bool {
        self.garbage_ahead() > MAX_FRAME
    }

    /// Whether what follows is too much garbage.
    pub fn ends_in_garbage(&self, max_garbage: usize) -> bool {
        self.garbage_ahead() > max_garbage
    }

    fn garbage_ahead(&self) -> usize {
        let gaps = self.items.iter().map_while(|item| match item {
            Item::Gap(bytes) => Some(*bytes),
            _ => None,
        });
        self.garbage + gaps.sum::<usize>()
    }

    /// Whether one more request is too much under overload, with so many in flight.
    pub fn is_shed(&mut self, shedding: Shedding, in_flight: usize, now: Moment) -> bool {
        if self.pace.0 != shedding.episode {
            self.pace = (shedding.episode, now);
        }
        let due = &mut self.pace.1;
        let is_shed = *due > now.after(Duration::from_nanos(shedding.ahead));
        if !is_shed {
            let times = 1 + in_flight as u64 + u64::from(self.episodes);
            *due = (*due).max(now).after(Duration::from_nanos(shedding.interval * times));
        }
        is_shed
    }

    /// A frame got its verdict.
    pub fn answer(&mut self, frame: &Taken, verdict: &Verdict) {
        let wants = self.is_raw() || frame.command.kind() == Kind::Request;
        match verdict {
            Verdict::Reply(data) if wants => self.push_reply(frame, Kind::Reply, data),
            Verdict::Error(data) if wants => self.push_reply(frame, Kind::Error, data),
            Verdict::As(word, data) if wants => self.push(frame.address, *word, data),
            Verdict::Last(word, data, reason) => {
                if wants {
                    self.push(frame.address, *word, data);
                }
                self.ending = Some(*reason);
            }
            Verdict::Owed(token, ..) if wants => {
                let ticket = Ticket::Token(*token);
                self.owed.push_back(Owed::Waiting(ticket, frame.address, frame.command));
            }
            Verdict::Reply(_) | Verdict::As(..) | Verdict::Error(_) | Verdict::Owed(..) => {}
            Verdict::Again(wait) => {
                let ticket = Ticket::Number(wait.number);
                self.owed.push_back(Owed::Waiting(ticket, frame.address, frame.command));
            }
            Verdict::Claimed => self.claim = Some(frame.clone()),
            Verdict::Nothing => {}
        }
    }

    fn push_reply(&mut self, frame: &Taken, kind: Kind, data: &[u8]) {
        if let Some(word) = self.word(frame.command, kind) {
            self.push(frame.address, word, data);
        }
    }

    fn push(&mut self, address: u8, command: Command, data: &[u8]) {
        self.owed.push_back(Owed::Bytes(encode(address, command, data)));
    }

    /// A frame is pushed: it leaves behind all replies that are made, or ahead of those held back.
    pub fn push_unasked(&mut self, address: u8, command: Command, data: &[u8], ahead: bool) {
        let frame = encode(address, command, data);
        let mut made = self.owed.iter_mut().rev().filter_map(|owed| match owed {
            Owed::Bytes(bytes) => Some(bytes),
            Owed::Waiting(..) => None,
        });
        match made.next().filter(|_| !ahead) {
            Some(bytes) => bytes.extend(frame),
            None => self.ready.extend(frame),
        }
    }

    /// A deferred request got its answer.
    pub fn resolve(&mut self, token: Token, kind: Kind, data: &[u8]) {
        let place = self.place(Ticket::Token(token));
        let Owed::Waiting(_, _, command) = self.owed[place] else { unreachable!() };
        let word = self.word(command, kind);
        self.put(Ticket::Token(token), word, data);
    }

    /// What waits is answered under `word`, if that is there.
    pub fn put(&mut self, ticket: Ticket, word: Option<Command>, data: &[u8]) {
        let place = self.place(ticket);
        let Owed::Waiting(_, address, _) = self.owed[place] else { unreachable!() };
        let bytes = word.map_or(vec![], |word| encode(address, word, data));
        self.owed[place] = Owed::Bytes(bytes);
    }

    /// What waits is known otherwise from now on.
    pub fn pass(&mut self, from: Ticket, to: Ticket) {
        let place = self.place(from);
        let Owed::Waiting(ticket, ..) = &mut self.owed[place] else { unreachable!() };
        *ticket = to;
    }

    fn place(&self, ticket: Ticket) -> usize {
        let asked = |owed: &Owed| matches!(owed, Owed::Waiting(waiting, ..) if *waiting == ticket);
        self.owed.iter().position(asked).expect("it is owed by its connection")
    }

    /// Whether a frame was delivered and not taken.
    pub fn has_frames(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Frame(_)))
    }

    /// Moves what may leave now to `ready`.
    pub fn settle(&mut self) {
        if self.any_order() {
            let ready = &mut self.ready;
            self.owed.retain(|owed| match owed {
                Owed::Bytes(bytes) => {
                    ready.extend_from_slice(bytes);
                    false
                }
                Owed::Waiting(..) => true,
            });
            return;
        }
        while let Some(Owed::Bytes(bytes)) = self.owed.front() {
            self.behind |= self.owed.len() > 1;
            self.ready.extend_from_slice(bytes);
            self.owed.pop_front();
        }
    }

    /// The first `n` bytes of `ready` left.
    pub fn sent(&mut self, n: usize) {
        self.ready.drain(..n);
        self.compared -= n;
        self.behind &= !self.ready.is_empty();
    }

    /// Whether the engine's `outbound` is what may leave now. In any order the frames that came
    /// since the last comparison may stand as they like.
    pub fn agrees(&mut self, outbound: &[u8]) -> bool {
        if self.any_order() && outbound.len() == self.ready.len() {
            let (old, fresh) = outbound.split_at(self.compared);
            if old == &self.ready[..self.compared]
                && is_shuffled(fresh, &self.ready[self.compared..])
            {
                self.ready = outbound.to_vec();
            }
        }
        self.compared = self.ready.len();
        outbound == self.ready
    }

    /// Whether nothing is owed any more.
    pub fn is_settled(&self) -> bool {
        self.ready.is_empty() && self.owed.is_empty()
    }
}

fn encode(address: u8, command: Command, data: &[u8]) -> Vec<u8> {
    let mut room = [0; MAX_FRAME];
    let frame = Frame { address, command, data };
    let len = frame.encode(&mut room).unwrap();
    room[..len].to_vec()
}

/// Whether two runs of whole frames hold the same ones.
fn is_shuffled(one: &[u8], other: &[u8]) -> bool {
    let sorted = |mut rest: &[u8]| {
        let mut frames = Vec::new();
        while rest.len() >= 8 {
            let len = (8 + usize::from(rest[3])).min(rest.len());
            let (frame, behind) = rest.split_at(len);
            frames.push(frame.to_vec());
            rest = behind;
        }
        frames.sort_unstable();
        (frames, rest.to_vec())
    };
    sorted(one) == sorted(other)
}
