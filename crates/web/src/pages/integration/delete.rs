//! Deleting an integration: what goes, the name once more, and when. Until then it can be taken back.

use super::{deleted::counted, named, path};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Segments},
    life,
    pages::{
        format::{inert, instant, number},
        forms::{Fields, Said as _, Trouble, stamped},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
    tallied::{Stored, Tallied},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use weir_ingest::{WAITS_MINUTES, deletion_delay, hygiene};
use weir_model::{Integration, Message, Millis, Reach};

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    shell: Shell,
    head: Head,
    path: String,
    base: String,
    /// How much of what goes.
    effects: Vec<String>,
    /// The same of what was made here by hand.
    made_here: Vec<String>,
    /// How many kept reports name it.
    reports: usize,
    /// When that was counted.
    counted: String,
    workspaces: usize,
    /// When it may be done, each with its word, and what was chosen.
    whens: [(&'static str, String); 4],
    when: String,
    /// When it is done, where one waits.
    deleting: Option<String>,
    asked_by: String,
    /// Then it is not offered to pause it instead.
    is_paused: bool,
    trouble: Option<Trouble>,
}

/// `GET /integrations/{name}/delete`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    page(&app, &caller, &integration, ("7d", None)).await
}

/// `POST /integrations/{name}/delete`.
pub(in crate::pages) async fn ask(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["name", "in"])?;
    let integration = named(&app, &name).await?;
    let asked = async {
        // Of a name from before that holds direction marks what is shown is enough.
        if ![integration.name.clone(), inert(&integration.name)].contains(&fields.text("name").to_owned()) {
            let wrong = Message::NameNotConfirmed { name: integration.name.clone() };
            return Err(Problem::from(wrong).at("/name"));
        }
        let minutes = match fields.word("in", &["0", "1d", "7d", "30d"])? {
            "" => WAITS_MINUTES,
            text => deletion_delay(text)?,
        };
        life::ask_deletion(&app, &caller, &integration, minutes).await
    };
    match asked.await {
        Ok(_) => Ok(Redirect::to(&path(&integration, "delete")).into_response()),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            let when = if fields.text("in").is_empty() { "7d" } else { fields.text("in") };
            let shown = page(&app, &caller, &integration, (when, trouble)).await;
            stamped(problem, |_| shown)
        }
    }
}

/// `POST /integrations/{name}/delete/cancel`.
pub(in crate::pages) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    life::keep(&app, &caller, &integration).await?;
    Ok(Redirect::to(&path(&integration, "monitoring")))
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    (when, trouble): (&str, Option<Trouble>),
) -> Result<Response, Problem> {
    let stored = Tallied::stored(app, integration).await?;
    let deletion = app.store.deletion(&integration.id).await?;
    let planned = app.store.planned_of(&integration.id).await?;
    let made_here = app.store.removable_made_here(&integration.id).await?;
    let reports = hygiene::saved_reports(&app.store, &Reach::Everything).await?;
    let now = app.now();
    let usually = Millis(now.0 + i64::from(WAITS_MINUTES) * 60_000);
    rendered(&DeletePage {
        shell: Shell::new(app, Some(caller), &format!("Delete {}", integration.name), "/integrations"),
        head: Head::of(integration).at("Configuration"),
        path: path(integration, "delete"),
        base: path(integration, ""),
        effects: effects(&stored),
        made_here: counted(&made_here),
        reports: reports.iter().filter(|one| one.question.integrations.contains(&integration.id)).count(),
        counted: instant(stored.counted_at),
        workspaces: app.store.workspaces_of(&integration.id).await?.len(),
        whens: [
            ("7d", format!("In 7 days: {}", instant(usually))),
            ("1d", "In 1 day".to_owned()),
            ("30d", "In 30 days".to_owned()),
            ("0", "Now".to_owned()),
        ],
        when: when.to_owned(),
        asked_by: deletion.as_ref().map(|one| one.asked_by.clone()).unwrap_or_default(),
        deleting: deletion.map(|deletion| instant(deletion.due_at)),
        is_paused: planned.and_then(|planned| planned.pause).is_some_and(|pause| pause.holds(now)),
        trouble,
    })
}

/// What goes, in the words of the receipt that stays.
fn effects(stored: &Stored) -> Vec<String> {
    let all = stored.rows.iter().find(|(kind, _)| kind == "issues").map_or(0, |(_, issues)| *issues);
    let mut effects = counted(&stored.rows);
    match (effects.first_mut(), all.saturating_sub(stored.live)) {
        (Some(issues), away @ 1..) => {
            issues.push_str(&format!(", {} of them put away or gone from the site", number(away)));
        }
        (None, _) => effects.push("nothing is stored yet".to_owned()),
        _ => {}
    }
    effects
}
