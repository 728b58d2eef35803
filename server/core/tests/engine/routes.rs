//! Where commands lead.

use hotframe_core::{RouteKey, RouteSpec, RouteState};

use crate::pair::{Does, ECHO, PASS, Pair, entry, request, route};

#[test]
fn a_number_without_a_route_is_unknown_and_the_text_says_which() {
    let mut pair = Pair::new();
    pair.send(0x123, b"");
    let text = [&1004u16.to_be_bytes()[..], b"no route for command 0x0123"].concat();
    assert_eq!(pair.replies(), [(0xC123, 7, text)]);
}

#[test]
fn the_default_route_takes_what_has_no_entry_but_not_what_is_disabled() {
    let mut pair = Pair::new();
    let disabled = RouteSpec { enabled: false, ..route("std.echo") };
    pair.route(&[(0x200, disabled)], Some(route("std.echo")));
    pair.send(0x200, b"");
    assert_eq!(pair.codes(), [1004]);
    pair.send(0x3FFF, b"default");
    assert_eq!(pair.data(), [b"default"]);
    pair.send(0x0005, b"of the protocol");
    assert_eq!(pair.codes(), [1004]);
}

#[test]
fn a_handler_that_passes_hands_over_to_the_default_route() {
    let mut pair = Pair::new();
    pair.send(PASS, b"");
    assert_eq!(pair.codes(), [1004]);
    pair.route(&[(PASS, route("std.pass"))], Some(route("std.echo")));
    pair.send(PASS, b"passed on");
    assert_eq!(pair.data(), [b"passed on"]);
    pair.route(&[], Some(route("std.pass")));
    pair.send(PASS, b"");
    assert_eq!(pair.codes(), [1004]);
}

#[test]
fn an_address_that_the_route_is_not_for_is_forbidden() {
    let mut pair = Pair::new();
    let only =
        |address: u8| RouteSpec { addresses: [address].into_iter().collect(), ..route("std.echo") };
    pair.route(&[(0x200, only(7)), (0x201, only(8))], Some(route("std.echo")));
    pair.send(0x200, b"mine");
    assert_eq!(pair.data(), [b"mine"]);
    pair.send(0x201, b"");
    assert_eq!(pair.codes(), [1003]);
}

#[test]
fn a_missing_handler_is_unavailable_until_its_plugin_comes() {
    let mut pair = Pair::new();
    pair.route(&[(0x200, route("late.echo")), (0x201, route("nodot"))], None);
    pair.send(0x200, b"");
    pair.send(0x201, b"");
    assert_eq!(pair.codes(), [2005, 2005]);
    assert!(pair.engine.routes().all(|route| route.state == RouteState::Missing));
    pair.load("late", vec![entry("echo", Does::Echo)]);
    pair.send(0x200, b"healed");
    assert_eq!(pair.data(), [b"healed"]);
}

#[test]
fn counts_are_kept_for_a_number_that_stays() {
    let mut pair = Pair::new();
    pair.send(ECHO, b"");
    pair.send(ECHO, b"");
    pair.route(&[(ECHO, route("std.fail")), (0x300, route("std.echo"))], None);
    pair.send(ECHO, b"");
    let views: Vec<_> = pair.engine.routes().collect();
    assert_eq!((views[0].command, views[0].calls, views[0].errors), (RouteKey::Number(ECHO), 3, 1));
    assert_eq!((views[1].command, views[1].calls), (RouteKey::Number(0x300), 0));
}

#[test]
fn a_remap_between_two_frames_counts_from_the_second_on() {
    let mut pair = Pair::new();
    pair.load("tags", vec![entry("one", Does::Sign(1)), entry("two", Does::Sign(2))]);
    pair.route(&[(0x200, route("tags.one"))], None);
    let bytes = request(0x200, b"").repeat(2);
    pair.receive(&bytes[..12]);
    pair.route(&[(0x200, route("tags.two"))], None);
    pair.receive(&bytes[12..]);
    assert_eq!(pair.data(), [[1], [2]]);
}

#[test]
fn entries_that_belong_to_the_protocol_are_left_out() {
    let mut pair = Pair::new();
    pair.route(&[(0x0002, route("std.fail")), (0x4000, route("std.echo"))], None);
    assert_eq!(pair.engine.routes().count(), 0);
    pair.send(0x0002, b"ping");
    assert_eq!(pair.data(), [b"ping"]);
}
