//! What is looked for, as data: a file of JSON or YAML has this form. Rules that hold where nobody gave others come with the
//! program.

use serde::{Deserialize, Serialize};
use weir_model::PlainDate;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// What is looked for in accounts, groups and grants; each check that is not named is not made.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// What nobody shall have together.
    #[serde(default)]
    pub separation: Vec<Separation>,
}

/// One check with its thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Which.
    pub check: CheckId,
    /// How bad it is.
    pub severity: Severity,
    /// The controls that it is evidence for.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Days without activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// How many there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
    /// Which share of the active accounts there may be, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The permissions that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    /// The domains of e-mail that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// The checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    /// A permission is given to everybody, also who is not signed in.
    PublicPermission,
    /// Somebody administers the site without a second factor.
    AdministratorWithoutSecondFactor,
    /// A guest, or an account that the organisation does not own, administers the site.
    OutsideAdministrator,
    /// A program administers the site.
    ServiceAdministrator,
    /// More administer the site than `most`, and more than `share` of the active accounts.
    ManyAdministrators,
    /// One of `permissions` is given to everybody who is signed in, to an application, or to a group with more than `share` of the
    /// active accounts and more than `most`.
    BroadPermission,
    /// A customer is in a group that gives something besides.
    CustomerInside,
    /// No person is known who has the account.
    NoPerson,
    /// An account that cannot sign in is still in groups that give something, in roles, or named by grants.
    InactiveWithAccess,
    /// An active account was not seen for `days`.
    Dormant,
    /// An active account may use an application and was never seen.
    NeverActive,
    /// An active account that may use an application has an e-mail of one of `domains`.
    PersonalMail,
    /// A role or a grant names an account or a group that is gone.
    NamedAndGone,
    /// The lead of a live project cannot sign in.
    LeadInactive,
    /// A grant names one account.
    DirectGrant,
    /// A group gives something and nobody is in it.
    EmptyGroupWithGrant,
    /// A group gives nothing.
    UnusedGroup,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// At once.
    Critical,
    /// Soon.
    High,
    /// In time.
    Medium,
    /// When somebody comes by.
    Low,
}

/// Two things that nobody shall have together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Separation {
    /// What findings call it by.
    pub id: String,
    /// What it forbids.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// The controls that it is evidence for.
    #[serde(default)]
    pub controls: Vec<String>,
    /// Where the two must meet.
    pub scope: Scope,
    /// The one.
    pub one: Entitlements,
    /// The other.
    pub other: Entitlements,
    /// Who may all the same.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// Where two things must meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// In one project.
    SameProject,
    /// In projects of one category; a project without one is alone.
    SameCategory,
    /// Anywhere.
    Any,
}

/// Any of these: a permission, a role in a project, or a place in a group. What counts everywhere counts in each project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entitlements {
    /// Permissions by key.
    pub permissions: Vec<String>,
    /// Roles by name.
    pub roles: Vec<String>,
    /// Groups by name or id.
    pub groups: Vec<String>,
    /// In projects with these keys alone.
    pub projects: Vec<String>,
    /// In projects of these categories alone, by name or id.
    pub categories: Vec<String>,
    /// In projects of these kinds alone.
    pub kinds: Vec<String>,
}

/// Somebody who may all the same, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Who, by account id.
    pub user: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, in UTC.
    pub until: PlainDate,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// The rules that hold where nobody gave others.
const DEFAULT: &str = include_str!("default_rules.json");

impl Default for Rules {
    fn default() -> Self {
        serde_json::from_str(DEFAULT).unwrap_or(Self { checks: Vec::new(), separation: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_come_with_the_program_can_be_read() {
        let rules: Rules = serde_json::from_str(DEFAULT).unwrap();
        assert_eq!((rules.checks.len(), rules.separation.len()), (17, 4));
        assert!(rules.separation.iter().all(|rule| !rule.controls.is_empty()));
        assert!(rules.checks.iter().all(|check| !check.controls.is_empty()));
        let wrong = DEFAULT.replacen("\"days\"", "\"dayz\"", 1);
        assert!(serde_json::from_str::<Rules>(&wrong).unwrap_err().to_string().contains("dayz"));
    }
}
