//! People, workspaces, keys for programs, and what was done.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// People who can sign in, and those who are invited
    List,
    /// Invite somebody; the link with which they choose a password is printed once
    Add(UserAdd),
    /// Make a fresh link for somebody who lost theirs or forgot the password
    Invite(UserInvite),
    /// Change a name, and who looks after the server
    Edit(UserEdit),
    /// Close an account: its sessions and keys end now, and do not come back with it
    Deactivate(User),
    /// Open a closed account again
    Reactivate(User),
    /// What somebody sees and may do, in which workspace and by which role
    Access(User),
    /// Where somebody is signed in
    Sessions(User),
    /// Sign somebody out everywhere
    EndSessions(User),
    /// Let somebody of an identity provider sign in to an account
    Link(UserIdentity),
    /// Take such a link away
    Unlink(UserIdentity),
}

#[derive(Debug, Args)]
pub(crate) struct User {
    /// What they sign in as
    pub(crate) login: String,
}

/// Where the server is.
#[derive(Debug, Args)]
pub(crate) struct ServerAddress {
    /// The address of the server, as people type it, for the link
    #[arg(long, value_name = "URL", env = "WEIR_PUBLIC_URL", default_value = "http://127.0.0.1:8420")]
    pub(crate) public_url: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The link works once, for three days. Nothing is sent: give it to its owner yourself.
Example: weir user add ada@acme.com --workspace Payments --role editor")]
pub(crate) struct UserAdd {
    /// What they sign in as: an e-mail address or a short name
    pub(crate) login: String,
    /// The name that others see [default: what they sign in as]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The whole server is theirs to look after
    #[arg(long)]
    pub(crate) admin: bool,
    /// A workspace to be a member of
    #[arg(long, value_name = "NAME", requires = "role")]
    pub(crate) workspace: Option<String>,
    /// Their role there: viewer, editor, owner, access_auditor or admin; may be repeated
    #[arg(long, value_name = "ROLE", requires = "workspace")]
    pub(crate) role: Vec<String>,
    #[command(flatten)]
    pub(crate) server: ServerAddress,
}

#[derive(Debug, Args)]
pub(crate) struct UserInvite {
    /// What they sign in as
    pub(crate) login: String,
    #[command(flatten)]
    pub(crate) server: ServerAddress,
}

#[derive(Debug, Args)]
pub(crate) struct UserEdit {
    /// What they sign in as
    pub(crate) login: String,
    /// Another name for others to see
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The whole server is theirs to look after
    #[arg(long)]
    pub(crate) admin: bool,
    /// It is not any more
    #[arg(long, conflicts_with = "admin")]
    pub(crate) no_admin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserIdentity {
    /// What they sign in as here
    pub(crate) login: String,
    /// The provider, as its tokens name it
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: String,
    /// Who they are there: the provider's own id for them, never an e-mail address
    #[arg(long, value_name = "ID")]
    pub(crate) subject: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Workspaces {
    /// Workspaces by name
    List,
    /// Add a workspace
    Add {
        /// Its name
        name: String,
    },
    /// Give a workspace another name
    Rename {
        /// Its name
        name: String,
        /// The new one
        new: String,
    },
    /// Delete a workspace; integrations and their data stay
    Delete {
        /// Its name
        name: String,
        /// The name once more, to say that it is meant
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Who has which roles in it
    Members {
        /// Its name
        name: String,
    },
    /// Give somebody these roles, and no others, in it
    Grant {
        /// Its name
        name: String,
        /// What they sign in as
        login: String,
        /// viewer, editor, owner, access_auditor or admin; may be repeated
        #[arg(long, value_name = "ROLE", required = true)]
        role: Vec<String>,
    },
    /// Take somebody out of it
    Remove {
        /// Its name
        name: String,
        /// What they sign in as
        login: String,
    },
    /// Which integrations its members see
    Integrations {
        /// Its name
        name: String,
    },
    /// Let its members see integrations
    Map(Mapping),
    /// Hide integrations from its members
    Unmap(Mapping),
    /// Which workspaces see which integrations
    Mappings {
        /// Only integrations with this in their name
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only integrations that no workspace sees
        #[arg(long)]
        unmapped: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Mapping {
    /// The workspace's name
    pub(crate) name: String,
    /// Names of integrations
    #[arg(value_name = "INTEGRATION", required = true)]
    pub(crate) of: Vec<String>,
    /// Say what would follow, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApiKeys {
    /// Make a key; it is printed once
    Create(ApiKeyCreate),
    /// Keys, newest first; never the key itself
    List,
    /// Have a key let nobody in any more
    Revoke {
        /// Its id, as the list has it
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example: weir api-key create --scope read --name dashboard > key")]
pub(crate) struct ApiKeyCreate {
    /// What it is good for: read, write, ingest, satellite, scim or admin; may be repeated
    #[arg(long, value_name = "SCOPE", required = true)]
    pub(crate) scope: Vec<String>,
    /// Its name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The workspace that it stays in [default: the whole server]
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
    /// When it ends: 90d, or never
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub(crate) expires: String,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// At most this many lines
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) limit: u32,
    /// Only lines since: RFC 3339, a date, or an age such as 7d
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<String>,
    /// Only what begins so: user, session, key, member, workspace …
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only what this one did: what they sign in as, or the name of a key
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
}
