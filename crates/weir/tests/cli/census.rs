//! What a census notices: issues that were deleted, moved, hidden, put back or put away, on Cloud and on Data Center.

use crate::support::{Machine, Ran, order, site, site_of};
use jira_sim::{DcVersion, Edit, EditKind, Flavor, Sim, SimOptions, Truth, TruthView, WorldSpec};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) const READER: &str = "reader";
/// Sees every second project, and no issue with a security level.
const PARTIAL: &str = "partial";

async fn data_center() -> Sim {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues: 150, projects: 4, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

/// A machine that has read a site as one of its accounts.
pub(crate) struct Copy {
    pub(crate) sim: Sim,
    pub(crate) account: String,
    pub(crate) machine: Machine,
}

impl Copy {
    pub(crate) async fn of(sim: Sim, is_cloud: bool, account: &str, flags: &[&str]) -> Self {
        let machine = Machine::near(&sim);
        let (email, token) = (format!("{account}@sim.example"), format!("sim-unscoped-{account}"));
        let file = machine.file("token", &token);
        let start = ["integration", "add", "jira", sim.url(), "--name", "site"];
        let sign_in: &[&str] = match is_cloud {
            true => &["--email", &email, "--token-file", &file],
            false => &["--pat-file", &file],
        };
        machine.run(&[&start[..], sign_in, flags].concat()).await.succeeded();
        machine.run(&["sync"]).await.succeeded();
        Self { sim, account: email, machine }
    }

    /// One of Cloud and one of Data Center.
    async fn both(account: &str, flags: &[&str]) -> [Self; 2] {
        [
            Self::of(site().await, true, account, flags).await,
            Self::of(data_center().await, false, account, flags).await,
        ]
    }

    fn truth(&self) -> Vec<Value> {
        let truth = Truth::for_account(self.sim.world(), self.sim.url(), &self.account).expect("an account");
        truth.rows(TruthView::Issues).to_vec()
    }

    /// Keys of issues that the account sees, in a project or in any.
    fn shown(&self, project: Option<&str>) -> BTreeSet<String> {
        let rows = self.truth();
        let wanted = rows.iter().filter(|row| project.is_none_or(|project| row["project_key"] == project));
        wanted.map(|row| text(row, "key")).collect()
    }

    /// The key of an issue that nothing hangs on.
    pub(crate) fn single(&self, project: &str) -> String {
        let rows = self.truth();
        let is_parent = |key: &str| rows.iter().any(|row| row["parent_key"] == key || row["epic_key"] == key);
        let fits = |row: &&Value| {
            row["project_key"] == project && row["is_subtask"] == false && !is_parent(&text(row, "key"))
        };
        text(rows.iter().find(fits).expect("an issue by itself"), "key")
    }

    fn projects(&self) -> Vec<String> {
        let keys: BTreeSet<String> = self.truth().iter().map(|row| text(row, "project_key")).collect();
        keys.into_iter().collect()
    }

    pub(crate) fn edit(&self, kind: EditKind, subject: &str) -> String {
        self.sim.edit(&Edit::new(kind).of(subject)).expect("it can be edited").subject
    }

    pub(crate) fn edit_to(&self, kind: EditKind, subject: &str, value: impl Into<Value>) -> String {
        self.sim.edit(&Edit::new(kind).of(subject).to(value)).expect("it can be edited").subject
    }

    pub(crate) async fn sync(&self) {
        self.machine.run(&["sync"]).await.succeeded();
    }

    pub(crate) async fn verify(&self, flags: &[&str]) -> Ran {
        self.machine.run(&[&["verify", "--format", "json"], flags].concat()).await
    }

    /// A census that finds differences, then one that finds none.
    async fn repaired(&self) -> Value {
        let found = self.verify(&[]).await;
        assert_eq!(found.code, Some(1), "{found:#?}");
        let equal = self.verify(&[]).await.succeeded().json();
        assert_eq!(equal["verdict"], "equal");
        found.json()
    }

    async fn live(&self) -> BTreeSet<String> {
        let rows = self.machine.rows("issues").await;
        rows.iter().filter(|row| row["state"] == "live").map(|row| text(row, "key")).collect()
    }

    async fn state(&self, key: &str) -> String {
        let rows = self.machine.rows("issues").await;
        text(rows.iter().find(|row| row["key"] == key).expect("it is kept"), "state")
    }

    /// Reasons of the changes of state of an issue, oldest first.
    async fn reasons(&self, key: &str) -> Vec<String> {
        let issues = self.machine.rows("issues").await;
        let id = &issues.iter().find(|row| row["key"] == key).expect("it is kept")["id"];
        let states = self.machine.rows("issue_states").await;
        states.iter().filter(|row| row["issue_id"] == *id).map(|row| text(row, "reason")).collect()
    }
}

pub(crate) fn text(row: &Value, column: &str) -> String {
    row[column].as_str().unwrap_or_else(|| panic!("{column} is a text: {row}")).to_owned()
}

/// What became of issues, over all projects.
fn repaired(report: &Value, outcome: &str) -> BTreeSet<String> {
    let projects = report["projects"].as_array().expect("projects");
    let keys = projects.iter().flat_map(|one| one["repair"][outcome].as_array().expect("keys"));
    keys.map(|key| key.as_str().expect("a key").to_owned()).collect()
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_issues_are_gone_after_a_census_and_what_moved_is_read_where_it_is() {
    for copy in Copy::both(READER, &[]).await {
        let projects = copy.projects();
        let deleted = copy.single(&projects[0]);
        copy.edit(EditKind::Delete, &deleted);
        let old = copy.single("APOLLO");
        let new = copy.edit_to(EditKind::Move, &old, "CEDAR");
        copy.sync().await;
        assert_eq!(copy.state(&deleted).await, "live", "a sync does not see that it went");
        assert_eq!(copy.state(&new).await, "live");
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "gone"), set(&[&deleted]), "{report}");
        assert_eq!((copy.live().await, copy.state(&deleted).await), (copy.shown(None), "gone".to_owned()));
        assert_eq!(copy.reasons(&deleted).await, ["census.absent"]);

        // The census also finds what no sync has read yet.
        let old = copy.single("APOLLO");
        let new = copy.edit_to(EditKind::Move, &old, "CEDAR");
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "moved"), set(&[&old]), "{report}");
        assert_eq!((copy.live().await, copy.state(&new).await), (copy.shown(None), "live".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_moved_out_of_the_scope_is_out_of_it_and_comes_back() {
    for copy in Copy::both(READER, &["--project", "APOLLO"]).await {
        let old = copy.single("APOLLO");
        let new = copy.edit_to(EditKind::Move, &old, "CEDAR");
        copy.sync().await;
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "out_of_scope"), set(&[&old]), "{report}");
        assert_eq!(copy.live().await, copy.shown(Some("APOLLO")));
        let back = copy.edit_to(EditKind::Move, &new, "APOLLO");
        copy.sync().await;
        assert_eq!(copy.state(&back).await, "live");
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.reasons(&back).await, ["census.out_of_scope", "site.shown"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_goes_while_it_is_out_of_the_scope_is_no_end_of_a_link_any_more() {
    for copy in Copy::both(READER, &[]).await {
        let links = async |other: &str| {
            let links = copy.machine.rows("issue_links").await;
            links.iter().filter(|link| link["other_key"] == other).count()
        };
        let there = copy.truth();
        let home = |key: &str| key.split('-').next().expect("a project").to_owned();
        let key_of = |id: &Value| there.iter().find(|row| row["id"] == *id).map(|row| text(row, "key"));
        let is_plain =
            |key: &str| !there.iter().any(|row| row["parent_key"] == key || row["epic_key"] == key);
        let rows = copy.machine.rows("issue_links").await;
        let mut across =
            rows.iter().filter_map(|link| Some((key_of(&link["issue_id"])?, text(link, "other_key"))));
        let (from, to) = across
            .find(|(from, to)| home(from) != home(to) && is_plain(to))
            .expect("a link between projects");
        copy.machine.run(&["integration", "edit", "--project", &home(&from)]).await.succeeded();
        copy.sync().await;
        copy.edit(EditKind::Delete, &to);
        copy.machine.run(&["integration", "edit", "--everything"]).await.succeeded();
        copy.sync().await;
        assert_eq!((copy.state(&to).await, links(&to).await > 0), ("out_of_scope".to_owned(), true));
        copy.verify(&[]).await;
        assert_eq!(links(&to).await, 0);
        copy.verify(&[]).await.succeeded();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_while_a_large_loss_was_held_back_is_read_once_it_is_shown_again() {
    let spec = WorldSpec { issues: 300, projects: 4, ..WorldSpec::default() };
    let copy = Copy::of(site_of(spec, SimOptions::default()).await, true, PARTIAL, &[]).await;
    let project = copy.projects()[0].clone();
    let hidden: Vec<String> = copy.shown(Some(&project)).into_iter().take(40).collect();
    for key in &hidden {
        copy.edit_to(EditKind::Restrict, key, "Internal");
    }
    let found = copy.verify(&[]).await;
    assert!(found.stdout.contains("census.mass_loss"), "{found:#?}");
    let status = copy.machine.run(&["status", "--format", "json"]).await.succeeded().json();
    assert_eq!(text(&status[0], "reason_code"), "census.mass_loss");
    let named = format!("more than 20 % of the issues of {project}, ");
    assert!(text(&status[0], "reason").contains(&named), "{status}");
    // These are remembered, since no list of changes need tell of them once they are shown again.
    let unseen = copy.machine.text("SELECT position FROM checkpoint WHERE partition = 'unseen'").await;
    let unseen: Vec<String> = serde_json::from_str(&unseen).expect("ids");
    assert_eq!(unseen.len(), hidden.len());
    copy.edit_to(EditKind::Summary, &hidden[3], "Edited unseen");
    for _ in 0..3 {
        order(&copy.sim, "/_sim/clock", &json!({ "advance_ms": 24 * 60 * 60 * 1_000 })).await;
        copy.machine.run(&["sync", "--no-census"]).await.succeeded();
    }
    for key in &hidden {
        copy.edit_to(EditKind::Restrict, key, Value::Null);
    }
    order(&copy.sim, "/_sim/clock", &json!({ "advance_ms": 24 * 60 * 60 * 1_000 * 4 })).await;
    copy.machine.run(&["sync", "--no-census"]).await.succeeded();
    copy.verify(&[]).await;
    let issues = copy.machine.rows("issues").await;
    let edited = issues.iter().find(|row| row["key"] == *hidden[3]).expect("it is kept");
    assert_eq!(edited["summary"], "Edited unseen");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_the_site_fails_to_answer_about_costs_a_census_only_itself() {
    for (copy, kind) in Copy::both(READER, &[]).await.into_iter().zip(["poison", "error_500"]) {
        let [untold, deleted] = ["APOLLO", "CEDAR"].map(|project| copy.single(project));
        // The site fails wherever it is asked for this one by name; whether it went is not known.
        order(&copy.sim, "/_sim/fault", &json!({ "kind": kind, "issue": untold, "count": null })).await;
        copy.edit(EditKind::Delete, &untold);
        copy.edit(EditKind::Delete, &deleted);
        let found = copy.verify(&[]).await;
        assert_eq!(found.code, Some(1), "{found:#?}");
        assert_eq!([copy.state(&untold).await, copy.state(&deleted).await], ["live", "gone"], "{found:#?}");
        copy.sim.clear_faults();
        copy.repaired().await;
        assert_eq!(copy.state(&untold).await, "gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_hidden_by_a_security_level_is_gone_until_it_is_shown_again() {
    for copy in Copy::both(PARTIAL, &[]).await {
        let key = copy.single(&copy.projects()[0]);
        copy.edit_to(EditKind::Restrict, &key, "Internal");
        copy.sync().await;
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "gone"), set(&[&key]), "{report}");
        copy.edit_to(EditKind::Restrict, &key, Value::Null);
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "fetched"), set(&[&key]), "{report}");
        assert_eq!((copy.live().await, copy.state(&key).await), (copy.shown(None), "live".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_loss_changes_nothing_until_a_person_says_that_it_is_meant() {
    for copy in Copy::both(READER, &[]).await {
        let project = copy.projects()[0].clone();
        for _ in 0..25 {
            copy.edit(EditKind::Delete, &copy.single(&project));
        }
        copy.sync().await;
        let before = copy.live().await;
        let found = copy.verify(&[]).await;
        assert_eq!(found.code, Some(1), "{found:#?}");
        let report = found.json();
        let of = report["projects"].as_array().expect("projects").iter().find(|one| one["key"] == *project);
        let of = of.expect("the project");
        assert_eq!(
            (&of["verdict"], &of["reason_code"]),
            (&"different".into(), &"census.mass_loss".into()),
            "{of}"
        );
        assert_eq!(copy.live().await, before);
        let status = copy.machine.run(&["status", "--format", "json"]).await.succeeded().json();
        let status = &status[0];
        assert_eq!(
            (&status["reason_code"], &status["family"]),
            (&"census.mass_loss".into(), &"needs_you".into())
        );
        assert_eq!(text(status, "next_action"), "weir verify site --accept-loss", "{status}");
        let people = copy.machine.run(&["verify"]).await;
        assert!(people.stdout.contains("--accept-loss"), "{people:#?}");

        assert_eq!(copy.verify(&["--accept-loss"]).await.code, Some(1));
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.live().await, copy.shown(None));
        let status = copy.machine.run(&["status", "--format", "json"]).await.succeeded().json();
        assert_ne!(status[0]["reason_code"], "census.mass_loss", "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_not_taken_any_more_loses_no_issue() {
    let copy = Copy::of(data_center().await, false, READER, &[]).await;
    copy.edit(EditKind::Delete, &copy.single("APOLLO"));
    let before = copy.live().await;
    copy.sim.let_tokens_expire(Some(0));
    copy.machine.run(&["verify"]).await.refused(4, "stored credential");
    assert_eq!(copy.live().await, before);
    let status = copy.machine.run(&["status", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&status[0]["reason_code"], &status[0]["family"]),
        (&"auth.revoked".into(), &"needs_you".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_census_is_due_a_day_after_everything_was_read_and_no_earlier() {
    let copy = Copy::of(site().await, true, READER, &[]).await;
    let deleted = copy.single("APOLLO");
    copy.edit(EditKind::Delete, &deleted);
    let synced = async |flags: &[&str]| {
        copy.machine.run(&[&["sync", "--format", "json"], flags].concat()).await.succeeded().json()
    };
    assert_eq!(synced(&[]).await["census"], Value::Null);
    copy.machine
        .sql("UPDATE run SET started_at = started_at - 90000000, ended_at = ended_at - 90000000")
        .await;
    assert_eq!(synced(&["--no-census"]).await["census"], Value::Null);
    copy.machine.run(&["integration", "edit", "--census", "2d"]).await.succeeded();
    assert_eq!(synced(&[]).await["census"], Value::Null);
    copy.machine.run(&["integration", "edit", "--census", "off"]).await.succeeded();
    assert_eq!(synced(&[]).await["census"], Value::Null);
    copy.machine.run(&["integration", "edit", "--census", "24h"]).await.succeeded();
    let report = synced(&[]).await;
    assert_eq!(repaired(&report["census"], "gone"), set(&[&deleted]), "{report}");
    assert_ne!(report["result"], "failed", "{report}");
    assert_eq!(copy.state(&deleted).await, "gone");
    let runs = copy.machine.run(&["runs", "list", "--format", "json"]).await.succeeded().json();
    assert_eq!((&runs[0]["trigger"], &runs[0]["result"]), (&"census".into(), &"success".into()), "{runs}");
    assert_eq!(synced(&[]).await["census"], Value::Null, "the next is due in a day");
    let people = copy.machine.run(&["sync"]).await.succeeded();
    assert!(!people.stdout.contains("Census"), "{people:#?}");
    copy.machine
        .sql("UPDATE run SET started_at = started_at - 90000000, ended_at = ended_at - 90000000")
        .await;
    let people = copy.machine.run(&["sync"]).await.succeeded();
    assert!(people.stdout.contains("Census: equal"), "{people:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_put_away_stays_away_until_it_is_restored() {
    let copy = Copy::of(site().await, true, READER, &[]).await;
    let (machine, key) = (&copy.machine, copy.single("APOLLO"));
    machine.run(&["issues", "remove", &key, "NOPE-1"]).await.refused(3, "NOPE-1");
    assert_eq!(copy.state(&key).await, "live");
    let removed = machine.run(&["issues", "remove", &key, "--integration", "site", "--format", "json"]).await;
    let removed = removed.succeeded().json();
    assert_eq!(
        (&removed[0]["state"], &removed[0]["before"]),
        (&"removed".into(), &"live".into()),
        "{removed}"
    );
    copy.edit_to(EditKind::Summary, &key, "Edited meanwhile");
    copy.sync().await;
    machine.run(&["sync", "--full"]).await.succeeded();
    copy.verify(&[]).await.succeeded();
    assert_eq!(copy.state(&key).await, "removed");
    machine.run(&["issues", "restore", &key.to_lowercase()]).await.succeeded();
    assert_eq!(
        (copy.live().await, copy.reasons(&key).await),
        (copy.shown(None), vec!["person.removed".to_owned(), "person.restored".to_owned(),])
    );
    copy.verify(&[]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_of_a_project_in_the_trash_are_deleted_and_live_again_once_it_is_restored() {
    let copy = Copy::of(site().await, true, READER, &[]).await;
    let (all, project) = (copy.live().await, "APOLLO");
    let of_project = copy.shown(Some(project));
    assert!(of_project.len() > 20, "evidence counts, however many there are");
    copy.edit(EditKind::ProjectTrash, project);
    copy.sync().await;
    let report = copy.repaired().await;
    assert_eq!(repaired(&report, "deleted"), of_project, "{report}");
    assert_eq!(copy.live().await, copy.shown(None));
    copy.edit(EditKind::ProjectRestore, project);
    copy.sync().await;
    copy.verify(&[]).await.succeeded();
    assert_eq!(copy.live().await, all);
    let key = of_project.first().expect("an issue");
    assert_eq!(copy.reasons(key).await, ["census.project_trashed", "site.shown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_project_keeps_its_issues() {
    for copy in Copy::both(READER, &[]).await {
        let all = copy.live().await;
        copy.edit(EditKind::ProjectArchive, "APOLLO");
        copy.sync().await;
        let report = copy.verify(&[]).await.succeeded().json();
        let archived = report["archived"].as_array().expect("keys");
        assert!(archived.contains(&"APOLLO".into()), "{report}");
        assert_eq!(copy.live().await, all);
        let people = copy.machine.run(&["verify"]).await.succeeded();
        assert!(people.stdout.contains("APOLLO: archived; its issues stay as they are"), "{people:#?}");
        copy.edit(EditKind::ProjectRestore, "APOLLO");
        copy.sync().await;
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.live().await, all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_the_account_may_not_browse_any_more_is_hidden_until_it_may() {
    for copy in Copy::both(READER, &[]).await {
        let all = copy.live().await;
        // The smallest, so that its loss is believed; then the largest, so that it is not.
        let mut projects: Vec<(usize, String)> =
            copy.projects().into_iter().map(|key| (copy.shown(Some(&key)).len(), key)).collect();
        projects.sort();
        let (small, large) = (&projects[0].1, &projects[projects.len() - 1]);
        assert!(projects[0].0 <= 20 && large.0 > 20, "{projects:?}");
        let of_small = copy.shown(Some(small));
        copy.edit_to(EditKind::PermissionRevoke, small, copy.account.as_str());
        let status =
            async || copy.machine.run(&["status", "--format", "json"]).await.succeeded().json()[0].clone();
        let state = async || {
            let projects = copy.machine.rows("projects").await;
            text(projects.iter().find(|row| row["key"] == **small).expect("it is kept"), "state")
        };
        copy.sync().await;
        // The next sync tells it, and not the next census.
        let told = status().await;
        assert_eq!(
            (text(&told, "status"), text(&told, "reason_code")),
            ("unhealthy".into(), "permission_lost".into())
        );
        assert!(
            text(&told, "reason").starts_with(&format!("We can no longer read 1 project: {small}. ")),
            "{told}"
        );
        assert_eq!(state().await, "hidden");
        let said = copy.machine.run(&["runs", "logs"]).await.succeeded().stdout;
        assert!(said.contains("project.lost") && said.contains(small.as_str()), "{said}");
        assert_eq!(copy.live().await, all);
        let report = copy.repaired().await;
        assert_eq!(repaired(&report, "hidden"), of_small, "{report}");
        assert_eq!(copy.live().await, copy.shown(None));
        assert_eq!(
            text(&status().await, "reason_code"),
            "permission_lost",
            "nobody has said that it is meant"
        );
        copy.edit_to(EditKind::PermissionGrant, small, copy.account.as_str());
        copy.sync().await;
        assert_eq!(state().await, "live");
        assert_ne!(text(&status().await, "reason_code"), "permission_lost");
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.live().await, all);

        copy.edit_to(EditKind::PermissionRevoke, &large.1, copy.account.as_str());
        copy.sync().await;
        assert_eq!(copy.verify(&[]).await.code, Some(1));
        assert_eq!(copy.live().await, all, "so much may be a mistake");
        let told = status().await;
        assert_eq!(text(&told, "reason_code"), "permission_lost", "{told}");
        assert!(text(&told, "next_action").ends_with(" --accept-loss"), "{told}");
        copy.verify(&["--accept-loss"]).await;
        assert_ne!(text(&status().await, "status"), "unhealthy", "it is meant");
        copy.sync().await;
        assert_ne!(text(&status().await, "status"), "unhealthy", "and stays so");
        copy.edit_to(EditKind::PermissionGrant, &large.1, copy.account.as_str());
        copy.sync().await;
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.live().await, all);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_project_that_is_away_does_not_stop_the_repair_of_the_others() {
    let flags = ["--project", "APOLLO", "--project", "CEDAR"];
    let copy = Copy::of(site().await, true, READER, &flags).await;
    let cedar = copy.shown(Some("CEDAR"));
    copy.edit(EditKind::ProjectTrash, "APOLLO");
    copy.machine
        .sql("DELETE FROM issue WHERE id IN (SELECT id FROM issue WHERE project_key = 'CEDAR' LIMIT 3)")
        .await;
    let report = copy.repaired().await;
    assert_eq!(repaired(&report, "fetched").len(), 3, "{report}");
    assert_eq!(copy.live().await, cedar);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_linked_with_a_deleted_issue_shows_it_no_more_after_a_census() {
    let copy = Copy::of(site().await, true, READER, &[]).await;
    let links = copy.machine.rows("issue_links").await;
    let issues = copy.machine.rows("issues").await;
    let is_parent = |key: &str| issues.iter().any(|row| row["parent_key"] == key || row["epic_key"] == key);
    let fits = |key: &&str| {
        let row = issues.iter().find(|row| row["key"] == **key);
        row.is_some_and(|row| row["is_subtask"] == false) && !is_parent(key)
    };
    let key = links.iter().filter_map(|link| link["other_key"].as_str()).find(fits).expect("a linked issue");
    copy.edit(EditKind::Delete, key);
    copy.sync().await;
    copy.repaired().await;
    let live: BTreeSet<String> = copy.truth().iter().map(|row| text(row, "id")).collect();
    let links = copy.machine.rows("issue_links").await;
    let others =
        links.iter().filter(|link| link["other_key"] == key && live.contains(&text(link, "issue_id")));
    assert_eq!(others.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_an_issue_that_was_never_read_shows_it_no_more_after_a_census() {
    for copy in Copy::both(READER, &[]).await {
        let (links, issues) = (copy.machine.rows("issue_links").await, copy.machine.rows("issues").await);
        // As if an issue had been linked, and was deleted before a run came to it: no edit tells of that.
        copy.machine
            .sql(
                "INSERT INTO issue_link (integration_no, issue_no, id, type, direction, other_key) \
                 SELECT integration_no, no, '999999', 'Blocks', 'outward', 'APOLLO-99999' FROM issue LIMIT 1",
            )
            .await;
        let child = "UPDATE issue SET parent_key = 'APOLLO-99999' WHERE parent_key IS NULL AND key <> 'APOLLO-1' \
                     AND id = (SELECT max(id) FROM issue WHERE parent_key IS NULL)";
        copy.machine.sql(child).await;
        assert_ne!(copy.machine.rows("issue_links").await, links);
        copy.verify(&[]).await.succeeded();
        assert_eq!(copy.machine.rows("issue_links").await, links);
        let parents = |rows: &[Value]| rows.iter().map(|row| row["parent_key"].clone()).collect::<Vec<_>>();
        assert_eq!(parents(&copy.machine.rows("issues").await), parents(&issues));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_a_clock_dated_into_the_future_are_neither_missing_nor_too_much() {
    let copy = Copy::of(site().await, true, READER, &[]).await;
    copy.machine.sql("UPDATE issue SET first_seen_at = first_seen_at + 86400000").await;
    let report = copy.verify(&[]).await.succeeded().json();
    assert_eq!(report["verdict"], "equal", "{report}");
    let deleted = copy.single("BEACON");
    copy.edit(EditKind::Delete, &deleted);
    copy.repaired().await;
    assert_eq!(copy.state(&deleted).await, "gone");
}
