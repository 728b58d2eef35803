//! What a plugin must push while a frame is on its way, and what of it has not come.

use serde::Deserialize;

use super::expectation::{Parts, Shape, shown};
use crate::plugins::{Awaited, PushedFrame};

/// One entry of `push = [ … ]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushEntry {
    number: u16,
    connection: Option<u8>,
    data: Option<Parts>,
    answer: Option<String>,
}

/// A frame that must be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPush {
    /// To whom, what, and what is replied.
    pub awaited: Awaited,
    /// Its data, where that matters.
    shape: Option<Shape>,
}

impl PushEntry {
    /// The push that is meant; `connection` is that of its frame, and `read` turns a text into its
    /// bytes.
    pub fn read(
        self,
        connection: u8,
        read: &impl Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<ExpectedPush, String> {
        let Self { number, connection: own, data, answer } = self;
        if !hotframe_core::ROUTABLE.contains(&number) {
            return Err(format!("{number:#06x} is no command that can be pushed"));
        }
        let answer = answer.map(|text| read(&text)).transpose()?;
        let awaited = Awaited { connection: own.unwrap_or(connection), number, answer };
        Ok(ExpectedPush { awaited, shape: data.map(|parts| parts.read(read)).transpose()? })
    }
}

impl ExpectedPush {
    /// The push, for people.
    pub fn shown(&self) -> String {
        let Awaited { connection, number, answer } = &self.awaited;
        let what = if answer.is_some() { "request" } else { "event" };
        let data = self.shape.as_ref().map_or(String::new(), |shape| format!(" {}", shape.shown()));
        format!("{what} {number:#06x} on connection {connection}{data}")
    }

    fn is(&self, pushed: &PushedFrame) -> bool {
        let Awaited { connection, number, answer } = &self.awaited;
        let is_same = (*connection, *number, answer.is_some())
            == (pushed.connection, pushed.number, pushed.is_request);
        let fits = |shape: &Shape| shape.difference(&pushed.data).is_none();
        is_same && self.shape.as_ref().is_none_or(fits)
    }
}

/// The first of the expected pushes that has not come, in words. Each that came counts once.
pub fn missing(expected: &[ExpectedPush], pushed: &[PushedFrame]) -> Option<String> {
    let mut left: Vec<&PushedFrame> = pushed.iter().collect();
    let missing = expected.iter().find(|wanted| {
        let at = left.iter().position(|pushed| wanted.is(pushed));
        at.map(|at| left.swap_remove(at)).is_none()
    })?;
    let came = match pushed {
        [] => "nothing was".to_owned(),
        pushed => pushed.iter().map(came).collect::<Vec<_>>().join("; "),
    };
    Some(format!("it has not pushed {}; pushed: {came}", missing.shown()))
}

fn came(pushed: &PushedFrame) -> String {
    let what = if pushed.is_request { "request" } else { "event" };
    let PushedFrame { connection, number, data, .. } = pushed;
    format!("{what} {number:#06x} on connection {connection} {}", shown(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(data: Option<&str>, answer: Option<&str>) -> ExpectedPush {
        let entry = PushEntry {
            number: 0x0300,
            connection: None,
            data: data.map(|text| Parts::Whole(text.to_owned())),
            answer: answer.map(str::to_owned),
        };
        entry.read(2, &|text| Ok(text.as_bytes().to_vec())).unwrap()
    }

    fn pushed(is_request: bool, data: &[u8]) -> PushedFrame {
        PushedFrame { connection: 2, number: 0x0300, is_request, data: data.to_vec() }
    }

    #[test]
    fn each_that_came_counts_once_and_only_where_all_of_it_is_as_it_should_be() {
        let two = [wanted(Some("a"), None), wanted(None, None)];
        assert_eq!(missing(&two, &[pushed(false, b"b"), pushed(false, b"a")]), None);
        let told = missing(&two, &[pushed(false, b"a")]).unwrap();
        assert!(told.starts_with("it has not pushed event 0x0300 on connection 2;"), "{told}");
        assert!(missing(&two, &[pushed(false, b"b"), pushed(true, b"a")]).is_some());
        assert_eq!(missing(&[wanted(None, Some("yes"))], &[pushed(true, b"")]), None);
        assert!(missing(&[wanted(None, None)], &[]).unwrap().ends_with("nothing was"));
    }

    #[test]
    fn what_cannot_be_pushed_is_told() {
        let entry = PushEntry { number: 0x00ff, connection: None, data: None, answer: None };
        assert!(entry.read(1, &|_| Ok(Vec::new())).unwrap_err().contains("0x00ff"));
    }
}
