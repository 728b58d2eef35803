//! The echo plugin: says back what it is told.
//!
//! | handler | suggested command | reply |
//! | --- | --- | --- |
//! | `echo.echo` | `0x0100` | the data of the request |
//! | `echo.reverse` | `0x0101` | the same bytes, last one first |
//!
//! It takes no configuration and keeps no state, which makes it the shortest plugin there is: read
//! it before you write one.

use hotframe_plugin_api::prelude::*;

/// The plugin.
struct Echo;

impl Plugin for Echo {
    fn create(_: &Create<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Echo {
    fn echo(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(request.data())?;
        Ok(Outcome::Reply)
    }

    fn reverse(&mut self, request: &Request<'_>, reply: &mut Reply<'_>) -> Result<Outcome, Error> {
        reply.write(request.data())?;
        reply.written_mut().reverse();
        Ok(Outcome::Reply)
    }
}

hotframe_plugin_api::plugin! {
    Echo,
    name: "echo",
    handlers: {
        "echo" => Echo::echo { default_command: 0x0100 },
        "reverse" => Echo::reverse { default_command: 0x0101 },
    }
}

#[cfg(test)]
mod tests {
    use hotframe_plugin_api::testing::TestHost;

    use super::Echo;

    #[test]
    fn every_length_comes_back() {
        let mut echo = TestHost::new().load::<Echo>().unwrap();
        for len in 0..=255 {
            let data: Vec<u8> = (0..len).collect();
            assert_eq!(echo.call("echo", &data).reply(), data);
        }
    }

    #[test]
    fn reverse_turns_the_bytes_round() {
        let mut echo = TestHost::new().load::<Echo>().unwrap();
        assert_eq!(echo.call("reverse", "hello").reply(), b"olleh");
        assert_eq!(echo.call("reverse", "").reply(), b"");
        let data: Vec<u8> = (0..255).collect();
        let turned: Vec<u8> = (0..255).rev().collect();
        assert_eq!(echo.call("reverse", data).reply(), turned);
    }

    #[test]
    fn suggests_its_commands() {
        let echo = TestHost::new().load::<Echo>().unwrap();
        assert_eq!(echo.handlers(), ["echo", "reverse"]);
        assert_eq!(echo.default_command("echo"), Some(0x0100));
        assert_eq!(echo.default_command("reverse"), Some(0x0101));
    }
}
