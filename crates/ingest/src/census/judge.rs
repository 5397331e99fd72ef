//! What becomes of a live issue that a listing lacks: the verdicts of a census, without any I/O.
//!
//! What the site shows by its id is somewhere else, or only missing in an index. What it does not show is gone as long as
//! its project and our account are in order, deleted with a project in the trash, hidden with one that we do not see any
//! more. Where nothing but absence speaks for a loss, and the loss is large, nothing is believed.

use std::collections::HashMap;
use weir_model::{ProjectState, Scope, State, same_key};
use weir_source::{ProjectRef, Shown, SiteProjects};

/// A loss of so many issues or fewer is believed in any case.
const FEW: usize = 20;

/// A loss of one part in so many, or of less, is believed too.
const SHARE: usize = 5;

/// The site's projects, seen from an integration's scope.
pub(super) struct Places<'a> {
    projects: HashMap<&'a str, (&'a ProjectRef, ProjectState)>,
    is_complete: bool,
    former: &'a [(String, String)],
    scope: &'a Scope,
    has_filter: bool,
}

/// How a project stands that we hold issues of, or should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Home {
    /// Visible and in scope.
    InScope,
    /// Visible, and not what the operator asked for.
    OutOfScope,
    /// Archived: it is frozen, and so are its issues here.
    Archived,
    /// In the trash.
    Trashed,
    /// The site does not show it.
    Nowhere,
    /// The site does not show it, and did not tell what is archived.
    Untold,
}

/// The site shows it in a project of the scope, and the filter's list does not have it: the filter left it, or the list is short.
const NOT_LISTED: &str = "census.not_listed";

/// What becomes of an issue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It moved, or an index was behind: it is read again.
    Reread,
    /// It has another state, for this reason.
    Becomes(State, &'static str),
    /// It stays as it is.
    Stays,
}

impl Fate {
    /// Whether nothing but absence speaks for it.
    fn is_loss(self) -> bool {
        matches!(self, Self::Becomes(State::Gone | State::Hidden, _) | Self::Becomes(_, NOT_LISTED))
    }
}

impl<'a> Places<'a> {
    /// `accept_loss`: a person says that what the site does not show any more is lost.
    pub(super) fn new(site: &'a SiteProjects, scope: &'a Scope, accept_loss: bool) -> Self {
        let projects = site.projects.iter().map(|(project, state)| (project.key.as_str(), (project, *state)));
        let is_complete = site.is_complete || accept_loss;
        let has_filter = scope.filter().is_some();
        Self { projects: projects.collect(), is_complete, former: &site.former, scope, has_filter }
    }

    /// The same where something besides the scope decides which issues are listed.
    pub(super) fn filtered(self, has_filter: bool) -> Self {
        Self { has_filter, ..self }
    }

    pub(super) fn home(&self, key: &str) -> Home {
        let is_wanted = match self.scope {
            Scope::Projects(wanted) => {
                let is_named = |key: &str| wanted.iter().any(|wanted| same_key(wanted, key));
                is_named(key) || self.former.iter().any(|(former, now)| now == key && is_named(former))
            }
            Scope::Everything | Scope::Jql(_) => true,
        };
        match self.projects.get(key).map(|(_, state)| *state) {
            Some(ProjectState::Live) if is_wanted => Home::InScope,
            Some(ProjectState::Live) => Home::OutOfScope,
            Some(ProjectState::Archived) => Home::Archived,
            Some(ProjectState::Deleted) => Home::Trashed,
            Some(ProjectState::Hidden) | None if self.is_complete => Home::Nowhere,
            Some(ProjectState::Hidden) | None => Home::Untold,
        }
    }

    /// The projects to be listed, by key.
    pub(super) fn listed(&self) -> Vec<&'a ProjectRef> {
        let in_scope = |project: &&ProjectRef| self.home(&project.key) == Home::InScope;
        let mut listed: Vec<_> =
            self.projects.values().map(|(project, _)| *project).filter(in_scope).collect();
        listed.sort_by(|a, b| a.key.cmp(&b.key));
        listed
    }

    /// What becomes of an issue that we hold as live in project `held_in`, and that its listing lacks. `listed_elsewhere`
    /// says whether the listing of another project has it, `is_refused` whether its own was refused to us.
    pub(super) fn fate(
        &self,
        held_in: &str,
        shown: Option<&Shown>,
        listed_elsewhere: bool,
        is_refused: bool,
    ) -> Fate {
        let Some(shown) = shown else {
            return match self.home(held_in) {
                Home::InScope if is_refused => Fate::Becomes(State::Hidden, "census.browse_lost"),
                Home::InScope | Home::OutOfScope => Fate::Becomes(State::Gone, "census.absent"),
                Home::Trashed => Fate::Becomes(State::Deleted, "census.project_trashed"),
                Home::Nowhere => Fate::Becomes(State::Hidden, "census.project_hidden"),
                Home::Archived | Home::Untold => Fate::Stays,
            };
        };
        match self.home(&shown.project_key) {
            Home::InScope if listed_elsewhere || !self.has_filter => Fate::Reread,
            Home::InScope => Fate::Becomes(State::OutOfScope, NOT_LISTED),
            Home::OutOfScope => Fate::Becomes(State::OutOfScope, "census.out_of_scope"),
            // Shown, and in a project that no list has: nothing is certain of it.
            Home::Archived | Home::Trashed | Home::Nowhere | Home::Untold => Fate::Stays,
        }
    }
}

