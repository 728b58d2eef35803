//! A parcel: owns how a report is packed into a few bytes for another thread, and unpacked there.
//!
//! It stays within the process, so it has no version: whole numbers as they are, texts behind their
//! lengths. Packing allocates nothing but the room that the bytes take.

use std::net::SocketAddrV4;

use hotframe_core::{ConnectionId, End, Moment, Sighting};
use hotframe_protocol::Command;

use super::Report;
use crate::shell::peer::Peer;

/// A report that owns what it speaks of.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    sighting: Sighting,
    peer: Option<Peer>,
    client: Option<String>,
    /// Whether the line is to show the payloads.
    pub shows_payloads: bool,
}

impl Parcel {
    /// Appends what a line about it says.
    pub(super) fn pack(out: &mut Vec<u8>, report: &Report<'_>, shows_payloads: bool) {
        let sighting = report.sighting;
        let (end, code) = match sighting.end {
            End::Replied => (0, 0),
            End::Failed(code) => (1, code),
            End::Deferred => (2, 0),
            End::Taken => (3, 0),
            End::Abandoned => (4, 0),
        };
        out.extend_from_slice(&sighting.number.to_le_bytes());
        out.extend_from_slice(&sighting.connection.to_bits().to_le_bytes());
        out.extend_from_slice(&sighting.took.to_le_bytes());
        out.extend_from_slice(&sighting.command.word().to_le_bytes());
        out.extend_from_slice(&u16::to_le_bytes(code));
        out.extend_from_slice(&[sighting.address, end, u8::from(shows_payloads)]);
        pack_peer(out, report.peer);
        pack_text(out, report.client);
        pack_text(out, sighting.handler.as_deref());
        if shows_payloads {
            pack_bytes(out, &sighting.asked);
            pack_bytes(out, &sighting.answered);
        }
    }

    /// What was packed; `None` if these bytes are none of that.
    pub(super) fn unpack(mut from: &[u8]) -> Option<Self> {
        let from = &mut from;
        let number = u64::from_le_bytes(take(from)?);
        let connection = ConnectionId::from_bits(u64::from_le_bytes(take(from)?))?;
        let took = u64::from_le_bytes(take(from)?);
        let command = Command::from_word(u16::from_le_bytes(take(from)?));
        let code = u16::from_le_bytes(take(from)?);
        let [address, end, shows_payloads] = take(from)?;
        let peer = unpack_peer(from)?;
        let client = unpack_text(from)?.map(str::to_owned);
        let handler = unpack_text(from)?.map(Into::into);
        let shows_payloads = shows_payloads != 0;
        let payloads = match shows_payloads {
            true => (unpack_bytes(from)?.into(), unpack_bytes(from)?.into()),
            false => (Box::default(), Box::default()),
        };
        let (asked, answered) = payloads;
        let sighting = Sighting {
            number,
            connection,
            session: None,
            command,
            address,
            handler,
            end: match end {
                0 => End::Replied,
                1 => End::Failed(code),
                2 => End::Deferred,
                3 => End::Taken,
                _ => End::Abandoned,
            },
            since: Moment::default(),
            took,
            sampled: true,
            late: false,
            lengths: (0, 0),
            asked,
            answered,
        };
        Some(Self { sighting, peer, client, shows_payloads })
    }

    /// What a line is made of.
    pub(super) fn report(&self) -> Report<'_> {
        Report { sighting: &self.sighting, peer: self.peer, client: self.client.as_deref() }
    }
}

fn pack_peer(out: &mut Vec<u8>, peer: Option<Peer>) {
    match peer {
        None => out.push(0),
        Some(Peer::V4(address)) => {
            out.push(4);
            out.extend_from_slice(&address.ip().octets());
            out.extend_from_slice(&address.port().to_le_bytes());
        }
        Some(Peer::V6 { ip, port, scope }) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
            out.extend_from_slice(&port.to_le_bytes());
            out.extend_from_slice(&scope.to_le_bytes());
        }
        Some(Peer::Unix { pid, uid }) => {
            out.push(1);
            out.extend_from_slice(&pid.to_le_bytes());
            out.extend_from_slice(&uid.to_le_bytes());
        }
        Some(Peer::Line) => out.push(2),
    }
}

fn unpack_peer(from: &mut &[u8]) -> Option<Option<Peer>> {
    let [kind] = take(from)?;
    Some(match kind {
        4 => {
            let ip: [u8; 4] = take(from)?;
            let port = u16::from_le_bytes(take(from)?);
            Some(Peer::V4(SocketAddrV4::new(ip.into(), port)))
        }
        6 => {
            let ip: [u8; 16] = take(from)?;
            let port = u16::from_le_bytes(take(from)?);
            Some(Peer::V6 { ip: ip.into(), port, scope: u32::from_le_bytes(take(from)?) })
        }
        1 => {
            let pid = u32::from_le_bytes(take(from)?);
            Some(Peer::Unix { pid, uid: u32::from_le_bytes(take(from)?) })
        }
        2 => Some(Peer::Line),
        _ => None,
    })
}

/// No text is another thing than an empty one.
fn pack_text(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        pack_bytes(out, text.as_bytes());
    }
}

fn unpack_text<'a>(from: &mut &'a [u8]) -> Option<Option<&'a str>> {
    let [is_there] = take(from)?;
    Some(match is_there {
        0 => None,
        _ => Some(std::str::from_utf8(unpack_bytes(from)?).ok()?),
    })
}

fn pack_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn unpack_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(u32::from_le_bytes(take(from)?)).ok()?;
    let (bytes, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(bytes)
}

/// As many bytes as are wanted.
fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::witness::report::tests::sighting;

    #[test]
    fn what_is_packed_is_unpacked_and_what_is_cut_short_is_nothing() {
        let address = |text: &str| Peer::from(text.parse::<SocketAddr>().unwrap());
        let peers = [
            None,
            Some(Peer::Line),
            Some(Peer::Unix { pid: 7, uid: 1000 }),
            Some(address("192.0.2.7:9")),
            Some(address("[fe80::7%3]:9")),
        ];
        let ends = [End::Replied, End::Failed(2004), End::Deferred, End::Taken, End::Abandoned];
        for (peer, end) in peers.into_iter().zip(ends) {
            for client in [None, Some(""), Some("sensor-7")] {
                let sighting = Sighting { end, ..sighting() };
                let report = Report { sighting: &sighting, peer, client };
                let mut packed = Vec::new();
                Parcel::pack(&mut packed, &report, client.is_some());
                let parcel = Parcel::unpack(&packed).unwrap();
                let back = parcel.report();
                assert_eq!((back.peer, back.client, back.end()), (peer, client, report.end()));
                assert_eq!((back.code(), back.plugin()), (report.code(), report.plugin()));
                assert_eq!(
                    (back.trace_id(), back.command()),
                    (report.trace_id(), report.command())
                );
                assert_eq!(back.duration_us(), report.duration_us());
                let shown: &[u8] = if client.is_some() { &[7] } else { &[] };
                assert_eq!((&*back.sighting.asked, &*back.sighting.answered), (shown, shown));
                for end in 0..packed.len() {
                    assert!(Parcel::unpack(&packed[..end]).is_none(), "cut at {end}");
                }
            }
        }
    }
}
