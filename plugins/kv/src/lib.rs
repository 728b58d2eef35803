//! The kv plugin: keys and values in the server's memory, which stay when the plugin is replaced
//! and, where its policy says so, when the server is stopped and started again.
//!
//! A key has 1 to 128 bytes; a value as many as fit into a frame with it. Where a request holds
//! more than a key, the key's length stands before it, in one byte. Numbers are big-endian.
//!
//! | handler | suggested command | request | reply |
//! | --- | --- | --- | --- |
//! | `kv.get` | `0x0140` | key | the value |
//! | `kv.set` | `0x0141` | length, key, value | `01`: the key is new; `00`: it was there |
//! | `kv.delete` | `0x0142` | key | `01`: the key was there; `00`: it was not |
//! | `kv.cas` | `0x0143` | length, key, length, expected value, value | see below |
//! | `kv.increment` | `0x0144` | length, key, and nothing or an i64 | the sum, i64 |
//! | `kv.list` | `0x0145` | length, prefix, and nothing or a key | keys, each with its length |
//! | `kv.info` | `0x0146` | nothing | keys, bytes, bytes that are allowed; u64 each |
//!
//! `kv.cas` sets the value if the one that is there is the expected one, and answers `01`; else
//! `00` and the value that is there, or `02` if the key is not there. The length `ff` and no
//! expected value mean that the key must not be there.
//!
//! `kv.increment` adds the number, or one; a key that is not there counts as 0. `kv.list` begins
//! behind the key that is given, which is the last one of the reply before, and answers with as
//! many keys as fit, in order; with nothing at the end.
//!
//! Its own codes: 1100 no such key, 1101 the store is full, 1102 the value is no number (of 8
//! bytes), 1103 the sum does not fit into 64 bits.
//!
//! Configuration: `max_bytes`, the most that keys and values may take, with two bytes for each
//! pair; 64 MiB if it is not set. Changed while the plugin runs.
//!
//! State: version 1 is a row of records as `page` lays them out, in any order; a later record of
//! a key replaces an earlier one.

mod config;
mod page;
mod store;
mod wire;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::{Saved, Sink, Source, StateStream};

use config::Config;
use store::{Full, Store};

const NO_KEY: Code = Code::new(1100);
const FULL: Code = Code::new(1101);
const NO_NUMBER: Code = Code::new(1102);
const OVERFLOW: Code = Code::new(1103);

/// The plugin.
#[derive(Debug)]
pub struct Kv {
    config: Config,
    store: Store,
    /// Up to which key the state was loaded in order.
    loaded: Vec<u8>,
}

impl Plugin for Kv {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let config = Config::read(create.config()).map_err(|wrongs| {
            let words = wrongs.iter().map(|(key, text)| format!("{key}: {text}"));
            Error::config(words.collect::<Vec<_>>().join("; "))
        })?;
        Ok(Self { config, store: Store::default(), loaded: Vec::new() })
    }
}

impl Lifecycle for Kv {
    fn validate_config(config: &str, findings: &mut Findings<'_>) {
        for (key, text) in Config::read(config).err().into_iter().flatten() {
            findings.wrong(&key, text);
        }
    }

    fn reconfigure(&mut self, config: &str) -> Result<(), Error> {
        self.config = Config::read(config).map_err(|_| Error::config("it was judged before"))?;
        Ok(())
    }

    fn start(&mut self) -> Result<(), Error> {
        self.loaded = Vec::new();
        Ok(())
    }
}

impl StateStream for Kv {
    const SCHEMA: u32 = 0x6b76_0001;
    const VERSION: u32 = 1;

    fn save(&mut self, _: u32, sink: &mut Sink<'_>) -> Result<Saved, Error> {
        let is_all = self.store.save_some(|bytes| {
            sink.write(bytes)?;
            Ok::<_, Error>(sink.is_full())
        })?;
        Ok(if is_all { Saved::All } else { Saved::Slice })
    }

