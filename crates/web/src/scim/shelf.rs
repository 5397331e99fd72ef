//! Rows of the store as resources, and back.

use super::{answer::Refusal, ask::Ask};
use crate::{app::App, http::Problem};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use weir_access::scim::{Draft, Known, ResourceKind, composed, folded, shown_whole};
use weir_model::{ScimDirectory, ScimId, ScimKind, ScimMember, ScimResource};
use weir_store::ScimSought;

/// The people and groups of a directory.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    pub(super) app: &'a App,
    pub(super) directory: ScimDirectory,
    base: String,
}

/// A row, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) no: i64,
    pub(super) row: ScimResource,
    /// All that was pushed, but for members.
    draft: Draft,
}

impl<'a> Shelf<'a> {
    pub(super) fn of(app: &'a App, ask: &Ask) -> Result<Self, Problem> {
        Ok(Self { app, directory: ask.directory()?, base: super::ask::base(app) })
    }

    pub(super) async fn find(&self, kind: ResourceKind, sought: &ScimSought) -> Result<Vec<Kept>, Refusal> {
        let rows = self.app.store.scim_resources(self.directory, kind_of(kind), sought).await?;
        let kept = |(no, row): (i64, ScimResource)| Ok(Kept { no, draft: read(&row.document)?, row });
        Ok(rows.into_iter().map(kept).collect::<Result<_, Problem>>()?)
    }

    /// The one with this id; nothing where there is none, whatever the id looks like.
    pub(super) async fn one(&self, kind: ResourceKind, id: &str) -> Result<Option<Kept>, Refusal> {
        // Ids are told as they are written, so that one resource has one address.
        let Some(id) = id.parse::<ScimId>().ok().filter(|parsed| parsed.to_string() == id) else {
            return Ok(None);
        };
        Ok(self.find(kind, &ScimSought::Id(id)).await?.pop())
    }

    /// Resources as they are shown, whole; without members of groups and groups of users where nobody asks for them.
    pub(super) async fn shown(
        &self,
        kind: ResourceKind,
        all: &[Kept],
        with_links: bool,
    ) -> Result<Vec<Value>, Refusal> {
        let mut links = match (kind, with_links) {
            (_, false) => HashMap::new(),
            (ResourceKind::Group, true) => self.members(all).await?,
            (ResourceKind::User, true) => self.groups(all).await?,
        };
        let name = match kind {
            ResourceKind::Group => "members",
            ResourceKind::User => "groups",
        };
        let shown = |kept: &Kept| {
            let mut draft = kept.draft.clone();
            if let Some(links) = links.remove(&kept.no) {
                draft.insert(name.to_owned(), Value::Array(links));
            }
            let row = &kept.row;
            let known = Known {
                id: row.id.to_string(),
                created: row.created_at.rfc3339(),
                last_modified: row.modified_at.rfc3339(),
                location: self.location(kind, &row.id.to_string()),
                revision: row.revision,
            };
            shown_whole(kind, draft, &known)
        };
        Ok(all.iter().map(shown).collect())
    }

    /// What was pushed of a resource, with members.
    pub(super) async fn draft(&self, kind: ResourceKind, kept: &Kept) -> Result<Draft, Refusal> {
        let mut draft = kept.draft.clone();
        if kind == ResourceKind::Group {
            let mut members = vec![];
            for (_, member) in self.app.store.scim_members(&[kept.no]).await? {
                let mut said = member.said.as_deref().map_or_else(|| Ok(Map::new()), read)?;
                said.insert("value".to_owned(), member.id.into());
                members.push(Value::Object(said));
            }
            if !members.is_empty() {
                draft.insert("members".to_owned(), members.into());
            }
        }
        Ok(draft)
    }

