//! The trace id of a request, through the real table and shims.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::TestHost;

#[derive(Debug)]
struct Traced(Option<Token>);

impl Plugin for Traced {
    fn create(_: &Create<'_>) -> Result<Self, Error> {
        Ok(Self(None))
    }
}

impl Traced {
    fn put_off(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let token = request.defer(Duration::ZERO)?;
        assert_eq!(token.trace_id(), request.trace_id());
        token.log(Level::Info, request.trace_id().unwrap());
        self.0 = Some(token);
        Ok(Outcome::Deferred)
    }

    fn answer(&mut self, _: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        let token = self.0.take().unwrap();
        write!(reply, "{}", token.trace_id().unwrap())?;
        token.reply("");
        Ok(Outcome::Reply)
    }
}

hotframe_plugin_api::plugin! {
    Traced,
    name: "traced",
    handlers: { "put_off" => Traced::put_off, "answer" => Traced::answer },
}

#[test]
fn a_request_has_one_trace_id_for_as_long_as_somebody_waits() {
    let mut traced = TestHost::new().load::<Traced>().unwrap();
    traced.call("put_off", "");
    let told = traced.call("answer", "");
    let told = String::from_utf8(told.reply().to_vec()).unwrap();
    assert_eq!(traced.log()[0].text, told);
    assert!(told.len() == 32 && told.bytes().all(|digit| digit.is_ascii_hexdigit()), "{told}");
}
