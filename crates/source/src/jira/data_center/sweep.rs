//! Ids by windows of time of creation, which no edit moves: each window is read in one page, so that no order matters.
//!
//! Windows touch, and the outermost are open, so that an instant is in one window also where a site rounds it to the
//! minute. A window with more issues than a page is cut in two; one that is too short for that is read by offset.

use super::search::{self, Ids, PAGE};
use crate::{
    SourceError,
    jira::{jql::Query, site::Site, stamp::Stamp, wire},
};
use serde::Deserialize;
use weir_model::{Message, Millis};

/// Windows shorter than this are not cut: sites may compare whole minutes.
const SHORTEST: i64 = 2 * 60 * 1_000;

/// Windows of one sweep; a million issues need a few thousand.
const MOST_WINDOWS: usize = 100_000;

/// A sweep that has begun, or has not.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// Windows that are still to be read.
    windows: Option<Vec<Window>>,
    read: usize,
}

/// From a time until another, half open; `None` is no bound. `low` and `high` are where its issues are.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Option<i64>,
    until: Option<i64>,
    low: i64,
    high: i64,
}

#[derive(Deserialize)]
struct Created {
    #[serde(default)]
    issues: Vec<CreatedIssue>,
}

#[derive(Deserialize)]
struct CreatedIssue {
    fields: CreatedField,
}

#[derive(Deserialize)]
struct CreatedField {
    #[serde(default)]
    created: Stamp,
}

impl Sweep {
    /// The ids of the next window; `None` at the end. The same id may come more than once.
    pub(super) async fn next(&mut self, site: &Site, query: &Query) -> Result<Option<Vec<u64>>, SourceError> {
        if self.windows.is_none() {
            let whole = whole(site, query).await?;
            self.windows = Some(whole.into_iter().collect());
        }
        let Some(window) = self.windows.as_mut().and_then(Vec::pop) else { return Ok(None) };
        self.read += 1;
        if self.read > MOST_WINDOWS {
            let detail = format!("{MOST_WINDOWS} windows of time were not enough");
            return Err(Message::JiraPaging { what: "search".into(), detail }.into());
        }
        let narrowed = window.narrow(query.clone());
        let reply = search::ask(site, &narrowed.by_creation(), "key", 0, PAGE).await?;
        if reply.status() == 400 && (window.from.is_some() || window.until.is_some()) {
            // The site does not take epoch milliseconds: the whole is read by offset instead.
            self.windows = Some(Vec::new());
            return by_offset(site, query, Vec::new()).await.map(Some);
        }
        let Ids { ids, total, .. } = search::read(reply)?;
        if ids.len() as u64 >= total {
            return Ok(Some(ids));
        }
        match window.cut() {
            Some(halves) => {
                self.windows.get_or_insert_default().extend(halves);
                Ok(Some(ids))
            }
            None => by_offset(site, &narrowed, ids).await.map(Some),
        }
    }
}

impl Window {
    fn narrow(self, mut query: Query) -> Query {
        if let Some(from) = self.from {
            query = query.created_since(Millis(from));
        }
        if let Some(until) = self.until {
            query = query.created_before(Millis(until));
        }
        query
    }

    fn cut(self) -> Option<[Self; 2]> {
        if self.high - self.low < SHORTEST {
            return None;
        }
        let middle = self.low + (self.high - self.low) / 2;
        let earlier = Self { until: Some(middle), high: middle, ..self };
        let later = Self { from: Some(middle), low: middle, ..self };
        Some([later, earlier])
    }
}

/// The window that holds everything; `None` where nothing is.
async fn whole(site: &Site, query: &Query) -> Result<Option<Window>, SourceError> {
    let edge = async |jql: String| -> Result<Option<i64>, SourceError> {
        let reply = search::ask(site, &jql, "created", 0, 1).await?.ok()?;
        let text = reply.text()?;
        let page: Created = wire::read(&text).map_err(|error| reply.malformed(error))?;
        Ok(page.issues.first().and_then(|issue| issue.fields.created.0).map(|at| at.0))
    };
    let edges = tokio::try_join!(edge(query.by_creation()), edge(query.by_creation_descending()))?;
    Ok(match edges {
        (Some(low), Some(high)) => Some(Window { from: None, until: None, low, high }),
        _ => None,
    })
}

/// Every id of a query, page after page in order of key. Version 11 refuses what lies beyond its window of 10,000.
async fn by_offset(site: &Site, query: &Query, mut ids: Vec<u64>) -> Result<Vec<u64>, SourceError> {
    let mut start = 0;
    loop {
        let reply = search::ask(site, &query.by_key(), "key", start, PAGE).await?;
        let page = search::read(reply)?;
        start += page.ids.len();
        let through = page.ids.is_empty() || start as u64 >= page.total;
        ids.extend(page.ids);
        if through {
            return Ok(ids);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_touch_and_the_outermost_stay_open() {
        let whole = Window { from: None, until: None, low: 0, high: 1_000_000 };
        let [later, earlier] = whole.cut().unwrap();
        assert_eq!((earlier.from, earlier.until), (None, Some(500_000)));
        assert_eq!((later.from, later.until), (Some(500_000), None));
        let [_, first] = later.cut().unwrap();
        assert_eq!((first.from, first.until), (Some(500_000), Some(750_000)));
        assert!(Window { from: None, until: None, low: 0, high: SHORTEST - 1 }.cut().is_none());
    }
}
