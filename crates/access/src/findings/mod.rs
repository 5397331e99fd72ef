//! What should be looked at in a reading: accounts that nobody uses or owns, too much power, things that nobody shall have
//! together. Each finding names the facts behind it. Where a part was not read, what could not be judged is said.

mod accounts;
mod grants;
mod groups;
mod rules;
mod separation;

pub use rules::{Check, CheckId, Entitlements, Exception, Rules, Scope, Separation, Severity};

use crate::{
    graph::{Gap, Graph, Kind},
    key::FactKey,
    question::{ADMINISTRATION, Spot},
    set::Set,
    subject::PrincipalName,
};
use serde::Serialize;
use std::collections::BTreeSet;
use weir_model::{
    Millis,
    access::{Part, UserState},
};

/// What is known besides the facts.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Now.
    pub now: Millis,
    /// The accounts for which a person is known, by id; None where no directory of people is there to ask.
    pub with_person: Option<BTreeSet<String>>,
}

/// Something that should be looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The same for the same thing in each reading: the rule and what it is about.
    pub id: String,
    /// The check, or the id of the rule of separation.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The controls that it is evidence for.
    pub controls: Vec<String>,
    /// What it is about.
    pub subject: Subject,
    /// What was seen.
    pub evidence: Evidence,
    /// The facts behind it.
    pub facts: Vec<FactKey>,
    /// Why it is allowed all the same, where it is.
    pub exception: Option<Exception>,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Subject {
    /// The site.
    Site,
    /// An account or a group.
    Principal(PrincipalName),
    /// A project.
    Project {
        /// Its id.
        id: String,
        /// Its key.
        key: String,
    },
    /// A permission scheme.
    Scheme {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Evidence {
    /// The facts say all.
    AsTheFactsSay,
    /// A permission, given to whom, in how many projects.
    Permission {
        /// Its key.
        permission: String,
        /// In how many projects it counts.
        projects: usize,
        /// How many it is given to; None for everybody.
        users: Option<usize>,
    },
    /// When an account was last seen.
    LastActive {
        /// In milliseconds since 1970.
        at: i64,
        /// Whole days before now.
        days: i64,
        /// How late the site may be in telling, in hours; they are taken off before the days are counted.
        delay_hours: i64,
    },
    /// More than there may be.
    TooMany {
        /// How many.
        count: usize,
        /// Of how many active accounts.
        of: usize,
    },
    /// The domain of an e-mail.
    Domain {
        /// As it is written.
        domain: String,
    },
    /// What gives something to somebody who should have nothing.
    Gives {
        /// How many groups, roles and grants.
        count: usize,
    },
    /// Where two things meet.
    Meet {
        /// The keys of the projects, in order; the first twenty. None where it is everywhere.
        projects: Vec<String>,
        /// In how many projects.
        count: usize,
    },
}

/// A check that could not be made, or not of everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotJudged {
    /// The check, or the id of the rule of separation.
    pub rule: String,
    /// What was not read. None where nobody tells what would be needed.
    pub gaps: Vec<Gap>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Findings {
    /// The worst first, then by id.
    pub findings: Vec<Finding>,
    /// What could not be judged, or not in whole.
    pub not_judged: Vec<NotJudged>,
}

impl Graph {
    /// What should be looked at.
    pub fn findings(&self, rules: &Rules, context: &Context) -> Findings {
        let mut all = Findings::default();
        let search = Search::new(self, context);
        for check in &rules.checks {
            let mut found = Found { check, search: &search, all: &mut all };
            match check.check {
                CheckId::PublicPermission => grants::public(&mut found),
                CheckId::BroadPermission => grants::broad(&mut found),
                CheckId::DirectGrant => grants::direct(&mut found),
                CheckId::NamedAndGone => grants::gone(&mut found),
                CheckId::LeadInactive => grants::leads(&mut found),
                CheckId::EmptyGroupWithGrant => groups::empty(&mut found),
                CheckId::UnusedGroup => groups::unused(&mut found),
                CheckId::CustomerInside => groups::customers(&mut found),
                _ => accounts::look(&mut found),
            }
        }
        for rule in &rules.separation {
            separation::look(&search, rule, &mut all);
        }
        all.findings.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
        all.not_judged.sort_unstable();
        all.not_judged.dedup();
        all
    }
}

/// What several checks need.
struct Search<'g> {
    graph: &'g Graph,
    context: &'g Context,
    /// The accounts that can sign in.
    active: Set,
    administrators: Set,
    /// The groups that give something: by grant, role, application, level or everywhere, by themselves or through one they are in.
    giving: Set,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, context: &'g Context) -> Self {
        let users = 0..graph.count(Kind::User) as u32;
        let is_active = |user: &u32| {
            graph.about.users[*user as usize].as_ref().is_some_and(|user| user.state == UserState::Active)
        };
        let mut administrators = graph.no_users();
        for key in ADMINISTRATION {
            let permission = graph.known_permission(key);
            administrators.add(&graph.who_has(permission, Spot::Everywhere).definite);
        }
        Self {
            graph,
            context,
            active: Set::of(graph.count(Kind::User), users.filter(is_active)),
            administrators,
            giving: groups::that_give(graph),
        }
    }

    fn user(&self, user: u32) -> Subject {
        Subject::Principal(self.graph.principal_name(Kind::User, user))
    }

    fn group(&self, group: u32) -> Subject {
        Subject::Principal(self.graph.principal_name(Kind::Group, group))
    }

    fn user_key(&self, user: u32) -> FactKey {
        FactKey::new("user", [self.graph.id(Kind::User, user)])
    }
}

/// Where one check puts what it finds.
struct Found<'f> {
    check: &'f Check,
    search: &'f Search<'f>,
    all: &'f mut Findings,
}

impl Found<'_> {
    fn rule(&self) -> String {
        word(self.check.check)
    }

    /// A finding; `about` tells it from others of the rule.
    fn push(&mut self, subject: Subject, about: &[&str], evidence: Evidence, facts: Vec<FactKey>) {
        let rule = self.rule();
        let about = about.iter().map(|part| format!("/{}", part.replace('%', "%25").replace('/', "%2F")));
        self.all.findings.push(Finding {
            id: rule.clone() + &about.collect::<String>(),
            rule,
            severity: self.check.severity,
            controls: self.check.controls.clone(),
            subject,
            evidence,
            facts,
            exception: None,
        });
    }

    /// Says what was not read of these parts, as far as it was not.
    fn needs(&mut self, parts: &[Part]) {
        let of = |gap: &Gap| parts.contains(&gap.part);
        let mut gaps: Vec<Gap> = self.search.graph.gaps().into_iter().filter(of).collect();
        gaps.extend(parts.iter().filter_map(|part| {
            let gap = self.search.graph.covered.gap(*part, None);
            gap.filter(|gap| gap.outcome.is_none())
        }));
        if !gaps.is_empty() {
            self.cannot(gaps);
        }
    }

    fn cannot(&mut self, gaps: Vec<Gap>) {
        let rule = self.rule();
        self.all.not_judged.push(NotJudged { rule, gaps });
    }
}

fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
