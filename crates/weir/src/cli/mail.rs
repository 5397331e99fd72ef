//! Through which server mail leaves.

use clap::Args;
use std::path::PathBuf;

/// A server of mail.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Mail")]
pub(crate) struct MailFlags {
    /// The server that mail leaves through: smtps://USER@HOST with TLS, smtp://USER@HOST with STARTTLS, or
    /// smtp://HOST:25?tls=none without either
    #[arg(long, value_name = "URL", env = "WEIR_SMTP_URL", requires = "mail_from")]
    pub(crate) smtp_url: Option<String>,
    /// File with the password of the user
    #[arg(long, value_name = "F", env = "WEIR_SMTP_PASSWORD_FILE", requires = "smtp_url")]
    pub(crate) smtp_password_file: Option<PathBuf>,
    /// Trust the certificate authorities of this PEM file too, for that server
    #[arg(long, value_name = "PEM", env = "WEIR_SMTP_CA_FILE", requires = "smtp_url")]
    pub(crate) smtp_ca_file: Option<PathBuf>,
    /// The address that mail is from: weir@acme.example, or "Weir <weir@acme.example>"
    #[arg(long, value_name = "ADDRESS", env = "WEIR_MAIL_FROM", requires = "smtp_url")]
    pub(crate) mail_from: Option<String>,
}
