//! What ADFS answers when it is asked for a token, and what its refusals mean: by the `error` of RFC 6749 section 5.2 and
//! [MS-OAPX] section 2.2.4, and by the number in its sentence where that tells more.

use super::Adfs;
use crate::{Secret, jira::preflight::bounded};
use serde::Deserialize;
use serde_json::Value;
use weir_http::Response;
use weir_model::{AdfsFault, Message};

/// A longer text is no token that a header could carry.
const LONGEST: usize = 64 * 1024;

/// A token, and for how many seconds it is good, where that is said.
pub(super) struct Granted {
    pub(super) token: Secret,
    pub(super) seconds: Option<i64>,
}

#[derive(Deserialize)]
struct Wire {
    access_token: String,
    token_type: Option<String>,
    /// A number; text in some versions.
    expires_in: Option<Value>,
}

#[derive(Deserialize, Default)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// The token of an answer.
pub(super) fn read(response: &Response, adfs: &Adfs) -> Result<Granted, Message> {
    let status = response.status.as_u16();
    let other = |said: String| Message::from(AdfsFault::NotAdfs { host: adfs.host(), said });
    if status == 200 {
        let wire: Wire = serde_json::from_slice(&response.body)
            .map_err(|_| other(format!("It sent {} where ADFS sends a token", kind(response))))?;
        let is_bearer = wire.token_type.as_deref().is_none_or(|word| word.eq_ignore_ascii_case("bearer"));
        let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_bearer || !is_word(&wire.access_token) || wire.access_token.len() > LONGEST {
            return Err(other("What it sent is no bearer token".to_owned()));
        }
        let seconds = wire.expires_in.as_ref().and_then(seconds);
        return Ok(Granted { token: Secret::from(wire.access_token), seconds });
    }
    let refusal: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    if refusal.error.is_empty() {
        return Err(other(format!(
            "It sent {} (HTTP {status}) where ADFS says why it refuses",
            kind(response)
        )));
    }
    Err(refused(&refusal, adfs))
}

fn kind(response: &Response) -> &'static str {
    let begins = response.body.iter().find(|byte| !byte.is_ascii_whitespace());
    match begins {
        None => "nothing",
        Some(b'<') => "a page",
        Some(b'{' | b'[') => "other data",
        Some(_) => "something else",
    }
}

fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn refused(refusal: &Refusal, adfs: &Adfs) -> Message {
    let description = refusal.error_description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let said = bounded(description.unwrap_or(&refusal.error));
    let (client, resource) = (bounded(&adfs.client_id), bounded(&adfs.resource));
    let (account, host) = (bounded(&adfs.user), adfs.host());
    let lower = description.unwrap_or_default().to_lowercase();
    let tells = |number: &str| lower.contains(number);
    let is_over = lower.contains("password")
        && ["expired", "must be changed", "must change"].iter().any(|words| lower.contains(words));
    let fault = match refusal.error.as_str() {
        _ if tells("msis9605") => AdfsFault::ResourceDenied { client, resource, said },
        _ if tells("msis9602") => AdfsFault::ResourceUnknown { resource, said },
        _ if tells("msis9622") => AdfsFault::ClientSecret { client, said },
        "invalid_client" => AdfsFault::ClientUnknown { client, said },
        "invalid_resource" => AdfsFault::ResourceUnknown { resource, said },
        "access_denied" | "unauthorized_client" => AdfsFault::ResourceDenied { client, resource, said },
        "unsupported_grant_type" => AdfsFault::NoPasswords { host, said },
        "interaction_required" => AdfsFault::Factor { account, said },
        "invalid_grant" if is_over => AdfsFault::PasswordExpired { account, said },
        "invalid_grant" => AdfsFault::PasswordRefused { account, said },
        "server_error" | "temporarily_unavailable" => AdfsFault::Unreachable { host, detail: said },
        _ => AdfsFault::Refused { host, said },
    };
    fault.into()
}
