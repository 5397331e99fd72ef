//! Histories into rows, and what rows of history tell of an issue.

use super::{fields::FieldMap, met::Met, wire};
use foldhash::fast::RandomState;
use serde_json::value::RawValue;
use std::{collections::HashMap, sync::Arc};
use weir_model::{Change, Deployment, IssueKey, Millis};

/// History rows by issue id, gathered over the pages of one group.
pub(super) type ByIssue = HashMap<String, Vec<Change>, RandomState>;

/// A history that could not be read: the issue's id and why.
pub(super) type Odd = (String, String);

/// Adds a page of histories; gives the token of the next page.
pub(super) fn gather(
    json: &str,
    fields: &FieldMap,
    met: &mut Met,
    into: &mut ByIssue,
    odd: &mut Vec<Odd>,
) -> Result<Option<String>, serde_json::Error> {
    if let Ok(page) = wire::read::<wire::ChangeLogs<'_, wire::History<'_>>>(json) {
        for log in page.issue_change_logs {
            let rows = rows_of(into, &log.issue_id);
            for history in &log.change_histories {
                take(history, &log.issue_id, fields, met, rows, odd);
            }
        }
        return Ok(page.next_page_token.map(wire::Text::owned));
    }
    // One history of another shape must not cost the others of its page.
    let page: wire::ChangeLogs<'_, &RawValue> = wire::read(json)?;
    for log in page.issue_change_logs {
        let rows = rows_of(into, &log.issue_id);
        for raw in log.change_histories {
            match wire::read::<wire::History<'_>>(raw.get()) {
                Ok(history) => take(&history, &log.issue_id, fields, met, rows, odd),
                Err(error) => odd.push((log.issue_id.to_string(), wire::Fault(error).to_string())),
            }
        }
    }
    Ok(page.next_page_token.map(wire::Text::owned))
}

/// Adds a page of one issue's own list; gives how many histories came, and how many of them could not be read.
pub(super) fn gather_of_one(
    page: &wire::Entries<&RawValue>,
    fields: &FieldMap,
    met: &mut Met,
    into: &mut Vec<Change>,
) -> usize {
    let mut odd = 0;
    for raw in &page.entries {
        let dated = wire::read::<wire::History<'_>>(raw.get()).ok();
        match dated.and_then(|history| Some((history.created.0?, history))) {
            Some((at, history)) => items(&history, at, fields, met, into),
            None => odd += 1,
        }
    }
    odd
}

/// Histories that stand in an issue itself: rows, and why others could not be read.
#[derive(Debug, Default)]
pub(super) struct Embedded {
    pub(super) changes: Vec<Change>,
    /// Why some could not be read.
    pub(super) odd: Vec<String>,
    /// What is known of others that did not come.
    pub(super) short: Option<String>,
}

impl Embedded {
    /// What an issue without a changelog tells: on Data Center, where it was asked for, that one is missing.
    pub(super) fn absent(deployment: Deployment) -> Self {
        let short = match deployment {
            Deployment::Cloud => None,
            Deployment::DataCenter => Some("it was asked for and did not come".to_owned()),
        };
        Self { short, ..Self::default() }
    }

    /// Takes over a changelog of which every history has the documented shape.
    pub(super) fn of(log: &wire::Changelog<wire::History<'_>>, fields: &FieldMap, met: &mut Met) -> Self {
        let mut embedded = Self::default();
        log.histories.iter().for_each(|history| embedded.take(history, fields, met));
        embedded.count(log.histories.len(), log.total);
        embedded
    }

