//! Lists in pages: `limit` and `after` of the request, `has_more` and `next` of the answer.
//!
//! A cursor is good for the list that gave it alone: it begins with what tells that list from others, which the guard says for
//! the whole of a request.

use super::{Problem, tag::Answer};
use crate::auth::digest::{digest_of, hex, unhex};
use axum::{
    http::{HeaderValue, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use weir_model::Message;

/// Fewest, usual and most things on a page.
const USUAL: u32 = 25;
const MOST: u32 = 100;

/// Characters that tell a list from others.
const MARK: usize = 8;

tokio::task_local! {
    /// What the cursors of the list that is asked for begin with.
    static LIST: String;
}

/// Answers a request to a path as the router knows it, with what stands in its places: that is what a list is told by.
pub(crate) async fn of_list<T>(path: &str, places: &[&str], work: impl Future<Output = T>) -> T {
    let mut parts = vec![path.as_bytes()];
    parts.extend(places.iter().map(|place| place.as_bytes()));
    let mark = digest_of(&parts).split_at(MARK).0.to_owned();
    LIST.scope(mark, work).await
}

/// The mark of the list that is asked for.
fn mark() -> String {
    LIST.try_with(Clone::clone).unwrap_or_default()
}

/// The mark of a part of the list that is asked for, or of another order.
fn mark_of(filters: &[(&str, &str)]) -> String {
    let asked: Vec<_> = filters.iter().filter(|(_, value)| !value.is_empty()).collect();
    if asked.is_empty() {
        return mark();
    }
    let list = mark();
    let mut parts = vec![list.as_bytes()];
    parts.extend(asked.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
    digest_of(&parts).split_at(MARK).0.to_owned()
}

/// Which page of a list that knows no other choice.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most this many.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    #[param(pattern = "^([0-9a-f]{2})+$")]
    after: Option<String>,
}

impl PageQuery {
    /// # Errors
    /// `request.bad` for limits out of bounds, `request.cursor` for cursors that are not ours.
    pub(crate) fn window(&self) -> Result<Window, Problem> {
        Window::new(self.limit, self.after.as_deref())
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// Whether more follows.
    pub(crate) has_more: bool,
    /// What `after` of the next request is, where more follows.
    pub(crate) next: Option<String>,
}

/// What `after` of the next request is. Only `answer` makes an address of it: it knows what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct NextPage(String);

impl NextPage {
    /// The header `Link` (RFC 8288) of the answer to a request for `uri`.
    pub(crate) fn link(&self, uri: &Uri) -> Option<HeaderValue> {
        let kept = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept.filter(|(name, _)| name != "after")).append_pair("after", &self.0);
        HeaderValue::try_from(format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish())).ok()
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let next = self.next.clone().map(NextPage);
        let mut response = Answer(StatusCode::OK, self).into_response();
        if let Some(next) = next {
            response.extensions_mut().insert(next);
        }
        response
    }
}

/// Where a page begins and how long it is.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) limit: u32,
    after: Option<String>,
    /// What cursors begin with.
    mark: String,
}

impl Window {
    /// # Errors
    /// `request.bad` for limits out of bounds, `request.cursor` for cursors that are not ours.
    pub(crate) fn new(limit: Option<u32>, after: Option<&str>) -> Result<Self, Problem> {
        Self::narrowed(limit, after, &[])
    }

