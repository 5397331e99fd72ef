//! The truth of access is what the operations give, read in full by a reader that knows nothing but them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::collections::BTreeSet;

use jira_sim::{AccessSpec, DcVersion, Fault, Flavor, SimOptions};
use serde_json::Value;
use support::access::*;
use support::*;

#[tokio::test]
async fn a_reader_of_cloud_finds_what_is_true_for_an_administrator() {
    for seed in [1, 2] {
        let sim = site(Flavor::Cloud, SMALL, seed, SimOptions::default()).await;
        let admin = client(&sim, ADMIN);
        let read = Reader::new(&admin, false).read().await;
        same(&read, &lines(&sim.world().access_truth(Some(ADMIN)).unwrap()));
    }
}

#[tokio::test]
async fn a_reader_of_each_data_center_finds_what_is_true_for_an_administrator() {
    for version in VERSIONS {
        let sim = data_center(version).await;
        let admin = token(&sim, ADMIN);
        let read = Reader::new(&admin, true).read().await;
        same(&read, &lines(&sim.world().access_truth(Some(ADMIN)).unwrap()));
    }
}

/// What passes by itself when it is asked again.
const PASSING: [&str; 13] = [
    "rate_bare",
    "error_500",
    "error_502",
    "error_503",
    "error_504",
    "html_503",
    "empty_200",
    "login_html",
    "reset",
    "reset_body",
    "cut",
    "cut_chunked",
    "unauthorized",
];

#[tokio::test]
async fn a_reader_who_asks_again_finds_the_truth_whatever_breaks_meanwhile() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let sim = site(flavor, SMALL, 4, SimOptions::default()).await;
        for (at, kind) in PASSING.into_iter().enumerate() {
            let words = format!("{kind},after={at},every={},count=null", 23 + at);
            sim.add_fault(Fault::parse(&words).unwrap());
        }
        let is_dc = flavor != Flavor::Cloud;
        let admin = if is_dc { token(&sim, ADMIN) } else { client(&sim, ADMIN) };
        let read = Reader::new(&admin, is_dc).read().await;
        same(&read, &lines(&sim.world().access_truth(Some(ADMIN)).unwrap()));
        let served: u64 = sim.stats().requests;
        assert!(served > 300, "{served}");
    }
}

#[test]
fn equal_specs_make_equal_access_and_it_needs_no_issues() {
    let spec = |seed| jira_sim::WorldSpec { seed, access: Some(SMALL), ..jira_sim::WorldSpec::sized(0) };
    let make = |seed| jira_sim::World::generate(spec(seed)).access_truth(None).unwrap();
    assert_eq!(make(5), make(5));
    assert_ne!(lines(&make(5)), lines(&make(6)));
}

#[test]
fn a_large_site_is_made_at_once_and_holds_every_case() {
    let access = AccessSpec::parse("users=10000,projects=2000,groups=500").unwrap();
    let begun = std::time::Instant::now();
    let spec = jira_sim::WorldSpec { access: Some(access), ..jira_sim::WorldSpec::sized(0) };
    let world = jira_sim::World::generate(spec);
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    let rows = world.access_truth(None).unwrap();
    let count = |fact: &str| rows.iter().filter(|row| row["fact"] == fact).count();
    assert_eq!((count("user"), count("group"), count("project")), (10_000, 500, 2000));
    assert!(count("member") > 30_000 && count("role_actor") > 10_000 && count("grant") > 5000);
    let has = |fact: &str, member: &str, value: &str| {
        rows.iter().any(|row| row["fact"] == fact && row[member] == value)
    };
    for kind in ["person", "service", "agent", "customer", "unknown"] {
        assert!(has("user", "kind", kind), "{kind}");
    }
    for state in ["live", "archived", "deleted"] {
        assert!(has("project", "state", state), "{state}");
    }
    let kinds = [
        "anyone",
        "app_role",
        "logged_in",
        "assignee",
        "group",
        "group_field",
        "project_lead",
        "project_role",
        "reporter",
        "portal_customers",
        "user",
        "user_field",
        "unresolved:com.example.holder",
    ];
    for kind in kinds {
        assert!(has("grant", "holder", kind), "{kind}");
    }
    assert!(has("role_actor", "actor", "unresolved"));
    let empty = rows.iter().any(|row| row["fact"] == "app_role" && row["groups"] == serde_json::json!([]));
    assert!(empty, "an application that no group may use");
    let mut users: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|row| row["fact"] == "uses_scheme") {
        *users.entry(row["scheme"].as_str().unwrap()).or_default() += 1;
    }
    assert!(users["0"] > 500, "one scheme is shared by hundreds");
}

