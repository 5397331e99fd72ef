//! Deleting what is stored of fields that are excluded from now on, of issues in every state: whoever excludes a field wants
//! it gone, even when the site is never reached again.
//!
//! Issues are gone through by number, some thousands in a statement. Of a custom field that may feed a column, and cannot be
//! told for sure not to, the column is blanked: the next run reads everything anew and fills in what may be known.

use crate::{
    StoreError,
    bulk::{Bulk, Merge::Take, Record, Table},
    db::{Tx, sql},
    facts, fields, members, quarantine,
    value::{Bind, Value, values},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use weir_model::Exclusions;

/// Issue numbers in one statement.
const ISSUES: i64 = 20_000;

/// Documents of raw fields that are looked into at a time.
const DOCUMENTS: usize = 500;

/// Names in one statement.
const NAMES: usize = 50;

/// What is left of names and addresses of people.
const PEOPLE: &str = "UPDATE person SET name = NULL, email = NULL WHERE integration_no = $1 AND (name IS NOT NULL OR email IS NOT NULL)";

/// Columns of issues that a field feeds, and what stands there without it.
const COLUMNS: &[(&str, &[(&str, &str)])] = &[
    ("summary", &[("summary", "NULL")]),
    ("description", &[("description_words", "NULL")]),
    ("priority", &[("priority", "NULL")]),
    ("resolution", &[("resolution", "NULL")]),
    ("assignee", &[("assignee_id", "NULL")]),
    ("reporter", &[("reporter_id", "NULL")]),
    ("creator", &[("creator_id", "NULL")]),
    ("parent", &[("parent_key", "NULL"), EPIC]),
    ("labels", &[("labels", "'[]'")]),
    ("components", &[("components", "'[]'")]),
    ("fixVersions", &[("fix_versions", "'[]'")]),
    ("versions", &[("affects_versions", "'[]'")]),
    ("duedate", &[("due_date", "NULL")]),
    ("resolutiondate", &[("resolved_at", "NULL")]),
    ("security", &[("security_level", "NULL")]),
];

const EPIC: (&str, &str) = ("epic_key", "NULL");
const POINTS: (&str, &str) = ("story_points", "NULL");

/// Deletes what is stored of these fields and, where people's details are among them, of those.
///
/// Where somebody said which field names support cases, no other one feeds them.
pub(crate) async fn excluded(
    tx: &mut Tx,
    no: i64,
    excluded: &Exclusions,
    case_field: Option<&str>,
) -> Result<(), StoreError> {
    if excluded.is_empty() {
        return Ok(());
    }
    if excluded.user_details {
        tx.execute(sql(PEOPLE), values![no]).await?;
        // The checks name whose account it is.
        tx.execute(sql("DELETE FROM checked WHERE integration_no = $1"), values![no]).await?;
    }
    quarantine::forget(tx, no).await?;
    facts::forget(tx, no).await?;
    fields::recount(tx, no).await?;
    let steps = steps(tx, no, excluded, case_field).await?;
    let rows = tx.fetch(sql("SELECT last_issue_no FROM integration WHERE no = $1"), values![no]).await?;
    let last = rows.first().map_or(Ok(0), |row| row.int(0))?;
    let mut after = 0;
    while after < last {
        for step in &steps {
            let mut parameters = values![no, after, after + ISSUES].to_vec();
            parameters.extend(step.more.iter().cloned());
            tx.execute(sql(Arc::clone(&step.text)), &parameters).await?;
        }
        after += ISSUES;
    }
    raw_fields(tx, no, &excluded.fields).await
}

/// A statement that is done for some numbers of issues: from `$2`, without it, to `$3`.
struct Step {
    text: Arc<str>,
    /// Parameters from `$4` on.
    more: Vec<Value>,
}

impl Step {
    fn new(text: String) -> Self {
        Self { text: text.into(), more: vec![] }
    }

    fn update(table: &str, set: &[(&str, &str)], condition: &str) -> Self {
        let no = if table == "issue" { "no" } else { "issue_no" };
        let assigned: Vec<String> = set.iter().map(|(column, left)| format!("{column} = {left}")).collect();
        let differs: Vec<String> =
            set.iter().map(|(column, left)| format!("{column} IS DISTINCT FROM {left}")).collect();
        Self::new(format!(
            "UPDATE {table} SET {} WHERE integration_no = $1 AND {no} > $2 AND {no} <= $3 AND ({}){condition}",
            assigned.join(", "),
            differs.join(" OR ")
        ))
    }

    fn delete(table: &str) -> Self {
        Self::new(format!(
            "DELETE FROM {table} WHERE integration_no = $1 AND issue_no > $2 AND issue_no <= $3"
        ))
    }

    /// Deletes items of history in which a column is one of these texts.
    fn delete_changes(column: &str, texts: &[&str], condition: &str) -> Self {
        let places: Vec<String> = (4..4 + texts.len()).map(|n| format!("${n}")).collect();
        let text = format!(
            "DELETE FROM issue_change WHERE integration_no = $1 AND issue_no > $2 AND issue_no <= $3 \
             AND {column} IN ({}){condition}",
            places.join(", ")
        );
        Self { text: text.into(), more: texts.iter().map(|text| Value::from(*text)).collect() }
    }
}

async fn steps(
    tx: &mut Tx,
    no: i64,
    excluded: &Exclusions,
    case_field: Option<&str>,
) -> Result<Vec<Step>, StoreError> {
    let known = known_fields(tx, no).await?;
    let mut blank: Vec<(&str, &str)> = COLUMNS
        .iter()
        .filter(|(field, _)| excluded.excludes(field))
        .flat_map(|(_, columns)| columns.iter().copied())
        .collect();
    let mut steps = Vec::new();
    if excluded.excludes("description") {
        steps.push(Step::update("issue_text", &[("description_text", "NULL")], ""));
    }
    if excluded.excludes("comment") {
        steps.push(Step::delete("issue_comment"));
        steps.push(Step::update("issue_worklog", &[("comment_text", "NULL")], ""));
    }
    if excluded.excludes("worklog") {
        steps.push(Step::delete("issue_worklog"));
    }
    if excluded.excludes("issuelinks") {
        steps.push(Step::delete("issue_link"));
    }
    let mut feeds = fed(&excluded.fields, &known);
    if let Some(field) = case_field {
        feeds.remove(&Feed::Cases);
        feeds.extend(excluded.excludes(field).then_some(Feed::Cases));
    }
    for feed in feeds {
        match feed {
            Feed::Sprints => steps.push(Step::delete("issue_sprint")),
            Feed::Cases => steps.push(Step::delete("issue_case")),
            Feed::Epic => blank.push(EPIC),
            Feed::Points => blank.push(POINTS),
        }
    }
    blank.sort_unstable();
    blank.dedup();
    if !blank.is_empty() {
        steps.push(Step::update("issue", &blank, ""));
    }
    if excluded.user_details {
        steps.extend(names_in_texts());
    }
    let ids: Vec<&str> = excluded.fields.iter().map(String::as_str).collect();
    steps.extend(ids.chunks(NAMES).map(|ids| Step::delete_changes("field_id", ids, "")));
    let names = nameless_items(tx, no, &excluded.fields, &known).await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    steps.extend(
        names.chunks(NAMES).map(|names| Step::delete_changes("field", names, " AND field_id IS NULL")),
    );
    Ok(steps)
}

/// Blanks texts of issues that no run reads again. Those of live issues are replaced when they are read.
fn names_in_texts() -> [Step; 5] {
    let not_live = " AND issue_no IN (SELECT no FROM issue WHERE integration_no = $1 AND no > $2 AND no <= $3 \
                    AND state <> 'live')";
    [
        Step::update("issue_text", &[("description_text", "NULL")], not_live),
        Step::update("issue_text", &[("fields", "'{}'")], not_live),
        Step::update("issue_comment", &[("body_text", "NULL")], not_live),
        Step::update("issue_worklog", &[("comment_text", "NULL")], not_live),
        Step::update("issue_change", &[("from_text", "NULL"), ("to_text", "NULL")], not_live),
    ]
}

/// A field as the site listed it.
struct KnownField {
    name: String,
    kind: Option<String>,
    custom: Option<String>,
}

/// Something of an issue that custom fields feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Feed {
    Sprints,
    Epic,
    Points,
    Cases,
}

