//! The page that leads to Atlassian, and the way back from there.

use super::shell::{Shell, rendered};
use crate::{
    app::App,
    auth::principal::Caller,
    http::Problem,
    life::consent::{self, returned},
};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse as _, Redirect, Response},
};
use weir_ingest::consent::{ConsentPlace, ConsentReturned};
use weir_model::{Message, OAuthFault};

/// A page with a link to Atlassian. A form that led there by itself would be stopped by the browser: our forms lead to this
/// server alone.
#[derive(Template)]
#[template(path = "continue.html")]
struct ContinuePage {
    shell: Shell,
    provider: &'static str,
    address: String,
    sentence: &'static str,
}

/// The page that leads to where consent is given.
pub(super) fn lead(app: &App, caller: &Caller, address: String) -> Result<Response, Problem> {
    rendered(&ContinuePage {
        shell: Shell::new(app, Some(caller), "Continue", "/integrations"),
        provider: "Atlassian",
        address,
        sentence: "You are asked there whether your app may read Jira in your name, and come back here within 10 minutes.",
    })
}

#[derive(Template)]
#[template(path = "consented.html")]
struct ConsentedPage {
    shell: Shell,
    id: String,
    site: String,
}

/// `GET /oauth/atlassian/callback`.
pub(super) async fn finish(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<ConsentReturned>, QueryRejection>,
) -> Result<Response, Problem> {
    // What cannot be read is no way back from there.
    let Query(query) = query.map_err(|_| Message::from(OAuthFault::Stale {}))?;
    let (document, consent, outcome) = returned(&app, &caller, query).await?;
    let to = match document.place {
        ConsentPlace::Draft(draft) => {
            format!("/integrations/new/jira?draft={draft}&step=sign-in&method=oauth")
        }
        ConsentPlace::Integration(id) => {
            let integration = app.store.integration_of(&id).await?.ok_or(Message::PageUnknown {})?;
            let name = crate::http::body::segment(&integration.name);
            format!("/integrations/{name}/authentication?method=oauth&consent={}", consent.id)
        }
        ConsentPlace::Alone => {
            outcome?;
            return rendered(&ConsentedPage {
                shell: Shell::new(&app, Some(&caller), "Consent was given", "/integrations"),
                id: consent.id.to_string(),
                site: super::format::inert(&document.site_url),
            });
        }
    };
    // Why it was not given is told there, beside the form.
    Ok(Redirect::to(&to).into_response())
}

/// What a form about consent shows.
pub(super) struct ConsentForm {
    /// The id of a consent that was given.
    pub(super) given: Option<String>,
    /// Whether somebody is at Atlassian.
    pub(super) is_asked: bool,
    pub(super) client_id: String,
    /// The address that the app has to register.
    pub(super) callback: String,
    /// What the app has to be allowed.
    pub(super) scopes: String,
}

impl ConsentForm {
    pub(super) fn of(app: &App, shown: &consent::Shown, typed: Option<&str>) -> Self {
        Self {
            given: shown.given.clone(),
            is_asked: shown.is_asked,
            client_id: typed.unwrap_or(&shown.client_id).to_owned(),
            callback: consent::callback(app),
            scopes: weir_ingest::connect::SCOPES.iter().skip(1).copied().collect::<Vec<_>>().join(", "),
        }
    }
}
