//! The ring: every request that is ever sent, and the reply that it must get, built beforehand.
//!
//! All connections walk the same ring, each from a place of its own, round and round. The data of
//! its requests differs, so that a reply that is late, early, twice there, altered or another
//! connection's is not what stands at the place where its reader is.

use hotframe_protocol::{Command, Frame, Kind, MAX_DATA, MAX_FRAME};

use super::dice::Dice;
use super::faults::Faults;
use super::lap::Lap;
use super::plan::Plan;

/// Enough to tell frames apart, few enough to stay in the processor's cache.
const MIN_UNITS: usize = 256;

/// With faults there have to be enough for small shares.
const MIN_UNITS_WITH_FAULTS: usize = 4096;

/// What comes back for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// A reply with the request's own data.
    Echo,
    /// The request's own bytes, as of a server that looks at nothing.
    Mirror,
    /// A reply, whatever its data.
    Head,
}

/// The requests and the replies, each as one lap of bytes.
#[derive(Debug)]
pub struct Ring {
    /// What is sent: a unit is a request, and the bad bytes in front of it if there are any.
    pub requests: Lap,
    /// What must come back for each unit; its data counts for nothing if only heads are compared.
    pub replies: Lap,
    /// What replies are compared with.
    pub expectation: Expectation,
    /// The device's address in every frame.
    pub address: u8,
    /// The command's number in every frame.
    pub number: u16,
    /// Whether replies are compared at all.
    pub verify: bool,
}

impl Ring {
    /// Builds the requests of `plan` and the replies that are expected.
    pub fn build(plan: &Plan, expectation: Expectation) -> Self {
        let min = if plan.faults.any() { MIN_UNITS_WITH_FAULTS } else { MIN_UNITS };
        let units = min.max(2 * plan.pipeline).next_multiple_of(plan.sizes.len());
        let mut dice = Dice::new(7);
        let mut requests = Lap::new(units);
        let mut replies = Lap::new(units);
        let request = Command::new(Kind::Request, plan.number);
        for (unit, size) in (0..units).zip(plan.sizes.iter().cycle()) {
            let mut data = [0; MAX_DATA];
            Dice::new(unit as u64 + 1).fill(&mut data);
            let data = plan.data.as_deref().unwrap_or(&data[..usize::from(*size)]);
            let frame = |command| Frame { address: plan.address, command, data };
            bad_bytes(&plan.faults, &frame(request), &mut dice, &mut requests.bytes);
            append(&frame(request), &mut requests.bytes);
            append(&frame(request.with_kind(Kind::Reply)), &mut replies.bytes);
            requests.end_unit();
            replies.end_unit();
        }
        requests.repeat(plan.pipeline);
        replies.repeat(plan.pipeline);
        if expectation == Expectation::Mirror {
            replies = requests.clone();
        }
        let (address, number, verify) = (plan.address, plan.number, plan.verify);
        Self { requests, replies, expectation, address, number, verify }
    }

    /// The unit at which connection `index` starts.
    pub fn start_of(&self, index: usize) -> usize {
        /// A prime, so that neighbours are far from each other and few share a place.
        const STRIDE: usize = 37;
        index * STRIDE % self.units()
    }

    /// The units of one lap.
    pub fn units(&self) -> usize {
        self.requests.units
    }
}

fn append(frame: &Frame<'_>, bytes: &mut Vec<u8>) {
    let mut room = [0; MAX_FRAME];
    let len = frame.encode(&mut room).expect("a size is one byte, so that the data fits");
    bytes.extend_from_slice(&room[..len]);
}

/// Appends the bad bytes that the dice say.
fn bad_bytes(faults: &Faults, frame: &Frame<'_>, dice: &mut Dice, bytes: &mut Vec<u8>) {
    if dice.says(faults.wrong_crc) {
        append(frame, bytes);
        if let Some(last) = bytes.last_mut() {
            *last ^= 0xFF;
        }
    }
    if dice.says(faults.noise) {
        let mut noise = [0; 24];
        dice.fill(&mut noise);
        // Without the preamble's byte nothing in it can be the start of a frame.
        bytes.extend(noise.iter().filter(|byte| **byte != 0xAA));
    }
}