impl KnownField {
    /// What it is recognised to feed.
    fn feed(&self) -> Option<Feed> {
        let custom = self.custom.as_deref().and_then(|custom| custom.rsplit(':').next()).unwrap_or_default();
        match custom {
            "gh-sprint" => Some(Feed::Sprints),
            "gh-epic-link" => Some(Feed::Epic),
            "jsw-story-points" => Some(Feed::Points),
            _ if self.is_number() && self.name == "story points" => Some(Feed::Points),
            _ if self.name.contains("salesforce") && self.name.contains("case") => Some(Feed::Cases),
            _ => None,
        }
    }

    fn is_number(&self) -> bool {
        self.kind.as_deref() == Some("number")
    }
}

async fn known_fields(tx: &mut Tx, no: i64) -> Result<HashMap<String, KnownField>, StoreError> {
    let text = "SELECT id, name, schema_type, schema_custom FROM field WHERE integration_no = $1";
    let mut known = HashMap::new();
    for row in tx.fetch(sql(text), values![no]).await? {
        let field = KnownField {
            name: row.text(1)?.to_lowercase(),
            kind: row.maybe_text(2)?.map(str::to_owned),
            custom: row.maybe_text(3)?.map(str::to_owned),
        };
        known.insert(row.text(0)?.to_owned(), field);
    }
    Ok(known)
}

