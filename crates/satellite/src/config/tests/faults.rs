//! Every finding, with the line and the character where it is.

use super::*;

/// The good file with a change, and what is found in it.
#[track_caller]
fn finds(from: &str, to: &str, expected: &[&str]) {
    let text = changed(from, to);
    let reading = looked(&text);
    assert_eq!(lines(&reading), expected, "{text}");
    let errors = expected.iter().filter(|line| line.starts_with("error")).count();
    assert_eq!(reading.errors, errors);
    assert!(errors == 0 || reading.settings.is_none(), "the only integration, or all of it, is out");
}

#[test]
fn a_good_file_has_no_findings() {
    let reading = looked(GOOD);
    assert_eq!(lines(&reading), Vec::<String>::new());
    assert!(reading.settings.is_some());
}

#[test]
fn what_is_not_yaml_is_found_where_it_ceases_to_be() {
    finds("  tenant: ACME", "\ttenant: ACME", &["error 2:1  satellite.tab"]);
    finds("  tenant: ACME", "  \ttenant: ACME", &["error 2:3  satellite.tab"]);
    finds("tenant: ACME", "tenant ACME", &["error 3:10  satellite.yaml"]);
    finds("'12'", "'12", &["error 6:9  satellite.yaml"]);
    finds("ACME", "\"AC\\ME\"", &["error 2:11  satellite.yaml"]);
    finds("  - id: '12'\n", "  - id: '12'\n   x: 1\n", &["error 7:4  satellite.yaml"]);
    finds("ACME", "@ACME", &["error 2:11  satellite.yaml"]);
    finds("ACME", "*nobody", &["error 2:11  satellite.yaml"]);
    finds("ACME", "[A", &["error 3:10  satellite.yaml"]);
}

#[test]
fn what_yaml_has_and_no_file_of_a_satellite_needs_is_refused() {
    finds("ACME", "!vault ACME", &["error 2:11  satellite.tag"]);
    finds("tenant: ACME", "[a, b]: ACME", &["error 2:3  satellite.key_kind"]);
    finds("integrations:", "---\nintegrations:", &["error 5:1  satellite.document"]);
    finds("ACME", &("[".repeat(30) + &"]".repeat(30)), &["error 2:33  satellite.deep"]);
    finds("ACME", &format!("&a {}", "{b: *a}"), &["error 2:18  satellite.bulk"]);
}

#[test]
fn a_text_that_is_no_file_is_told_as_one() {
    for (bytes, expected) in [
        (&b""[..], "error 1:1  satellite.empty"),
        (b"# nothing\n", "error 1:1  satellite.empty"),
        (b"---\n", "error 1:1  satellite.empty"),
        (b"ab: 1\nc\xff: 2\n", "error 2:2  satellite.encoding"),
        (b"\xff\xfea\0", "error 1:1  satellite.encoding"),
        (b"- a\n", "error 1:1  satellite.kind"),
        (b"word\n", "error 1:1  satellite.kind"),
    ] {
        assert_eq!(lines(&read(bytes, &Around::usual())), [expected]);
    }
    let long = "#".repeat(300 * 1024);
    assert_eq!(lines(&looked(&long)), ["error 1:1  satellite.large"]);
}

#[test]
fn aliases_cannot_exhaust_memory() {
    let mut text = String::from("a0: &a0 [\"0123456789\", \"0123456789\"]\n");
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", ")));
    }
    let reading = looked(&text);
    assert!(lines(&reading)[0].ends_with("satellite.bulk"), "{:?}", lines(&reading));
    let big = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1_000].join(", "));
    assert!(lines(&looked(&big))[0].ends_with("satellite.bulk"));
    // Each holds the one before it: deep, though no bracket stands in another.
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..8_000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(lines(&looked(&chain))[0].ends_with("satellite.bulk"));
}

