//! What is left of integrations that were deleted.

use crate::{
    app::App,
    auth::{
        policy::{self, Action},
        principal::Caller,
    },
    http::{
        Problem,
        body::query,
        extract::Params,
        paging::{Page, PageQuery},
    },
    pages::{
        format::{count, inert, instant},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_model::DeletedIntegration;

/// A receipt.
struct Row {
    name: String,
    site: String,
    id: String,
    asked: String,
    deleted: String,
    removed: String,
}

#[derive(Template)]
#[template(path = "deleted.html")]
struct DeletedPage {
    shell: Shell,
    page: Page<Row>,
    next: Option<String>,
}

impl From<DeletedIntegration> for Row {
    fn from(one: DeletedIntegration) -> Self {
        let removed = counted(&one.removed);
        Self {
            name: inert(&one.name),
            site: inert(&one.site_url),
            id: one.id.to_string(),
            asked: format!("{} by {}", instant(one.asked_at), inert(&one.asked_by)),
            deleted: instant(one.deleted_at),
            removed: if removed.is_empty() { "nothing was stored".to_owned() } else { removed.join(", ") },
        }
    }
}

/// How much goes with an integration, or went: each kind of which there is any.
pub(super) fn counted(rows: &[(String, u64)]) -> Vec<String> {
    let one = |kind: &str| match kind {
        "people" => "person".to_owned(),
        kind => kind.trim_end_matches('s').to_owned(),
    };
    let counted = |(kind, rows): &(String, u64)| count(*rows, &one(kind), kind);
    rows.iter().filter(|(_, rows)| *rows > 0).map(counted).collect()
}

/// `GET /integrations/deleted`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<PageQuery>,
) -> Result<Response, Problem> {
    let window = asked.window()?;
    let reach = policy::reach(&caller.principal, Action::Connect);
    let found = app.store.deleted_integrations(&reach, window.after_as()?, window.wanted()).await?;
    let page = window.page(found, |one| one.no.to_string(), Row::from);
    let next =
        page.next.as_deref().map(|next| format!("/integrations/deleted?{}", query(&[("after", next)])));
    let shell = Shell::new(&app, Some(&caller), "Deleted integrations", "/integrations");
    rendered(&DeletedPage { shell, page, next })
}
