//! Who may use whom among our crates, as ARCHITECTURE.md draws it.

use crate::workspace::{Dependency, Workspace};
use anyhow::{Result, bail};

/// A crate and the crates of ours that it may use.
type Edges = (&'static str, &'static [&'static str]);

const ALLOWED: &[Edges] = &[
    ("jira-sim", &[]),
    ("weir-model", &[]),
    ("weir-vault", &[]),
    ("weir-http", &[]),
    ("weir-metrics", &["weir-model"]),
    ("weir-access", &["weir-model"]),
    ("weir-store", &["weir-model"]),
    ("weir-source", &["weir-http", "weir-model"]),
    ("weir-notify", &["weir-http", "weir-model"]),
    (
        "weir-ingest",
        &["weir-source", "weir-store", "weir-vault", "weir-metrics", "weir-notify", "weir-model"],
    ),
    ("weir-satellite", &["weir-source", "weir-http", "weir-vault", "weir-model"]),
    (
        "weir-web",
        &[
            "weir-ingest",
            "weir-store",
            "weir-metrics",
            "weir-access",
            "weir-notify",
            "weir-http",
            "weir-vault",
            "weir-model",
        ],
    ),
    (
        "weir",
        &[
            "jira-sim",
            "weir-access",
            "weir-http",
            "weir-ingest",
            "weir-metrics",
            "weir-model",
            "weir-notify",
            "weir-satellite",
            "weir-source",
            "weir-store",
            "weir-vault",
            "weir-web",
        ],
    ),
    ("weir-testkit", &["weir-model", "weir-store"]),
    ("xtask", &[]),
];

/// What tests of any crate may use besides, except the crates that must stay strangers to ours.
const FOR_TESTS: &[&str] = &["weir-testkit", "jira-sim"];
const STRANGERS: &[&str] = &["jira-sim", "xtask"];

/// Fails on any other edge.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            wrong.push(format!("{} is not in the table of allowed edges", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = ALLOWED.iter().any(|(name, _)| *name == dependency.name);
            if ours && !is_allowed(&package.name, allowed, dependency) {
                let kind = dependency.kind.as_deref().map(|kind| format!(" ({kind})")).unwrap_or_default();
                wrong.push(format!("{} may not use {}{kind}", package.name, dependency.name));
            }
        }
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

fn is_allowed(package: &str, allowed: &[&str], dependency: &Dependency) -> bool {
    let for_tests = dependency.kind.as_deref() == Some("dev")
        && FOR_TESTS.contains(&dependency.name.as_str())
        && !STRANGERS.contains(&package);
    for_tests || allowed.contains(&dependency.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn checked(package: &str, dependency: &str, kind: Option<&str>) -> Result<()> {
        let dependency = Dependency { name: dependency.into(), kind: kind.map(Into::into) };
        let package = Package { name: package.into(), dependencies: vec![dependency] };
        check(&Workspace { root: "/".into(), target: "/".into(), packages: vec![package] })
    }

    #[test]
    fn only_drawn_edges_pass() {
        checked("weir-source", "weir-http", None).unwrap();
        checked("weir-source", "serde", None).unwrap();
        assert!(checked("weir-source", "weir-store", None).is_err());
        assert!(checked("weir-model", "weir-http", None).is_err());
        assert!(checked("weir-model", "weir-http", Some("dev")).is_err());
    }

    #[test]
    fn the_test_crates_are_for_tests_only() {
        checked("weir-store", "weir-testkit", Some("dev")).unwrap();
        assert!(checked("weir-store", "weir-testkit", None).is_err());
        assert!(checked("weir", "weir-testkit", None).is_err());
        assert!(checked("weir-store", "weir-testkit", Some("build")).is_err());
    }

    #[test]
    fn the_oracles_use_nothing_of_ours_even_in_tests() {
        assert!(checked("jira-sim", "weir-testkit", Some("dev")).is_err());
        assert!(checked("xtask", "jira-sim", Some("dev")).is_err());
    }

    #[test]
    fn a_new_crate_must_be_placed_first() {
        assert!(checked("weir-somewhere", "serde", None).is_err());
    }
}
