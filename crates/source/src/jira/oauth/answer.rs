//! What Atlassian's authorization server answers when it is asked for tokens, and what its refusals mean. Atlassian, "OAuth 2.0
//! (3LO) apps" and "Implementing the Refresh Token Flow"; RFC 6749 §5.

use crate::jira::preflight::bounded;
use serde::Deserialize;
use weir_http::Response;
use weir_model::{Message, OAuthFault};

/// A longer text is no token that a header could carry.
const LONGEST: usize = 64 * 1024;

/// Tokens, and for how many seconds the access token is good.
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) seconds: i64,
}

/// What was asked with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Code,
    Renewal,
}

#[derive(Deserialize)]
struct Wire {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
}

#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    error: String,
    error_description: Option<String>,
}

/// The tokens of an answer.
pub(super) fn read(
    response: &Response,
    (host, client): (&str, &str),
    asked: Asked,
) -> Result<Granted, Message> {
    let status = response.status.as_u16();
    let other = |said: String| Message::from(OAuthFault::NotAtlassian { host: host.to_owned(), said });
    if status == 200 {
        let wire: Wire = serde_json::from_slice(&response.body)
            .map_err(|_| other("It sent something else where tokens are sent".to_owned()))?;
        let is_word = |text: &str| {
            !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !is_word(&wire.access_token) || !wire.refresh_token.as_deref().is_none_or(is_word) {
            return Err(other("What it sent is no token".to_owned()));
        }
        return Ok(Granted {
            access_token: wire.access_token,
            refresh_token: wire.refresh_token,
            // An hour, says its documentation.
            seconds: wire.expires_in.unwrap_or(3600).clamp(1, i64::from(u32::MAX)),
        });
    }
    let refusal: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    if refusal.error.is_empty() {
        return Err(other(format!("It sent HTTP {status} without a reason")));
    }
    let described = refusal.error_description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let said = bounded(described.unwrap_or(&refusal.error));
    Err(match (refusal.error.as_str(), asked) {
        ("invalid_grant", Asked::Renewal) => OAuthFault::ConsentGone { said },
        ("invalid_grant" | "invalid_request", Asked::Code) => OAuthFault::CodeRefused { said },
        ("access_denied" | "invalid_client" | "unauthorized_client", _) => {
            OAuthFault::AppRefused { client: bounded(client), said }
        }
        ("server_error" | "temporarily_unavailable", _) => {
            OAuthFault::Away { host: host.to_owned(), detail: said }
        }
        _ => OAuthFault::Refused { said },
    }
    .into())
}
