//! Ids: a slot and the serial of its tenant, so that a stale id answers "gone".

use core::fmt;
use core::num::{NonZeroU32, NonZeroU64};

/// What every id is made of: the slot in the lower half, the serial in the upper half. Two tenants
/// of one slot differ in their serial. One number, because handlers are told it with every call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Id(NonZeroU64);

impl Id {
    pub const fn new(slot: u32, serial: NonZeroU32) -> Self {
        let bits = (serial.get() as u64) << 32 | slot as u64;
        Self(NonZeroU64::new(bits).expect("a serial is not 0"))
    }

    #[allow(clippy::cast_possible_truncation, reason = "the half is cut on purpose")]
    pub const fn slot(self) -> u32 {
        self.0.get() as u32
    }

    #[allow(clippy::cast_possible_truncation, reason = "the half is cut on purpose")]
    pub const fn serial(self) -> NonZeroU32 {
        NonZeroU32::new((self.0.get() >> 32) as u32).expect("a serial is not 0")
    }

    const fn to_bits(self) -> u64 {
        self.0.get()
    }

    /// `None` for bits that no id ever has: those whose serial is 0.
    const fn from_bits(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) if bits.get() >> 32 != 0 => Some(Self(bits)),
            _ => None,
        }
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) Id);

        impl $name {
            /// The id as one number, never 0: the slot in the lower half, its tenant's serial
            /// in the upper half.
            #[must_use]
            pub const fn to_bits(self) -> u64 {
                self.0.to_bits()
            }

            /// The id of a number that [`to_bits`](Self::to_bits) gave. Any other number makes
            /// an id that is gone, or is `None` if no id could ever have it.
            #[must_use]
            pub const fn from_bits(bits: u64) -> Option<Self> {
                match Id::from_bits(bits) {
                    Some(id) => Some(Self(id)),
                    None => None,
                }
            }

            /// The slot: small, below `u32::MAX - 1024`, used again by a later tenant.
            #[must_use]
            pub const fn slot(self) -> u32 {
                self.0.slot()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}.{}"), self.0.slot(), self.0.serial())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    };
}

id! {
    /// One connection, from its acceptance until it is closed.
    ConnectionId, "c"
}
id! {
    /// The right to answer one deferred request, once.
    Token, "t"
}
id! {
    /// One client's session, from its first HELLO until it has been offline for too long.
    SessionId, "s"
}
id! {
    /// One loaded copy of a plugin, from [`Engine::stage`](crate::Engine::stage) until it is
    /// retired or discarded.
    GenerationId, "g"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_way_through_a_number() {
        let id = Id::new(7, NonZeroU32::MIN);
        let token = Token(id);
        assert_eq!(token.to_bits(), 0x1_0000_0007);
        assert_eq!(Token::from_bits(token.to_bits()), Some(token));
        assert_eq!(Token::from_bits(7), None);
    }
}
