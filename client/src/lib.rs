//! A blocking client for the Modular Communication Protocol, over TCP and Unix sockets.
//!
//! [`Client::request`] sends one request and waits for its [`Answer`]. With [`Client::send`] any
//! number of requests go out first and [`Client::receive`] takes their answers, in order. What
//! the server sends of its own accord is kept apart for [`Client::take_unsolicited`]; its PINGs
//! are answered. Every [`Error`] says whose fault it is.
//!
//! ```
//! use std::time::Duration;
//!
//! use hotframe_client::{Answer, Client};
//! # use std::io::{Read, Write};
//! # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("tcp://{}", listener.local_addr()?);
//! # std::thread::spawn(move || {
//! #     let (mut peer, _) = listener.accept()?;
//! #     peer.read_exact(&mut [0; 13])?;
//! #     peer.write_all(b"\xAA\xAA\x01\x05\x81\x00hello\x73\x67")
//! # });
//!
//! let timeout = Duration::from_secs(5);
//! let mut client = Client::connect(&url, timeout)?;
//! match client.request(1, 0x0100, b"hello", timeout)? {
//!     Answer::Reply(data) => assert_eq!(data, b"hello"),
//!     Answer::Error { code, message } => eprintln!("refused with {code}: {message}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod client;
mod error;
mod inbox;
mod link;
mod url;

pub use answer::{Answer, FrameBuf};
pub use client::Client;
pub use error::{Error, Fault};
pub use hotframe_protocol::{Command, Frame, Kind, Status, status_name};
pub use url::Url;
