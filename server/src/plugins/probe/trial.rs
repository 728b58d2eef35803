//! Owns what the process of a trial does: it bounds itself, then lets the plugin live once.
#![allow(unsafe_code)]
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::FileType;
use rustix::process::{Resource, Rlimit, Signal};

use super::report::{Stage, write_stage, write_verdict};
use super::sample::{Next, read_next, read_version};
use super::talk::{LOADED, write_question};
use crate::courtesy;
use crate::plugins::batch::Batch;
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::duty;
use crate::plugins::generation::{Instance, Loaded, Occasion};
use crate::plugins::inbox::Inbox;
use crate::plugins::preflight::Preflight;
use crate::plugins::shadow::ShadowFile;
use crate::plugins::state::Claims;

/// What a trial may use at the most.
const LIMITS: [(Resource, u64); 4] = [
    (Resource::Core, 0),
    (Resource::Nofile, 256),
    // Seconds; the server ends it earlier by the clock.
    (Resource::Cpu, 60),
    // Of addresses, in bytes.
    (Resource::As, 8 << 30),
];

/// Jobs that the plugin has begun with are waited for so long.
const TO_FINISH: Duration = Duration::from_millis(500);

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
    // Here this thread is the loop's: what the plugin has started on it is started for the plugin.
    duty::note_loop_thread();
    courtesy::stand_back();
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // SAFETY: closes what a careless parent left open. Nothing of this process is among it: it
    // has opened nothing yet but the three below.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    // AddressSanitizer has reserved more addresses and memory than a trial may have.
    let is_bounded = |resource| !cfg!(hotframe_asan) || resource != Resource::As;
    for (resource, limit) in LIMITS.into_iter().filter(|(resource, _)| is_bounded(*resource)) {
        let limit = Some(limit);
        rustix::process::setrlimit(resource, Rlimit { current: limit, maximum: limit })?;
    }
    if !cfg!(hotframe_asan) {
        limit_memory()?;
    }
    let mut config = String::new();
    io::stdin().read_to_string(&mut config)?;
    // What the plugin prints must not be taken for a verdict.
    let out = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((File::from(out), config))
}

/// Leaves the machine half of its memory, and has this process ended first where all is used up.
fn limit_memory() -> io::Result<()> {
    let info = rustix::system::sysinfo();
    let all = info.totalram;
    let half = Some(all.saturating_mul(u64::from(info.mem_unit)) / 2);
    rustix::process::setrlimit(Resource::Data, Rlimit { current: half, maximum: half })?;
    // Advice to the kernel, which a container may forbid.
    let _is_taken = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

/// Says that a step begins. Nobody to tell it to is no reason to go on otherwise: the server is
/// gone then.
fn begin(out: &mut File, stage: Stage) -> Result<(), Fault> {
    write_stage(out, stage).map_err(unavailable)
}

fn unavailable(error: io::Error) -> Fault {
    Defect::ProbeUnavailable.because(error.to_string())
}

fn try_out(copy: &Path, config: &str, out: &mut File) -> Result<(), Fault> {
    let bytes = std::fs::read(copy).map_err(unavailable)?;
    let preflight = Preflight::read(&bytes)?;
    begin(out, Stage::Load)?;
    let shadow = ShadowFile::of_another(copy);
    let loaded = Loaded::open(copy, shadow, preflight, String::new(), Instant::now())?;
    begin(out, Stage::Judge)?;
    loaded.judge(config)?;
    begin(out, Stage::Create)?;
    let inbox = Arc::new(Inbox::new(|| {}));
    let instance = loaded.create(config, Occasion::Trial, &inbox).map_err(|failed| {
        let refusal = failed.refusal;
        refusal.defect.because(refusal.message)
    })?;
    begin(out, Stage::SelfTest)?;
    instance.steps().self_test()?;
    while !finish_jobs(&instance, &inbox, Duration::from_secs(1)) {}
    if load_state(&instance, &inbox, out)? {
        begin(out, Stage::Start)?;
        instance.steps().start()?;
        begin(out, Stage::Quiesce)?;
        instance.steps().quiesce();
    }
    if !finish_jobs(&instance, &inbox, TO_FINISH) {
        // What the plugin has begun with may take long, in the server, too.
        return Ok(());
    }
    begin(out, Stage::Destroy)?;
    let unloading = instance.destroy();
    begin(out, Stage::Unload)?;
    // What lingers ends with this process.
    drop(unloading.unload());
    Ok(())
}

/// Loads the state of what serves, if there is some; whether the plugin can begin: it cannot with
/// a part of it.
fn load_state(instance: &Instance, inbox: &Inbox, out: &mut File) -> Result<bool, Fault> {
    let Some(keeper) = instance.keeper() else {
        return Ok(true);
    };
    let kind = rustix::fs::fstat(&*out).map_err(|errno| unavailable(errno.into()))?.st_mode;
    if !FileType::from_raw_mode(kind).is_socket() {
        // A person has started it, to look at it.
        return Ok(true);
    }
    write_question(out, keeper.forms()).map_err(unavailable)?;
    let Some(version) = read_version(out).map_err(unavailable)? else {
        return Ok(true);
    };
    begin(out, Stage::LoadState(version))?;
    loop {
        match read_next(out).map_err(unavailable)? {
            Next::Slice(slice) => {
                // Nobody waits for answers here: every token has become void.
                let mut claims = Claims { inbox, of: 0, tokens: &mut Vec::new() };
                keeper.load(version, &slice, Some(&mut claims))?;
                writeln!(out, "{LOADED}").map_err(unavailable)?;
            }
            Next::Whole => return Ok(true),
            Next::Cut => return Ok(false),
        }
    }
}

/// Has the jobs done that the plugin has given, for so long; whether all are.
fn finish_jobs(instance: &Instance, inbox: &Inbox, patience: Duration) -> bool {
    let context = instance.context();
    let workers = context.backroom().workers();
    let until = Instant::now() + patience;
    while !workers.is_idle() {
        let is_done = workers.wait(until);
        for ended in inbox.take(Batch::default()).ended {
            instance.hooks().follow_up(ended.done, ended.arg);
        }
        if !is_done {
            return false;
        }
    }
    true
}