#[test]
fn keys_that_are_missing_twice_or_misspelt_are_found() {
    finds("  tenant: ACME\n", "", &["error 2:3 satellite.tenant satellite.missing"]);
    finds("ACME", "''", &["error 2:3 satellite.tenant satellite.missing"]);
    finds("ACME", "ACME\n  tenant: B", &["error 3:3 satellite.tenant satellite.key_twice"]);
    finds("tenant: ACME", "tenant: ACME\n  usr: 1", &["warning 3:3 satellite.usr satellite.key"]);
    finds("tenant: ACME", "tenant: ACME\n  api-key: 1", &["error 3:3 satellite.api-key satellite.key"]);
    finds("tenant: ACME", "tenant: ACME\n  p4ss: 1", &["warning 3:3 satellite.(a key) satellite.key"]);
    finds("    url: https://jira.acme.example\n", "", &["error 6:5 integrations[0].url satellite.missing"]);
    finds("  - id: '12'\n    a", "  - a", &["error 6:5 integrations[0].id satellite.missing"]);
    finds("    application: jira\n", "", &["error 6:5 integrations[0].application satellite.missing"]);
    finds("    api_key: pat-t0k3n-2\n", "", &["error 6:5 integrations[0].api_key satellite.missing"]);
    let reading = looked("integrations: []\n");
    assert_eq!(
        lines(&reading),
        ["error 1:1 satellite satellite.missing", "error 1:15 integrations satellite.nothing"]
    );
    let (head, _) = GOOD.split_once("integrations").unwrap();
    assert_eq!(lines(&looked(head)), ["error 1:1 integrations satellite.missing"]);
}

#[test]
fn what_misspelt_words_were_to_leave_out_is_not_sent() {
    let with = |metadata: &str| format!("pat-t0k3n-2\n    metadata:\n      {metadata}");
    finds(
        "pat-t0k3n-2",
        &with("sensitve_fields: [summary]"),
        &["error 11:7 integrations[0].metadata.sensitve_fields satellite.key"],
    );
    finds(
        "pat-t0k3n-2",
        &with("sensitive_fields: [summary, descripton]"),
        &["error 11:35 integrations[0].metadata.sensitive_fields[1] satellite.field"],
    );
    finds(
        "pat-t0k3n-2",
        &with("sensitive_fields: ['a b']"),
        &["error 11:26 integrations[0].metadata.sensitive_fields[0] satellite.field"],
    );
    finds(
        "pat-t0k3n-2",
        &with("sensitive_fields: status"),
        &["error 11:25 integrations[0].metadata.sensitive_fields satellite.field_required"],
    );
    finds(
        "pat-t0k3n-2",
        &with("timezone: Europe/Berln"),
        &["error 11:17 integrations[0].metadata.timezone satellite.timezone"],
    );
    let exclusions =
        looked(&changed("pat-t0k3n-2", &with("sensitive_fields: [customfield_10042, Comments]")));
    assert_eq!(exclusions.settings.unwrap().sites[0].exclusions.words(), ["comment", "customfield_10042"]);
}

#[test]
fn values_of_another_kind_are_found() {
    finds("ACME", "[A, B]", &["error 2:11 satellite.tenant satellite.kind"]);
    finds("  - id: '12'\n    application", "  id: '12'\n  application", &["error 8:8  satellite.yaml"]);
    finds("ACME", "<ACCOUNT_NAME>", &["error 2:11 satellite.tenant satellite.placeholder"]);
    finds("ACME", "“ACME”", &["warning 2:11 satellite.tenant satellite.quotes"]);
    finds("'12'", "'1 2'", &["error 6:9 integrations[0].id satellite.id"]);
    let twice = "pat-t0k3n-2\n  - { id: 12, application: jira, url: 'https://b.example', api_key: x }";
    let reading = looked(&changed("pat-t0k3n-2", twice));
    assert_eq!(lines(&reading), ["error 10:11 integrations[1].id satellite.id_twice"]);
    let listless = "satellite: { tenant: A, api_key: k, url: 'https://w.example' }\nintegrations:\n  id: 1\n";
    assert_eq!(lines(&looked(listless)), ["error 3:3 integrations satellite.kind"]);
    let flag = format!("{GOOD}jira:\n  allow_unsafe_ssl: maybe\n");
    assert_eq!(lines(&looked(&flag)), ["error 11:21 jira.allow_unsafe_ssl satellite.boolean"]);
    let word = format!("{GOOD}jira: yes\n");
    assert_eq!(lines(&looked(&word)), ["error 10:7 jira satellite.kind"]);
}