    /// The same of a list that holds less, or stands in another order: a cursor is good for the same filters and the same order alone.
    /// What is empty was not asked for.
    ///
    /// # Errors
    /// Those of [`Window::new`].
    pub(crate) fn narrowed(
        limit: Option<u32>,
        after: Option<&str>,
        filters: &[(&str, &str)],
    ) -> Result<Self, Problem> {
        let mark = mark_of(filters);
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::bad("limit is 1 to 100"));
        }
        let after = match after {
            None => None,
            Some(text) => {
                let plain = unhex(text).and_then(|bytes| String::from_utf8(bytes).ok());
                let plain = plain.as_deref().and_then(|plain| plain.strip_prefix(mark.as_str()));
                let is_one = |plain: &&str| !plain.is_empty() && !plain.contains('\0');
                Some(plain.filter(is_one).ok_or_else(not_ours)?.to_owned())
            }
        };
        Ok(Self { limit, after, mark })
    }

    /// How many to ask the store for: one more than the page holds tells whether more follows.
    pub(crate) fn wanted(&self) -> u32 {
        self.limit + 1
    }

    /// What the cursor holds, as text.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What the cursor holds.
    ///
    /// # Errors
    /// `request.cursor` when it is not of this list.
    pub(crate) fn after_as<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        self.after().map(|text| text.parse().map_err(|_| not_ours())).transpose()
    }

    /// The cursor of a position.
    pub(crate) fn cursor(&self, position: &str) -> String {
        hex(format!("{}{position}", self.mark).as_bytes())
    }

    /// The page, out of what the store gave and where each thing stands in the list.
    pub(crate) fn page<T, U>(
        &self,
        mut found: Vec<T>,
        position: impl Fn(&T) -> String,
        shown: impl Fn(T) -> U,
    ) -> Page<U> {
        let most = self.limit as usize;
        let has_more = found.len() > most;
        found.truncate(most);
        let cursor = |last: &T| self.cursor(&position(last));
        let next = found.last().filter(|_| has_more).map(cursor);
        Page { items: found.into_iter().map(shown).collect(), has_more, next }
    }
}

pub(crate) fn not_ours() -> Problem {
    Message::CursorUnknown {}.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_of_a_page_leads_to_the_next_one() {
        let window = Window::new(Some(2), None).unwrap();
        let page = window.page(vec![1, 2, 3], ToString::to_string, |n| n);
        assert_eq!((page.items, page.has_more), (vec![1, 2], true));
        let next = Window::new(Some(2), page.next.as_deref()).unwrap();
        assert_eq!(next.after_as::<u32>().unwrap(), Some(2));
        let page = next.page(vec![3], ToString::to_string, |n| n);
        assert_eq!((page.items, page.has_more, page.next), (vec![3], false, None));
    }

    #[tokio::test]
    async fn a_cursor_is_good_for_the_list_that_gave_it_alone() {
        let next = || async {
            let page = Window::new(Some(1), None).unwrap().page(vec![1, 2], ToString::to_string, |n| n);
            page.next.unwrap()
        };
        let taken = async |path: &str, places: &[&str], cursor: &str| {
            of_list(path, places, async { Window::new(None, Some(cursor)).is_ok() }).await
        };
        let given = of_list("/runs/{id}/events", &["7"], next()).await;
        assert!(taken("/runs/{id}/events", &["7"], &given).await);
        assert!(!taken("/runs/{id}/events", &["8"], &given).await);
        assert!(!taken("/users", &[], &given).await);
    }

    #[tokio::test]
    async fn a_cursor_is_good_for_its_own_filter_and_order_alone() {
        let at = |filters: &'static [(&str, &str)], cursor: Option<String>| {
            of_list(
                "/integrations",
                &[],
                async move { Window::narrowed(Some(1), cursor.as_deref(), filters) },
            )
        };
        let window = at(&[("status", "healthy"), ("sort", "")], None).await.unwrap();
        let next = window.page(vec!["a", "b"], |one| (*one).to_owned(), |one| one).next;
        assert!(at(&[("status", "healthy")], next.clone()).await.is_ok());
        for other in [&[("status", "pending")][..], &[("status", "healthy"), ("sort", "-name")], &[]] {
            assert!(at(other, next.clone()).await.is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_as_this_one_was() {
        let next = NextPage("7a".into());
        let at = |uri: &str| next.link(&uri.parse().unwrap()).unwrap().to_str().unwrap().to_owned();
        assert_eq!(at("/api/v1/runs"), "</api/v1/runs?after=7a>; rel=\"next\"");
        assert_eq!(at("/a?after=01&limit=2&q=x%20y"), "</a?limit=2&q=x+y&after=7a>; rel=\"next\"");
    }

    #[test]
    fn limits_and_cursors_out_of_bounds_are_refused() {
        assert!(Window::new(Some(0), None).is_err() && Window::new(Some(101), None).is_err());
        for bad in ["xyz", "", "00", "ff"] {
            assert!(Window::new(None, Some(bad)).is_err(), "{bad}");
        }
        assert!(Window::new(None, Some("7a")).unwrap().after_as::<u32>().is_err());
    }
}
