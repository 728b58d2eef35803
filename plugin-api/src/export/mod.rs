//! What [`plugin!`](crate::plugin!) expands to: the shims between the C view and the safe one.
//! Public for the macro alone.
#![allow(unsafe_code, reason = "the C side of every plugin function")]

pub mod auth;
mod extension;
mod handler;
mod instance;
#[cfg(feature = "alloc-ledger")]
mod ledger;
pub mod lifecycle;
mod macros;
#[cfg(feature = "alloc-ledger")]
mod memory;
mod panics;
pub mod peers;
pub mod state;
mod table;

pub use self::extension::Extension;
pub use self::handler::{Answers, Handler, assert_distinct};
pub(crate) use self::instance::run_job;
#[cfg(feature = "alloc-ledger")]
pub use self::ledger::{Ledger, close as close_heap, live as live_heap, open as open_heap};
pub(crate) use self::panics::describe;
pub use self::table::{Exported, Identity, entry, table};
pub use crate::abi::note::Encoded;
pub use crate::abi::{hf_handler, hf_host, hf_plugin};
pub use crate::{Error, IntoAnswer, Outcome, Reply, Request};
