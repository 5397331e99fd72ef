//! No text makes the reader fail, and no secret comes out of it.

use super::*;
use proptest::prelude::*;
use weir_model::Surface;

/// What is told of a file.
fn told(reading: &Reading) -> String {
    let mut seen = format!("{:?}", reading.findings);
    for finding in &reading.findings {
        let fault = &finding.fault;
        seen.push_str(&format!(
            "{} {} {} {}",
            finding.path,
            fault.what(),
            fault.why(),
            fault.fix(Surface::CommandLine)
        ));
    }
    seen
}

/// A file with a secret in every place that takes one.
fn full(secret: &str) -> String {
    format!(
        "\
satellite:
  tenant: ACME
  api_key: {secret}
  url: https://weir.acme.example
  proxy: {{ host: p.example, port: 3128, username: u, password: {secret} }}
integrations:
  - id: '12'
    application: jira
    url: https://jira.acme.example
    username: svc
    api_key: {secret}
    metadata:
      timezone: Europe/Berlin
      sensitive_fields: [summary]
  - id: '13'
    application: jira
    url: https://other.acme.example
    authentication: adfs
    adfs_url: https://adfs.acme.example
    adfs_client_id: c
    adfs_resource: r
    adfs_username: u
    adfs_password: {secret}
jira:
  allow_unsafe_ssl: true
"
    )
}

const CANARY: &str = "c4n4ry-5f7";

/// Longest run of the canary that may be seen: shorter ones are in any text.
const TRACE: &str = "4n4ry";

#[test]
fn no_secret_is_seen_of_a_file_without_a_fault() {
    let reading = looked(&full(CANARY));
    assert_eq!(reading.errors, 0, "{:?}", lines(&reading));
    let seen = format!("{reading:?} {}", told(&reading));
    assert!(!seen.contains(TRACE), "{seen}");
    assert_eq!(format!("{:?}", Around::usual().file("key", 100).unwrap()), "Held { mode: Some(384), .. }");
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let reading = looked(text);
    let most = text.split(['\n', '\r']).count() + 1;
    for finding in &reading.findings {
        prop_assert!((1..=most).contains(&finding.line) && finding.column > 0, "{finding:?}");
    }
    prop_assert!(reading.errors > 0 || reading.settings.is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn any_text_of_the_signs_of_yaml_is_read(text in "[-a-c:,&*!|>'\"\\[\\]{}#%@~ \t\r\n<?$]{0,200}") {
        check(&text)?;
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let reading = read(&bytes, &Around::usual());
        prop_assert!(reading.errors > 0 || reading.settings.is_some());
    }

    #[test]
    fn whatever_is_done_to_a_file_no_secret_is_told(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..40_usize, "[-:,&*!|>'\"\\[\\]{}# \t\na-d]{0,4}"), 1..4)
    ) {
        let mut text = full(CANARY);
        for (at, length, put) in edits {
            let from = at.index(text.len());
            let to = (from + length).min(text.len());
            text.replace_range(from..to, &put);
        }
        check(&text)?;
        let seen = told(&looked(&text));
        prop_assert!(!seen.contains(TRACE), "{}\n{}", text, seen);
    }
}
