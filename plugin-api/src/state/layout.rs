//! One version of a value as bytes: little-endian, lengths before what has none of its own.

use super::{Sink, Source};
use crate::Error;

/// A value that is written to state and read from it, always in the same way. What changes its
/// bytes is another type, another version: see [`state!`](crate::state!).
pub trait Layout: Sized {
    /// Writes it.
    ///
    /// # Errors
    /// Those of the sink.
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error>;

    /// Reads it.
    ///
    /// # Errors
    /// The bytes are none of it.
    fn decode(source: &mut Source<'_>) -> Result<Self, Error>;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Layout for $number {
            fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
                sink.write(&self.to_le_bytes())
            }

            fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
                source.array().map(Self::from_le_bytes)
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 }

impl Layout for bool {
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        u8::from(*self).encode(sink)
    }

    fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
        match u8::decode(source)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::torn_state()),
        }
    }
}

impl<A: Layout, B: Layout> Layout for (A, B) {
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        self.0.encode(sink)?;
        self.1.encode(sink)
    }

    fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
        Ok((A::decode(source)?, B::decode(source)?))
    }
}

impl<T: Layout> Layout for Vec<T> {
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        (self.len() as u64).encode(sink)?;
        self.iter().try_for_each(|item| item.encode(sink))
    }

    fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
        // Not reserved in advance: the number is only believed as far as items follow.
        (0..u64::decode(source)?).map(|_| T::decode(source)).collect()
    }
}

impl Layout for String {
    fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        (self.len() as u64).encode(sink)?;
        sink.write(self.as_bytes())
    }

    fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
        let len = usize::try_from(u64::decode(source)?).map_err(|_| Error::torn_state())?;
        let bytes = source.take(len)?;
        core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Error::torn_state())
    }
}
