//! Lines of the audit log: who pushed what. Names of attributes are told, and not their values.

use super::shelf::Shelf;
use crate::{
    audit::{Deed, note as noted},
    auth::principal::Caller,
    http::Problem,
};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use weir_access::scim::Draft;
use weir_model::{ScimKind, ScimResource, clean};

/// Longest name that is told.
const LONGEST: usize = 200;

/// What was done to a resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// The attributes that are others now.
    attributes: BTreeSet<String>,
    active: Option<bool>,
    members_added: usize,
    members_removed: usize,
}

impl Done {
    pub(super) fn added(draft: &Draft) -> Self {
        Self::changed(&Draft::new(), draft)
    }

    pub(super) fn changed(before: &Draft, after: &Draft) -> Self {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let differs = |name: &&&String| before.get(**name) != after.get(**name);
        let (was, is) = (members(before), members(after));
        let active = |draft: &Draft| draft.get("active").and_then(Value::as_bool);
        Self {
            attributes: names.iter().filter(differs).map(|name| (*name).clone()).collect(),
            active: active(after).filter(|_| active(before) != active(after)),
            members_added: is.difference(&was).count(),
            members_removed: was.difference(&is).count(),
        }
    }
}

fn members(draft: &Draft) -> HashSet<&str> {
    let all = draft.get("members").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(|one| one["value"].as_str()).collect()
}

/// Notes it.
pub(super) async fn note(
    shelf: &Shelf<'_>,
    caller: &Caller,
    verb: &str,
    row: &ScimResource,
    done: Done,
) -> Result<(), Problem> {
    let kind = match row.kind {
        ScimKind::User => "user",
        ScimKind::Group => "group",
    };
    let action = format!("scim.{kind}.{verb}");
    let mut deed = Deed::done(&action, clean(&row.name, LONGEST))
        .within(shelf.directory.0)
        .with("id", row.id.to_string());
    let attributes: Vec<String> = done.attributes.into_iter().collect();
    if !attributes.is_empty() {
        deed = deed.with("attributes", attributes.join(", "));
    }
    if let Some(active) = done.active {
        deed = deed.with("active", active.to_string());
    }
    if row.kind == ScimKind::Group && done.members_added + done.members_removed > 0 {
        deed = deed
            .with("members_added", done.members_added.to_string())
            .with("members_removed", done.members_removed.to_string());
    }
    noted(shelf.app, caller, deed).await
}
