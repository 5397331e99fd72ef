//! The one place that decides who may do what. Whatever is not granted here is refused.

use super::{
    principal::{Principal, SignedIn},
    routes::Who,
};
use weir_model::{AccessFault, ApiKey, KeyScope, Message, Reach, Role, WorkspaceId};

/// What a route does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Action {
    /// What strangers may do.
    Public,
    /// What everybody who is known may do with what is theirs.
    Own,
    /// See what is mapped to a workspace.
    Read,
    /// See who can do what in the tools.
    ReadAccess,
    /// See the audit log.
    ReadAudit,
    /// See the figures of the server's own work.
    ReadMetrics,
    /// Start runs, pause, change how things are counted.
    Change,
    /// Connect, edit and delete integrations.
    Connect,
    /// Look after a workspace, its members and its keys.
    Manage,
    /// Look after the whole server.
    Serve,
    /// Be a satellite: programs alone, with a key for just that.
    Satellite,
    /// Push people and groups: programs alone, with a key for just that.
    Provision,
}

impl Action {
    /// Every action.
    pub(crate) const ALL: [Self; 12] = [
        Self::Public,
        Self::Own,
        Self::Read,
        Self::ReadAccess,
        Self::ReadAudit,
        Self::ReadMetrics,
        Self::Change,
        Self::Connect,
        Self::Manage,
        Self::Serve,
        Self::Satellite,
        Self::Provision,
    ];

    /// The roles that include it. For what is the server's, the role must be one on the whole server.
    pub(crate) fn roles(self) -> &'static [Role] {
        use Role::{AccessAuditor, Admin, Editor, Owner, Viewer};
        match self {
            Self::Public | Self::Own => Role::ALL,
            Self::Read | Self::ReadMetrics => &[Viewer, Editor, Owner, AccessAuditor, Admin],
            Self::ReadAccess | Self::ReadAudit => &[AccessAuditor, Admin],
            Self::Change => &[Editor, Owner, Admin],
            Self::Connect => &[Owner, Admin],
            Self::Manage | Self::Serve => &[Admin],
            Self::Satellite | Self::Provision => &[],
        }
    }

    /// Whether it leaves everything as it is.
    fn only_reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadAccess | Self::ReadAudit | Self::ReadMetrics)
    }

    /// Its stable word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Own => "own",
            Self::Read => "read",
            Self::ReadAccess => "read_access",
            Self::ReadAudit => "read_audit",
            Self::ReadMetrics => "read_metrics",
            Self::Change => "change",
            Self::Connect => "connect",
            Self::Manage => "manage",
            Self::Serve => "serve",
            Self::Satellite => "satellite",
            Self::Provision => "provision",
        }
    }

    /// What it is, as part of a sentence.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Public => "look at this",
            Self::Own => "look at what is yours",
            Self::Read => "see this workspace",
            Self::ReadAccess => "see who has access to what",
            Self::ReadAudit => "see the audit log",
            Self::ReadMetrics => "see the metrics of the server",
            Self::Change => "start, pause or change this",
            Self::Connect => "connect or change integrations",
            Self::Manage => "look after this workspace, its members and keys",
            Self::Serve => "look after this server",
            Self::Satellite => "be a satellite",
            Self::Provision => "provision people and groups",
        }
    }
}

/// Whose the thing is that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Nobody's, or the caller's own.
    Own,
    /// The server's.
    Server,
    /// Not one thing: what there is within reach.
    List,
    /// These workspaces'; none where it is mapped to none, or does not exist.
    Workspaces(Vec<WorkspaceId>),
}

/// What comes of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    /// Go on.
    Allow,
    /// A stranger asks; signing in may help.
    SignIn,
    /// Not with these roles, and the caller knows that the thing is there.
    Refuse,
    /// Not with these roles, and the caller must not learn whether the thing is there.
    Hide,
    /// Only people do this, and it is a key that asks.
    NotForKeys,
}

