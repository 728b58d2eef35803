//! End to end: the real binary, real plugins, real sockets. One file a promise.

#![allow(clippy::unwrap_used)]

mod broken;
mod drain;
mod dropin;
mod idle;
mod listeners;
mod readme;
mod reload;
mod remap;
mod sessions;
mod torn;
mod wire;
