//! Owns what is done with versions beyond what their files hold: set aside, gone back to, switched
//! off and on.
use std::path::Path;

use super::{Cause, Intake};
use crate::plugins::crash::Crash;
use crate::plugins::defect::{Defect, Fault};
use crate::plugins::event::PluginEvent;
use crate::plugins::generation::Loaded;
use crate::plugins::offers::Taken;
use crate::plugins::preflight::Preflight;
use crate::plugins::record::{Cause as Blame, Finding, KeptCopy};
use crate::plugins::refusal::Refusal;
use crate::plugins::roster::BringBack;
use crate::plugins::state::StateOrder;

impl<D: Fn(PluginEvent)> Intake<D> {
    /// A plugin is to be loaded from its file, even if that has not changed or was set aside.
    pub fn handle_reload(&mut self, plugin: &str) {
        self.record.forget_plugin(plugin);
        for path in self.offers.files_of(plugin) {
            self.take(&path, Cause::Demand);
        }
    }

    /// What serves of a plugin is to be loaded again, with its configuration of now.
    pub fn handle_renew(&mut self, plugin: &str) {
        for path in self.offers.providers(plugin) {
            let serving = self.offers.taken(&path).map(|taken| taken.sha256.clone());
            match serving.and_then(|sha256| self.kept.of(plugin, &sha256)) {
                Some(copy) if self.offers.is_set_aside(&path) => {
                    let renewed = match self.crowd.check(plugin) {
                        Ok(()) => self.load_copy(plugin, &path, &copy),
                        Err(fault) => Err(Refusal::new(&path, fault).of(plugin)),
                    };
                    self.deliver_restored(plugin, &path, renewed);
                }
                _ => self.take(&path, Cause::Demand),
            }
        }
    }

    /// The configuration of a plugin has changed: it is tried out with the copy that serves. What
    /// has none is loaded again.
    pub fn handle_reconfigure(&mut self, plugin: &str) {
        let copy = self.copies.get(plugin).filter(|copy| copy.exists());
        let Some((copy, path)) = copy.zip(self.offers.provider(plugin)) else {
            self.handle_renew(plugin);
            return;
        };
        (self.deliver)(match self.loader.try_out(plugin, copy, None) {
            Ok(_was_tried) => PluginEvent::Configured {
                plugin: plugin.to_owned(),
                config: Box::new(self.loader.config_of(plugin)),
            },
            Err(fault) => PluginEvent::Refused(Box::new(Refusal::new(path, fault).of(plugin))),
        });
    }

    /// The loop has state to be kept, or to be moved out of the way.
    pub fn handle_state(&self, order: StateOrder) {
        let plugin = match &order {
            StateOrder::Keep(kept) => Some(kept.plugin.clone()),
            StateOrder::SetAside(_) => None,
        };
        let is_written = self.loader.handle_state(order);
        if let Some(plugin) = plugin {
            (self.deliver)(PluginEvent::Kept { plugin, is_written });
        }
    }

    /// What is loaded has waited for state that is written by now, and is tried out with that.
    pub fn handle_read_state(&mut self, mut event: PluginEvent) {
        let (PluginEvent::Staged(loaded) | PluginEvent::Restored(loaded)) = &mut event else {
            (self.deliver)(event);
            return;
        };
        let was_tried = loaded.was_tried();
        if self.loader.read_state(loaded, was_tried)
            && let Err(fault) = self.loader.try_out(loaded.name(), loaded.copy(), None)
        {
            self.give_back(event, &fault);
            return;
        }
        (self.deliver)(event);
    }

    /// What is loaded is not to serve after all.
    fn give_back(&mut self, event: PluginEvent, fault: &Fault) {
        let (PluginEvent::Staged(loaded) | PluginEvent::Restored(loaded)) = event else {
            return;
        };
        let (plugin, path) = (loaded.name().to_owned(), loaded.path().to_owned());
        if fault.defect.is_set_aside() {
            self.record.hold(&plugin, loaded.sha256(), Blame::Trial, fault);
        }
        self.handle_unload(loaded.discard());
        self.offers.remove(&path);
        self.refuse(&path, Refusal::new(&path, fault.clone()).of(&plugin), Cause::Change);
    }

    /// The operator has switched a plugin off, or on again: then what its file holds is loaded, or
    /// what was kept of it where that is not fit to be. What is set aside stays so.
    pub fn handle_switched(&mut self, plugin: &str, is_on: bool) {
        self.record.set_disabled(plugin, !is_on);
        if !is_on {
            return;
        }
        for path in self.offers.files_of(plugin) {
            // Nothing of it serves, whatever was loaded from it last.
            self.offers.remove(&path);
            self.take(&path, Cause::Demand);
            if self.offers.provider(plugin).is_none() && self.offers.refusal(&path).is_some() {
                self.stand_in(plugin, &path);
            }
        }
    }

    /// The loop has found something out about a version.
    pub fn handle_finding(&mut self, finding: Finding) {
        match finding {
            Finding::Proven { plugin, sha256 } => self.kept.prove(&plugin, &sha256),
            Finding::SetAside { plugin, sha256, serving, cause, reason } => {
                self.set_aside(&plugin, &sha256, serving, cause, &reason);
            }
        }
    }

