//! The scopes of operations about access, as the published OpenAPI document says (`x-atlassian-oauth2-scopes`; `security` where
//! that is all there is): the classic ones, or the granular ones, whose names go on with `:jira`. A token needs all of either.

/// Method, path with `*` for what differs, classic scopes, granular scopes.
type Row = (&'static str, &'static str, &'static [&'static str], Option<&'static [&'static str]>);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("GET", "myself", &["read:jira-user"], Some(&["read:application-role", "read:group", "read:user", "read:avatar"])),
    ("GET", "users", &["read:jira-user"], Some(&["read:user", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "users/search", &["read:jira-user"], Some(&["read:user", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "user", &["read:jira-user"], Some(&["read:application-role", "read:group", "read:user", "read:avatar"])),
    ("GET", "user/bulk", &["read:jira-user"], Some(&["read:application-role", "read:group", "read:user", "read:avatar"])),
    ("GET", "user/groups", &["read:jira-user"], Some(&["read:group"])),
    ("GET", "user/search", &["read:jira-user"], Some(&["read:user", "read:user.property", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "user/viewissue/search", &["read:jira-user"], Some(&["read:issue", "read:project", "read:user", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "user/assignable/search", &["read:jira-user"], Some(&["read:issue", "read:project", "read:user", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "user/permission/search", &["read:jira-user"], Some(&["read:issue", "read:project", "read:user", "read:application-role", "read:avatar", "read:group"])),
    ("GET", "user/properties", &["read:jira-user"], Some(&["read:user.property"])),
    ("GET", "user/properties/*", &["read:jira-user"], Some(&["read:user.property"])),
    ("PUT", "user/properties/*", &["write:jira-work"], Some(&["write:user.property"])),
    ("DELETE", "user/properties/*", &["write:jira-work"], Some(&["delete:user.property"])),
    ("POST", "user", &["manage:jira-configuration"], Some(&["write:user"])),
    ("DELETE", "user", &["manage:jira-configuration"], Some(&["write:user"])),
    ("GET", "group/bulk", &["read:jira-user"], Some(&["read:group"])),
    ("GET", "group/member", &["manage:jira-configuration"], Some(&["read:group", "read:user", "read:avatar"])),
    ("GET", "groups/picker", &["read:jira-user"], Some(&["read:group"])),
    ("POST", "group", &["manage:jira-configuration"], Some(&["read:group", "read:user", "write:group", "read:avatar"])),
    ("DELETE", "group", &["manage:jira-configuration"], Some(&["delete:group"])),
    ("POST", "group/user", &["manage:jira-configuration"], Some(&["write:group", "read:avatar", "read:group", "read:user"])),
    ("DELETE", "group/user", &["manage:jira-configuration"], Some(&["write:group"])),
    ("GET", "project/search", &["read:jira-work"], Some(&["read:issue-type", "read:project", "read:project.property", "read:user", "read:application-role", "read:avatar", "read:group", "read:issue-type-hierarchy", "read:project-category", "read:project-version", "read:project.component"])),
    ("GET", "project/*", &["read:jira-work"], Some(&["read:issue-type", "read:project", "read:project.property", "read:user", "read:application-role", "read:avatar", "read:group", "read:issue-type-hierarchy", "read:project-category", "read:project-version", "read:project.component"])),
    ("GET", "project/*/role", &["read:jira-work"], Some(&["read:project-role"])),
    ("GET", "project/*/role/*", &["read:jira-work"], Some(&["read:user", "read:group", "read:project-role", "read:project", "read:avatar", "read:project-category"])),
    ("POST", "project/*/role/*", &["manage:jira-configuration"], Some(&["read:user", "read:group", "read:project-role", "read:project", "write:project-role", "read:avatar", "read:project-category"])),
    ("DELETE", "project/*/role/*", &["manage:jira-project"], Some(&["delete:project-role"])),
    ("GET", "project/*/roledetails", &["read:jira-work"], Some(&["read:project-category", "read:project-role", "read:project", "read:avatar"])),
    ("GET", "project/*/permissionscheme", &["read:jira-work"], Some(&["read:application-role", "read:field", "read:group", "read:permission-scheme", "read:permission", "read:project-role", "read:user", "read:avatar", "read:project-category", "read:project"])),
    ("GET", "project/*/issuesecuritylevelscheme", &["read:jira-work"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "project/*/securitylevel", &["read:jira-work"], Some(&["read:issue-security-level"])),
    ("GET", "projectCategory", &["read:jira-work"], Some(&["read:project-category"])),
    ("GET", "role", &["manage:jira-configuration"], Some(&["read:user", "read:group", "read:project-role", "read:project", "read:avatar", "read:project-category"])),
    ("GET", "role/*", &["manage:jira-configuration"], Some(&["read:user", "read:group", "read:project-role", "read:project", "read:avatar", "read:project-category"])),
    ("GET", "permissionscheme", &["read:jira-work"], Some(&["read:application-role", "read:field", "read:group", "read:permission-scheme", "read:permission", "read:project-role", "read:user", "read:avatar", "read:project-category", "read:project"])),
    ("GET", "permissionscheme/*", &["read:jira-work"], Some(&["read:application-role", "read:field", "read:group", "read:permission-scheme", "read:permission", "read:project-role", "read:user", "read:avatar", "read:project-category", "read:project"])),
    ("GET", "permissionscheme/*/permission", &["read:jira-work"], Some(&["read:application-role", "read:field", "read:group", "read:permission", "read:project-role", "read:user"])),
    ("POST", "permissionscheme/*/permission", &["manage:jira-configuration"], Some(&["read:application-role", "read:field", "read:group", "read:permission", "read:project-role", "read:user", "write:permission"])),
    ("GET", "permissionscheme/*/permission/*", &["read:jira-work"], Some(&["read:application-role", "read:field", "read:group", "read:permission", "read:project-role", "read:user"])),
    ("DELETE", "permissionscheme/*/permission/*", &["manage:jira-configuration"], Some(&["delete:permission"])),
    ("GET", "issuesecurityschemes", &["manage:jira-project"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "issuesecurityschemes/search", &["manage:jira-configuration"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "issuesecurityschemes/level", &["manage:jira-configuration"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "issuesecurityschemes/level/member", &["manage:jira-configuration"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "issuesecurityschemes/project", &["manage:jira-configuration"], None),
    ("GET", "issuesecurityschemes/*", &["manage:jira-project"], Some(&["read:issue-security-level", "read:issue-security-scheme"])),
    ("GET", "issuesecurityschemes/*/members", &["manage:jira-configuration"], Some(&["read:field", "read:issue-security-level", "read:project-role", "read:user"])),
    ("GET", "applicationrole", &["manage:jira-configuration"], Some(&["read:application-role"])),
    ("GET", "applicationrole/*", &["manage:jira-configuration"], Some(&["read:application-role"])),
    ("GET", "permissions", &["manage:jira-configuration"], Some(&["read:permission"])),
    ("POST", "permissions/check", &[], Some(&["read:permission"])),
    ("POST", "permissions/project", &["read:jira-work"], Some(&["read:permission", "read:project"])),
    ("GET", "mypermissions", &["read:jira-work"], Some(&["read:permission"])),
    ("GET", "auditing/record", &["manage:jira-configuration"], Some(&["read:audit-log", "read:user"])),
    ("GET", "license/approximateLicenseCount", &["manage:jira-configuration"], Some(&["read:license"])),
    ("GET", "license/approximateLicenseCount/product/*", &["manage:jira-configuration"], Some(&["read:license"])),
    ("GET", "instance/license", &["manage:jira-configuration"], Some(&["read:license"])),
    ("GET", "field", &["read:jira-work"], Some(&["read:field", "read:avatar", "read:project-category", "read:project", "read:field-configuration"])),
];

/// What an operation needs: all of the classic scopes, or all of the granular ones.
pub(crate) struct Alternatives {
    pub(crate) classic: &'static [&'static str],
    granular: Option<&'static [&'static str]>,
}

impl Alternatives {
    /// Whether a token that has these scopes will do.
    pub(crate) fn met(&self, has: &dyn Fn(&str) -> bool) -> bool {
        let granular = |names: &[&str]| names.iter().all(|name| has(&format!("{name}:jira")));
        self.classic.iter().all(|name| has(name)) || self.granular.is_some_and(granular)
    }
}

/// The scopes of an operation about access; none for any other.
pub(crate) fn alternatives(method: &str, path: &str) -> Option<Alternatives> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let ["rest", "api", _, rest @ ..] = parts.as_slice() else { return None };
    let fits = |pattern: &str| {
        let wanted: Vec<&str> = pattern.split('/').collect();
        wanted.len() == rest.len()
            && wanted.iter().zip(rest).all(|(wanted, part)| *wanted == "*" || wanted == part)
    };
    let found = ROWS.iter().find(|(known, pattern, ..)| *known == method && fits(pattern))?;
    Some(Alternatives { classic: found.2, granular: found.3 })
}

/// Whether there is such a scope.
pub(crate) fn is_known(scope: &str) -> bool {
    ROWS.iter().any(|(_, _, classic, granular)| {
        let of = |name: &&str| scope.strip_suffix(":jira") == Some(name);
        classic.contains(&scope) || granular.is_some_and(|names| names.iter().any(of))
    })
}