    /// Reads a changelog; a history of another shape costs only itself.
    pub(super) fn read(json: &str, fields: &FieldMap, met: &mut Met) -> Self {
        let mut embedded = Self::default();
        match wire::read::<wire::Changelog<&RawValue>>(json) {
            Ok(log) => {
                for raw in &log.histories {
                    match wire::read::<wire::History<'_>>(raw.get()) {
                        Ok(history) => embedded.take(&history, fields, met),
                        Err(error) => embedded.odd.push(wire::Fault(error).to_string()),
                    }
                }
                embedded.count(log.histories.len(), log.total);
            }
            Err(error) => embedded.odd.push(wire::Fault(error).to_string()),
        }
        embedded
    }

    fn take(&mut self, history: &wire::History<'_>, fields: &FieldMap, met: &mut Met) {
        match history.created.0 {
            Some(at) => items(history, at, fields, met, &mut self.changes),
            None => self.odd.push(format!("history {} has no time", &*history.id)),
        }
    }

    fn count(&mut self, came: usize, total: Option<u64>) {
        if let Some(total) = total.filter(|total| *total > came as u64) {
            self.short = Some(format!("{came} of {total} histories came"));
        }
    }
}

fn rows_of<'a>(into: &'a mut ByIssue, issue_id: &str) -> &'a mut Vec<Change> {
    into.entry(issue_id.to_owned()).or_default()
}

fn take(
    history: &wire::History<'_>,
    issue_id: &str,
    fields: &FieldMap,
    met: &mut Met,
    rows: &mut Vec<Change>,
    odd: &mut Vec<Odd>,
) {
    match history.created.0 {
        Some(at) => items(history, at, fields, met, rows),
        None => odd.push((issue_id.to_owned(), format!("history {} has no time", &*history.id))),
    }
}

fn items(history: &wire::History<'_>, at: Millis, fields: &FieldMap, met: &mut Met, rows: &mut Vec<Change>) {
    let history_id: Arc<str> = Arc::from(&*history.id);
    let author_id = history.author.as_ref().and_then(|user| met.person(user));
    for (item_index, item) in (0_i64..).zip(&history.items) {
        let field_id = item.field_id.as_deref();
        if fields.excludes_item(field_id, &item.field) {
            continue;
        }
        let nameless = fields.exclusions.user_details && fields.names_people(field_id, &item.field);
        let mut text = |text: &Option<wire::Text<'_>>| text.as_ref().map(|text| met.share_if_short(text));
        let (from_id, to_id) = (text(&item.from), text(&item.to));
        let (from_text, to_text) =
            if nameless { (None, None) } else { (text(&item.from_string), text(&item.to_string)) };
        rows.push(Change {
            history_id: history_id.clone(),
            item_index,
            field: met.share(&item.field),
            field_id: field_id.map(|id| met.share(id)),
            from_id,
            from_text,
            to_id,
            to_text,
            author_id: author_id.clone(),
            changed_at: at,
        });
    }
}

/// Puts rows in order of time, then of history id, and drops those that came twice.
pub(super) fn sort(changes: &mut Vec<Change>) {
    let place = |change: &Change| {
        (
            change.changed_at,
            change.history_id.parse::<u64>().unwrap_or(u64::MAX),
            change.history_id.clone(),
            change.item_index,
        )
    };
    changes.sort_by_cached_key(place);
    changes.dedup_by(|a, b| a.history_id == b.history_id && a.item_index == b.item_index);
}

/// When the status last changed. Rows must be in order.
pub(super) fn status_changed_at(changes: &[Change]) -> Option<Millis> {
    let status = |change: &&Change| match change.field_id.as_deref() {
        Some(id) => id == "status",
        None => change.field.eq_ignore_ascii_case("status"),
    };
    changes.iter().rfind(status).map(|change| change.changed_at)
}

