//! What kind of site a chore is run against, and how one signs in there.

use anyhow::{Result, ensure};
use base64::Engine;

/// The simulated product and its switches.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Site {
    /// Which product it is
    #[arg(long, value_enum, default_value_t = Flavor::Cloud)]
    pub(crate) flavor: Flavor,
    /// The version of Data Center
    #[arg(long, value_enum, default_value_t = DcVersion::V10_3)]
    pub(crate) dc_version: DcVersion,
    /// Data Center: ids that say nothing about the age of issues
    #[arg(long)]
    pub(crate) shuffled_ids: bool,
    /// Data Center: two nodes with an index each, the second one half a minute behind
    #[arg(long)]
    pub(crate) two_nodes: bool,
}

/// A product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub(crate) enum Flavor {
    /// Jira Cloud.
    #[default]
    Cloud,
    /// Jira Data Center.
    Dc,
}

/// A version of Data Center.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub(crate) enum DcVersion {
    #[value(name = "8.20")]
    V8_20,
    #[value(name = "9.12")]
    V9_12,
    #[default]
    #[value(name = "10.3")]
    V10_3,
    #[value(name = "11")]
    V11,
}

impl DcVersion {
    /// All of them; as many as there are zones in `verify-edits`.
    pub(crate) const ALL: [Self; 4] = [Self::V8_20, Self::V9_12, Self::V10_3, Self::V11];

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::V8_20 => "8.20",
            Self::V9_12 => "9.12",
            Self::V10_3 => "10.3",
            Self::V11 => "11",
        }
    }

    /// Half of the versions are served beneath a context path, as many a site is.
    fn has_context_path(self) -> bool {
        matches!(self, Self::V9_12 | Self::V11)
    }
}

impl Site {
    /// How far the index of the slowest node is behind, in milliseconds.
    pub(crate) fn node_lag(self) -> u64 {
        if self.two_nodes { 30_000 } else { 0 }
    }

    /// The simulator's flags.
    pub(crate) fn flags(self) -> Result<Vec<&'static str>> {
        if self.flavor == Flavor::Cloud {
            ensure!(!self.shuffled_ids && !self.two_nodes, "only Data Center has shuffled ids and nodes");
            return Ok(Vec::new());
        }
        let mut flags = vec!["--flavor", "dc", "--dc-version", self.dc_version.word()];
        if self.dc_version.has_context_path() {
            flags.extend(["--context-path", "/jira"]);
        }
        if self.shuffled_ids {
            flags.extend(["--ids", "shuffled"]);
        }
        if self.two_nodes {
            flags.extend(["--nodes", "2", "--node-lag", "30s"]);
        }
        Ok(flags)
    }

    /// How many requests a sync, and so its floor, has in flight at most.
    pub(crate) fn in_flight(self) -> u32 {
        match self.flavor {
            Flavor::Cloud => 8,
            Flavor::Dc => 4,
        }
    }

    /// The kind of token with which one usually signs in.
    pub(crate) fn usual_token(self) -> TokenKind {
        match self.flavor {
            Flavor::Cloud => TokenKind::Unscoped,
            Flavor::Dc => TokenKind::Pat,
        }
    }

    /// Its name in reports; empty for Cloud.
    pub(crate) fn name(self) -> String {
        let mut name = match self.flavor {
            Flavor::Cloud => return String::new(),
            Flavor::Dc => format!("dc-{}", self.dc_version.word()),
        };
        if self.shuffled_ids {
            name.push_str("-shuffled");
        }
        if self.two_nodes {
            name.push_str("-nodes");
        }
        name
    }
}

/// An account of the simulator with a credential, by the kinds of credential there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum TokenKind {
    /// Works at the site's own address.
    Unscoped,
    /// Works at the gateway only.
    Scoped,
    /// A service account's; works at the gateway only and brings its own account.
    Service,
    /// A personal access token of Data Center.
    Pat,
    /// User name and password, on Data Center.
    Password,
}

/// What the account may see.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Account {
    /// Everything.
    Admin,
    /// Every live project.
    Reader,
    /// A part of the projects, no secured issues, no list of users.
    Partial,
}

/// What to sign in with.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    /// The account's e-mail address, by which the truth knows it.
    pub(crate) email: String,
    kind: TokenKind,
    secret: String,
}

impl Credential {
    /// The fixed credential of an account. A service account's token decides the account by itself.
    pub(crate) fn of(account: Account, kind: TokenKind) -> Result<Self> {
        let name = match account {
            Account::Admin => "admin",
            Account::Reader => "reader",
            Account::Partial => "partial",
        };
        let (name, secret) = match kind {
            TokenKind::Unscoped | TokenKind::Pat => (name, format!("sim-unscoped-{name}")),
            TokenKind::Scoped => (name, format!("sim-scoped-{name}")),
            TokenKind::Password => (name, format!("sim-password-{name}")),
            TokenKind::Service => {
                ensure!(
                    account == Account::Reader,
                    "the service token has its own account; leave --account out"
                );
                ("svc", "sim-service".to_owned())
            }
        };
        Ok(Self { email: format!("{name}@sim.example"), kind, secret })
    }

    /// What belongs into the file that a flag names.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    fn login(&self) -> &str {
        self.email.split('@').next().unwrap_or(&self.email)
    }

    /// The flags of `weir integration add jira`, with the file that holds the secret.
    pub(crate) fn flags<'a>(&'a self, file: &'a str) -> Vec<&'a str> {
        match self.kind {
            TokenKind::Pat => vec!["--pat-file", file],
            TokenKind::Password => vec!["--username", self.login(), "--password-file", file],
            _ => vec!["--email", &self.email, "--token-file", file],
        }
    }

    /// The header with which requests are sent again.
    pub(crate) fn authorization(&self) -> String {
        let name = match self.kind {
            TokenKind::Pat => return format!("Bearer {}", self.secret),
            TokenKind::Password => self.login(),
            _ => &self.email,
        };
        let pair = format!("{name}:{}", self.secret);
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_credential_has_its_flags_and_its_header() {
        let of = |kind| Credential::of(Account::Reader, kind).unwrap();
        assert_eq!(of(TokenKind::Pat).flags("f"), ["--pat-file", "f"]);
        assert_eq!(of(TokenKind::Pat).authorization(), "Bearer sim-unscoped-reader");
        let password = of(TokenKind::Password);
        assert_eq!(password.flags("f"), ["--username", "reader", "--password-file", "f"]);
        assert_eq!(password.authorization(), "Basic cmVhZGVyOnNpbS1wYXNzd29yZC1yZWFkZXI=");
        let cloud = of(TokenKind::Unscoped);
        assert_eq!(cloud.flags("f"), ["--email", "reader@sim.example", "--token-file", "f"]);
        assert!(cloud.authorization().starts_with("Basic "));
    }

    #[test]
    fn switches_of_data_center_are_refused_for_cloud() {
        assert!(Site::default().flags().unwrap().is_empty());
        assert!(Site { two_nodes: true, ..Site::default() }.flags().is_err());
        let site = Site { flavor: Flavor::Dc, shuffled_ids: true, ..Site::default() };
        assert_eq!(site.flags().unwrap(), ["--flavor", "dc", "--dc-version", "10.3", "--ids", "shuffled"]);
        assert_eq!(site.name(), "dc-10.3-shuffled");
    }
}
