//! What is seen of requests that are looked at.

use std::time::Duration;

use hotframe_core::{CloseReason, End, Sighting, Watch};
use hotframe_protocol::Kind;

use crate::pair::{CLOSE, DEFER, ECHO, FAIL, PASS, Pair, frame, request, route};

const EVERY: Watch = Watch { share: 0, every: true, timed: false, slow: 0, payloads: true };

fn watching(watch: Watch) -> Pair {
    let mut pair = Pair::new();
    pair.engine.set_watch(watch);
    pair
}

fn seen(pair: &mut Pair) -> Vec<Sighting> {
    std::iter::from_fn(|| pair.engine.poll_sighting()).collect()
}

#[test]
fn nobody_who_does_not_look_sees_anything() {
    let mut pair = Pair::new();
    pair.send(ECHO, b"x");
    pair.send(DEFER, b"");
    pair.complete(0, b"").unwrap();
    assert!(!pair.engine.has_sightings());
}

#[test]
fn each_frame_is_seen_with_what_became_of_it() {
    let mut pair = watching(EVERY);
    pair.receive(&[request(ECHO, b"one"), request(FAIL, b""), request(0x3FF, b"no")].concat());
    pair.receive(&frame(Kind::Event, ECHO, b"event"));
    pair.send(2, b"ping");
    pair.send(CLOSE, b"last");
    let seen = seen(&mut pair);
    let told: Vec<_> = seen.iter().map(|it| (it.number, it.handler.as_deref(), it.end)).collect();
    assert_eq!(
        told,
        [
            (1, Some("std.echo"), End::Replied),
            (2, Some("std.fail"), End::Failed(1234)),
            (3, None, End::Failed(1004)),
            (4, Some("std.echo"), End::Taken),
            (5, None, End::Replied),
            (6, Some("std.close"), End::Replied),
        ]
    );
    let payloads: Vec<_> = seen.iter().map(|it| (&it.asked[..], &it.answered[..])).collect();
    assert_eq!(payloads[0], (&b"one"[..], &b"one"[..]));
    assert_eq!(payloads[1], (&b""[..], &b"\x04\xd2because"[..]));
    assert_eq!(payloads[3], (&b"event"[..], &b""[..]));
    assert_eq!(payloads[5], (&b"last"[..], &b"last"[..]));
    assert_eq!(seen[5].lengths, (4, 4));
}

#[test]
fn what_a_handler_passes_on_is_seen_at_the_default_route() {
    let mut pair = watching(EVERY);
    pair.route(&[(PASS, route("std.pass"))], Some(route("std.echo")));
    pair.send(PASS, b"x");
    pair.send(0x200, b"y");
    let seen = seen(&mut pair);
    assert_eq!(seen[0].handler.as_deref(), Some("std.echo"));
    assert_eq!(seen[1].handler.as_deref(), Some("std.echo"));
}

#[test]
fn what_was_put_off_is_seen_twice_and_what_is_behind_it_as_usual() {
    let mut pair = watching(EVERY);
    pair.receive(&[request(DEFER, b"a"), request(ECHO, b"b"), request(DEFER, b"c")].concat());
    let first: Vec<_> = seen(&mut pair).iter().map(|it| (it.number, it.end)).collect();
    assert_eq!(first, [(1, End::Deferred), (2, End::Replied), (3, End::Deferred)]);
    pair.pass(Duration::from_millis(7));
    pair.complete(0, b"answer").unwrap();
    let late = seen(&mut pair).remove(0);
    assert_eq!((late.number, late.end, late.late, late.took), (1, End::Replied, true, 7_000_000));
    assert_eq!((late.handler.as_deref(), &late.answered[..]), (Some("std.defer"), &b"answer"[..]));
    pair.engine.handle_lost(pair.id, pair.now);
    let gone = seen(&mut pair).remove(0);
    assert_eq!((gone.number, gone.end), (3, End::Abandoned));
    assert_eq!(pair.engine.counters().closed(CloseReason::Lost), 1);
}

#[test]
fn a_slow_answer_is_seen_although_nobody_watched_the_request() {
    let mut pair = watching(Watch { slow: 5_000_000, ..Watch::default() });
    pair.receive(&[request(DEFER, b""), request(DEFER, b"")].concat());
    pair.pass(Duration::from_millis(4));
    pair.complete(0, b"").unwrap();
    assert!(!pair.engine.has_sightings());
    pair.pass(Duration::from_millis(1));
    pair.complete(1, b"").unwrap();
    let slow = seen(&mut pair).remove(0);
    assert_eq!((slow.number, slow.took, slow.sampled), (2, 5_000_000, false));
    assert_eq!((slow.handler.as_deref(), &slow.answered[..]), (Some("std.defer"), &b""[..]));
}

#[test]
fn a_sampled_request_is_seen_to_its_end() {
    let mut pair = watching(Watch { share: Watch::ALL / 4, ..Watch::default() });
    for n in 0..400_usize {
        pair.send(DEFER, b"");
        pair.complete(n, b"").unwrap();
        pair.replies();
    }
    let seen = seen(&mut pair);
    let ends = |late| seen.iter().filter(move |it| it.late == late).map(|it| it.number);
    assert!((99..=101).contains(&ends(false).count()), "{}", ends(false).count());
    assert!(ends(false).eq(ends(true)) && seen.iter().all(|it| it.sampled));
}
