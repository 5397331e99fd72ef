//! Why somebody who has a permission cannot use it (access.md §7, preconditions). It is told beside the answer and hides nobody.

use crate::{
    answer::{Obstacle, Verdict},
    graph::{Graph, Kind},
    question::{BROWSE, Spot},
    set::Set,
    who::Who,
};
use weir_model::access::{ProjectState, UserState};

/// What stands in the way of whoever an answer names.
#[derive(Debug)]
pub(crate) struct Usable<'w> {
    graph: &'w Graph,
    of_project: Vec<Obstacle>,
    browse: Option<Who<'w>>,
    /// None where everybody may, without any application.
    applications: Option<Applications>,
}

#[derive(Debug)]
struct Applications {
    any: Set,
    this: Option<(String, Set)>,
    is_unknown: bool,
}

/// The application that a kind of project is of; None for any.
pub(crate) fn application_of(kind: &str) -> Option<&'static str> {
    match kind {
        "software" => Some("jira-software"),
        "service_desk" => Some("jira-servicedesk"),
        "product_discovery" => Some("jira-product-discovery"),
        _ => None,
    }
}

impl<'w> Usable<'w> {
    pub(crate) fn new(who: &Who<'w>) -> Self {
        let graph = who.graph;
        let mut of_project = Vec::new();
        let mut key = None;
        let mut browse = None;
        if let Spot::Project(project) = who.spot {
            if let Some(row) = &graph.about.projects[project as usize] {
                key = application_of(&row.kind);
                of_project.extend(match row.state {
                    ProjectState::Live => None,
                    ProjectState::Archived => Some(Obstacle::ProjectArchived),
                    ProjectState::Deleted => Some(Obstacle::ProjectDeleted),
                });
            }
            let number = graph.known_permission(BROWSE);
            browse = (number != who.permission).then(|| graph.who_has(number, who.spot));
        }
        let applications = (!who.anonymous).then(|| graph.applications(key));
        Self { graph, of_project, browse, applications }
    }

    pub(crate) fn obstacles(&self, user: u32) -> Vec<Obstacle> {
        let mut found = Vec::new();
        match self.graph.about.users[user as usize].as_ref().map(|user| user.state) {
            Some(UserState::Active) => {}
            Some(UserState::Inactive) => found.push(Obstacle::AccountInactive),
            Some(UserState::Deleted) => found.push(Obstacle::AccountDeleted),
            None => found.push(Obstacle::AccountMissing),
        }
        if let Some(applications) = &self.applications {
            let this = applications.this.as_ref().filter(|(_, users)| !users.contains(user));
            let may_use_any = applications.any.contains(user);
            if (!may_use_any || this.is_some()) && applications.is_unknown {
                found.push(Obstacle::ApplicationUnknown);
            } else if !may_use_any {
                found.push(Obstacle::NoApplication);
            } else if let Some((key, _)) = this {
                found.push(Obstacle::NotThisApplication { key: key.clone() });
            }
        }
        found.extend(self.of_project.iter().cloned());
        found.extend(self.browse.as_ref().and_then(|browse| match browse.verdict_of(user) {
            Verdict::Definite => None,
            Verdict::Conditional => Some(Obstacle::BrowseConditional),
            Verdict::Unknown => Some(Obstacle::BrowseUnknown),
            Verdict::Latent | Verdict::No => Some(Obstacle::CannotBrowse),
        }));
        found
    }
}

impl Graph {
    fn applications(&self, key: Option<&str>) -> Applications {
        let mut any = self.no_users();
        self.add_logged_in(&mut any);
        let this = key.map(|key| {
            let mut users = self.no_users();
            if let Some(role) = self.names[Kind::AppRole].find(key) {
                self.add_app_role(role, &mut users);
            }
            (key.to_owned(), users)
        });
        Applications { any, this, is_unknown: !self.login_gaps().is_empty() }
    }
}
