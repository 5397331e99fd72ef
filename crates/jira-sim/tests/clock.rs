//! The simulator's own clock, the accounts' zones, and what dates in queries mean.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::time::Duration;

use jira_sim::{Edit, EditKind, Sim};
use serde_json::json;
use support::*;

fn at(stamp: &str) -> i64 {
    stamp.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Whether the reader's query finds the issue.
async fn finds(sim: &Sim, restriction: &str) -> bool {
    let jql = format!("key = APOLLO-2 and {restriction}");
    !client(sim, READER).ids(&jql).await.is_empty()
}

async fn edited_at(sim: &Sim, zone: &str, stamp: &str) {
    sim.set_zone(READER, zone).unwrap();
    sim.set_clock(at(stamp));
    sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2")).unwrap();
}

#[tokio::test]
async fn headers_and_stamps_and_relative_dates_follow_the_clock() {
    let sim = start(300).await;
    sim.set_clock(at("2027-03-01T12:00:30Z"));
    let reader = client(&sim, READER);
    let me = reader.get("/rest/api/3/myself").await;
    assert_eq!(me.header("date"), Some("Mon, 01 Mar 2027 12:00:30 GMT"));
    sim.edit(&Edit::new(EditKind::Summary).of("APOLLO-2")).unwrap();
    sim.advance_clock(Duration::from_secs(10 * 60));
    assert_eq!(reader.get("/rest/api/3/myself").await.header("date"), Some("Mon, 01 Mar 2027 12:10:30 GMT"));
    assert!(finds(&sim, "updated >= -15m").await && finds(&sim, "updated <= now()").await);
    assert!(finds(&sim, "updated >= \"-1h 30m\"").await && !finds(&sim, "updated >= -9m").await);
    assert!(finds(&sim, "updated >= 1803902430000").await && !finds(&sim, "updated > 1803902430000").await);
    let issue = reader.get("/rest/api/3/issue/APOLLO-2").await.good();
    assert_eq!(issue["fields"]["updated"], "2027-03-01T09:00:30.000-0300");
}

#[tokio::test]
async fn literals_are_minutes_in_the_accounts_zone() {
    let sim = start(300).await;
    for (zone, wall) in [
        ("UTC", "2027-02-01 06:07"),
        ("Asia/Kolkata", "2027-02-01 11:37"),
        ("America/New_York", "2027-02-01 01:07"),
        ("Pacific/Chatham", "2027-02-01 19:52"),
    ] {
        edited_at(&sim, zone, "2027-02-01T06:07:08.009Z").await;
        let me = client(&sim, READER).get("/rest/api/3/myself").await.good();
        assert_eq!(me["timeZone"], zone);
        assert!(finds(&sim, &format!("updated >= \"{wall}\"")).await, "{zone}");
        assert!(finds(&sim, &format!("updated > \"{wall}\"")).await, "{zone}");
        assert!(finds(&sim, &format!("updated = \"{}\"", wall.replace('-', "/"))).await, "{zone}");
        assert!(!finds(&sim, &format!("updated <= \"{wall}\"")).await, "{zone}");
    }
}

#[tokio::test]
async fn both_clock_changes_of_a_year_shift_literals() {
    let sim = start(300).await;
    for (zone, stamp, found, missed) in [
        // The hour from one to two comes twice; a literal means the second one.
        ("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01 00:59", "2026-11-01 01:00"),
        ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01 01:30", "2026-11-01 01:31"),
        // The hour from two to three is left out.
        ("America/New_York", "2027-03-14T07:10:00Z", "2027-03-14 02:10", "2027-03-14 03:11"),
        ("Pacific/Chatham", "2027-04-03T14:00:00Z", "2027-04-04 02:44", "2027-04-04 03:00"),
        ("Pacific/Chatham", "2027-09-25T14:00:00Z", "2027-09-26 03:45", "2027-09-26 03:46"),
    ] {
        edited_at(&sim, zone, stamp).await;
        assert!(finds(&sim, &format!("updated >= \"{found}\"")).await, "{zone} {stamp}");
        assert!(!finds(&sim, &format!("updated >= \"{missed}\"")).await, "{zone} {stamp}");
    }
}

#[tokio::test]
async fn the_hand_works_over_http_and_refuses_what_makes_no_sense() {
    let sim = start(300).await;
    let hand = client(&sim, ADMIN);
    let clock = hand.post("/_sim/clock", &json!({ "now": "2027-01-01T00:00:00Z" })).await.good();
    assert_eq!(clock["now"], at("2027-01-01T00:00:00Z"));
    let clock = hand.post("/_sim/clock", &json!({ "advance_ms": 5 })).await.good();
    assert_eq!(clock["now"], at("2027-01-01T00:00:00.005Z"));
    hand.post("/_sim/lag", &json!({ "ms": 1000 })).await.good();
    hand.post("/_sim/zone", &json!({ "account": READER, "zone": "Asia/Kolkata" })).await.good();
    let edits = json!({ "seed": 7, "count": 50 });
    let edits = hand.post("/_sim/edits", &edits).await.good();
    assert_eq!(edits["applied"].as_array().unwrap().len(), 50);
    assert_eq!(edits["now"], at("2027-01-01T00:00:00.005Z"));
    let edit = json!({ "kind": "summary", "subject": "APOLLO-2", "value": "Hello" });
    let edit = hand.post("/_sim/edit", &edit).await.good();
    assert_eq!(edit["applied"], json!([{ "kind": "summary", "subject": "APOLLO-2" }]));
    for (path, body) in [
        ("edit", json!({})),
        ("edit", json!([])),
        ("edit", json!({ "kind": "nonsense" })),
        ("edit", json!({ "kind": "summary", "subject": "NOWHERE-1" })),
        ("edit", json!({ "kind": "status", "subject": "APOLLO-2", "value": "Nowhere" })),
        ("edit", json!({ "kind": "labels", "subject": "APOLLO-2", "value": 7 })),
        ("edits", json!({ "count": -1 })),
        ("edits", json!({ "seed": -1 })),
        ("edits", json!({ "kinds": ["nonsense"] })),
        ("clock", json!({})),
        ("clock", json!({ "now": "soon" })),
        ("clock", json!({ "now": 1, "advance_ms": 1 })),
        ("lag", json!({ "ms": -1 })),
        ("lag", json!({ "other": 1 })),
        ("zone", json!({ "account": READER, "zone": "Mars/Olympus" })),
        ("zone", json!({ "account": "who@sim.example", "zone": "UTC" })),
    ] {
        let said = hand.post(&format!("/_sim/{path}"), &body).await.refused(400);
        assert!(said.ends_with('.'), "{path} {body}: {said}");
    }
    assert_eq!(hand.get("/_sim/clock").await.status, 405);
}
