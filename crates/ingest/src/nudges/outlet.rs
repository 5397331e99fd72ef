//! What a process can send with.

use weir_notify::SmtpSettings;

/// What a process can send with, as its operator said.
#[derive(Clone, Debug, Default)]
pub struct Outlet {
    /// The server of mail, where one was named.
    pub mail: Option<SmtpSettings>,
    /// The address of the server as people type it, which links in messages lead to.
    pub address: String,
}