/// What the custom fields among these feed, or may feed. Fields are recognised by names where the site offers nothing
/// better, and names are translated: so a field that is not recognised may feed what no other field is recognised to feed.
fn fed(excluded: &BTreeSet<String>, known: &HashMap<String, KnownField>) -> BTreeSet<Feed> {
    let recognised = |feed| known.values().any(|field| field.feed() == Some(feed));
    let mut fed = BTreeSet::new();
    for id in excluded.iter().filter(|id| id.starts_with("customfield_")) {
        let Some(field) = known.get(id) else {
            fed.extend([Feed::Sprints, Feed::Epic, Feed::Points, Feed::Cases]);
            continue;
        };
        match field.feed() {
            Some(feed) => _ = fed.insert(feed),
            None if field.is_number() && !recognised(Feed::Points) => _ = fed.insert(Feed::Points),
            None if field.kind.as_deref() == Some("string") && !recognised(Feed::Cases) => {
                _ = fed.insert(Feed::Cases);
            }
            None => {}
        }
    }
    fed
}

/// Names under which history speaks of these fields where it names no id.
async fn nameless_items(
    tx: &mut Tx,
    no: i64,
    excluded: &BTreeSet<String>,
    known: &HashMap<String, KnownField>,
) -> Result<Vec<String>, StoreError> {
    let names: BTreeSet<String> = excluded
        .iter()
        .flat_map(|id| known.get(id).map(|field| field.name.clone()).into_iter().chain([id.to_lowercase()]))
        .collect();
    if names.is_empty() {
        return Ok(vec![]);
    }
    let text = "SELECT DISTINCT field FROM issue_change WHERE integration_no = $1 AND field_id IS NULL";
    let mut found = Vec::new();
    for row in tx.fetch(sql(text), values![no]).await? {
        let field = row.text(0)?;
        if names.contains(&field.to_lowercase()) {
            found.push(field.to_owned());
        }
    }
    Ok(found)
}

