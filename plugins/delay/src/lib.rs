//! The delay plugin: answers later.
//!
//! | handler | suggested command | data | reply |
//! | --- | --- | --- | --- |
//! | `delay.echo` | `0x0130` | milliseconds (u16, big-endian), then bytes | those bytes |
//!
//! The reply comes when that time has passed, and the server serves on meanwhile. Replies of one
//! connection leave in the order of its requests, so a short delay behind a long one waits for it;
//! another connection does not. Read it to see how a handler defers: it takes a token, starts a
//! timer, and answers when that rings.

use std::collections::HashMap;
use std::time::Duration;

use hotframe_plugin_api::prelude::*;

/// The plugin.
struct Delay {
    host: Host,
    /// What waits for its time, by its token.
    waiting: HashMap<u64, Waiting>,
}

/// One request.
struct Waiting {
    token: Token,
    timer: TimerId,
    data: Vec<u8>,
}

impl Plugin for Delay {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        Ok(Self { host: create.host().clone(), waiting: HashMap::new() })
    }

    fn on_timer(&mut self, _: TimerId, token: u64) {
        if let Some(Waiting { token, data, .. }) = self.waiting.remove(&token) {
            token.reply(data);
        }
    }

    /// The client is gone, or the route's timeout is shorter.
    fn cancel(&mut self, token: TokenId) {
        if let Some(Waiting { timer, .. }) = self.waiting.remove(&token.to_bits()) {
            self.host.stop_timer(timer);
        }
    }
}

impl Delay {
    fn echo(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let (delay, data) = request
            .data()
            .split_first_chunk()
            .ok_or_else(|| Error::invalid("2 bytes of milliseconds are missing"))?;
        let delay = Duration::from_millis(u16::from_be_bytes(*delay).into());
        let token = request.defer(Duration::ZERO)?;
        let bits = token.id().to_bits();
        let timer = self.host.start_timer(delay, bits)?;
        self.waiting.insert(bits, Waiting { token, timer, data: data.to_vec() });
        Ok(Outcome::Deferred)
    }
}

hotframe_plugin_api::plugin! {
    Delay,
    name: "delay",
    handlers: {
        "echo" => Delay::echo { default_command: 0x0130, len: 2..=255 },
    }
}

#[cfg(test)]
mod tests {
    use hotframe_plugin_api::testing::{Loaded, TestHost};

    use super::*;

    fn ask(delay: &mut Loaded<Delay>, ms: u16, data: &str) -> TokenId {
        let data = [&ms.to_be_bytes(), data.as_bytes()].concat();
        delay.call("echo", data).deferred()
    }

    #[test]
    fn each_answer_comes_at_its_time() {
        let mut delay = TestHost::new().load::<Delay>().unwrap();
        let long = ask(&mut delay, 60_000, "long");
        let short = ask(&mut delay, 10_000, "short");
        delay.advance(Duration::from_secs(9));
        assert_eq!((delay.answer_to(long), delay.answer_to(short)), (None, None));
        delay.advance(Duration::from_secs(1));
        assert_eq!(delay.wait(short).reply(), b"short");
        assert_eq!(delay.answer_to(long), None);
        delay.advance(Duration::from_secs(50));
        assert_eq!(delay.wait(long).reply(), b"long");
    }

    #[test]
    fn whoever_is_gone_is_forgotten() {
        let mut delay = TestHost::new().load::<Delay>().unwrap();
        let token = ask(&mut delay, 1, "to nobody");
        delay.cancel(token);
        delay.advance(Duration::from_secs(1));
        assert_eq!(delay.answer_to(token), None);
        assert!(delay.log().is_empty());
    }

    #[test]
    fn without_a_time_it_is_no_request() {
        let mut delay = TestHost::new().load::<Delay>().unwrap();
        assert_eq!(delay.call("echo", "1").error().0, 1001);
        assert_eq!(delay.default_command("echo"), Some(0x0130));
    }
}
