//! The rows that facts are made from, of some issues.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    value::{Cell, Row, values},
};
use std::{collections::HashMap, sync::Arc};
use weir_model::{
    Change, Comment, IntegrationId, Issue, IssueId, Millis, PlainDate, State, StatusCategory, Worklog,
};

/// The rows of an issue, without texts that no report reads.
#[derive(Clone, Debug)]
pub struct IssueParts {
    /// Its number.
    pub no: i64,
    /// Its state.
    pub state: State,
    /// Its row; of the description the number of words alone, and the other fields only where they were asked for.
    pub issue: Issue,
    /// Its history.
    pub changes: Vec<Change>,
    /// Its comments, without their texts.
    pub comments: Vec<Comment>,
    /// Its worklogs, without their texts.
    pub worklogs: Vec<Worklog>,
    /// Ids of its sprints.
    pub sprints: Vec<Arc<str>>,
}

/// Which issues of an integration.
#[derive(Clone, Debug)]
pub enum Which {
    /// Those with numbers from the first to the last.
    Between(i64, i64),
    /// Those of these numbers.
    These(Vec<i64>),
}

/// Whether the fields of an issue that have no column are read too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Documents {
    /// They are.
    Read,
    /// They are not.
    Left,
}

impl Which {
    fn condition(&self, column: &str) -> String {
        match self {
            Self::Between(first, last) => format!("{column} BETWEEN {first} AND {last}"),
            Self::These(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("{column} IN ({})", numbers.join(","))
            }
        }
    }
}

const ISSUE: &str = "SELECT no, id, key, project_key, type, is_subtask, status, status_category, priority, resolution, \
    summary, description_words, assignee_id, reporter_id, creator_id, parent_key, epic_key, story_points, labels, \
    components, fix_versions, affects_versions, due_date, created_at, updated_at, resolved_at, status_changed_at, \
    security_level, url, state FROM issue WHERE integration_no = $1 AND ";
const CHANGE: &str = "SELECT issue_no, history_id, item_index, field, field_id, from_id, from_text, to_id, to_text, \
    changed_at FROM issue_change WHERE integration_no = $1 AND ";
const COMMENT: &str = "SELECT issue_no, id, author_id, created_at, updated_at FROM issue_comment WHERE integration_no = $1 AND ";
const WORKLOG: &str =
    "SELECT issue_no, id, created_at, updated_at FROM issue_worklog WHERE integration_no = $1 AND ";
const SPRINT: &str = "SELECT issue_no, sprint_id FROM issue_sprint WHERE integration_no = $1 AND ";
const DOCUMENT: &str = "SELECT issue_no, fields FROM issue_text WHERE integration_no = $1 AND ";

impl Store {
    /// The rows of some issues, as they are at one moment, in order of the issues' numbers.
    pub async fn issue_parts(
        &self,
        integration: &IntegrationId,
        which: &Which,
        documents: Documents,
    ) -> Result<Vec<IssueParts>, StoreError> {
        let no = self.no(integration).await?;
        let mut tx = self.db.begin_reading().await?;
        let mut names = Shared::default();
        let mut all = Vec::new();
        for row in read(&mut tx, ISSUE, no, which, "no").await? {
            all.push(issue(&row, &mut names)?);
        }
        all.sort_by_key(|one: &IssueParts| one.no);
        let place: HashMap<i64, usize> = all.iter().enumerate().map(|(place, one)| (one.no, place)).collect();
        for row in read(&mut tx, CHANGE, no, which, "issue_no").await? {
            if let Some(place) = place.get(&row.int(0)?) {
                all[*place].changes.push(change(&row, &mut names)?);
            }
        }
        for row in read(&mut tx, COMMENT, no, which, "issue_no").await? {
            if let Some(place) = place.get(&row.int(0)?) {
                all[*place].comments.push(comment(&row, &mut names)?);
            }
        }
        for row in read(&mut tx, WORKLOG, no, which, "issue_no").await? {
            if let Some(place) = place.get(&row.int(0)?) {
                all[*place].worklogs.push(worklog(&row)?);
            }
        }
        for row in read(&mut tx, SPRINT, no, which, "issue_no").await? {
            if let Some(place) = place.get(&row.int(0)?) {
                all[*place].sprints.push(names.of(row.text(1)?));
            }
        }
        if documents == Documents::Read {
            for row in read(&mut tx, DOCUMENT, no, which, "issue_no").await? {
                if let Some(place) = place.get(&row.int(0)?) {
                    all[*place].issue.fields = row.text(1)?.to_owned();
                }
            }
        }
        Ok(all)
    }
}