    fn load(&mut self, _: u32, source: &mut Source<'_>) -> Result<(), Error> {
        while !source.is_empty() {
            let head = source.array()?;
            let (key_len, value_len) = page::lengths(head).ok_or_else(Error::torn_state)?;
            let pair = source.take(key_len + value_len.unwrap_or(0))?;
            let (key, value) = pair.split_at(key_len);
            match value_len {
                None => drop(self.store.remove(key)),
                Some(_) if key > self.loaded.as_slice() => {
                    self.store.append(key, value);
                    self.loaded.clear();
                    self.loaded.extend_from_slice(key);
                }
                Some(_) => self.store.put(key, value),
            }
        }
        Ok(())
    }

    fn abort_save(&mut self) {
        self.store.forget_save();
    }
}

impl Kv {
    fn get(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let key = wire::key(request.data())?;
        let value = self.store.find(key).ok_or_else(no_key)?;
        reply.write(value)?;
        Ok(Outcome::Reply)
    }

    fn set(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (key, value) = wire::key_and_rest(request.data())?;
        let is_new = self.put(key, value)?;
        reply.write(&[u8::from(is_new)])?;
        Ok(Outcome::Reply)
    }

    fn delete(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let was_there = self.store.remove(wire::key(request.data())?);
        reply.write(&[u8::from(was_there)])?;
        Ok(Outcome::Reply)
    }

    fn cas(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (key, rest) = wire::key_and_rest(request.data())?;
        let (expected, value) = wire::expected_and_rest(rest)?;
        let found = self.store.find(key);
        if found == expected {
            self.put(key, value)?;
            reply.write(&[1])?;
            return Ok(Outcome::Reply);
        }
        match found {
            Some(found) => {
                reply.write(&[0])?;
                reply.write(found)?;
            }
            None => reply.write(&[2])?,
        }
        Ok(Outcome::Reply)
    }

    fn increment(
        &mut self,
        request: &Request<'_>,
        reply: &mut Reply<'_>,
    ) -> Result<Outcome, Error> {
        let (key, rest) = wire::key_and_rest(request.data())?;
        let by = if rest.is_empty() { 1 } else { wire::number(rest)? };
        let number = match self.store.find(key) {
            None => 0,
            Some(value) => value.try_into().map(i64::from_be_bytes).map_err(|_| {
                Error::coded(NO_NUMBER, format_args!("its value has {} bytes", value.len()))
            })?,
        };
        let sum = number.checked_add(by);
        let sum = sum.ok_or_else(|| Error::coded(OVERFLOW, "the sum does not fit"))?;
        self.put(key, &sum.to_be_bytes())?;
        reply.write(&sum.to_be_bytes())?;
        Ok(Outcome::Reply)
    }

    fn list(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (prefix, after) = wire::prefix_and_rest(request.data())?;
        self.store.each_after(prefix, after, |key| {
            let len = u8::try_from(key.len()).unwrap_or(u8::MAX);
            let fits = reply.remaining() > key.len();
            fits && reply.write(&[len]).and_then(|()| reply.write(key)).is_ok()
        });
        Ok(Outcome::Reply)
    }

    fn info(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        for number in [self.store.len(), self.store.bytes(), self.config.max_bytes] {
            reply.write(&number.to_be_bytes())?;
        }
        Ok(Outcome::Reply)
    }

    /// Sets a key within the bound; whether it is new.
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<bool, Error> {
        self.store.put_within(key, value, self.config.max_bytes).map_err(|Full| {
            Error::coded(FULL, format_args!("at most {} bytes", self.config.max_bytes))
        })
    }
}

fn no_key() -> Error {
    Error::coded(NO_KEY, "no such key")
}

hotframe_plugin_api::plugin! {
    Kv,
    name: "kv",
    flags: hotframe_plugin_api::abi::HF_PLUGIN_STATEFUL,
    extensions: [lifecycle, state],
    handlers: {
        "get" => Kv::get { default_command: 0x0140, len: 1..=128 },
        "set" => Kv::set { default_command: 0x0141, len: 2..=255 },
        "delete" => Kv::delete { default_command: 0x0142, len: 1..=128 },
        "cas" => Kv::cas { default_command: 0x0143, len: 3..=255 },
        "increment" => Kv::increment { default_command: 0x0144, len: 2..=255 },
        "list" => Kv::list { default_command: 0x0145, len: 1..=255 },
        "info" => Kv::info { default_command: 0x0146, len: 0..=0 },
    }
}

#[cfg(test)]
mod tests;
