//! The control room: owns the socket over which an operator asks the running server things.
//!
//! A request walks through it like this: [`ControlSocket`] holds the name in the file system,
//! [`ControlServer`] accepts on a thread of its own, a conversation reads one [`Verb`] and hands a
//! [`ControlRequest`] to the event loop, the loop sends an [`Answer`](answers::Answer) down the
//! request's [`ReplyChannel`], and the conversation writes it. The loop never touches the socket.
//! [`ask`] is the other end: what `hotframe ctl` speaks.

pub mod answers;
mod error;
mod request;
mod verb;

pub use error::{ControlError, codes};
pub use request::{ControlRequest, ReplyChannel, ReplyWait};
pub use verb::Verb;
