//! JSON as ConductorOne's baton tells it (access.md §2): resources, entitlements, grants. Grants are as the site has them; one to a
//! group or a role names the entitlement whose holders have it too.

use super::relations::{Node, Relation};
use crate::graph::{Graph, Kind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use weir_model::access::{UserKind, UserState};

fn resource_type(node: Node) -> &'static str {
    match node {
        Node::Site => "site",
        Node::User(_) => "user",
        Node::Group(_) => "group",
        Node::AppRole(_) => "application-role",
        Node::Role { .. } => "project-role",
        Node::Project(_) => "project",
        Node::Whoever(_) => "holder",
    }
}

impl Graph {
    /// Everything in one document: `resource_types`, `resources`, `entitlements`, `grants`.
    pub fn baton(&self) -> Value {
        let relations = self.relations();
        let nodes = self.nodes(&relations);
        let types = [
            ("user", "User", json!(["TRAIT_USER"])),
            ("group", "Group", json!(["TRAIT_GROUP"])),
            ("application-role", "Application role", json!(["TRAIT_ROLE"])),
            ("project-role", "Project role", json!(["TRAIT_ROLE"])),
            ("project", "Project", json!([])),
            ("site", "Site", json!([])),
            ("holder", "Holder", json!([])),
        ];
        let types: Vec<Value> =
            types.map(|(id, name, traits)| json!({"id": id, "display_name": name, "traits": traits})).into();
        let mut entitlements: BTreeMap<String, Value> = BTreeMap::new();
        // Whom others get something through has an entitlement also where nobody has it.
        let has_holders =
            |node: &&Node| matches!(node, Node::Group(_) | Node::AppRole(_) | Node::Role { .. });
        for node in nodes.iter().filter(has_holders) {
            let (id, entitlement) = self.entitlement(*node, None);
            entitlements.insert(id, entitlement);
        }
        let mut seen = BTreeSet::new();
        let mut grants = Vec::new();
        for relation in &relations {
            let (id, entitlement) = self.entitlement(relation.to, relation.permission);
            entitlements.entry(id.clone()).or_insert(entitlement);
            let grant = format!("{id}:{}:{}", resource_type(relation.from), self.baton_id(relation.from));
            if seen.insert(grant.clone()) {
                grants.push(self.grant(&grant, &id, relation));
            }
        }
        json!({
            "resource_types": types,
            "resources": nodes.iter().map(|node| self.resource(*node)).collect::<Vec<_>>(),
            "entitlements": entitlements.into_values().collect::<Vec<_>>(),
            "grants": grants,
        })
    }

    fn baton_id(&self, node: Node) -> String {
        match node {
            Node::Site => "site".to_owned(),
            Node::User(user) => self.id(Kind::User, user).to_owned(),
            Node::Group(group) => self.id(Kind::Group, group).to_owned(),
            Node::AppRole(role) => self.id(Kind::AppRole, role).to_owned(),
            Node::Role { project, role } => {
                format!("{}:{}", self.id(Kind::Project, project), self.id(Kind::Role, role))
            }
            Node::Project(project) => self.id(Kind::Project, project).to_owned(),
            Node::Whoever(_) => self.node_id(node),
        }
    }

    fn reference(&self, node: Node) -> Value {
        json!({"resource_type": resource_type(node), "resource": self.baton_id(node)})
    }

    fn resource(&self, node: Node) -> Value {
        let mut resource = json!({"id": self.reference(node), "display_name": self.node_name(node)});
        if let Node::Role { project, .. } = node {
            resource["parent_resource_id"] = self.reference(Node::Project(project));
        }
        if let Node::User(user) = node {
            let status = match self.user_state(user) {
                Some(UserState::Active) => "STATUS_ENABLED",
                Some(UserState::Inactive) => "STATUS_DISABLED",
                Some(UserState::Deleted) | None => "STATUS_DELETED",
            };
            let kind = match self.user_kind(user) {
                UserKind::Person | UserKind::Customer => "ACCOUNT_TYPE_HUMAN",
                UserKind::Service | UserKind::Agent => "ACCOUNT_TYPE_SERVICE",
                UserKind::Unknown => "ACCOUNT_TYPE_UNSPECIFIED",
            };
            let emails: Vec<Value> = self
                .email(user)
                .map(|mail| json!({"address": mail, "is_primary": true}))
                .into_iter()
                .collect();
            resource["user_trait"] =
                json!({"status": {"status": status}, "account_type": kind, "emails": emails});
        }
        resource
    }

    fn entitlement(&self, of: Node, permission: Option<u32>) -> (String, Value) {
        let (slug, purpose) = match (permission, of) {
            (Some(permission), _) => (self.id(Kind::Permission, permission), "PURPOSE_VALUE_PERMISSION"),
            (None, Node::Group(_)) => ("member", "PURPOSE_VALUE_ASSIGNMENT"),
            (None, Node::Site) => ("use", "PURPOSE_VALUE_PERMISSION"),
            (None, _) => ("assigned", "PURPOSE_VALUE_ASSIGNMENT"),
        };
        let id = format!("{}:{}:{slug}", resource_type(of), self.baton_id(of));
        let name = format!("{} {slug}", self.node_name(of));
        let entitlement = json!({
            "id": id, "resource": self.reference(of), "slug": slug, "display_name": name, "purpose": purpose,
        });
        (id, entitlement)
    }

    fn grant(&self, id: &str, entitlement: &str, relation: &Relation) -> Value {
        let mut grant = json!({
            "id": id,
            "entitlement": entitlement,
            "principal": self.reference(relation.from),
            "sources": {entitlement: {"is_direct": true}},
        });
        if matches!(relation.from, Node::Group(_) | Node::Role { .. } | Node::AppRole(_)) {
            let (through, _) = self.entitlement(relation.from, None);
            grant["expandable"] = json!({"entitlement_ids": [through]});
        }
        grant
    }
}
