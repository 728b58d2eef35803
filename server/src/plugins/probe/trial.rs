//! Owns what the process of a trial does: it bounds itself, then lets the plugin live once.
#![allow(unsafe_code)]
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal};

use super::report::{Stage, write_stage, write_verdict};
use crate::plugins::batch::Batch;
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::generation::{Instance, Loaded, Occasion};
use crate::plugins::inbox::Inbox;
use crate::plugins::preflight::Preflight;
use crate::plugins::shadow::ShadowFile;

/// What a trial may use at the most.
const LIMITS: [(Resource, u64); 4] = [
    (Resource::Core, 0),
    (Resource::Nofile, 256),
    // Seconds; the server ends it earlier by the clock.
    (Resource::Cpu, 10),
    // Of addresses, in bytes.
    (Resource::As, 8 << 30),
];

/// Tries out the library at `copy`, with the configuration from standard input, and ends the
/// process. To be called before this process has opened anything or started a thread.
pub fn run(copy: &Path) -> ! {
    let code = match prepare() {
        Ok((mut out, config)) => {
            let verdict = try_out(copy, &config, &mut out);
            i32::from(write_verdict(&mut out, &verdict).is_err())
        }
        Err(_) => 1,
    };
    end(code)
}

/// Ends the process.
pub(in crate::plugins) fn end(code: i32) -> ! {
    // SAFETY: ends the process. What others have registered for its end is left out on purpose:
    // the verdict is given, and nothing of the plugin is to run after it.
    unsafe { libc::_exit(code) }
}

/// Bounds the process. Returns where to report, and what is on its standard input.
pub(in crate::plugins) fn prepare() -> io::Result<(File, String)> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // SAFETY: closes what a careless parent left open. Nothing of this process is among it: it
    // has opened nothing yet but the three below.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    // AddressSanitizer has reserved more addresses than that.
    let bounded =
        |(resource, _): &(Resource, u64)| !cfg!(hotframe_asan) || *resource != Resource::As;
    for (resource, limit) in LIMITS.into_iter().filter(bounded) {
        let limit = Some(limit);
        rustix::process::setrlimit(resource, Rlimit { current: limit, maximum: limit })?;
    }
    let mut config = String::new();
    io::stdin().read_to_string(&mut config)?;
    // What the plugin prints must not be taken for a verdict.
    let out = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((File::from(out), config))
}

fn try_out(copy: &Path, config: &str, out: &mut File) -> Result<(), Fault> {
    // Nobody to tell it to is no reason to go on otherwise: the server is gone then.
    let mut begin = |stage| {
        write_stage(out, stage).map_err(|error| Defect::ProbeUnavailable.because(error.to_string()))
    };
    let unreadable = |error: io::Error| Defect::ProbeUnavailable.because(error.to_string());
    let bytes = std::fs::read(copy).map_err(unreadable)?;
    let preflight = Preflight::read(&bytes)?;
    begin(Stage::Load)?;
    let shadow = ShadowFile::of_another(copy);
    let loaded = Loaded::open(copy, shadow, preflight, String::new(), Instant::now())?;
    begin(Stage::Judge)?;
    loaded.judge(config)?;
    begin(Stage::Create)?;
    let inbox = Arc::new(Inbox::new(|| {}));
    let instance = loaded.create(config, Occasion::Trial, &inbox).map_err(|failed| {
        let refusal = failed.refusal;
        refusal.defect.because(refusal.message)
    })?;
    begin(Stage::SelfTest)?;
    instance.steps().self_test()?;
    finish_jobs(&instance, &inbox);
    begin(Stage::Destroy)?;
    let unloading = instance.destroy();
    begin(Stage::Unload)?;
    // What lingers ends with this process.
    drop(unloading.unload());
    Ok(())
}

/// Has the jobs done that `create` has given; who watches this process bounds the time.
fn finish_jobs(instance: &Instance, inbox: &Inbox) {
    let context = instance.context();
    let workers = context.backroom().workers();
    while !workers.is_idle() {
        workers.wait(Instant::now() + Duration::from_secs(1));
        for ended in inbox.take(Batch::default()).ended {
            instance.hooks().follow_up(ended.done, ended.arg);
        }
    }
}
