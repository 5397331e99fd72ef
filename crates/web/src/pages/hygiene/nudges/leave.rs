//! Leaving a nudge by the link of a message. Nobody signs in for it: the link itself says who leaves what, and is signed.
//!
//! Looking at the page changes nothing, since mail programs look at links by themselves; only its form does, or a mail program that
//! its owner told to (RFC 8058).

use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{Problem, extract::Segments},
    pages::{
        format::inert,
        forms::{Fields, Trouble, stamped},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::nudges::{self, Leaving};

/// What a mail program sends (RFC 8058, section 3.1).
const ONE_CLICK: &str = "List-Unsubscribe";

#[derive(Template)]
#[template(path = "opt_out.html")]
struct OptOutPage {
    shell: Shell,
    /// The nudge and its integration, where the link stands for one.
    leaving: Option<(String, String)>,
    is_out: bool,
    trouble: Option<Trouble>,
}

/// `GET /opt-out/{token}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(token): Segments<String>,
) -> Result<Response, Problem> {
    match nudges::ticket(&app.store, &app.vault, &token).await {
        Ok(leaving) => page(&app, &caller, Some(&leaving), None),
        Err(message) => refused(&app, &caller, message.into()),
    }
}

/// `POST /opt-out/{token}`.
pub(in crate::pages) async fn leave(
    State(app): State<App>,
    caller: Caller,
    Segments(token): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[ONE_CLICK])?;
    let leaving = match nudges::ticket(&app.store, &app.vault, &token).await {
        Ok(leaving) => leaving,
        Err(message) => return refused(&app, &caller, message.into()),
    };
    nudges::leave(&app.store, &leaving).await?;
    if !leaving.is_out {
        let deed = Deed::done("nudge.opt_out", &leaving.nudge.name)
            .with("nudge", &leaving.nudge.name)
            .with("recipient", &leaving.recipient);
        audit::note_of(&app, &caller, deed, &leaving.integration).await?;
    }
    page(&app, &caller, Some(&Leaving { is_out: true, ..leaving }), None)
}

fn refused(app: &App, caller: &Caller, problem: Problem) -> Result<Response, Problem> {
    stamped(problem, |trouble| page(app, caller, None, Some(trouble)))
}

fn page(
    app: &App,
    caller: &Caller,
    leaving: Option<&Leaving>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    rendered(&OptOutPage {
        shell: Shell::new(app, Some(caller), "Messages", "/opt-out"),
        leaving: leaving.map(|one| (inert(&one.nudge.name), inert(&one.integration.name))),
        is_out: leaving.is_some_and(|one| one.is_out),
        trouble,
    })
}
