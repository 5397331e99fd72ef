//! Offset pages: `values` from `startAt` on, until Jira says that it was the last or gives none.

use super::{site::Site, wire};
use crate::SourceError;
use serde_json::value::RawValue;
use weir_model::Message;

/// No list that Weir reads this way is longer than this many pages.
const MOST_PAGES: usize = 20_000;

/// Reads every page of a list, handing each row's JSON to `visit`. The next page begins after as many rows as came,
/// whatever was asked for: servers cap pages as they like.
pub(super) async fn each(
    site: &Site,
    what: &'static str,
    path: &str,
    query: &[(&str, &str)],
    page_size: usize,
    mut visit: impl FnMut(&RawValue) + Send,
) -> Result<(), SourceError> {
    let mut start = 0_usize;
    let page_size = page_size.to_string();
    for _ in 0..MOST_PAGES {
        let start_at = start.to_string();
        let mut asked = vec![("startAt", start_at.as_str()), ("maxResults", page_size.as_str())];
        asked.extend_from_slice(query);
        let reply = site.get(what, path, &asked).await?.ok()?;
        let text = reply.text()?;
        if text.trim_start().starts_with('[') {
            let rows: wire::List<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
            rows.into_iter().for_each(&mut visit);
            return Ok(());
        }
        let page: wire::Page<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
        let came = page.values.len();
        page.values.into_iter().for_each(&mut visit);
        start += came;
        let through = page.is_last.unwrap_or(false) || page.total.is_some_and(|total| start as u64 >= total);
        if came == 0 || through {
            return Ok(());
        }
    }
    Err(Message::JiraPaging { what: what.to_owned(), detail: format!("{MOST_PAGES} pages came") }.into())
}
