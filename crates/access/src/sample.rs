//! A small site for tests, with something of everything.

use weir_model::access::*;

pub(crate) const DAY: i64 = 86_400_000;
/// Now, in tests.
pub(crate) const NOW: i64 = 20_000 * DAY;

pub(crate) fn user(id: &str) -> User {
    User {
        id: id.into(),
        kind: UserKind::Person,
        state: UserState::Active,
        is_guest: false,
        is_managed: Some(true),
        has_second_factor: Some(true),
        last_active_at: Some(NOW - 3 * DAY),
    }
}

pub(crate) fn profile(user: &str, name: &str, email: &str) -> Fact {
    let (email, email_source) = (Some(email.to_owned()), Some(EmailSource::Site));
    Fact::Profile(Profile { user: user.into(), name: name.into(), login: None, email, email_source })
}

pub(crate) fn group(id: &str, name: &str) -> Fact {
    Fact::Group(Group { id: id.into(), name: name.into(), keeper: Keeper::Site, reach: Vec::new() })
}

pub(crate) fn member(group: &str, user: &str) -> Fact {
    Fact::Member(Member { group: group.into(), user: user.into(), direct: Certainty::Yes })
}

pub(crate) fn grant(id: &str, permission: &str, holder: Holder) -> Fact {
    Fact::Grant(Grant { scheme: "10000".into(), id: id.into(), permission: permission.into(), holder })
}

pub(crate) fn in_group(id: &str) -> Holder {
    Holder::Group { id: id.into() }
}

pub(crate) fn project(id: &str, key: &str, lead: &str) -> Project {
    Project {
        id: id.into(),
        key: key.into(),
        name: format!("Project {key}"),
        kind: "software".into(),
        style: ProjectStyle::CompanyManaged,
        category: None,
        lead: Some(lead.into()),
        state: ProjectState::Live,
        is_private: None,
    }
}

pub(crate) fn complete() -> Vec<Fact> {
    let parts = [
        Part::Users,
        Part::Groups,
        Part::Members,
        Part::AppRoles,
        Part::Categories,
        Part::Projects,
        Part::Roles,
        Part::RoleActors,
        Part::Permissions,
        Part::PermissionSchemes,
        Part::ProjectSchemes,
        Part::SecuritySchemes,
        Part::LevelHolders,
        Part::ProjectSecurity,
        Part::Globals,
    ];
    parts.map(|part| coverage(part, Outcome::Complete)).to_vec()
}

pub(crate) fn coverage(part: Part, outcome: Outcome) -> Fact {
    Fact::Coverage(Coverage { part, of: None, outcome, items: 0, expected: None, needs: None })
}

/// ENG, where Dana leads and the developers have a role; HR, which has the same scheme.
pub(crate) fn site() -> Vec<Fact> {
    let mut facts = complete();
    facts.push(Fact::Site(Site {
        url: "https://acme.example".into(),
        is_cloud: true,
        cloud_id: None,
        version: None,
    }));
    for (id, name) in [("u-dana", "Dana K."), ("u-eli", "Eli"), ("u-fay", "=Fay+1"), ("u-bot", "Robot")] {
        facts.push(profile(id, name, &format!("{id}@acme.example")));
    }
    facts.extend(["u-dana", "u-eli", "u-fay"].map(|id| Fact::User(user(id))));
    facts.push(Fact::User(User { kind: UserKind::Service, ..user("u-bot") }));
    facts.extend([
        group("g-devs", "jira-devs"),
        group("g-all", "jira-users"),
        group("g-admins", "jira-admins"),
    ]);
    facts.extend(["u-dana", "u-eli"].map(|id| member("g-devs", id)));
    facts.extend(["u-dana", "u-eli", "u-fay", "u-bot"].map(|id| member("g-all", id)));
    facts.push(member("g-admins", "u-dana"));
    facts.push(Fact::AppRole(AppRole {
        key: "jira-software".into(),
        name: "Jira Software".into(),
        groups: vec!["g-all".into()],
        default_groups: vec!["g-all".into()],
        seats: Some(10),
        used: Some(4),
    }));
    facts.push(Fact::Role(Role {
        id: "10".into(),
        name: "Developers".into(),
        project: None,
        is_system: false,
    }));
    let actor = Actor::Group { id: "g-devs".into() };
    facts.push(Fact::RoleActor(RoleActor { project: "1".into(), role: "10".into(), actor }));
    facts.push(Fact::PermissionScheme(PermissionScheme { id: "10000".into(), name: "Default".into() }));
    for (id, key) in [("1", "ENG"), ("2", "HR")] {
        facts.push(Fact::Project(project(id, key, "u-dana")));
        facts.push(Fact::UsesScheme(UsesScheme { project: id.into(), scheme: "10000".into() }));
    }
    for key in ["BROWSE_PROJECTS", "EDIT_ISSUES", "ADMINISTER_PROJECTS"] {
        let kind = PermissionKind::Project;
        facts.push(Fact::Permission(Permission { key: key.into(), name: key.to_lowercase(), kind }));
    }
    facts.push(grant("1", "BROWSE_PROJECTS", Holder::LoggedIn));
    facts.push(grant("2", "EDIT_ISSUES", Holder::ProjectRole { id: "10".into() }));
    facts.push(grant("3", "EDIT_ISSUES", Holder::Reporter));
    facts.push(grant("4", "ADMINISTER_PROJECTS", Holder::ProjectLead));
    let source = GlobalSource::Listed;
    facts.push(Fact::Global(Global {
        permission: "ADMINISTER".into(),
        holder: in_group("g-admins"),
        source,
    }));
    facts
}
