//! People and reference data: as rows, and how a list of them is written.

use crate::{
    StoreError,
    bulk::{Bulk, Merge, Record, Table},
    children::{delete_keys, for_keys, keep_last},
    db::{Tx, sql},
    issues::instant,
    value::{Bind, values},
};
use std::collections::HashSet;
use weir_model::{
    Board, Component, Field, IssueType, Kind, Person, PlainDate, Priority, Project, ReferenceSet, Resolution,
    Sprint, Status, Tally, Version,
};

use Merge::{Expression, Once, Take};

/// A mere mention, a person without a name, takes nothing away from what is known.
const PERSON: Table = Table {
    name: "person",
    key: &["id"],
    columns: &[
        ("name", Expression("coalesce(excluded.name, person.name)")),
        ("email", Expression("CASE WHEN excluded.name IS NULL THEN person.email ELSE excluded.email END")),
        ("kind", Expression("CASE WHEN excluded.kind = 'unknown' THEN person.kind ELSE excluded.kind END")),
        ("active", Expression("coalesce(excluded.active, person.active)")),
    ],
    only_if: None,
};

const PROJECT: Table = Table {
    name: "project",
    key: &["id"],
    columns: &[
        ("key", Take),
        ("name", Take),
        ("type", Take),
        ("style", Take),
        ("category", Take),
        ("lead_id", Take),
        ("state", Take),
        ("onboarded_at", Once),
        ("url", Take),
    ],
    only_if: None,
};

const BOARD: Table = Table {
    name: "board",
    key: &["id"],
    columns: &[("name", Take), ("type", Take), ("project_key", Take)],
    only_if: None,
};

const SPRINT: Table = Table {
    name: "sprint",
    key: &["id"],
    columns: &[
        ("board_id", Take),
        ("name", Take),
        ("state", Take),
        ("goal", Take),
        ("start_at", Take),
        ("end_at", Take),
        ("completed_at", Take),
    ],
    only_if: None,
};

const VERSION: Table = Table {
    name: "version",
    key: &["id"],
    columns: &[
        ("name", Take),
        ("project_key", Take),
        ("description", Take),
        ("released", Take),
        ("archived", Take),
        ("start_date", Take),
        ("release_date", Take),
    ],
    only_if: None,
};

const COMPONENT: Table = Table {
    name: "component",
    key: &["id"],
    columns: &[("name", Take), ("project_key", Take), ("description", Take), ("lead_id", Take)],
    only_if: None,
};

const STATUS: Table = Table {
    name: "status",
    key: &["id"],
    columns: &[("name", Take), ("category", Take), ("scope_project_id", Take)],
    only_if: None,
};

const ISSUE_TYPE: Table = Table {
    name: "issue_type",
    key: &["id"],
    columns: &[("name", Take), ("subtask", Take), ("hierarchy_level", Take), ("scope_project_id", Take)],
    only_if: None,
};

const PRIORITY: Table =
    Table { name: "priority", key: &["id"], columns: &[("name", Take), ("position", Take)], only_if: None };

const RESOLUTION: Table = Table {
    name: "resolution",
    key: &["id"],
    columns: &[("name", Take), ("description", Take)],
    only_if: None,
};

const FIELD: Table = Table {
    name: "field",
    key: &["id"],
    columns: &[("name", Take), ("custom", Take), ("schema_type", Take), ("schema_custom", Take)],
    only_if: None,
};

impl Record for &Person {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_deref());
        to.text(self.email.as_deref());
        to.text(self.kind.as_str());
        to.flag(self.active);
    }
}

struct ProjectRow<'a>(&'a Project, i64);

impl Record for ProjectRow<'_> {
    fn bind(&self, to: &mut impl Bind) {
        let Self(project, now) = self;
        to.text(project.id.as_str());
        to.text(project.key.as_str());
        to.text(project.name.as_str());
        to.text(project.kind.as_deref());
        to.text(project.style.as_deref());
        to.text(project.category.as_deref());
        to.text(project.lead_id.as_deref());
        to.text(project.state.as_str());
        to.int(*now);
        to.text(project.url.as_str());
    }
}

impl Record for &Board {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.text(self.kind.as_deref());
        to.text(self.project_key.as_deref());
    }
}

impl Record for &Sprint {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.board_id.as_deref());
        to.text(self.name.as_str());
        to.text(self.state.as_deref());
        to.text(self.goal.as_deref());
        to.int(instant(self.start_at));
        to.int(instant(self.end_at));
        to.int(instant(self.completed_at));
    }
}

impl Record for &Version {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.text(self.project_key.as_str());
        to.text(self.description.as_deref());
        to.flag(self.released);
        to.flag(self.archived);
        to.text(self.start_date.as_ref().map(PlainDate::as_str));
        to.text(self.release_date.as_ref().map(PlainDate::as_str));
    }
}

impl Record for &Component {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.text(self.project_key.as_str());
        to.text(self.description.as_deref());
        to.text(self.lead_id.as_deref());
    }
}

impl Record for &Status {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.text(self.category.map(|category| category.as_str()));
        to.text(self.scope_project_id.as_deref());
    }
}

impl Record for &IssueType {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.flag(self.subtask);
        to.int(self.hierarchy_level);
        to.text(self.scope_project_id.as_deref());
    }
}

impl Record for &Priority {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.int(self.position);
    }
}

impl Record for &Resolution {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.text(self.description.as_deref());
    }
}

impl Record for &Field {
    fn bind(&self, to: &mut impl Bind) {
        to.text(self.id.as_str());
        to.text(self.name.as_str());
        to.flag(self.custom);
        to.text(self.schema_type.as_deref());
        to.text(self.schema_custom.as_deref());
    }
}

