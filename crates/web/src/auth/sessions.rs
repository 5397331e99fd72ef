//! Sessions of browsers: the cookie, how long it is good for, and what begins and ends one.

use super::{
    csrf,
    digest::{digest, token},
    principal::{RequestInfo, SignedIn},
};
use crate::app::{App, ServerSettings};
use axum::http::{HeaderMap, HeaderValue, header};
use weir_model::{Account, Millis, ProviderSession, Reach, Session, SessionId};
use weir_store::StoreError;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How long a session may go unused: for those who manage the server, and for others.
const IDLE_ADMIN_MS: i64 = 30 * MINUTE_MS;
const IDLE_MS: i64 = 12 * HOUR_MS;

/// How long it is good for at most.
const LONGEST_MS: i64 = 7 * 24 * HOUR_MS;

/// Longest text that is kept of what a browser says it is.
const LONGEST_AGENT: usize = 200;

/// The name of the cookie. The prefix has browsers refuse one that another host or an unencrypted page has set.
fn cookie_name(settings: &ServerSettings) -> &'static str {
    if settings.is_secure() { "__Host-weir" } else { "weir" }
}

/// The token that a request carries.
pub(crate) fn token_of(headers: &HeaderMap, settings: &ServerSettings) -> Option<String> {
    cookie_value(headers, cookie_name(settings))
}

/// The value of a cookie that is not empty.
pub(crate) fn cookie_value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, value)| *found == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// Who is signed in with this token. A session that has run out is ended.
pub(crate) async fn signed_in(app: &App, token: &str) -> Result<Option<SignedIn>, StoreError> {
    let Some(session) = app.store.session(&digest(token)).await? else { return Ok(None) };
    let account = app.store.account(&session.account).await?.filter(|account| account.disabled_at.is_none());
    let Some(account) = account else { return Ok(None) };
    let idle = if account.is_admin { IDLE_ADMIN_MS } else { IDLE_MS };
    let now = app.now();
    if now >= session.expires_at || now.since(session.seen_at) >= idle {
        app.store.end_session(&account.id, &session.id).await?;
        return Ok(None);
    }
    let roles = app.store.roles_of(&account.id).await?;
    let within = match account.is_admin {
        true => Reach::Everything,
        false => Reach::Workspaces(roles.iter().map(|(place, _)| *place).collect()),
    };
    let workspaces = app.store.workspaces(&within).await?;
    let form_token = csrf::form_token(token, app.environment.entropy.as_ref());
    Ok(Some(SignedIn { account, session, roles, workspaces, form_token }))
}

/// How long a session lasts from a request on, if no other follows: at least so many milliseconds. That it was used is noted once a
/// minute.
pub(crate) fn left(signed_in: &SignedIn, now: Millis) -> i64 {
    let idle = if signed_in.account.is_admin { IDLE_ADMIN_MS } else { IDLE_MS };
    (idle - MINUTE_MS).min(signed_in.session.expires_at.0 - now.0).max(0)
}

/// Begins a session, always with a token of its own, and gives the cookie for it.
pub(crate) async fn begin(
    app: &App,
    account: &Account,
    request: &RequestInfo,
    headers: &HeaderMap,
    provider: Option<ProviderSession>,
) -> Result<HeaderValue, StoreError> {
    let now = app.now();
    app.store.forget_sessions(Millis(now.0 - IDLE_MS)).await?;
    let entropy = app.environment.entropy.as_ref();
    let token = token(entropy);
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let session = Session {
        id: SessionId::generate(now, entropy),
        account: account.id,
        created_at: now,
        seen_at: now,
        expires_at: Millis(now.0 + LONGEST_MS),
        address: request.address.map(|address| address.to_string()).unwrap_or_default(),
        agent: agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect(),
        provider,
        workspace: None,
    };
    app.store.add_session(&session, &digest(&token)).await?;
    Ok(cookie(&app.settings, &token, LONGEST_MS / 1_000))
}

/// The cookie that takes the session's away.
pub(crate) fn no_cookie(settings: &ServerSettings) -> HeaderValue {
    cookie(settings, "", 0)
}

fn cookie(settings: &ServerSettings, token: &str, seconds: i64) -> HeaderValue {
    cookie_header(settings, cookie_name(settings), token, seconds)
}

/// A cookie of ours, out of reach of scripts and of other sites.
pub(crate) fn cookie_header(settings: &ServerSettings, name: &str, token: &str, seconds: i64) -> HeaderValue {
    let secure = if settings.is_secure() { "; Secure" } else { "" };
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    // Names and tokens are letters and digits of ours.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public: Option<&str>) -> ServerSettings {
        ServerSettings {
            listen: ([127, 0, 0, 1], 8420).into(),
            public_url: public.map(|url| url.parse().unwrap()),
            ..ServerSettings::default()
        }
    }

    #[test]
    fn behind_tls_the_cookie_is_for_this_host_and_tls_alone() {
        let plain = cookie(&settings(None), "t", 5);
        assert_eq!(plain, "weir=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=5");
        let secure = cookie(&settings(Some("https://weir.example")), "t", 5);
        assert_eq!(secure, "__Host-weir=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure");
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; xweir=no; weir=yes"));
        assert_eq!(token_of(&headers, &settings(None)).as_deref(), Some("yes"));
        assert_eq!(token_of(&headers, &settings(Some("https://weir.example"))), None);
    }
}
