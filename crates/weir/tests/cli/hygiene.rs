//! Hygiene as commands tell it. That the numbers are those of the site is held by `cargo xtask verify-hygiene`.

use crate::support::{Machine, READER, number, site_of};
use jira_sim::{DcVersion, EditKind, Flavor, Sim, SimOptions, WorldSpec};
use serde_json::{Value, json};

pub(crate) const RULES: [&str; 8] = [
    "idle",
    "poor_description",
    "no_due_date",
    "no_assignee",
    "no_components",
    "missed_response_time",
    "missed_resolution_time",
    "inactive_assignee",
];

pub(crate) async fn site(flavor: Flavor, seed: u64, issues: usize) -> Sim {
    let spec = WorldSpec { issues, projects: 5, seed, flavor, ..WorldSpec::default() };
    site_of(spec, SimOptions::default()).await
}

pub(crate) async fn synced(sim: &Sim, flavor: Flavor) -> Machine {
    let machine = Machine::near(sim);
    let file = machine.file("token", "sim-unscoped-reader");
    let sign_in: &[&str] = match flavor {
        Flavor::Cloud => &["--email", READER, "--token-file", &file],
        Flavor::DataCenter(_) => &["--pat-file", &file],
    };
    let add = ["integration", "add", "jira", sim.url(), "--name", "site"];
    machine.run(&[&add[..], sign_in].concat()).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine
}

/// The counts of a report or of a point of a trend.
pub(crate) fn counts(shown: &Value) -> (u64, Vec<u64>) {
    let rules = shown["rules"].as_array().expect("rules");
    assert_eq!(rules.iter().map(|rule| rule["rule"].as_str().expect("an id")).collect::<Vec<_>>(), RULES);
    let misses = rules.iter().map(|rule| number(rule, "misses")).collect();
    (number(&rules[0], "in_scope"), misses)
}

async fn rows_are_numbers(machine: &Machine, told: &str) {
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let (in_scope, misses) = counts(&report);
    let listed = async |more: &[&str]| {
        let arguments = [&["hygiene", "issues", "--limit", "100000", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json().as_array().expect("rows").clone()
    };
    assert_eq!(listed(&[]).await.len() as u64, in_scope, "{told}");
    for (rule, misses) in RULES.iter().zip(misses) {
        let rows = listed(&["--rule", rule]).await;
        assert_eq!(rows.len() as u64, misses, "{told} {rule}");
        for row in rows {
            let named = row["misses"].as_str().expect("a text").split(", ").any(|one| one == *rule);
            assert!(named && !row["why"].as_str().unwrap_or_default().is_empty(), "{told} {rule}: {row}");
        }
    }
}

#[tokio::test]
async fn as_many_issues_are_listed_as_a_number_says() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V9_12)] {
        let sim = site(flavor, 5, 120).await;
        let machine = synced(&sim, flavor).await;
        rows_are_numbers(&machine, &format!("{flavor:?}")).await;
    }
}

