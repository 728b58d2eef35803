//! The one export, called as a server calls it.
#![allow(unsafe_code, reason = "plays the host's side of the C interface")]
#![allow(clippy::unwrap_used)]

use core::ffi::c_void;
use core::ptr;
use std::sync::Mutex;

use hotframe_plugin_api::abi::*;
use hotframe_plugin_api::prelude::*;

struct Fragile;

impl Plugin for Fragile {
    fn create(_: &Create<'_>) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Fragile {
    fn breaks(&mut self, request: &Request<'_>, _: &mut Reply<'_>) -> Outcome {
        panic!("at {} bytes", request.data().len());
    }
}

hotframe_plugin_api::plugin! {
    Fragile,
    name: "fragile",
    handlers: { "breaks" => Fragile::breaks },
}

unsafe extern "C" {
    fn hotframe_plugin_v1(host: *const hf_host) -> *const hf_plugin;
}

/// What was logged.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

unsafe extern "C" fn log(_: *const hf_host, level: u32, text: hf_str) {
    assert_eq!(level, HF_LOG_ERROR);
    // SAFETY: the plugin lends the text for this call.
    let text = String::from_utf8_lossy(unsafe { text.as_slice() }).into_owned();
    LOG.lock().unwrap().push(text);
}

unsafe extern "C" fn no(_: *const hf_host, _: u32) -> i32 {
    0
}

unsafe extern "C" fn set_error(_: *const hf_host, _: u32, _: hf_str) -> i32 {
    HF_OK
}

unsafe extern "C" fn now_ns(_: *const hf_host) -> u64 {
    1
}

unsafe extern "C" fn is_loop_thread(_: *const hf_host) -> i32 {
    1
}

unsafe extern "C" fn extension(_: *const hf_host, _: hf_str) -> *const c_void {
    ptr::null()
}

unsafe extern "C" fn defer(_: *const hf_host, _: *const hf_request, _: u64) -> hf_token {
    0
}

unsafe extern "C" fn complete(_: *const hf_host, _: hf_token, _: i32, _: hf_bytes) -> i32 {
    HF_STALE
}

unsafe extern "C" fn timer_start(_: *const hf_host, _: u64, _: u64, _: u64) -> hf_timer {
    0
}

unsafe extern "C" fn timer_stop(_: *const hf_host, _: hf_timer) -> i32 {
    HF_STALE
}

unsafe extern "C" fn wake(_: *const hf_host) -> i32 {
    HF_OK
}

unsafe extern "C" fn run_blocking(
    _: *const hf_host,
    _: Option<hf_job_fn>,
    _: *mut c_void,
    _: Option<hf_done_fn>,
    _: *mut c_void,
) -> i32 {
    HF_BUSY
}

const HOST: hf_host = hf_host {
    size: HF_HOST_SIZE,
    abi_major: HF_ABI_MAJOR,
    abi_minor: HF_ABI_MINOR,
    context: ptr::null_mut(),
    log,
    log_enabled: no,
    set_error,
    now_ns,
    is_loop_thread,
    extension,
    defer,
    complete,
    timer_start,
    timer_stop,
    wake,
    run_blocking,
};

#[test]
fn another_major_and_a_torn_table_are_refused() {
    for host in [
        hf_host { abi_major: 2, ..HOST },
        hf_host { abi_major: 0, ..HOST },
        hf_host { size: HF_HOST_SIZE - 1, ..HOST },
    ] {
        // SAFETY: a whole table, whatever it says about itself.
        assert!(unsafe { hotframe_plugin_v1(&host) }.is_null(), "{host:?}");
    }
    // SAFETY: null is allowed.
    assert!(unsafe { hotframe_plugin_v1(ptr::null()) }.is_null());
}

#[test]
fn a_later_minor_is_taken_and_panics_reach_its_log() {
    let host = hf_host { size: HF_HOST_SIZE + 64, abi_minor: HF_ABI_MINOR + 3, ..HOST };
    // SAFETY: longer than it is, but the plugin reads what it knows.
    let table = unsafe { hotframe_plugin_v1(&host) };
    // SAFETY: static, or null.
    let table = unsafe { table.as_ref() }.unwrap();
    assert_eq!((table.size, table.handler_count), (table_size::<hf_plugin>(), 1));

    let create = hf_create {
        size: table_size::<hf_create>(),
        reason: HF_CREATE_FIRST,
        host: &host,
        config: hf_str::EMPTY,
        generation: 1,
        previous_version: hf_str::EMPTY,
    };
    let mut instance = ptr::null_mut();
    // SAFETY: all that is lent outlives the instance.
    let returned = unsafe { table.create.unwrap()(&create, &mut instance) };
    assert_eq!(returned, HF_OK);

    let mut room = [0; 255];
    // Null and no bytes is a legal request.
    let request = hf_request {
        size: table_size::<hf_request>(),
        flags: 0,
        conn: 1,
        request_id: 1,
        now_ns: 1,
        data: ptr::null(),
        len: 0,
        command: 0x0100,
        address: 0,
        reserved: 0,
        deadline_ns: 0,
    };
    let mut reply = hf_reply {
        size: table_size::<hf_reply>(),
        cap: HF_MAX_DATA,
        buf: room.as_mut_ptr(),
        len: 0,
        command: 0x8100,
        address: 0,
        reserved: 0,
    };
    // SAFETY: the table has one handler.
    let handler = unsafe { &*table.handlers };
    // SAFETY: a live instance, request and reply.
    let returned = unsafe { handler.call.unwrap()(instance, &request, &mut reply) };
    assert_eq!(returned, HF_PANICKED);
    // SAFETY: the last call for the instance.
    unsafe { table.destroy.unwrap()(instance) };

    let lines = LOG.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with(": at 0 bytes"), "{lines:?}");
}
