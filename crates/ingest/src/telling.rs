//! What nudges and notifications have in common: names, addresses of mail, time zones, and what signs webhooks. What does not fit is
//! said without its full stop, for the sentence of either.

use crate::values;
use weir_model::clean;
use weir_notify::{ExposeSecret as _, MailAddress, WebhookSecret};
use weir_vault::Secret;

/// Why mail has no secret.
pub(crate) const MAIL_IS_NOT_SIGNED: &str = "Mail is not signed; a secret is for webhooks";

/// Whether a text is one that can be shown and typed.
pub(crate) fn fits(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count()) && clean(text, longest) == text
}

/// Addresses of mail, as they are written to.
pub(crate) fn addresses(all: &[String]) -> Result<Vec<String>, String> {
    let address = |text: &String| text.parse::<MailAddress>().map(|address| address.to_string());
    all.iter().map(address).collect::<Result<_, _>>().map_err(|error| sentence(&error.to_string()))
}

/// A time zone by its name.
pub(crate) fn zone(name: &str) -> Result<String, String> {
    values::zone(name).map_err(|_| format!("There is no time zone {}", clean(name, 100)))
}

/// What somebody wants webhooks to be signed with.
pub(crate) fn given_secret(given: &Secret) -> Result<WebhookSecret, String> {
    WebhookSecret::parse(given.expose_secret()).map_err(|error| sentence(&error.to_string()))
}

/// What webhooks are signed with, to be shown this once; what somebody gave they have.
pub fn shown_once(secret: Option<WebhookSecret>, is_given: bool) -> Option<String> {
    secret.filter(|_| !is_given).map(|secret| secret.as_secret().expose_secret().to_owned())
}

/// A sentence of a library as ours begin.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
