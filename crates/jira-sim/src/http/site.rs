//! What all handlers share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::access::Switches;
use super::body::Buffers;
use super::dc::{Adfs, AdfsServer, Nodes, SignIn};
use super::fault::{Asked, Fault, Faults};
use super::identity::Caller;
use super::later::Later;
use super::oauth::{Oauth, OauthServer};
use super::points::Points;
use super::rate::{Gate, Rate};
use super::stats::{Stats, StatsSnapshot};
use crate::clock::Clock;
use crate::json::put;
use crate::render::View;
use crate::render::fragments::Fragments;
use crate::render::issue::Selection;
use crate::time::Zone;
use crate::world::access::Access;
use crate::world::issue::Issue;
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
    /// The largest page of a search on Data Center (`jira.search.views.default.max`).
    pub page_clamp: usize,
    /// What every path begins with, such as `/jira`; empty for none.
    pub context_path: String,
    /// Whether login and password are accepted on Data Center ("Allow basic authentication on API calls").
    pub basic: bool,
    /// When the personal access tokens of Data Center expire, in epoch milliseconds of the simulator's clock.
    pub token_expires: Option<i64>,
    /// AD FS beside Data Center; None for none.
    pub adfs: Option<Adfs>,
    /// The authorization server of Atlassian beside Cloud; None for none.
    pub oauth: Option<Oauth>,
    /// Points an hour that requests with a token of OAuth pay from; None for no quota.
    pub points: Option<u64>,
    /// How many nodes of Data Center answer in turn, 1 to 4.
    pub nodes: usize,
    /// How far the index of each further node is behind that of the one before it.
    pub node_lag: Duration,
    /// The limit of requests; None for none.
    pub rate: Option<Rate>,
    /// The faults that are on from the start.
    pub faults: Vec<Fault>,
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
            page_clamp: 1000,
            context_path: String::new(),
            basic: true,
            token_expires: None,
            adfs: None,
            oauth: None,
            points: None,
            nodes: 1,
            node_lag: Duration::from_secs(30),
            rate: None,
            faults: Vec::new(),
        }
    }
}

type Found = Arc<Vec<u32>>;

pub(crate) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Id and key of the issue that a fault names.
pub(crate) fn names(world: &World, fault: &Fault) -> Vec<String> {
    let found = fault.issue.as_deref().and_then(|name| world.find(name));
    found.map_or_else(Vec::new, |at| vec![world.issues[at as usize].id.to_string(), world.key(at)])
}

/// The world and its ready fragments at one moment. Whoever reads keeps the moment, whatever is edited meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) world: Arc<World>,
    pub(crate) fragments: Arc<Fragments>,
}

/// A search whose pages are still being read.
#[derive(Debug)]
struct Walk {
    number: u64,
    caller: Caller,
    found: Found,
}

/// How many walks are remembered; the token of an older one has expired.
const WALKS: usize = 128;

/// The world, rendered for one address, with what it takes to serve and to edit it.
#[derive(Debug)]
pub(crate) struct Site {
    moment: RwLock<Moment>,
    pub(crate) address: String,
    pub(crate) cloud_id: String,
    pub(crate) clock: Clock,
    /// Milliseconds until searches see an edit.
    pub(crate) lag: AtomicI64,
    pub(crate) is_dc: bool,
    pub(crate) sign_in: SignIn,
    pub(crate) adfs: Option<AdfsServer>,
    pub(crate) oauth: Option<OauthServer>,
    pub(crate) points: Points,
    pub(crate) nodes: Nodes,
    pub(crate) gate: Gate,
    pub(crate) faults: Faults,
    pub(crate) later: Later,
    pub(crate) switches: Switches,
    pub(crate) options: SimOptions,
    pub(crate) stats: Arc<Stats>,
    pub(crate) buffers: Arc<Buffers>,
    anonymous: Account,
    walks: Mutex<VecDeque<Walk>>,
    next_walk: AtomicU64,
}

