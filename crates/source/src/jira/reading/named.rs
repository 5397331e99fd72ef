//! What is asked of issues by their ids without their bodies: when they were changed last, and their keys.

use super::{
    bodies::CALL,
    halving::{Smaller, smaller_or_spoilt},
};
use crate::{
    SourceError,
    jira::{
        cloud, data_center,
        site::{Reply, Site},
        wire,
    },
};
use std::collections::HashSet;
use weir_model::{Deployment, Millis};

/// When these issues were changed last, as far as the site still shows them and can tell.
pub(in crate::jira) async fn versions(
    site: &Site,
    ids: &[u64],
) -> Result<Vec<(u64, Option<Millis>)>, SourceError> {
    let mut versions = Vec::with_capacity(ids.len());
    let mut parts = match site.deployment() {
        Deployment::Cloud => cloud::bodies::narrow_parts(ids),
        Deployment::DataCenter => data_center::bodies::narrow_parts(ids),
    };
    let mut tried_alone = HashSet::new();
    while let Some(part) = parts.pop() {
        let dated = match site.deployment() {
            Deployment::Cloud => cloud::bodies::versions(site, part).await,
            Deployment::DataCenter => data_center::bodies::versions(site, part).await,
        };
        match dated {
            Ok(dated) => versions.extend(dated),
            // Of one that can never be had it is said when its body is read.
            Err(error) => match smaller_or_spoilt(site, part, error, &mut tried_alone).await? {
                Smaller::Parts(more) => parts.extend(more),
                Smaller::Never(..) => {}
            },
        }
    }
    Ok(versions)
}

/// What a look at some issues showed.
#[derive(Debug, Default)]
pub(in crate::jira) struct Keys {
    /// Id and key of each that the site shows.
    pub(in crate::jira) shown: Vec<(String, String)>,
    /// Issues that the site fails to answer about: whether it shows them is not known.
    pub(in crate::jira) untold: Vec<u64>,
}

/// Keys of these issues, as far as the site still shows them.
pub(in crate::jira) async fn keys(site: &Site, ids: &[u64]) -> Result<Keys, SourceError> {
    let mut keys = Keys::default();
    let mut parts: Vec<&[u64]> = ids.chunks(CALL).rev().collect();
    let mut tried_alone = HashSet::new();
    while let Some(part) = parts.pop() {
        let named = match site.deployment() {
            Deployment::Cloud => cloud::bodies::keys(site, part).await,
            Deployment::DataCenter => {
                let shown = data_center::bodies::keys(site, part).await;
                shown.map(|shown| Keys { shown, untold: vec![] })
            }
        };
        match named {
            Ok(named) => {
                keys.shown.extend(named.shown);
                keys.untold.extend(named.untold);
            }
            Err(error) => match smaller_or_spoilt(site, part, error, &mut tried_alone).await? {
                Smaller::Parts(more) => parts.extend(more),
                Smaller::Never(id, _) => keys.untold.push(id),
            },
        }
    }
    Ok(keys)
}

/// The same, asked past the index: Cloud reads these by id in any case, Data Center searches for them, and is asked once
/// more for each that its index does not have.
pub(in crate::jira) async fn look(site: &Site, ids: &[u64]) -> Result<Keys, SourceError> {
    let mut keys = keys(site, ids).await?;
    if site.deployment() == Deployment::DataCenter {
        let told: HashSet<u64> = keys.shown.iter().filter_map(|(id, _)| id.parse().ok()).collect();
        let is_absent = |id: &u64| !told.contains(id) && !keys.untold.contains(id);
        let absent: Vec<u64> = ids.iter().copied().filter(is_absent).collect();
        let looked = data_center::bodies::look(site, &absent).await?;
        keys.shown.extend(looked.shown);
        keys.untold.extend(looked.untold);
    }
    Ok(keys)
}

/// Ids of a page of issues, each with its `updated`.
pub(in crate::jira) fn dated(reply: &Reply) -> Result<Vec<(u64, Option<Millis>)>, SourceError> {
    let text = reply.text()?;
    let page: wire::BulkIssues<'_, wire::Dated<'_>> =
        wire::read(&text).map_err(|error| reply.malformed(error))?;
    let dated = page.issues.into_iter().filter_map(|dated| {
        let fields: Option<wire::DatedFields> = dated.fields.and_then(|fields| wire::read(fields.get()).ok());
        let updated = fields.and_then(|fields| fields.updated);
        Some((dated.id?.parse().ok()?, updated.and_then(|stamp| stamp.0)))
    });
    Ok(dated.collect())
}

/// Ids and keys of a page of issues.
pub(in crate::jira) fn named(reply: &Reply) -> Result<Vec<(String, String)>, SourceError> {
    let text = reply.text()?;
    let page: wire::BulkIssues<'_, wire::Named<'_>> =
        wire::read(&text).map_err(|error| reply.malformed(error))?;
    let named = page.issues.into_iter().filter_map(|named| Some((named.id?.owned(), named.key?.owned())));
    Ok(named.collect())
}
