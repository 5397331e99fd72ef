//! The file of a satellite from the command line: made, looked over, and no secret of it shown.

use crate::support::{Machine, number};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

const FILE: &str = "\
satellite:
  tenant: ACME
  api_key: c4n4ry-srv
  url: https://weir.acme.example
integrations:
  - id: '12'
    application: jira
    url: https://jira.acme.example
    username: svc
    api_key: c4n4ry-pw
";

#[tokio::test]
async fn a_file_is_looked_over_and_its_secrets_are_not_shown() {
    let machine = Machine::new();
    let path = machine.file("satellite.yml", FILE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    let good = machine.run(&["satellite", "lint"]).await.succeeded();
    assert_eq!(good.stdout, "Errors: 0. Warnings: 0. Integrations that can be read: 1.\n");

    let broken = FILE.replace("https://jira", "http://jira").replace("tenant: ACME", "tennant: ACME");
    let path = machine.file("other.yml", &broken);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode is set");
    let said = machine.run(&["satellite", "lint", "-c", "other.yml"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    let first: Vec<&str> = said.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        first,
        [
            "other.yml:2:3: error: satellite.tennant: tennant is not known here. Did you mean tenant?",
            "other.yml:2:3: error: satellite.tenant: There is no tenant.",
            "other.yml:8:10: warning: integrations[0].url: url begins with http://, which encrypts nothing.",
            "Errors: 2. Warnings: 1. Integrations that can be read: 0.",
        ]
    );
    let report = machine.run(&["satellite", "lint", "-c", "other.yml", "--format", "json"]).await;
    assert_eq!(report.code, Some(1));
    let json = report.json();
    assert_eq!((number(&json, "errors"), number(&json, "warnings")), (2, 1));
    assert_eq!(json["findings"][0]["code"], "satellite.key");
    assert_eq!((number(&json["findings"][0], "line"), number(&json["findings"][0], "column")), (2, 3));

    let whole = machine.run(&["satellite", "lint", "--format", "json", "-vv"]).await.succeeded();
    assert_eq!(whole.json()["integrations"][0]["authentication"], "password");
    for ran in [good, said, report, whole] {
        assert!(!format!("{ran:?}").contains("4n4ry"), "{ran:#?}");
    }
    machine.run(&["satellite", "lint", "-c", "nowhere.yml"]).await.refused(3, "nowhere.yml cannot be read");
}

#[tokio::test]
async fn a_file_to_fill_in_is_made_once_and_for_its_owner() {
    let machine = Machine::new();
    machine.run(&["satellite", "init"]).await.succeeded();
    let path = machine.folder().join("satellite.yml");
    let mode = fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let made = fs::read(&path).expect("it can be read");
    machine.run(&["satellite", "init"]).await.refused(6, "satellite.yml is there already");
    assert_eq!(fs::read(&path).expect("it can be read"), made);
    let said = machine.run(&["satellite", "lint"]).await;
    assert_eq!(said.code, Some(1));
    assert_eq!(said.stdout.matches("has not been filled in").count(), 6, "{said:#?}");
    machine.run(&["satellite", "init", "-c", "no/such/folder.yml"]).await.refused(5, "cannot be written");
    assert!(!machine.home().exists(), "nothing needs a home");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn an_encrypted_file_is_read_with_its_key_alone() {
    let machine = Machine::new();
    machine.file("satellite.yml", FILE);
    let encrypt = ["satellite", "encrypt", "-o", "sealed", "--key-file", "key"];
    machine.run(&encrypt[..4]).await.refused(2, "without a key");
    machine.run(&encrypt).await.succeeded();
    let (sealed, key) = (machine.folder().join("sealed"), machine.folder().join("key"));
    assert_eq!((mode(&sealed), mode(&key)), (0o600, 0o600));
    let bytes = fs::read_to_string(&sealed).expect("it can be read");
    assert!(!bytes.contains("4n4ry") && !bytes.contains("ACME"), "{bytes}");
    machine.run(&encrypt).await.refused(6, "sealed is there already");
    assert_eq!(fs::read_to_string(&sealed).expect("it can be read"), bytes);

    let lint = ["satellite", "lint", "-c", "sealed", "--key-file", "key"];
    let said = machine.run(&lint).await.succeeded();
    assert_eq!(said.stdout, "Errors: 0. Warnings: 0. Integrations that can be read: 1.\n");
    machine.run(&lint[..4]).await.refused(2, "without a key");
    let named = Machine::new().with("WEIR_SATELLITE_KEY_FILE", &key.display().to_string());
    named.run(&["satellite", "lint", "-c", &sealed.display().to_string()]).await.succeeded();

    machine
        .run(&["satellite", "decrypt", "-c", "sealed", "-o", "open", "--key-file", "key"])
        .await
        .succeeded();
    let open = machine.folder().join("open");
    assert_eq!(fs::read_to_string(&open).expect("it can be read"), FILE);
    assert_eq!(mode(&open), 0o600);
    let twice = ["satellite", "encrypt", "-c", "sealed", "-o", "twice", "--key-file", "key"];
    machine.run(&twice).await.refused(6, "is encrypted already");
    let plain = ["satellite", "decrypt", "-c", "open", "-o", "more", "--key-file", "key"];
    machine.run(&plain).await.refused(6, "is not encrypted");

    machine.run(&["satellite", "encrypt", "-o", "another", "--key-file", "another.key"]).await.succeeded();
    let wrong = ["satellite", "lint", "-c", "sealed", "--key-file", "another.key"];
    machine.run(&wrong).await.refused(6, "sealed cannot be decrypted");
    machine.file("cut", &bytes[..bytes.len() / 2]);
    machine
        .run(&["satellite", "lint", "-c", "cut", "--key-file", "key"])
        .await
        .refused(6, "cut cannot be decrypted");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("its mode is set");
    machine.run(&lint).await.refused(6, "file of the key, key, cannot be used");
    fs::remove_file(&key).expect("it goes");
    machine.run(&lint).await.refused(6, "file of the key, key, cannot be used");
    assert!(!key.exists(), "no key is made for what another one opens");
}
