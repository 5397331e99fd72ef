//! A look over an installation: everything that it needs to work, without changing it.

mod finding;
mod home;
mod mail;
mod proxy;
mod sites;
mod store;

pub use finding::{Finding, FindingState};
pub use proxy::{NamedProxy, Proxies};

use std::path::PathBuf;
use weir_notify::SmtpSettings;
use weir_source::Environment;
use weir_store::{LeaseHolder, StoreAddress};
use weir_vault::KeyFile;

/// What is looked over.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The folder of the store, its key and its backups.
    pub home: PathBuf,
    /// Where the store is.
    pub address: StoreAddress,
    /// What a source may use.
    pub environment: Environment,
    /// The proxy of integrations that name none; it may hold a password.
    pub proxy: Option<String>,
    /// The proxies that are set.
    pub proxies: Proxies,
    /// The server of mail, where one is named.
    pub mail: Option<SmtpSettings>,
    /// Who looks, among those who hold leases.
    pub holder: LeaseHolder,
}

impl Installation {
    fn key_file(&self) -> KeyFile {
        KeyFile::in_folder(&self.home)
    }
}

/// Findings, each told as it is made.
struct Report<'a, T> {
    installation: &'a Installation,
    tell: T,
    findings: Vec<Finding>,
}

impl<T: FnMut(&Finding)> Report<'_, T> {
    fn tell(&mut self, finding: Finding) {
        (self.tell)(&finding);
        self.findings.push(finding);
    }
}

/// Looks at everything; `tell` hears of each finding as it is made.
pub async fn examine(installation: &Installation, tell: impl FnMut(&Finding)) -> Vec<Finding> {
    let mut report = Report { installation, tell, findings: vec![] };
    for finding in home::look(installation) {
        report.tell(finding);
    }
    for finding in proxy::look(&installation.proxies) {
        report.tell(finding);
    }
    let store = store::look(&mut report).await;
    let finding = mail::look(installation.mail.as_ref(), store.as_ref()).await;
    report.tell(finding);
    if let Some(store) = store {
        sites::look(&mut report, &store).await;
    }
    report.findings
}
