//! Checks as they run: a part of a page that asks for itself again, for browsers that run scripts. Others wait for the whole page.

use super::{assets, checks::CheckRow, shell::rendered};
use crate::{http::Problem, life::watch::Standing};
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};
use serde::Deserialize;

/// Seconds between two messages to those who listen to the page.
const SILENCE: u64 = 10;

/// What a part says of itself when it asks again.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Heard {
    /// How many messages were heard so far.
    #[serde(default)]
    heard: u64,
}

/// Checks that run.
pub(super) struct Progress {
    /// Where the part asks again.
    pub(super) path: String,
    pub(super) rows: Vec<CheckRow>,
    pub(super) icons: String,
    ended: usize,
    all: usize,
    /// What those hear who listen; nothing where they have heard something just now.
    said: Option<String>,
}

impl Progress {
    /// What runs, for somebody who has `heard` so many messages; `path` is where to ask again.
    pub(super) fn of(standing: &Standing, path: &str, heard: u64) -> Self {
        let (ended, all) = (standing.ended, standing.checks.len());
        let due = standing.seconds / SILENCE + 1;
        let said = match (heard < due, ended) {
            (false, _) => None,
            (true, 0) => Some("Checks are running".to_owned()),
            (true, _) => Some(format!("Checks are running: {ended} of {all} have ended")),
        };
        let mark = if path.contains('?') { '&' } else { '?' };
        Self {
            path: format!("{path}{mark}heard={}", due.max(heard)),
            rows: standing.checks.iter().map(CheckRow::from).collect(),
            icons: assets::path("icons.svg"),
            ended,
            all,
            said,
        }
    }

    /// The part as an answer, with what stands elsewhere on the page.
    pub(super) fn answer(self) -> Result<Response, Problem> {
        rendered(&ProgressPart { list: self })
    }
}

impl Heard {
    pub(super) fn messages(&self) -> u64 {
        self.heard
    }
}

#[derive(Template)]
#[template(path = "progress_part.html")]
struct ProgressPart {
    list: Progress,
}

/// Whether a script of the page asks, which shows parts of it as they come.
pub(super) fn is_watched(headers: &HeaderMap) -> bool {
    headers.get("hx-request").is_some_and(|value| value == "true")
}

/// A page in the place of the one that asked, though a part of it asked.
pub(super) fn whole(mut response: Response) -> Response {
    for (name, value) in [("hx-retarget", "#main"), ("hx-reselect", "#main"), ("hx-reswap", "outerHTML")] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
