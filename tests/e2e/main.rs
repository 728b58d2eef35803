//! End to end: the real binary, real plugins, real sockets. One file a promise.

#![allow(clippy::unwrap_used)]

mod authors;
mod broken;
mod deferred;
mod dialects;
mod documents;
mod drain;
mod dropin;
mod http;
mod idle;
mod listeners;
mod metrics;
mod overload;
mod page;
mod presence;
mod reload;
mod remap;
mod service;
mod sessions;
mod top;
mod torn;
mod traces;
mod wire;
