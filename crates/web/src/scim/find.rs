//! Lists: `GET` on a kind of resources, and `POST` to `/.search`.

use super::{
    answer::{Refusal, document},
    ask::Ask,
    shelf::{Kept, Shelf, kind_of, name_of},
};
use crate::{app::App, http::Problem};
use axum::{extract::State, http::StatusCode, response::Response};
use serde_json::Value;
use std::collections::HashMap;
use weir_access::scim::{
    Filter, ResourceKind, composed, folded,
    list::{Search, SortKey, in_order, response, sort_key},
};
use weir_store::ScimSought;

/// How many are looked at at once where all of them are, and how many where that means all their members.
const AT_ONCE: u32 = 1_000;
const AT_ONCE_WITH_MEMBERS: u32 = 100;

/// `GET /Users`, `GET /Groups`.
pub(super) async fn list(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kinds = [ask.kind()?];
    let search = Search::of_query(&ask.query, &kinds)?;
    let found = found(&Shelf::of(&app, &ask)?, &kinds, &search).await?;
    Ok(document(StatusCode::OK, &found))
}

/// `POST /.search`, `POST /Users/.search`, `POST /Groups/.search`.
pub(super) async fn search(State(app): State<App>, ask: Ask) -> Result<Response, Refusal> {
    let kinds = ask.kind.map_or_else(|| ResourceKind::ALL.to_vec(), |kind| vec![kind]);
    let search = Search::of_body(&ask.json()?, &kinds)?;
    let found = found(&Shelf::of(&app, &ask)?, &kinds, &search).await?;
    Ok(document(StatusCode::OK, &found))
}

/// One that is as the filter wants it, and by what it is put in order.
struct Match {
    key: SortKey,
    kind: ResourceKind,
    no: i64,
}

async fn found(shelf: &Shelf<'_>, kinds: &[ResourceKind], search: &Search) -> Result<Value, Refusal> {
    let offset = search.start_index - 1;
    let with_members = kinds.contains(&ResourceKind::Group) && shows_links(ResourceKind::Group, search);
    let count = if with_members { search.count.min(AT_ONCE_WITH_MEMBERS) } else { search.count };
    if let ([kind], None, None) = (kinds, &search.filter, &search.sort_by) {
        let total = shelf.app.store.scim_count(shelf.directory, kind_of(*kind)).await?;
        let page = ScimSought::Page { offset, limit: count };
        let page = if count > 0 { shelf.find(*kind, &page).await? } else { vec![] };
        let shown = shown(shelf, *kind, &page, search).await?;
        return Ok(response(total, search.start_index, shown));
    }
    let mut matches = vec![];
    for kind in kinds {
        matching(shelf, *kind, search, &mut matches).await?;
    }
    if search.sort_by.is_some() {
        // The sort is stable: what is alike stays in the order in which it was added.
        matches.sort_by(|a, b| in_order(&a.key, &b.key, search.descending));
    }
    let total = matches.len() as u64;
    let page: Vec<Match> = matches.into_iter().skip(offset as usize).take(count as usize).collect();
    let mut ready = HashMap::new();
    for kind in kinds {
        let numbers = page.iter().filter(|one| one.kind == *kind).map(|one| one.no).collect();
        let rows = shelf.find(*kind, &ScimSought::Numbers(numbers)).await?;
        let shown = shown(shelf, *kind, &rows, search).await?;
        ready.extend(rows.iter().map(|row| row.no).zip(shown));
    }
    let shown = page.iter().filter_map(|one| ready.remove(&one.no)).collect();
    Ok(response(total, search.start_index, shown))
}

/// A page of them as it was asked for. Members are not read where nobody wants to see them.
async fn shown(
    shelf: &Shelf<'_>,
    kind: ResourceKind,
    page: &[Kept],
    search: &Search,
) -> Result<Vec<Value>, Refusal> {
    let whole = shelf.shown(kind, page, shows_links(kind, search)).await?;
    Ok(whole.into_iter().map(|one| search.projection.apply(kind, one)).collect())
}

fn shows_links(kind: ResourceKind, search: &Search) -> bool {
    kind == ResourceKind::User || search.projection.shows(kind, "members")
}

/// Adds those of a kind that are as the filter wants them.
async fn matching(
    shelf: &Shelf<'_>,
    kind: ResourceKind,
    search: &Search,
    matches: &mut Vec<Match>,
) -> Result<(), Refusal> {
    if let Some(sought) = search.filter.as_ref().and_then(|filter| sought(kind, filter)) {
        let rows = match sought {
            Some(sought) => shelf.find(kind, &sought).await?,
            None => vec![],
        };
        return judged(shelf, kind, search, &rows, matches).await;
    }
    let mut behind = 0;
    let at_once = match kind == ResourceKind::Group && looks_at_links(search) {
        true => AT_ONCE_WITH_MEMBERS,
        false => AT_ONCE,
    };
    loop {
        let rows = shelf.find(kind, &ScimSought::Behind(behind, at_once)).await?;
        judged(shelf, kind, search, &rows, matches).await?;
        match rows.last() {
            Some(last) if rows.len() == at_once as usize => behind = last.no,
            _ => return Ok(()),
        }
    }
}

/// What an index is asked for, where it knows of all that can match; `Some(None)` where nothing can.
fn sought(kind: ResourceKind, filter: &Filter) -> Option<Option<ScimSought>> {
    if let Some(id) = filter.equal_to("id", None) {
        return Some(id.parse().ok().map(ScimSought::Id));
    }
    if let Some(name) = filter.equal_to(name_of(kind), None) {
        return Some(Some(ScimSought::Name(folded(name))));
    }
    if let Some(id) = filter.equal_to("externalId", None) {
        return Some(Some(ScimSought::ExternalId(composed(id).into_owned())));
    }
    let member = filter.equal_to("members", Some("value")).filter(|_| kind == ResourceKind::Group)?;
    Some(Some(ScimSought::Member(composed(member).into_owned())))
}

async fn judged(
    shelf: &Shelf<'_>,
    kind: ResourceKind,
    search: &Search,
    rows: &[Kept],
    matches: &mut Vec<Match>,
) -> Result<(), Refusal> {
    for (row, whole) in rows.iter().zip(shelf.shown(kind, rows, looks_at_links(search)).await?) {
        let whole = whole.as_object().ok_or_else(|| Problem::bug("a resource is no object"))?;
        if search.filter.as_ref().is_none_or(|filter| filter.matches(kind, whole)) {
            let key = search.sort_by.as_ref().map(|path| sort_key(path, kind, whole));
            matches.push(Match { key: key.unwrap_or(SortKey::Nothing), kind, no: row.no });
        }
    }
    Ok(())
}

/// Whether members of groups, or groups of users, say what is found or in which order; they are part of a user's version too.
fn looks_at_links(search: &Search) -> bool {
    let about = |name: &str| {
        let filtered = search.filter.as_ref().is_some_and(|filter| filter.mentions(name));
        filtered || search.sort_by.as_ref().is_some_and(|path| path.name.eq_ignore_ascii_case(name))
    };
    ["members", "groups", "meta"].into_iter().any(about)
}
