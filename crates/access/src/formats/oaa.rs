//! A payload of Veza's open authorization API for a custom application (access.md §3): groups are local groups, a role in a
//! project is a local role, projects are resources, permissions have canonical kinds.

use super::relations::{Node, Relation};
use crate::graph::{Graph, Kind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::access::{UserKind, UserState};

/// The canonical kinds of a permission.
fn canonical(key: &str) -> Vec<&'static str> {
    let has = |word: &str| key.contains(word);
    let kind = match key {
        "BROWSE_PROJECTS" => "DataRead",
        "ADMINISTER" | "SYSTEM_ADMIN" | "ADMINISTER_PROJECTS" => {
            return vec!["MetadataRead", "MetadataWrite", "MetadataCreate", "MetadataDelete"];
        }
        "EDIT_WORKFLOW" | "EDIT_ISSUE_LAYOUT" => "MetadataWrite",
        "CREATE_PROJECT" => "MetadataCreate",
        "USER_PICKER" => "MetadataRead",
        _ if has("VIEW") || has("BROWSE") => "DataRead",
        _ if has("DELETE") => "DataDelete",
        _ if has("CREATE") || key == "ADD_COMMENTS" || key == "WORK_ON_ISSUES" => "DataCreate",
        _ if [
            "EDIT",
            "ASSIGN",
            "CLOSE",
            "LINK",
            "MODIFY",
            "MOVE",
            "RESOLVE",
            "SCHEDULE",
            "SET",
            "TRANSITION",
            "MANAGE",
        ]
        .iter()
        .any(|word| has(word)) =>
        {
            "DataWrite"
        }
        _ => "Uncategorized",
    };
    vec![kind]
}

/// What one identity has.
#[derive(Default)]
struct Given {
    /// Permission to projects; None for the application as a whole.
    permissions: BTreeMap<u32, Option<BTreeSet<String>>>,
    roles: Vec<Node>,
}

impl Graph {
    /// The payload; `name` is what the application is called there.
    pub fn oaa(&self, name: &str) -> Value {
        let relations = self.relations();
        let nodes = self.nodes(&relations);
        let users = nodes.iter().filter_map(|node| match node {
            Node::User(user) => Some(self.local_user(*user)),
            _ => None,
        });
        let users: Vec<Value> = users.collect();
        let groups = nodes.iter().filter_map(|node| match node {
            Node::Group(_) | Node::AppRole(_) | Node::Whoever(_) => Some(self.local_group(*node)),
            _ => None,
        });
        let groups: Vec<Value> = groups.collect();
        let roles = nodes.iter().filter_map(|node| match node {
            Node::Role { .. } => Some(self.local_role(*node, &relations)),
            _ => None,
        });
        let roles: Vec<Value> = roles.collect();
        let resources = nodes.iter().filter_map(|node| match node {
            Node::Project(project) => Some(self.project_resource(*project)),
            _ => None,
        });
        let resources: Vec<Value> = resources.collect();
        let keys: BTreeSet<u32> = relations.iter().filter_map(|relation| relation.permission).collect();
        let permissions = keys.into_iter().map(|permission| {
            let key = self.id(Kind::Permission, permission);
            json!({
                "name": key, "permission_type": canonical(key), "apply_to_sub_resources": false,
                "resource_types": ["project"],
            })
        });
        json!({
            "custom_property_definition": {"applications": [{
                "application_type": "Jira",
                "application_properties": {},
                "local_user_properties": {"account_kind": "STRING"},
                "local_group_properties": {},
                "local_role_properties": {},
                "resources": [{"resource_type": "project", "properties": {
                    "key": "STRING", "kind": "STRING", "category": "STRING", "archived": "BOOLEAN", "private": "BOOLEAN",
                }}],
            }]},
            "applications": [{
                "name": name,
                "application_type": "Jira",
                "local_users": users,
                "local_groups": groups,
                "local_roles": roles,
                "local_access_creds": [],
                "resources": resources,
                "tags": [],
                "custom_properties": {},
            }],
            "permissions": permissions.collect::<Vec<_>>(),
            "identity_to_permissions": self.identities(name, &relations),
        })
    }

