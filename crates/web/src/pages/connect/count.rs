//! How many issues are taken, while projects are chosen or a query is written: a part of the page, for browsers that run scripts. Nothing is kept.

use super::{
    super::{
        forms::{Fields, Trouble},
        pointed::Pointed,
        shell::rendered,
    },
    document::Size,
    entered,
    steps::SizeLine,
    wizard::Setup,
};
use crate::{app::App, auth::principal::Caller, http::Problem};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_ingest::connect::count_issues;

#[derive(Template)]
#[template(path = "wizard_count.html")]
struct CountPart {
    size: Option<SizeLine>,
    trouble: Option<Trouble>,
    pointed: Option<Pointed>,
}

/// `POST /integrations/new/jira/count`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    let mut setup = Setup::found(&app, &caller, fields.text("draft")).await?;
    entered::scope(&mut setup.document, &fields)?;
    let counted = async {
        let scope = setup.document.scope()?;
        let months = setup.document.months()?;
        let since = months.map(|months| app.now().months_before(months));
        let counted = count_issues(&setup.door(&app).await?, (&scope, since), &app.environment).await?;
        Ok::<_, Problem>(Size::new((scope, months), counted, app.now().0))
    };
    let (size, trouble) = match counted.await {
        Ok(size) => (Some(SizeLine::of(&size)), None),
        Err(problem) if problem.status.is_server_error() && problem.message.id() == "server.bug" => {
            return Err(problem);
        }
        Err(problem) => (None, Some(Trouble::from(&problem))),
    };
    let pointed = Pointed::of(&setup.document.jql, trouble.as_ref());
    rendered(&CountPart { size, trouble, pointed })
}
