//! The site's users, as far as it lets the account list them.

use super::{
    met, reference,
    site::{Reply, Site},
    wire,
};
use crate::SourceError;
use std::collections::HashSet;
use weir_model::{Anomaly, Deployment, Kind, Message, Person};

const PAGE: usize = 1_000;
const MOST_PAGES: usize = 20_000;

/// Whether the site would not give the list: because it must not, or because it cannot.
pub(super) fn is_withheld(error: &SourceError) -> bool {
    reference::is_refusal(error) || matches!(*error.message, Message::JiraUnavailable { .. })
}

/// A page of everybody, inactive people included.
async fn ask(site: &Site, start_at: &str, page_size: &str) -> Result<Reply, SourceError> {
    let mut query = vec![("startAt", start_at), ("maxResults", page_size)];
    let path = match site.deployment() {
        Deployment::Cloud => "api/users/search",
        Deployment::DataCenter => {
            // A dot is in every address, and Jira takes it for everybody.
            query.extend([("username", "."), ("includeInactive", "true")]);
            "api/user/search"
        }
    };
    site.get("people", path, &query).await?.ok()
}

/// The first page, to see whether there is one.
pub(super) async fn first_page(site: &Site, details: bool) -> Result<Vec<Person>, SourceError> {
    let reply = ask(site, "0", "50").await?;
    let text = reply.text()?;
    let users: Vec<wire::User<'_>> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    Ok(users.iter().filter_map(|user| user.id().map(|id| met::person(user, id, details))).collect())
}

/// Reads one page after another until one is empty: a short page is no end, because some users are left out of it.
pub(super) async fn list(site: &Site, details: bool) -> Result<(Vec<Person>, Vec<Anomaly>), SourceError> {
    let (mut people, mut odd): (Vec<Person>, Vec<Anomaly>) = (Vec::new(), Vec::new());
    let mut seen: HashSet<String> = HashSet::new();
    let page_size = PAGE.to_string();
    let mut start = 0_usize;
    for _ in 0..MOST_PAGES {
        let start_at = start.to_string();
        let reply = ask(site, &start_at, &page_size).await?;
        let text = reply.text()?;
        let page: wire::List<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
        if page.is_empty() {
            return Ok((people, odd));
        }
        start += page.len();
        let known = seen.len();
        for raw in page {
            match wire::read::<wire::User<'_>>(raw.get()) {
                Ok(user) => {
                    let new = user.id().filter(|id| seen.insert((*id).to_owned()));
                    people.extend(new.map(|id| met::person(&user, id, details)));
                }
                Err(error) => odd.push(reference::unreadable(Kind::People, "", error)),
            }
        }
        if seen.len() == known {
            // The same people once more: the site does not page this list.
            return Ok((people, odd));
        }
    }
    Err(Message::JiraPaging { what: "people".to_owned(), detail: format!("{MOST_PAGES} pages came") }.into())
}
