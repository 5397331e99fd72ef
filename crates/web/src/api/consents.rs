//! Consent to read a site in somebody's name (OAuth 2.0, 3LO): asked for here, given at Atlassian in a browser, and then named
//! in the place of a credential.

use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Segments},
        tag::Answer,
    },
    life::{consent, guarded, wish::certificates},
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_ingest::consent::{ConsentDocument, ConsentPlace};
use weir_model::{Message, Millis};

/// What consent is asked for with. The secret is sealed, and never shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConsent {
    /// The address of the site, or the name of a site of Atlassian's.
    url: String,
    /// The client id of an app of yours at developer.atlassian.com, whose callback is this server's address and
    /// `/oauth/atlassian/callback`.
    #[schema(min_length = 1, pattern = r"^[!-~]+$")]
    client_id: String,
    /// The app's secret.
    #[schema(min_length = 1, pattern = r"^[!-~]+$", write_only)]
    client_secret: String,
    /// Certificates of authorities that are trusted besides the usual ones, on the way to Atlassian too (PEM).
    ca_pem: Option<String>,
}

/// Consent that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Consent {
    id: String,
    /// The site's address.
    url: String,
    client_id: String,
    /// `asked`, `returned` for a moment, `given` or `refused`.
    state: &'static str,
    /// Where it is given; told once.
    address: Option<String>,
    /// Until when somebody may come back from there; once it was given, until when it can be used.
    until: String,
    /// Names the sentence that says why it was not given.
    code: Option<&'static str>,
    /// Why it was not given.
    reason: Option<String>,
}

impl Consent {
    fn of(consent: &weir_model::Consent, document: ConsentDocument, address: Option<String>) -> Self {
        let is_given = consent.state == weir_model::ConsentState::Given;
        let until = if is_given { consent.expires_at } else { Millis(document.asked_until) };
        Self {
            id: consent.id.to_string(),
            url: document.site_url,
            client_id: document.client_id,
            state: consent.state.as_str(),
            address,
            until: until.rfc3339(),
            code: document.fault.as_ref().map(Message::id),
            reason: document.fault.as_ref().map(ToString::to_string),
        }
    }
}

/// Ask for consent to read a site
///
/// The answer has the address at which whoever asks gives it, in a browser in which they are signed in here. A key that the same
/// person made can name the consent in the place of a credential.
#[utoipa::path(post, path = "/api/v1/consents", tag = "integrations", request_body = NewConsent,
    responses((status = 201, description = "It was asked for", body = Consent)))]
pub(in crate::api) async fn create_consent(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewConsent>,
) -> Result<Answer<Consent>, Problem> {
    let transport = guarded(certificates(new.ca_pem.as_deref())?);
    let place = (ConsentPlace::Alone, new.url.as_str(), transport);
    let app_of_theirs = [new.client_id.as_str(), new.client_secret.as_str()];
    let (consent, address) = consent::ask(&app, &caller, place, app_of_theirs).await?;
    let document = ConsentDocument::of(&consent)?;
    Ok(Answer(StatusCode::CREATED, Consent::of(&consent, document, Some(address))))
}

/// Show what has become of a consent
#[utoipa::path(get, path = "/api/v1/consents/{id}", tag = "integrations",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "It", body = Consent)))]
pub(in crate::api) async fn show_consent(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Answer<Consent>, Problem> {
    let (document, consent) = consent::found(&app, &caller, &id).await?;
    Ok(Answer(StatusCode::OK, Consent::of(&consent, document, None)))
}
