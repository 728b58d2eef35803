//! Owns the threads on which one generation has its blocking work done.
//!
//! They are the generation's alone: joined before its code is unmapped, they take every
//! thread-local value that its jobs have made with them.
#![allow(unsafe_code)]
use std::collections::VecDeque;
use std::ffi::c_void;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use hotframe_plugin_api::abi::{hf_done_fn, hf_job_fn};

use super::duty::{self, Act};
use super::inbox::Inbox;

/// So many threads a generation may have.
const MOST_THREADS: usize = 4;
/// So many of its jobs may wait.
const MOST_WAITING: usize = 1024;

/// The workers of one generation; none until there is work.
#[derive(Debug, Default)]
pub(super) struct Workers {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// There is a job, or none will come any more.
    ready: Condvar,
    /// A job has run.
    ran: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// Threads that wait for a job.
    idle: usize,
    /// Jobs that wait or run, until their end is told.
    undone: usize,
    /// The same, until what follows them on the loop has run.
    open: usize,
    closed: bool,
}

/// A pointer of a plugin's that is only handed back to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opaque(pub *mut c_void);

// SAFETY: it is never followed by us; the plugin hands it over to be used on another thread.
unsafe impl Send for Opaque {}

/// One piece of work.
#[derive(Debug)]
pub(super) struct Job {
    pub run: hf_job_fn,
    pub arg: Opaque,
    pub done: Option<hf_done_fn>,
    pub done_arg: Opaque,
}

/// A job that has run: what follows it on the loop.
#[derive(Debug)]
pub(super) struct Ended {
    pub generation: u64,
    pub done: Option<hf_done_fn>,
    pub arg: Opaque,
}

/// Why a job is not taken.
#[derive(Debug)]
pub(super) enum Declined {
    /// Too many wait.
    Busy,
    /// The generation is at its end.
    Closed,
    /// There is no thread for it.
    NoThread(io::Error),
}

impl Workers {
    /// Has `job` run, and its end put into `inbox` in the name of `generation`.
    pub fn take(&self, job: Job, generation: u64, inbox: &Arc<Inbox>) -> Result<(), Declined> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let mut queue = self.shared.lock();
        if queue.closed {
            return Err(Declined::Closed);
        }
        if queue.waiting.len() >= MOST_WAITING {
            return Err(Declined::Busy);
        }
        if queue.waiting.len() >= queue.idle && threads.len() < MOST_THREADS {
            match self.spawn(generation, inbox) {
                Ok(thread) => threads.push(thread),
                // Those that are there do it, if later.
                Err(_) if !threads.is_empty() => {}
                Err(error) => return Err(Declined::NoThread(error)),
            }
        }
        queue.waiting.push_back(job);
        queue.undone += 1;
        queue.open += 1;
        drop(queue);
        self.shared.ready.notify_one();
        Ok(())
    }

    /// Whether no job waits, runs, or has its end still to come.
    pub fn is_idle(&self) -> bool {
        self.shared.lock().open == 0
    }

    /// What follows a job has run.
    pub fn follow_up(&self) {
        let mut queue = self.shared.lock();
        queue.open = queue.open.saturating_sub(1);
    }

    /// Waits until no job waits or runs; false if that is not so by `deadline`.
    pub fn wait(&self, deadline: Instant) -> bool {
        let mut queue = self.shared.lock();
        while queue.undone > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.shared.ran.wait_timeout(queue, left);
            queue = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes no job any more. What waits still runs.
    pub fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.ready.notify_all();
    }

    /// Closes, and waits for the end of all threads, unless a job still runs: then false. Not on
    /// the loop's thread.
    pub fn retire(&self) -> bool {
        self.close();
        if self.shared.lock().undone > 0 {
            return false;
        }
        let threads = {
            let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *threads)
        };
        for thread in threads {
            if thread.join().is_err() {
                log::error!("a worker thread panicked");
            }
        }
        true
    }

    fn spawn(&self, generation: u64, inbox: &Arc<Inbox>) -> io::Result<JoinHandle<()>> {
        let (shared, inbox) = (Arc::clone(&self.shared), Arc::clone(inbox));
        let name = format!("hf-worker-{generation}");
        thread::Builder::new().name(name).spawn(move || shared.work(generation, &inbox))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread: jobs until none will come any more.
    fn work(&self, generation: u64, inbox: &Inbox) {
        while let Some(Job { run, arg, done, done_arg }) = self.next() {
            // SAFETY: a function of the plugin and the pointer that goes with it; its code stays
            // mapped because it is unmapped only after this thread was joined.
            duty::aside(generation, Act::Job, || unsafe { run(arg.0) });
            inbox.end(Ended { generation, done, arg: done_arg });
            self.lock().undone -= 1;
            self.ran.notify_all();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        queue.idle += 1;
        while queue.waiting.is_empty() && !queue.closed {
            queue = self.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.idle -= 1;
        queue.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::super::batch::Batch;
    use super::*;

    static RUN: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn count(_: *mut c_void) {
        RUN.fetch_add(1, Ordering::SeqCst);
    }

    fn job() -> Job {
        let nothing = Opaque(std::ptr::null_mut());
        Job { run: count, arg: nothing, done: None, done_arg: nothing }
    }

    #[test]
    fn jobs_run_on_few_threads_and_every_end_is_told() {
        let (workers, inbox) = (Workers::default(), Arc::new(Inbox::new(|| {})));
        assert!(workers.is_idle());
        for _ in 0..500 {
            workers.take(job(), 3, &inbox).unwrap();
        }
        assert!(workers.wait(Instant::now() + Duration::from_secs(20)));
        assert!((1..=MOST_THREADS).contains(&workers.threads.lock().unwrap().len()));
        assert!(workers.retire());
        assert_eq!(RUN.load(Ordering::SeqCst), 500);
        let ended = inbox.take(Batch::default()).ended;
        assert!(ended.len() == 500 && ended.iter().all(|ended| ended.generation == 3));
        assert!(!workers.is_idle(), "what follows has not run");
        ended.iter().for_each(|_| workers.follow_up());
        assert!(workers.is_idle());
        assert!(matches!(workers.take(job(), 3, &inbox), Err(Declined::Closed)));
    }
}