impl Site {
    pub(crate) fn new(mut world: Arc<World>, address: &str, options: SimOptions) -> Site {
        let nodes = Nodes::new(options.nodes, milliseconds(options.node_lag));
        if nodes.slowest() > 0 {
            Arc::make_mut(&mut world).index.serve_behind(nodes.slowest());
        }
        let faults = Faults::default();
        for fault in &options.faults {
            faults.add(fault.clone(), names(&world, fault));
        }
        Site {
            address: address.to_owned(),
            cloud_id: world.cloud_id.clone(),
            clock: Clock::real(),
            lag: AtomicI64::new(0),
            is_dc: world.spec.flavor.is_dc(),
            sign_in: SignIn::new(options.basic, options.token_expires),
            adfs: options.adfs.map(AdfsServer::new),
            oauth: options.oauth.clone().map(OauthServer::new),
            points: Points::new(options.points),
            nodes,
            gate: Gate::new(options.rate),
            faults,
            later: Later::default(),
            switches: Switches::default(),
            stats: Arc::new(Stats::new(options.record)),
            buffers: Arc::default(),
            anonymous: Account {
                email: "",
                sees: Sees::Nothing,
                admin: false,
                browse_users: false,
                service: false,
                zone: Zone::load("Etc/UTC"),
                permits: std::collections::BTreeMap::new(),
                person: u32::MAX,
            },
            walks: Mutex::default(),
            next_walk: AtomicU64::new(1),
            options,
            moment: RwLock::new(Moment { fragments: Arc::new(Fragments::new(&world, address)), world }),
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        self.moment.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Edits the world: readers keep what they have, later ones see the change.
    pub(crate) fn edit<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut moment = self.moment.write().unwrap_or_else(PoisonError::into_inner);
        // Only a site with access looks at what was there before.
        let before = moment.world.access.is_some().then(|| Arc::clone(&moment.world));
        let result = change(Arc::make_mut(&mut moment.world));
        if let Some(before) = before {
            Arc::make_mut(&mut moment.world).follow(&before);
        }
        moment.fragments = Arc::new(Fragments::new(&moment.world, &self.address));
        result
    }

    /// Changes who may do what; None where the site has no access.
    pub(crate) fn edit_access<T>(&self, change: impl FnOnce(&mut Access) -> T) -> Option<T> {
        let mut moment = self.moment.write().unwrap_or_else(PoisonError::into_inner);
        let access = Arc::make_mut(&mut moment.world).access.as_mut()?;
        Some(change(Arc::make_mut(access)))
    }

    /// What was asked so far, and what the limit thought of it.
    pub(crate) fn counts(&self) -> StatsSnapshot {
        let (over_limit, early) = (self.gate.over(), self.gate.early());
        StatsSnapshot { over_limit, early, ..self.stats.snapshot() }
    }

    /// Remembers what a search found, so that its pages belong together whatever is edited between them.
    pub(crate) fn begin_walk(&self, caller: Caller, found: Found) -> u64 {
        let number = self.next_walk.fetch_add(1, Ordering::Relaxed);
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        if walks.len() >= WALKS {
            walks.pop_front();
        }
        walks.push_back(Walk { number, caller, found });
        number
    }

    pub(crate) fn walk(&self, caller: Caller, number: u64) -> Option<Found> {
        let walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        let walk = walks.iter().find(|walk| walk.number == number && walk.caller == caller)?;
        Some(Arc::clone(&walk.found))
    }
}

/// A caller in front of a site at one moment; cheap to clone into renderers.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) site: Arc<Site>,
    pub(crate) moment: Moment,
    pub(crate) now: i64,
    pub(crate) caller: Caller,
    /// How far the index of the node that answers is behind, in milliseconds.
    pub(crate) behind: i64,
    /// What faults look at.
    pub(crate) asked: Arc<Asked>,
}

impl Context {
    pub(crate) fn new(site: &Arc<Site>, caller: Caller) -> Context {
        Context {
            site: Arc::clone(site),
            moment: site.moment(),
            now: site.clock.now(),
            caller,
            behind: 0,
            asked: Arc::default(),
        }
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            world: &self.moment.world,
            fragments: &self.moment.fragments,
            account: self.account(),
            now: self.now,
            indexed_at: self.now - self.behind,
        }
    }

    pub(crate) fn world(&self) -> &World {
        &self.moment.world
    }

    pub(crate) fn fragments(&self) -> &Fragments {
        &self.moment.fragments
    }

    pub(crate) fn account(&self) -> &Account {
        match self.caller {
            Caller::Anonymous { .. } => &self.site.anonymous,
            Caller::Account(at) => &self.moment.world.accounts[at],
        }
    }

    /// Writes an issue as `View::issue` does, unless a fault malforms it.
    pub(crate) fn issue(&self, out: &mut Vec<u8>, issue: &Issue, selection: &Selection, changelog: bool) {
        if self.site.faults.malforms(issue.id, &self.asked) {
            put!(out, "{\"id\":\"", issue.id.to_string(), "\",\"fields\":\"Internal error\"}");
        } else {
            self.view().issue(out, issue, selection, changelog);
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self.caller, Caller::Anonymous { .. })
    }
}
