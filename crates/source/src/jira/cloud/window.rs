//! Disjoint windows of ids that a large project is read in.
//!
//! A walk goes from token to token, one page after the other; so a large project is cut into windows that are walked
//! side by side. Their edges are multiples of a power of two, so that a later run cuts at the same places.

use crate::{
    SourceError,
    jira::{
        jql::{IdWindow, Query},
        reading::Part,
        site::Site,
        wire,
    },
};
use futures::future::try_join_all;
use serde_json::json;
use weir_model::{Message, Project};

/// Issues that one walk is made for.
const WINDOW: u64 = 25_000;

/// Cuts a project into the parts that this run reads.
pub(in crate::jira) async fn split(
    site: &Site,
    filter: Option<&str>,
    project: &Project,
) -> Result<Vec<Part>, SourceError> {
    let query = Query::within(filter).project(&project.key);
    let expected = count(site, &query).await?.unwrap_or(0);
    let whole = vec![(IdWindow::default(), expected)];
    let windows =
        if expected > WINDOW { windows(site, &query, expected).await?.unwrap_or(whole) } else { whole };
    let last = windows.len() - 1;
    let part = |(place, (window, expected))| Part {
        project: project.clone(),
        window,
        expected,
        last_of_project: place == last,
    };
    Ok(windows.into_iter().enumerate().map(part).collect())
}

/// Windows with about how many issues each holds; `None` where the site does not order ids by number, or refuses to
/// compare them: then the counts of the windows do not add up to the count of the whole.
async fn windows(
    site: &Site,
    query: &Query,
    expected: u64,
) -> Result<Option<Vec<(IdWindow, u64)>>, SourceError> {
    let (up, down) = (query.by_id(), query.by_id_descending());
    let edges = tokio::try_join!(first_id(site, &up), first_id(site, &down))?;
    let (Some(low), Some(high)) = edges else { return Ok(None) };
    let windows = cut(low, high, expected.div_ceil(WINDOW));
    let queries: Vec<_> = windows.iter().map(|window| query.clone().ids(*window)).collect();
    let counts = try_join_all(queries.iter().map(|query| count(site, query))).await?;
    let Some(counts) = counts.into_iter().collect::<Option<Vec<u64>>>() else { return Ok(None) };
    let sum: u64 = counts.iter().sum();
    if sum.abs_diff(expected) > expected / 50 {
        tracing::warn!(expected, sum, "windows of ids do not add up; the project is read in one walk");
        return Ok(None);
    }
    Ok(Some(windows.into_iter().zip(counts).collect()))
}

/// Windows from `low` to `high`; the first and the last are open, for ids that nobody has seen yet.
fn cut(low: u64, high: u64, pieces: u64) -> Vec<IdWindow> {
    let step = (high.saturating_sub(low) / pieces.max(1)).max(1).next_power_of_two();
    let mut windows = Vec::new();
    let mut from = None;
    let mut edge = (low / step + 1) * step;
    while edge <= high {
        windows.push(IdWindow { from, until: Some(edge) });
        from = Some(edge);
        edge += step;
    }
    windows.push(IdWindow { from, until: None });
    windows
}

/// About how many issues match: good for sizes, never a proof. `None` where the site does not say; the walk then tells
/// what is wrong with the query, and whether anything is.
async fn count(site: &Site, query: &Query) -> Result<Option<u64>, SourceError> {
    let reply = site.post("count", "api/search/approximate-count", &json!({ "jql": query.bare() })).await?;
    match reply.status() {
        200 => Ok(Some(reply.read::<wire::Count>()?.count)),
        400 | 403 | 404 => Ok(None),
        _ => Err(reply.refusal()),
    }
}

async fn first_id(site: &Site, jql: &str) -> Result<Option<u64>, SourceError> {
    let body = json!({ "jql": jql, "fields": ["id"], "maxResults": 1 });
    let reply = site.post("search", "api/search/jql", &body).await?;
    if reply.status() != 200 {
        return Ok(None);
    }
    let text = reply.text()?;
    let page: wire::IdPage<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    match page.issues.first() {
        None => Ok(None),
        Some(issue) => issue.id.parse().map(Some).map_err(|_| {
            SourceError::new(Message::JiraMalformed {
                what: "search".into(),
                detail: "An issue id is not a number".into(),
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_touch_and_do_not_overlap() {
        for (low, high, pieces) in [(10_000, 110_000, 4), (1, 2, 7), (5, 5, 3), (0, 1_000_000_000, 40)] {
            let windows = cut(low, high, pieces);
            assert_eq!((windows[0].from, windows[windows.len() - 1].until), (None, None));
            for pair in windows.windows(2) {
                assert_eq!(pair[0].until, pair[1].from);
                assert!(pair[0].until.is_some());
            }
            assert!(windows.len() as u64 <= 2 * pieces + 1, "{}", windows.len());
        }
    }

    #[test]
    fn a_project_that_grew_is_cut_at_the_same_places() {
        let before = cut(10_000, 110_000, 4);
        let after = cut(10_000, 120_000, 5);
        assert_eq!(before[0], after[0]);
    }
}