#[tokio::test]
async fn what_configuration_leaves_out_is_nobodys_miss() {
    let sim = site(Flavor::Cloud, 9, 150).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--exclude", "duedate"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&report["rules"][2]["misses"], &report["rules"][2]["blocked_by"]),
        (&json!(0), &json!("duedate"))
    );
    for asked in [["--rule", "no_due_date"], ["--filter", "due_date="]] {
        let refused = machine.run(&[&["hygiene", "issues"][..], &asked].concat()).await;
        refused.refused(2, "left out by configuration");
    }
    // Left out later, what was known of it is forgotten.
    let all = machine
        .run(&["hygiene", "report", "--format", "json", "--filter", "assignee="])
        .await
        .succeeded()
        .json();
    assert!(counts(&all).0 > 0);
    machine.run(&["integration", "edit", "site", "--exclude", "duedate,assignee"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(report["rules"][3]["blocked_by"], "assignee");
}

#[tokio::test]
async fn what_is_fed_by_a_field_that_is_left_out_is_not_asked_either() {
    const SPRINT: &str = "customfield_10020";
    let sim = site(Flavor::Cloud, 14, 60).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    for (name, when) in [("No sprint", "sprints is missing"), ("Carried", "sprint_count is greater than 1")] {
        machine.run(&["hygiene", "rules", "add", name, "--when", when]).await.succeeded();
    }
    machine.run(&["integration", "edit", "site", "--exclude", SPRINT]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    for rule in [8, 9] {
        let line = &report["rules"][rule];
        assert_eq!((&line["blocked_by"], &line["blocked_because"]), (&json!(SPRINT), &json!("left_out")));
        assert_eq!(line["misses"], 0);
    }
    for asked in [["--basis", "active_sprint"], ["--filter", "sprints="], ["--by", "sprints"]] {
        let refused = machine.run(&[&["hygiene", "report"][..], &asked].concat()).await;
        refused.refused(2, "left out by configuration");
    }
    let again = ["hygiene", "rules", "add", "Other", "--when", "sprints is missing"];
    machine.run(&again).await.refused(2, "left out by configuration");
}

#[tokio::test]
async fn other_weights_change_the_score_and_no_count() {
    let sim = site(Flavor::Cloud, 7, 200).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let report = async |more: &[&str]| {
        let arguments = [&["hygiene", "report", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json()
    };
    let (usual, other) = (report(&[]).await, report(&["--weight", "idle=100"]).await);
    assert_eq!(counts(&usual), counts(&other));
    let (in_scope, misses) = counts(&other);
    let expected = 100.0 - 100.0 * misses[0] as f64 / in_scope as f64;
    assert!((other["score"].as_f64().expect("a score") - expected).abs() < 1e-9);
    let refused = machine.run(&["hygiene", "report", "--weight", "idle=90"]).await;
    refused.refused(2, "Weights add up to 90");
    machine.run(&["hygiene", "issues", "--rule", "speed"]).await.refused(2, "There is no rule speed");
    let nothing = report(&["--filter", "project=NONE"]).await;
    assert_eq!(
        (nothing["score"].clone(), counts(&nothing).0),
        (Value::Null, 0),
        "nothing in scope is no score"
    );
}

#[tokio::test]
async fn a_rule_in_words_and_as_a_file_is_the_same_rule_and_has_the_same_numbers_wherever_it_is_asked() {
    let sim = site(Flavor::Cloud, 11, 150).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let when = ["--when", "due_date is missing and age_days is greater than 30", "--only", "not type is Bug"];
    let tried = [&["hygiene", "rules", "preview", "--format", "json"], &when[..]].concat();
    let tried = machine.run(&tried).await.succeeded().json();
    let added = [&["hygiene", "rules", "add", "Late plans", "--format", "json"], &when[..]].concat();
    let added = machine.run(&added).await.succeeded().json();
    assert_eq!(
        added["text"],
        "due_date is missing and age_days is greater than 30 only for not type equals Bug"
    );

    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let line = report["rules"].as_array().expect("rules").last().expect("the own rule").clone();
    assert_eq!((&line["name"], &line["weight"]), (&json!("Late plans"), &json!(0.0)));
    // What is right is for the suite `hygiene` to say; here every surface has to say the same.
    let expected = number(&line, "misses");
    assert!(expected > 0, "the site has such issues");
    assert_eq!((&tried["misses"], &tried["in_scope"]), (&line["misses"], &line["in_scope"]));
    assert_eq!(tried["newest"].as_array().map(Vec::len), Some(expected.min(5) as usize));
    let weeks = tried["weeks"].as_array().expect("weeks");
    let count = weeks.len().to_string();
    let trend = ["hygiene", "trend", "--every", "week", "--count", &count, "--format", "json"];
    let trend = machine.run(&trend).await.succeeded().json();
    // The last of them is now, which is another instant each time.
    for (week, point) in weeks.iter().zip(trend["points"].as_array().expect("points")).rev().skip(1) {
        let kept = point["rules"].as_array().expect("rules").last().expect("the own rule");
        assert_eq!((&week["at"], &week["misses"]), (&point["at"], &kept["misses"]));
    }
    let listed = ["hygiene", "issues", "--rule", "late PLANS", "--limit", "1000", "--format", "json"];
    let listed = machine.run(&listed).await.succeeded().json();
    assert_eq!(listed.as_array().map(|rows| rows.len() as u64), Some(expected));

    // What is written can be read again, as JSON and as YAML.
    let shown = machine.run(&["hygiene", "rules", "show"]).await.succeeded().json();
    machine.run(&["hygiene", "rules", "remove", "Late plans"]).await.succeeded();
    let file = machine.file("rules.json", &shown.to_string());
    machine.run(&["hygiene", "rules", "add", "--file", &file]).await.succeeded();
    let text = shown[0]["text"].as_str().expect("words");
    let yaml = format!("# Ours\n- name: Other plans\n  text: {text}\n");
    let file = machine.file("rules.yaml", &yaml);
    let again = machine
        .run(&["hygiene", "rules", "add", "--file", &file, "--format", "json"])
        .await
        .succeeded()
        .json();
    assert_eq!(again["conditions"], added["conditions"]);
    machine
        .run(&["hygiene", "rules", "add", "--file", &file])
        .await
        .refused(6, "There is a rule \"Other plans\" already");

    let edit = ["hygiene", "rules", "edit", "other plans", "--rename", "Renamed", "--format", "json"];
    let renamed = machine.run(&edit).await.succeeded().json();
    assert_eq!((&renamed["text"], &renamed["revision"]), (&added["text"], &json!(2)));
    let odd = ["hygiene", "rules", "add", "Odd", "--when", "summary is greater than 3"];
    machine.run(&odd).await.refused(2, "\"is greater than\" is not for summary");
    machine.run(&["hygiene", "rules", "remove", "Nobody's"]).await.refused(3, "has no rule \"Nobody's\"");
    let odd = machine.file("odd.yaml", "name: x\ntext: labels is missing\ncolour: red\n");
    let refused = machine.run(&["hygiene", "rules", "add", "--file", &odd]).await.refused(2, "odd.yaml");
    assert!(refused.stderr.contains("colour"), "{refused:#?}");
}

#[tokio::test]
async fn a_file_has_all_issues_and_a_table_says_how_many_more_there_are() {
    let sim = site(Flavor::Cloud, 15, 260).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let add = ["hygiene", "rules", "add", "Any, age", "--when", "age_days is greater than 0"];
    machine.run(&add).await.succeeded();
    let asked = ["hygiene", "issues", "--rule", "Any, age", "--basis", "all"];
    let with = async |more: &[&str]| machine.run(&[&asked[..], more].concat()).await.succeeded();
    let all = with(&["--format", "json"]).await.json().as_array().expect("rows").clone();
    assert!(all.len() > 100, "{}", all.len());
    assert!(all.iter().all(|row| row["names"].as_str().expect("a text").contains("Any, age")));
    assert!(
        !all.iter().any(|row| row["misses"].as_str().expect("a text").contains("Any")),
        "ids, for machines"
    );
    let head = with(&["--format", "csv"]).await.stdout.lines().next().expect("a head").to_owned();
    assert_eq!(head, "key,summary,type,status,assignee,created_at,updated_at,misses,names,why,url");
    let of_no_rule =
        machine.run(&["hygiene", "issues", "--basis", "all", "--rule", "", "--format", "json"]).await;
    let of_no_rule = of_no_rule.succeeded().json().as_array().map(Vec::len);
    let without = machine.run(&["hygiene", "issues", "--basis", "all", "--format", "json"]).await;
    assert_eq!(of_no_rule, without.succeeded().json().as_array().map(Vec::len), "an empty rule is none");
    assert_eq!(with(&["--format", "jsonl"]).await.stdout.lines().count(), all.len());
    let few = with(&["--format", "json", "--limit", "7"]).await.json();
    assert_eq!(few.as_array().map(Vec::len), Some(7));
    let told = |shown: usize| format!("{} more are not shown", all.len() - shown);
    assert!(with(&[]).await.stdout.contains(&told(100)));
    assert!(with(&[]).await.stdout.contains("Any, age"), "people know their own rules by their names");
    assert!(with(&["--limit", "7"]).await.stdout.contains(&told(7)));
    assert!(!with(&["--limit", "1000"]).await.stdout.contains("not shown"));
}

#[tokio::test]
async fn a_rule_whose_field_is_left_out_later_is_not_asked() {
    let sim = site(Flavor::Cloud, 12, 60).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let add = ["hygiene", "rules", "add", "No labels", "--when", "labels is missing"];
    machine.run(&add).await.succeeded();
    machine.run(&["integration", "edit", "site", "--exclude", "labels"]).await.succeeded();
    let report = machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (&report["rules"][8]["blocked_by"], &report["rules"][8]["misses"]),
        (&json!("labels"), &json!(0))
    );
    let tried = machine.run(&["hygiene", "rules", "preview", "No labels"]).await;
    tried.refused(2, "The rule \"No labels\" looks at the field labels, which is left out");
    let again = ["hygiene", "rules", "add", "Other", "--when", "labels is missing"];
    machine.run(&again).await.refused(2, "left out by configuration");
}

#[tokio::test]
async fn a_field_that_is_brought_in_again_is_nobodys_miss_until_it_is_read() {
    let sim = site(Flavor::Cloud, 9, 60).await;
    let machine = Machine::near(&sim);
    machine.add(&sim, "site", &["--exclude", "duedate"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    machine.run(&["integration", "edit", "site", "--exclude-nothing"]).await.succeeded();
    let report = async || machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json();
    let line = report().await["rules"][2].clone();
    assert_eq!((&line["misses"], &line["blocked_because"]), (&json!(0), &json!("not_read_yet")), "{line}");
    for asked in [["--filter", "due_date="], ["--by", "due_date"]] {
        let refused = machine.run(&[&["hygiene", "report"][..], &asked].concat()).await;
        refused.refused(6, "has not been read again yet");
    }
    machine.run(&["sync"]).await.succeeded();
    let line = report().await["rules"][2].clone();
    assert_eq!(line["blocked_because"], Value::Null, "{line}");
    assert!(number(&line, "misses") > 0 && number(&line, "misses") < number(&line, "in_scope"), "{line}");
}

#[tokio::test]
async fn settings_that_are_kept_are_those_of_report_trend_and_issues() {
    let sim = site(Flavor::Cloud, 13, 120).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let expected = counts(&machine.run(&["hygiene", "report", "--format", "json"]).await.succeeded().json());
    let set = [
        "hygiene",
        "settings",
        "set",
        "--off",
        "idle",
        "--weight",
        "no_assignee=30",
        "--weight",
        "no_due_date=30",
    ];
    machine.run(&set).await.refused(2, "Weights add up to 60");
    machine.run(&[&set[..], &["--scale"]].concat()).await.succeeded();
    let report = async |more: &[&str]| {
        let arguments = [&["hygiene", "report", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json()
    };
    let weight = |report: &Value, rule: &str| {
        let rules = report["rules"].as_array().expect("rules").iter();
        rules
            .filter(|line| line["rule"] == rule)
            .map(|line| line["weight"].as_f64().expect("a number"))
            .next()
    };
    let of_all = report(&[]).await;
    assert_eq!((weight(&of_all, "no_assignee"), weight(&of_all, "idle")), (Some(50.0), None));
    machine.run(&["hygiene", "issues", "--rule", "idle"]).await.refused(2, "There is no rule idle");

    machine.run(&["workspace", "add", "Payments"]).await.succeeded();
    machine.run(&["workspace", "map", "Payments", "site"]).await.succeeded();
    let place = ["--workspace", "Payments"];
    let set = [
        "hygiene",
        "settings",
        "set",
        "--response-days",
        "1000",
        "--resolution-days",
        "1",
        "--on",
        "idle",
        "--share-equally",
    ];
    machine.run(&[&set[..], &place].concat()).await.succeeded();
    let of_one = report(&[]).await;
    assert_eq!(weight(&of_one, "idle"), Some(12.5), "the only workspace that sees it");
    assert_eq!(report(&place).await["rules"], of_one["rules"]);
    let everywhere = report(&["--workspace", "installation"]).await;
    assert_eq!(everywhere["rules"], of_all["rules"], "those of the installation, whoever sees it");
    let found = counts(&of_one);
    assert_eq!((found.0, found.1[..5].to_vec()), (expected.0, expected.1[..5].to_vec()));
    assert_eq!(found.1[5], 0, "nobody is late for a response within 1000 days");
    assert!(found.1[6] >= expected.1[6], "a shorter goal is missed by no fewer");
    let trend = ["hygiene", "trend", "--count", "1", "--format", "json"];
    let trend = machine.run(&trend).await.succeeded().json();
    assert_eq!(counts(&trend["points"][0]), found);

    let add = ["hygiene", "rules", "add", "No labels", "--when", "labels is missing"];
    machine.run(&add).await.succeeded();
    let give = ["hygiene", "settings", "set", "--give", "no LABELS=20"];
    machine.run(&[&give[..], &place].concat()).await.succeeded();
    let given = report(&[]).await;
    assert_eq!(weight(&given, "idle"), Some(10.0));
    assert_eq!(
        given["rules"].as_array().and_then(|rules| rules.last()).map(|rule| &rule["weight"]),
        Some(&json!(20.0))
    );
    machine.run(&["hygiene", "rules", "remove", "No labels"]).await.succeeded();
    assert_eq!(weight(&report(&[]).await, "idle"), Some(12.5), "its weight falls to the others");
    let later = ["hygiene", "settings", "set", "--idle-days", "40"];
    machine.run(&[&later[..], &place].concat()).await.succeeded();
    let goal =
        ["hygiene", "settings", "set", "--resolution-goal", "type=Bug:2", "--resolution-goal", "type=bug:3"];
    machine.run(&goal).await.refused(2, "Two goals are for type=bug");
    machine.run(&[&["hygiene", "settings", "reset"][..], &place].concat()).await.succeeded();
    assert_eq!(weight(&report(&[]).await, "no_assignee"), Some(50.0), "those of the installation hold again");
    machine
        .run(&[&["hygiene", "settings", "reset"][..], &place].concat())
        .await
        .refused(6, "no settings to forget");
}

#[tokio::test]
async fn groups_add_up_and_reports_that_are_kept_say_what_their_question_says() {
    let sim = site(Flavor::Cloud, 14, 150).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    let report = async |more: &[&str]| {
        let arguments = [&["hygiene", "report", "--format", "json"], more].concat();
        machine.run(&arguments).await.succeeded().json()
    };
    let groups = |report: &Value| report["groups"].as_array().expect("groups").clone();
    let by_type = report(&["--by", "type"]).await;
    let expected = counts(&by_type);
    let sums =
        groups(&by_type).iter().map(counts).fold((0, vec![0; 8]), |(all, mut misses), (some, more)| {
            misses.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            (all + some, misses)
        });
    assert_eq!(sums, expected, "an issue has one type");
    let bugs = groups(&by_type).into_iter().find(|group| group["value"] == "Bug").expect("there are bugs");
    let of_bugs = report(&["--basis", "open", "--filter", "type=Bug"]).await;
    let expected = counts(&of_bugs);
    assert_eq!(counts(&bugs), expected);
    let by_assignee = groups(&report(&["--by", "assignee"]).await);
    assert!(
        by_assignee.iter().any(|group| group["value"].is_null()),
        "those that nobody has are a group too"
    );
    assert!(by_assignee.iter().any(|group| group["name"] != group["value"]), "people have names");

    let compared = report(&["--compare", "30"]).await;
    let instant = |text: &Value| text.as_str().expect("an instant").parse::<jiff::Timestamp>().expect("one");
    let before = instant(&compared["as_of"]) - instant(&compared["compared"]["at"]);
    assert_eq!(before.total(jiff::Unit::Second).expect("seconds"), 30.0 * 86_400.0);
    assert_ne!(compared["compared"]["score"], Value::Null);

    // The same site twice: the counts are added up, and the score stays.
    machine.add(&sim, "twin", &[]).await.succeeded();
    machine.run(&["sync", "twin"]).await.succeeded();
    let add =
        ["hygiene", "reports", "add", "Both", "--basis", "open", "--filter", "type=Bug", "--compare", "30"];
    machine.run(&add).await.succeeded();
    machine.run(&add).await.refused(6, "There is a report \"Both\" already");
    let open = ["hygiene", "reports", "open", "both", "--format", "json"];
    let both = machine.run(&open).await.succeeded().json();
    let (in_scope, misses) = counts(&both);
    assert_eq!(in_scope, 2 * expected.0);
    assert_eq!(misses, expected.1.iter().map(|misses| 2 * misses).collect::<Vec<_>>());
    assert_eq!(both["integrations"].as_array().map(Vec::len), Some(2));
    assert_eq!(both["score"], both["integrations"][0]["score"]);
    let edit = [
        "hygiene",
        "reports",
        "edit",
        "Both",
        "--of",
        "twin",
        "--weight",
        "idle=100",
        "--compare",
        "0",
        "--rename",
        "One",
    ];
    machine.run(&edit).await.succeeded();
    let one =
        machine.run(&["hygiene", "reports", "open", "One", "--format", "json"]).await.succeeded().json();
    assert_eq!(
        (counts(&one).0, &one["rules"][0]["weight"], &one["compared"]),
        (expected.0, &json!(100.0), &Value::Null)
    );
    machine.run(&["hygiene", "reports", "remove", "One"]).await.succeeded();
    machine.run(&["hygiene", "reports", "open", "One"]).await.refused(3, "There is no report \"One\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_facts_up_where_somebody_has_asked_before() {
    let sim = site(Flavor::Cloud, 77, 60).await;
    let machine = synced(&sim, Flavor::Cloud).await;
    assert_eq!(machine.count("SELECT count(*) FROM fact_state").await, 0, "nobody has asked yet");
    machine.run(&["hygiene", "report"]).await.succeeded();
    let made = machine.count("SELECT generation FROM fact_state").await;
    let edited = sim.edits(7, 5, &[EditKind::Summary], std::time::Duration::from_secs(60));
    assert_eq!(edited.len(), 5);
    machine.run(&["sync"]).await.succeeded();
    assert!(machine.count("SELECT generation FROM fact_state").await > made, "the run has made them");
    assert_eq!(machine.count("SELECT count(*) FROM fact_outdated").await, 0);
}
