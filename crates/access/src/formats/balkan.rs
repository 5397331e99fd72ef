//! The two files of BalkanID's bulk upload: entities and entity relations (access.md §1.3). Entities go first, for both ends of
//! a relation have to be there.

use super::{
    cells::line,
    relations::{Node, Relation},
};
use crate::{
    graph::{Graph, Held, Kind},
    snapshot::Hash,
};
use serde_json::{Map, Value, json};
use weir_model::access::{UserKind, UserState};

/// The columns of entities.
pub const ENTITY_COLUMNS: [&str; 8] = [
    "App",
    "Name",
    "Entity Type",
    "Source System",
    "Source ID",
    "Source Type",
    "Metadata Version",
    "Metadata",
];

/// The columns of relations.
pub const RELATION_COLUMNS: [&str; 8] = [
    "App",
    "Parent Entity Source ID",
    "Parent Entity Type",
    "Entity Source ID",
    "Entity Type",
    "Source System",
    "Metadata Version",
    "Metadata",
];

pub(super) const SYSTEM: &str = "jira";
pub(super) const VERSION: &str = "v1";

fn entity_type(node: Node) -> &'static str {
    match node {
        Node::User(_) => "identity",
        Node::Group(_) | Node::AppRole(_) | Node::Role { .. } | Node::Whoever(_) => "connection",
        Node::Project(_) | Node::Site => "resource",
    }
}

fn connection_type(node: Node) -> &'static str {
    match node {
        Node::User(_) => "direct",
        Node::Group(_) => "group",
        Node::AppRole(_) => "application-role",
        Node::Role { .. } => "project-role",
        Node::Whoever(Held::Anyone | Held::LoggedIn) => "everybody",
        Node::Whoever(_) => "condition",
        Node::Project(_) | Node::Site => "resource",
    }
}

impl Graph {
    fn source_type(&self, node: Node) -> &'static str {
        match node {
            Node::User(user) => match self.user_kind(user) {
                UserKind::Service | UserKind::Agent => "service account",
                UserKind::Customer => "customer",
                UserKind::Person | UserKind::Unknown => "user",
            },
            Node::Project(_) => "project",
            Node::Site => "instance",
            other => connection_type(other),
        }
    }

    /// The file of entities, line by line; `app` is the name of the application, where there is one.
    pub fn balkan_entities(&self, app: &str) -> impl Iterator<Item = String> + '_ {
        let app = app.to_owned();
        let nodes = self.nodes(&self.relations());
        std::iter::once(line(ENTITY_COLUMNS)).chain(nodes.into_iter().map(move |node| {
            let metadata = Value::Object(self.metadata(node)).to_string();
            line([
                app.as_str(),
                &self.node_name(node),
                entity_type(node),
                SYSTEM,
                &self.node_id(node),
                self.source_type(node),
                VERSION,
                &metadata,
            ])
        }))
    }

    /// The file of relations, line by line.
    pub fn balkan_relations(&self, app: &str) -> impl Iterator<Item = String> + '_ {
        let app = app.to_owned();
        std::iter::once(line(RELATION_COLUMNS)).chain(self.relations().into_iter().map(move |relation| {
            let metadata = self.relation_metadata(&relation).to_string();
            line([
                app.as_str(),
                &self.node_id(relation.from),
                entity_type(relation.from),
                &self.node_id(relation.to),
                entity_type(relation.to),
                SYSTEM,
                VERSION,
                &metadata,
            ])
        }))
    }

    fn relation_metadata(&self, relation: &Relation) -> Value {
        let mut metadata = Map::new();
        let project = match (relation.from, relation.to) {
            (_, Node::Project(project)) | (_, Node::Role { project, .. }) => Some(project),
            _ => None,
        };
        if let Some(project) = project {
            metadata.insert("project".into(), json!(self.name(Kind::Project, project)));
        }
        if let Some(permission) = relation.permission {
            metadata.insert("privilegeName".into(), json!(self.id(Kind::Permission, permission)));
            metadata.insert("privilegeValue".into(), json!(true));
        }
        metadata.insert("connectionType".into(), json!(connection_type(relation.from)));
        let fact = relation.fact.to_string();
        let hash = Hash::of("weir access path", [fact.as_bytes()]).to_string();
        metadata.insert("path_hash".into(), json!(hash[..16]));
        Value::Object(metadata)
    }

    fn metadata(&self, node: Node) -> Map<String, Value> {
        let mut metadata = Map::new();
        let mut put = |key: &str, value: Value| {
            if !value.is_null() {
                metadata.insert(key.to_owned(), value);
            }
        };
        match node {
            Node::User(user) => {
                let profile = self.about.profiles[user as usize].as_ref();
                put("username", json!(profile.and_then(|profile| profile.login.as_deref())));
                put("email", json!(self.email(user)));
                let status = match self.user_state(user) {
                    Some(UserState::Active) => "active",
                    Some(UserState::Inactive) => "inactive",
                    Some(UserState::Deleted) => "deleted",
                    None => "missing",
                };
                put("status", json!(status));
                let row = self.about.users[user as usize].as_ref();
                put("lastActive", json!(row.and_then(|row| row.last_active_at)));
            }
            Node::Project(project) => {
                if let Some(row) = &self.about.projects[project as usize] {
                    put("key", json!(row.key));
                    put("kind", json!(row.kind));
                    put("state", json!(row.state));
                    let category = row.category.as_deref();
                    let name = self.categories().iter().find(|known| Some(known.id.as_str()) == category);
                    put("category", json!(name.map(|known| &known.name)));
                }
            }
            Node::Role { project, .. } => put("project", json!(self.name(Kind::Project, project))),
            _ => {}
        }
        metadata
    }
}
