//! What released servers answered to the built-in commands: this one answers the same, and more at
//! the end at most.

use hotframe_protocol::{Decoded, Decoder, Frame, MAX_FRAME};

use crate::pair::Pair;

const RELEASES: [&str; 1] = [include_str!("../../../../tests/fixtures/released/0.1.0.txt")];

/// One line of a release: name, request, reply, and how much of the reply's data holds for ever.
fn lines(release: &str) -> impl Iterator<Item = (&str, Vec<u8>, Vec<u8>, usize)> {
    release.lines().map(|line| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let &[name, request, reply, fixed] = &parts[..] else { panic!("four parts: {line}") };
        (name, bytes(request), bytes(reply), fixed.parse().unwrap())
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Word, address and data of the one frame that these bytes are.
fn frame_of(bytes: &[u8]) -> (u16, u8, Vec<u8>) {
    let mut rest = bytes;
    match Decoder::default().decode(&mut rest) {
        Some(Decoded::Frame(frame)) if rest.is_empty() => {
            (frame.command.word(), frame.address, frame.data.to_vec())
        }
        other => panic!("{bytes:02x?} is {other:?}"),
    }
}

/// The request with more behind its data.
fn grown(request: &[u8]) -> Vec<u8> {
    let (word, address, mut data) = frame_of(request);
    data.extend_from_slice(b"\x01new");
    let command = hotframe_protocol::Command::from_word(word);
    let mut room = [0; MAX_FRAME];
    let len = Frame { address, command, data: &data }.encode(&mut room).unwrap();
    room[..len].to_vec()
}

/// Says it on a connection of its own; the answer.
fn say(pair: &mut Pair, request: &[u8]) -> (u16, u8, Vec<u8>) {
    pair.connect();
    pair.receive(request);
    let [answer] = &pair.replies()[..] else { panic!("one answer to {request:02x?}") };
    let answer = answer.clone();
    pair.engine.handle_lost(pair.id, pair.now);
    pair.engine.handle_closed(pair.id, pair.now);
    answer
}

#[test]
fn clients_of_every_release_are_answered_as_ever() {
    for release in RELEASES {
        let mut pair = Pair::new();
        for (name, request, reply, fixed) in lines(release) {
            let (recorded, answer) = (frame_of(&reply), say(&mut pair, &request));
            assert_eq!((answer.0, answer.1), (recorded.0, recorded.1), "{name}");
            assert_eq!(answer.2[..fixed], recorded.2[..fixed], "{name}");
        }
    }
}

#[test]
fn what_later_clients_say_behind_what_is_known_is_ignored() {
    for release in RELEASES {
        let mut pair = Pair::new();
        for (name, request, reply, _) in lines(release) {
            // A PING is answered with all of its data, and an id is all of a HELLO without a zero.
            if name == "INFO" || name == "BYE" || name.contains("credential") {
                let (recorded, answer) = (frame_of(&reply), say(&mut pair, &grown(&request)));
                assert_eq!((answer.0, answer.1), (recorded.0, recorded.1), "{name}");
            }
        }
    }
}
