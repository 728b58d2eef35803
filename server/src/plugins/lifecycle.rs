//! Owns the calls of a plugin's lifecycle: what it says about its configuration and its health,
//! and what it is told about its begin and its end.
#![allow(unsafe_code)]
use std::ffi::c_void;
use std::ptr;

use hotframe_plugin_api::abi::{
    HF_OK, HF_UNSUPPORTED, hf_findings, hf_lifecycle, hf_str, table_size,
};

use super::defect::{Defect, Fault};
use super::duty::{Act, BadgeRef};
use super::host_table::{CREATE, ContextRef};

/// The most mistakes of one configuration that are kept.
const MAX_FINDINGS: usize = 32;
/// The longest key and the longest text of one that are kept, in bytes.
const MAX_KEY: usize = 128;
const MAX_TEXT: usize = 400;

/// A mistake in a plugin's configuration, in the plugin's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The dotted key that is meant; one that is not there stands for the whole table.
    pub key: String,
    /// What is wrong with it.
    pub text: String,
}

/// What came of a configuration for a plugin that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reconfigured {
    /// It serves with it.
    Taken,
    /// It needs a new instance for it.
    NeedsReload,
}

/// The lifecycle of one live instance; what it does not provide is passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps {
    functions: Option<hf_lifecycle>,
    instance: *mut c_void,
    context: ContextRef,
    badge: BadgeRef,
}

/// A step without an argument.
type Step = unsafe extern "C" fn(*mut c_void) -> i32;

impl Steps {
    /// Those of the instance that a plugin with these functions has made. To be used only while
    /// it lives, on the loop thread, and never inside another call of the plugin.
    pub fn new(
        functions: Option<hf_lifecycle>,
        instance: *mut c_void,
        context: ContextRef,
        badge: BadgeRef,
    ) -> Self {
        Self { functions, instance, context, badge }
    }

    /// Whether the fresh instance says that it would serve.
    pub fn self_test(&self) -> Result<(), Fault> {
        self.step(self.functions.and_then(|it| it.self_test), Defect::SelfTestFailed, "self_test")
    }

    /// State is loaded, and requests come next.
    pub fn start(&self) -> Result<(), Fault> {
        self.step(self.functions.and_then(|it| it.start), Defect::StartFailed, "start")
    }

    /// No new request comes.
    pub fn quiesce(&self) {
        if let Some(quiesce) = self.functions.and_then(|it| it.quiesce) {
            // SAFETY: a function of the plugin and what its `create` stored; see `new`.
            let call = || unsafe { quiesce(self.instance) };
            self.badge.duty(Act::Step).during(call);
        }
    }

    /// Hands over another configuration, which the plugin has not judged yet.
    pub fn reconfigure(&self, config: &str) -> Result<Reconfigured, Fault> {
        let Some(functions) = self.functions else {
            return Ok(Reconfigured::NeedsReload);
        };
        let Some(reconfigure) = functions.reconfigure else {
            return Ok(Reconfigured::NeedsReload);
        };
        judge(&functions, config)?;
        // SAFETY: as in `quiesce`, with a text that lives for the call.
        let call = || unsafe { reconfigure(self.instance, hf_str::new(config)) };
        let returned = self.badge.duty(Act::Step).during(call);
        let said = self.said("reconfigure", returned);
        match returned {
            HF_OK => Ok(Reconfigured::Taken),
            HF_UNSUPPORTED => Ok(Reconfigured::NeedsReload),
            _ => Err(refused(vec![Mistake { key: String::new(), text: said }])),
        }
    }

    fn step(&self, step: Option<Step>, defect: Defect, name: &str) -> Result<(), Fault> {
        let Some(step) = step else {
            return Ok(());
        };
        // SAFETY: as in `quiesce`.
        let call = || unsafe { step(self.instance) };
        let returned = self.badge.duty(Act::Step).during(call);
        let said = self.said(name, returned);
        if returned == HF_OK { Ok(()) } else { Err(defect.because(said)) }
    }

    /// The plugin's own words for what it returned, or ours.
    fn said(&self, function: &str, returned: i32) -> String {
        let mut said = format!("{function} returned {returned}");
        self.context.take_error(CREATE, |_, text| text.clone_into(&mut said));
        said
    }
}

/// What the plugin finds wrong with a configuration. Its function is pure: any thread may call it.
pub(super) fn judge(functions: &hf_lifecycle, config: &str) -> Result<(), Fault> {
    let Some(validate) = functions.validate_config else {
        return Ok(());
    };
    let mut found: Vec<Mistake> = Vec::new();
    let findings = hf_findings {
        size: table_size::<hf_findings>(),
        reserved: 0,
        context: ptr::from_mut(&mut found).cast(),
        wrong,
    };
    // SAFETY: a function of a mapped library, with a text and a table that live for the call.
    let returned = unsafe { validate(hf_str::new(config), &raw const findings) };
    if returned != HF_OK && found.is_empty() {
        let text = format!("validate_config returned {returned} and named no key");
        found.push(Mistake { key: String::new(), text });
    }
    if found.is_empty() { Ok(()) } else { Err(refused(found)) }
}

/// The fault of a configuration with these mistakes.
fn refused(findings: Vec<Mistake>) -> Fault {
    let words = findings.iter().map(|Mistake { key, text }| match key.as_str() {
        "" => text.clone(),
        key => format!("{key}: {text}"),
    });
    let message = words.collect::<Vec<_>>().join("; ");
    Fault { findings, ..Defect::ConfigRefused.because(message) }
}

unsafe extern "C" fn wrong(findings: *const hf_findings, key: hf_str, text: hf_str) {
    // SAFETY: the header asks the plugin to pass what it was lent.
    let Some(findings) = (unsafe { findings.as_ref() }) else {
        return;
    };
    // SAFETY: `judge` set it to its list, which nobody else refers to during the call; a plugin
    // only has const access to it.
    let Some(found) = (unsafe { findings.context.cast::<Vec<Mistake>>().as_mut() }) else {
        return;
    };
    if found.len() < MAX_FINDINGS {
        // SAFETY: the header asks for texts that are readable during the call.
        let key = unsafe { key.as_slice() };
        // SAFETY: as above.
        let text = unsafe { text.as_slice() };
        found.push(Mistake { key: kept(key, MAX_KEY), text: kept(text, MAX_TEXT) });
    }
}

/// The beginning of a plugin's text, on one line.
fn kept(text: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(text.get(..most).unwrap_or(text));
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