#[test]
fn a_size_of_access_is_names_and_numbers() {
    assert_eq!(AccessSpec::parse("users=7").unwrap(), AccessSpec { users: 7, ..AccessSpec::default() });
    assert!(AccessSpec::parse("people=7").unwrap_err().contains("there is no 'people'"));
    assert!(AccessSpec::parse("users=x").is_err());
}

/// Who may, worked out from the lines of the truth and by nothing else; a user's id, where a holder that does not depend on the issue
/// gives it.
fn allowed(rows: &[Value], permission: &str, project: &str) -> BTreeSet<String> {
    let of = |fact: &'static str| rows.iter().filter(move |row| row["fact"] == fact);
    let members = |group: &Value| -> Vec<&Value> {
        of("member").filter(|row| row["group"] == *group).map(|row| &row["user"]).collect()
    };
    let uses = |key: Option<&Value>| -> Vec<&Value> {
        let roles = of("app_role").filter(|row| key.is_none_or(|key| row["key"] == *key));
        roles.flat_map(|row| row["groups"].as_array().unwrap()).flat_map(members).collect()
    };
    let place = of("project").find(|row| row["id"] == project).unwrap();
    let scheme = of("uses_scheme").find(|row| row["project"] == project).unwrap();
    let active: Vec<&Value> =
        of("user").filter(|row| row["state"] == "active").map(|row| &row["id"]).collect();
    let mut found = BTreeSet::new();
    for grant in
        of("grant").filter(|row| row["scheme"] == scheme["scheme"] && row["permission"] == permission)
    {
        let id = &grant["holder_id"];
        let reached: Vec<&Value> = match grant["holder"].as_str().unwrap() {
            "anyone" => active.clone(),
            "logged_in" => uses(None),
            "app_role" => uses(Some(id)),
            "group" => members(id),
            "user" => vec![id],
            "project_lead" => vec![&place["lead"]],
            "project_role" => of("role_actor")
                .filter(|row| row["project"] == project && row["role"] == *id)
                .flat_map(|row| match row["actor"].as_str().unwrap() {
                    "group" => members(&row["actor_id"]),
                    _ => vec![&row["actor_id"]],
                })
                .collect(),
            _ => Vec::new(),
        };
        found.extend(reached.into_iter().filter(|user| active.contains(user)).map(text_of));
    }
    if place["state"] == "live" { found } else { BTreeSet::new() }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_may_follows_from_the_lines_of_the_truth() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = site(flavor, SMALL, 7, SimOptions::default()).await;
        let rows = sim.world().access_truth(None).unwrap();
        let asker = Client::new(sim.url(), None);
        let mut count = 0;
        for project in rows.iter().filter(|row| row["fact"] == "project") {
            let id = text_of(&project["id"]);
            for permission in ["BROWSE_PROJECTS", "EDIT_ISSUES", "ADMINISTER_PROJECTS", "MODIFY_REPORTER"] {
                let told = asker.get(&format!("/_sim/can?permission={permission}&project={id}")).await.good();
                let told = told["users"].as_array().unwrap().iter().filter(|row| row["definite"] == true);
                let told: BTreeSet<String> = told.map(|row| text_of(&row["id"])).collect();
                let expected = allowed(&rows, permission, &id);
                count += expected.len();
                assert_eq!(told, expected, "{flavor:?} {permission} in {id}");
            }
        }
        assert!(count > 1000, "{count}");
    }
}

#[test]
fn the_smallest_site_has_every_case_as_well() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V11)] {
        let access = Some(AccessSpec { users: 0, groups: 0, projects: 0 });
        let spec = jira_sim::WorldSpec { flavor, access, hostile: true, ..jira_sim::WorldSpec::sized(0) };
        let rows = jira_sim::World::generate(spec).access_truth(None).unwrap();
        assert!(rows.len() > 500, "{flavor:?} {}", rows.len());
    }
}
