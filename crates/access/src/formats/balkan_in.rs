//! The two files of BalkanID, written by hand or by another program, as facts. What is wrong is told by line and column, all of it.
//!
//! What a file says is said in our words: an identity is an account, a connection a group, a resource a project with a scheme
//! of its own; a relation between an identity or a connection and a resource is a grant. So who, what and why work on it.

use super::{
    balkan::{ENTITY_COLUMNS, RELATION_COLUMNS, VERSION},
    cells::plain,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use weir_model::access::*;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Of which file.
    pub file: File,
    /// The line, from 1; the heads are in the first.
    pub line: u64,
    /// The head of the column; None for the line as a whole.
    pub column: Option<String>,
    /// What.
    pub what: Wrong,
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum File {
    /// The entities.
    Entities,
    /// Their relations.
    Relations,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "wrong", rename_all = "snake_case")]
pub enum Wrong {
    /// A column that has to be there is not.
    ColumnMissing,
    /// A column is there that is none of this file.
    ColumnUnknown,
    /// A column is there twice.
    ColumnTwice,
    /// The line does not have as many cells as there are columns, or is no CSV.
    Cells {
        /// How many it has; None where it cannot be told.
        count: Option<usize>,
    },
    /// A cell that has to have something in it is empty.
    Empty,
    /// A cell has none of the words that it may have.
    NotOneOf {
        /// These.
        words: Vec<String>,
    },
    /// The version of metadata is not known.
    Version,
    /// The metadata are no JSON object.
    Metadata,
    /// A privilege's value is not true or false.
    PrivilegeValue,
    /// The same entity stood before.
    Twice {
        /// In this line.
        line: u64,
    },
    /// No such entity is in the file of entities.
    NoEntity,
    /// A resource has access to nothing.
    ResourceAsParent,
    /// Something gives access to an account, or a connection is in no connection or resource.
    IdentityAsChild,
}

const ENTITY_TYPES: [&str; 4] = ["identity", "connection", "resource", "insight"];
const RELATION_TYPES: [&str; 3] = ["identity", "connection", "resource"];

/// The facts of two files; or everything that is wrong with them.
pub fn read_balkan(entities: &[u8], relations: &[u8]) -> Result<Vec<Fact>, Vec<Fault>> {
    let mut faults = Vec::new();
    let required = ["Name", "Entity Type", "Source System", "Source ID", "Source Type"];
    let entities = sheet(File::Entities, entities, &ENTITY_COLUMNS, &required, &mut faults);
    let required = ["Parent Entity Source ID", "Parent Entity Type", "Entity Source ID", "Entity Type"];
    let relations = sheet(File::Relations, relations, &RELATION_COLUMNS, &required, &mut faults);
    let mut known: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut facts = Facts::default();
    for row in &entities {
        let kind = row.one_of("Entity Type", &ENTITY_TYPES, &mut faults);
        let metadata = row.metadata(&mut faults);
        let (Some(kind), id) = (kind, row.cell("Source ID")) else { continue };
        if let Some(line) = known.insert((kind.to_owned(), id.to_owned()), row.line) {
            faults.push(row.fault("Source ID", Wrong::Twice { line }));
        }
        facts.entity(kind, id, row, &metadata);
    }
    for row in &relations {
        let from = row.one_of("Parent Entity Type", &RELATION_TYPES, &mut faults);
        let to = row.one_of("Entity Type", &RELATION_TYPES, &mut faults);
        let metadata = row.metadata(&mut faults);
        let (Some(from), Some(to)) = (from, to) else { continue };
        let mut is_known = true;
        for (kind, column) in [(from, "Parent Entity Source ID"), (to, "Entity Source ID")] {
            let id = row.cell(column);
            if !id.is_empty() && !known.contains_key(&(kind.to_owned(), id.to_owned())) {
                faults.push(row.fault(column, Wrong::NoEntity));
                is_known = false;
            }
        }
        match (from, to) {
            ("resource", _) => faults.push(row.fault("Parent Entity Type", Wrong::ResourceAsParent)),
            (_, "identity") => faults.push(row.fault("Entity Type", Wrong::IdentityAsChild)),
            _ if is_known => facts.relation(from, to, row, &metadata, &mut faults),
            _ => {}
        }
    }
    if faults.is_empty() { Ok(facts.finish()) } else { Err(faults) }
}

