//! What the engine promises, one room a file, read through its public verbs only.
#![allow(clippy::unwrap_used)]

mod bounds;
mod credentials;
mod deferred;
mod dialects;
mod endings;
mod generations;
mod heartbeat;
mod overload;
mod pair;
mod pushes;
mod rates;
mod released;
mod replies;
mod retries;
mod routes;
mod sessions;
mod shutdown;
mod sightings;
mod succession;
