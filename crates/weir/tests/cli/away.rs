//! Projects that are away: archived, deleted, hidden, or called otherwise. They cost nobody else.

use crate::{
    census::{Copy, READER, text},
    faults::meddling,
    support::{Machine, http, site},
};
use jira_sim::{Edit, EditKind, Truth, TruthView};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_project_that_is_archived_beyond_sight_a_person_decides_once() {
    let sim = site().await;
    let (url, fault) = meddling(&sim).await;
    let body = r#"{"errorMessages":["Not for you"]}"#;
    let answer = http("403 Forbidden", "Content-Type: application/json\r\n", body);
    *fault.lock().expect("a lock") = Some(("status=archived".to_owned(), answer, u32::MAX));
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &[]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    sim.edit(&Edit::new(EditKind::ProjectArchive).of("APOLLO")).expect("an edit");
    machine.run(&["sync"]).await.succeeded();
    let state = async || {
        let status = machine.run(&["status", "--format", "json"]).await.succeeded().json();
        let issues = machine.rows("issues").await;
        let of = issues.iter().find(|row| row["project_key"] == "APOLLO").expect("it is kept");
        (text(&status[0], "reason_code"), text(of, "state"))
    };
    // Its issues are still shown by their ids, which those of no other project are that is in no list.
    let report = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert!(report["archived"].as_array().expect("keys").contains(&"APOLLO".into()), "{report}");
    assert_eq!(state().await, ("on_time".to_owned(), "live".to_owned()));

    let revoked = Edit::new(EditKind::PermissionRevoke).of("APOLLO").to("reader@sim.example");
    sim.edit(&revoked).expect("an edit");
    for _ in 0..2 {
        let found = machine.run(&["verify"]).await;
        assert!(found.stdout.contains("does not tell whether it is archived"), "{found:#?}");
        assert_eq!(state().await, ("permission_lost".to_owned(), "live".to_owned()));
    }
    machine.run(&["verify", "--accept-loss"]).await;
    machine.run(&["verify"]).await.succeeded();
    assert_eq!(state().await, ("on_time".to_owned(), "hidden".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_counted_alike_wherever_they_are_counted() {
    for (flags, total) in [(&[][..], 3), (&["--jql", "project = BEACON"], 1)] {
        let sim = site().await;
        // One that is archived at the first look is never read, so it is not taken in.
        sim.edit(&Edit::new(EditKind::ProjectArchive).of("APOLLO")).expect("an edit");
        let machine = Machine::near(&sim);
        machine.add(&sim, "site", flags).await.succeeded();
        machine.run(&["sync"]).await.succeeded();
        let json = async |arguments: &[&str]| {
            let asked = [arguments, &["--format", "json"]].concat();
            machine.run(&asked).await.succeeded().json()
        };
        let shown = json(&["integration", "show", "site"]).await;
        let figures = json(&["integration", "availability", "site"]).await;
        assert_eq!(
            (&shown["projects"], &figures["projects"]["total"]),
            (&json!(total), &json!(total)),
            "{flags:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_project_that_goes_away_stops_neither_the_others_nor_the_census() {
    for gone in [EditKind::ProjectArchive, EditKind::ProjectTrash, EditKind::PermissionRevoke] {
        let flags = ["--project", "APOLLO", "--project", "BEACON"];
        let copy = Copy::of(site().await, true, READER, &flags).await;
        let edit = Edit::new(gone).of("BEACON");
        let edit = if gone == EditKind::PermissionRevoke { edit.to(copy.account.as_str()) } else { edit };
        copy.sim.edit(&edit).expect("an edit");
        let key = copy.single("APOLLO");
        copy.edit_to(EditKind::Summary, &key, "Edited meanwhile");
        let report = copy.machine.run(&["sync", "--no-census", "--format", "json"]).await.succeeded().json();
        assert_eq!(report["result"], "partial", "{report}");
        let said = copy.machine.run(&["runs", "logs"]).await.succeeded().stdout;
        assert!(said.contains("project.unknown") && said.contains("BEACON"), "{said}");
        let issues = copy.machine.rows("issues").await;
        assert!(issues.iter().any(|row| row["key"] == *key && row["summary"] == "Edited meanwhile"));
        let state = async || {
            let issues = copy.machine.rows("issues").await;
            text(issues.iter().find(|row| row["project_key"] == "BEACON").expect("it is kept"), "state")
        };
        // The census comes by itself once it is due.
        let before = "UPDATE run SET started_at = started_at - 90000000, ended_at = ended_at - 90000000";
        copy.machine.sql(before).await;
        let report = copy.machine.run(&["sync", "--format", "json"]).await.json();
        assert_ne!(report["census"], Value::Null, "{report}");
        copy.machine.run(&["verify", "--accept-loss"]).await;
        let expected = match gone {
            EditKind::ProjectArchive => "live",
            EditKind::ProjectTrash => "deleted",
            _ => "hidden",
        };
        assert_eq!(state().await, expected);
        if gone == EditKind::PermissionRevoke {
            copy.edit_to(EditKind::PermissionGrant, "BEACON", copy.account.as_str());
        } else {
            copy.edit(EditKind::ProjectRestore, "BEACON");
        }
        copy.sync().await;
        copy.verify(&[]).await.succeeded();
        assert_eq!(state().await, "live");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_of_the_only_project_that_was_named_are_told_to_be_gone_with_it() {
    let copy = Copy::of(site().await, true, READER, &["--project", "BEACON"]).await;
    copy.edit(EditKind::ProjectTrash, "BEACON");
    let before = "UPDATE run SET started_at = started_at - 90000000, ended_at = ended_at - 90000000";
    copy.machine.sql(before).await;
    copy.machine.run(&["sync"]).await.refused(3, "BEACON");
    let issues = copy.machine.rows("issues").await;
    assert!(issues.iter().all(|row| row["state"] == "deleted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_named_by_the_key_that_it_had_is_read_and_stays_in_scope() {
    let sim = site().await;
    let truth = Truth::for_account(sim.world(), sim.url(), "reader@sim.example").expect("an account");
    let project = truth.rows(TruthView::Projects).into_iter().find(|row| row["key"] == "APOLLO");
    let project = project.expect("a project");
    let (url, fault) = meddling(&sim).await;
    // As Jira answers to the former key of a project that was renamed.
    let body = json!({ "id": project["id"], "key": "APOLLO", "name": "Apollo" }).to_string();
    let answer = http("200 OK", "Content-Type: application/json\r\n", &body);
    *fault.lock().expect("a lock") = Some(("/rest/api/3/project/OLDKEY".to_owned(), answer, u32::MAX));
    let machine = Machine::near(&sim);
    machine.add_at(&url, "site", &["--project", "APOLLO", "--project", "BEACON"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let live = machine.rows("issues").await.len();
    machine.sql("UPDATE integration SET settings = replace(settings, '\"APOLLO\"', '\"OLDKEY\"')").await;
    assert!(machine.run(&["integration", "show"]).await.succeeded().stdout.contains("OLDKEY"));
    for _ in 0..2 {
        machine.run(&["sync"]).await.succeeded();
        machine.run(&["verify"]).await.succeeded();
    }
    let issues = machine.rows("issues").await;
    assert_eq!((issues.len(), issues.iter().all(|row| row["state"] == "live")), (live, true));
}