#[test]
fn addresses_are_looked_at() {
    let server = "https://weir.acme.example";
    let at = |id: &str| [format!("error 4:8 satellite.url satellite.{id}")];
    for (url, id) in [
        ("weir.acme.example", "url"),
        ("weir.acme.example:8443", "url"),
        ("ftp://weir.acme.example", "url"),
        ("https://", "url"),
        ("https://me:p4ss@weir.acme.example", "url_login"),
        ("https://weir.acme.example?x=1", "url"),
        ("http://weir.acme.example", "plain_server"),
    ] {
        let expected = at(id);
        finds(server, url, &expected.each_ref().map(String::as_str));
    }
    for url in ["http://localhost:8420", "http://127.0.0.1:8420", "'http://[::1]:8420'"] {
        finds(server, url, &["warning 4:8 satellite.url satellite.plain"]);
    }
    let site = "https://jira.acme.example";
    finds(site, "http://jira.acme.example", &["warning 8:10 integrations[0].url satellite.plain"]);
    finds(site, "http://localhost:8080", &[]);
    finds(
        server,
        "https://app.harness.io/gratis/sei/api",
        &["warning 4:8 satellite.url satellite.other_server"],
    );
}

#[test]
fn a_proxy_is_looked_at() {
    let with = |proxy: &str| format!("example\n  proxy: {{ {proxy} }}\nintegrations");
    let of = |proxy: &str, expected: &[&str]| finds("example\nintegrations", &with(proxy), expected);
    of("host: 'http://p.example', port: 1", &["error 5:18 satellite.proxy.host satellite.proxy_host"]);
    of("host: 'p.example:3128', port: 1", &["error 5:18 satellite.proxy.host satellite.proxy_host"]);
    of("host: p.example", &["error 5:10 satellite.proxy.port satellite.missing"]);
    of("port: 3128", &["error 5:10 satellite.proxy.host satellite.missing"]);
    of("host: p.example, port: 0", &["error 5:35 satellite.proxy.port satellite.port"]);
    of("host: p.example, port: 65536", &["error 5:35 satellite.proxy.port satellite.port"]);
    of("host: p.example, port: 1, password: x", &["error 5:10 satellite.proxy satellite.proxy_user"]);
}

#[test]
fn ways_to_sign_in_are_looked_at() {
    let key = "api_key: pat-t0k3n-2";
    let adfs = "authentication: adfs\n    adfs_url: https://adfs.example\n    adfs_client_id: c\n    adfs_resource: r\n    adfs_username: u\n    adfs_password: p";
    finds(key, adfs, &[]);
    finds(
        key,
        &adfs.replace("adfs\n", "afds\n"),
        &["error 9:21 integrations[0].authentication satellite.authentication"],
    );
    finds(
        key,
        "authentication: adfs",
        &[
            "error 6:5 integrations[0].adfs_url satellite.missing",
            "error 6:5 integrations[0].adfs_client_id satellite.missing",
            "error 6:5 integrations[0].adfs_resource satellite.missing",
            "error 6:5 integrations[0].adfs_username satellite.missing",
            "error 6:5 integrations[0].adfs_password satellite.missing",
        ],
    );
    finds(
        key,
        &format!("{adfs}\n    username: u"),
        &["warning 15:15 integrations[0].username satellite.login_unused"],
    );
    finds(
        key,
        &format!("{key}\n    adfs_username: u"),
        &["warning 10:20 integrations[0].adfs_username satellite.adfs_unasked"],
    );
    finds(key, &format!("{key}\n    authentication: apikey"), &[]);
    finds(
        key,
        &format!("{key}\n    username: A\\\\b"),
        &["warning 10:15 integrations[0].username satellite.backslashes"],
    );
}

