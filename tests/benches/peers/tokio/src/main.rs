//! The peer on tokio: one thread, a task a connection, `tokio-util`'s `Framed` with a codec.
//!
//! `peer-tokio tcp://127.0.0.1:0`

mod codec;

use std::io;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::Framed;

use crate::codec::{Frame, FrameCodec};

/// What is read and written at once.
const BUFFER: usize = 64 * 1024;

const KINDS: u16 = 0xC000;
const REPLY: u16 = 0x8000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let Some(address) = url.strip_prefix("tcp://") else {
        eprintln!("usage: peer-tokio tcp://HOST:PORT");
        std::process::exit(2);
    };
    let listener = TcpListener::bind(address).await?;
    println!("ready tcp://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // A connection that fails ends alone.
        tokio::spawn(async move { drop(serve(stream).await) });
    }
}

/// Replies to every request. All that has arrived is answered before anything is written.
async fn serve(stream: TcpStream) -> io::Result<()> {
    let mut frames = Framed::with_capacity(stream, FrameCodec, BUFFER);
    frames.set_backpressure_boundary(BUFFER);
    loop {
        let next = match frames.next().now_or_never() {
            Some(next) => next,
            None => {
                frames.flush().await?;
                frames.next().await
            }
        };
        let Some(request) = next.transpose()? else {
            return frames.flush().await;
        };
        if request.command & KINDS == 0 {
            let command = request.command | REPLY;
            frames.feed(Frame { command, ..request }).await?;
        }
    }
}