    /// Members by the number of their group.
    async fn members(&self, groups: &[Kept]) -> Result<HashMap<i64, Vec<Value>>, Refusal> {
        let numbers: Vec<i64> = groups.iter().map(|group| group.no).collect();
        let mut members: HashMap<i64, Vec<Value>> = HashMap::new();
        for (group, member) in self.app.store.scim_members(&numbers).await? {
            let mut shown = member.said.as_deref().map_or_else(|| Ok(Map::new()), read)?;
            if let Some(kind) = member.kind {
                let location = self.location(resource_kind(kind), &member.id);
                shown.insert("$ref".to_owned(), location.into());
                shown.entry("type").or_insert_with(|| kind.as_str().into());
            }
            shown.insert("value".to_owned(), member.id.into());
            members.entry(group).or_default().push(Value::Object(shown));
        }
        Ok(members)
    }

    /// Groups by the number of the user who is in them.
    async fn groups(&self, users: &[Kept]) -> Result<HashMap<i64, Vec<Value>>, Refusal> {
        let ids: Vec<ScimId> = users.iter().map(|user| user.row.id).collect();
        let numbers: HashMap<String, i64> =
            users.iter().map(|one| (one.row.id.to_string(), one.no)).collect();
        let mut groups: HashMap<i64, Vec<Value>> = HashMap::new();
        for membership in self.app.store.scim_memberships(self.directory, &ids).await? {
            let Some(no) = numbers.get(&membership.member) else { continue };
            let id = membership.group.to_string();
            let group = read(&membership.document)?;
            groups.entry(*no).or_default().push(json!({
                "value": id,
                "$ref": self.location(ResourceKind::Group, &id),
                "display": group.get("displayName").cloned().unwrap_or_default(),
                "type": "direct",
            }));
        }
        Ok(groups)
    }

    /// Where a resource is.
    pub(super) fn location(&self, kind: ResourceKind, id: &str) -> String {
        format!("{}{}/{id}", self.base, kind.endpoint())
    }
}

/// What is kept of a draft in the columns of a row, and its members.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) name: String,
    pub(super) external_id: Option<String>,
    pub(super) active: Option<bool>,
    pub(super) document: String,
    pub(super) members: Vec<ScimMember>,
}

pub(super) fn columns(kind: ResourceKind, mut draft: Draft) -> Columns {
    let members = match draft.remove("members") {
        Some(Value::Array(all)) => all.into_iter().filter_map(member).collect(),
        _ => vec![],
    };
    let text = |name: &str| draft.get(name).and_then(Value::as_str);
    Columns {
        name: folded(text(name_of(kind)).unwrap_or_default()),
        external_id: text("externalId").map(|id| composed(id).into_owned()),
        active: draft.get("active").and_then(Value::as_bool),
        document: Value::Object(draft.clone()).to_string(),
        members,
    }
}

/// A draft without what is worked out when it is shown, and what clients send back as they read it: where members are.
pub(super) fn tidied(mut draft: Draft) -> Draft {
    let members = draft.get_mut("members").and_then(Value::as_array_mut);
    for member in members.into_iter().flatten().filter_map(Value::as_object_mut) {
        let is_of_it =
            |to: &str| member.get("value").and_then(Value::as_str).is_some_and(|id| to.ends_with(id));
        if member.get("$ref").and_then(Value::as_str).is_some_and(is_of_it) {
            member.remove("$ref");
        }
    }
    draft
}

fn member(value: Value) -> Option<ScimMember> {
    let Value::Object(mut said) = value else { return None };
    let id = said.remove("value")?.as_str()?.to_owned();
    let said = (!said.is_empty()).then(|| Value::Object(said).to_string());
    Some(ScimMember { id, said, kind: None })
}

/// The attribute that a resource is called by.
pub(super) fn name_of(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => "userName",
        ResourceKind::Group => "displayName",
    }
}

pub(super) fn kind_of(kind: ResourceKind) -> ScimKind {
    match kind {
        ResourceKind::User => ScimKind::User,
        ResourceKind::Group => ScimKind::Group,
    }
}

fn resource_kind(kind: ScimKind) -> ResourceKind {
    match kind {
        ScimKind::User => ResourceKind::User,
        ScimKind::Group => ResourceKind::Group,
    }
}

fn read(document: &str) -> Result<Map<String, Value>, Problem> {
    serde_json::from_str(document).map_err(|_| Problem::bug("A resource of SCIM cannot be read"))
}