#[test]
fn secrets_that_cannot_be_had_are_found() {
    let key = "api_key: pat-t0k3n-2";
    finds(key, "api_key: two words", &["error 9:14 integrations[0].api_key satellite.secret_word"]);
    finds(key, "api_key: ${KEY}", &["warning 9:14 integrations[0].api_key satellite.secret_reference"]);
    finds(
        key,
        &format!("{key}\n    api_key_env: K"),
        &["error 10:18 integrations[0].api_key_env satellite.secret_twice"],
    );
    for file in ["nowhere", "empty", "two-lines"] {
        let expected = "error 9:19 integrations[0].api_key_file satellite.secret_file";
        finds(key, &format!("api_key_file: {file}"), &[expected]);
    }
    finds(
        key,
        "api_key_file: shared",
        &["warning 9:19 integrations[0].api_key_file satellite.secret_shared"],
    );
    finds(key, "api_key_env: NOWHERE", &["error 9:18 integrations[0].api_key_env satellite.secret_variable"]);
    finds(
        key,
        "api_key_env: $WEIR_KEY",
        &["error 9:18 integrations[0].api_key_env satellite.secret_variable"],
    );
    finds(
        key,
        &format!("{key}\n    ca_file: nowhere"),
        &["error 10:14 integrations[0].ca_file satellite.ca_file"],
    );
    finds(
        key,
        &format!("{key}\n    ca_file: key"),
        &["error 10:14 integrations[0].ca_file satellite.ca_file"],
    );
}

#[cfg(unix)]
#[test]
fn a_file_with_a_secret_is_for_its_owner_alone() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("satellite.yml");
    let found = |text: &str, mode: u32| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        lines(&crate::config::read_file(&path, None).unwrap())
    };
    assert_eq!(found(GOOD, 0o600), Vec::<String>::new());
    assert_eq!(found(GOOD, 0o644), ["warning 1:1  satellite.shared"]);
    fs::write(folder.path().join("key"), "x").unwrap();
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o600)).unwrap();
    let elsewhere = GOOD
        .replace("api_key: srv-k3y-1", "api_key_file: key")
        .replace("api_key: pat-t0k3n-2", "api_key_file: key");
    assert_eq!(found(&elsewhere, 0o644), Vec::<String>::new());
    let missing = crate::config::read_file(&folder.path().join("nowhere"), None).unwrap_err();
    assert_eq!(missing.id(), "satellite.file");
    assert_eq!(crate::config::read_file(folder.path(), None).unwrap_err().id(), "satellite.file");
}

#[test]
fn more_findings_than_anybody_reads_are_counted() {
    let keys: String = (0..500)
        .map(|number| format!("  key{}: 1\n", "x".repeat(number % 20) + &number.to_string()))
        .collect();
    let reading = looked(&changed("  tenant: ACME\n", &format!("  tenant: ACME\n{keys}")));
    assert_eq!((reading.findings.len(), reading.left_out), (200, 300));
    assert_eq!(reading.errors, 0);
    let reading = looked(&changed("  tenant: ACME\n", &keys));
    assert_eq!((reading.findings.len(), reading.left_out, reading.errors), (201, 300, 1));
    assert_eq!(lines(&reading)[0], "error 2:3 satellite.tenant satellite.missing");
}

#[test]
fn what_keeps_something_back_is_an_error_in_another_place_than_its_own() {
    let found = |more: &str| lines(&looked(&format!("{GOOD}{more}")));
    assert_eq!(
        found("    metadata:\n    sensitive_fields: [description]\n"),
        ["error 11:5 integrations[0].sensitive_fields satellite.key"]
    );
    assert_eq!(
        found("metadata:\n  sensitive_fields: [description]\n"),
        ["error 10:1 metadata satellite.key"]
    );
    assert_eq!(found("timezone: Europe/Berlin\n"), ["error 10:1 timezone satellite.key"]);
    assert!(found("    metadata:\n      sensitive_fields: [description]\n").is_empty());
}
