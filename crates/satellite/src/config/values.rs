//! What a file says, typed and within bounds. Secrets are in a type that does not print.

use weir_http::{Secret, Url};
use weir_model::Exclusions;

/// A whole file.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where everything goes that is read.
    pub server: Server,
    /// What is read; those that have no error.
    pub sites: Vec<Site>,
}

/// The server that a satellite belongs to.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub url: Url,
    /// The name of the account there.
    pub tenant: String,
    /// The key that the satellite signs in with.
    pub api_key: Secret,
    /// Certificate authorities that are trusted besides the machine's own, PEM.
    pub ca_pem: Option<String>,
    /// The way out, where there is only one.
    pub proxy: Option<Proxy>,
}

/// A proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// `http://HOST:PORT`, with user and password where it wants them.
    pub address: Secret,
    /// Whether the tools are reached through it too, and not the server alone.
    pub all_traffic: bool,
}

/// A site of Jira that is read.
#[derive(Clone, Debug)]
pub struct Site {
    /// The id that the server gave the integration.
    pub id: String,
    /// The address of the site.
    pub url: Url,
    /// How to sign in.
    pub login: Login,
    /// The account's time zone, where the file names one.
    pub timezone: Option<String>,
    /// What is never asked for.
    pub exclusions: Exclusions,
    /// Certificate authorities that are trusted besides the machine's own, PEM.
    pub ca_pem: Option<String>,
    /// Whether certificates are not checked.
    pub insecure_tls: bool,
}

/// How to sign in to a site.
#[derive(Clone, Debug)]
pub enum Login {
    /// With a personal access token.
    Token(Secret),
    /// With a user name, and a password or an API token.
    Password {
        /// The user name.
        user: String,
        /// What stands in `api_key`.
        password: Secret,
    },
    /// With a token of ADFS, which is asked for with the account's password.
    Adfs(Adfs),
}

/// What a token of ADFS is asked for with.
#[derive(Clone, Debug)]
pub struct Adfs {
    /// The address of ADFS.
    pub url: Url,
    /// The client's id there.
    pub client_id: String,
    /// What the token is for.
    pub resource: String,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}
