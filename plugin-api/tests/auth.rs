//! A plugin that judges credentials, through its real tables.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::{Judged, TestHost};
use hotframe_plugin_api::{Authority, Claim, Pending, Verdict};

struct Doorman {
    host: Host,
    waiting: Vec<Pending>,
}

impl Plugin for Doorman {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        Ok(Self { host: create.host().clone(), waiting: Vec::new() })
    }

    fn cancel(&mut self, token: TokenId) {
        self.host.info(format_args!("{} left", token.to_bits()));
    }
}

impl Authority for Doorman {
    fn judge(&mut self, claim: &Claim<'_>) -> Result<Verdict, Error> {
        let open = claim.deadline().saturating_sub(self.host.now());
        assert!(open <= Duration::from_secs(5) && claim.peer().ends_with(":50123"));
        match claim.credential() {
            b"good" => Ok(Verdict::Good),
            b"broken" => Err(Error::internal("no database")),
            b"dropped" => {
                drop(claim.later());
                Ok(Verdict::Bad)
            }
            b"later" => {
                let pending = claim.later();
                let is_known = claim.client() == "dev1";
                self.host.run_blocking(move || {
                    if is_known {
                        pending.admit()
                    } else {
                        pending.refuse()
                    };
                })?;
                Ok(Verdict::Later)
            }
            b"never" => {
                self.waiting.push(claim.later());
                Ok(Verdict::Later)
            }
            b"lost" => {
                drop(claim.later());
                Ok(Verdict::Later)
            }
            b"bug" => panic!("a bug"),
            _ => Ok(Verdict::Bad),
        }
    }
}

hotframe_plugin_api::plugin! { Doorman, name: "doorman", extensions: [auth], handlers: {} }

#[test]
fn a_credential_is_judged_at_once_or_later() {
    let mut doorman = TestHost::new().load::<Doorman>().unwrap();
    assert_eq!(doorman.claim("dev1", "good"), Judged::Good);
    assert_eq!(doorman.claim("dev1", "bad"), Judged::Bad);
    assert_eq!(doorman.claim("dev1", ""), Judged::Bad);
    assert_eq!(doorman.claim("dev1", "dropped"), Judged::Bad);
    for (client, verdict) in [("dev1", Judged::Good), ("dev2", Judged::Bad)] {
        let Judged::Later(token) = doorman.claim(client, "later") else { panic!("too soon") };
        assert_eq!(doorman.verdict(token), verdict);
    }
}

#[test]
fn who_cannot_judge_says_so() {
    let mut doorman = TestHost::new().load::<Doorman>().unwrap();
    assert_eq!(doorman.claim("dev1", "broken"), Judged::Failed("no database".to_owned()));
    assert_eq!(doorman.claim("dev1", "bug"), Judged::Failed(String::new()));
    let Judged::Later(token) = doorman.claim("dev1", "lost") else { panic!("too soon") };
    assert!(matches!(doorman.verdict(token), Judged::Failed(_)));
    let Judged::Later(token) = doorman.claim("dev1", "never") else { panic!("too soon") };
    doorman.cancel(token);
    assert!(doorman.log().iter().any(|line| line.text.ends_with("left")));
}
