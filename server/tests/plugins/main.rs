//! The plugin host against real shared libraries, compiled from C as the tests run.
#![allow(missing_docs, clippy::unwrap_used)]

mod abi;
mod authors;
mod calls;
mod crowd;
mod deferred;
mod desk;
mod fixture;
mod folders;
mod growth;
mod lifecycle;
mod normalise;
mod preflight;
mod refusals;
mod standing;
mod trial;
mod watching;
