//! State that outlives a reload: what a plugin says to keep it, and the bytes in between.
//!
//! ```
//! use hotframe_plugin_api::prelude::*;
//! use hotframe_plugin_api::{Layout, Sink, Source, Stateful, state};
//!
//! /// What version 1 of the plugin kept.
//! struct Total(u32);
//! /// What it keeps now.
//! struct Figures {
//!     total: u64,
//!     longest: u64,
//! }
//!
//! impl Layout for Total {
//!     fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
//!         self.0.encode(sink)
//!     }
//!     fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
//!         Ok(Self(Layout::decode(source)?))
//!     }
//! }
//!
//! impl Layout for Figures {
//!     fn encode(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
//!         (self.total, self.longest).encode(sink)
//!     }
//!     fn decode(source: &mut Source<'_>) -> Result<Self, Error> {
//!         let (total, longest) = Layout::decode(source)?;
//!         Ok(Self { total, longest })
//!     }
//! }
//!
//! impl From<Total> for Figures {
//!     fn from(old: Total) -> Self {
//!         Self { total: old.0.into(), longest: 0 }
//!     }
//! }
//!
//! /// The way back, for whoever goes back to version 1.
//! impl TryFrom<Figures> for Total {
//!     type Error = core::num::TryFromIntError;
//!     fn try_from(new: Figures) -> Result<Self, Self::Error> {
//!         new.total.try_into().map(Self)
//!     }
//! }
//!
//! state! { 0x0c0f_fee0: 1 => Total, 2 => Figures }
//!
//! struct Meter {
//!     figures: Figures,
//! }
//!
//! impl Plugin for Meter {
//!     fn create(_: &Create<'_>) -> Result<Self, Error> {
//!         Ok(Self { figures: Figures { total: 0, longest: 0 } })
//!     }
//! }
//!
//! impl Stateful for Meter {
//!     type State = Figures;
//!     fn state(&mut self) -> Result<Figures, Error> {
//!         Ok(Figures { ..self.figures })
//!     }
//!     fn restore(&mut self, state: Figures) -> Result<(), Error> {
//!         self.figures = state;
//!         Ok(())
//!     }
//! }
//! # impl Meter {
//! #     fn count(&mut self, _: &Request<'_>, _: &mut Reply<'_>) -> Outcome { Outcome::Reply }
//! # }
//!
//! hotframe_plugin_api::plugin! {
//!     Meter,
//!     name: "meter",
//!     extensions: [state],
//!     handlers: { "count" => Meter::count },
//! }
//! # fn main() {
//! # use hotframe_plugin_api::testing::TestHost;
//! let mut old = TestHost::new().load::<Meter>().unwrap();
//! old.load_state(1, &7_u32.to_le_bytes()).unwrap();
//! assert_eq!(old.save_state(2).unwrap()[..8], 7_u64.to_le_bytes());
//! let mut new = old.hand_over::<Meter>(&TestHost::new()).unwrap();
//! assert_eq!(new.save_state(1).unwrap(), 7_u32.to_le_bytes());
//! # }
//! ```

mod layout;
mod sink;
mod source;
mod versions;

use crate::{Error, Plugin};

pub use self::layout::Layout;
pub use self::sink::Sink;
pub use self::source::Source;
pub use self::versions::State;

/// A plugin whose state is one value with versions, for `extensions: [state]` in
/// [`plugin!`](crate::plugin!). The value is made and taken over at once: for up to some
/// megabytes. See [`StateStream`] for more.
pub trait Stateful: Plugin {
    /// What is kept, in its newest version: made a [`State`] by [`state!`](crate::state!).
    type State: State;

    /// What is to be kept, as it is now. The instance may serve on afterwards.
    ///
    /// # Errors
    /// Why there is nothing good to keep; a reload is then refused.
    fn state(&mut self) -> Result<Self::State, Error>;

    /// Takes over what another instance has kept. Called once, before
    /// [`start`](crate::Lifecycle::start).
    ///
    /// # Errors
    /// Why it cannot go on from there: this instance is dropped, and the old one serves on.
    fn restore(&mut self, state: Self::State) -> Result<(), Error>;
}

/// What came of a [`StateStream::save`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saved {
    /// All of the state is saved.
    All,
    /// This was a slice; the next call goes on. From here on the plugin keeps in mind what changes
    /// of that which is saved already, and saves it again.
    Slice,
}

/// A plugin that writes and reads its state itself, for `extensions: [state]` in
/// [`plugin!`](crate::plugin!): what [`Stateful`] is made of, and the way for large state.
///
/// Large state goes over in slices, while the old instance serves between two of them: when
/// [`Sink::is_full`], `save` returns [`Saved::Slice`], and the new instance loads that slice at
/// once. The call that returns [`Saved::All`] has saved every change, too, and the new instance
/// takes over before anything else happens.
pub trait StateStream: Plugin {
    /// The author's number for what this state is; another number is another state.
    const SCHEMA: u32;
    /// The newest version that it writes and reads; at least 1.
    const VERSION: u32;
    /// The oldest version that it writes and reads.
    const OLDEST: u32 = Self::VERSION;

    /// Writes the state as of `version`, or the next slice of it.
    ///
    /// # Errors
    /// Why not. The instance serves on.
    fn save(&mut self, version: u32, sink: &mut Sink<'_>) -> Result<Saved, Error>;

    /// Takes over what one `save` has written, as of `version`; called for each, in their order.
    ///
    /// # Errors
    /// Why not: this instance is dropped, and the old one serves on.
    fn load(&mut self, version: u32, source: &mut Source<'_>) -> Result<(), Error>;

    /// What was saved in slices so far is not wanted any more. The next `save` begins anew.
    fn abort_save(&mut self) {}
}

impl<P: Stateful> StateStream for P {
    const SCHEMA: u32 = P::State::SCHEMA;
    const VERSION: u32 = P::State::VERSION;
    const OLDEST: u32 = P::State::OLDEST;

    fn save(&mut self, version: u32, sink: &mut Sink<'_>) -> Result<Saved, Error> {
        self.state()?.write(version, sink)?;
        Ok(Saved::All)
    }

    fn load(&mut self, version: u32, source: &mut Source<'_>) -> Result<(), Error> {
        let state = P::State::read(version, source)?;
        match source.is_empty() {
            true => self.restore(state),
            false => Err(Error::invalid("there is more state than it knows of")),
        }
    }
}