async fn read(
    tx: &mut Tx,
    query: &str,
    integration_no: i64,
    which: &Which,
    column: &str,
) -> Result<Vec<Row>, StoreError> {
    let text = format!("{query}{}", which.condition(column));
    tx.fetch(sql(text), values![integration_no]).await
}

/// Texts that many rows share, each kept once.
#[derive(Default)]
struct Shared(HashMap<String, Arc<str>>);

impl Shared {
    fn of(&mut self, text: &str) -> Arc<str> {
        match self.0.get(text) {
            Some(known) => Arc::clone(known),
            None => {
                let shared: Arc<str> = Arc::from(text);
                self.0.insert(text.to_owned(), Arc::clone(&shared));
                shared
            }
        }
    }

    fn maybe(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        text.map(|text| self.of(text))
    }
}

fn issue(row: &Row, names: &mut Shared) -> Result<IssueParts, StoreError> {
    let owned = |column| Ok::<_, StoreError>(row.maybe_text(column)?.map(str::to_owned));
    let at = |column| Ok::<_, StoreError>(row.maybe_int(column)?.map(Millis));
    let category = row.maybe_text(7)?;
    let issue = Issue {
        id: IssueId::from(row.text(1)?),
        key: row.text(2)?.to_owned(),
        project_key: names.of(row.text(3)?),
        kind: names.maybe(row.maybe_text(4)?),
        is_subtask: row.flag(5)?,
        status: names.maybe(row.maybe_text(6)?),
        status_category: category.and_then(StatusCategory::named),
        priority: names.maybe(row.maybe_text(8)?),
        resolution: names.maybe(row.maybe_text(9)?),
        summary: owned(10)?,
        description_text: None,
        description_words: row.maybe_int(11)?,
        assignee_id: names.maybe(row.maybe_text(12)?),
        reporter_id: names.maybe(row.maybe_text(13)?),
        creator_id: names.maybe(row.maybe_text(14)?),
        parent_key: owned(15)?,
        epic_key: owned(16)?,
        story_points: match row.0.get(17) {
            Some(Cell::Real(points)) => Some(*points),
            Some(Cell::Int(points)) => Some(*points as f64),
            _ => None,
        },
        labels: row.text(18)?.to_owned(),
        components: row.text(19)?.to_owned(),
        fix_versions: row.text(20)?.to_owned(),
        affects_versions: row.text(21)?.to_owned(),
        due_date: row.maybe_text(22)?.and_then(PlainDate::parse),
        created_at: at(23)?,
        updated_at: at(24)?,
        resolved_at: at(25)?,
        status_changed_at: at(26)?,
        security_level: names.maybe(row.maybe_text(27)?),
        fields: String::new(),
        url: row.text(28)?.to_owned(),
    };
    let state =
        State::named(row.text(29)?).ok_or_else(|| StoreError::bug("An issue has a state without a name"))?;
    Ok(IssueParts {
        no: row.int(0)?,
        state,
        issue,
        changes: vec![],
        comments: vec![],
        worklogs: vec![],
        sprints: vec![],
    })
}

fn change(row: &Row, names: &mut Shared) -> Result<Change, StoreError> {
    Ok(Change {
        history_id: names.of(row.text(1)?),
        item_index: row.int(2)?,
        field: names.of(row.text(3)?),
        field_id: names.maybe(row.maybe_text(4)?),
        from_id: names.maybe(row.maybe_text(5)?),
        from_text: row.maybe_text(6)?.map(Arc::from),
        to_id: names.maybe(row.maybe_text(7)?),
        to_text: row.maybe_text(8)?.map(Arc::from),
        author_id: None,
        changed_at: Millis(row.int(9)?),
    })
}

fn comment(row: &Row, names: &mut Shared) -> Result<Comment, StoreError> {
    Ok(Comment {
        id: row.text(1)?.to_owned(),
        author_id: names.maybe(row.maybe_text(2)?),
        body_text: None,
        visibility: None,
        is_public: false,
        created_at: row.maybe_int(3)?.map(Millis),
        updated_at: row.maybe_int(4)?.map(Millis),
    })
}

fn worklog(row: &Row) -> Result<Worklog, StoreError> {
    Ok(Worklog {
        id: row.text(1)?.to_owned(),
        author_id: None,
        started_at: None,
        seconds: None,
        comment_text: None,
        created_at: row.maybe_int(2)?.map(Millis),
        updated_at: row.maybe_int(3)?.map(Millis),
    })
}
