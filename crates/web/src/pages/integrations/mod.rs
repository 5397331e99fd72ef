//! Your integrations: what is connected, and how it does. What needs somebody comes first.

mod row;
pub(super) mod several;

use super::shell::{Shell, rendered};
use crate::{
    app::App,
    auth::{
        policy::{self, Action, Place},
        principal::Caller,
    },
    fares::{Fare, Fares},
    http::{Problem, body::query, extract::Params, paging::Window},
};
use askama::Template;
use axum::{extract::State, response::Response};
use row::Row;
use serde::Deserialize;
use weir_ingest::{describe, describe_by};
use weir_model::{Integration, StatusFamily};

/// Integrations that are in reach at most.
const MOST: u32 = 10_000;

/// Which of them, and which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Part of a name or of an address.
    #[serde(default)]
    q: String,
    limit: Option<u32>,
    after: Option<String>,
    status: Option<Status>,
    needs: Option<Needs>,
    #[serde(default)]
    tag: String,
    done: Option<Done>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Healthy,
    Unhealthy,
    Pending,
    NoData,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Pending => "pending",
            Self::NoData => "no_data",
        }
    }
}

/// Who has to act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Needs {
    You,
    Nobody,
    Time,
}

impl Needs {
    fn of(family: StatusFamily) -> Self {
        match family {
            StatusFamily::NeedsYou => Self::You,
            StatusFamily::Healing => Self::Time,
            StatusFamily::None => Self::Nobody,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Nobody => "nobody",
            Self::Time => "time",
        }
    }
}

/// What was done with several of them just now.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    Paused,
    Resumed,
    Tagged,
}

impl Done {
    fn sentence(self) -> &'static str {
        match self {
            Self::Paused => "What you chose is paused.",
            Self::Resumed => "What you chose is resumed.",
            Self::Tagged => "What you chose has the tag.",
        }
    }
}

#[derive(Template)]
#[template(path = "integrations.html")]
struct IntegrationsPage {
    shell: Shell,
    rows: Vec<Row>,
    /// How many of all stand how, each with the address that shows these alone.
    heads: Vec<HeadCount>,
    /// What was looked for, and the tags that there are.
    asked: String,
    tag: String,
    tags: Vec<String>,
    needs: Option<&'static str>,
    /// What only a part is shown by, where it is.
    filter: Option<String>,
    /// Where the next page is, where there is one.
    next: Option<String>,
    /// How many more there are than are looked at, where there are.
    rest: Option<String>,
    /// Whether this is not the beginning of the list.
    is_further: bool,
    /// Whether nothing is connected in reach.
    is_first_run: bool,
    may_connect: bool,
    /// Whether any of them may be changed.
    may_change: bool,
    done: Option<&'static str>,
    /// What could not be done with which of several.
    refused: Vec<(String, String)>,
    now: String,
    now_shown: String,
}

/// How many integrations stand so.
struct HeadCount {
    number: usize,
    words: &'static str,
    path: String,
    is_here: bool,
}

/// `GET /integrations`.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<ListQuery>,
) -> Result<Response, Problem> {
    listed(&app, &caller, &asked, vec![]).await
}

