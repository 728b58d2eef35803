//! The server: a thin mio shell round the pure engine of `hotframe-core`.
pub mod auth;
pub mod cli;
pub mod config;
pub mod control;
mod courtesy;
pub mod diagnostics;
pub mod http;
pub mod live;
pub mod logging;
pub mod plugins;
pub mod shell;
mod sync;
pub mod trace;
pub mod watch;
pub mod witness;
