//! Conversations with a peer that does what the test says: answers, late answers, nonsense.
#![allow(clippy::unwrap_used)]

mod answers;
mod failures;
mod peer;
mod released;
