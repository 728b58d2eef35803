//! The engine: pure, without a clock, a socket, a file or a thread.
//!
//! Three kinds of verbs: `handle_…` says that something happened, with the [`Moment`] when;
//! `poll_…` and the questions beside it say what is to be done; the views say how things are.
//! The one call on the path of every frame is the trait [`Handlers`].
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod access;
mod addresses;
mod asker;
mod bindings;
mod buffers;
mod builtin;
mod carry;
mod connection;
mod counters;
mod crowd;
mod deadlines;
mod desk;
mod dispatch;
mod ending;
mod engine;
mod frames;
mod garbage;
mod generations;
mod handlers;
mod heartbeat;
mod hello;
mod ids;
mod life;
mod limits;
mod moment;
mod news;
mod notice;
mod order;
mod outbox;
mod outgoing;
mod overload;
mod pool;
mod profile;
mod push;
mod questions;
mod rate;
mod raw;
mod refusal;
mod retry;
mod routes;
mod sessions;
mod sight;
mod slots;
mod sources;
mod switchboard;
mod tokens;
mod turn;
mod views;
mod weighing;
mod witness;

pub use access::{Access, Claim, Judged};
pub use addresses::AddressSet;
pub use counters::{Counters, ErrorCount};
pub use engine::{Engine, Next};
pub use generations::HandlerEntry;
pub use handlers::{Completion, Deferrals, Handlers, Outcome, Reply, Request, Stale};
pub use heartbeat::Heartbeat;
pub use ids::{ConnectionId, GenerationId, SessionId, Token};
pub use limits::{HELD_ROOM, Limits, MAX_CARRY, READ_ROOM};
pub use moment::Moment;
pub use news::{JoinedHow, PeerNews};
pub use notice::{CloseReason, Notice};
pub use overload::Shedding;
pub use profile::{Dialect, Profile, ReplyOrder};
pub use push::{Push, Unpushed};
pub use questions::{Answered, Ask, PeerAnswer};
pub use rate::{Bucket, Rate};
pub use routes::{ROUTABLE, RouteKey, RouteSpec, RouteTable};
pub use sources::Sources;
pub use tokens::Cancelled;
pub use views::{
    ConnectionState, ConnectionView, GenerationState, GenerationView, RouteState, RouteView,
    SessionView,
};
pub use witness::{End, Sighting, Watch};
