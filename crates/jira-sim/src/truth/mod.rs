//! What is true for an account: the rows that a complete copy of the site must hold, computed from the world's
//! structs. Columns are those of the public views, without those that are a store's own.
//!
//! Instants are RFC 3339 UTC with milliseconds, dates `YYYY-MM-DD`, ids text, NUL is U+FFFD, empty text stays.

pub(crate) mod access;
mod cases;
mod issue;
mod reference;

use std::sync::Arc;

use serde_json::Value;

use crate::render::View;
use crate::render::fragments::Fragments;
use crate::world::{Account, World};

/// A view whose rows can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthView {
    Issues,
    IssueKeys,
    IssueChanges,
    IssueComments,
    IssueWorklogs,
    IssueLinks,
    IssueSprints,
    IssueCases,
    Projects,
    Boards,
    Sprints,
    Versions,
    Components,
    Statuses,
    IssueTypes,
    Priorities,
    Resolutions,
    Fields,
    People,
}

impl TruthView {
    /// All of them.
    pub const ALL: [TruthView; 19] = [
        TruthView::Issues,
        TruthView::IssueKeys,
        TruthView::IssueChanges,
        TruthView::IssueComments,
        TruthView::IssueWorklogs,
        TruthView::IssueLinks,
        TruthView::IssueSprints,
        TruthView::IssueCases,
        TruthView::Projects,
        TruthView::Boards,
        TruthView::Sprints,
        TruthView::Versions,
        TruthView::Components,
        TruthView::Statuses,
        TruthView::IssueTypes,
        TruthView::Priorities,
        TruthView::Resolutions,
        TruthView::Fields,
        TruthView::People,
    ];

    /// The public view's name.
    pub fn name(self) -> &'static str {
        match self {
            TruthView::Issues => "issues",
            TruthView::IssueKeys => "issue_keys",
            TruthView::IssueChanges => "issue_changes",
            TruthView::IssueComments => "issue_comments",
            TruthView::IssueWorklogs => "issue_worklogs",
            TruthView::IssueLinks => "issue_links",
            TruthView::IssueSprints => "issue_sprints",
            TruthView::IssueCases => "issue_cases",
            TruthView::Projects => "projects",
            TruthView::Boards => "boards",
            TruthView::Sprints => "sprints",
            TruthView::Versions => "versions",
            TruthView::Components => "components",
            TruthView::Statuses => "statuses",
            TruthView::IssueTypes => "issue_types",
            TruthView::Priorities => "priorities",
            TruthView::Resolutions => "resolutions",
            TruthView::Fields => "fields",
            TruthView::People => "people",
        }
    }

    /// The view of that name.
    pub fn named(name: &str) -> Option<TruthView> {
        TruthView::ALL.into_iter().find(|view| view.name() == name)
    }

    fn is_per_issue(self) -> bool {
        self.name().starts_with("issue") && self != TruthView::IssueTypes
    }
}

/// One account's truth.
#[derive(Debug)]
pub struct Truth {
    world: Arc<World>,
    fragments: Arc<Fragments>,
    account: Account,
}

impl Truth {
    /// The truth for an account of a site at this address; None when there is no such account.
    pub fn for_account(world: impl Into<Arc<World>>, site: &str, email: &str) -> Option<Truth> {
        let world = world.into();
        let fragments = Arc::new(Fragments::new(&world, site));
        Truth::in_site(world, fragments, email)
    }

    pub(crate) fn in_site(world: Arc<World>, fragments: Arc<Fragments>, email: &str) -> Option<Truth> {
        let account = world.account(email)?.clone();
        Some(Truth { world, fragments, account })
    }

    fn look(&self) -> View<'_> {
        View {
            world: &self.world,
            fragments: &self.fragments,
            account: &self.account,
            now: self.world.spec.base_ms,
            indexed_at: self.world.spec.base_ms,
        }
    }

    /// All rows of a view.
    pub fn rows(&self, view: TruthView) -> Vec<Value> {
        let mut rows = Vec::new();
        self.each(view, |row| rows.push(row));
        rows
    }

    /// Hands over the rows of a view one by one.
    pub fn each(&self, view: TruthView, mut take: impl FnMut(Value)) {
        let mut at = 0;
        while self.step(view, &mut at, &mut take) {}
    }

    /// Writes some more rows as JSON lines; false when all are written.
    pub(crate) fn write(&self, view: TruthView, at: &mut usize, out: &mut Vec<u8>) -> bool {
        self.step(view, at, &mut |row: Value| {
            out.extend_from_slice(row.to_string().as_bytes());
            out.push(b'\n');
        })
    }

    /// The rows of one issue, or of a whole view that does not go by issue.
    fn step(&self, view: TruthView, at: &mut usize, take: &mut impl FnMut(Value)) -> bool {
        if !view.is_per_issue() {
            reference::rows(&self.look(), view).into_iter().for_each(take);
            return false;
        }
        if let Some(issue) = self.world.issues.get(*at) {
            let look = self.look();
            if look.sees(issue) {
                issue::rows(&look, *at as u32, view).into_iter().for_each(take);
            }
        }
        *at += 1;
        *at < self.world.issues.len()
    }
}

/// Text as it may be kept: NUL is not text to every database.
fn clean(text: impl AsRef<str>) -> String {
    text.as_ref().replace('\0', "\u{fffd}")
}
