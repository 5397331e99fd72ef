//! `/Bulk`: several operations in one request, each done as it would be by itself.

use super::{
    answer::{Refusal, document, version},
    ask::Ask,
    change::{Aim, Wish, changed, created, removed},
    shelf::{Kept, Shelf},
    single::whole,
};
use crate::{app::App, auth::principal::Caller, http::Problem};
use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use weir_access::scim::{
    ScimError,
    bulk::{self, Bulk, Method, Operation, Outcome},
    draft,
    patch::Patch,
};

/// `POST /Bulk`. An operation that names a resource of another one is done after that.
pub(super) async fn bulk(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let wanted = Bulk::read(&ask.json()?)?;
    let shelf = Shelf::of(&app, &ask)?;
    let mut outcomes: Vec<Option<Outcome>> = vec![None; wanted.operations.len()];
    let mut ids = HashMap::new();
    let mut failed = 0;
    let mut left: Vec<usize> = (0..wanted.operations.len()).collect();
    while !left.is_empty() {
        let pending: HashSet<&str> =
            left.iter().filter_map(|at| wanted.operations[*at].bulk_id.as_deref()).collect();
        let mut later = vec![];
        let before = left.len();
        for at in left {
            let operation = &wanted.operations[at];
            let missing: HashSet<&str> =
                operation.references().into_iter().filter(|name| !ids.contains_key(*name)).collect();
            let outcome = if missing.is_empty() {
                done(&shelf, &ask.caller, &operation.resolved(&ids)).await?
            } else if missing.iter().any(|name| pending.contains(name) && !is_over(&wanted, &outcomes, name))
            {
                later.push(at);
                continue;
            } else {
                Outcome::Failed(bulk::unresolved(&missing))
            };
            failed += u64::from(matches!(outcome, Outcome::Failed(_)));
            if let (Some(name), Outcome::Done(_, location, _)) = (&operation.bulk_id, &outcome)
                && let Some((_, id)) = location.rsplit_once('/')
            {
                ids.insert(name.clone(), id.to_owned());
            }
            outcomes[at] = Some(outcome);
            if wanted.fail_on_errors.is_some_and(|most| failed >= most) {
                return Ok(answered(&wanted, &outcomes));
            }
        }
        if later.len() == before {
            // They wait for each other.
            for at in later {
                let names = wanted.operations[at].references();
                outcomes[at] = Some(Outcome::Failed(ScimError::status(409, bulk::unresolved(&names).detail)));
            }
            break;
        }
        left = later;
    }
    Ok(answered(&wanted, &outcomes))
}

/// Whether the operation that makes this has had its turn.
fn is_over(wanted: &Bulk, outcomes: &[Option<Outcome>], name: &str) -> bool {
    let mut all = wanted.operations.iter().zip(outcomes);
    all.any(|(one, outcome)| one.bulk_id.as_deref() == Some(name) && outcome.is_some())
}

fn answered(wanted: &Bulk, outcomes: &[Option<Outcome>]) -> Response {
    let lines = wanted.operations.iter().zip(outcomes);
    let lines = lines.filter_map(|(one, outcome)| Some(bulk::line(one, outcome.as_ref()?))).collect();
    document(StatusCode::OK, &bulk::response(lines))
}

/// Does one. What the server itself cannot do ends the whole request.
async fn done(shelf: &Shelf<'_>, caller: &Caller, operation: &Operation) -> Result<Outcome, Problem> {
    match tried(shelf, caller, operation).await {
        Ok(outcome) => Ok(outcome),
        Err(Refusal::Scim(error)) => Ok(Outcome::Failed(error)),
        Err(Refusal::Server(problem)) => Err(*problem),
    }
}

async fn tried(shelf: &Shelf<'_>, caller: &Caller, operation: &Operation) -> Result<Outcome, Refusal> {
    let kind = operation.kind;
    let aim = Aim { id: operation.id.clone(), if_match: operation.version.clone() };
    let (status, kept): (u16, Kept) = match operation.method {
        Method::Post => (201, created(shelf, caller, kind, draft(kind, &operation.data)?).await?),
        Method::Put => {
            (200, changed(shelf, caller, kind, &aim, &Wish::Replace(draft(kind, &operation.data)?)).await?)
        }
        Method::Patch => (
            200,
            changed(shelf, caller, kind, &aim, &Wish::Patch(Patch::read(kind, &operation.data)?)).await?,
        ),
        Method::Delete => {
            removed(shelf, caller, kind, &aim).await?;
            return Ok(Outcome::Done(204, shelf.location(kind, &operation.id), None));
        }
    };
    let whole: Value = whole(shelf, kind, &kept).await?;
    let location = whole["meta"]["location"].as_str().unwrap_or_default().to_owned();
    Ok(Outcome::Done(status, location, version(&whole).map(str::to_owned)))
}
