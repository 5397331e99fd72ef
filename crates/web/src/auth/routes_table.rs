//! The table of who may do what, as a page for people: `docs/reference/authorization.md`. It is written from the routes and
//! from what the policy decides, and a test asks a running server for every cell of it.

use super::{
    policy::{Action, Decision, Place, decide},
    principal::{Principal, SignedIn},
    routes::{PlaceKind, ROUTES, Route, Who},
};
use std::fmt::Write as _;
use weir_model::{
    Account, AccountId, ApiKey, Entropy, KeyId, KeyScope, Millis, Role, Session, SessionId, Theme,
    WorkspaceId,
};

/// Where the thing is that a caller with a role in one workspace asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Placement {
    /// In the caller's workspace.
    Same,
    /// In another one.
    Other,
    /// In none.
    None,
}

impl Placement {
    pub(crate) const ALL: [Self; 3] = [Self::Same, Self::Other, Self::None];
}

/// A column: a kind of caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Column {
    Stranger,
    NoRole,
    Role(Role),
    ServerAdmin,
    Key(KeyScope),
    ServerKey(KeyScope),
}

impl Column {
    /// Every column, in the order of the page.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Stranger, Self::NoRole];
        all.extend(Role::ALL.iter().copied().map(Self::Role));
        all.push(Self::ServerAdmin);
        all.extend(KeyScope::ALL.iter().copied().map(Self::Key));
        all.extend(KeyScope::ALL.iter().copied().map(Self::ServerKey));
        all
    }

    fn name(self) -> String {
        match self {
            Self::Stranger => "stranger".into(),
            Self::NoRole => "no role".into(),
            Self::Role(role) => role.as_str().replace('_', " "),
            Self::ServerAdmin => "server admin".into(),
            Self::Key(scope) => format!("key: {scope}"),
            Self::ServerKey(scope) => format!("server key: {scope}"),
        }
    }
}

/// The placements that make a difference for a route.
pub(crate) fn placements(route: &Route) -> &'static [Placement] {
    match route.place {
        PlaceKind::Nowhere | PlaceKind::Own | PlaceKind::Server | PlaceKind::List => &[Placement::Same],
        // A workspace is the caller's or not.
        PlaceKind::Workspace => &[Placement::Same, Placement::Other],
        PlaceKind::Integration
        | PlaceKind::Run
        | PlaceKind::ApiKey
        | PlaceKind::Report
        | PlaceKind::Satellite
        | PlaceKind::KeyOfSatellite => &Placement::ALL,
    }
}

/// What the policy decides for a cell.
pub(crate) fn decided(route: &Route, column: Column, placement: Placement) -> Decision {
    let (own, other) = (workspace(1), workspace(2));
    let place = match (route.place, placement) {
        (PlaceKind::Nowhere | PlaceKind::Own, _) => Place::Own,
        (PlaceKind::Server, _) => Place::Server,
        (PlaceKind::List, _) => Place::List,
        (_, Placement::Same) => Place::Workspaces(vec![own]),
        (_, Placement::Other) => Place::Workspaces(vec![other]),
        (_, Placement::None) => Place::Workspaces(vec![]),
    };
    decide(&caller(column, own), route.who, route.action, &place)
}

/// The word of a decision in a cell.
pub(crate) fn word(route: &Route, decision: Decision) -> &'static str {
    let is_api = crate::http::answer::is_api(route.path);
    match decision {
        Decision::Allow => "yes",
        Decision::SignIn if is_api => "401",
        Decision::SignIn => "login",
        Decision::Refuse | Decision::NotForKeys => "403",
        Decision::Hide => "404",
    }
}

