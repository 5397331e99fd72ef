//! Change authentication: what is stored, without the credential, and a form for a fresh one, which proves itself before it
//! takes the place of the old one.

use super::{leaving::headed, named, path};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life::{
        self, Entered, Fresh, KeptCheck, Refused, consent,
        watch::{Seen, Watches},
    },
    pages::{
        adfs::adfs_credential,
        checks::{CheckList, Outgoing},
        connect::{missing, split},
        consent::{ConsentForm, lead},
        format::{inert, instant, whole_date},
        forms::{Faults, Fields, Said as _, Trouble, not_offered, stamped},
        monitoring::head::Head,
        progress::{Heard, Progress, is_watched, whole},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::Secret;
use weir_ingest::{Accepted, connect::Credential, consent::ConsentPlace, day_of_end, describe};
use weir_model::{AuthMethod, Deployment, Integration, Message, OAuthFault};

#[derive(Template)]
#[template(path = "authentication.html")]
struct AuthenticationPage {
    shell: Shell,
    head: Head,
    path: String,
    back: String,
    /// Where its satellites are, and how it is left to one.
    satellite: String,
    is_fed: bool,
    site: String,
    method: &'static str,
    account: String,
    /// What is known of the credential that is stored.
    saved: String,
    last_success: Option<String>,
    is_cloud: bool,
    /// What was typed, but for the secret.
    typed: String,
    typed_end: String,
    /// The day on which the stored one ends, and what there is to say of that.
    ends_on: Option<String>,
    reminder: Option<String>,
    /// How the form has it that one signs in.
    how: &'static str,
    adfs_url: String,
    adfs_client_id: String,
    adfs_resource: String,
    checks: Option<CheckList>,
    /// Checks that run just now.
    progress: Option<Progress>,
    trouble: Option<Trouble>,
    outgoing: Option<Outgoing>,
    /// The id of another account, which the form asks to say yes to.
    other_account: Option<String>,
    consent: ConsentForm,
    is_retired: bool,
}

/// Which form is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct At {
    #[serde(default)]
    method: String,
    /// The id of a consent that somebody has come back with.
    #[serde(default)]
    consent: String,
}

/// What came of a credential that did not take the place of the old one.
#[derive(Default)]
struct Outcome {
    /// The account and the method, as they were entered.
    typed: String,
    typed_end: String,
    method: Option<Method>,
    /// Address, client id and resource of ADFS, as they were entered.
    adfs: Option<[String; 3]>,
    trouble: Option<Trouble>,
    checks: Vec<KeptCheck>,
    other_account: Option<String>,
    /// The id of a consent.
    consent: String,
}

/// `GET /integrations/{name}/authentication`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(at): Params<At>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let method = match at.method.as_str() {
        "" => None,
        word => Some(Method::offered(&integration, word).ok_or_else(|| not_offered("method", word))?),
    };
    page(&app, &caller, &integration, Outcome { method, consent: at.consent, ..Outcome::default() }).await
}

