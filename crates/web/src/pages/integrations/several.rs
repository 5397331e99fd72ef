//! Pausing, resuming and tagging several integrations at once. Each is asked for by itself: what one may not do with one of them
//! does not stop the others, and is told.

use super::{ListQuery, listed};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        policy::{Action, Place},
        principal::Caller,
        refusal,
    },
    http::Problem,
    life,
    pages::{format::inert, forms::Fields},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use weir_ingest::{Changes, values};
use weir_model::{Integration, Message, Surface, clean};

/// What is done with each.
enum Wish {
    Pause,
    Resume,
    Tag(String),
}

impl Wish {
    fn of(fields: &Fields) -> Result<Self, Problem> {
        match fields.text("action") {
            "pause" => Ok(Self::Pause),
            "resume" => Ok(Self::Resume),
            "tag" => {
                let tag = values::text("Tag", fields.text("tag"))?;
                match tag.is_empty() || tag.contains(',') {
                    true => Err(Problem::bad("Enter one tag, without a comma, that the chosen ones get")),
                    false => Ok(Self::Tag(tag)),
                }
            }
            other => {
                let other = clean(other, 50);
                Err(Problem::bad(format!("action is \"pause\", \"resume\" or \"tag\", and not \"{other}\"")))
            }
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Tag(_) => "tagged",
        }
    }
}

/// `POST /integrations`.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["id", "action", "tag"])?;
    let wish = match Wish::of(&fields) {
        Ok(wish) => wish,
        Err(problem) => return unchanged(&app, &caller, problem).await,
    };
    let mut refused = vec![];
    let mut chosen = 0_u32;
    for id in fields.all("id") {
        chosen += 1;
        let id = id.parse().map_err(|_| Problem::bad("An id is not one of an integration"))?;
        let integration = app.store.integration_of(&id).await?.ok_or(Message::PageUnknown {})?;
        if let Err(problem) = one(&app, &caller, &integration, &wish).await {
            if problem.status.is_server_error() || problem.status == StatusCode::NOT_FOUND {
                return Err(problem);
            }
            let (name, message) = (inert(&integration.name), &problem.message);
            refused.push((
                name,
                inert(&format!("{} {} {}", message.what(), message.why(), message.fix(Surface::Page))),
            ));
        }
    }
    match (chosen, refused.is_empty()) {
        (0, _) => unchanged(&app, &caller, Problem::bad("Choose at least one integration")).await,
        (_, true) => Ok(Redirect::to(&format!("/integrations?done={}", wish.done())).into_response()),
        (_, false) => listed(&app, &caller, &ListQuery::default(), refused).await,
    }
}

/// The list once more, with why nothing was done.
async fn unchanged(app: &App, caller: &Caller, problem: Problem) -> Result<Response, Problem> {
    let why = (String::from("Nothing was changed"), inert(&problem.message.why()));
    let mut response = listed(app, caller, &ListQuery::default(), vec![why]).await?;
    problem.stamp(&mut response);
    Ok(response)
}

async fn one(app: &App, caller: &Caller, integration: &Integration, wish: &Wish) -> Result<(), Problem> {
    let place = Place::Workspaces(app.store.workspaces_of(&integration.id).await?);
    let action = match wish {
        Wish::Pause | Wish::Resume => Action::Change,
        Wish::Tag(_) => Action::Connect,
    };
    refusal::check(app, &caller.principal, action, &place).await?;
    let deed = match wish {
        Wish::Tag(tag) => return tagged(app, caller, integration, tag).await,
        Wish::Pause => {
            let (_, _, who) = caller.principal.named();
            weir_ingest::pause(&app.store, integration, who, None).await?;
            Deed::done("integration.pause", &integration.name).with("until", "resumed")
        }
        Wish::Resume => {
            weir_ingest::resume(&app.store, integration).await?;
            Deed::done("integration.resume", &integration.name)
        }
    };
    audit::note_of(app, caller, deed, integration).await
}

async fn tagged(app: &App, caller: &Caller, integration: &Integration, tag: &str) -> Result<(), Problem> {
    if integration.settings.tags.iter().any(|known| known == tag) {
        return Ok(());
    }
    let tags = integration.settings.tags.iter().cloned().chain([tag.to_owned()]).collect();
    let changes = Changes { tags: Some(tags), ..Changes::default() };
    life::change(app, caller, integration, changes).await.map(drop)
}
