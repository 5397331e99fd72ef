//! Jira Data Center: signing in as it wants, and its whole in a store.

use crate::support::{Machine, READER, READER_TOKEN, Ran, number, site_of, truth};
use jira_sim::{DcVersion, Flavor, Sim, SimOptions, TruthView, WorldSpec};

const PASSWORD: &str = "sim-password-reader";

async fn data_center(version: DcVersion, options: SimOptions) -> Sim {
    let flavor = Flavor::DataCenter(version);
    site_of(WorldSpec { issues: 150, projects: 4, flavor, ..WorldSpec::default() }, options).await
}

async fn add(machine: &Machine, url: &str, flags: &[&str]) -> Ran {
    let start = ["integration", "add", "jira", url, "--name", "site", "--format", "json"];
    machine.run(&[&start[..], flags].concat()).await
}

/// Adds and reads the site with these flags, and compares what can be counted.
async fn read_whole(sim: &Sim, machine: &Machine, flags: &[&str]) {
    let added = add(machine, sim.url(), flags).await.succeeded().json();
    assert_eq!((&added["account"], &added["deployment"]), (&"reader".into(), &"data_center".into()));
    let first = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    for (kind, view) in [
        ("issues", TruthView::Issues),
        ("issue_changes", TruthView::IssueChanges),
        ("issue_comments", TruthView::IssueComments),
        ("issue_worklogs", TruthView::IssueWorklogs),
        ("issue_sprints", TruthView::IssueSprints),
    ] {
        assert_eq!(number(&first["kinds"][kind], "written"), truth(sim, view, READER), "{kind}: {first}");
    }
    let second = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    assert_eq!((number(&second, "written"), &second["incremental"]), (0, &true.into()), "{second}");
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["verdict"], "equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_access_token_reads_every_version() {
    for version in [DcVersion::V8_20, DcVersion::V9_12, DcVersion::V10_3, DcVersion::V11] {
        let sim = data_center(version, SimOptions::default()).await;
        let machine = Machine::new();
        let pat = machine.file("pat", READER_TOKEN);
        read_whole(&sim, &machine, &["--pat-file", &pat]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_beneath_a_context_path_reads_pages_that_the_server_clamps() {
    let options = SimOptions { context_path: "/jira".into(), page_clamp: 7, ..SimOptions::default() };
    let sim = data_center(DcVersion::V9_12, options).await;
    let machine = Machine::new();
    let password = machine.file("password", &format!("{PASSWORD}\n"));
    read_whole(&sim, &machine, &["--username", "reader", "--password-file", &password]).await;
    let shown = machine.run(&["integration", "show", "--format", "json"]).await.succeeded();
    assert!(!shown.stdout.contains(PASSWORD) && shown.json()["sign_in"] == "password");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_an_issue_leads_to_the_site() {
    let options = SimOptions { context_path: "/jira".into(), ..SimOptions::default() };
    let sim = data_center(DcVersion::V10_3, options).await;
    let machine = Machine::new();
    let pat = machine.file("pat", READER_TOKEN);
    let page = format!("{}/browse/APOLLO-1", sim.url());
    let added = add(&machine, &page, &["--pat-file", &pat]).await.succeeded().json();
    assert_eq!(added["url"], sim.url());
    // Pages of Cloud have a path too, which is no context path there.
    let cloud =
        site_of(WorldSpec { issues: 50, projects: 3, ..WorldSpec::default() }, SimOptions::default()).await;
    let token = machine.file("token", READER_TOKEN);
    let page = format!("{}/jira/software/projects/APOLLO", cloud.url());
    let flags = ["--email", READER, "--token-file", &token];
    let checked = machine.run(&[&["check", &page][..], &flags].concat()).await.succeeded();
    assert!(checked.stdout.contains("Jira Cloud"), "{checked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once_and_a_captcha_is_told() {
    let sim = data_center(DcVersion::V10_3, SimOptions { record: true, ..SimOptions::default() }).await;
    let machine = Machine::new();
    let wrong = machine.file("wrong", "guess");
    let flags = ["--username", "reader", "--password-file", &wrong];
    add(&machine, sim.url(), &flags).await.refused(4, "refused this user name and password");
    let tries = sim.requests().into_iter().filter(|request| request.path.contains("myself")).count();
    assert_eq!(tries, 1, "a few failures, and Jira asks for a CAPTCHA");
    for _ in 0..2 {
        add(&machine, sim.url(), &flags).await.refused(4, "refused");
    }
    let right = machine.file("right", PASSWORD);
    add(&machine, sim.url(), &["--username", "reader", "--password-file", &right])
        .await
        .refused(4, "CAPTCHA");
    assert!(machine.kept().is_empty(), "nothing is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_the_other_product_are_told_apart() {
    let sim = data_center(DcVersion::V10_3, SimOptions::default()).await;
    let machine = Machine::new();
    let token = machine.file("token", READER_TOKEN);
    let flags = ["--email", READER, "--token-file", &token];
    add(&machine, sim.url(), &flags).await.refused(2, "Data Center");
    let cloud =
        site_of(WorldSpec { issues: 50, projects: 3, ..WorldSpec::default() }, SimOptions::default()).await;
    add(&machine, cloud.url(), &["--pat-file", &token]).await.refused(2, "Jira Cloud");
    let none = ["--username", "reader", "--no-input"];
    add(&machine, sim.url(), &none).await.refused(2, "--password-file is missing");
    let pat = machine.file("pat", "sim-no-such-token");
    add(&machine, sim.url(), &["--pat-file", &pat]).await.refused(4, "personal access token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_of_data_center_is_kept_nowhere() {
    let flavor = Flavor::DataCenter(DcVersion::V9_12);
    let spec = WorldSpec { issues: 120, projects: 3, canary: true, flavor, ..WorldSpec::default() };
    let sim = site_of(spec, SimOptions::default()).await;
    let machine = Machine::new();
    let pat = machine.file("pat", READER_TOKEN);
    let exclude = ["--exclude", "summary,description,comment,userDetails"];
    add(&machine, sim.url(), &[&["--pat-file", &pat][..], &exclude].concat()).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    for (file, content) in machine.kept() {
        for field in ["summary", "description", "comment", "displayName", "emailAddress"] {
            let mark = format!("CANARY-{field}");
            let at = content.windows(mark.len()).position(|part| part.eq_ignore_ascii_case(mark.as_bytes()));
            let around =
                at.map(|at| String::from_utf8_lossy(&content[at.saturating_sub(80)..at + 80]).into_owned());
            assert_eq!(around, None, "{mark} stands in {file}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_data_center_too() {
    let machine = Machine::new();
    let shown =
        machine.run(&["demo", "--issues", "60", "--flavor", "dc", "--format", "json"]).await.succeeded();
    assert_eq!(number(&shown.json(), "issues"), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_refused_is_not_sent_again_until_somebody_acts() {
    let sim = data_center(DcVersion::V10_3, SimOptions { record: true, ..SimOptions::default() }).await;
    let machine = Machine::new();
    let password = machine.file("password", PASSWORD);
    let flags = ["--username", "reader", "--password-file", &password];
    add(&machine, sim.url(), &flags).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    // Somebody else failed so often that Jira refuses the right one as well.
    let wrong = machine.file("wrong", "guess");
    for _ in 0..3 {
        machine.run(&["check", sim.url(), "--username", "reader", "--password-file", &wrong]).await;
    }
    machine.run(&["sync"]).await.refused(4, "CAPTCHA");
    let before = sim.requests().len();
    for command in [&["sync"][..], &["sync", "--full"], &["verify"]] {
        machine.run(command).await.refused(4, "not sent again");
    }
    assert_eq!(sim.requests().len(), before, "nothing is asked");
}
