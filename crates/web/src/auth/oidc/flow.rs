//! Going to the provider and coming back. One random token, in a cookie of the browser that went, stands behind `state`,
//! `nonce` and the PKCE verifier: whoever comes back without it, or a second time, is not let in.

use super::{Provider, callback, exchange::word, token::Proved};
use crate::{
    app::{App, ServerSettings},
    auth::digest::{digest, digest_of, same, token},
};
use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use weir_model::{AccountId, Message, Millis};

/// How long somebody may take at the provider.
const GOOD_FOR_MS: i64 = 10 * 60 * 1_000;

/// What somebody goes to the provider for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// To sign in, and to see this page then.
    SignIn { next: String },
    /// To link who they are there to this account, where they are signed in.
    Link { account: AccountId },
    /// To take up the invitation with a link of this digest.
    Accept { invitation: String },
}

/// Where to go, and the cookie that one comes back with.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) address: String,
    pub(crate) cookie: HeaderValue,
}

/// What somebody comes back with. Providers add more, which is not looked at.
#[derive(Deserialize)]
pub(crate) struct Returned {
    code: Option<String>,
    #[serde(default)]
    state: String,
    error: Option<String>,
    iss: Option<String>,
}

/// The parts that stand for a token.
fn part(name: &str, token: &str) -> String {
    digest_of(&[name.as_bytes(), token.as_bytes()])
}

/// Begins a way to the provider.
///
/// # Errors
/// `sign_in.provider_away`, `sign_in.provider`.
pub(crate) async fn begin(
    app: &App,
    provider: &Provider,
    purpose: &Purpose,
) -> Result<Begun, crate::http::Problem> {
    let now = app.now();
    let known = provider.known(now).await?;
    let token = token(app.environment.entropy.as_ref());
    let kept =
        serde_json::to_string(purpose).map_err(|error| crate::http::Problem::bug(&error.to_string()))?;
    app.store.begin_sign_in(&digest(&token), Millis(now.0 + GOOD_FOR_MS), &kept).await?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(part("verifier", &token).as_bytes()));
    let mut address = known.document.authorization_endpoint.clone();
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &callback(app))
        .append_pair("scope", &provider.scope())
        .append_pair("state", &part("state", &token))
        .append_pair("nonce", &part("nonce", &token))
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(Begun { address: address.into(), cookie: cookie(&app.settings, &token, GOOD_FOR_MS / 1_000) })
}

/// Ends it: what they went for, and who they are.
///
/// # Errors
/// `sign_in.stale`, `sign_in.provider_away`, `sign_in.provider`.
pub(crate) async fn end(
    app: &App,
    provider: &Provider,
    headers: &HeaderMap,
    returned: &Returned,
) -> Result<(Purpose, Proved), crate::http::Problem> {
    let stale = || Message::SignInStale {};
    let token = token_of(headers, &app.settings).ok_or_else(stale)?;
    if !same(returned.state.as_bytes(), part("state", &token).as_bytes()) {
        return Err(stale().into());
    }
    let kept = app.store.end_sign_in(&digest(&token)).await?.ok_or_else(stale)?;
    let purpose: Purpose =
        serde_json::from_str(&kept).map_err(|error| crate::http::Problem::bug(&error.to_string()))?;
    // RFC 9207: a code of another provider is not taken to this one.
    if returned.iss.as_ref().is_some_and(|iss| *iss != provider.settings.issuer) {
        return Err(provider.refused("The answer is of another provider").into());
    }
    if let Some(error) = &returned.error {
        return Err(provider.refused(format!("It said: {}", word(error))).into());
    }
    let Some(code) = &returned.code else { return Err(provider.refused("It gave no code").into()) };
    let now = app.now();
    let id_token = provider.exchanged(code, &part("verifier", &token), &callback(app), now).await?;
    Ok((purpose, provider.proved(&id_token, &part("nonce", &token), now).await?))
}

impl Provider {
    /// What is asked for.
    fn scope(&self) -> String {
        let more = self.settings.scope.as_deref().unwrap_or_default();
        format!("openid {more}").trim_end().to_owned()
    }

    /// Where somebody signs out at the provider as well, where it has such a place: OpenID Connect RP-Initiated Logout 1.0.
    ///
    /// # Errors
    /// `sign_in.provider_away`, `sign_in.provider`.
    pub(crate) async fn way_out(&self, app: &App) -> Result<Option<String>, Message> {
        let known = self.known(app.now()).await?;
        let Some(mut address) = known.document.end_session_endpoint.clone() else { return Ok(None) };
        address
            .query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &format!("{}/login", app.settings.address()));
        Ok(Some(address.into()))
    }
}

fn cookie_name(settings: &ServerSettings) -> &'static str {
    if settings.is_secure() { "__Host-weir-sign-in" } else { "weir-sign-in" }
}

fn token_of(headers: &HeaderMap, settings: &ServerSettings) -> Option<String> {
    crate::auth::sessions::cookie_value(headers, cookie_name(settings))
}

/// The cookie that takes the other one away.
pub(crate) fn no_cookie(settings: &ServerSettings) -> HeaderValue {
    cookie(settings, "", 0)
}

fn cookie(settings: &ServerSettings, token: &str, seconds: i64) -> HeaderValue {
    crate::auth::sessions::cookie_header(settings, cookie_name(settings), token, seconds)
}

/// The header with which a cookie is set.
pub(crate) const SET: header::HeaderName = header::SET_COOKIE;