/// The list, after something was done with several of them.
async fn listed(
    app: &App,
    caller: &Caller,
    asked: &ListQuery,
    refused: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let window = Window::new(asked.limit, asked.after.as_deref())?;
    let reach = policy::viewed(&caller.principal, Action::Read);
    let all = app.store.integrations_within(&reach, None, MOST).await?;
    let is_first_run = all.is_empty();
    // They are given in the order of their names.
    let rest = match all.len() == MOST as usize {
        true => app.store.count_integrations(&reach).await?.saturating_sub(u64::from(MOST)),
        false => 0,
    };
    let fares = Fares::of(app, &all).await?;
    let fare = |integration: Integration| Some((fares.get(&integration.id)?.clone(), integration));
    let mut fared: Vec<(Fare, Integration)> = all.into_iter().filter_map(fare).collect();
    let mut tags: Vec<String> = fared.iter().flat_map(|(_, one)| one.settings.tags.iter().cloned()).collect();
    tags.sort();
    tags.dedup();
    fared.sort_by_cached_key(|(fare, integration)| (rank(fare.family), integration.name.to_lowercase()));
    let heads = heads(&fared, asked);
    fared.retain(|(fare, integration)| asked.takes(fare, integration));
    let begin = match window.after() {
        None => 0,
        Some(last) => {
            fared.iter().position(|(_, one)| one.name == last).map_or(fared.len(), |place| place + 1)
        }
    };
    let found: Vec<_> = fared.into_iter().skip(begin).take(window.wanted() as usize).collect();
    let page = window.page(found, |(_, one)| one.name.clone(), |one| one);
    let mut rows = vec![];
    for (fare, integration) in &page.items {
        // What was judged just now for the order is not judged again.
        let described = match &fare.facts {
            Some(facts) => describe_by(&app.store, integration, facts, app.now()).await?,
            None => describe(&app.store, integration, app.now()).await?,
        };
        rows.push(Row::of(app, caller, integration, described).await?);
    }
    let next = page.next.as_deref().map(|next| asked.path(&[("after", next)]));
    rendered(&IntegrationsPage {
        shell: Shell::new(app, Some(caller), "Integrations", "/integrations"),
        heads,
        asked: asked.q.clone(),
        tag: asked.tag.clone(),
        tags,
        needs: asked.needs.map(Needs::word),
        filter: asked.filter(),
        next,
        rest: (rest > 0).then(|| super::format::count(rest, "integration", "integrations")),
        is_further: window.after().is_some(),
        is_first_run,
        may_connect: policy::check(&caller.principal, Action::Connect, &Place::List).is_ok(),
        may_change: rows.iter().any(|row| row.may_change),
        rows,
        done: asked.done.filter(|_| refused.is_empty()).map(Done::sentence),
        refused,
        now: app.now().rfc3339(),
        now_shown: super::format::moment(app.now()),
    })
}

/// What needs somebody comes first, then what mends itself.
fn rank(family: StatusFamily) -> u8 {
    match family {
        StatusFamily::NeedsYou => 0,
        StatusFamily::Healing => 1,
        StatusFamily::None => 2,
    }
}

/// How many of all stand how.
fn heads(fared: &[(Fare, Integration)], asked: &ListQuery) -> Vec<HeadCount> {
    let of = |needs: Needs, words: &'static str| {
        let number = fared.iter().filter(|(fare, _)| Needs::of(fare.family) == needs).count();
        let is_here = asked.needs == Some(needs);
        let path = format!("/integrations?{}", query(&[("needs", needs.word())]));
        HeadCount { number, words, path, is_here }
    };
    vec![of(Needs::You, "need you"), of(Needs::Time, "mend themselves"), of(Needs::Nobody, "need nobody")]
}

impl ListQuery {
    fn takes(&self, fare: &Fare, integration: &Integration) -> bool {
        let (settings, wanted) = (&integration.settings, self.q.trim().to_lowercase());
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        self.status.is_none_or(|status| status.as_str() == fare.status)
            && self.needs.is_none_or(|needs| needs == Needs::of(fare.family))
            && (self.tag.is_empty() || settings.tags.contains(&self.tag))
            && (has(&integration.name) || has(&settings.site_url))
    }

    /// What only a part is shown by.
    fn filter(&self) -> Option<String> {
        let mut parts = vec![];
        parts.extend(self.status.map(|status| format!("status {}", status.as_str().replace('_', " "))));
        parts.extend(self.needs.map(|needs| match needs {
            Needs::You => "those that need you".to_owned(),
            Needs::Time => "those that mend themselves".to_owned(),
            Needs::Nobody => "those that need nobody".to_owned(),
        }));
        if !self.tag.is_empty() {
            parts.push(format!("tag {}", super::format::inert(&self.tag)));
        }
        if !self.q.trim().is_empty() {
            parts.push(format!("\"{}\"", super::format::inert(self.q.trim())));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// The address of this list with something more.
    fn path(&self, more: &[(&str, &str)]) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let mut pairs = vec![];
        pairs.extend(limit.as_deref().map(|limit| ("limit", limit)));
        pairs.extend(self.status.map(|status| ("status", status.as_str())));
        pairs.extend(self.needs.map(|needs| ("needs", needs.word())));
        let texts = [("tag", self.tag.as_str()), ("q", self.q.trim())];
        pairs.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        pairs.extend(more);
        format!("/integrations?{}", query(&pairs))
    }
}
