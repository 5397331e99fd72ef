//! What a run that came to its end leaves to the next: from when on to look for changes, and what to look at anyway.
//!
//! `updated` moves with most edits, but not with a renamed status or version, and not for a project that has only now
//! become visible; so names and projects are remembered as well.

use super::around::Doubted;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};
use weir_model::{Checkpoint, Exclusions, Kind, Millis, Partition, Project, ReferenceSet, Sprint};

/// The partition under which it is kept.
pub(in crate::jira) const PARTITION: &str = "watermark";

/// The partition under which the names are kept that a run from the beginning began with. Like the parts of such a run
/// it is of no use once the run has come to its end, and goes with them.
const NAMES: &str = "project:names";

#[derive(Serialize, Deserialize)]
struct Begun {
    settings: u64,
    names: BTreeMap<String, u64>,
}

/// Issues that are remembered to be read again.
const MOST_AGAIN: usize = 10_000;

/// How often an issue is asked for that does not come.
pub(super) const MOST_ABSENT: u32 = 8;

/// How often an issue was read without some list, and how many runs have passed it by since.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Tries {
    attempts: u32,
    passed: u32,
}

impl Tries {
    pub(super) const ONE: Self = Self { attempts: 1, passed: 0 };

    /// Tried once more, in vain.
    pub(super) fn again(self) -> Self {
        Self { attempts: self.attempts.saturating_add(1), passed: 0 }
    }

    /// Passed by once more.
    pub(super) fn passed_by(self) -> Self {
        Self { passed: self.passed.saturating_add(1), ..self }
    }

    /// Whether it was tried more often than this.
    pub(super) fn is_beyond(self, most: u32) -> bool {
        self.attempts > most
    }

    /// Whether it is its turn: none pass it by after the first, then one, three, seven …
    pub(super) fn is_due(self) -> bool {
        u64::from(self.passed) + 1 >= 1 << (self.attempts.saturating_sub(1)).min(40)
    }
}

/// What the next run has to know of this one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Watermark {
    /// The site's time when the run began.
    pub(super) since: Millis,
    /// Which issues, and what of them, was read.
    pub(super) settings: u64,
    /// What of them was read.
    #[serde(default)]
    pub(super) kept: u64,
    /// Fields that were left out of it; nothing in marks of before this was noted.
    #[serde(default)]
    pub(super) left_out: Option<BTreeSet<String>>,
    /// Keys of the projects that were read from end to end, by id.
    pub(super) projects: BTreeMap<String, String>,
    /// Those of them, by id, whose list of issues may have been short: their ids are walked once more, after a pause that
    /// grows where Jira always warns.
    #[serde(default)]
    pub(super) short: BTreeMap<String, Tries>,
    /// Names that issues show, as digests.
    pub(super) names: BTreeMap<String, u64>,
    /// Issues of which a list was not given.
    pub(super) again: BTreeSet<u64>,
    /// Of those of them that were not read just once.
    #[serde(default)]
    tries: BTreeMap<u64, Tries>,
    /// Keys around which not everything may have been found.
    #[serde(default)]
    pub(super) around: Doubted,
    /// Since when the feeds of worklogs were refused.
    #[serde(default)]
    pub(super) worklogs_since: Option<Millis>,
    /// Lists that were not given either, and are not remembered, since there are too many.
    #[serde(skip)]
    pub(super) forgotten: u64,
    /// The site's time when the last run began that looked further back than others.
    #[serde(default)]
    pub(super) wide_at: Millis,
}

impl Watermark {
    /// The one that a run which begins now will leave, unless something is found to be missing.
    pub(super) fn of_run(
        since: Millis,
        (settings, kept): (u64, u64),
        projects: &[Project],
        names: BTreeMap<String, u64>,
    ) -> Self {
        Self {
            since,
            settings,
            kept,
            left_out: None,
            projects: projects.iter().map(|project| (project.id.clone(), project.key.clone())).collect(),
            short: BTreeMap::new(),
            names,
            again: BTreeSet::new(),
            tries: BTreeMap::new(),
            around: Doubted::default(),
            worklogs_since: None,
            forgotten: 0,
            wide_at: since,
        }
    }

