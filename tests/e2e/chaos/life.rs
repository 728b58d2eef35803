//! One connection of a client, through the proxy: what it sends, and what comes of it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hotframe_tests::{
    Audit, Circumstances, DEADLINE, End, Ended, Endpoint, Fate, Faults, Passage, Proxy, Rng,
    request,
};

use super::STAMPED;

/// What a client sends, and how.
pub struct Life {
    bursts: Vec<Vec<u8>>,
    pace: Duration,
    faults: [Faults; 2],
}

impl Life {
    /// Draws a life. Most talk; some connect and leave, some send all at once, some send garbage.
    pub fn draw(chance: &mut Rng, may_reset: bool) -> Self {
        let (requests, burst, garbage) = match chance.below(20) {
            0 => (0, 1, 0),
            1 => (chance.within(500..=2000), usize::MAX, 0),
            2 => (20, 4, chance.within(100..=2000)),
            _ => (chance.within(5..=80), chance.within(1..=8), 0),
        };
        let mut bursts: Vec<Vec<u8>> = Vec::new();
        for number in 0..requests {
            if number % burst == 0 {
                bursts.push(noise(chance, garbage));
            }
            let (command, _) = chance.pick(&STAMPED);
            let mut data = chance.next().to_be_bytes().to_vec();
            data.extend((0..chance.below(40)).map(|_| chance.byte()));
            bursts.last_mut().expect("one was begun").extend(request(command, &data));
        }
        let len = bursts.iter().map(Vec::len).sum::<usize>().max(1);
        let mut faults = [Faults::draw(chance, len), Faults::draw(chance, len)];
        for faults in &mut faults {
            faults.end = faults.end.filter(|(_, how)| may_reset || *how != End::Reset);
            if len > 8000 {
                // Three bytes at a time it would take a minute.
                (faults.pieces, faults.delay) = (0, Duration::ZERO);
            }
        }
        let pace = Duration::from_millis(chance.within(1..=8) as u64);
        Self { bursts, pace, faults }
    }

    /// Lives it; none where nobody listens.
    pub fn live(self, proxy: &Proxy, server: &Endpoint, chance: &mut Rng) -> Option<Past> {
        let touched = self.faults.each_ref().map(Faults::touch);
        let talk = |stream| talk(stream, self.bursts, self.pace);
        let ((sent, got), passage) = proxy.pass(server, self.faults.clone(), chance, talk).ok()?;
        Some(Past { sent, got, touched, passage })
    }
}

/// A life that was lived.
pub struct Past {
    sent: Vec<u8>,
    got: Vec<u8>,
    /// Whether the bytes of each direction were touched.
    touched: [bool; 2],
    passage: Passage,
}

impl Past {
    /// Compares what came with what was owed.
    pub fn audit(&self, fate: Fate) -> Result<Audit, String> {
        let Passage { there, back } = &self.passage;
        let undisturbed = !self.touched[1] && there.ended != Ended::Reset;
        if undisturbed && self.got != back.sent {
            return Err("the proxy has not passed on what it should".to_owned());
        }
        if !self.touched[0] && !self.sent.starts_with(&there.arrived) {
            return Err("the proxy has passed on what nobody sent".to_owned());
        }
        Audit::of(&self.passage, Circumstances { stamped: &STAMPED, fate })
    }

    /// All that passed, for the message of a failed test.
    pub fn text(&self) -> String {
        let Passage { there, back } = &self.passage;
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!(
            "to the server ({:?}): hex:{}\nfrom it ({:?}): hex:{}",
            there.ended,
            hex(&there.arrived),
            back.ended,
            hex(&back.sent)
        )
    }
}

/// So many bytes of garbage in which frames seem to begin.
fn noise(chance: &mut Rng, len: usize) -> Vec<u8> {
    (0..len).map(|_| if chance.chance(20) { 0xAA } else { chance.byte() }).collect()
}

/// Sends all and reads to the end; what was sent, and what came.
fn talk(mut stream: TcpStream, bursts: Vec<Vec<u8>>, pace: Duration) -> (Vec<u8>, Vec<u8>) {
    stream.set_read_timeout(Some(4 * DEADLINE)).unwrap();
    thread::scope(|scope| {
        let out = stream.try_clone().unwrap();
        let sending = scope.spawn(move || send(&out, bursts, pace));
        let mut got = Vec::new();
        // A reset is an end as well: what came before it is there.
        let _ = stream.read_to_end(&mut got);
        (sending.join().expect("who sends notes what fails"), got)
    })
}

fn send(mut out: &TcpStream, bursts: Vec<Vec<u8>>, pace: Duration) -> Vec<u8> {
    let (_open, silence) = mpsc::channel::<()>();
    let mut sent = Vec::new();
    for burst in bursts {
        if out.write_all(&burst).is_err() {
            break;
        }
        sent.extend(burst);
        let _ = silence.recv_timeout(pace);
    }
    // An error means that the connection is over already.
    let _ = out.shutdown(Shutdown::Write);
    sent
}
