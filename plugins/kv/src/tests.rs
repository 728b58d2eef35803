//! The plugin as a server would call it, against a map of the standard library.

use std::collections::BTreeMap;

use hotframe_plugin_api::testing::{Loaded, TestHost, validate};
use proptest::prelude::*;

use super::Kv;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn load() -> Loaded<Kv> {
    TestHost::new().load().unwrap()
}

/// A field with its length before it.
fn counted(field: &[u8]) -> Vec<u8> {
    [&[u8::try_from(field.len()).unwrap()][..], field].concat()
}

fn pair(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&counted(key)[..], value].concat()
}

/// All keys, a reply at a time.
fn list(kv: &mut Loaded<Kv>, prefix: &[u8]) -> Vec<Vec<u8>> {
    let (mut keys, mut after) = (Vec::<Vec<u8>>::new(), Vec::new());
    loop {
        let answer = kv.call("list", pair(prefix, &after));
        let mut rest = answer.reply();
        if rest.is_empty() {
            return keys;
        }
        while let Some((len, more)) = rest.split_first() {
            let (key, more) = more.split_at(usize::from(*len));
            keys.push(key.to_vec());
            rest = more;
        }
        after.clone_from(keys.last().unwrap());
    }
}

fn numbers(kv: &mut Loaded<Kv>) -> [u64; 3] {
    let info = kv.call("info", b"");
    let mut numbers = info.reply().chunks(8).map(|it| u64::from_be_bytes(it.try_into().unwrap()));
    [(); 3].map(|()| numbers.next().unwrap())
}

#[test]
fn what_is_set_is_there_until_it_is_deleted() {
    let mut kv = load();
    assert_eq!(kv.call("get", b"a").error().0, 1100);
    assert_eq!(kv.call("set", pair(b"a", b"1")).reply(), [1]);
    assert_eq!(kv.call("set", pair(b"a", b"")).reply(), [0]);
    assert_eq!(kv.call("get", b"a").reply(), b"");
    assert_eq!(numbers(&mut kv), [1, 3, 64 << 20]);
    assert_eq!(kv.call("delete", b"a").reply(), [1]);
    assert_eq!(kv.call("delete", b"a").reply(), [0]);
    assert_eq!(numbers(&mut kv)[..2], [0, 0]);
}

#[test]
fn a_value_is_replaced_only_where_it_is_the_expected_one() {
    let mut kv = load();
    let absent = |value: &[u8]| [&counted(b"k")[..], &[0xff], value].concat();
    let expect = |old: &[u8], new: &[u8]| [counted(b"k"), counted(old), new.to_vec()].concat();
    assert_eq!(kv.call("cas", expect(b"1", b"2")).reply(), [2]);
    assert_eq!(kv.call("cas", absent(b"1")).reply(), [1]);
    assert_eq!(kv.call("cas", absent(b"9")).reply(), b"\x001");
    assert_eq!(kv.call("cas", expect(b"1", b"2")).reply(), [1]);
    assert_eq!(kv.call("cas", expect(b"1", b"3")).reply(), b"\x002");
    assert_eq!(kv.call("get", b"k").reply(), b"2");
}

#[test]
fn numbers_are_added_to_and_nothing_else_is() {
    let mut kv = load();
    assert_eq!(kv.call("increment", counted(b"n")).reply(), 1_i64.to_be_bytes());
    let by = |n: i64| pair(b"n", &n.to_be_bytes());
    assert_eq!(kv.call("increment", by(-3)).reply(), (-2_i64).to_be_bytes());
    assert_eq!(kv.call("increment", by(i64::MIN)).error().0, 1103);
    assert_eq!(kv.call("get", b"n").reply(), (-2_i64).to_be_bytes());
    kv.call("set", pair(b"n", b"text")).reply();
    assert_eq!(kv.call("increment", by(1)).error().0, 1102);
    assert_eq!(kv.call("increment", pair(b"n", b"1")).error().0, 1001);
}

#[test]
fn keys_are_listed_in_order_and_by_prefix() {
    let mut kv = load();
    let keys: Vec<Vec<u8>> = (0..1000).map(|n| format!("{n:04}").into_bytes()).collect();
    for key in keys.iter().rev() {
        kv.call("set", pair(key, &[7; 40])).reply();
    }
    assert_eq!(list(&mut kv, b""), keys);
    assert_eq!(list(&mut kv, b"05"), keys[500..600]);
    assert_eq!(list(&mut kv, b"9"), Vec::<Vec<u8>>::new());
    let long = [1; 128];
    kv.call("set", pair(&long, b"")).reply();
    assert_eq!(list(&mut kv, &[1]), [long]);
}

