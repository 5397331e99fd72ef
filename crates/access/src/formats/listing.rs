//! Who has what, one line each: plain CSV and JSON lines, project by project, so that memory does not grow with the site.

use super::cells::line;
use crate::{
    answer::{Condition, Obstacle, Verdict},
    graph::{Graph, Kind},
    question::Spot,
    usable::Usable,
};
use serde::Serialize;
use weir_model::access::UserKind;

/// The columns, in order.
pub const LISTING_COLUMNS: [&str; 14] = [
    "user_id",
    "user_name",
    "email",
    "user_kind",
    "user_active",
    "project_id",
    "project_key",
    "permission",
    "certainty",
    "conditions",
    "not_usable_because",
    "ways",
    "way",
    "not_all_known",
];

/// One permission of one account in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListingRow {
    /// The account's id.
    pub user_id: String,
    /// Its name.
    pub user_name: String,
    /// Its e-mail, where it is known.
    pub email: Option<String>,
    /// What stands behind it.
    pub user_kind: UserKind,
    /// Whether it can sign in.
    pub user_active: bool,
    /// The project's id; None for everywhere.
    pub project_id: Option<String>,
    /// The project's key.
    pub project_key: Option<String>,
    /// The permission's key.
    pub permission: String,
    /// Definite or conditional; latent ones are not listed.
    pub certainty: Verdict,
    /// On which conditions.
    pub conditions: Vec<Condition>,
    /// Why it cannot be used.
    pub not_usable_because: Vec<Obstacle>,
    /// How many ways lead there.
    pub ways: usize,
    /// The shortest of them, as people read it.
    pub way: String,
    /// Whether something that may give this permission here was not read: others may have it, too.
    pub not_all_known: bool,
}

impl Graph {
    /// Who has what: everywhere first, then projects in the order of ids, permissions in the order of keys, accounts in the order of ids.
    pub fn listing(&self) -> impl Iterator<Item = ListingRow> + '_ {
        let projects = (0..self.count(Kind::Project) as u32).map(Spot::Project);
        let spots = std::iter::once(Spot::Everywhere).chain(projects);
        let cells = spots.flat_map(|spot| self.given_in(spot).into_iter().map(move |given| (spot, given)));
        cells.flat_map(|(spot, permission)| self.cell_rows(spot, permission))
    }

    fn given_in(&self, spot: Spot) -> Vec<u32> {
        let mut given: Vec<u32> = match spot {
            Spot::Everywhere => self.wires.globals.pairs().map(|(permission, _)| permission).collect(),
            Spot::Project(project) => {
                let schemes = self.wires.schemes.of(project).iter();
                schemes.flat_map(|scheme| self.wires.grants.of(*scheme)).map(|row| row.permission).collect()
            }
        };
        given.sort_unstable();
        given.dedup();
        given
    }

    fn cell_rows(&self, spot: Spot, permission: u32) -> Vec<ListingRow> {
        let who = self.who_has(permission, spot);
        let usable = Usable::new(&who);
        let row = |user: u32| {
            let row = who.row(user, &usable);
            let mut paths: Vec<_> = self.routes(user, permission, spot).found;
            paths.sort_by_key(|route| (route.certainty, route.edges.len()));
            let first =
                paths.first().map(|route| self.path(&route.edges, route.certainty).words().join(" → "));
            let project = match spot {
                Spot::Project(project) => Some(project),
                Spot::Everywhere => None,
            };
            let profile = self.about.profiles[user as usize].as_ref();
            ListingRow {
                user_id: row.id,
                user_name: row.name,
                email: profile.and_then(|profile| profile.email.clone()),
                user_kind: row.kind,
                user_active: row.active,
                project_id: project.map(|project| self.id(Kind::Project, project).to_owned()),
                project_key: project.map(|project| self.name(Kind::Project, project).to_owned()),
                permission: self.id(Kind::Permission, permission).to_owned(),
                certainty: row.certainty,
                conditions: row.conditions,
                not_usable_because: row.obstacles,
                ways: paths.len(),
                way: first.unwrap_or_default(),
                not_all_known: !who.unknown.is_empty(),
            }
        };
        who.any().iter().map(row).collect()
    }
}

impl ListingRow {
    /// Its line of a CSV file.
    pub fn csv(&self) -> String {
        let conditions: Vec<String> = self.conditions.iter().map(condition).collect();
        let obstacles: Vec<String> = self.not_usable_because.iter().map(|one| tag(one, "obstacle")).collect();
        line([
            self.user_id.as_str(),
            &self.user_name,
            self.email.as_deref().unwrap_or_default(),
            &word(self.user_kind),
            flag(self.user_active),
            self.project_id.as_deref().unwrap_or_default(),
            self.project_key.as_deref().unwrap_or_default(),
            &self.permission,
            &word(self.certainty),
            &conditions.join("; "),
            &obstacles.join("; "),
            &self.ways.to_string(),
            &self.way,
            flag(self.not_all_known),
        ])
    }

    /// Its line of a file of JSON lines.
    pub fn jsonl(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The first line of the CSV file.
pub fn listing_head() -> String {
    line(LISTING_COLUMNS)
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::UserField { name, .. } | Condition::GroupField { name, .. } => format!("field {name}"),
        other => tag(other, "condition"),
    }
}

fn tag(value: impl Serialize, name: &str) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.get(name).and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}

fn word(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn flag(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}
