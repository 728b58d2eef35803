//! What is in force: owns one configuration that serves, served, or is to serve again.

use std::sync::Arc;

use crate::auth::Clients;
use crate::config::{Loaded, Routes, Settings};
use crate::control::answers::Changes;

/// A configuration as it served.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its number.
    pub generation: u64,
    /// The settings.
    pub settings: Settings,
    /// The routes.
    pub routes: Arc<Routes>,
    /// Who may be which client.
    pub clients: Arc<Clients>,
}

impl InForce {
    /// What would be other if `loaded` went live: a file that holds an error changes nothing.
    #[must_use]
    pub fn changes_by(&self, loaded: &Loaded) -> Changes {
        let (settings, routes) = (&loaded.settings, &loaded.routes);
        Changes {
            settings: settings.as_ref().map_or_else(Vec::new, |to| to.difference(&self.settings)),
            routes: routes.as_ref().map_or_else(Vec::new, |to| to.difference(&self.routes)),
            clients: loaded.clients.as_ref().is_some_and(|clients| *clients != *self.clients),
        }
    }

    /// Whether `loaded`, with these settings of it, says nothing else.
    #[must_use]
    pub fn is_said_by(&self, settings: Option<&Settings>, loaded: &Loaded) -> bool {
        let Loaded { routes, clients, .. } = loaded;
        settings.is_none_or(|settings| *settings == self.settings)
            && routes.as_ref().is_none_or(|routes| *routes == *self.routes)
            && clients.as_ref().is_none_or(|clients| *clients == *self.clients)
    }

    /// What would be other if `to` served.
    #[must_use]
    pub fn changes_to(&self, to: &Self) -> Changes {
        Changes {
            settings: to.settings.difference(&self.settings),
            routes: to.routes.difference(&self.routes),
            clients: to.clients != self.clients,
        }
    }
}

/// What served before the newest change, while there is a way back.
#[derive(Debug, Default)]
pub struct Past {
    /// The configuration before; `None` at the start, and after the way back was gone.
    pub before: Option<Box<InForce>>,
    /// Whether the files say something else since a rollback.
    pub differs: bool,
    /// What was gone back from: while the files say that, and nobody asks for it, it does not
    /// serve.
    pub regretted: Option<Box<InForce>>,
}