/// Every key the issue had, oldest first, the present one last. Rows must be in order.
pub(super) fn keys(present: &str, created_at: Option<Millis>, changes: &[Change]) -> Vec<IssueKey> {
    let mut keys: Vec<IssueKey> = Vec::with_capacity(1);
    let mut had = |key: &str, since: Option<Millis>| {
        keys.retain(|known| known.key != key);
        keys.push(IssueKey { key: key.to_owned(), since });
    };
    let mut since = created_at;
    let moves = changes.iter().filter(|change| change.field.eq_ignore_ascii_case("key"));
    for change in moves {
        if let Some(old) = change.from_text.as_deref().filter(|old| !old.is_empty()) {
            had(old, since);
        }
        since = Some(change.changed_at);
    }
    had(present, since);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_model::Exclusions;

    fn gathered(pages: &[&str], exclude: &str) -> Vec<Change> {
        let exclusions = Exclusions::parse([exclude]);
        let fields = FieldMap::new(&[], &exclusions, None);
        let (mut met, mut rows, mut odd) = (Met::new(&exclusions), ByIssue::default(), Vec::new());
        for page in pages {
            gather(page, &fields, &mut met, &mut rows, &mut odd).unwrap();
        }
        assert!(odd.is_empty(), "{odd:?}");
        let mut changes = rows.remove("1").unwrap();
        sort(&mut changes);
        changes
    }

    const NEWER: &str = r#"{"issueChangeLogs":[{"issueId":"1","changeHistories":[
        {"id":"12","created":2000,"author":{"accountId":"a"},"items":[
            {"field":"status","fieldId":"status","from":"1","fromString":"To Do","to":"3","toString":"Doing"},
            {"field":"Key","from":null,"fromString":"A-1","to":null,"toString":"B-7"}]},
        {"id":"9","created":2000,"items":[{"field":"assignee","fieldId":"assignee","from":null,"fromString":null,"to":"a","toString":"Hana"}]}]}],
        "nextPageToken":"more"}"#;
    const OLDER: &str = r#"{"issueChangeLogs":[{"issueId":"1","changeHistories":[
        {"id":"9","created":2000,"items":[{"field":"assignee","fieldId":"assignee","from":null,"fromString":null,"to":"a","toString":"Hana"}]},
        {"id":"3","created":"1970-01-01T00:00:01.000+0000","items":[{"field":"summary","fieldId":"summary","fromString":"x","toString":""}]}]}]}"#;

    #[test]
    fn an_issue_split_over_unsorted_pages_has_each_item_once_in_order() {
        let changes = gathered(&[NEWER, OLDER], "");
        let order: Vec<_> = changes.iter().map(|change| (&*change.history_id, change.item_index)).collect();
        assert_eq!(order, [("3", 0), ("9", 0), ("12", 0), ("12", 1)]);
        assert_eq!(changes[0].to_text.as_deref(), Some(""), "an empty text is not a missing one");
        assert_eq!(changes[1].author_id, None);
        assert_eq!(status_changed_at(&changes), Some(Millis(2000)));
    }

    #[test]
    fn a_history_of_another_shape_costs_only_itself() {
        let page = r#"{"issueChangeLogs":[{"issueId":"1","changeHistories":[
            {"id":"1","created":1000,"items":"none"},{"id":"2","created":"soon","items":[]},
            {"id":"3","created":1000,"items":[{"field":"x"}]}]}]}"#;
        let fields = FieldMap::new(&[], &Exclusions::default(), None);
        let (mut met, mut rows, mut odd) = (Met::new(&fields.exclusions), ByIssue::default(), Vec::new());
        gather(page, &fields, &mut met, &mut rows, &mut odd).unwrap();
        assert_eq!((rows["1"].len(), odd.len()), (1, 2));
    }

    #[test]
    fn old_keys_are_known_since_their_time() {
        let changes = gathered(&[NEWER], "");
        let keys = keys("B-7", Some(Millis(1)), &changes);
        assert_eq!(
            keys,
            [
                IssueKey { key: "A-1".into(), since: Some(Millis(1)) },
                IssueKey { key: "B-7".into(), since: Some(Millis(2000)) }
            ]
        );
    }

    #[test]
    fn excluded_fields_leave_no_trace_and_the_others_keep_their_place() {
        let changes = gathered(&[NEWER, OLDER], "summary,userDetails");
        assert!(changes.iter().all(|change| &*change.field != "summary"));
        let assignee = changes.iter().find(|change| &*change.field == "assignee").unwrap();
        assert_eq!((assignee.to_id.as_deref(), assignee.to_text.as_deref()), (Some("a"), None));
        assert_eq!(changes.last().unwrap().item_index, 1);
    }
}
