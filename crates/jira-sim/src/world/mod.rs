//! The world: everything a simulated site knows, as structs, made from a seed and a size.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod fields;
pub(crate) mod flavor;
pub(crate) mod former;
pub(crate) mod generate;
pub(crate) mod hostile;
pub(crate) mod index;
pub(crate) mod issue;
pub(crate) mod life;
pub(crate) mod monsters;
pub(crate) mod people;
pub(crate) mod project;
pub(crate) mod text;
pub(crate) mod values;
mod wiki;

use std::collections::HashMap;
use std::sync::Arc;

pub use access::AccessSpec;
pub use account::{Account, Sees};
pub use flavor::{DcVersion, Flavor};

use crate::rng::Rng;
use crate::time::{DAY, days_of};
use catalog::{Catalog, Category};
use former::{Former, Thing};
use index::Index;
use issue::{Issue, Visibility};
use project::{Project, State};

/// What to make. Equal specs give equal worlds.
#[derive(Debug, Clone)]
pub struct WorldSpec {
    /// The seed of everything random.
    pub seed: u64,
    /// Issues in live projects.
    pub issues: usize,
    /// Live projects; 0 takes one for every 2,000 issues, at least 3 and at most 20.
    pub projects: usize,
    /// The instant at which the world stands still, in epoch milliseconds.
    pub base_ms: i64,
    /// Per cent of the ordinary number of histories, comments and blocks of text.
    pub weight: u32,
    /// Marks every text by the field it stands in, so that a reader's exclusions can be proven.
    pub canary: bool,
    /// Begins every text with what could be taken for markup, a formula or an order.
    pub hostile: bool,
    /// The product that serves it.
    pub flavor: Flavor,
    /// Whether the ids of issues follow the order of creation.
    pub ids: Ids,
    /// Three of the issues are too large: by histories, by comments, by text.
    pub monsters: bool,
    /// Who can do what, of this size, beside the issues; None for the few groups and roles that issues need.
    pub access: Option<AccessSpec>,
}

/// What the ids of a site's issues have to do with the order of their creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ids {
    /// Later issues have larger ids, and queries compare ids as numbers.
    #[default]
    Ordered,
    /// Ids say nothing about age, and queries that compare ids compare the numbers of keys within one project instead.
    /// Data Center only; Cloud takes it for `Ordered`.
    Shuffled,
}

impl Default for WorldSpec {
    fn default() -> Self {
        WorldSpec {
            seed: 1,
            issues: 2000,
            projects: 0,
            base_ms: days_of(2026, 11, 1) * DAY,
            weight: 100,
            canary: false,
            hostile: false,
            flavor: Flavor::Cloud,
            ids: Ids::Ordered,
            monsters: false,
            access: None,
        }
    }
}

impl WorldSpec {
    /// The default world with another number of issues.
    pub fn sized(issues: usize) -> Self {
        WorldSpec { issues, ..WorldSpec::default() }
    }

    pub(crate) fn shuffled(&self) -> bool {
        self.flavor.is_dc() && self.ids == Ids::Shuffled
    }

    pub(crate) fn live_projects(&self) -> usize {
        if self.projects > 0 { self.projects } else { (self.issues / 2000).clamp(3, 20) }
    }
}

/// Everything there is. A clone shares the issues, so that what somebody reads stays as it is while edits go on.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) spec: WorldSpec,
    pub(crate) cloud_id: String,
    pub(crate) accounts: Vec<Account>,
    pub(crate) people: Vec<people::Person>,
    pub(crate) groups: Vec<people::Group>,
    pub(crate) roles: Vec<people::Role>,
    pub(crate) catalog: Catalog,
    pub(crate) projects: Vec<Project>,
    pub(crate) versions: Vec<project::Version>,
    pub(crate) components: Vec<project::Component>,
    pub(crate) boards: Vec<project::Board>,
    pub(crate) sprints: Vec<project::Sprint>,
    pub(crate) fields: Vec<fields::Field>,
    pub(crate) pool: Arc<text::Pool>,
    /// In the order of creation, which is that of their ids unless those are shuffled.
    pub(crate) issues: Vec<Arc<Issue>>,
    /// Where issues are by their id; empty unless ids are shuffled.
    pub(crate) places: Arc<HashMap<u32, u32>>,
    /// Current and former keys, upper case.
    pub(crate) keys: Arc<HashMap<Box<str>, u32>>,
    pub(crate) counters: generate::Counters,
    pub(crate) former: Former,
    pub(crate) index: Index,
    /// When a worklog was deleted, and which, oldest first.
    pub(crate) deleted_worklogs: Vec<(i64, u32)>,
    /// Who can do what, where the spec asks for it.
    pub(crate) access: Option<Arc<access::Access>>,
}

/// File name and media type of attachments.
pub(crate) const ATTACHMENTS: [(&str, &str); 4] = [
    ("screenshot.png", "image/png"),
    ("log <1>.txt", "text/plain"),
    ("report, final.csv", "text/csv"),
    ("данные.zip", "application/zip"),
];

#[rustfmt::skip]
pub(crate) const LABELS: [&str; 16] = [
    "backend", "frontend", "Backend", "tech-debt", "customer", "regression", "flaky", "perf", "security", "ux",
    "q3_2026", "needs,comma", "Ünïcode", "=formula", "<b>bold</b>", "ops",
];

