//! Owns the state of plugins on its way: between two generations, and to a file and back.
//!
//! ```text
//!  old generation ──save──▶ Slice ──load──▶ new generation      one slice a round of the loop
//!   keeper                  stream           keeper
//!                             │ clean stop
//!                             ▼
//!                           SavedState ──▶ store (helper thread): header, CRC, atomic file
//! ```
//!
//! Both sides agree on a version first. What a plugin writes is never looked into.
mod agreement;
mod keeper;
mod saved;
mod store;
mod stream;

pub(super) use self::agreement::{Agreement, Forms, agree, fitting, suits};
pub(super) use self::keeper::{Claims, Keeper};
pub use self::saved::{KeptState, SavedState};
pub(super) use self::store::StateOrder;
pub use self::store::StateStore;
