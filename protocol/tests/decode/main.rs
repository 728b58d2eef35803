//! The decoder as its users see it: at its edges, on any input, and on the published vectors.
#![allow(clippy::unwrap_used)]

mod boundaries;
mod properties;
mod reference;
mod vectors;
