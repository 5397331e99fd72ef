//! The code that somebody came back with, exchanged for an ID token.

use super::{Provider, discovery::PATIENCE};
use crate::http::body::query;
use serde::Deserialize;
use weir_http::{Auth, ExposeSecret as _, Request, Secret};
use weir_model::{Message, Millis};

/// Longest word of a provider that is passed on.
const LONGEST: usize = 60;

#[derive(Deserialize)]
struct Granted {
    id_token: String,
}

#[derive(Deserialize)]
struct NotGranted {
    error: String,
}

impl Provider {
    /// The ID token for a code, not proved yet.
    ///
    /// # Errors
    /// `sign_in.provider_away`, `sign_in.provider`.
    pub(super) async fn exchanged(
        &self,
        code: &str,
        verifier: &str,
        callback: &str,
        now: Millis,
    ) -> Result<String, Message> {
        let known = self.known(now).await?;
        let (id, secret) = (self.settings.client_id.as_str(), self.settings.client_secret.as_ref());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback),
            ("code_verifier", verifier),
        ];
        // RFC 8414, section 2: basic where nothing is said.
        let methods = &known.document.token_endpoint_auth_methods_supported;
        let in_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let auth = match secret {
            Some(secret) if in_header => {
                // RFC 6749, section 2.3.1: both parts are encoded as forms are.
                Auth::Basic { user: encoded(id), secret: Secret::from(encoded(secret.expose_secret())) }
            }
            Some(secret) => {
                form.extend([("client_id", id), ("client_secret", secret.expose_secret())]);
                Auth::None
            }
            None => {
                form.push(("client_id", id));
                Auth::None
            }
        };
        let request = Request::post(known.document.token_endpoint.clone(), "sign-in")
            .body(query(&form), "application/x-www-form-urlencoded")
            .auth(auth)
            .attempts(1)
            .timeout(PATIENCE);
        let response = self.client.send(request).await.map_err(|error| self.unreachable(&error))?;
        if response.status.as_u16() == 200 {
            let granted: Result<Granted, _> = serde_json::from_slice(&response.body);
            return granted
                .map(|granted| granted.id_token)
                .map_err(|_| self.refused("Its answer holds no ID token"));
        }
        let said: Option<NotGranted> = serde_json::from_slice(&response.body).ok();
        let said = said.map_or_else(|| response.status.as_u16().to_string(), |said| word(&said.error));
        Err(self.refused(format!("It did not take our code: {said}")))
    }
}

fn encoded(text: &str) -> String {
    query(&[("", text)]).trim_start_matches('=').to_owned()
}

/// A provider's word for an error: letters, digits and underscores of it.
pub(super) fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(LONGEST).collect()
}