    fn local_user(&self, user: u32) -> Value {
        let row = self.about.users[user as usize].as_ref();
        let kind = self.user_kind(user);
        let seats = self.wires.seats.of(user).iter();
        let mut value = json!({
            "name": self.user_name(user),
            "id": self.node_id(Node::User(user)),
            "identities": self.email(user).into_iter().collect::<Vec<_>>(),
            "groups": seats.map(|group| self.node_id(Node::Group(*group))).collect::<Vec<_>>(),
            "is_active": self.user_state(user) == Some(UserState::Active),
            "user_type": if matches!(kind, UserKind::Service | UserKind::Agent) { "service_account" } else { "human" },
            "custom_properties": {"account_kind": kind},
        });
        if let Some(at) = row.and_then(|row| row.last_active_at) {
            value["last_login_at"] = json!(weir_model::Millis(at).rfc3339());
        }
        value
    }

    fn local_group(&self, node: Node) -> Value {
        let parents: Vec<String> = match node {
            Node::Group(group) => {
                let outside =
                    self.wires.outside.of(group).iter().map(|parent| self.node_id(Node::Group(*parent)));
                let roles = (0..self.count(Kind::AppRole) as u32)
                    .filter(|role| self.wires.opens.of(*role).contains(&group))
                    .map(|role| self.node_id(Node::AppRole(role)));
                outside.chain(roles).collect()
            }
            _ => Vec::new(),
        };
        json!({
            "name": self.node_name(node), "id": self.node_id(node), "groups": parents, "custom_properties": {},
        })
    }

    fn local_role(&self, node: Node, relations: &[Relation]) -> Value {
        let first = relations.partition_point(|relation| relation.from < node);
        let own = relations[first..].iter().take_while(|relation| relation.from == node);
        let keys: BTreeSet<&str> =
            own.filter_map(|relation| Some(self.id(Kind::Permission, relation.permission?))).collect();
        json!({
            "name": self.node_name(node), "id": self.node_id(node), "permissions": keys, "roles": [], "tags": [],
            "custom_properties": {},
        })
    }

    fn project_resource(&self, project: u32) -> Value {
        let row = self.about.projects[project as usize].as_ref();
        let mut properties = json!({"key": self.name(Kind::Project, project)});
        if let Some(row) = row {
            properties["kind"] = json!(row.kind);
            properties["archived"] = json!(row.state != weir_model::access::ProjectState::Live);
            if let Some(is_private) = row.is_private {
                properties["private"] = json!(is_private);
            }
            if let Some(category) = &row.category {
                let known = self.categories().iter().find(|known| known.id == *category);
                properties["category"] = json!(known.map_or(category, |known| &known.name));
            }
        }
        json!({
            "name": self.node_name(Node::Project(project)), "id": self.node_id(Node::Project(project)),
            "resource_type": "project", "sub_resources": [], "custom_properties": properties,
        })
    }

    /// Who has what: permissions on projects and on the application, and roles.
    fn identities(&self, name: &str, relations: &[Relation]) -> Vec<Value> {
        let mut all: BTreeMap<Node, Given> = BTreeMap::new();
        for relation in relations {
            let Given { permissions, roles } = all.entry(relation.from).or_default();
            match (relation.to, relation.permission) {
                (Node::Project(_), Some(permission)) => {
                    let resources = permissions.entry(permission).or_insert_with(|| Some(BTreeSet::new()));
                    if let Some(resources) = resources {
                        resources.insert(self.node_id(relation.to));
                    }
                }
                (Node::Site, Some(permission)) => {
                    permissions.insert(permission, None);
                }
                (Node::Role { .. }, _) => roles.push(relation.to),
                _ => {}
            }
        }
        let mut identities = Vec::new();
        for (node, Given { permissions, roles }) in all {
            let kind = match node {
                Node::User(_) => "local_user",
                Node::Group(_) | Node::AppRole(_) | Node::Whoever(_) => "local_group",
                // What a role may do stands in the role.
                Node::Role { .. } | Node::Project(_) | Node::Site => continue,
            };
            let permissions = permissions.into_iter().map(|(permission, resources)| {
                let key = self.id(Kind::Permission, permission);
                let mut value = json!({"application": name, "permission": key});
                match resources {
                    Some(resources) => value["resources"] = json!(resources),
                    None => value["apply_to_application"] = json!(true),
                }
                value
            });
            let permissions: Vec<Value> = permissions.collect();
            let roles = roles.into_iter().filter_map(|role| {
                let Node::Role { project, .. } = role else { return None };
                Some(json!({
                    "application": name, "role": self.node_id(role), "apply_to_application": false,
                    "resources": [self.node_id(Node::Project(project))],
                }))
            });
            let roles: Vec<Value> = roles.collect();
            if !permissions.is_empty() || !roles.is_empty() {
                identities.push(json!({
                    "identity": self.node_id(node), "identity_type": kind,
                    "application_permissions": permissions, "role_assignments": roles,
                }));
            }
        }
        identities
    }
}
