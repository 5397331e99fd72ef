//! How people sign in to a server, and whom it believes.

use clap::Args;
use std::path::PathBuf;

/// An identity provider (OpenID Connect).
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Signing in elsewhere")]
pub(crate) struct ProviderFlags {
    /// The issuer of an OpenID Connect provider, just as its tokens carry it
    #[arg(long, value_name = "URL", env = "WEIR_OIDC_ISSUER", requires = "oidc_client_id")]
    pub(crate) oidc_issuer: Option<String>,
    /// Who this server is there
    #[arg(long, value_name = "ID", env = "WEIR_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    pub(crate) oidc_client_id: Option<String>,
    /// File with the secret that proves it
    #[arg(long, value_name = "F", env = "WEIR_OIDC_CLIENT_SECRET_FILE", requires = "oidc_issuer")]
    pub(crate) oidc_client_secret_file: Option<PathBuf>,
    /// What people call the provider [default: its host]
    #[arg(long, value_name = "NAME", env = "WEIR_OIDC_NAME", requires = "oidc_issuer")]
    pub(crate) oidc_name: Option<String>,
    /// Trust the certificate authorities of this PEM file too, for the provider
    #[arg(long, value_name = "PEM", env = "WEIR_OIDC_CA_FILE", requires = "oidc_issuer")]
    pub(crate) oidc_ca_file: Option<PathBuf>,
    /// Give those who are in a group there a role in a workspace here, at each sign-in; may be repeated, or separated by ;
    #[arg(
        long,
        value_name = "GROUP=WORKSPACE:ROLE",
        env = "WEIR_OIDC_GROUP_ROLE",
        value_delimiter = ';',
        requires = "oidc_issuer"
    )]
    pub(crate) oidc_group_role: Vec<String>,
    /// The claim of its tokens that names groups
    #[arg(long, value_name = "NAME", env = "WEIR_OIDC_GROUPS_CLAIM", default_value = "groups")]
    pub(crate) oidc_groups_claim: String,
    /// Ask it for these scopes too, where it tells of groups to those alone who ask
    #[arg(long, value_name = "SCOPES", env = "WEIR_OIDC_SCOPE", requires = "oidc_issuer")]
    pub(crate) oidc_scope: Option<String>,
}

/// Whom a server believes, and how much it answers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Callers")]
pub(crate) struct CallerFlags {
    /// Believe these addresses when they say whom they speak for (X-Forwarded-For, Forwarded); may be repeated
    #[arg(long, value_name = "CIDR", env = "WEIR_TRUST_PROXY", value_delimiter = ',')]
    pub(crate) trust_proxy: Vec<String>,
    /// Requests to the API that one key, account or unknown address may send in a minute
    #[arg(long, value_name = "N", env = "WEIR_API_RATE", default_value_t = weir_web::USUAL_RATE, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) api_rate: u32,
}
