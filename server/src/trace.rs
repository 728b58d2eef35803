//! Trace ids: own how a request is named in logs, by plugins and by tools.
//!
//! An id has the form of W3C Trace Context. It is worked out from the number of the request and a
//! random start of the process, so that a request costs nothing until somebody asks for its id.

use std::fmt;
use std::sync::OnceLock;

use rustix::rand::{GetRandomFlags, getrandom};

/// The name of one request, in this process and, as good as certainly, in all others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TraceId(u128);

impl TraceId {
    /// The id of the request with that number.
    #[must_use]
    pub fn of(number: u64) -> Self {
        static START: OnceLock<u128> = OnceLock::new();
        let start = START.get_or_init(random_start);
        let [high, low] = [start >> 64, start & u128::from(u64::MAX)];
        // One to one: no two numbers have the same id. Scattered, because tools that sample by
        // ids take their last bits for random ones.
        let low = u64::try_from(low).unwrap_or(0).wrapping_add(number);
        Self(high << 64 | u128::from(scatter(low)))
    }

    /// The sixteen bytes, as they stand in its text.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Sixteen bytes that no other process has; the upper half is not zero, for an id of zeros is none.
fn random_start() -> u128 {
    let mut bytes = [0; 16];
    if !matches!(getrandom(&mut bytes, GetRandomFlags::empty()), Ok(16)) {
        // A machine without randomness at its start: the time and the process tell it apart.
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        bytes = (since.as_nanos() << 32 | u128::from(std::process::id())).to_be_bytes();
    }
    bytes[0] |= 1;
    u128::from_be_bytes(bytes)
}

/// A number that has no likeness to `bits` (the finalizer of SplitMix64), one to one.
const fn scatter(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unlike_each_other_and_stay_the_same() {
        let ids: BTreeSet<String> = (0..10_000).map(|n| TraceId::of(n).to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        let last: BTreeSet<&str> = ids.iter().map(|id| &id[30..]).collect();
        assert_eq!(last.len(), 256, "the last byte takes every value");
        assert_eq!(TraceId::of(7), TraceId::of(7));
    }

    #[test]
    fn the_text_is_that_of_the_bytes_and_never_all_zeros() {
        let id = TraceId::of(1);
        let bytes: String = id.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(id.to_string(), bytes);
        assert!(!bytes.starts_with("00"));
    }
}
