//! What a form asks of ADFS, and what does not fit of it.

use super::forms::Faults;
use crate::http::Problem;
use weir_http::Secret;
use weir_ingest::connect::{AdfsCredential, adfs_address};
use weir_model::{AdfsFault, Message};

/// Address, client id and resource, with the account and its password.
///
/// # Errors
/// Everything that does not fit, by the fields of the form.
pub(super) fn adfs_credential(
    [url, client_id, resource]: [&str; 3],
    account: &str,
    password: Secret,
) -> Result<AdfsCredential, Problem> {
    let given = |field: &str, text: &str| match text.is_empty() {
        true => Err(Problem::from(Message::from(AdfsFault::Incomplete {})).at(format!("/{field}"))),
        false => Ok(text.to_owned()),
    };
    let mut faults = Faults::default();
    let url = match url {
        "" => faults.take(given("adfs_url", url)),
        typed => faults.take(adfs_address(typed).map_err(|message| Problem::from(message).at("/adfs_url"))),
    };
    let client_id = faults.take(given("adfs_client_id", client_id));
    let resource = faults.take(given("adfs_resource", resource));
    let user = faults.take(given("account", account));
    faults.end()?;
    match (url, client_id, resource, user) {
        (Some(url), Some(client_id), Some(resource), Some(user)) => {
            Ok(AdfsCredential { url, client_id, resource, user, password })
        }
        _ => Err(Problem::bug("a form fits and has no credential")),
    }
}