/// `POST /integrations/{name}/authentication`.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let known =
        ["account", "method", "secret", "expires_on", "other_account", "do", "consent", "oauth_client_id"];
    fields.only(&[&known[..], &ADFS].concat())?;
    let integration = named(&app, &name).await?;
    let method = Method::entered(&integration, &fields);
    if matches!(method, Ok(Method::OAuth)) && fields.word("do", &["ask"])? == "ask" {
        return ask_consent(&app, &caller, &integration, &fields).await;
    }
    let mut faults = Faults::default();
    let credential = faults.take(match &method {
        Ok(Method::OAuth) => {
            let address = &integration.settings.site_url;
            consent::credential(&app, &caller, fields.text("consent"), address).await
        }
        Ok(method) => credential_of(&integration, *method, &fields),
        Err(problem) => Err(problem.clone()),
    });
    let ends = day_of_end("expires_on", fields.text("expires_on"), app.now());
    let ends = faults.take(ends.map_err(|message| Problem::from(message).at("/expires_on")));
    let watched = is_watched(&headers);
    let fresh = faults.end().and_then(|()| match (credential, ends) {
        (Some(credential), Some(expires_on)) => {
            Ok(Fresh { credential, accepted: accepted(&fields), expires_on })
        }
        _ => Err(Problem::bug("a form fits and has no credential")),
    });
    let renewed = match fresh {
        Ok(fresh) if watched => {
            let (behind, of, who) = (app.clone(), integration.clone(), caller.clone());
            let entered = Box::new(Entered {
                account: fields.text("account").to_owned(),
                expires_on: fields.text("expires_on").to_owned(),
                method: method.as_ref().map_or("", |method| method.as_str()),
                adfs: ADFS.map(|field| fields.text(field).to_owned()),
                consent: fields.text("consent").to_owned(),
            });
            Watches::begin(&app, key(&integration, &caller)?, async move |told| {
                let renewed = life::renewed(&behind, &who, &of, fresh, &told).await;
                renewed.map(|_| ()).map_err(|refused| Refused { entered: Some(entered), ..refused })
            });
            return progress(State(app), caller, Segments(name), Params(Heard::default())).await;
        }
        Ok(fresh) => life::renew(&app, &caller, &integration, fresh).await,
        Err(problem) => Err(problem.into()),
    };
    match renewed {
        Ok((after, _)) => Ok(Redirect::to(&path(&after, "checks?done=renewed")).into_response()),
        Err(refused) => {
            let problem = refused.problem.clone();
            let outcome = Outcome {
                typed: fields.text("account").to_owned(),
                typed_end: fields.text("expires_on").to_owned(),
                method: method.ok(),
                adfs: Some(ADFS.map(|field| fields.text(field).to_owned())),
                consent: fields.text("consent").to_owned(),
                ..Outcome::of(refused)
            };
            let shown = page(&app, &caller, &integration, outcome).await;
            let answer = stamped(problem, |_| shown)?;
            Ok(if watched { whole(answer) } else { answer })
        }
    }
}

/// Begins to ask for consent, and leads to where it is given.
async fn ask_consent(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    fields: &Fields,
) -> Result<Response, Problem> {
    let [client_id, secret] = ["oauth_client_id", "secret"].map(|field| fields.text(field));
    let settings = &integration.settings;
    let place = ConsentPlace::Integration(integration.id);
    let place = (place, settings.site_url.as_str(), settings.transport.clone());
    let asked = match missing([client_id, secret]) {
        Ok(()) => consent::ask(app, caller, place, [client_id, secret]).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok((_, address)) => lead(app, caller, address),
        Err(problem) => {
            let typed = client_id.to_owned();
            let trouble = Some(Trouble::from(&problem));
            let outcome = Outcome { typed, method: Some(Method::OAuth), trouble, ..Outcome::default() };
            let shown = page(app, caller, integration, outcome).await;
            stamped(problem, |_| shown)
        }
    }
}

/// `GET /integrations/{name}/authentication/progress`: how far the checks of a fresh credential have come.
pub(in crate::pages) async fn progress(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(heard): Params<Heard>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let outcome = match app.watches.look(&key(&integration, &caller)?, app.now()) {
        Seen::Running(standing) => {
            let path = path(&integration, "authentication/progress");
            return Progress::of(&standing, &path, heard.messages()).answer();
        }
        Seen::Ended(Ok(())) => {
            let to = HeaderValue::try_from(path(&integration, "checks?done=renewed"));
            let to = to.map_err(|error| Problem::bug(&error.to_string()))?;
            return Ok(([("hx-redirect", to)], ()).into_response());
        }
        Seen::Ended(Err(refused)) => Outcome::of(refused),
        Seen::Nothing => Outcome::default(),
    };
    page(&app, &caller, &integration, outcome).await.map(whole)
}

/// What a fresh credential that is being tried is known by: whoever gave it sees what comes of it.
fn key(integration: &Integration, caller: &Caller) -> Result<String, Problem> {
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    Ok(format!("authentication {} {}", integration.id, signed_in.account.id))
}

