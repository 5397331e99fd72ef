//! The issues behind a number of Monitoring.

use super::{
    super::{
        format::{inert, instant, number, segment},
        integration::leaving::headed,
        shell::{Shell, rendered},
    },
    head::Head,
};
use crate::{
    api::monitoring::ingested::{IngestedQuery, after, position},
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
    },
    monitored::Monitored,
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_model::{DAY_MS, Ingested, IngestedIssue, Message, Millis, Window, day_of};

#[derive(Template)]
#[template(path = "ingested.html")]
struct IssuesPage {
    shell: Shell,
    head: Head,
    back: String,
    title: String,
    total: String,
    definition: &'static str,
    at: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
    is_further: bool,
}

/// An issue.
struct Row {
    key: String,
    project: String,
    summary: String,
    at: String,
    state: String,
}

impl From<IngestedIssue> for Row {
    fn from(issue: IngestedIssue) -> Self {
        Self {
            key: inert(&issue.key),
            project: inert(&issue.project_key),
            summary: issue.summary.as_deref().map(inert).unwrap_or_default(),
            at: instant(issue.at),
            state: issue.state.replace('_', " "),
        }
    }
}

/// `GET /integrations/{name}/monitoring/issues`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<IngestedQuery>,
) -> Result<Response, Problem> {
    let window = asked.window()?;
    let (list, begin) = (asked.list(&app)?, after(&window)?);
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let found = app.store.ingested_issues(&integration.id, list, begin, window.wanted()).await?;
    let page = window.page(found, position, Row::from);
    let figures = Monitored::figures(&app, &integration, list.window, app.now()).await?;
    let counted = figures.days.iter().filter(|day| list.day.is_none_or(|wanted| wanted == day.day));
    let total = counted.map(|day| if list.what == Ingested::New { day.new } else { day.changed }).sum();
    let path = format!("/integrations/{}/monitoring", segment(&integration.name));
    let word = match list.what {
        Ingested::New => "New issues",
        Ingested::Changed => "Changed issues",
    };
    let when = match list.day {
        Some(day) if is_whole(list.window, day) => super::super::format::day(day, "on %A %-d %B %Y"),
        Some(day) => super::super::format::day(day, "on %A %-d %B %Y, as far as it is in the range"),
        None => format!("in the last {} days", asked.range().days()),
    };
    let next = page.next.as_deref().map(|next| {
        let mut pairs = vec![("range", asked.range().as_str()), ("what", list.what.as_str())];
        pairs.extend(asked.day.as_deref().map(|day| ("day", day)));
        pairs.push(("after", next));
        format!("{path}/issues?{}", query(&pairs))
    });
    rendered(&IssuesPage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, {word}", integration.name), "/integrations"),
        head: headed(&app, &caller, &integration).await?,
        back: format!("{path}?{}", query(&[("range", asked.range().as_str())])),
        title: format!("{word} {when}"),
        total: number(total),
        definition: match list.what {
            Ingested::New => "New: first stored here in this time.",
            Ingested::Changed => {
                "Changed: something of the issue was stored anew in this time. An issue counts once for each day (UTC), and \
                 not on the day on which it was first stored."
            }
        },
        at: match list.what {
            Ingested::New => "First stored",
            Ingested::Changed => "Last changed here that day",
        },
        rows: page.items,
        next,
        is_further: asked.after.is_some(),
    })
}

/// Whether a window has all of a day.
fn is_whole(window: Window, day: i64) -> bool {
    window.from.0 <= day * DAY_MS && day < day_of(Millis(window.until.0 - 1))
}