/// Writes people. Of a person who comes twice, the last one that has a name counts. Gives the ids of those who were here
/// and are known otherwise now.
pub(crate) async fn write_people(
    tx: &mut Tx,
    bulk: &Bulk,
    integration_no: i64,
    people: &[Person],
    tally: &mut Tally,
) -> Result<Vec<String>, StoreError> {
    const PRESENT: &str = "SELECT id FROM person WHERE integration_no = $1 AND id IN ({keys})";
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let mut named_last: Vec<&Person> = people.iter().collect();
    named_last.sort_by_key(|person| person.name.is_some());
    let rows = keep_last(named_last, |person| person.id.as_str());
    let ids: Vec<&str> = rows.iter().map(|person| person.id.as_str()).collect();
    let mut present = HashSet::new();
    for row in for_keys(tx, PRESENT, integration_no, &ids).await? {
        present.insert(row.text(0)?.to_owned());
    }
    let written = bulk.upsert_returning(tx, &PERSON, &rows).await?;
    note(tally, Kind::People, people.len(), written.len() as u64);
    let ids = written.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    Ok(ids.into_iter().filter(|id| present.contains(id)).collect())
}

/// Writes one list of reference data; versions and components of the project that are not listed go.
pub(crate) async fn write_set(
    tx: &mut Tx,
    bulk: &Bulk,
    integration_no: i64,
    set: &ReferenceSet,
    now: i64,
    tally: &mut Tally,
) -> Result<(), StoreError> {
    macro_rules! upsert {
        ($table:expr, $rows:expr) => {
            bulk.upsert(tx, &$table, &keep_last($rows.iter().collect(), |row| row.id.as_str())).await?
        };
    }
    let written = match set {
        ReferenceSet::Projects(rows) => {
            let rows = keep_last(rows.iter().collect(), |project: &&Project| project.id.as_str());
            let rows: Vec<_> = rows.into_iter().map(|project| ProjectRow(project, now)).collect();
            bulk.upsert(tx, &PROJECT, &rows).await?
        }
        ReferenceSet::Boards(rows) => upsert!(BOARD, rows),
        ReferenceSet::Sprints(rows) => upsert!(SPRINT, rows),
        ReferenceSet::Versions { project_key, rows } => {
            let listed = rows.iter().map(|row| row.id.as_str()).collect();
            tally.of_mut(Kind::Versions).removed +=
                drop_unlisted(tx, &VERSION, integration_no, project_key, &listed).await?;
            upsert!(VERSION, rows)
        }
        ReferenceSet::Components { project_key, rows } => {
            let listed = rows.iter().map(|row| row.id.as_str()).collect();
            tally.of_mut(Kind::Components).removed +=
                drop_unlisted(tx, &COMPONENT, integration_no, project_key, &listed).await?;
            upsert!(COMPONENT, rows)
        }
        ReferenceSet::Statuses(rows) => upsert!(STATUS, rows),
        ReferenceSet::IssueTypes(rows) => upsert!(ISSUE_TYPE, rows),
        ReferenceSet::Priorities(rows) => upsert!(PRIORITY, rows),
        ReferenceSet::Resolutions(rows) => upsert!(RESOLUTION, rows),
        ReferenceSet::Fields(rows) => {
            let written = upsert!(FIELD, rows);
            let listed: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            mark_gone_fields(tx, integration_no, &listed, now).await?;
            written
        }
    };
    note(tally, set.kind(), set.len(), written);
    Ok(())
}

/// Marks the fields that are not listed any more, and takes the mark from those that are listed again. A list of none tells of no field.
async fn mark_gone_fields(
    tx: &mut Tx,
    integration_no: i64,
    listed: &HashSet<&str>,
    now: i64,
) -> Result<(), StoreError> {
    const KNOWN: &str = "SELECT id, gone_at FROM field WHERE integration_no = $1";
    const GONE: &str = "UPDATE field SET gone_at = $3 WHERE integration_no = $1 AND id = $2";
    const BACK: &str = "UPDATE field SET gone_at = NULL WHERE integration_no = $1 AND id = $2";
    if listed.is_empty() {
        return Ok(());
    }
    for row in tx.fetch(sql(KNOWN), values![integration_no]).await? {
        let (id, gone_at) = (row.text(0)?, row.maybe_int(1)?);
        match (listed.contains(id), gone_at) {
            (false, None) => tx.execute(sql(GONE), values![integration_no, id, now]).await?,
            (true, Some(_)) => tx.execute(sql(BACK), values![integration_no, id]).await?,
            _ => 0,
        };
    }
    Ok(())
}

async fn drop_unlisted(
    tx: &mut Tx,
    table: &Table,
    integration_no: i64,
    project_key: &str,
    listed: &HashSet<&str>,
) -> Result<u64, StoreError> {
    let present = format!("SELECT id FROM {} WHERE integration_no = $1 AND project_key = $2", table.name);
    let mut unlisted = Vec::new();
    for row in tx.fetch(sql(present), values![integration_no, project_key]).await? {
        let id = row.text(0)?;
        if !listed.contains(id) {
            unlisted.push([id.into()]);
        }
    }
    delete_keys(tx, table.name, &["id"], integration_no, &unlisted).await
}

/// Of the rows that were read, those not written were there already.
pub(crate) fn note(tally: &mut Tally, kind: Kind, read: usize, written: u64) {
    let counts = tally.of_mut(kind);
    counts.written += written;
    counts.unchanged += (read as u64).saturating_sub(written);
}
