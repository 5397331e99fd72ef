//! People and programs that use the server: who they are, what they may, and what they did.

use crate::{AccountId, IntegrationId, KeyId, Millis, SessionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An enum whose values have words that stay: in the store, in the API, on the command line.
macro_rules! worded {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$each])* #[serde(rename = $word)] $value,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(UnknownWord)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// A word that stands for nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownWord;

worded!(
    /// What somebody may do in one workspace. One may have several.
    Role {
        /// Sees what is mapped to the workspace.
        Viewer = "viewer",
        /// Also starts runs, pauses, and changes how things are counted.
        Editor = "editor",
        /// Also connects, edits and deletes integrations.
        Owner = "owner",
        /// Sees who can do what in the tools, and the audit log.
        AccessAuditor = "access_auditor",
        /// Everything in the workspace, with its members and keys.
        Admin = "admin",
    }
);

worded!(
    /// What an API key is good for.
    KeyScope {
        /// Read what a viewer sees.
        Read = "read",
        /// Do what an owner does.
        Write = "write",
        /// Send records in.
        Ingest = "ingest",
        /// Be a satellite.
        Satellite = "satellite",
        /// Provision people.
        Scim = "scim",
        /// Do what an admin does.
        Admin = "admin",
    }
);

worded!(
    /// How pages look.
    Theme {
        /// As the viewer's system says.
        Auto = "auto",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
);

/// A person who can sign in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What is typed to sign in: an e-mail address or a name, in lower case.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// Whether everything on this server is theirs to manage.
    pub is_admin: bool,
    /// How pages look.
    pub theme: Theme,
    /// The IANA zone in which pages show times; UTC where none was chosen.
    pub timezone: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was closed, if it was.
    pub disabled_at: Option<Millis>,
    /// Whether there is something to sign in with: a password, or an identity elsewhere. Until then it is an invitation.
    pub can_sign_in: bool,
}

/// Who somebody is at an identity provider. Both parts together, and nothing else, tell people apart there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The provider, as its tokens name it.
    pub issuer: String,
    /// Who, as the provider names them; stays the same when a name or an e-mail address changes.
    pub subject: String,
}

/// A part of the organisation with its own members; integrations are mapped to it. On the pages: a project.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name, unique in the store.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
}

/// A role that somebody has in a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub workspace: WorkspaceId,
    /// What.
    pub role: Role,
}

/// Somebody who is signed in with a browser. The token itself is with the browser alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who.
    pub account: AccountId,
    /// When they signed in.
    pub created_at: Millis,
    /// When they were last seen.
    pub seen_at: Millis,
    /// When it ends whatever they do.
    pub expires_at: Millis,
    /// From which address.
    pub address: String,
    /// With which browser, as it says.
    pub agent: String,
    /// Whether it began at an identity provider, and what that calls its own session, where it said so.
    pub provider: Option<ProviderSession>,
    /// The workspace that they look at; `None` for all of theirs.
    pub workspace: Option<WorkspaceId>,
}

/// A session that began at an identity provider.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProviderSession {
    /// What the provider calls its own session (`sid`).
    pub sid: Option<String>,
}

/// A key for programs. The key itself was shown once and is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<KeyScope>,
    /// The workspace that it stays in; `None` for the whole server.
    pub workspace: Option<WorkspaceId>,
    /// Who made it; `None` for the command line.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Millis,
    /// When it ends.
    pub expires_at: Option<Millis>,
    /// When it was last used, to about a minute.
    pub used_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
    /// The end of the key, to tell keys apart.
    pub hint: String,
}

/// Which of the things in the store somebody may see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All, also what is mapped to no workspace.
    Everything,
    /// What is mapped to one of these.
    Workspaces(Vec<WorkspaceId>),
}

/// One line of the audit log: who did what to what, from where, and what came of it. Never a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEvent {
    /// When.
    pub at: Millis,
    /// Who, by kind: `account`, `key`, `command_line`, `stranger`.
    pub actor_kind: String,
    /// Who, by id.
    pub actor_id: Option<String>,
    /// Who, by name at that time.
    pub actor: String,
    /// What: `session.begin`, `key.create` and such.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The workspace it belongs to, where it belongs to one.
    pub workspace: Option<WorkspaceId>,
    /// The integration that it was done to, where it was one.
    pub integration: Option<IntegrationId>,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// From which address.
    pub address: String,
    /// With which request.
    pub request_id: String,
    /// More, by name; values that may be shown.
    pub detail: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_values_go_back_and_forth() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("access_auditor".parse(), Ok(Role::AccessAuditor));
        assert_eq!("root".parse::<Role>(), Err(UnknownWord));
    }
}
