//! Versions of a value, and the way from each to the next and back.

use super::{Sink, Source};
use crate::Error;

/// A value that is kept, in its newest version. Implemented by [`state!`](crate::state!).
pub trait State: Sized {
    /// The author's number for what this is.
    const SCHEMA: u32;
    /// This version.
    const VERSION: u32;
    /// The oldest version that there is a way from and to.
    const OLDEST: u32;

    /// Writes it as of `version`.
    ///
    /// # Errors
    /// Those of the sink, of a way back that does not exist for this value, or `version` is not
    /// known.
    fn write(self, version: u32, sink: &mut Sink<'_>) -> Result<(), Error>;

    /// Reads what was written as of `version`.
    ///
    /// # Errors
    /// The bytes are none of it, or `version` is not known.
    fn read(version: u32, source: &mut Source<'_>) -> Result<Self, Error>;
}

/// Makes the last of some types a [`State`]: `state! { SCHEMA: 1 => Oldest, 2 => Newer, 3 => Newest
/// }`. Each is a [`Layout`](crate::Layout); each but the oldest is made from the one before it by
/// `TryFrom` (or `From`), and so is each from the one behind it, for whoever goes back.
///
/// The versions ascend; what has been released keeps its number and its layout.
#[macro_export]
macro_rules! state {
    ($schema:literal: $version:literal => $state:ty $(, $($rest:tt)*)?) => {
        impl $crate::State for $state {
            const SCHEMA: u32 = $schema;
            const VERSION: u32 = $version;
            const OLDEST: u32 = $version;

            fn write(
                self,
                version: u32,
                sink: &mut $crate::Sink<'_>,
            ) -> ::core::result::Result<(), $crate::Error> {
                match version {
                    $version => $crate::Layout::encode(&self, sink),
                    _ => Err($crate::Error::unknown_state(version)),
                }
            }

            fn read(
                version: u32,
                source: &mut $crate::Source<'_>,
            ) -> ::core::result::Result<Self, $crate::Error> {
                match version {
                    $version => $crate::Layout::decode(source),
                    _ => Err($crate::Error::unknown_state(version)),
                }
            }
        }
        $($crate::state! { @after $state: $($rest)* })?
    };
    (@after $before:ty: $version:literal => $state:ty $(, $($rest:tt)*)?) => {
        const _: () = assert!(
            $version > <$before as $crate::State>::VERSION,
            "the versions of a state ascend"
        );

        impl $crate::State for $state {
            const SCHEMA: u32 = <$before as $crate::State>::SCHEMA;
            const VERSION: u32 = $version;
            const OLDEST: u32 = <$before as $crate::State>::OLDEST;

            fn write(
                self,
                version: u32,
                sink: &mut $crate::Sink<'_>,
            ) -> ::core::result::Result<(), $crate::Error> {
                if version == $version {
                    return $crate::Layout::encode(&self, sink);
                }
                let before = <$before>::try_from(self).map_err($crate::Error::internal)?;
                $crate::State::write(before, version, sink)
            }

            fn read(
                version: u32,
                source: &mut $crate::Source<'_>,
            ) -> ::core::result::Result<Self, $crate::Error> {
                if version == $version {
                    return $crate::Layout::decode(source);
                }
                let before = <$before as $crate::State>::read(version, source)?;
                <$state>::try_from(before).map_err($crate::Error::internal)
            }
        }
        $($crate::state! { @after $state: $($rest)* })?
    };
    (@after $before:ty:) => {};
}