    /// The names that an interrupted run began with: issues that it stored show these.
    pub(super) fn begun_with(checkpoints: &[Checkpoint], settings: u64) -> Option<BTreeMap<String, u64>> {
        let kept = checkpoints.iter().find(|checkpoint| checkpoint.partition.0 == NAMES)?;
        let begun: Begun = serde_json::from_str(&kept.position).ok()?;
        (begun.settings == settings).then_some(begun.names)
    }

    /// The checkpoint of the names that a run begins with; of those that it found begun, `former` ones stay.
    pub(super) fn names_checkpoint(
        &self,
        former: &BTreeMap<String, u64>,
    ) -> Result<Checkpoint, serde_json::Error> {
        let mut names = self.names.clone();
        names.extend(former.iter().map(|(name, digest)| (name.clone(), *digest)));
        let position = serde_json::to_string(&Begun { settings: self.settings, names })?;
        Ok(Checkpoint { partition: Partition(NAMES.to_owned()), position })
    }

    /// The one that the last run left, where it read the same of the same issues.
    pub(super) fn of(checkpoints: &[Checkpoint], settings: u64) -> Option<Self> {
        let mark = Self::found(checkpoints)?;
        (mark.settings == settings).then_some(mark)
    }

    /// The one that the last run left, where it read the same of issues that another filter took.
    pub(super) fn of_another_filter(
        checkpoints: &[Checkpoint],
        (settings, kept): (u64, u64),
    ) -> Option<Self> {
        let mark = Self::found(checkpoints)?;
        (mark.settings != settings && mark.kept == kept).then_some(mark)
    }

    fn found(checkpoints: &[Checkpoint]) -> Option<Self> {
        let found = checkpoints.iter().find(|checkpoint| checkpoint.partition.0 == PARTITION)?;
        serde_json::from_str(&found.position).ok()
    }

    /// The checkpoint of it.
    pub(super) fn checkpoint(&self) -> Result<Checkpoint, serde_json::Error> {
        let position = serde_json::to_string(self)?;
        Ok(Checkpoint { partition: Partition(PARTITION.to_owned()), position })
    }

    /// Whether the project was read from end to end under the key that it has now.
    pub(super) fn has(&self, project: &Project) -> bool {
        self.projects.get(&project.id) == Some(&project.key)
    }

    /// Whether the ids of a project are to be walked once more; once a day in any case.
    pub(super) fn is_short(&self, id: &str, is_wide: bool) -> bool {
        self.short.get(id).is_some_and(|tries| is_wide || tries.is_due())
    }

    /// Takes over from the last run which lists may be short, and wait to be walked once more.
    pub(super) fn keep_short(&mut self, last: &Self, is_wide: bool) {
        let waiting = last.short.iter().filter(|(_, tries)| !is_wide && !tries.is_due());
        self.short.extend(waiting.map(|(id, tries)| (id.clone(), tries.passed_by())));
    }

    /// Remembers an issue of which a list was not given.
    pub(super) fn read_again(&mut self, id: u64) {
        if self.again.len() < MOST_AGAIN || self.again.contains(&id) {
            self.again.insert(id);
        } else {
            self.forgotten += 1;
        }
    }

    /// Forgets issues that are not there any more.
    pub(super) fn forget(&mut self, gone: &[u64]) {
        for id in gone {
            self.again.remove(id);
        }
    }

    /// The issues of which a list was not given: those whose turn it is, and those that wait. Once a day it is everybody's.
    pub(super) fn turns(&self, is_wide: bool) -> (Vec<u64>, Vec<u64>) {
        self.again.iter().partition(|id| is_wide || self.tries(**id).is_due())
    }

