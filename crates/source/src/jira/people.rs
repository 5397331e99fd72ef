//! The site's users, as far as it lets the account list them.

use super::{met, reference, site::Site, wire};
use crate::SourceError;
use weir_model::{Anomaly, Kind, Message, Person};

const PAGE: usize = 1_000;
const MOST_PAGES: usize = 20_000;

/// The first page, to see whether there is one.
pub(super) async fn first_page(site: &Site, details: bool) -> Result<Vec<Person>, SourceError> {
    let query = [("startAt", "0"), ("maxResults", "50")];
    let reply = site.get("people", "rest/api/3/users/search", &query).await?.ok()?;
    let text = reply.text()?;
    let users: Vec<wire::User<'_>> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    Ok(users
        .iter()
        .filter_map(|user| user.account_id.as_deref().map(|id| met::person(user, id, details)))
        .collect())
}

/// Reads one page after another until one is empty: a short page is no end, because some users are left out of it.
pub(super) async fn list(site: &Site, details: bool) -> Result<(Vec<Person>, Vec<Anomaly>), SourceError> {
    let (mut people, mut odd): (Vec<Person>, Vec<Anomaly>) = (Vec::new(), Vec::new());
    let page_size = PAGE.to_string();
    let mut start = 0_usize;
    for _ in 0..MOST_PAGES {
        let start_at = start.to_string();
        let query = [("startAt", start_at.as_str()), ("maxResults", page_size.as_str())];
        let reply = site.get("people", "rest/api/3/users/search", &query).await?.ok()?;
        let text = reply.text()?;
        let page: wire::List<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
        if page.is_empty() {
            return Ok((people, odd));
        }
        start += page.len();
        for raw in page {
            match wire::read::<wire::User<'_>>(raw.get()) {
                Ok(user) => {
                    people.extend(user.account_id.as_deref().map(|id| met::person(&user, id, details)))
                }
                Err(error) => odd.push(reference::unreadable(Kind::People, "", error)),
            }
        }
    }
    Err(Message::JiraPaging { what: "people".to_owned(), detail: format!("{MOST_PAGES} pages came") }.into())
}
