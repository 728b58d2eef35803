//! End to end: the real binary, real plugins, real sockets. One file a promise.

#![allow(clippy::unwrap_used)]

mod authors;
mod broken;
mod chaos;
mod crash;
mod credentials;
mod deferred;
mod descriptors;
mod dialects;
mod documents;
mod drain;
mod dribble;
mod dropin;
mod endless;
mod fairness;
mod farewell;
mod garbage;
mod http;
mod idle;
mod kv;
mod listeners;
mod metrics;
mod mutations;
mod overload;
mod page;
mod pause;
mod presence;
mod probation;
mod reconfigure;
mod reload;
mod remap;
mod restart;
mod retries;
mod returning;
mod rollback;
mod service;
mod sessions;
mod stalled;
mod state;
mod stuck;
mod telemetry;
mod top;
mod torn;
mod traces;
mod wire;
