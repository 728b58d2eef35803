//! What [`plugin!`](crate::plugin!) expands to: the shims between the C view and the safe one.
//! Public for the macro alone.
#![allow(unsafe_code, reason = "the C side of every plugin function")]

mod extension;
mod handler;
mod instance;
pub mod lifecycle;
mod macros;
mod panics;
pub mod peers;
pub mod state;
mod table;

pub use self::extension::Extension;
pub use self::handler::{Answers, Handler, assert_distinct};
pub(crate) use self::instance::run_job;
pub(crate) use self::panics::describe;
pub use self::table::{Exported, Identity, entry, table};
pub use crate::abi::note::Encoded;
pub use crate::abi::{hf_handler, hf_host, hf_plugin};
pub use crate::{Error, IntoAnswer, Outcome, Reply, Request};
