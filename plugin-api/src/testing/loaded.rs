//! A loaded plugin: calls go through its table, as a server's would.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr;
use core::time::Duration;
use std::sync::Arc;

use super::context::{Context, LogLine};
use super::later::Due;
use super::{Answer, Incoming, Refused, TestHost};
use crate::abi::{
    HF_CREATE_FIRST, HF_CREATE_PROBE, HF_CREATE_RELOAD, HF_CREATE_ROLLBACK, HF_DEFERRED,
    HF_MAX_DATA, HF_REQ_EVENT, hf_create, hf_handler, hf_host, hf_plugin, hf_reply, hf_request,
    hf_str, table_size,
};
use crate::export::Exported;
use crate::{Reason, TokenId};

/// The command word of a request whose handler has no default command.
const NO_DEFAULT: u16 = 0x3fff;
/// The kind bits of an event.
const EVENT: u16 = 0x4000;
/// The kind bits of a reply.
const REPLY: u16 = 0x8000;
/// The status code for data of a length that the handler does not take.
const BAD_REQUEST: u16 = 1001;

/// A plugin under test. Dropping it destroys the instance. It stays on the thread that loaded it,
/// as on a server.
#[derive(Debug)]
pub struct Loaded<P> {
    table: &'static hf_plugin,
    pub(super) instance: *mut c_void,
    /// Boxed: the plugin keeps its address.
    host: Box<hf_host>,
    pub(super) context: Arc<Context>,
    requests: u64,
    plugin: PhantomData<*mut P>,
}

impl<P: Exported> Loaded<P> {
    /// As a server does: the configuration is judged, an instance made and tested.
    pub(super) fn create(with: &TestHost) -> Result<Self, Refused> {
        super::lifecycle::judge::<P>(&with.config)?;
        let context = Context::new();
        let mut loaded = Self {
            table: P::table(),
            instance: ptr::null_mut(),
            host: Box::new(context.table()),
            context,
            requests: 0,
            plugin: PhantomData,
        };
        let create = hf_create {
            size: table_size::<hf_create>(),
            reason: match with.reason {
                Reason::First => HF_CREATE_FIRST,
                Reason::Reload => HF_CREATE_RELOAD,
                Reason::Rollback => HF_CREATE_ROLLBACK,
                Reason::Probe => HF_CREATE_PROBE,
            },
            host: &raw const *loaded.host,
            config: hf_str::new(&with.config),
            generation: with.generation,
            previous_version: hf_str::new(&with.previous_version),
        };
        let function = loaded.table.create.expect("the SDK provides `create`");
        let instance = &raw mut loaded.instance;
        let returned = loaded.context.run(|| {
            // SAFETY: all that `create` names outlives the call, the host's table outlives the
            // instance, and this is the only call of the plugin.
            unsafe { function(&create, instance) }
        });
        loaded.judge(returned)?;
        loaded.self_test()?;
        Ok(loaded)
    }

    /// The table of an extension; `None` if the plugin has none of this id.
    pub(super) fn extension<T>(&self, id: &str) -> Option<&'static T> {
        let find = self.table.extension.expect("the SDK provides `extension`");
        // SAFETY: the SDK's own function, with a text that lives for the call.
        let table = unsafe { find(hf_str::new(id)) };
        // SAFETY: null, or a static table of the type that the header gives for this id.
        unsafe { table.cast::<T>().as_ref() }
    }
}

impl<P> Loaded<P> {
    /// Calls a handler, as a request to its default command would. Data of a length that it does
    /// not take is answered 1001 without a call.
    ///
    /// # Panics
    /// If the plugin has no such handler, or the data has more than 255 bytes.
    pub fn call(&mut self, handler: &str, incoming: impl Into<Incoming>) -> Answer {
        let incoming = incoming.into();
        let handler = self
            .find(handler)
            .unwrap_or_else(|| panic!("no handler {handler:?} among {:?}", self.handlers()));
        let len = u32::try_from(incoming.data.len()).unwrap_or(u32::MAX);
        assert!(len <= HF_MAX_DATA, "a frame carries at most {HF_MAX_DATA} bytes");
        if !(handler.min_len..=handler.max_len).contains(&len) {
            return Answer::Error { code: BAD_REQUEST, text: String::new() };
        }
        self.requests += 1;
        self.answer(handler, &incoming, len)
    }

    /// What came for a token so far; `None` if nothing did.
    pub fn answer_to(&self, token: TokenId) -> Option<Answer> {
        self.context.later.answer(token.to_bits())
    }

    /// Waits for the answer to what was deferred. Threads of the plugin work meanwhile, and it is
    /// woken when they ask for that; time does not pass for its timers.
    ///
    /// # Panics
    /// If no answer comes.
    #[track_caller]
    pub fn wait(&mut self, token: TokenId) -> Answer {
        loop {
            if let Some(answer) = self.answer_to(token) {
                return answer;
            }
            let comes = self.context.later.wait(token.to_bits());
            assert!(comes, "nobody answers {token:?}");
            self.tell();
        }
    }

