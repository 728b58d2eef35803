//! Owns what the host keeps of a live instance.
use super::authority::Authority;
use super::callees::Callee;
use super::generation::Instance;
use super::hooks::Hooks;
use super::peers::Peers;

/// One live instance.
#[derive(Debug)]
pub(super) struct Live {
    pub instance: Instance,
    pub hooks: Hooks,
    /// What it is told of its peers, if it wants to be.
    pub peers: Option<Peers>,
    /// How it judges credentials, if it does.
    pub authority: Option<Authority>,
    /// It has not been told who is there.
    pub is_new: bool,
    /// Its handlers.
    pub callees: Vec<Callee>,
}

impl Live {
    /// An instance that was made just now.
    pub fn new(instance: Instance, callees: Vec<Callee>) -> Self {
        let (hooks, peers, authority) =
            (instance.hooks(), instance.peers(), Authority::of(&instance));
        if peers.is_some() {
            instance.context().backroom().want_peers(true);
        }
        Self { instance, hooks, peers, authority, is_new: true, callees }
    }

    /// Whether jobs of it are under way.
    pub fn is_busy(&self) -> bool {
        !self.instance.context().backroom().workers().is_idle()
    }

    /// Whether it wants to know who is connected.
    pub fn wants_peers(&self) -> bool {
        self.instance.context().backroom().wants_peers()
    }
}
