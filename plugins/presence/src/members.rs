//! Owns the list of who is online, by name.

use std::collections::BTreeMap;
use std::ops::Bound;

use hotframe_plugin_api::ConnectionId;

/// The most bytes of a page.
const PAGE: usize = 255;

/// Clients that are online, and where.
#[derive(Debug, Default)]
pub struct Members {
    online: BTreeMap<String, ConnectionId>,
}

impl Members {
    /// A client is on that connection; true if it was not online.
    pub fn join(&mut self, client: &str, connection: ConnectionId) -> bool {
        self.online.insert(client.to_owned(), connection).is_none()
    }

    /// A client has left that connection; true if it is not online any more.
    pub fn part(&mut self, client: &str, connection: ConnectionId) -> bool {
        self.connection(client) == Some(connection) && self.online.remove(client).is_some()
    }

    /// Where a client is.
    pub fn connection(&self, client: &str) -> Option<ConnectionId> {
        self.online.get(client).copied()
    }

    /// How many names begin so.
    pub fn count(&self, prefix: &str) -> u32 {
        let begin = (Bound::Included(prefix), Bound::Unbounded);
        let names = self.online.range::<str, _>(begin).map(|(client, _)| client);
        let count = names.take_while(|client| client.starts_with(prefix)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// As many names behind `after` as fit into a reply, each behind its length; in front of them
    /// 1 if there are more, else 0.
    pub fn page(&self, after: &str) -> Vec<u8> {
        let begin = if after.is_empty() { Bound::Unbounded } else { Bound::Excluded(after) };
        let mut page = vec![0];
        for (client, _) in self.online.range::<str, _>((begin, Bound::Unbounded)) {
            // A name of a session has at most 64 bytes.
            let Ok(len) = u8::try_from(client.len()) else { continue };
            if page.len() + 1 + client.len() > PAGE {
                page[0] = 1;
                break;
            }
            page.push(len);
            page.extend_from_slice(client.as_bytes());
        }
        page
    }
}
