//! Bodies of issues with their whole histories, from searches by id.

use crate::{
    SourceError,
    jira::{
        jql::Query,
        reading::{
            Shared,
            bodies::{self, Bodies},
            halving::{Smaller, smaller_or_spoilt},
            named::{self, Keys},
        },
        site::{Reply, Site},
        wire,
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use std::collections::HashSet;
use weir_model::{Message, Millis};

/// Issues that are looked at beside each other.
const LOOKS_AT_ONCE: usize = 4;

/// Reads these issues.
pub(in crate::jira) async fn call(
    shared: &Shared,
    ids: &[u64],
    into: &mut Bodies,
) -> Result<(), SourceError> {
    let asked = Asked { fields: shared.mapper.fields.asked(), expand: &["changelog"] };
    let refused = search(&shared.site, ids, &asked, |reply| {
        let text = reply.text()?;
        let page = into.read_page(&text, &shared.mapper).map_err(|error| reply.malformed(error))?;
        Ok(page.ids)
    })
    .await?;
    // Issues that are gone are refused, and so is everything by a site that does not take the query.
    if let [(_, said), ..] = refused.as_slice()
        && refused.len() == ids.len()
        && !takes_ids(&shared.site).await?
    {
        return Err(Message::JiraRefused { what: "issues".into(), status: 400, said: said.clone() }.into());
    }
    into.anomalies.extend(refused.into_iter().map(|(id, said)| bodies::withheld(id, &said)));
    Ok(())
}

/// Whether the site takes a search for an id that it has just shown. Where it shows no issue at all, there is none to be had.
async fn takes_ids(site: &Site) -> Result<bool, SourceError> {
    let first = |query: String| {
        let body = json!({ "jql": query, "fields": ["key"], "startAt": 0, "maxResults": 1 });
        async move { site.post("issues", "api/search", &body).await }
    };
    let shown = named::named(&first(Query::default().by_id()).await?.ok()?)?;
    let Some(id) = shown.first().and_then(|(id, _)| id.parse().ok()) else { return Ok(true) };
    Ok(first(Query::default().id_in(&[id]).by_id()).await?.status() != 400)
}

/// Issues in one search that asks for a single field.
const NARROW_CALL: usize = 500;

/// Parts of a list of issues of which little is asked, to be taken from the end.
pub(in crate::jira) fn narrow_parts(ids: &[u64]) -> Vec<&[u64]> {
    ids.chunks(NARROW_CALL).rev().collect()
}

/// When these issues were changed last, as far as the site still shows them.
pub(in crate::jira) async fn versions(
    site: &Site,
    ids: &[u64],
) -> Result<Vec<(u64, Option<Millis>)>, SourceError> {
    let mut versions = Vec::with_capacity(ids.len());
    let asked = Asked { fields: vec!["updated"], expand: &[] };
    search(site, ids, &asked, |reply| {
        let dated = named::dated(reply)?;
        let came = dated.iter().map(|(id, _)| *id).collect();
        versions.extend(dated);
        Ok(came)
    })
    .await?;
    Ok(versions)
}

/// Keys of these issues, as far as the site still shows them.
pub(in crate::jira) async fn keys(site: &Site, ids: &[u64]) -> Result<Vec<(String, String)>, SourceError> {
    let mut keys = Vec::new();
    let asked = Asked { fields: vec!["key"], expand: &[] };
    search(site, ids, &asked, |reply| {
        let page = named::named(reply)?;
        let came = page.iter().filter_map(|(id, _)| id.parse().ok()).collect();
        keys.extend(page);
        Ok(came)
    })
    .await?;
    Ok(keys)
}

/// Keys of these issues by one request each, which no index answers.
pub(in crate::jira) async fn look(site: &Site, ids: &[u64]) -> Result<Keys, SourceError> {
    let one = |id: u64| async move {
        let mut tried_alone = HashSet::new();
        loop {
            match look_at(site, id).await {
                Ok(shown) => return Ok(shown.ok_or(None)),
                Err(error) => match smaller_or_spoilt(site, &[id], error, &mut tried_alone).await? {
                    Smaller::Parts(_) => {}
                    Smaller::Never(id, _) => return Ok::<_, SourceError>(Err(Some(id))),
                },
            }
        }
    };
    let looks: Vec<_> = ids.iter().map(|id| one(*id)).collect();
    let looked: Vec<_> = stream::iter(looks).buffered(LOOKS_AT_ONCE).try_collect().await?;
    let mut keys = Keys::default();
    for one in looked {
        match one {
            Ok(shown) => keys.shown.push(shown),
            Err(untold) => keys.untold.extend(untold),
        }
    }
    Ok(keys)
}

/// Id and key of an issue; nothing where the site does not show it.
async fn look_at(site: &Site, id: u64) -> Result<Option<(String, String)>, SourceError> {
    let reply = site.get_part("issues", &format!("api/issue/{id}"), &[("fields", "project")]).await?;
    // Of an issue that it hides, Data Center says either; that the account is still itself is proven apart from this.
    if matches!(reply.status(), 403 | 404) {
        return Ok(None);
    }
    let reply = reply.ok()?;
    let text = reply.text()?;
    let named: wire::Named<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    Ok(named.id.zip(named.key).map(|(id, key)| (id.owned(), key.owned())))
}

struct Asked<'a> {
    fields: Vec<&'a str>,
    expand: &'a [&'a str],
}

/// Searches for issues by id and hands each page to `take`, which says what came. Jira refuses a search that names an
/// issue which it does not show; then halves are tried, down to the one; what is refused alone is given back with Jira's words.
async fn search(
    site: &Site,
    ids: &[u64],
    asked: &Asked<'_>,
    mut take: impl FnMut(&Reply) -> Result<Vec<u64>, SourceError>,
) -> Result<Vec<(u64, String)>, SourceError> {
    let mut refused = Vec::new();
    let mut parts = vec![ids.to_vec()];
    while let Some(part) = parts.pop() {
        let body = json!({
            "jql": Query::default().id_in(&part).by_id(),
            "fields": asked.fields,
            "expand": asked.expand,
            "startAt": 0,
            "maxResults": part.len(),
        });
        let reply = site.post_part("issues", "api/search", &body).await?;
        if reply.status() == 400 {
            if part.len() > 1 {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second.to_vec(), first.to_vec()]);
            } else {
                refused.extend(part.iter().map(|id| (*id, reply.said())));
            }
            continue;
        }
        let came: HashSet<u64> = take(&reply.ok()?)?.into_iter().filter(|id| part.contains(id)).collect();
        let left: Vec<u64> = part.iter().copied().filter(|id| !came.contains(id)).collect();
        // A server gives no more than its own largest page, whatever was asked for.
        if !came.is_empty() && !left.is_empty() {
            parts.push(left);
        }
    }
    Ok(refused)
}
