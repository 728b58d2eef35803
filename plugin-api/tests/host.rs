//! A handle to the server may be kept and used anywhere: it outlives the plugin without harm.
#![allow(clippy::unwrap_used)]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hotframe_plugin_api::prelude::*;
use hotframe_plugin_api::testing::TestHost;

/// The handles that plugins have given away.
static GIVEN_AWAY: Mutex<Vec<Host>> = Mutex::new(Vec::new());

/// Has a thread of its own that logs what it is sent, and is joined when the plugin is dropped.
struct Threaded {
    work: Option<Sender<String>>,
    done: Receiver<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Plugin for Threaded {
    fn create(create: &Create<'_>) -> Result<Self, Error> {
        let host = create.host().clone();
        GIVEN_AWAY.lock().unwrap_or_else(PoisonError::into_inner).push(host.clone());
        if create.config() == "refuse" {
            return Err(Error::config("no"));
        }
        assert!(host.is_loop_thread());
        let (work, todo) = channel::<String>();
        let (did, done) = channel();
        let thread = std::thread::spawn(move || {
            for text in todo {
                assert!(!host.is_loop_thread() && host.now() > Duration::ZERO);
                host.warn(text);
                did.send(()).unwrap();
            }
        });
        Ok(Self { work: Some(work), done, thread: Some(thread) })
    }
}

impl Drop for Threaded {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Threaded {
    fn work(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Result<Outcome, Error> {
        let text = String::from_utf8_lossy(request.data()).into_owned();
        let work = self.work.as_ref().ok_or_else(|| Error::internal("no thread"))?;
        work.send(text).map_err(Error::internal)?;
        self.done.recv().map_err(Error::internal)?;
        Ok(Outcome::Reply)
    }
}

hotframe_plugin_api::plugin! {
    Threaded,
    name: "threaded",
    handlers: { "work" => Threaded::work },
}

#[test]
fn handles_work_on_any_thread_and_fall_silent_with_the_plugin() {
    let mut plugin = TestHost::new().load::<Threaded>().unwrap();
    assert_eq!(plugin.call("work", "from afar").reply(), b"");
    assert_eq!(plugin.log()[0].text, "from afar");
    drop(plugin);
    assert!(TestHost::new().config("refuse").load::<Threaded>().is_err());

    let handles = GIVEN_AWAY.lock().unwrap();
    assert_eq!(handles.len(), 2);
    for host in handles.iter() {
        assert!(!host.is_logged(Level::Error));
        assert!(!host.is_loop_thread());
        assert_eq!(host.now(), Duration::ZERO);
        host.error("nobody hears this");
    }
}
