//! What passes through the ABI on the way of a frame.
use crate::desk::{Answer, Desk};
use crate::fixture::Workshop;

fn open() -> (Workshop, Desk) {
    let shop = Workshop::new();
    let folder = shop.folder("plugins");
    std::fs::rename(shop.demo("1.0.0"), folder.join("libdemo.so")).unwrap();
    let desk = Desk::open(&folder, shop.path("run"));
    (shop, desk)
}

fn code_of(answer: &Answer) -> u16 {
    match answer {
        Answer::Error(code, _) => *code,
        other => panic!("not an error: {other:?}"),
    }
}

#[test]
fn every_length_comes_back_as_it_was_sent() {
    let (_shop, mut desk) = open();
    let data: Vec<u8> = (0..=254).collect();
    for len in 0..=data.len() {
        assert_eq!(desk.ask(0x0101, &data[..len]), Answer::Reply(data[..len].to_vec()));
    }
    assert_eq!(desk.ask(0x0107, &data), Answer::Reply(data));
}

#[test]
fn what_a_handler_returns_becomes_the_code_that_the_client_sees() {
    let (_shop, mut desk) = open();
    let expected = [(1, 1001), (3, 2003), (5, 2004), (6, 2001), (7, 2001), (14, 1003), (99, 2001)];
    for (returned, code) in expected {
        assert_eq!(code_of(&desk.ask(0x0102, &[returned])), code, "returned -{returned}");
    }
}

#[test]
fn a_handler_may_set_codes_of_its_own_ranges_only() {
    let (_shop, mut desk) = open();
    let mut says = |code: u16| desk.ask(0x0103, &code.to_be_bytes());
    for code in [1100, 1999, 2100, 2999] {
        assert_eq!(says(code), Answer::Error(code, "as you asked".to_owned()));
    }
    // 0 keeps the code that belongs to the returned value, with the text.
    assert_eq!(says(0), Answer::Error(1001, "as you asked".to_owned()));
    for code in [1001, 1099, 2000, 2099, 3000, 65535] {
        let Answer::Error(1001, text) = says(code) else { panic!("{code} was taken") };
        assert_ne!(text, "as you asked");
    }
}

#[test]
fn an_error_that_was_said_before_a_success_is_forgotten() {
    let (_shop, mut desk) = open();
    assert_eq!(desk.ask(0x0104, b""), Answer::Reply(b"fine".to_vec()));
    let Answer::Error(1001, text) = desk.ask(0x0102, &[1]) else { panic!("no error") };
    assert_ne!(text, "never mind");
}

#[test]
fn a_reply_that_claims_more_than_its_room_is_the_handlers_fault() {
    let (_shop, mut desk) = open();
    assert_eq!(code_of(&desk.ask(0x0105, b"")), 2001);
    let host = desk.engine.handlers();
    let faults: Vec<u64> = host.instances().map(|id| host.faults(id)).collect();
    assert_eq!(faults, [1]);
}

#[test]
fn data_outside_a_handlers_lengths_never_reaches_it() {
    let (_shop, mut desk) = open();
    for data in [&b""[..], b"1", b"123"] {
        let answer = desk.ask(0x0103, data);
        assert_eq!(code_of(&answer), 1001);
        assert_ne!(answer, Answer::Error(1001, "as you asked".to_owned()));
    }
}

#[test]
fn create_and_handlers_run_on_the_loop_thread() {
    let (_shop, mut desk) = open();
    assert_eq!(desk.ask(0x0106, b""), Answer::Reply(b"11".to_vec()));
}
