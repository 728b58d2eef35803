//! The steps of a plugin's life, as a server takes them.

use core::ffi::c_void;
use core::ptr;

use super::{Loaded, Refused};
use crate::abi::{
    HF_CONFIG, HF_LIFECYCLE, HF_OK, HF_UNSUPPORTED, hf_findings, hf_lifecycle, hf_str, table_size,
};
use crate::export::Exported;

/// A mistake in a configuration: the key that is meant, and what is wrong with it.
pub type Finding = (String, String);

/// What the plugin finds wrong with a configuration, the text of a JSON object; nothing if it has
/// no way to judge one. No instance is made.
pub fn validate<P: Exported>(config: &str) -> Vec<Finding> {
    findings::<P>(config).1
}

/// As [`validate`], as a reason not to load.
pub(super) fn judge<P: Exported>(config: &str) -> Result<(), Refused> {
    let (returned, findings) = findings::<P>(config);
    if returned == HF_OK && findings.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = findings.iter().map(|(key, text)| format!("{key}: {text}")).collect();
    let returned = if returned == HF_OK { HF_CONFIG } else { returned };
    Err(Refused { text: lines.join("\n"), returned, log: Vec::new() })
}

fn findings<P: Exported>(config: &str) -> (i32, Vec<Finding>) {
    let mut found: Vec<Finding> = Vec::new();
    let raw = hf_findings {
        size: table_size::<hf_findings>(),
        reserved: 0,
        context: ptr::from_mut(&mut found).cast(),
        wrong,
    };
    let find = P::table().extension.expect("the SDK provides `extension`");
    // SAFETY: the SDK's own function, with a text that lives for the call.
    let table = unsafe { find(hf_str::new(HF_LIFECYCLE)) };
    // SAFETY: null, or the static table that the header gives for this id.
    let table = unsafe { table.cast::<hf_lifecycle>().as_ref() };
    let Some(validate) = table.and_then(|table| table.validate_config) else {
        return (HF_OK, Vec::new());
    };
    // SAFETY: the plugin's own function, with what lives for the call.
    let returned = unsafe { validate(hf_str::new(config), &raw) };
    (returned, found)
}

unsafe extern "C" fn wrong(findings: *const hf_findings, key: hf_str, text: hf_str) {
    // SAFETY: the plugin passes what it was lent.
    let context = unsafe { (*findings).context };
    // SAFETY: behind it is our list, which nobody else refers to during the call.
    let found = unsafe { &mut *context.cast::<Vec<Finding>>() };
    // SAFETY: the plugin lends both texts for the call.
    let copied = |text: hf_str| String::from_utf8_lossy(unsafe { text.as_slice() }).into_owned();
    found.push((copied(key), copied(text)));
}

impl<P: Exported> Loaded<P> {
    /// Hands the plugin another configuration while it runs. `Ok(false)`: it cannot take one so,
    /// and a server would reload it.
    ///
    /// # Errors
    /// What it finds wrong with the configuration, or why it does not take it.
    pub fn reconfigure(&mut self, config: &str) -> Result<bool, Refused> {
        judge::<P>(config)?;
        let table = self.extension::<hf_lifecycle>(HF_LIFECYCLE);
        let Some(reconfigure) = table.and_then(|table| table.reconfigure) else {
            return Ok(false);
        };
        let returned = self.enter(|instance| {
            // SAFETY: the plugin's own function and instance, with a text that lives for the
            // call. The same below.
            unsafe { reconfigure(instance, hf_str::new(config)) }
        });
        match self.judge(returned) {
            Err(_) if returned == HF_UNSUPPORTED => Ok(false),
            judged => judged.map(|()| true),
        }
    }

    /// Tells the plugin that no new request comes.
    pub fn quiesce(&mut self) {
        let table = self.extension::<hf_lifecycle>(HF_LIFECYCLE);
        if let Some(quiesce) = table.and_then(|table| table.quiesce) {
            // SAFETY: as in `reconfigure`.
            self.enter(|instance| unsafe { quiesce(instance) });
        }
    }

    /// Whether the plugin says that it would serve.
    pub(super) fn self_test(&mut self) -> Result<(), Refused> {
        self.step(|table| table.self_test)
    }

    /// Lets the plugin begin.
    pub(super) fn start(&mut self) -> Result<(), Refused> {
        self.step(|table| table.start)
    }

    fn step(&mut self, which: fn(&hf_lifecycle) -> Option<Step>) -> Result<(), Refused> {
        let Some(step) = self.extension::<hf_lifecycle>(HF_LIFECYCLE).and_then(which) else {
            return Ok(());
        };
        // SAFETY: as in `reconfigure`.
        let returned = self.enter(|instance| unsafe { step(instance) });
        self.judge(returned)
    }
}

impl<P> Loaded<P> {
    /// What a function returned, with what the plugin has said about it.
    pub(super) fn judge(&self, returned: i32) -> Result<(), Refused> {
        let said = self.context.take_error();
        if returned == HF_OK {
            return Ok(());
        }
        let (_, text) = said.unwrap_or_default();
        Err(Refused { text, returned, log: self.context.log() })
    }

    /// Calls a function of the plugin with its instance.
    pub(super) fn enter<R>(&mut self, call: impl FnOnce(*mut c_void) -> R) -> R {
        let instance = self.instance;
        self.context.run(|| call(instance))
    }
}

/// A step without an argument.
type Step = unsafe extern "C" fn(*mut c_void) -> i32;
