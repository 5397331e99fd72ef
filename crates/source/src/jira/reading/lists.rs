//! Comments and worklogs that Jira cut short inside an issue, and histories that a bulk answer lacks: read apart, page by page.

use super::{
    Shared,
    halving::{Smaller, smaller},
};
use crate::{
    SourceError,
    jira::{history, met::Met, reference, site::Reply, wire},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;
use weir_model::{Change, Comment, Deployment, Message, Worklog};

/// Entries in one page.
const PAGE: usize = 100;

/// Pages of one list.
const MOST_PAGES: usize = 10_000;

/// A list of one issue, read to its end.
#[derive(Debug)]
pub(in crate::jira) struct Listed<T> {
    pub(in crate::jira) rows: Vec<T>,
    /// Entries that could not be read.
    pub(in crate::jira) odd: usize,
    /// What they showed in passing.
    pub(in crate::jira) met: Met,
}

/// What a page says of its place: its entries, and those of the whole list.
type Size = (usize, Option<u64>);

/// A list, or what Jira said when it would not give it: the issue may have gone since its body came, or an account may
/// read issues and not their comments.
pub(in crate::jira) type Outcome<T> = Result<Listed<T>, SourceError>;

/// All comments of an issue.
pub(in crate::jira) async fn comments(shared: &Shared, id: &str) -> Result<Outcome<Comment>, SourceError> {
    let gather = |text: &str, into: &mut Listed<Comment>| {
        gather(text, into, |wire: wire::Comment<'_>, met| shared.mapper.comment(wire, met))
    };
    let more: &[_] = match shared.site.deployment() {
        Deployment::Cloud => &[],
        Deployment::DataCenter => &[("expand", "properties")],
    };
    read(shared, "comments", (id, "comment"), more, gather).await
}

/// All worklogs of an issue.
pub(in crate::jira) async fn worklogs(shared: &Shared, id: &str) -> Result<Outcome<Worklog>, SourceError> {
    let gather = |text: &str, into: &mut Listed<Worklog>| {
        gather(text, into, |wire: wire::Worklog<'_>, met| shared.mapper.worklog(wire, met))
    };
    read(shared, "worklogs", (id, "worklog"), &[], gather).await
}

/// All histories of an issue.
pub(in crate::jira) async fn histories(shared: &Shared, id: &str) -> Result<Outcome<Change>, SourceError> {
    let gather = |text: &str, into: &mut Listed<Change>| {
        let page: wire::Entries<&RawValue> = wire::read(text)?;
        into.odd += history::gather_of_one(&page, &shared.mapper.fields, &mut into.met, &mut into.rows);
        Ok((page.entries.len(), page.total))
    };
    read(shared, "histories", (id, "changelog"), &[], gather).await
}

async fn read<T>(
    shared: &Shared,
    what: &'static str,
    (id, list): (&str, &str),
    more: &[(&str, &str)],
    gather: impl Fn(&str, &mut Listed<T>) -> Result<Size, serde_json::Error>,
) -> Result<Outcome<T>, SourceError> {
    let path = format!("api/issue/{id}/{list}");
    let issue = [id.parse().unwrap_or_default()];
    let mut tried_alone = HashSet::new();
    let mut list = Listed { rows: Vec::new(), odd: 0, met: Met::new(&shared.mapper.fields.exclusions) };
    let mut start = 0;
    let mut before = String::new();
    for _ in 0..MOST_PAGES {
        let (start_at, page_size) = (start.to_string(), PAGE.to_string());
        let mut query = vec![("startAt", start_at.as_str()), ("maxResults", page_size.as_str())];
        query.extend_from_slice(more);
        let reply = match shared.site.get_part(what, &path, &query).await.and_then(Reply::ok) {
            Err(error) if reference::is_refusal(&error) => return Ok(Err(error)),
            // A list that Jira cannot give must not cost more than itself.
            Err(error) => match smaller(&shared.site, &issue, error, &mut tried_alone).await? {
                Smaller::Parts(_) => continue,
                Smaller::Never(_, error) => return Ok(Err(error)),
            },
            Ok(reply) => reply,
        };
        let text = reply.text()?;
        if *text == before {
            // The same page once more: the site gives the whole list whatever is asked for.
            return Ok(Ok(list));
        }
        let (came, total) = gather(&text, &mut list).map_err(|error| reply.malformed(error))?;
        start += came;
        if came == 0 || total.is_some_and(|total| start as u64 >= total) {
            return Ok(Ok(list));
        }
        before = text.into_owned();
    }
    Err(Message::JiraPaging { what: what.to_owned(), detail: format!("{MOST_PAGES} pages came") }.into())
}

fn gather<'a, W: Deserialize<'a>, T>(
    text: &'a str,
    into: &mut Listed<T>,
    row: impl Fn(W, &mut Met) -> T,
) -> Result<Size, serde_json::Error> {
    if let Ok(page) = wire::read::<wire::Entries<W>>(text) {
        let size = (page.entries.len(), page.total);
        into.rows.extend(page.entries.into_iter().map(|entry| row(entry, &mut into.met)));
        return Ok(size);
    }
    // One entry of another shape must not cost the others of its page.
    let page: wire::Entries<&RawValue> = wire::read(text)?;
    for raw in &page.entries {
        match wire::read::<W>(raw.get()) {
            Ok(entry) => into.rows.push(row(entry, &mut into.met)),
            Err(_) => into.odd += 1,
        }
    }
    Ok((page.entries.len(), page.total))
}
