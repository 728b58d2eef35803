//! The engine's notices as log lines: owns their level and words.

use hotframe_core::{CloseReason, Engine, Notice, RouteState};

use super::answers::command_name;
use crate::diagnostics::codes::config::UNKNOWN_HANDLER;
use crate::plugins::Host;
use crate::shell::sockets::Sockets;

/// Writes one notice to the log.
pub fn report(notice: &Notice, sockets: &Sockets) {
    match notice {
        Notice::Refused => log::warn!("a connection was refused: max_connections is reached"),
        Notice::LostSync { connection, episodes } => {
            let peer = peer(sockets, *connection);
            log::log!(
                level_of_episode(*episodes),
                connection = connection.to_bits(), peer = peer, code = 1010, episodes = *episodes;
                "synchronisation was lost: bytes that are no frame are skipped"
            );
        }
        Notice::Closed { connection, reason } => {
            let peer = peer(sockets, *connection);
            log::log!(
                level_of(*reason),
                connection = connection.to_bits(), peer = peer, reason = reason.name();
                "connection closed"
            );
        }
        Notice::Joined { connection, session, client, resumed } => log::debug!(
            connection = connection.to_bits(), session = session.to_bits(),
            client = client.as_ref(), resumed = *resumed;
            "a client said HELLO"
        ),
        Notice::Unjoined { connection, client } => {
            let peer = peer(sockets, *connection);
            log::warn!(
                connection = connection.to_bits(), peer = peer, code = 1009,
                client = client.as_ref();
                "a client id is in use, and heartbeat.takeover is off: HELLO was refused"
            );
        }
        Notice::Activated { plugin, generation, replaced } => log::debug!(
            plugin = plugin.as_ref(), engine_generation:% = generation,
            replaced = replaced.is_some();
            "calls go to the new generation"
        ),
        Notice::Withdrawn { plugin, .. } => {
            log::debug!(plugin = plugin.as_ref(); "plugin withdrawn: its routes answer 2005");
        }
        Notice::DrainTimeout { plugin, unanswered, .. } => log::warn!(
            plugin = plugin.as_ref(), unanswered = *unanswered;
            "the old generation did not answer in time: error replies were sent for it"
        ),
        Notice::Retired { plugin, .. } => {
            log::debug!(plugin = plugin.as_ref(); "the old generation owes nothing more");
        }
        Notice::Routed { number, missing } => {
            log::debug!(generation = *number, missing = *missing; "a new route table is in force");
        }
    }
}

/// What went as it should is `debug`: at 10,000 connections a second it would be most of the log.
fn level_of(reason: CloseReason) -> log::Level {
    match reason {
        CloseReason::PeerClosed | CloseReason::Bye | CloseReason::Handler => log::Level::Debug,
        CloseReason::Lost | CloseReason::Shutdown => log::Level::Debug,
        CloseReason::TakenOver | CloseReason::Kicked => log::Level::Info,
        _ => log::Level::Warn,
    }
}

/// The first of a connection is news; a peer that sends nothing but garbage must not fill the log,
/// and how it ends is told when it is closed.
const fn level_of_episode(episodes: u32) -> log::Level {
    if episodes == 1 { log::Level::Warn } else { log::Level::Debug }
}

fn peer(sockets: &Sockets, connection: hotframe_core::ConnectionId) -> String {
    sockets.peer(connection).map_or_else(String::new, |peer| peer.to_string())
}

/// Names every route that leads nowhere: it answers 2005 until its plugin comes.
pub fn report_missing_handlers(engine: &Engine<Host>) {
    for route in engine.routes().filter(|route| route.state == RouteState::Missing) {
        let (command, handler) = (command_name(route.command), route.handler);
        log::warn!(
            code = UNKNOWN_HANDLER.as_str(), command = command, handler = handler;
            "{command}: no handler `{handler}` is loaded; answered with 2005 until it comes"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_sends_garbage_is_told_of_once() {
        let told = (1..=100).filter(|episodes| level_of_episode(*episodes) <= log::Level::Info);
        assert_eq!(told.collect::<Vec<_>>(), [1]);
    }
}
