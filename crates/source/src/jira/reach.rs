//! Whether a site can be reached, and what its clock says. Nobody signs in for it.

use super::{address, site};
use crate::{Environment, SourceError};
use weir_http::{Auth, Url};
use weir_model::{Deployment, IntegrationSettings, Message};

/// A site that was reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reached {
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How far our clock is behind the site's, in milliseconds, where the site tells its time.
    pub behind_ms: Option<i64>,
}

/// Asks the site of an integration for its name, as a stranger.
pub async fn reach(
    settings: &IntegrationSettings,
    environment: &Environment,
) -> Result<Reached, SourceError> {
    let client = site::client(settings.deployment, &settings.transport, environment)?;
    let url = Url::parse(&settings.site_url).map_err(|error| Message::UrlMalformed {
        url: settings.site_url.clone(),
        detail: weir_http::address_fault(error).to_owned(),
    })?;
    // Both products answer to version 2 of the API.
    let stranger =
        site::Site::new(client, address::below(&url), Auth::None, Deployment::DataCenter).impatient();
    let asked = environment.clock.now();
    let reply = stranger.get("server_info", "api/serverInfo", &[]).await?;
    let midway = asked.0 + i64::try_from(reply.took_ms()).unwrap_or(0) / 2;
    let behind_ms = reply.server_date().map(|theirs| theirs - midway);
    Ok(Reached { took_ms: reply.took_ms(), behind_ms })
}
