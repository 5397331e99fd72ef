//! Files in the field: the published samples with their placeholders filled in, and what else such files hold.

use super::*;
use crate::config::{Login, Settings};
use std::{fs, path::Path};
use weir_http::ExposeSecret as _;

/// Values for the placeholders of the published samples.
const FILLED: &[(&str, &str)] = &[
    ("<ACCOUNT_NAME>", "ACME"),
    ("<SEI_API_KEY>", "srv-k3y-1"),
    ("<INTEGRATION_ID>", "12"),
    ("<ATLASSIAN_ORGANIZATION_URL>", "https://jira.acme.example/jira"),
    ("<ATLASSIAN_USERNAME>", r"ACME\svc-weir"),
    ("<ATLASSIAN_PASSWORD>", "p4ss w0rd"),
    ("<ATLASSIAN_API_KEY>", "pat-t0k3n-2"),
    ("<ATLASSIAN_ACCOUNT_TIMEZONE>", "Asia/Kolkata"),
    ("<TIMEZONE>", "Europe/Berlin"),
    ("<ADFS_SERVER_ENDPOINT>", "https://adfs.acme.example"),
    ("<CLIENT_IDENTIFIER>", "client-7"),
    ("<RESOURCE_IDENTIFIER>", "urn:jira"),
    ("<ADFS_USERNAME>", r"ACME\svc-weir"),
    ("<ADFS_PASSWORD>", "4dfs-p4ss"),
];

/// A published sample; `None` where the reference material is absent, which is said.
fn published(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/satellite");
    if !folder.is_dir() {
        eprintln!("SKIPPED: satellite::samples: ../shared is absent");
        if let Some(log) = std::env::var_os("WEIR_SKIP_LOG") {
            use std::io::Write as _;
            let mut log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
            writeln!(log, "satellite::samples: ../shared is absent").unwrap();
        }
        return None;
    }
    Some(fs::read_to_string(folder.join(name)).unwrap())
}

fn filled(text: &str) -> String {
    let filled =
        FILLED.iter().fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value));
    assert!(!filled.contains('<'), "{filled}");
    filled
}

#[track_caller]
fn settings(reading: Reading) -> Settings {
    assert_eq!(reading.errors, 0, "{:#?}", reading.findings);
    reading.settings.unwrap()
}

