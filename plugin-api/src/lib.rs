//! Write hotframe plugins in safe Rust.
//!
//! A plugin is a type that implements [`Plugin`], a few methods that answer requests, and one
//! [`plugin!`] that names them:
//!
//! ```
//! use hotframe_plugin_api::prelude::*;
//!
//! struct Greeter {
//!     greeted: u64,
//! }
//!
//! impl Plugin for Greeter {
//!     fn create(create: &Create<'_>) -> Result<Self, Error> {
//!         create.host().info("ready to greet");
//!         Ok(Self { greeted: 0 })
//!     }
//! }
//!
//! impl Greeter {
//!     fn greet(
//!         &mut self,
//!         request: &Request<'_>,
//!         reply: &mut Reply<'_>,
//!     ) -> Result<Outcome, Error> {
//!         let name = std::str::from_utf8(request.data()).map_err(Error::invalid)?;
//!         self.greeted += 1;
//!         write!(reply, "hello, {name}: number {}", self.greeted)?;
//!         Ok(Outcome::Reply)
//!     }
//! }
//!
//! hotframe_plugin_api::plugin! {
//!     Greeter,
//!     name: "greeter",
//!     handlers: {
//!         "greet" => Greeter::greet { default_command: 0x0200, len: 1..=64 },
//!     }
//! }
//! # fn main() {
//! // In a unit test, with no server:
//! use hotframe_plugin_api::testing::TestHost;
//! let mut greeter = TestHost::new().load::<Greeter>().unwrap();
//! assert_eq!(greeter.call("greet", "Ada").reply(), b"hello, Ada: number 1");
//! assert_eq!(greeter.call("greet", b"\xff").error().0, 1001);
//! # }
//! ```
//!
//! The crate is built as a `cdylib`. The server calls everything on one thread, never two things
//! at once and never one inside another: that is why `&mut self` is sound, and why a plugin needs
//! no lock. The other side of it: while a handler runs, the server stands still. What takes longer
//! takes a [`Token`] and answers later: from a timer ([`Host::start_timer`]), a worker thread
//! ([`Host::run_blocking`]) or a thread of the plugin's own ([`Host::wake`]).
//!
//! A panic in a handler is caught inside the plugin, logged with its place, and answered with
//! 2001. The instance is called again after it: keep it whole, or prefer an [`Error`].
//!
//! [`abi`] is the C view of the same, for hosts and for the curious.

pub mod abi;
mod auth;
mod create;
mod error;
#[doc(hidden)]
pub mod export;
mod host;
mod lifecycle;
mod metrics;
mod outcome;
mod peers;
mod push;
mod reply;
mod request;
mod services;
pub mod state;
pub mod testing;
mod token;
mod trace;

pub use self::auth::{Authority, Claim, Pending, Verdict};
pub use self::create::{Create, Plugin, Reason};
pub use self::error::{Code, Error};
pub use self::host::{Host, Level};
pub use self::lifecycle::{Findings, Lifecycle};
pub use self::metrics::{Counter, Gauge, Histogram, Metric};
pub use self::outcome::{IntoAnswer, Outcome};
pub use self::peers::{
    AskId, ConnectionEvent, ConnectionInfo, NoAnswer, Peers, Session, SessionEvent, SessionId,
};
pub use self::push::{Push, To};
pub use self::reply::{Reply, TooLong};
pub use self::request::{ConnectionId, Request};
pub use self::services::TimerId;
pub use self::state::{Layout, Saved, Sink, Source, State, StateStream, Stateful};
pub use self::token::{Token, TokenId};
pub use self::trace::TraceId;

/// All that the source of a plugin usually needs.
pub mod prelude {
    pub use core::fmt::Write as _;

    pub use crate::{
        Code, Create, Error, Findings, Host, Level, Lifecycle, Outcome, Plugin, Reason, Reply,
        Request, TimerId, Token, TokenId,
    };
}

/// The Rust in the guide compiles, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/plugins-rust.md")]
struct Guide;
