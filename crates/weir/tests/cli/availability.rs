//! When data came in, from the command line.

use crate::support::{Machine, number, site};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_says_what_runs_made_of_it_and_a_run_says_what_it_asked_for() {
    let sim = site().await;
    let machine = Machine::connected(&sim).await;
    let before = machine.run(&["integration", "availability", "--format", "json"]).await.succeeded().json();
    assert_eq!(before["figures"]["percent"], Value::Null, "{before}");

    machine.run(&["sync"]).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
    let shown = machine.run(&["integration", "availability", "--format", "json"]).await.succeeded().json();
    let segments = shown["segments"].as_array().expect("segments");
    assert_eq!((segments.len(), number(&shown, "segment_minutes")), (84, 120));
    assert_eq!(segments[83]["state"], "healthy", "{shown}");
    assert_eq!(number(&shown["figures"], "healthy"), 1);
    assert_eq!(shown["gaps"].as_array().map(Vec::len), Some(0), "nothing new is no gap: {shown}");
    assert_eq!(machine.count("SELECT count(*) FROM run WHERE scanned_from = 0").await, 1);
    assert_eq!(machine.count("SELECT count(*) FROM run WHERE scanned_from > 0").await, 1);

    machine.run(&["integration", "pause"]).await.succeeded();
    let month = ["integration", "availability", "--range", "30d"];
    let shown = machine.run(&[&month[..], &["--format", "json"]].concat()).await.succeeded().json();
    assert_eq!(shown["segments"].as_array().map(Vec::len), Some(120));
    assert_eq!(shown["gaps"][0]["kind"], "paused");
    let text = machine.run(&month).await.succeeded().stdout;
    assert!(text.starts_with("Availability, 30d: 100.0 % (1 healthy,"), "{text}");
    machine.run(&["integration", "availability", "--range", "8d"]).await.refused(2, "command line");
}
