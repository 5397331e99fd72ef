//! The accounts that may sign in, their tokens, and what each of them sees.

use std::collections::BTreeMap;

use crate::time::Zone;

/// How much of the site an account sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// Every project, every security level.
    Everything,
    /// Every second project, and no issue with a security level.
    Half,
    /// No project at all.
    Nothing,
}

/// Somebody who can sign in. Accounts are the same in every world.
#[derive(Debug, Clone)]
pub struct Account {
    /// The address that Basic authentication names.
    pub email: &'static str,
    /// What the account sees.
    pub sees: Sees,
    /// Administrators may read configuration and comments restricted to administrators.
    pub admin: bool,
    /// The global permission `Browse users and groups`.
    pub browse_users: bool,
    /// Service accounts sign in at the gateway only, as Bearer or Basic.
    pub service: bool,
    pub(crate) zone: Zone,
    /// Projects that were granted or revoked since, by position.
    pub(crate) permits: BTreeMap<u16, bool>,
    /// Index of the account's person in the world.
    pub(crate) person: u32,
}

/// What a credential is, once it is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Unscoped,
    Scoped,
    /// Scoped, without the scopes of the Agile API.
    Narrow,
    Service,
}

impl Account {
    /// The login of the account on Data Center.
    pub fn login(&self) -> &str {
        self.local()
    }

    fn local(&self) -> &'static str {
        self.email.split('@').next().unwrap_or(self.email)
    }

    /// The token for the site's own address; on Data Center the personal access token.
    pub fn unscoped_token(&self) -> String {
        format!("sim-unscoped-{}", self.local())
    }

    /// The password of the account on Data Center.
    pub fn password(&self) -> String {
        format!("sim-password-{}", self.local())
    }

    /// The password of the account at the simulated AD FS, which knows it as `SIM\reader` or by its e-mail address.
    pub fn adfs_password(&self) -> String {
        format!("sim-adfs-{}", self.local())
    }

    /// The token for the gateway with every scope an ingester needs; for a service account its only token.
    pub fn scoped_token(&self) -> String {
        if self.service { "sim-service".to_owned() } else { format!("sim-scoped-{}", self.local()) }
    }

    /// The token for the gateway that lacks the scopes of the Agile API.
    pub fn narrow_token(&self) -> String {
        format!("sim-scoped-narrow-{}", self.local())
    }

    /// The account's profile time zone.
    pub fn time_zone(&self) -> &str {
        &self.zone.name
    }

    /// Members of the developers group may read what is restricted to it.
    pub(crate) fn developer(&self) -> bool {
        self.sees == Sees::Everything
    }

    pub(crate) fn token_kind(&self, token: &str) -> Option<TokenKind> {
        if self.service {
            return (token == "sim-service").then_some(TokenKind::Service);
        }
        if token == self.unscoped_token() {
            Some(TokenKind::Unscoped)
        } else if token == self.scoped_token() {
            Some(TokenKind::Scoped)
        } else {
            (token == self.narrow_token()).then_some(TokenKind::Narrow)
        }
    }
}

/// Name, first name and zone of every account, in the order of their people.
pub(crate) fn all() -> Vec<Account> {
    let account = |email, sees, admin, browse_users, service, zone, person| Account {
        email,
        sees,
        admin,
        browse_users,
        service,
        zone: Zone::load(zone),
        permits: BTreeMap::new(),
        person,
    };
    vec![
        account("admin@sim.example", Sees::Everything, true, true, false, "Europe/Berlin", 0),
        account("reader@sim.example", Sees::Everything, false, true, false, "America/Sao_Paulo", 1),
        account("partial@sim.example", Sees::Half, false, false, false, "Asia/Kolkata", 2),
        account("nobody@sim.example", Sees::Nothing, false, false, false, "Etc/UTC", 3),
        account("svc@sim.example", Sees::Everything, false, true, true, "America/New_York", 4),
    ]
}
