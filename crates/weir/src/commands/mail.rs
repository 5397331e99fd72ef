//! What nudges and notifications leave by: the server of mail that flags and variables name, read and checked, and what commands say
//! of those that were made or taken away.

use super::serve::public_url;
use crate::{
    cli::{MailFlags, ServerAddress},
    context::Context,
    credentials::secret_of_file,
    failure::Failure,
    home,
    output::{self, clean},
};
use serde_json::json;
use weir_ingest::nudges::{Outlet, SmtpSettings};
use weir_model::{Message, NudgeFault};

/// The server of mail, where one is named.
pub(super) fn server(flags: &MailFlags) -> Result<Option<SmtpSettings>, Failure> {
    let (Some(url), Some(from)) = (&flags.smtp_url, &flags.mail_from) else { return Ok(None) };
    let password = flags.smtp_password_file.as_deref().map(secret_of_file).transpose()?;
    let ca = match &flags.smtp_ca_file {
        None => None,
        Some(path) => Some(std::fs::read(path).map_err(|error| Message::FileRead {
            path: path.display().to_string(),
            detail: home::sentence(&error),
        })?),
    };
    let settings = SmtpSettings::new(url, password, from, ca.as_deref());
    Ok(Some(settings.map_err(|error| Message::from(NudgeFault::MailBad { detail: error.to_string() }))?))
}

/// What this process sends with, its links leading to an address.
pub(super) fn outlet(flags: &MailFlags, address: String) -> Result<Outlet, Failure> {
    Ok(Outlet { mail: server(flags)?, address })
}

/// The same, where flags name the address too.
pub(super) fn outlet_of(flags: &MailFlags, server: &ServerAddress) -> Result<Outlet, Failure> {
    let address = public_url(&server.public_url)?;
    outlet(flags, address.as_str().trim_end_matches('/').to_owned())
}

/// Tells the secret of webhooks, this once, where there is a fresh one.
pub(super) fn show_secret(context: &Context<'_>, secret: Option<&str>) -> Result<(), Failure> {
    let Some(secret) = secret else { return Ok(()) };
    output::note("Keep this secret now: it is not shown again. Its webhooks are signed with it.");
    context.output.line(secret)
}

/// Tells that something is gone.
pub(super) fn show_removed(context: &Context<'_>, name: &str, id: &str) -> Result<(), Failure> {
    match context.output.for_people() {
        true => context.output.line(&format!("\"{}\" is gone.", clean(name, 100))),
        false => context.output.json(&json!({ "id": id, "removed": true })),
    }
}

/// The server of mail and who writes, as they may be shown.
pub(super) fn explained(outlet: &Outlet) -> [(&'static str, Option<String>); 2] {
    let mail = outlet.mail.as_ref();
    [("smtp_url", mail.map(SmtpSettings::shown)), ("mail_from", mail.map(|mail| mail.from().to_string()))]
}
