//! The engine's notices as log lines: owns their level and words.

use std::collections::BTreeSet;

use hotframe_core::{CloseReason, ConnectionId, Engine, Moment, Notice, RouteState, RouteView};
use hotframe_protocol::status_name;

use super::Live;
use super::told::Told;
use crate::diagnostics::codes::config::UNKNOWN_HANDLER;
use crate::diagnostics::codes::connections::BUFFERS_FULL;
use crate::diagnostics::codes::runtime::DRAIN_TIMEOUT;
use crate::plugins::Host;
use crate::shell::loop_core::LoopCore;
use crate::shell::sockets::Sockets;

/// What the summary line of a source calls it.
const LOST_SYNC: &str = "lost_sync";
const CONFLICT: &str = "conflict";
const TURNED_AWAY: &str = "max_per_source";

impl Live {
    /// Tells the log what happened in this round.
    pub(super) fn tell(&mut self, core: &mut LoopCore) {
        while let Some(notice) = core.engine.poll_notice() {
            report(&notice, &core.sockets, &mut self.told, core.now);
        }
        for peer in core.turned_away.drain(..) {
            let peer_text = peer.to_string();
            log::log!(
                self.told.level(log::Level::Warn, peer, TURNED_AWAY, core.now),
                peer = peer_text;
                "a connection was closed: its source has max_per_source"
            );
        }
        core.sockets.forget_departed();
        self.told.settle(core.now);
    }
}

/// Writes one notice to the log.
fn report(notice: &Notice, sockets: &Sockets, told: &mut Told, now: Moment) {
    match notice {
        Notice::Overloaded => log::warn!(
            "overloaded: the loop lags by more than limits.overload; requests above a connection's \
             share get 2003"
        ),
        Notice::Recovered { shed } => {
            log::info!(shed = *shed; "the loop keeps up again: nothing is shed any more");
        }
        Notice::Tight { .. } | Notice::Roomy { .. } => report_buffers(notice),
        Notice::Refused => log::warn!("a connection was refused: max_connections is reached"),
        Notice::LostSync { connection, episodes } => {
            let level = level_of_episode(*episodes);
            let level = fold(told, level, sockets, *connection, LOST_SYNC, now);
            let peer = peer(sockets, *connection);
            log::log!(
                level,
                connection = connection.to_bits(), peer = peer, episodes = *episodes,
                code = 1010, status = "BAD_CRC";
                "synchronisation was lost: bytes that are no frame are skipped"
            );
        }
        Notice::Closed { connection, reason } => {
            let level = fold(told, level_of(*reason), sockets, *connection, reason.name(), now);
            let peer = peer(sockets, *connection);
            log::log!(
                level,
                connection = connection.to_bits(), peer = peer, reason = reason.name();
                "connection closed"
            );
        }
        Notice::Retrying { .. } => report_retry(notice),
        Notice::ErrorKept { .. } => report_kept(notice, sockets),
        Notice::Joined { connection, session, client, resumed } => log::debug!(
            connection = connection.to_bits(), session = session.to_bits(),
            client = client.as_ref(), resumed = *resumed;
            "a client said HELLO"
        ),
        Notice::Unjoined { connection, client } => {
            let level = fold(told, log::Level::Warn, sockets, *connection, CONFLICT, now);
            let peer = peer(sockets, *connection);
            log::log!(
                level,
                connection = connection.to_bits(), peer = peer, code = 1009,
                status = "CONFLICT", client = client.as_ref();
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
            plugin = plugin.as_ref(), unanswered = *unanswered, code = DRAIN_TIMEOUT.as_str();
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

/// A request that is tried again: news for who looks closely.
fn report_retry(notice: &Notice) {
    let Notice::Retrying { connection, command, number, tried, code } = notice else {
        return;
    };
    let command = format!("0x{command:04X}");
    log::debug!(
        connection = connection.to_bits(), command = command, request = *number,
        tried = *tried, code = *code, status = status_name(*code);
        "a request failed by the server's fault, and is tried again"
    );
}

/// An error that was not sent: the first of a connection is news.
fn report_kept(notice: &Notice, sockets: &Sockets) {
    let Notice::ErrorKept { connection, command, code, first } = notice else {
        return;
    };
    let (peer, command) = (peer(sockets, *connection), format!("0x{command:04X}"));
    log::log!(
        if *first { log::Level::Warn } else { log::Level::Debug },
        connection = connection.to_bits(), peer = peer, command = command, code = *code,
        status = status_name(*code);
        "a request failed, and its listener has no error_command: nothing was sent"
    );
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

/// The level of a line about a connection: what its source was told of just now is `debug`.
fn fold(
    told: &mut Told,
    level: log::Level,
    sockets: &Sockets,
    connection: ConnectionId,
    what: &'static str,
    now: Moment,
) -> log::Level {
    match sockets.peer(connection) {
        Some(peer) => told.level(level, peer, what, now),
        None => level,
    }
}

fn peer(sockets: &Sockets, connection: ConnectionId) -> String {
    sockets.peer(connection).map_or_else(String::new, |peer| peer.to_string())
}

/// Routes that lead nowhere, each by its command and its handler.
pub type Lost = BTreeSet<(String, String)>;

/// The routes that lead nowhere: they answer 2005 until their plugins come.
#[must_use]
pub fn lost_routes(engine: &Engine<Host>) -> Lost {
    let lost = engine.routes().filter(leads_nowhere);
    lost.map(|route| (route.command.to_string(), route.handler.to_owned())).collect()
}

/// Whether the handler of a route is not there.
#[must_use]
pub fn leads_nowhere(route: &RouteView<'_>) -> bool {
    route.state == RouteState::Missing
}

/// Names every route that leads nowhere and is not among those that are `known` to.
pub fn report_missing_handlers(engine: &Engine<Host>, known: &Lost) {
    for (command, handler) in lost_routes(engine).difference(known) {
        log::warn!(
            code = UNKNOWN_HANDLER.as_str(), command = command, handler = handler,
            help = "`hotframe check` tells in which line it is, and what may be meant";
            "{command}: no handler `{handler}` is loaded; answered with 2005 until it comes"
        );
    }
}

/// Writes to the log that connections keep much, or no longer do.
fn report_buffers(notice: &Notice) {
    match notice {
        Notice::Tight { bytes } => log::warn!(
            buffered_bytes = *bytes, code = BUFFERS_FULL.as_str();
            "connections keep three quarters of limits.max_buffered: those that do not take their \
             answers are not read any more"
        ),
        Notice::Roomy { bytes } => {
            log::info!(buffered_bytes = *bytes; "there is room again in limits.max_buffered");
        }
        _ => {}
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