#[test]
fn requests_that_are_cut_short_are_refused() {
    let mut kv = load();
    for (handler, data) in [
        ("set", &b"\x05abcd"[..]),
        ("set", b"\x00value"),
        ("cas", b"\x01k\x05abc"),
        ("increment", b"\x02k"),
        ("list", b"\x01"),
    ] {
        assert_eq!(kv.call(handler, data).error().0, 1001, "{handler}");
    }
    assert_eq!(kv.call("set", pair(&[1; 129], b"")).error().0, 1001);
}

#[test]
fn the_bound_holds_and_is_changed_while_it_runs() {
    let mut kv = TestHost::new().config(r#"{"max_bytes": 4096}"#).load::<Kv>().unwrap();
    let value = [1; 200];
    let stored = (0..255).take_while(|n| kv.call("set", pair(&[*n], &value)) != full()).count();
    assert_eq!(stored, 4096 / 203);
    assert_eq!(kv.call("set", pair(&[0], b"shorter")).reply(), [0], "what shrinks is taken");
    assert!(kv.reconfigure(r#"{"max_bytes": 8192}"#).unwrap());
    assert_eq!(kv.call("set", pair(&[255], &value)).reply(), [1]);
    assert!(numbers(&mut kv)[1] <= 8192);

    fn full() -> hotframe_plugin_api::testing::Answer {
        hotframe_plugin_api::testing::Answer::Error {
            code: 1101,
            text: "at most 4096 bytes".to_owned(),
        }
    }
}

#[test]
fn every_mistake_of_the_configuration_is_named() {
    let found = validate::<Kv>(r#"{"max_bytes": "64MiB", "max_byte": 5}"#);
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["max_bytes", "max_byte"]);
    assert_eq!(validate::<Kv>(r#"{"max_bytes": 65536}"#), []);
    assert!(TestHost::new().config(r#"{"max_bytes": 1}"#).load::<Kv>().is_err());
}

/// What may happen to a key.
fn change() -> impl Strategy<Value = (Vec<u8>, Option<Vec<u8>>)> {
    let key = prop::collection::vec(0..4_u8, 1..6);
    let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..120));
    (key, value)
}

fn apply(kv: &mut Loaded<Kv>, model: &mut Model, (key, value): (Vec<u8>, Option<Vec<u8>>)) {
    match value {
        Some(value) => {
            let is_new = model.insert(key.clone(), value.clone()).is_none();
            assert_eq!(kv.call("set", pair(&key, &value)).reply(), [u8::from(is_new)]);
        }
        None => {
            let was_there = model.remove(&key).is_some();
            assert_eq!(kv.call("delete", &key).reply(), [u8::from(was_there)]);
        }
    }
}

fn compare(kv: &mut Loaded<Kv>, model: &Model) {
    for (key, value) in model {
        assert_eq!(kv.call("get", key).reply(), value);
    }
    assert!(list(kv, b"").iter().eq(model.keys()));
    let bytes: usize = model.iter().map(|(key, value)| 2 + key.len() + value.len()).sum();
    assert_eq!(numbers(kv)[..2], [model.len() as u64, bytes as u64]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happens before, during and after a reload, what is there is what was set last.
    #[test]
    fn a_reload_loses_nothing_that_changes_meanwhile(
        before in prop::collection::vec(change(), 0..600),
        during in prop::collection::vec(prop::collection::vec(change(), 0..20), 0..30),
        after in prop::collection::vec(change(), 0..60),
    ) {
        let (mut kv, mut model) = (load(), Model::new());
        before.into_iter().for_each(|it| apply(&mut kv, &mut model, it));
        compare(&mut kv, &model);
        let mut during = during.into_iter();
        let mut kv = kv.hand_over_while::<Kv>(&TestHost::new(), |old| {
            for it in during.next().into_iter().flatten() {
                apply(old, &mut model, it);
            }
        }).unwrap();
        compare(&mut kv, &model);
        after.into_iter().for_each(|it| apply(&mut kv, &mut model, it));
        compare(&mut kv, &model);
        // And once to a file and back.
        let saved = kv.save_state(1).unwrap();
        let mut back = load();
        back.load_state(1, &saved).unwrap();
        compare(&mut back, &model);
    }
}

#[test]
fn state_that_is_none_is_refused() {
    let mut kv = load();
    for bad in [&b"\x00\x01x"[..], b"\x05\x01abc", b"\x01"] {
        assert!(kv.load_state(1, bad).is_err(), "{bad:?}");
    }
}
