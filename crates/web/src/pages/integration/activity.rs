//! Activity: what was done to an integration, by whom. Addresses of callers stay in the audit log.

use super::{leaving::headed, named, path};
use crate::{
    app::App,
    audit::who,
    auth::principal::Caller,
    http::{
        Problem,
        body::query,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
    pages::{
        format::{inert, instant},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use weir_model::{AuditEvent, Millis};

/// A deed.
struct Row {
    at: String,
    who: String,
    what: &'static str,
    action: String,
    detail: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    shell: Shell,
    head: Head,
    page: Page<Row>,
    next: Option<String>,
}

impl From<AuditEvent> for Row {
    fn from(event: AuditEvent) -> Self {
        let who = match event.actor_kind.as_str() {
            "key" => format!("key {}", inert(&event.actor)),
            kind => who(kind, &event.actor).0,
        };
        Self {
            at: instant(event.at),
            who,
            what: words(&event.action),
            detail: event.detail.iter().map(|(name, value)| (inert(name), value_of(value))).collect(),
            action: event.action,
        }
    }
}

/// A value as people read it: instants in their zone.
fn value_of(text: &str) -> String {
    match Millis::parse(text).filter(|at| at.rfc3339() == text) {
        Some(at) => instant(at),
        None => inert(text),
    }
}

/// A deed in words; its code stands beside it.
fn words(action: &str) -> &'static str {
    match action {
        "integration.create" => "Connected",
        "integration.edit" => "Changed the settings",
        "integration.reauth" => "Changed the authentication",
        "integration.check" => "Ran the checks",
        "integration.sync" => "Asked for a sync",
        "integration.verify" => "Asked for a comparison with the site",
        "integration.pause" => "Paused",
        "integration.resume" => "Resumed",
        "integration.delete" => "Asked for its deletion",
        "integration.keep" => "Took the deletion back",
        "integration.deleted" => "Deleted",
        "field.map" => "Said what a field is",
        "field.unmap" => "Forgot what a field is",
        "hygiene_rule.create" => "Added a rule of hygiene",
        "hygiene_rule.change" => "Changed a rule of hygiene",
        "hygiene_rule.delete" => "Deleted a rule of hygiene",
        "view.export" => "Exported a view",
        "nudge.create" => "Added a nudge",
        "nudge.edit" => "Changed a nudge",
        "nudge.delete" => "Deleted a nudge",
        "nudge.send" => "Sent a nudge",
        "nudge.opt_out" => "Left somebody out of a nudge",
        "nudge.opt_in" => "Has somebody told again",
        _ => "",
    }
}

/// `GET /integrations/{name}/activity`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<PageQuery>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let window = asked.window()?;
    let found = app.store.activity_of(&integration.id, window.after_as()?, window.wanted()).await?;
    let page = window.page(found, |(no, _)| no.to_string(), |(_, event)| Row::from(event));
    let here = path(&integration, "activity");
    let next = page.next.as_deref().map(|next| format!("{here}?{}", query(&[("after", next)])));
    rendered(&ActivityPage {
        shell: Shell::new(&app, Some(&caller), &format!("{}, Activity", integration.name), "/integrations"),
        head: headed(&app, &caller, &integration).await?.at("Activity"),
        page,
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn deeds_have_words() {
        assert_eq!(words("view.export"), "Exported a view");
        assert_eq!(words("nudge.opt_out"), "Left somebody out of a nudge");
    }
}
