//! One line: owns the thread that opens its device, and the way of the open device to the loop.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use mio::unix::pipe;
use mio::{Interest, Registry, Token};
use mio_serial::SerialStream;

/// A device that is not there is looked for so often.
const LOOK: Duration = Duration::from_millis(250);

/// A line, whether its device is there or not.
#[derive(Debug)]
pub struct Line {
    /// Readable when a device was opened.
    bell: pipe::Receiver,
    opened: Receiver<LineStream>,
    /// The thread ends when this is gone.
    _alive: Arc<()>,
}

/// An open device. Its line opens it again when this is dropped.
#[derive(Debug)]
pub struct LineStream(Box<Device>);

/// In a place of its own, so that every other stream has not to be as large.
#[derive(Debug)]
struct Device {
    stream: SerialStream,
    _lease: Sender<()>,
}

/// What the thread of a line needs.
struct Opener {
    path: PathBuf,
    baud: u32,
    bell: pipe::Sender,
    opened: Sender<LineStream>,
    alive: Weak<()>,
}

impl Line {
    /// Opens the device at `path` as soon as it is there, at `baud` bits a second, 8 data bits, no
    /// parity, one stop bit, and no flow control.
    ///
    /// # Errors
    /// When there is no thread or no pipe for it; a device that is not there is no error.
    pub fn watch(path: &Path, baud: u32) -> io::Result<Self> {
        let (ringer, bell) = pipe::new()?;
        let (sender, opened) = mpsc::channel();
        let alive = Arc::new(());
        let opener = Opener {
            path: path.to_owned(),
            baud,
            bell: ringer,
            opened: sender,
            alive: Arc::downgrade(&alive),
        };
        thread::Builder::new().name("serial".into()).spawn(move || opener.work())?;
        Ok(Self { bell, opened, _alive: alive })
    }

    /// Has the loop hear of a device that was opened.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.bell, token, Interest::READABLE)
    }

    /// The device, where it was opened since the last call.
    #[must_use]
    pub fn accept(&self) -> Option<LineStream> {
        // Empty before the queue is looked at: what is opened later rings again.
        while (&self.bell).read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
        self.opened.try_recv().ok()
    }
}

impl LineStream {
    /// Registers the device for reading and writing.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.0.stream, token, Interest::READABLE | Interest::WRITABLE)
    }
}

impl Read for LineStream {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.stream.read(room)
    }
}

impl Write for LineStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.stream.flush()
    }
}

impl Opener {
    fn work(mut self) {
        let mut was_missing = false;
        while self.alive.strong_count() > 0 {
            let name = self.path.to_string_lossy();
            match SerialStream::open(&mio_serial::new(name, self.baud)) {
                Ok(stream) => {
                    log::info!(device:% = self.path.display(); "a serial line is open");
                    was_missing = false;
                    if !self.hand_over(stream) {
                        return;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut was_missing, true) {
                        let (device, every) = (self.path.display(), LOOK);
                        log::warn!(
                            device:%, error:%;
                            "a serial line cannot be opened; tried again every {every:?}"
                        );
                    }
                    thread::sleep(LOOK);
                }
            }
        }
    }

    /// Gives the device to the loop, and waits until that lets it go. False: the line is gone.
    fn hand_over(&mut self, stream: SerialStream) -> bool {
        let (lease, returned) = mpsc::channel();
        let device = Box::new(Device { stream, _lease: lease });
        let taken = self.opened.send(LineStream(device)).is_ok();
        if taken && self.bell.write(&[1]).is_ok() {
            // Ends when the stream is dropped, for nobody sends.
            let _over = returned.recv();
            // A device that fails at once is not opened without a pause.
            thread::sleep(LOOK);
            return true;
        }
        false
    }
}