impl World {
    /// Makes the world of a spec.
    pub fn generate(spec: WorldSpec) -> World {
        let accounts = account::all();
        let people = people::people(&spec, &accounts);
        let groups = people::groups(&spec, &people, &accounts);
        let mut projects = project::projects(&spec, &people);
        let catalog = Catalog::new(&projects);
        project::configure(&mut projects, &catalog);
        let versions = project::versions(&spec, &mut projects);
        let components = project::components(&spec, &mut projects);
        let (boards, sprints) = project::boards(&spec, &projects);
        let fields = fields::fields(&projects, spec.flavor);
        let pool = Arc::new(text::Pool::new(&spec, &people));
        let cloud_id = people::uuid(&mut Rng::new(spec.seed, 8));
        let mut world = World {
            spec,
            cloud_id,
            accounts,
            people,
            groups,
            roles: people::roles(),
            catalog,
            projects,
            versions,
            components,
            boards,
            sprints,
            fields,
            pool,
            issues: Vec::new(),
            places: Arc::default(),
            keys: Arc::default(),
            counters: generate::Counters::default(),
            former: Former::default(),
            index: Index::default(),
            deleted_worklogs: Vec::new(),
            access: None,
        };
        hostile::names(&mut world);
        generate::fill(&mut world);
        if world.spec.monsters {
            monsters::grow(&mut world);
        }
        if let Some(wanted) = world.spec.access {
            world.access = Some(Arc::new(access::Access::generate(&world.spec, wanted, &world)));
        }
        world
    }

    /// Takes over into the access what was edited of people and projects since then.
    pub(crate) fn follow(&mut self, before: &World) {
        if let Some(access) = &mut self.access {
            let access = Arc::make_mut(access);
            access.follow_people(&before.people, &self.people);
            access.follow_projects(&before.projects, &self.projects);
        }
    }

    /// The site's id, as `tenant_info` tells it.
    pub fn cloud_id(&self) -> &str {
        &self.cloud_id
    }

    /// The accounts that can sign in.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// An account by its address.
    pub fn account(&self, email: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.email == email)
    }

    /// How many of everything there are, whoever looks.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let live = || self.issues.iter().filter(|issue| !issue.deleted && self.is_live(issue.project));
        let histories = || live().flat_map(|issue| &issue.histories);
        vec![
            ("projects", self.projects.len()),
            ("issues", live().count()),
            ("histories", histories().count()),
            ("changes", histories().map(|history| history.items.len()).sum()),
            ("comments", live().map(|issue| issue.comments.len()).sum()),
            ("worklogs", live().map(|issue| issue.worklogs.len()).sum()),
            ("link_ends", live().map(|issue| issue.links.len()).sum()),
            ("boards", self.boards.len()),
            ("sprints", self.sprints.len()),
            ("versions", self.versions.len()),
            ("components", self.components.len()),
            ("people", self.people.len()),
            ("fields", self.fields.len()),
        ]
    }

    pub(crate) fn is_live(&self, project: u16) -> bool {
        self.projects[project as usize].state == State::Live
    }

    /// Whether the account may browse the project, live or not.
    pub(crate) fn browses(&self, account: &Account, project: u16) -> bool {
        if let Some(permit) = account.permits.get(&project) {
            return *permit;
        }
        match account.sees {
            Sees::Everything => true,
            Sees::Half => project.is_multiple_of(2),
            Sees::Nothing => false,
        }
    }

    /// Whether the account finds boards of the project: those of a project that was put away are gone.
    pub(crate) fn shows_boards(&self, account: &Account, project: u16) -> bool {
        self.is_live(project) && self.browses(account, project)
    }

    /// Whether searches show the issue to the account.
    pub(crate) fn sees(&self, account: &Account, issue: &Issue) -> bool {
        self.is_live(issue.project) && self.reads(account, issue)
    }

    /// Whether the account can read the issue by id: also in an archived project, not in a trashed one.
    pub(crate) fn reads(&self, account: &Account, issue: &Issue) -> bool {
        !issue.deleted
            && self.projects[issue.project as usize].state != State::Trashed
            && self.browses(account, issue.project)
            && (issue.level.is_none() || account.sees == Sees::Everything)
    }

    pub(crate) fn may_read(&self, account: &Account, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Everyone => true,
            Visibility::Administrators => account.admin,
            Visibility::Developers => account.developer(),
        }
    }

    /// The current key of an issue.
    pub(crate) fn key(&self, issue: u32) -> String {
        let issue = &self.issues[issue as usize];
        format!("{}-{}", self.projects[issue.project as usize].key, issue.number)
    }

    /// The key under which a history knows an issue.
    pub(crate) fn key_then(&self, issue: u32, history: u32) -> String {
        self.former.name(Thing::Issue, issue, history).map_or_else(|| self.key(issue), str::to_owned)
    }

    /// Finds an issue by id, current key or former key, in any case.
    pub(crate) fn find(&self, id_or_key: &str) -> Option<u32> {
        if let Ok(id) = id_or_key.parse::<u32>() {
            return match self.spec.shuffled() {
                true => self.places.get(&id).copied(),
                false => self.issues.binary_search_by_key(&id, |issue| issue.id).ok().map(|at| at as u32),
            };
        }
        self.keys.get(id_or_key.to_ascii_uppercase().as_str()).copied()
    }

    /// Finds a project by id or key.
    pub(crate) fn project(&self, id_or_key: &str) -> Option<u16> {
        self.projects
            .iter()
            .position(|project| {
                project.key.eq_ignore_ascii_case(id_or_key) || project.id.to_string() == id_or_key
            })
            .map(|at| at as u16)
    }

    pub(crate) fn category(&self, issue: &Issue) -> Category {
        self.catalog.statuses[issue.status as usize].category
    }

    /// Labels as histories join them.
    pub(crate) fn labels(&self, labels: &[u16]) -> String {
        labels.iter().map(|label| LABELS[*label as usize]).collect::<Vec<_>>().join(" ")
    }
}
