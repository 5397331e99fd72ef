//! The server of mail that flags and variables name, read and checked.

use crate::{cli::MailFlags, credentials::secret_of_file, failure::Failure, home};
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

/// The server of mail and who writes, as they may be shown.
pub(super) fn explained(outlet: &Outlet) -> [(&'static str, Option<String>); 2] {
    let mail = outlet.mail.as_ref();
    [("smtp_url", mail.map(SmtpSettings::shown)), ("mail_from", mail.map(|mail| mail.from().to_string()))]
}