    /// Remembers issues that were to be read again and did not come: an answer that lacks one proves nothing of it. One that
    /// never comes is given up after a while; it is for a census to say what became of it.
    pub(super) fn keep_absent(&mut self, last: Option<&Self>, absent: &[u64]) {
        for id in absent {
            if last.is_none_or(|last| last.tries(*id).attempts < MOST_ABSENT) {
                self.read_again(*id);
            }
        }
    }

    /// Has the next run look once more for issues that show a former name of this.
    pub(super) fn look_again(&mut self, kind: Kind, ids: &[String]) {
        // No name has this digest, so that it is another then.
        self.names.extend(ids.iter().map(|id| (format!("{}:{id}", kind.as_str()), 0)));
    }

    /// Takes over from the last run how often issues were tried, and those that have waited in this one; says how many.
    pub(super) fn take_over(&mut self, last: &Self, waiting: &[u64]) -> u64 {
        let tried = self.again.intersection(&last.again);
        let tried = tried.map(|id| (*id, last.tries(*id).again()));
        self.tries = tried.collect();
        let mut passed = 0;
        for id in waiting {
            let before = last.tries(*id);
            if !self.again.contains(id) {
                self.read_again(*id);
                self.tries.insert(*id, before.passed_by());
                passed += 1;
            }
        }
        self.tries.retain(|id, _| self.again.contains(id));
        passed
    }

    fn tries(&self, id: u64) -> Tries {
        self.tries.get(&id).copied().unwrap_or(Tries::ONE)
    }

    /// Remembers the names of a list; gives the ids whose name was another before.
    pub(super) fn note_names(&mut self, set: &ReferenceSet) -> Vec<String> {
        let mut renamed = Vec::new();
        for (name, digest) in digests(set) {
            let id = name.split_once(':').map(|(_, id)| id.to_owned());
            let before = self.names.insert(name, digest);
            if before.is_some_and(|before| before != digest) {
                renamed.extend(id);
            }
        }
        renamed
    }
}

/// The fields that were left out by the last run that came to its end, where that is known of the mark that it left.
pub(in crate::jira) fn left_out_by(position: &str) -> Option<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Part {
        #[serde(default)]
        left_out: Option<BTreeSet<String>>,
    }
    serde_json::from_str::<Part>(position).ok()?.left_out
}

/// The JQL fields by which the issues are found that show a name; `None` for lists whose names issues do not show.
pub(super) fn fields(kind: Kind) -> Option<&'static [&'static str]> {
    match kind {
        Kind::Statuses => Some(&["status"]),
        Kind::IssueTypes => Some(&["issuetype"]),
        Kind::Priorities => Some(&["priority"]),
        Kind::Resolutions => Some(&["resolution"]),
        Kind::Versions => Some(&["fixVersion", "affectedVersion"]),
        Kind::Components => Some(&["component"]),
        Kind::Sprints => Some(&["sprint"]),
        _ => None,
    }
}

/// What issues show of a list, each as a digest under the name that it is remembered by.
pub(super) fn digests(set: &ReferenceSet) -> impl Iterator<Item = (String, u64)> {
    let kind = set.kind().as_str();
    shown(set).into_iter().map(move |(id, shown)| (format!("{kind}:{id}"), fnv(shown.as_bytes())))
}

/// What issues show of each row of a list: names, and of sprints all there is.
fn shown(set: &ReferenceSet) -> Vec<(&str, Cow<'_, str>)> {
    macro_rules! each {
        ($rows:expr) => {
            $rows.iter().map(|row| (row.id.as_str(), Cow::Borrowed(row.name.as_str()))).collect()
        };
    }
    match set {
        ReferenceSet::Statuses(rows) => each!(rows),
        ReferenceSet::IssueTypes(rows) => each!(rows),
        ReferenceSet::Priorities(rows) => each!(rows),
        ReferenceSet::Resolutions(rows) => each!(rows),
        ReferenceSet::Versions { rows, .. } => each!(rows),
        ReferenceSet::Components { rows, .. } => each!(rows),
        ReferenceSet::Sprints(rows) => rows.iter().map(|row| (row.id.as_str(), whole(row).into())).collect(),
        _ => Vec::new(),
    }
}

