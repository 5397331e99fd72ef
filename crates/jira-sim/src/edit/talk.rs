//! Comments, which move `updated` and leave no history, and worklogs, which leave one.

use serde_json::Value;

use super::editor::{Editor, named};
use super::{Done, EditError};
use crate::world::issue::{Change, Comment, Issue, Visibility, Worklog};
use crate::world::life;
use crate::world::project::Type;
use crate::world::text::{Body, Place};

impl Editor<'_> {
    fn text(&mut self, place: Place, serial: u32) -> Body {
        life::body(self.world, &mut self.rng, place, serial, 3)
    }

    fn visibility(&mut self) -> Visibility {
        match self.rng.below(100) {
            0..8 => Visibility::Administrators,
            8..16 => Visibility::Developers,
            _ => Visibility::Everyone,
        }
    }

    pub(super) fn comment_add(&mut self, subject: Option<&str>) -> Done {
        let at = self.any(subject)?;
        self.world.counters.comment += 1;
        let id = self.world.counters.comment;
        let desk = self.world.projects[self.issue(at).project as usize].kind == Type::ServiceDesk;
        let (author, now) = (Some(self.somebody()), self.when.now);
        let comment = Comment {
            id,
            author,
            update_author: author,
            created: now,
            updated: now,
            body: self.text(Place::Comment, id),
            visibility: self.visibility(),
            public: desk.then(|| self.rng.chance(600)),
        };
        self.touch(at).comments.push(comment);
        self.done(at)
    }

    /// An issue with something of a kind, and one of those.
    fn one_of(
        &mut self,
        subject: Option<&str>,
        value: Option<&Value>,
        what: &str,
        ids: impl Fn(&Issue) -> Vec<u32>,
    ) -> Result<(u32, usize), EditError> {
        let at = self.pick(subject, &format!("with a {what}"), |_, issue| !ids(issue).is_empty())?;
        let ids = ids(self.issue(at));
        let which = match value {
            Some(value) => {
                named(value, what, |id| ids.iter().position(|it| it.to_string() == id).map(|at| at as u32))?
                    as usize
            }
            None => self.rng.below(ids.len()),
        };
        Ok((at, which))
    }

    fn a_comment(&mut self, subject: Option<&str>, value: Option<&Value>) -> Result<(u32, usize), EditError> {
        let ids = |issue: &Issue| issue.comments.iter().map(|comment| comment.id).collect();
        self.one_of(subject, value, "comment", ids)
    }

    fn a_worklog(&mut self, subject: Option<&str>, value: Option<&Value>) -> Result<(u32, usize), EditError> {
        let ids = |issue: &Issue| issue.worklogs.iter().map(|worklog| worklog.id).collect();
        self.one_of(subject, value, "worklog", ids)
    }

    /// The comment, by its id, gets another text.
    pub(super) fn comment_edit(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let (at, which) = self.a_comment(subject, value)?;
        let mut body = self.text(Place::Comment, self.issue(at).comments[which].id);
        let mut blocks = body.blocks.into_vec();
        blocks.push(self.rng.below(self.world.pool.ordinary) as u16);
        body.blocks = blocks.into();
        let (author, now) = (self.somebody(), self.when.now);
        let comment = &mut self.touch(at).comments[which];
        (comment.body, comment.updated, comment.update_author) = (body, now, Some(author));
        self.done(at)
    }

    pub(super) fn comment_delete(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let (at, which) = self.a_comment(subject, value)?;
        self.touch(at).comments.remove(which);
        self.done(at)
    }

    /// The items of a change of the time spent; the remaining estimate follows it.
    fn time_items(&self, at: u32, before: u32, worklog: Change) -> Vec<Change> {
        let issue = self.issue(at);
        let after = spent(issue);
        let mut items = Vec::new();
        if before != after {
            if let Some(estimate) = issue.estimate {
                let (from, to) = (estimate.saturating_sub(before), estimate.saturating_sub(after));
                if from != to {
                    items.push(Change::Remaining { from, to });
                }
            }
            items.push(Change::TimeSpent { from: (before > 0).then_some(before), to: after });
        }
        items.push(worklog);
        items
    }

    /// The value is a number of seconds.
    pub(super) fn worklog_add(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let at = self.any(subject)?;
        let seconds = self.seconds(value)?;
        self.world.counters.worklog += 1;
        let id = self.world.counters.worklog;
        let (author, now) = (Some(self.somebody()), self.when.now);
        let worklog = Worklog {
            id,
            author,
            update_author: author,
            created: now,
            updated: now,
            started: now - self.rng.range(0, 3 * crate::time::DAY),
            seconds,
            comment: self.rng.chance(600).then(|| self.text(Place::Worklog, id)),
            visibility: self.visibility(),
        };
        let before = spent(self.issue(at));
        let issue = self.touch(at);
        issue.worklogs.push(worklog);
        issue.worklogs.sort_by_key(|worklog| (worklog.started, worklog.id));
        let items = self.time_items(at, before, Change::WorklogId { id, added: true });
        self.record(at, items);
        self.done(at)
    }

    fn seconds(&mut self, value: Option<&Value>) -> Result<u32, EditError> {
        match value {
            None => Ok(900 * (1 + self.rng.below(24) as u32)),
            Some(value) => match value.as_u64() {
                Some(seconds @ 60..=360_000) => Ok(seconds as u32),
                _ => Err(EditError::new("A worklog takes from 60 to 360000 seconds.")),
            },
        }
    }

    /// The worklog, by its id, gets another length.
    pub(super) fn worklog_edit(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let (at, which) = self.a_worklog(subject, value)?;
        let before = spent(self.issue(at));
        let (author, now, more) = (self.somebody(), self.when.now, 900 * (1 + self.rng.below(8) as u32));
        let worklog = &mut self.touch(at).worklogs[which];
        worklog.seconds =
            if worklog.seconds > 14_400 { worklog.seconds - more } else { worklog.seconds + more };
        (worklog.updated, worklog.update_author) = (now, Some(author));
        let id = worklog.id;
        let items = self.time_items(at, before, Change::WorklogId { id, added: false });
        self.record(at, items);
        self.done(at)
    }

    pub(super) fn worklog_delete(&mut self, subject: Option<&str>, value: Option<&Value>) -> Done {
        let (at, which) = self.a_worklog(subject, value)?;
        let (before, now) = (spent(self.issue(at)), self.when.now);
        let gone = self.touch(at).worklogs.remove(which);
        self.world.deleted_worklogs.push((now, gone.id));
        let items = self.time_items(at, before, Change::WorklogId { id: gone.id, added: false });
        self.record(at, items);
        self.done(at)
    }
}

fn spent(issue: &Issue) -> u32 {
    issue.worklogs.iter().map(|worklog| worklog.seconds).sum()
}
