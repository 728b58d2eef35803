//! The steward: owns the loop's seam to everything that is not a socket.

use std::time::Duration;

use hotframe_core::Moment;

use super::loop_core::LoopCore;

/// What the loop does about everything that is not a socket: messages of other threads, the life
/// of the plugins, the log. Implemented by the room `live`.
pub trait Steward {
    /// What other threads send.
    type Message: Send;
    /// A message came.
    fn handle_message(&mut self, message: Self::Message, core: &mut LoopCore);
    /// SIGHUP: read the files again.
    fn handle_reread(&mut self);
    /// A stop began: by signal, or because a message asked for it.
    fn handle_stop(&mut self, core: &mut LoopCore);
    /// What plugins do beside the calls of their handlers: before the connections that it touches
    /// get their turns.
    fn handle_errands(&mut self, core: &mut LoopCore);
    /// The engine has seen requests that it was asked to look at.
    fn handle_sightings(&mut self, core: &mut LoopCore);
    /// End of a round: retire plugins, tell what happened.
    fn handle_round(&mut self, core: &mut LoopCore);
    /// The round is over, and took so long.
    fn handle_rest(&mut self, took: Duration, core: &mut LoopCore);
    /// When the steward wants a round although nothing happens.
    fn next_wake(&self, core: &LoopCore) -> Option<Moment>;
}
