//! The header, its mirror and the recorded layout say the same.
//!
//! `layout/1.0.txt` has a line for each field (`struct.field offset size`), struct and constant.
//! A later minor adds fields, and with them to the size of a struct; the line of a field or a
//! constant that has been released never changes.
#![allow(clippy::unwrap_used)]

mod compiler;

use std::mem::offset_of;
use std::process::Command;

use hotframe_plugin_api::abi::*;

const RECORDED: &str = include_str!("../layout/1.0.txt");

/// The size of the field that `_field` leads to.
fn size_of_field<T, F>(_field: impl Fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layout {
    ($($name:ident { $($field:ident)* })*) => {{
        let mut lines = Vec::new();
        $(
            $(lines.push(format!(
                concat!(stringify!($name), ".", stringify!($field), " {} {}"),
                offset_of!($name, $field),
                size_of_field(|it: &$name| &it.$field),
            ));)*
            lines.push(format!(concat!(stringify!($name), " {}"), size_of::<$name>()));
        )*
        lines
    }};
}

macro_rules! constants {
    ($($name:ident)*) => { [$(format!(concat!(stringify!($name), " {}"), $name)),*] };
}

fn mirrored() -> Vec<String> {
    let mut lines = layout! {
        hf_bytes { ptr len }
        hf_str { ptr len }
        hf_request {
            size flags conn request_id now_ns data len command address reserved deadline_ns
        }
        hf_reply { size cap buf len command address reserved }
        hf_handler {
            name call flags default_command rsv min_len max_len soft_deadline_us reserved
        }
        hf_host {
            size abi_major abi_minor context
            log log_enabled set_error now_ns is_loop_thread extension
            defer complete timer_start timer_stop wake run_blocking
        }
        hf_create { size reason host config generation previous_version }
        hf_plugin {
            size abi_major abi_minor abi_minor_required flags reserved name version
            handlers handler_count handler_stride create destroy extension
            cancel on_timer on_wake
        }
        hf_findings { size reserved context wrong }
        hf_lifecycle {
            size reserved validate_config self_test reconfigure start quiesce
        }
        hf_sink { size reserved context write }
        hf_source { size reserved context len read adopt }
        hf_state { size schema version version_min save_state load_state save_abort }
        hf_conn_info {
            size peer_len listener_len client_len reserved conn session peer listener client
        }
        hf_peers { size reserved on_connection on_session on_answer on_push_refused }
        hf_push { size to id client data number address flags reserved }
        hf_push_host { size reserved event request conn_info conn_close }
        hf_trace_id { bytes }
        hf_trace { size reserved of_request of_token log }
        hf_label { name value }
        hf_metric_def { size kind name help labels bounds label_count bound_count }
        hf_metrics { size reserved define add set observe }
        hf_memory { size reserved heap }
        hf_credential { size reserved conn client credential peer deadline_ns }
        hf_auth { size reserved judge }
    };
    lines.extend(constants! {
        HF_ABI_MAJOR HF_ABI_MINOR HF_MAX_DATA
        HF_OK HF_REPLY HF_NO_REPLY HF_DEFERRED HF_NEXT HF_CLOSE
        HF_INVALID HF_UNSUPPORTED HF_BUSY HF_TOO_LARGE HF_TIMEOUT HF_INTERNAL HF_PANICKED
        HF_STATE_VERSION HF_CONFIG HF_NO_MEMORY HF_STALE HF_WRONG_THREAD HF_SHUTDOWN HF_DENIED
        HF_REQ_ISOLATED HF_REQ_REPLAYED HF_REQ_TRACE HF_REQ_EVENT
        HF_LOG_ERROR HF_LOG_WARN HF_LOG_INFO HF_LOG_DEBUG HF_LOG_TRACE
        HF_CREATE_FIRST HF_CREATE_RELOAD HF_CREATE_ROLLBACK HF_CREATE_PROBE
        HF_PLUGIN_THREADS HF_PLUGIN_STATEFUL HF_PLUGIN_WANTS_ISOLATION
        HF_PLUGIN_PANIC_ABORT HF_PLUGIN_CANNOT_UNLOAD
        HF_MORE
        HF_CONN_PRESENT HF_CONN_OPENED HF_CONN_CLOSED
        HF_SESSION_PRESENT HF_SESSION_UP HF_SESSION_RESUMED HF_SESSION_TAKEN_OVER HF_SESSION_DOWN
        HF_TO_CONN HF_TO_SESSION HF_TO_CLIENT HF_TO_CLIENTS HF_TO_ALL HF_PUSH_AHEAD
        HF_COUNTER HF_GAUGE HF_HISTOGRAM
    });
    lines
}

#[test]
fn the_mirror_is_as_recorded() {
    assert_eq!(mirrored().join("\n"), RECORDED.trim_end());
}

#[test]
fn the_compiled_header_is_as_recorded() {
    let Some(mut cc) = compiler::c() else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("layout");
    compiler::run(cc.arg("-std=c11").arg(compiler::source("layout.c")).arg("-o").arg(&program));
    let printed = Command::new(&program).output().unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), RECORDED);
}

/// What a host of another age has is told by the size of its table, in both languages.
#[test]
fn a_shorter_table_of_a_host_is_seen_for_what_it_is() {
    let languages =
        [(compiler::c(), &["-std=c11"][..]), (compiler::cxx(), &["-std=c++17", "-xc++"])];
    for (compiler, flags) in languages {
        let Some(mut compiler) = compiler else { continue };
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("short_host");
        let source = compiler::source("short_host.c");
        compiler::run(compiler.args(flags).arg(source).arg("-o").arg(&program));
        let printed = Command::new(&program).output().unwrap().stdout;
        let lines = "defer 0, run_blocking 0, refuses\ndefer 1, run_blocking 0, refuses\n\
                     defer 1, run_blocking 1, serves\ndefer 1, run_blocking 1, serves\n";
        assert_eq!(String::from_utf8(printed).unwrap(), lines);
    }
}

/// Padding would be a hole that a later field could fall into unnoticed, or a field that this
/// test has forgotten.
#[test]
fn fields_fill_their_structs() {
    let mut filled = 0;
    for line in RECORDED.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            [_, offset, size] => {
                assert_eq!(offset.parse::<usize>().unwrap(), filled, "{line}");
                filled += size.parse::<usize>().unwrap();
            }
            [name, size] if name.starts_with("hf_") => {
                assert_eq!(size.parse::<usize>().unwrap(), filled, "{line}");
                filled = 0;
            }
            _ => assert!(line.starts_with("HF_"), "{line}"),
        }
    }
}