#[test]
fn the_published_sample_with_a_password_runs_when_it_is_filled_in() {
    let Some(sample) = published("password.yml") else { return };
    let reading = looked(&filled(&sample));
    assert_eq!(
        lines(&reading),
        [
            "warning 4:8 satellite.url satellite.other_server",
            "warning 17:21 jira.allow_unsafe_ssl satellite.unsafe_tls"
        ]
    );
    let settings = settings(reading);
    assert_eq!(settings.server.tenant, "ACME");
    assert_eq!(settings.server.api_key.expose_secret(), "srv-k3y-1");
    assert_eq!(settings.server.url.as_str(), "https://app.harness.io/gratis/sei/api");
    let [site] = &settings.sites[..] else { panic!("{settings:?}") };
    assert_eq!((site.id.as_str(), site.url.as_str()), ("12", "https://jira.acme.example/jira"));
    let Login::Password { user, password } = &site.login else { panic!("{site:?}") };
    assert_eq!((user.as_str(), password.expose_secret()), (r"ACME\svc-weir", "p4ss w0rd"));
    assert_eq!(site.timezone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(site.exclusions.words(), ["description", "userDetails"]);
    assert!(site.insecure_tls);
}

#[test]
fn the_published_sample_with_a_token_runs_when_it_is_filled_in() {
    let Some(sample) = published("token.yml") else { return };
    let settings = settings(looked(&filled(&sample)));
    let [site] = &settings.sites[..] else { panic!("{settings:?}") };
    let Login::Token(token) = &site.login else { panic!("{site:?}") };
    assert_eq!(token.expose_secret(), "pat-t0k3n-2");
    assert_eq!(site.timezone.as_deref(), Some("Asia/Kolkata"));
    assert_eq!(site.exclusions.words(), ["description", "summary"]);
}

#[test]
fn the_published_sample_with_adfs_runs_when_it_is_filled_in() {
    let Some(sample) = published("adfs.yml") else { return };
    let settings = settings(looked(&filled(&sample)));
    let [site] = &settings.sites[..] else { panic!("{settings:?}") };
    let Login::Adfs(adfs) = &site.login else { panic!("{site:?}") };
    assert_eq!(adfs.url.as_str(), "https://adfs.acme.example/");
    assert_eq!((adfs.client_id.as_str(), adfs.resource.as_str()), ("client-7", "urn:jira"));
    assert_eq!((adfs.user.as_str(), adfs.password.expose_secret()), (r"ACME\svc-weir", "4dfs-p4ss"));
    assert_eq!(site.exclusions.words(), ["comment"]);
}

#[test]
fn every_placeholder_that_nobody_has_filled_in_is_found() {
    for name in ["password.yml", "token.yml", "adfs.yml"] {
        let Some(sample) = published(name) else { return };
        let reading = looked(&sample);
        let unfilled = lines(&reading).iter().filter(|line| line.ends_with("satellite.placeholder")).count();
        assert_eq!(unfilled, sample.matches('<').count(), "{name}: {:#?}", lines(&reading));
        assert_eq!(reading.errors, unfilled, "{name}: {:#?}", lines(&reading));
        assert!(reading.settings.is_none());
    }
}

#[test]
fn a_file_of_many_tools_runs_what_weir_reads_and_names_the_rest() {
    let text = GOOD.to_owned()
        + "  - id: '13'
    application: github
    url: https://git.acme.example
    authentication: multiple_api_keys
    keys:
      - api_key: gh-0ne
      - api_key: gh-tw0
    metadata: { fetch_prs: true, fetch_projects: false }
  - id: 14
    application: Jira
    url: http://localhost:8080
    username: ''
    api_key: pat-0ther
    satellite: true
    metadata:
      timezone: ~
      sensitive_fields: summary, userdetails
  - id: '15'
    application: jirra
    url: https://typo.acme.example
";
    let reading = looked(&text);
    assert_eq!(
        lines(&reading),
        [
            "warning 11:18 integrations[1].application satellite.application_other",
            "warning 28:18 integrations[3].application satellite.application"
        ]
    );
    let settings = settings(reading);
    let ids: Vec<&str> = settings.sites.iter().map(|site| site.id.as_str()).collect();
    assert_eq!(ids, ["12", "14"]);
    assert!(matches!(settings.sites[1].login, Login::Token(_)));
    assert_eq!(settings.sites[1].timezone, None);
    assert_eq!(settings.sites[1].exclusions.words(), ["summary", "userDetails"]);
}

#[test]
fn what_is_wrong_with_one_integration_leaves_the_others() {
    let text = GOOD.to_owned()
        + "  - id: '13'\n    application: jira\n    url: jira.acme.example\n    api_key: pat\n";
    let reading = looked(&text);
    assert_eq!(lines(&reading), ["error 12:10 integrations[1].url satellite.url"]);
    assert_eq!(reading.settings.unwrap().sites.len(), 1);
}

#[test]
fn the_legacy_block_is_read_like_the_newer_one() {
    let reading = looked(&changed("satellite:\n", "levelops:\n"));
    assert_eq!(lines(&reading), ["warning 2:3 levelops satellite.legacy"]);
    assert_eq!(settings(reading).server.tenant, "ACME");
    let both = format!("{GOOD}levelops:\n  tenant: OLD\n");
    let reading = looked(&both);
    assert_eq!(lines(&reading), ["warning 11:3 levelops satellite.legacy_unused"]);
    assert_eq!(settings(reading).server.tenant, "ACME");
}

#[test]
fn a_proxy_becomes_one_address() {
    let proxy = "example\n  proxy:\n    host: proxy.acme.example\n    port: 3128\n    username: weir\n    password: 'p@ss/w0rd'\n    all_traffic: yes\nintegrations";
    let proxy = settings(looked(&changed("example\nintegrations", proxy))).server.proxy.unwrap();
    assert_eq!(proxy.address.expose_secret(), "http://weir:p%40ss%2Fw0rd@proxy.acme.example:3128/");
    assert!(proxy.all_traffic);
    let bare = "example\n  proxy: { host: '::1', port: '8080' }\nintegrations";
    let proxy = settings(looked(&changed("example\nintegrations", bare))).server.proxy.unwrap();
    assert_eq!(proxy.address.expose_secret(), "http://[::1]:8080/");
    assert!(!proxy.all_traffic);
    let none = "example\n  proxy:\n    host:\n    port:\nintegrations";
    assert!(settings(looked(&changed("example\nintegrations", none))).server.proxy.is_none());
}

#[test]
fn secrets_come_from_files_and_variables_too() {
    let text = changed("api_key: srv-k3y-1", "api_key_file: key");
    let text = text.replace("api_key: pat-t0k3n-2", "api_key_env: WEIR_KEY\n    ca_file: ca.pem");
    let reading = looked(&text);
    assert_eq!(lines(&reading), Vec::<String>::new());
    let settings = settings(reading);
    assert_eq!(settings.server.api_key.expose_secret(), "from-f1l3");
    let Login::Token(token) = &settings.sites[0].login else { panic!("{settings:?}") };
    assert_eq!(token.expose_secret(), "from-v4r");
    assert!(settings.sites[0].ca_pem.as_deref().is_some_and(|pem| pem.contains("CERTIFICATE")));
}

#[test]
fn a_value_is_the_text_that_was_written() {
    for (written, meant) in [
        ("0123", "0123"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("1e3", "1e3"),
        ("'it''s'", "it's"),
        (r#""tab\there""#, "tab\there"),
        ("' a '", " a "),
        ("!!str 007", "007"),
        ("|\n      a b", "a b"),
        ("C:\\dir#1", "C:\\dir#1"),
    ] {
        let text = changed("api_key: pat-t0k3n-2", &format!("username: me\n    api_key: {written}"));
        let settings = settings(looked(&text));
        let Login::Password { password, .. } = &settings.sites[0].login else { panic!("{settings:?}") };
        assert_eq!(password.expose_secret(), meant, "{written}");
    }
}

#[test]
fn aliases_windows_lines_and_a_byte_order_mark_are_read() {
    let text =
        format!("\u{feff}{}", GOOD.replace("api_key: srv", "api_key: &k srv").replace("pat-t0k3n-2", "*k"));
    let settings = settings(looked(&text.replace('\n', "\r\n")));
    let Login::Token(token) = &settings.sites[0].login else { panic!("{settings:?}") };
    assert_eq!(token.expose_secret(), "srv-k3y-1");
}

#[test]
fn the_file_to_fill_in_lacks_its_values_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("satellite.yml");
    crate::config::write_new(&path, crate::config::TEMPLATE).unwrap();
    let reading = crate::config::read_file(&path, None).unwrap();
    let ids: Vec<&str> = reading.findings.iter().map(|finding| finding.fault.id()).collect();
    assert_eq!(ids, ["satellite.placeholder"; 6], "{:#?}", lines(&reading));
    let refused = crate::config::write_new(&path, crate::config::TEMPLATE).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn all_that_the_file_to_fill_in_has_in_comments_is_read() {
    let template = include_str!("../template.yml");
    let on = |line: &str| line.replacen("# ", "", 1);
    let is_option = |line: &str| {
        let rest = line.trim_start().trim_start_matches("# ").trim_start();
        rest.split_once(':').is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            && line.trim_start().starts_with('#')
            && !rest.starts_with("api_key")
            && !rest.contains("What is never")
    };
    let text: Vec<String> =
        template.lines().map(|line| if is_option(line) { on(line) } else { line.to_owned() }).collect();
    let text = text
        .join("\n")
        .replace("<SERVER>", "https://weir.acme.example")
        .replace("<JIRA>", "https://jira.acme.example");
    let text =
        text.replace("<TENANT>", "ACME").replace("<ID>", "12").replace("<KEY>", "k").replace("<TOKEN>", "t");
    let mut around = Around::usual();
    for file in ["acme-ca.pem", "proxy.password", "adfs.password"] {
        around.files.insert(file, ("-----BEGIN CERTIFICATE-----", 0o600));
    }
    let reading = read(text.as_bytes(), &around);
    let ids: Vec<&str> = reading.findings.iter().map(|finding| finding.fault.id()).collect();
    assert_eq!(ids, ["satellite.login_unused", "satellite.unsafe_tls"], "{text}\n{:#?}", lines(&reading));
    let settings = settings(reading);
    assert!(matches!(settings.sites[0].login, Login::Adfs(_)));
    assert_eq!(settings.sites[0].exclusions.words(), ["comment", "description", "summary", "userDetails"]);
}