fn whole(sprint: &Sprint) -> String {
    let times = [sprint.start_at, sprint.end_at, sprint.completed_at].map(|at| at.map(|at| at.0));
    let texts = [Some(&sprint.name), sprint.state.as_ref(), sprint.goal.as_ref(), sprint.board_id.as_ref()];
    format!("{texts:?} {times:?}")
}

/// A digest of what decides which issues are read, and what of them. Chosen projects are not part of it: each project
/// is remembered by itself.
pub(super) fn settings(filter: Option<&str>, exclusions: &Exclusions) -> u64 {
    digest(filter.unwrap_or_default(), exclusions)
}

/// A digest of what decides which parts of an issue are kept.
pub(super) fn kept(exclusions: &Exclusions) -> u64 {
    digest("kept", exclusions)
}

fn digest(what: &str, exclusions: &Exclusions) -> u64 {
    let mut text = format!("{what} details:{}", exclusions.user_details);
    exclusions.fields.iter().for_each(|field| {
        text.push('\n');
        text.push_str(field);
    });
    fnv(text.as_bytes())
}

/// FNV-1a: the same in every version and on every machine.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::{Status, StatusCategory};

    fn statuses(names: &[(&str, &str)]) -> ReferenceSet {
        let status = |(id, name): &(&str, &str)| Status {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            category: Some(StatusCategory::Todo),
            scope_project_id: None,
        };
        ReferenceSet::Statuses(names.iter().map(status).collect())
    }

    #[test]
    fn a_name_is_news_once_and_a_new_one_is_none() {
        let mut mark = Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
        assert!(mark.note_names(&statuses(&[("1", "To Do"), ("2", "Doing")])).is_empty());
        assert_eq!(mark.note_names(&statuses(&[("1", "Open"), ("2", "Doing"), ("3", "Done")])), ["1"]);
        assert!(mark.note_names(&statuses(&[("1", "Open")])).is_empty());
    }

    #[test]
    fn a_run_that_goes_on_compares_with_the_names_that_its_first_issues_show() {
        let mut first = Watermark::of_run(Millis(1), (5, 0), &[], BTreeMap::new());
        first.note_names(&statuses(&[("1", "To Do")]));
        let kept = [first.names_checkpoint(&BTreeMap::new()).unwrap()];
        assert_eq!(Watermark::begun_with(&kept, 6), None);
        let former = Watermark::begun_with(&kept, 5).unwrap();
        let mut again = Watermark::of_run(Millis(2), (5, 0), &[], former.clone());
        assert_eq!(again.note_names(&statuses(&[("1", "Open"), ("2", "Done")])), ["1"]);
        // Killed once more, it must still find it.
        let kept = [again.names_checkpoint(&former).unwrap()];
        let mut third = Watermark::of_run(Millis(3), (5, 0), &[], Watermark::begun_with(&kept, 5).unwrap());
        assert_eq!(third.note_names(&statuses(&[("1", "Open"), ("2", "Done")])), ["1"]);
    }

    #[test]
    fn it_counts_only_for_the_same_settings() {
        let all = settings(None, &Exclusions::default());
        let whole = super::kept(&Exclusions::default());
        let mark = Watermark::of_run(Millis(7), (all, whole), &[], BTreeMap::new());
        let kept = [mark.checkpoint().unwrap()];
        assert_eq!(Watermark::of(&kept, all), Some(mark));
        assert_eq!(Watermark::of(&kept, settings(Some("project = A"), &Exclusions::default())), None);
        assert_eq!(Watermark::of(&kept, settings(None, &Exclusions::parse(["summary"]))), None);
    }

    #[test]
    fn an_issue_whose_list_is_never_given_is_read_less_and_less_often_and_still_once_a_day() {
        let new = || Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
        let mut last = new();
        last.read_again(7);
        let mut tried = vec![1];
        for run in 2..=20 {
            // Through the store and back.
            last = Watermark::of(&[last.checkpoint().unwrap()], 0).unwrap();
            let (due, waiting) = last.turns(false);
            assert_eq!(last.turns(true), (vec![7], vec![]), "the wide pass of the day");
            let mut next = new();
            for id in &due {
                next.read_again(*id);
                tried.push(run);
            }
            assert_eq!(next.take_over(&last, &waiting), waiting.len() as u64);
            assert_eq!(next.again, [7].into());
            last = next;
        }
        assert_eq!(tried, [1, 2, 4, 8, 16]);
        // What was given this time is not remembered, and fails later as if it were the first time.
        let mut next = new();
        next.take_over(&last, &[]);
        assert!(next.again.is_empty() && next.tries.is_empty());
    }

    #[test]
    fn a_list_that_is_always_short_is_walked_less_and_less_often_and_still_once_a_day() {
        let new = || Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
        let mut last = new();
        last.short.insert("7".to_owned(), Tries::ONE);
        let mut walked = vec![1];
        for run in 2..=20 {
            let mut next = new();
            next.keep_short(&last, false);
            assert!(last.is_short("7", true));
            if last.is_short("7", false) {
                walked.push(run);
                next.short.insert("7".to_owned(), last.short["7"].again());
            }
            last = next;
        }
        assert_eq!(walked, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn lists_beyond_the_most_that_are_remembered_are_counted() {
        let mut mark = Watermark::of_run(Millis(1), (0, 0), &[], BTreeMap::new());
        let most = MOST_AGAIN as u64;
        (0..most + 3).for_each(|id| mark.read_again(id));
        mark.read_again(0);
        assert_eq!((mark.again.len(), mark.forgotten), (MOST_AGAIN, 3));
        let last = mark.clone();
        let mut next = mark;
        assert_eq!(next.take_over(&last, &[most + 9]), 1);
        assert_eq!((next.forgotten, next.tries.contains_key(&(most + 9))), (4, false));
    }

    #[test]
    fn a_mark_of_before_there_were_turns_is_read() {
        let kept = r#"{"since":1,"settings":2,"projects":{},"names":{},"again":[5]}"#.to_owned();
        let kept = [Checkpoint { partition: Partition(PARTITION.to_owned()), position: kept }];
        assert_eq!(Watermark::of(&kept, 2).unwrap().turns(false), (vec![5], vec![]));
    }

    #[test]
    fn a_mark_tells_what_was_left_out_of_what_was_read() {
        let mut mark = Watermark::of_run(Millis(7), (0, 0), &[], BTreeMap::new());
        assert_eq!(left_out_by(&mark.checkpoint().unwrap().position), None);
        mark.left_out = Some(["duedate".to_owned()].into());
        assert_eq!(left_out_by(&mark.checkpoint().unwrap().position), mark.left_out);
        assert_eq!(left_out_by("{"), None);
    }

    #[test]
    fn another_filter_is_told_from_other_exclusions() {
        let digests = |filter, exclusions: &Exclusions| (settings(filter, exclusions), kept(exclusions));
        let (all, narrow) = (Exclusions::default(), Exclusions::parse(["summary"]));
        let mark = Watermark::of_run(Millis(7), digests(None, &all), &[], BTreeMap::new());
        let kept = [mark.checkpoint().unwrap()];
        assert_eq!(Watermark::of_another_filter(&kept, digests(Some("project = A"), &all)), Some(mark));
        assert_eq!(Watermark::of_another_filter(&kept, digests(None, &all)), None);
        assert_eq!(Watermark::of_another_filter(&kept, digests(Some("project = A"), &narrow)), None);
    }
}