/// A line with its cells by column.
struct Line {
    file: File,
    line: u64,
    cells: BTreeMap<&'static str, String>,
}

fn sheet(
    file: File,
    bytes: &[u8],
    columns: &'static [&'static str],
    required: &[&str],
    faults: &mut Vec<Fault>,
) -> Vec<Line> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = reader.records();
    let mut heads: Vec<Option<&'static str>> = Vec::new();
    let first = records.next().and_then(Result::ok).unwrap_or_default();
    for head in first.iter().map(|head| head.trim().trim_end_matches('*')) {
        let column = columns.iter().find(|column| column.eq_ignore_ascii_case(head)).copied();
        let wrong = match column {
            None => Some(Wrong::ColumnUnknown),
            Some(_) if heads.contains(&column) => Some(Wrong::ColumnTwice),
            Some(_) => None,
        };
        let at = |what: Wrong| Fault { file, line: 1, column: Some(head.to_owned()), what };
        faults.extend(wrong.map(at));
        heads.push(column);
    }
    let missing: Vec<&&str> = required.iter().filter(|column| !heads.contains(&Some(**column))).collect();
    for column in &missing {
        let what = Wrong::ColumnMissing;
        faults.push(Fault { file, line: 1, column: Some((**column).to_owned()), what });
    }
    let mut lines = Vec::new();
    for record in records {
        let whole = |line: u64, count: Option<usize>| Fault {
            file,
            line,
            column: None,
            what: Wrong::Cells { count },
        };
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(whole(error.position().map_or(0, csv::Position::line), None));
                continue;
            }
        };
        let at = record.position().map_or(0, csv::Position::line);
        if record.len() != heads.len() {
            faults.push(whole(at, Some(record.len())));
            continue;
        }
        let cells = heads.iter().zip(record.iter());
        let cells = cells.filter_map(|(head, cell)| head.map(|head| (head, plain(cell).to_owned())));
        let row = Line { file, line: at, cells: cells.collect() };
        for column in required.iter().filter(|column| !missing.contains(column)) {
            if row.cell(column).is_empty() {
                faults.push(row.fault(column, Wrong::Empty));
            }
        }
        lines.push(row);
    }
    lines
}

impl Line {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn fault(&self, column: &str, what: Wrong) -> Fault {
        Fault { file: self.file, line: self.line, column: Some(column.to_owned()), what }
    }