/// Decides.
pub(crate) fn decide(principal: &Principal, who: Who, action: Action, place: &Place) -> Decision {
    if who == Who::Anyone {
        return if action == Action::Public { Decision::Allow } else { Decision::SignIn };
    }
    match principal {
        Principal::Stranger => Decision::SignIn,
        Principal::ApiKey(_) if who == Who::People => Decision::NotForKeys,
        Principal::Session(_) | Principal::ApiKey(_) => of_somebody(principal, action, place),
    }
}

fn of_somebody(principal: &Principal, action: Action, place: &Place) -> Decision {
    if let Some(door) = door(action) {
        return match principal {
            Principal::ApiKey(key) if key.scopes.contains(&door) => Decision::Allow,
            _ => Decision::Refuse,
        };
    }
    let everywhere = includes(&server_roles(principal), action);
    let granted = |action: Action, place: &WorkspaceId| includes(&roles_in(principal, place), action);
    let sees_all = includes(&server_roles(principal), Action::Read);
    let allowed = match place {
        Place::Own => action == Action::Own,
        Place::Server => everywhere,
        Place::List => everywhere || workspaces(principal).iter().any(|one| granted(action, one)),
        Place::Workspaces(_) if everywhere => true,
        Place::Workspaces(all) if action.only_reads() => all.iter().any(|one| granted(action, one)),
        // What several workspaces share is changed by those alone who may in each of them.
        Place::Workspaces(all) => !all.is_empty() && all.iter().all(|one| granted(action, one)),
    };
    match place {
        _ if allowed => Decision::Allow,
        Place::Workspaces(all) if !sees_all && !all.iter().any(|one| granted(Action::Read, one)) => {
            Decision::Hide
        }
        _ => Decision::Refuse,
    }
}

/// The scope of the keys that alone open the door for this, where it is one for programs.
fn door(action: Action) -> Option<KeyScope> {
    match action {
        Action::Satellite => Some(KeyScope::Satellite),
        Action::Provision => Some(KeyScope::Scim),
        _ => None,
    }
}

/// The same for something that a handler meets on its way: a workspace that a request names in its body, say.
///
/// # Errors
/// What is to be told to the caller.
pub(crate) fn check(principal: &Principal, action: Action, place: &Place) -> Result<(), Message> {
    told(decide(principal, Who::All, action, place), action)
}

/// What is told of a decision.
pub(crate) fn told(decision: Decision, action: Action) -> Result<(), Message> {
    match decision {
        Decision::Allow => Ok(()),
        Decision::SignIn => Err(Message::SignInNeeded {}),
        Decision::Refuse => Err(refused(action).into()),
        Decision::NotForKeys => Err(AccessFault::NotForKeys { action: action.words().to_owned() }.into()),
        Decision::Hide => Err(Message::PageUnknown {}),
    }
}

/// What is told of a refusal where nothing more is known of what was asked for.
pub(crate) fn refused(action: Action) -> AccessFault {
    let whom = match action {
        Action::Serve | Action::ReadMetrics | Action::Satellite | Action::Provision => {
            "an administrator of this server"
        }
        _ => "an administrator of the workspace",
    };
    AccessFault::Refused { action: action.words().to_owned(), whom: whom.to_owned() }
}

/// How somebody stands to one of the workspaces that share something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Their roles in it include the action.
    May,
    /// They see it, and no more.
    Sees,
    /// They must not learn of it.
    Hidden,
}

/// How somebody stands to a workspace when they want to do this.
pub(crate) fn standing(principal: &Principal, action: Action, workspace: &WorkspaceId) -> Standing {
    let granted = |action| {
        includes(&server_roles(principal), action) || includes(&roles_in(principal, workspace), action)
    };
    match (granted(action), granted(Action::Read)) {
        (true, _) => Standing::May,
        (false, true) => Standing::Sees,
        (false, false) => Standing::Hidden,
    }
}

/// What a list for this action may show.
pub(crate) fn reach(principal: &Principal, action: Action) -> Reach {
    if includes(&server_roles(principal), action) {
        return Reach::Everything;
    }
    let mut within = workspaces(principal);
    within.retain(|one| includes(&roles_in(principal, one), action));
    Reach::Workspaces(within)
}

