//! Change authentication: what is stored, without the credential, and a form for a fresh one, which proves itself before it
//! takes the place of the old one.

use super::{named, path};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Segments},
    life::{self, KeptCheck},
    pages::{
        checks::{CheckList, Outgoing},
        format::{inert, instant},
        forms::{Fields, Trouble, stamped},
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use weir_http::Secret;
use weir_ingest::{Accepted, connect::Credential, describe};
use weir_model::{AuthMethod, Deployment, Integration, Message};

#[derive(Template)]
#[template(path = "authentication.html")]
struct AuthenticationPage {
    shell: Shell,
    head: Head,
    path: String,
    back: String,
    site: String,
    method: &'static str,
    account: String,
    last_success: Option<String>,
    is_cloud: bool,
    is_password: bool,
    checks: Option<CheckList>,
    trouble: Option<Trouble>,
    outgoing: Option<Outgoing>,
    /// The id of another account, which the form asks to say yes to.
    other_account: Option<String>,
}

/// What came of a credential that did not take the place of the old one.
#[derive(Default)]
struct Outcome {
    trouble: Option<Trouble>,
    checks: Vec<KeptCheck>,
    other_account: Option<String>,
}

/// `GET /integrations/{name}/authentication`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    page(&app, &caller, &integration, Outcome::default()).await
}

/// `POST /integrations/{name}/authentication`.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["account", "method", "secret", "other_account"])?;
    let integration = named(&app, &name).await?;
    let renewed = match credential(&integration, &fields) {
        Ok(credential) => life::renew(&app, &caller, &integration, (credential, accepted(&fields))).await,
        Err(message) => Err(message.into()),
    };
    match renewed {
        Ok((after, _)) => Ok(Redirect::to(&path(&after, "checks")).into_response()),
        Err(refused) => {
            let differs = matches!(*refused.problem.message, Message::AuthAccountDiffers { .. });
            let outcome = Outcome {
                trouble: Some(Trouble::from(&*refused.problem.message)),
                checks: refused.checks,
                other_account: refused.account.filter(|_| differs),
            };
            let shown = page(&app, &caller, &integration, outcome).await;
            stamped(refused.problem, |_| shown)
        }
    }
}

/// Whose credential may take the place of the old one: also that of the account that somebody was shown and said yes to.
fn accepted(fields: &Fields) -> Accepted {
    match fields.text("other_account") {
        "" => Accepted::SameAccount,
        id => Accepted::Account(id.to_owned()),
    }
}

fn credential(integration: &Integration, fields: &Fields) -> Result<Credential, Message> {
    let typed = Some(fields.text("account")).filter(|text| !text.is_empty()).map(str::to_owned);
    let secret = |text: &str| match text.is_empty() {
        true => Err(Message::AuthMissing {}),
        false => Ok(Secret::from(text.to_owned())),
    };
    match (integration.settings.deployment, fields.text("method")) {
        (Deployment::Cloud, _) => {
            Ok(Credential::ApiToken { email: typed, token: secret(fields.text("secret"))? })
        }
        (Deployment::DataCenter, "password") => Ok(Credential::Password {
            user: typed.unwrap_or_else(|| integration.settings.auth.account().to_owned()),
            password: secret(fields.raw("secret"))?,
        }),
        (Deployment::DataCenter, _) => Ok(Credential::PersonalToken(secret(fields.text("secret"))?)),
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let Outcome { trouble, checks, other_account } = outcome;
    let facts = app.store.health_facts(&integration.id).await?;
    let auth = &integration.settings.auth;
    let description = describe(&app.store, integration, app.now()).await?;
    rendered(&AuthenticationPage {
        shell: Shell::new(
            app,
            Some(caller),
            &format!("{}, Authentication", integration.name),
            "/integrations",
        ),
        head: Head::of(integration).at("Configuration"),
        path: path(integration, "authentication"),
        back: path(integration, "monitoring"),
        site: inert(&integration.settings.site_url),
        method: method(description.sign_in),
        account: inert(auth.account()),
        last_success: facts.last_successful.and_then(|run| run.ended_at).map(instant),
        is_cloud: integration.settings.deployment == Deployment::Cloud,
        is_password: matches!(auth, AuthMethod::Password { .. }),
        checks: CheckList::of(&checks),
        outgoing: Outgoing::after(app, trouble.as_ref().map(|trouble| trouble.code)),
        trouble,
        other_account,
    })
}

/// How it signs in, in words.
pub(super) fn method(word: &str) -> &'static str {
    match word {
        "api_token" => "API token without scopes, at the site",
        "scoped_token" => "API token with scopes, at Atlassian's gateway",
        "service_account" => "Service account's token, at Atlassian's gateway",
        "personal_access_token" => "Personal access token",
        _ => "User name and password",
    }
}
