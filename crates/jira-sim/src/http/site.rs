//! What all handlers share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::body::Buffers;
use super::identity::Caller;
use super::stats::Stats;
use crate::jql::{self, Refusal};
use crate::render::View;
use crate::render::fragments::Fragments;
use crate::time::Zone;
use crate::world::{Account, Sees, World};

/// How the simulator behaves beside what Jira always does.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// Where to listen.
    pub listen: std::net::SocketAddr,
    /// A pause before every answer.
    pub latency: Duration,
    /// Now and then fewer rows than asked although more follow, in searches and user listings.
    pub short_pages: bool,
    /// Bulk fetch answers in another order than the documented one.
    pub reorder: bool,
    /// Keep every request for `/_sim/requests`.
    pub record: bool,
    /// Compress replies for clients that accept it.
    pub gzip: bool,
}

impl Default for SimOptions {
    fn default() -> Self {
        SimOptions {
            listen: ([127, 0, 0, 1], 0).into(),
            latency: Duration::ZERO,
            short_pages: true,
            reorder: false,
            record: false,
            gzip: false,
        }
    }
}

type Found = Arc<Vec<u32>>;

/// The world, rendered for one address, with what it takes to serve it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) world: Arc<World>,
    pub(crate) fragments: Fragments,
    pub(crate) options: SimOptions,
    pub(crate) stats: Arc<Stats>,
    pub(crate) buffers: Arc<Buffers>,
    anonymous: Account,
    /// Recent searches: account, query and what it found.
    searches: Mutex<VecDeque<(Caller, String, Found)>>,
}

impl Site {
    pub(crate) fn new(world: Arc<World>, address: &str, options: SimOptions) -> Site {
        Site {
            fragments: Fragments::new(&world, address),
            stats: Arc::new(Stats::new(options.record)),
            buffers: Arc::default(),
            anonymous: Account {
                email: "",
                sees: Sees::Nothing,
                admin: false,
                browse_users: false,
                service: false,
                zone: Zone::load("Etc/UTC"),
                person: u32::MAX,
            },
            searches: Mutex::default(),
            options,
            world,
        }
    }

    pub(crate) fn account(&self, caller: Caller) -> &Account {
        match caller {
            Caller::Anonymous { .. } => &self.anonymous,
            Caller::Account(at) => &self.world.accounts[at],
        }
    }

    pub(crate) fn view(&self, caller: Caller) -> View<'_> {
        View { world: &self.world, fragments: &self.fragments, account: self.account(caller) }
    }

    /// Runs a search, or takes its result from the last ones: pages of one walk ask the same again and again.
    pub(crate) fn search(&self, caller: Caller, text: &str) -> Result<Found, Refusal> {
        let lock = || self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, found)) = lock().iter().find(|(who, what, _)| *who == caller && what == text) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(jql::search(&self.view(caller), text)?);
        let mut searches = lock();
        if searches.len() >= 128 {
            searches.pop_front();
        }
        searches.push_back((caller, text.to_owned(), Arc::clone(&found)));
        Ok(found)
    }
}

/// A caller in front of a site; cheap to clone into renderers.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) site: Arc<Site>,
    pub(crate) caller: Caller,
}

impl Context {
    pub(crate) fn view(&self) -> View<'_> {
        self.site.view(self.caller)
    }

    pub(crate) fn world(&self) -> &World {
        &self.site.world
    }

    pub(crate) fn account(&self) -> &Account {
        self.site.account(self.caller)
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self.caller, Caller::Anonymous { .. })
    }
}