    /// The word of a cell; an empty one was told already.
    fn one_of(&self, column: &str, words: &[&'static str], faults: &mut Vec<Fault>) -> Option<&'static str> {
        let cell = self.cell(column);
        let word = words.iter().find(|word| word.eq_ignore_ascii_case(cell)).copied();
        if word.is_none() && !cell.is_empty() {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            faults.push(self.fault(column, Wrong::NotOneOf { words }));
        }
        word
    }

    fn metadata(&self, faults: &mut Vec<Fault>) -> serde_json::Map<String, serde_json::Value> {
        let version = self.cell("Metadata Version");
        if !version.is_empty() && version != VERSION {
            faults.push(self.fault("Metadata Version", Wrong::Version));
        }
        let text = self.cell("Metadata");
        if text.is_empty() {
            return serde_json::Map::new();
        }
        serde_json::from_str(text).unwrap_or_else(|_| {
            faults.push(self.fault("Metadata", Wrong::Metadata));
            serde_json::Map::new()
        })
    }
}

/// Facts, each once.
#[derive(Default)]
struct Facts {
    facts: BTreeSet<Fact>,
    permissions: BTreeSet<String>,
    grants: u64,
}

type Metadata = serde_json::Map<String, serde_json::Value>;

fn text(metadata: &Metadata, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| metadata.get(*key)?.as_str().map(str::to_owned))
}

impl Facts {
    fn entity(&mut self, kind: &str, id: &str, row: &Line, metadata: &Metadata) {
        let (id, name) = (id.to_owned(), row.cell("Name").to_owned());
        match kind {
            "identity" => {
                let state =
                    match text(metadata, &["status", "state"]).map(|text| text.to_lowercase()).as_deref() {
                        Some("inactive" | "disabled" | "suspended" | "deactivated") => UserState::Inactive,
                        Some("deleted" | "missing") => UserState::Deleted,
                        _ => UserState::Active,
                    };
                let kind = match row.cell("Source Type").to_lowercase().replace(['_', '-'], " ").as_str() {
                    "user" | "person" => UserKind::Person,
                    "service account" | "service" | "app" => UserKind::Service,
                    "customer" => UserKind::Customer,
                    _ => UserKind::Unknown,
                };
                self.facts.insert(Fact::User(User {
                    id: id.clone(),
                    kind,
                    state,
                    is_guest: false,
                    is_managed: None,
                    has_second_factor: None,
                    last_active_at: metadata.get("lastActive").and_then(serde_json::Value::as_i64),
                }));
                let email = text(metadata, &["email", "mail"]);
                let email_source = email.as_ref().map(|_| EmailSource::Directory);
                let login = text(metadata, &["username", "login"]);
                self.facts.insert(Fact::Profile(Profile { user: id, name, login, email, email_source }));
            }
            "connection" => {
                let (keeper, reach) = (Keeper::Unknown, Vec::new());
                self.facts.insert(Fact::Group(Group { id, name, keeper, reach }));
            }
            "resource" => {
                self.facts.insert(Fact::Project(Project {
                    key: text(metadata, &["key"]).unwrap_or_else(|| id.clone()),
                    name: name.clone(),
                    kind: text(metadata, &["kind"]).unwrap_or_else(|| row.cell("Source Type").to_owned()),
                    style: ProjectStyle::CompanyManaged,
                    category: None,
                    lead: None,
                    state: ProjectState::Live,
                    is_private: None,
                    id: id.clone(),
                }));
                self.facts.insert(Fact::PermissionScheme(PermissionScheme { id: id.clone(), name }));
                self.facts.insert(Fact::UsesScheme(UsesScheme { project: id.clone(), scheme: id }));
            }
            _ => {}
        }
    }

    fn relation(&mut self, from: &str, to: &str, row: &Line, metadata: &Metadata, faults: &mut Vec<Fault>) {
        let parent = row.cell("Parent Entity Source ID").to_owned();
        let child = row.cell("Entity Source ID").to_owned();
        match (from, to) {
            ("identity", "connection") => {
                let direct = Certainty::Yes;
                self.facts.insert(Fact::Member(Member { group: child, user: parent, direct }));
            }
            ("connection", "connection") => {
                self.facts.insert(Fact::Subgroup(Subgroup { group: parent, parent: child }));
            }
            _ => {
                let value = match metadata.get("privilegeValue") {
                    None | Some(serde_json::Value::Null) => true,
                    Some(serde_json::Value::Bool(value)) => *value,
                    Some(serde_json::Value::String(text)) if text == "true" || text == "false" => {
                        text == "true"
                    }
                    Some(_) => {
                        faults.push(row.fault("Metadata", Wrong::PrivilegeValue));
                        return;
                    }
                };
                // What is denied is not given; nothing is taken from what others give.
                if value {
                    let permission =
                        text(metadata, &["privilegeName"]).unwrap_or_else(|| "ACCESS".to_owned());
                    let holder = match from {
                        "identity" => Holder::User { id: parent },
                        _ => Holder::Group { id: parent },
                    };
                    self.permissions.insert(permission.clone());
                    self.grants += 1;
                    let id = self.grants.to_string();
                    self.facts.insert(Fact::Grant(Grant { scheme: child, id, permission, holder }));
                }
            }
        }
    }

    fn finish(mut self) -> Vec<Fact> {
        for key in self.permissions {
            let (name, kind) = (key.clone(), PermissionKind::Project);
            self.facts.insert(Fact::Permission(Permission { key, name, kind }));
        }
        // A file is all that there is.
        for part in [
            Part::Users,
            Part::Groups,
            Part::Members,
            Part::AppRoles,
            Part::Categories,
            Part::Projects,
            Part::Roles,
            Part::RoleActors,
            Part::Permissions,
            Part::PermissionSchemes,
            Part::ProjectSchemes,
            Part::Globals,
        ] {
            let (outcome, items) = (Outcome::Complete, 0);
            let row = Coverage { part, of: None, outcome, items, expected: None, needs: None };
            self.facts.insert(Fact::Coverage(row));
        }
        self.facts.into_iter().collect()
    }
}