    /// A version that is in memory is to be loaded once more, from its private copy.
    pub fn handle_bring_back(&mut self, back: &BringBack) {
        let BringBack { plugin, copy, sha256 } = back;
        let path = self.offers.files_of(plugin).into_iter().next().unwrap_or_default();
        let loaded = self.loader.open(copy).and_then(|candidate| {
            let preflight = Preflight::read(&candidate.bytes);
            let preflight = preflight.map_err(|fault| Refusal::new(copy, fault))?;
            self.with_inquirer(|it| self.loader.map(&path, candidate, preflight, it))
        });
        let loaded = loaded.map(|mut loaded| {
            // What the copy was made of is what it is known by.
            loaded.set_origin(sha256);
            self.copies.insert(plugin.clone(), loaded.copy().to_owned());
            self.crowd.come(plugin);
            Box::new(loaded)
        });
        let loaded = loaded.map_err(|refusal| Box::new(refusal.of(plugin)));
        (self.deliver)(PluginEvent::Returned { plugin: plugin.clone(), loaded });
    }

    /// A version has ended the last run.
    pub fn handle_crash(&mut self, Crash { plugin, sha256, what }: &Crash) {
        let fault = Defect::SetAside.because(what.as_str());
        self.record.hold(plugin, sha256, Blame::Crash, &fault);
    }

    /// The version before the one with that hash is to serve; that one is set aside.
    pub fn handle_restore(&mut self, plugin: &str, sha256: Option<String>) {
        let record = &self.record;
        let is_fit = |other: &str| Some(other) != sha256.as_deref() && !record.is_held(other);
        let copy = self.kept.find(plugin, is_fit);
        let Some((path, copy)) = self.offers.files_of(plugin).into_iter().next().zip(copy) else {
            let path = self.offers.files_of(plugin).into_iter().next().unwrap_or_default();
            let fault = Defect::NoCopy.because("no earlier version of it was proven and kept");
            (self.deliver)(PluginEvent::Refused(Box::new(Refusal::new(&path, fault).of(plugin))));
            return;
        };
        let restored = self.load_copy(plugin, &path, &copy);
        let is_restored = restored.is_ok();
        self.deliver_restored(plugin, &path, restored);
        if let Some(sha256) = sha256.filter(|_| is_restored) {
            let reason = "the operator rolled it back";
            self.set_aside(plugin, &sha256, Some(copy.sha256), Blame::Operator, reason);
        }
    }

    fn set_aside(
        &mut self,
        plugin: &str,
        sha256: &str,
        serving: Option<String>,
        cause: Blame,
        reason: &str,
    ) {
        if serving.as_deref() == Some(sha256) {
            // Loaded twice: what was gone back from holds the same bytes as what serves.
            return;
        }
        let fault = Defect::SetAside.because(reason);
        self.record.hold(plugin, sha256, cause, &fault);
        for path in self.offers.providers(plugin) {
            if let Some(sha256) = serving.clone() {
                self.offers.take(&path, Taken { plugin: plugin.to_owned(), sha256 });
            }
            let refusal = Refusal::new(&path, fault.clone()).of(plugin);
            self.offers.refuse(&path, refusal.clone());
            (self.deliver)(PluginEvent::SetAside(Box::new(refusal)));
        }
    }

    /// Loads a kept copy in place of the file at `path`.
    fn load_copy(&self, plugin: &str, path: &Path, copy: &KeptCopy) -> Result<Loaded, Refusal> {
        let of_plugin = |refusal: Refusal| Refusal { path: path.to_owned(), ..refusal }.of(plugin);
        let candidate = self.loader.open(&copy.path).map_err(of_plugin)?;
        let preflight = Preflight::read(&candidate.bytes)
            .map_err(|fault| Refusal::new(path, fault).of(plugin))?;
        if preflight.note.name != plugin || candidate.sha256 != copy.sha256 {
            let fault = Defect::NoCopy.because("its kept copy is not what was kept");
            return Err(Refusal::new(path, fault).of(plugin));
        }
        self.with_inquirer(|it| self.loader.map(path, candidate, preflight, it))
    }

    fn deliver_restored(&mut self, plugin: &str, path: &Path, loaded: Result<Loaded, Refusal>) {
        match loaded {
            Ok(loaded) => {
                let sha256 = loaded.sha256().to_owned();
                let refused = self.offers.refusal(path).cloned();
                self.copies.insert(plugin.to_owned(), loaded.copy().to_owned());
                self.crowd.come(plugin);
                self.offers.take(path, Taken { plugin: plugin.to_owned(), sha256 });
                (self.deliver)(PluginEvent::Restored(Box::new(loaded)));
                // What the file itself holds is still not taken, as was told.
                if let Some(refusal) = refused {
                    self.offers.refuse(path, refusal);
                }
            }
            Err(refusal) => (self.deliver)(PluginEvent::Refused(Box::new(refusal))),
        }
    }

    /// Nothing of the plugin serves, because its file is set aside: the newest version that was
    /// proven does, if it was kept.
    pub(super) fn stand_in(&mut self, plugin: &str, path: &Path) {
        let record = &self.record;
        if let Some(copy) = self.kept.find(plugin, |sha256| !record.is_held(sha256)) {
            let loaded = self.load_copy(plugin, path, &copy);
            self.deliver_restored(plugin, path, loaded);
        }
    }
}