/// What a list on a page shows: what is within reach, and of that what is mapped to the workspace that somebody has chosen.
pub(crate) fn viewed(principal: &Principal, action: Action) -> Reach {
    let within = reach(principal, action);
    let chosen = match principal {
        Principal::Session(signed_in) => signed_in.session.workspace,
        _ => None,
    };
    match (chosen, &within) {
        (Some(chosen), Reach::Everything) => Reach::Workspaces(vec![chosen]),
        (Some(chosen), Reach::Workspaces(all)) if all.contains(&chosen) => Reach::Workspaces(vec![chosen]),
        // A role that was taken meanwhile takes its workspace along.
        _ => within,
    }
}

/// Whether there is anything that somebody may do this with.
pub(crate) fn may_somewhere(principal: &Principal, action: Action) -> bool {
    match reach(principal, action) {
        Reach::Everything => true,
        Reach::Workspaces(within) => !within.is_empty(),
    }
}

/// Whether everything on the server is somebody's to see.
pub(crate) fn sees_server(principal: &Principal) -> bool {
    reach(principal, Action::Read) == Reach::Everything
}

/// Whether the whole server is somebody's to look after.
pub(crate) fn looks_after_server(principal: &Principal) -> bool {
    decide(principal, Who::All, Action::Serve, &Place::Server) == Decision::Allow
}

fn includes(roles: &[Role], action: Action) -> bool {
    roles.iter().any(|role| action.roles().contains(role))
}

/// Those of somebody's roles by which they may do this, on the whole server or in one workspace; none where they may not. What
/// everybody may is no matter of roles.
pub(crate) fn granting(action: Action, roles: &[Role], is_server: bool) -> Vec<Role> {
    let needs_role = match action {
        Action::Public | Action::Own => false,
        Action::Serve | Action::ReadMetrics => is_server,
        _ => true,
    };
    roles.iter().copied().filter(|role| needs_role && action.roles().contains(role)).collect()
}

/// Roles on the whole server.
fn server_roles(principal: &Principal) -> Vec<Role> {
    match principal {
        Principal::Session(SignedIn { account, .. }) if account.is_admin => vec![Role::Admin],
        Principal::ApiKey(key) if key.workspace.is_none() => roles_of(key),
        _ => vec![],
    }
}

/// Roles in one workspace.
fn roles_in(principal: &Principal, workspace: &WorkspaceId) -> Vec<Role> {
    match principal {
        Principal::Session(SignedIn { roles, .. }) => {
            roles.iter().filter(|(place, _)| place == workspace).map(|(_, role)| *role).collect()
        }
        Principal::ApiKey(key) if key.workspace == Some(*workspace) => roles_of(key),
        _ => vec![],
    }
}

/// The workspaces that somebody has a role in.
fn workspaces(principal: &Principal) -> Vec<WorkspaceId> {
    let mut all = match principal {
        Principal::Session(SignedIn { roles, .. }) => roles.iter().map(|(place, _)| *place).collect(),
        Principal::ApiKey(key) => key.workspace.into_iter().collect(),
        Principal::Stranger => vec![],
    };
    all.sort();
    all.dedup();
    all
}

/// What the scopes of a key amount to.
fn roles_of(key: &ApiKey) -> Vec<Role> {
    let role = |scope: &KeyScope| match scope {
        KeyScope::Read => Some(Role::Viewer),
        KeyScope::Write => Some(Role::Owner),
        KeyScope::Admin => Some(Role::Admin),
        // These have doors of their own.
        KeyScope::Ingest | KeyScope::Satellite | KeyScope::Scim => None,
    };
    key.scopes.iter().filter_map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_let_in_nowhere_but_where_everybody_is() {
        for action in Action::ALL {
            for place in [Place::Own, Place::Server, Place::List, Place::Workspaces(vec![])] {
                for who in [Who::All, Who::People] {
                    assert_eq!(decide(&Principal::Stranger, who, action, &place), Decision::SignIn);
                }
                let anyone = decide(&Principal::Stranger, Who::Anyone, action, &place);
                assert_eq!(anyone == Decision::Allow, action == Action::Public, "{action:?}");
            }
        }
    }
}
