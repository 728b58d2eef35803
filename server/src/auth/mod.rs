//! Credentials: own who may be which client, and the thread that judges what clients show.
//!
//! A hash is made to be slow to check, so none is checked on the loop: claims go to the keeper,
//! and verdicts come back by the mailbox.

mod clients;
mod keeper;
mod throttle;

pub use clients::{BadHash, Clients, Hash, make_hash};
pub use keeper::{Keeper, Rules, Verdict};
pub use throttle::Throttle;
