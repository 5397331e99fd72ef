//! Flags of signing in to a site.

use clap::Args;
use std::path::PathBuf;

/// How to sign in.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Authentication")]
pub(crate) struct AuthFlags {
    /// E-mail address of the account
    #[arg(long, value_name = "E")]
    pub(crate) email: Option<String>,
    /// File with the API token, or EMAIL:TOKEN
    #[arg(long, value_name = "F")]
    pub(crate) token_file: Option<PathBuf>,
    /// Read the token from standard input
    #[arg(long, conflicts_with = "token_file")]
    pub(crate) token_stdin: bool,
    /// File with a personal access token of Data Center
    #[arg(long, value_name = "F", conflicts_with_all = ["email", "token_file", "token_stdin", "username"])]
    pub(crate) pat_file: Option<PathBuf>,
    /// User name, for Data Center
    #[arg(long, value_name = "U", conflicts_with_all = ["email", "token_file", "token_stdin"])]
    pub(crate) username: Option<String>,
    /// File with the user's password
    #[arg(long, value_name = "F", requires = "username")]
    pub(crate) password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) adfs: AdfsFlags,
    #[command(flatten)]
    pub(crate) oauth: OAuthFlags,
}

/// How to sign in with somebody's consent; client id and secret go together.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Authentication with consent (OAuth 2.0)")]
pub(crate) struct OAuthFlags {
    /// Client id of your own app at developer.atlassian.com
    #[arg(long, value_name = "ID", conflicts_with_all =
        ["email", "token_file", "token_stdin", "pat_file", "username", "password_file", "adfs_url"])]
    pub(crate) oauth_client_id: Option<String>,
    /// File with the app's secret
    #[arg(long, value_name = "F", requires = "oauth_client_id")]
    pub(crate) oauth_client_secret_file: Option<PathBuf>,
    /// Callback that the app has registered; one on this machine is listened on, of another the address is pasted
    #[arg(
        long,
        value_name = "URL",
        requires = "oauth_client_id",
        default_value = "http://localhost:8421/oauth/atlassian/callback"
    )]
    pub(crate) oauth_callback: String,
}

/// A record that nothing signs in with.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is asked of the site. The record is kept, is not read, and says so, until it has another credential:
  weir integration add connect-app https://acme.atlassian.net --name Acme --client-key 12345678-90ab
  weir integration reauth Acme --email me@acme.com --token-file token")]
pub(crate) struct AddConnectApp {
    /// The site's address, or its bare name (acme)
    pub(crate) url: String,
    /// A name of your choice, unique in the store
    #[arg(long)]
    pub(crate) name: String,
    /// The key that the app was installed with
    #[arg(long, value_name = "KEY")]
    pub(crate) client_key: String,
}

/// How to sign in through ADFS; all of these go together.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Authentication through ADFS")]
pub(crate) struct AdfsFlags {
    /// Address of ADFS, for a Data Center that takes its tokens
    #[arg(long, value_name = "URL",
        conflicts_with_all = ["email", "token_file", "token_stdin", "pat_file", "username", "password_file"])]
    pub(crate) adfs_url: Option<String>,
    /// Client identifier of a native application in ADFS
    #[arg(long, value_name = "ID", requires = "adfs_url")]
    pub(crate) adfs_client_id: Option<String>,
    /// Identifier of Jira in ADFS
    #[arg(long, value_name = "ID", requires = "adfs_url")]
    pub(crate) adfs_resource: Option<String>,
    /// User name, as DOMAIN\user or user@domain
    #[arg(long, value_name = "U", requires = "adfs_url")]
    pub(crate) adfs_username: Option<String>,
    /// File with the user's password
    #[arg(long, value_name = "F", requires = "adfs_url")]
    pub(crate) adfs_password_file: Option<PathBuf>,
}