    /// Lets time pass: rings the timers and judges the timeouts that are due by then, each at its
    /// own moment.
    pub fn advance(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let end = self.context.now_ns().saturating_add(nanos);
        while let Some(next) = self.context.later.next().filter(|next| *next <= end) {
            self.context.move_to(next);
            self.tell();
        }
        self.context.move_to(end);
        self.tell();
    }

    /// The client behind a token is gone: the plugin is told, unless it has answered.
    pub fn cancel(&mut self, token: TokenId) {
        if self.context.later.cancel(token.to_bits()) {
            self.tell_one(Due::Cancel(token.to_bits()));
        }
    }

    /// A token of this instance is another's by now.
    pub(super) fn tell_cancelled(&mut self, token: u64) {
        self.tell_one(Due::Cancel(token));
    }

    /// Tells the plugin all that is due.
    fn tell(&mut self) {
        while let Some(due) = self.context.later.due(self.context.now_ns()) {
            self.tell_one(due);
        }
    }

    fn tell_one(&mut self, due: Due) {
        let (table, instance) = (self.table, self.instance);
        self.context.run(|| match due {
            Due::Timer(timer, user) => {
                let on_timer = table.on_timer.expect("the SDK provides `on_timer`");
                // SAFETY: a function of the plugin and its instance, which is alive; `self` is
                // borrowed mutably, so that nothing else runs in it. The same below.
                unsafe { on_timer(instance, timer, user) }
            }
            Due::Cancel(token) => {
                let cancel = table.cancel.expect("the SDK provides `cancel`");
                // SAFETY: as above.
                unsafe { cancel(instance, token) }
            }
            Due::Wake => {
                let on_wake = table.on_wake.expect("the SDK provides `on_wake`");
                // SAFETY: as above.
                unsafe { on_wake(instance) }
            }
            // SAFETY: as above, with the pointer that the plugin passed for it.
            Due::Done(done, arg) => unsafe { done(instance, arg) },
        });
    }

    /// Every line that the plugin has logged.
    pub fn log(&self) -> Vec<LogLine> {
        self.context.log()
    }

    /// The names of its handlers.
    pub fn handlers(&self) -> Vec<&'static str> {
        (0..self.table.handler_count).map(|index| name_of(self.handler(index))).collect()
    }

    /// The command number that a handler suggests.
    pub fn default_command(&self, handler: &str) -> Option<u16> {
        self.find(handler).map(|found| found.default_command).filter(|&number| number != 0)
    }

    fn answer(&self, handler: &hf_handler, incoming: &Incoming, len: u32) -> Answer {
        let number = match handler.default_command {
            0 => NO_DEFAULT,
            number => number,
        };
        let request = hf_request {
            size: table_size::<hf_request>(),
            flags: if incoming.is_event { HF_REQ_EVENT } else { 0 },
            conn: incoming.connection,
            request_id: self.requests,
            now_ns: self.context.now_ns(),
            data: incoming.data.as_ptr(),
            len,
            command: if incoming.is_event { number | EVENT } else { number },
            address: incoming.address,
            reserved: 0,
            deadline_ns: 0,
        };
        let mut room = vec![0xa5; HF_MAX_DATA as usize];
        let mut reply = hf_reply {
            size: table_size::<hf_reply>(),
            cap: HF_MAX_DATA,
            buf: room.as_mut_ptr(),
            len: 0,
            command: number | REPLY,
            address: incoming.address,
            reserved: 0,
        };
        let function = handler.call.expect("the SDK provides the function");
        let later = &self.context.later;
        later.lend(Some(&request));
        let returned = self.context.run(|| {
            // SAFETY: the instance is alive, `call` borrows it mutably so that nothing else
            // runs in it, and request and reply outlive the call.
            unsafe { function(self.instance, &request, &mut reply) }
        });
        let token = later.taken(returned == HF_DEFERRED);
        later.lend(None);
        if let Some(token) = token {
            return Answer::Deferred(TokenId::from_bits(token));
        }
        room.truncate(reply.len as usize);
        let reply = (reply.address, reply.command, room);
        Answer::judge(returned, self.context.take_error(), reply)
    }

    fn find(&self, name: &str) -> Option<&'static hf_handler> {
        (0..self.table.handler_count)
            .map(|index| self.handler(index))
            .find(|handler| name_of(handler) == name)
    }

    fn handler(&self, index: u32) -> &'static hf_handler {
        // SAFETY: the SDK made the table: its handlers are a static array, as dense as ours, and
        // callers keep `index` below the count.
        let handler = unsafe { self.table.handlers.add(index as usize) };
        // SAFETY: as above.
        unsafe { &*handler }
    }
}

impl<P> Drop for Loaded<P> {
    fn drop(&mut self) {
        self.context.later.wait_for_jobs();
        if self.instance.is_null() {
            return;
        }
        let function = self.table.destroy.expect("the SDK provides `destroy`");
        self.context.run(|| {
            // SAFETY: `create` made the instance, and this is the last call for it.
            unsafe { function(self.instance) }
        });
    }
}

fn name_of(handler: &hf_handler) -> &'static str {
    // SAFETY: the SDK made the table: its texts are static.
    core::str::from_utf8(unsafe { handler.name.as_slice() }).expect("the SDK's texts are UTF-8")
}
