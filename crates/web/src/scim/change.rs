//! Changes, each of them of what was seen: where two meet, the later one is made anew of what the earlier one left.

use super::{
    answer::Refusal,
    noted::{self, Done},
    shelf::{Columns, Kept, Shelf, columns, kind_of, tidied},
    single::{known, still, whole},
};
use crate::{auth::principal::Caller, http::Problem};
use weir_access::scim::{Draft, ResourceKind, ScimError, ScimType, patch::Patch};
use weir_model::{ScimId, ScimResource};
use weir_store::{ScimSought, ScimWritten};

/// How often a change is made anew.
const TRIES: u32 = 8;

/// What a client wants of a resource.
#[derive(Debug)]
pub(super) enum Wish {
    /// This in its place.
    Replace(Draft),
    /// These operations.
    Patch(Patch),
}

/// What a change is aimed at.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) id: String,
    /// The versions that it may be made of, where the client says so.
    pub(super) if_match: Option<String>,
}

/// Adds a resource.
pub(super) async fn created(
    shelf: &Shelf<'_>,
    caller: &Caller,
    kind: ResourceKind,
    draft: Draft,
) -> Result<Kept, Refusal> {
    let (now, draft) = (shelf.app.now(), tidied(draft));
    let done = Done::added(&draft);
    let Columns { name, external_id, active, document, members } = columns(kind, draft);
    let row = ScimResource {
        id: ScimId::generate(now, shelf.app.environment.entropy.as_ref()),
        directory: shelf.directory,
        kind: kind_of(kind),
        name,
        external_id,
        active,
        document,
        created_at: now,
        modified_at: now,
        revision: 1,
    };
    match shelf.app.store.add_scim(&row, &members).await? {
        ScimWritten::Done => {}
        ScimWritten::Taken => return Err(taken().into()),
        ScimWritten::Full => {
            let detail = format!("There are too many resources of the kind {}", kind.name());
            return Err(ScimError::status(507, detail).into());
        }
        ScimWritten::Changed => return Err(Problem::bug("what is added cannot have changed").into()),
    }
    noted::note(shelf, caller, "add", &row, done).await?;
    let made = shelf.find(kind, &ScimSought::Id(row.id)).await?.pop();
    made.ok_or_else(|| Problem::bug("what was added is not there").into())
}

/// Changes a resource, and gives it as it is then. What is as it is wanted already is left alone.
pub(super) async fn changed(
    shelf: &Shelf<'_>,
    caller: &Caller,
    kind: ResourceKind,
    aim: &Aim,
    wish: &Wish,
) -> Result<Kept, Refusal> {
    for _ in 0..TRIES {
        let kept = known(shelf, kind, &aim.id).await?;
        if let Some(listed) = &aim.if_match {
            still(listed, &whole(shelf, kind, &kept).await?)?;
        }
        let before = shelf.draft(kind, &kept).await?;
        let after = tidied(match wish {
            Wish::Replace(draft) => draft.clone(),
            Wish::Patch(patch) => patch.apply(&aim.id, &before)?,
        });
        if after == before {
            return Ok(kept);
        }
        let done = Done::changed(&before, &after);
        let moved = before.get("members") != after.get("members");
        let Columns { name, external_id, active, document, members } = columns(kind, after);
        let row = ScimResource {
            name,
            external_id,
            active,
            document,
            modified_at: shelf.app.now(),
            revision: kept.row.revision + 1,
            ..kept.row.clone()
        };
        let members = moved.then_some(members.as_slice());
        match shelf.app.store.replace_scim(&row, kept.row.revision, members).await? {
            ScimWritten::Done => {
                noted::note(shelf, caller, "change", &row, done).await?;
                return known(shelf, kind, &aim.id).await;
            }
            ScimWritten::Taken => return Err(taken().into()),
            ScimWritten::Changed | ScimWritten::Full => {}
        }
    }
    Err(busy().into())
}

/// Removes a resource.
pub(super) async fn removed(
    shelf: &Shelf<'_>,
    caller: &Caller,
    kind: ResourceKind,
    aim: &Aim,
) -> Result<(), Refusal> {
    for _ in 0..TRIES {
        let kept = known(shelf, kind, &aim.id).await?;
        if let Some(listed) = &aim.if_match {
            still(listed, &whole(shelf, kind, &kept).await?)?;
        }
        let row = &kept.row;
        let written =
            shelf.app.store.remove_scim(shelf.directory, kind_of(kind), &row.id, row.revision).await?;
        if written == ScimWritten::Done {
            return Ok(noted::note(shelf, caller, "remove", row, Done::default()).await?);
        }
    }
    Err(busy().into())
}

fn taken() -> ScimError {
    ScimError::of(ScimType::Uniqueness, "Another user has this userName")
}

fn busy() -> ScimError {
    ScimError::status(409, "It is being changed by others all the time: try again")
}