const DOCUMENT: Table =
    Table { name: "issue_text", key: &["issue_no"], columns: &[("fields", Take)], only_if: None };

struct Document {
    issue_no: i64,
    fields: String,
}

impl Record for Document {
    fn bind(&self, to: &mut impl Bind) {
        to.int(self.issue_no);
        to.text(self.fields.as_str());
    }
}

/// Takes fields out of the JSON in which raw fields are kept.
async fn raw_fields(tx: &mut Tx, no: i64, excluded: &BTreeSet<String>) -> Result<(), StoreError> {
    if excluded.is_empty() {
        return Ok(());
    }
    let patterns: Vec<Value> = match excluded.len() {
        0..=NAMES => excluded.iter().map(|id| Value::from(pattern(id))).collect(),
        _ => vec![Value::from("%")],
    };
    let named: Vec<String> =
        (3..3 + patterns.len()).map(|n| format!("fields LIKE ${n} ESCAPE '!'")).collect();
    let query: Arc<str> = format!(
        "SELECT issue_no, fields FROM issue_text WHERE integration_no = $1 AND issue_no > $2 AND ({}) \
         ORDER BY issue_no LIMIT {DOCUMENTS}",
        named.join(" OR ")
    )
    .into();
    let bulk = Bulk::new(no);
    let mut after = 0;
    loop {
        let mut parameters = values![no, after].to_vec();
        parameters.extend(patterns.iter().cloned());
        let rows = tx.fetch(sql(Arc::clone(&query)), &parameters).await?;
        let mut documents = Vec::new();
        for row in &rows {
            after = row.int(0)?;
            if let Some(fields) = members::without(row.text(1)?, excluded) {
                documents.push(Document { issue_no: after, fields });
            }
        }
        bulk.upsert(tx, &DOCUMENT, &documents).await?;
        if rows.len() < DOCUMENTS {
            return Ok(());
        }
    }
}

/// What JSON looks like in which a member of this name may be.
pub(crate) fn pattern(name: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in serde_json::Value::from(name).to_string().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &[(&str, &str, &str, &str)], excluded: &[&str], feeds: &[Feed]) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let known = fields.iter().map(|(id, name, kind, custom)| {
            let field = KnownField { name: (*name).to_owned(), kind: some(kind), custom: some(custom) };
            ((*id).to_owned(), field)
        });
        let excluded = excluded.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(fed(&excluded, &known.collect()), feeds.iter().copied().collect(), "{excluded:?}");
    }

    #[test]
    fn a_field_that_is_recognised_blanks_what_it_feeds_and_nothing_else() {
        let fields = [
            ("customfield_1", "story points", "number", "x:float"),
            ("customfield_2", "sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
            ("customfield_3", "risk", "number", "x:float"),
            ("customfield_4", "salesforce case", "string", "x:textfield"),
            ("customfield_5", "team", "string", "x:textfield"),
        ];
        check(&fields, &["customfield_1"], &[Feed::Points]);
        check(&fields, &["customfield_2", "summary"], &[Feed::Sprints]);
        check(&fields, &["customfield_3", "customfield_5"], &[]);
    }

    #[test]
    fn a_field_that_nobody_knows_blanks_what_it_may_feed() {
        check(&[], &["customfield_1"], &[Feed::Sprints, Feed::Epic, Feed::Points, Feed::Cases]);
        check(&[("customfield_1", "aufwand", "number", "x:float")], &["customfield_1"], &[Feed::Points]);
        check(&[("customfield_1", "vorgang", "string", "x:textfield")], &["customfield_1"], &[Feed::Cases]);
    }

    #[test]
    fn a_pattern_takes_its_name_by_the_letter() {
        assert_eq!(pattern("customfield_1"), r#"%"customfield!_1"%"#);
    }
}
