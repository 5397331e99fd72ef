//! Batches that a server would not take: they are cut, down to the one issue that is too large, which is put aside.

use super::spool::Packed;
use weir_model::{Anomaly, AnomalyKind, Batch, IssueRecord, Kind, Message, Quarantined};
use weir_source::errand::{LARGEST_PARCEL, LONGEST_PARCEL};

/// How large a parcel may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) packed: usize,
    pub(super) text: u64,
}

impl Limits {
    /// Well below what a server takes.
    pub(super) const OF_PARCELS: Self = Self { packed: LARGEST_PARCEL / 4 * 3, text: LONGEST_PARCEL / 4 * 3 };

    /// Whether a parcel is as large at most.
    pub(super) fn hold(&self, packed: &Packed) -> bool {
        packed.bytes.len() <= self.packed && packed.text <= self.text
    }
}

/// Makes two batches of one, to be kept one after the other, or a smaller one. Checkpoints are true after the last.
pub(super) fn cut(mut batch: Batch) -> Result<(Batch, Option<Batch>), Message> {
    let mut rest = Batch { checkpoints: std::mem::take(&mut batch.checkpoints), ..Batch::default() };
    let half = |length: usize| length.div_ceil(2);
    if batch.issues.len() > 1 {
        rest.issues = batch.issues.split_off(half(batch.issues.len()));
    } else if let Some(issue) = batch.issues.pop() {
        if batch.is_empty() {
            return Ok((Batch { checkpoints: rest.checkpoints, ..put_aside(&issue) }, None));
        }
        rest.issues = vec![issue];
    } else if batch.people.len() > 1 {
        rest.people = batch.people.split_off(half(batch.people.len()));
    } else if batch.reference.len() > 1 {
        rest.reference = batch.reference.split_off(half(batch.reference.len()));
    } else if batch.quarantined.len() > 1 {
        rest.quarantined = batch.quarantined.split_off(half(batch.quarantined.len()));
    } else {
        return Err(Message::Bug { detail: "a batch that cannot be cut is too large to be sent".to_owned() });
    }
    Ok((batch, Some(rest)))
}

/// What is sent of an issue that is too large by itself.
fn put_aside(record: &IssueRecord) -> Batch {
    let issue = record.issue.id.clone();
    let code = "issue.too_large".to_owned();
    let mb = LARGEST_PARCEL / (1024 * 1024);
    let detail = format!("It is larger than a satellite can send: more than {mb} MB, compressed.");
    let anomaly = Anomaly {
        kind: AnomalyKind::Unreadable,
        what: Kind::Issues,
        subject: issue.as_str().to_owned(),
        code: code.clone(),
        detail: detail.clone(),
    };
    let quarantined = Quarantined { issue, code, detail, raw: None };
    Batch { anomalies: vec![anomaly], quarantined: vec![quarantined], ..Batch::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::spool::pack;
    use weir_model::{Checkpoint, Issue, IssueId, Partition};

    /// An issue whose text is so long, and does not shrink much.
    fn record(id: &str, long: usize) -> IssueRecord {
        let list = || "[]".to_owned();
        let mut state = 1_u64;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + ((state >> 33) % 26) as u8)
        };
        IssueRecord {
            issue: Issue {
                id: IssueId::from(id),
                key: format!("ENG-{id}"),
                project_key: "ENG".into(),
                kind: None,
                is_subtask: false,
                status: None,
                status_category: None,
                priority: None,
                resolution: None,
                summary: None,
                description_text: Some((0..long).map(|_| letter()).collect()),
                description_words: None,
                assignee_id: None,
                reporter_id: None,
                creator_id: None,
                parent_key: None,
                epic_key: None,
                story_points: None,
                labels: list(),
                components: list(),
                fix_versions: list(),
                affects_versions: list(),
                due_date: None,
                created_at: None,
                updated_at: None,
                resolved_at: None,
                status_changed_at: None,
                security_level: None,
                fields: "{}".to_owned(),
                url: String::new(),
            },
            keys: vec![],
            changes: vec![],
            comments: None,
            worklogs: None,
            links: vec![],
            sprints: vec![],
            cases: vec![],
            partly: vec![],
        }
    }

    fn cut_to(limits: Limits, batch: Batch) -> Vec<Batch> {
        let (mut parts, mut kept) = (vec![batch], vec![]);
        while let Some(part) = parts.pop() {
            if limits.hold(&pack(&part).unwrap()) {
                kept.push(part);
                continue;
            }
            let (first, rest) = cut(part).unwrap();
            parts.extend(rest);
            parts.push(first);
        }
        kept
    }

    #[test]
    fn a_batch_that_a_server_would_not_take_is_sent_in_parts_and_its_checkpoint_with_the_last() {
        let issues: Vec<IssueRecord> = (0..5).map(|no| record(&no.to_string(), 20_000)).collect();
        let reached = vec![Checkpoint { partition: Partition("p".to_owned()), position: "5".to_owned() }];
        let batch = Batch { issues: issues.clone(), checkpoints: reached.clone(), ..Batch::default() };
        for limits in [Limits { packed: 30_000, text: u64::MAX }, Limits { packed: usize::MAX, text: 45_000 }]
        {
            let kept = cut_to(limits, batch.clone());
            assert!(kept.len() > 2, "{}", kept.len());
            let (last, before) = kept.split_last().unwrap();
            assert!(before.iter().all(|part| part.checkpoints.is_empty()));
            assert_eq!(last.checkpoints, reached);
            let all: Vec<IssueRecord> = kept.iter().flat_map(|part| part.issues.clone()).collect();
            assert_eq!(all, issues);
            assert!(kept.iter().all(|part| part.quarantined.is_empty()));
        }
    }

    #[test]
    fn an_issue_that_is_too_large_by_itself_is_put_aside_and_named_and_the_others_come() {
        let issues = vec![record("1", 100), record("2", 90_000), record("3", 100)];
        let kept = cut_to(Limits { packed: 20_000, text: u64::MAX }, Batch { issues, ..Batch::default() });
        let ids: Vec<&str> =
            kept.iter().flat_map(|part| &part.issues).map(|one| one.issue.id.as_str()).collect();
        assert_eq!(ids, ["1", "3"]);
        let aside: Vec<&Quarantined> = kept.iter().flat_map(|part| &part.quarantined).collect();
        assert_eq!((aside.len(), aside[0].issue.as_str(), &*aside[0].code), (1, "2", "issue.too_large"));
        let named: Vec<&Anomaly> = kept.iter().flat_map(|part| &part.anomalies).collect();
        assert_eq!((named.len(), &*named[0].subject), (1, "2"));
    }
}