impl Outcome {
    fn of(refused: Refused) -> Self {
        let differs = matches!(*refused.problem.message, Message::AuthAccountDiffers { .. });
        let (typed, typed_end, method, adfs, consent) = match refused.entered.map(|entered| *entered) {
            Some(one) => (one.account, one.expires_on, Method::of(one.method), Some(one.adfs), one.consent),
            None => (String::new(), String::new(), None, None, String::new()),
        };
        Self {
            typed,
            typed_end,
            method,
            adfs,
            trouble: Some(Trouble::from(&refused.problem)),
            checks: refused.checks,
            other_account: refused.account.filter(|_| differs),
            consent,
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

/// How a fresh credential signs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    ApiToken,
    PersonalToken,
    Password,
    Adfs,
    /// With consent that somebody has given.
    OAuth,
}

/// Fields of what ADFS is asked with besides account and password.
const ADFS: [&str; 3] = ["adfs_url", "adfs_client_id", "adfs_resource"];

impl Method {
    const OF_DATA_CENTER: [Self; 3] = [Self::PersonalToken, Self::Password, Self::Adfs];

    fn as_str(self) -> &'static str {
        match self {
            Self::ApiToken => "api_token",
            Self::PersonalToken => "personal_token",
            Self::Password => "password",
            Self::Adfs => "adfs",
            Self::OAuth => "oauth",
        }
    }

    const OF_CLOUD: [Self; 2] = [Self::ApiToken, Self::OAuth];

    fn of(word: &str) -> Option<Self> {
        Self::OF_DATA_CENTER.into_iter().chain(Self::OF_CLOUD).find(|method| method.as_str() == word)
    }

    /// One that a form offers.
    fn offered(integration: &Integration, word: &str) -> Option<Self> {
        let offered: &[Self] = match integration.settings.deployment {
            Deployment::Cloud => &Self::OF_CLOUD,
            Deployment::DataCenter => &Self::OF_DATA_CENTER,
        };
        offered.iter().copied().find(|method| method.as_str() == word)
    }

    /// That of a stored credential.
    fn stored(auth: &AuthMethod) -> Self {
        match auth {
            AuthMethod::SiteToken { .. }
            | AuthMethod::GatewayToken { .. }
            | AuthMethod::GatewayBearer { .. }
            | AuthMethod::ConnectApp { .. } => Self::ApiToken,
            AuthMethod::OAuth { .. } => Self::OAuth,
            // Whoever types a credential takes it back from its satellite.
            AuthMethod::PersonalToken { .. } | AuthMethod::Satellite {} => Self::PersonalToken,
            AuthMethod::Password { .. } => Self::Password,
            AuthMethod::Adfs { .. } => Self::Adfs,
        }
    }

    /// What the form names.
    fn entered(integration: &Integration, fields: &Fields) -> Result<Self, Problem> {
        match integration.settings.deployment {
            Deployment::Cloud => {
                let word = fields.word("method", &Self::OF_CLOUD.map(Self::as_str))?;
                Ok(Self::of(word).unwrap_or(Self::ApiToken))
            }
            Deployment::DataCenter => {
                let word = fields.word("method", &Self::OF_DATA_CENTER.map(Self::as_str))?;
                Ok(Self::of(word).unwrap_or(Self::PersonalToken))
            }
        }
    }
}

fn credential_of(integration: &Integration, method: Method, fields: &Fields) -> Result<Credential, Problem> {
    let typed = Some(fields.text("account")).filter(|text| !text.is_empty()).map(str::to_owned);
    let secret = |text: &str| match text.is_empty() {
        true => Err(Problem::from(Message::AuthMissing {}).at("/secret")),
        false => Ok(Secret::from(text.to_owned())),
    };
    Ok(match method {
        Method::ApiToken => {
            let (email, token) = split(fields.text("secret"));
            Credential::ApiToken { email: typed.or(email.map(str::to_owned)), token: secret(token)? }
        }
        Method::OAuth => return Err(Problem::from(Message::from(OAuthFault::AskedFirst {}))),
        Method::PersonalToken => Credential::PersonalToken(secret(fields.text("secret"))?),
        Method::Password => Credential::Password {
            user: typed.unwrap_or_else(|| integration.settings.auth.account().to_owned()),
            // It may begin or end with a blank.
            password: secret(fields.raw("secret"))?,
        },
        Method::Adfs => {
            let account = typed.unwrap_or_else(|| integration.settings.auth.account().to_owned());
            let mut faults = Faults::default();
            let password =
                faults.take(secret(fields.raw("secret"))).unwrap_or_else(|| Secret::from(String::new()));
            let place = ADFS.map(|field| fields.text(field));
            let credential = faults.take(adfs_credential(place, &account, password));
            faults.end()?;
            Credential::Adfs(credential.ok_or_else(|| Problem::bug("a form fits and has no credential"))?)
        }
    })
}

/// What is known of the credential that is stored: `Saved · ends in x7Q2 · added 3 November 2026 by Dana K.`
fn saved(integration: &Integration) -> String {
    if integration.is_fed() {
        return "Nothing is kept here. What is typed below takes it back from its satellite".to_owned();
    }
    if integration.is_retired() {
        return "Nothing that could be used".to_owned();
    }
    let Some(note) = &integration.settings.credential else { return "Saved".to_owned() };
    let end = note.ends.as_ref().map(|end| format!(" · ends in {end}")).unwrap_or_default();
    format!("Saved{end} · added {} by {}", whole_date(note.added_at), inert(&note.added_by))
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let Outcome { typed, typed_end, method: chosen, adfs, trouble, checks, other_account, consent } = outcome;
    let shown = match consent.is_empty() {
        true => consent::Shown::default(),
        false => consent::shown(app, caller, &consent).await?,
    };
    let fault = shown.fault.clone().map(|fault| Trouble::from(&Problem::from(fault)));
    let trouble = trouble.or(fault);
    let how = chosen.unwrap_or_else(|| Method::stored(&integration.settings.auth));
    let of_app = match &integration.settings.auth {
        AuthMethod::OAuth { client_id, .. } if shown.client_id.is_empty() && typed.is_empty() => {
            Some(client_id.as_str())
        }
        _ => Some(typed.as_str()).filter(|text| !text.is_empty() && how == Method::OAuth),
    };
    let consent_form = ConsentForm::of(app, &shown, of_app);
    let facts = app.store.health_facts(&integration.id).await?;
    let auth = &integration.settings.auth;
    let description = describe(&app.store, integration, app.now()).await?;
    let standing = app.watches.standing(&key(integration, caller)?, app.now());
    let asked = path(integration, "authentication/progress");
    let of_stored = match auth {
        AuthMethod::Adfs { url, client_id, resource, .. } => [url, client_id, resource].map(Clone::clone),
        _ => Default::default(),
    };
    let [adfs_url, adfs_client_id, adfs_resource] = adfs.unwrap_or(of_stored);
    rendered(&AuthenticationPage {
        shell: Shell::new(
            app,
            Some(caller),
            &format!("{}, Authentication", integration.name),
            "/integrations",
        ),
        head: headed(app, caller, integration).await?.at("Configuration"),
        path: path(integration, "authentication"),
        back: path(integration, "monitoring"),
        satellite: path(integration, "satellite"),
        is_fed: integration.is_fed(),
        site: inert(&integration.settings.site_url),
        method: method(description.sign_in),
        account: inert(auth.account()),
        last_success: facts.last_successful.and_then(|run| run.ended_at).map(instant),
        is_cloud: integration.settings.deployment == Deployment::Cloud,
        saved: saved(integration),
        typed,
        typed_end,
        ends_on: description.credential_expires_on,
        reminder: description.credential_reminder,
        how: how.as_str(),
        consent: consent_form,
        is_retired: integration.is_retired(),
        adfs_url,
        adfs_client_id,
        adfs_resource,
        checks: CheckList::of(&checks),
        progress: standing.map(|standing| Progress::of(&standing, &asked, 0)),
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
        "satellite" => "A satellite signs in, with a credential of its own",
        "adfs" => "User name and password at ADFS, whose tokens Jira takes",
        "oauth" => "Consent of a person (OAuth 2.0), at Atlassian's gateway",
        "connect_app" => "Connect app (retired)",
        _ => "User name and password",
    }
}
