//! What released servers answered to the built-in commands is understood, and so is more of it.

use std::io::{Read, Write};

use hotframe_client::{Answer, Client, Command, Error};

use crate::peer::{SOON, encoded, talk};

const RELEASES: [&str; 1] = [include_str!("../../../tests/fixtures/released/0.1.0.txt")];

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// The reply with more behind its data.
fn grown(reply: &[u8]) -> Vec<u8> {
    let command = Command::from_word(u16::from_be_bytes([reply[4], reply[5]]));
    let data = [&reply[6..reply.len() - 2], b"\x01new"].concat();
    encoded(command.kind(), reply[2], command.number(), &data)
}

fn ask(client: &mut Client, name: &str) -> Result<Answer, Error> {
    match name {
        "HELLO" | "HELLO that resumes" => client.hello(0, "press-7", None, SOON),
        "HELLO with a credential" => client.hello(1, "press-7", Some(b"secret"), SOON),
        "HELLO without an id" => client.hello(0, "", None, SOON),
        "PING" => client.request(0, 0x0002, b"ping", SOON),
        "BYE" => client.request(0, 0x0003, b"", SOON),
        "INFO" => client.request(0, 0x0004, b"", SOON),
        other => panic!("how is {other} said?"),
    }
}

#[test]
fn replies_of_every_release_are_understood_and_what_is_behind_them_is_left() {
    let all = RELEASES.iter().flat_map(|release| release.lines());
    for line in all {
        let parts: Vec<&str> = line.split(" | ").collect();
        let (name, request, reply) = (parts[0].to_owned(), bytes(parts[1]), bytes(parts[2]));
        for answer in [reply.clone(), grown(&reply)] {
            let (expected, wanted) = (request.clone(), answer.clone());
            let (mut client, peer) = talk(move |mut peer| {
                let mut said = vec![0; expected.len()];
                peer.stream.read_exact(&mut said).unwrap();
                assert_eq!(said, expected, "released servers were asked so");
                peer.stream.write_all(&answer).unwrap();
            });
            let data = &wanted[6..wanted.len() - 2];
            let understood = match ask(&mut client, &name).unwrap() {
                Answer::Reply(got) => got == data,
                Answer::Error { code, message } => {
                    [&code.to_be_bytes()[..], message.as_bytes()].concat() == data
                }
            };
            assert!(understood, "{name}");
            peer.join().unwrap();
        }
    }
}