/// How many of these fates are losses that nothing but absence speaks for.
pub(super) fn losses<'a>(fates: impl IntoIterator<Item = &'a Fate>) -> usize {
    fates.into_iter().filter(|fate| fate.is_loss()).count()
}

/// Whether so many losses out of so many issues are too many to be believed.
pub(super) fn is_mass(lost: usize, ours: usize) -> bool {
    lost > FEW && lost * SHARE > ours
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::IssueId;

    fn site(is_complete: bool) -> SiteProjects {
        let project = |key: &str, state| (ProjectRef { id: key.to_lowercase(), key: key.to_owned() }, state);
        SiteProjects {
            projects: vec![
                project("OPS", ProjectState::Live),
                project("ENG", ProjectState::Live),
                project("OLD", ProjectState::Archived),
                project("BIN", ProjectState::Deleted),
            ],
            is_complete,
            former: vec![("OLDOPS".into(), "OPS".into())],
        }
    }

    fn shown(key: &str) -> Shown {
        let project_key = key.split('-').next().unwrap_or_default().to_owned();
        Shown { id: IssueId::from("1"), key: key.to_owned(), project_key }
    }

    fn becomes(fate: Fate) -> Option<State> {
        match fate {
            Fate::Becomes(state, _) => Some(state),
            Fate::Reread | Fate::Stays => None,
        }
    }

    #[test]
    fn what_is_not_shown_by_its_id_is_judged_by_its_project() {
        let (site, scope) = (site(true), Scope::Projects(vec!["eng".into(), "BIN".into()]));
        let places = Places::new(&site, &scope, false);
        let fate = |key: &str| becomes(places.fate(key, None, false, false));
        assert_eq!(fate("ENG"), Some(State::Gone));
        assert_eq!(fate("BIN"), Some(State::Deleted));
        assert_eq!(fate("NEW"), Some(State::Hidden));
        assert_eq!(places.fate("OLD", None, false, false), Fate::Stays);
        assert_eq!(becomes(places.fate("ENG", None, false, true)), Some(State::Hidden));
        assert_eq!(places.listed().iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["ENG"]);
    }

    #[test]
    fn a_project_that_was_named_by_a_former_key_is_in_scope() {
        let (site, scope) = (site(true), Scope::Projects(vec!["oldops".into()]));
        let places = Places::new(&site, &scope, false);
        assert_eq!((places.home("OPS"), places.home("ENG")), (Home::InScope, Home::OutOfScope));
    }

    #[test]
    fn a_site_that_does_not_tell_what_is_archived_hides_nothing() {
        let site = site(false);
        let places = Places::new(&site, &Scope::Everything, false);
        assert_eq!((places.home("NEW"), places.fate("NEW", None, false, false)), (Home::Untold, Fate::Stays));
        assert_eq!(becomes(places.fate("ENG", None, false, false)), Some(State::Gone));
        let told = Places::new(&site, &Scope::Everything, true);
        assert_eq!(becomes(told.fate("NEW", None, false, false)), Some(State::Hidden), "a person says so");
        assert_eq!(told.fate("OLD", None, false, false), Fate::Stays);
    }

    #[test]
    fn what_is_shown_by_its_id_moved_or_left_the_scope() {
        let site = site(true);
        let (named, filter) = (Scope::Projects(vec!["ENG".into()]), Scope::Jql("a = 1".into()));
        let places = Places::new(&site, &named, false);
        assert_eq!(
            places.fate("ENG", Some(&shown("ENG-1")), false, false),
            Fate::Reread,
            "an index was behind"
        );
        assert_eq!(becomes(places.fate("ENG", Some(&shown("OPS-1")), false, false)), Some(State::OutOfScope));
        assert_eq!(places.fate("ENG", Some(&shown("OLD-1")), false, false), Fate::Stays);
        let places = Places::new(&site, &filter, false);
        assert_eq!(becomes(places.fate("ENG", Some(&shown("ENG-1")), false, false)), Some(State::OutOfScope));
        assert_eq!(
            places.fate("ENG", Some(&shown("OPS-1")), true, false),
            Fate::Reread,
            "the filter takes it there"
        );
    }

    #[test]
    fn a_loss_is_too_large_when_it_is_many_issues_and_a_large_share() {
        assert!(!is_mass(20, 20) && is_mass(21, 21));
        assert!(!is_mass(21, 105) && is_mass(22, 105));
        let gone = Fate::Becomes(State::Gone, "x");
        let proven =
            [Fate::Becomes(State::Deleted, "x"), Fate::Becomes(State::OutOfScope, "x"), Fate::Reread];
        assert_eq!(losses([gone].iter().chain(&proven)), 1);
    }
}