/// The page.
pub fn authorization_table() -> String {
    let mut page = String::from(INTRODUCTION);
    roles(&mut page);
    page.push_str("\n## Routes\n\n");
    let columns = Column::all();
    let names: Vec<String> = columns.iter().map(|column| column.name()).collect();
    // Writing to a string does not fail.
    _ = writeln!(page, "| Route | For | {} |", names.join(" | "));
    _ = writeln!(page, "|---|---|{}", "---|".repeat(columns.len()));
    for route in ROUTES {
        let cells: Vec<String> = columns.iter().map(|column| cell(route, *column)).collect();
        let who = match route.who {
            Who::Anyone => "anyone",
            Who::People => "people",
            Who::All => "all",
        };
        _ = writeln!(page, "| `{} {}` | {who} | {} |", route.method, route.path, cells.join(" | "));
    }
    page
}

/// What each role includes.
fn roles(page: &mut String) {
    let names: Vec<String> = Role::ALL.iter().map(|role| role.as_str().replace('_', " ")).collect();
    _ = writeln!(page, "## Roles\n\n| May | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for action in Action::ALL.into_iter().filter(|action| !matches!(action, Action::Public | Action::Own)) {
        let has = |role: &Role| if action.roles().contains(role) { "yes" } else { "" };
        let cells: Vec<&str> = Role::ALL.iter().map(has).collect();
        _ = writeln!(page, "| {} | {} |", action.words(), cells.join(" | "));
    }
}

fn cell(route: &Route, column: Column) -> String {
    let mut words: Vec<&str> =
        placements(route).iter().map(|placement| word(route, decided(route, column, *placement))).collect();
    if words.iter().all(|one| *one == words[0]) {
        words.truncate(1);
    }
    words.join(" / ")
}

const INTRODUCTION: &str = "\
# Who may do what

Written from the one table of routes and the one function that decides (`crates/web/src/auth`); a test asks a running server for
every cell. What is not in this table is refused.

A cell says what a caller gets: *yes*, *401* or *login* (sign in first), *403* (not with this role), *404* (not to be known of).
Where it matters whose the thing is, three answers stand in a cell: in the caller's workspace / in another one / in none; for
workspaces two: the caller's / another. Lists show what is within the caller's reach. What several workspaces share is changed
by those alone who may in each of them.

*For* says which callers a route is for at all: *people* with a browser, *all* (people, and programs with a key), *anyone*. A key
of a workspace has the scope named; a *server key* is one without a workspace. `HEAD` is as `GET`. Keys with the scope *read* may
what a viewer may, *write* what an owner may, *admin* what an admin may; the other scopes are for doors of their own.

";

/// A caller that stands for a column.
fn caller(column: Column, own: WorkspaceId) -> Principal {
    let key = |scope, workspace| {
        Principal::ApiKey(ApiKey {
            id: KeyId::generate(Millis(0), &Fixed(0)),
            name: String::new(),
            scopes: vec![scope],
            workspace,
            created_by: None,
            created_at: Millis(0),
            expires_at: None,
            used_at: None,
            revoked_at: None,
            hint: String::new(),
        })
    };
    match column {
        Column::Stranger => Principal::Stranger,
        Column::NoRole => person(false, vec![]),
        Column::Role(role) => person(false, vec![(own, role)]),
        Column::ServerAdmin => person(true, vec![]),
        Column::Key(scope) => key(scope, Some(own)),
        Column::ServerKey(scope) => key(scope, None),
    }
}

fn person(is_admin: bool, roles: Vec<(WorkspaceId, Role)>) -> Principal {
    let id = AccountId::generate(Millis(0), &Fixed(0));
    let account = Account {
        id,
        login: String::new(),
        name: String::new(),
        is_admin,
        theme: Theme::Auto,
        timezone: None,
        created_at: Millis(0),
        disabled_at: None,
        can_sign_in: true,
    };
    let session = Session {
        id: SessionId::generate(Millis(0), &Fixed(0)),
        account: id,
        created_at: Millis(0),
        seen_at: Millis(0),
        expires_at: Millis(0),
        address: String::new(),
        agent: String::new(),
        provider: None,
        workspace: None,
    };
    Principal::Session(SignedIn { account, session, roles, workspaces: vec![], form_token: String::new() })
}

fn workspace(n: u8) -> WorkspaceId {
    WorkspaceId::generate(Millis(0), &Fixed(n))
}

/// The same byte again and again.
struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}
