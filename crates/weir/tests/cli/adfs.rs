//! Signing in to a Data Center with tokens of ADFS: added, read over several lives of a token, and refused in every way.

use crate::support::{Machine, Ran, answering, http, number, site_of, truth};
use jira_sim::{Adfs, AdfsTrouble, DcVersion, Fault, Flavor, Sim, SimOptions, TruthView, WorldSpec};
use std::time::{Duration, Instant};

const READER: &str = "reader@sim.example";
const PASSWORD: &str = "sim-adfs-reader";
/// How every token of the simulated ADFS begins.
const TOKEN: &str = "eyJhbGciOi";

async fn behind(adfs: Adfs, latency: Duration) -> Sim {
    let flavor = Flavor::DataCenter(DcVersion::V10_3);
    let spec = WorldSpec { issues: 150, projects: 4, flavor, ..WorldSpec::default() };
    let options = SimOptions {
        adfs: Some(adfs),
        context_path: "/jira".into(),
        record: true,
        latency,
        ..SimOptions::default()
    };
    site_of(spec, options).await
}

async fn usual() -> Sim {
    behind(Adfs { life: Duration::from_secs(3600), closed: false }, Duration::ZERO).await
}

/// What is given, with one flag another way.
fn flags(machine: &Machine, adfs: &str, (flag, value): (&str, &str)) -> Vec<String> {
    let password = machine.file("password", &format!("{PASSWORD}\n"));
    let given = [
        ("--adfs-url", adfs),
        ("--adfs-client-id", Adfs::CLIENT),
        ("--adfs-resource", Adfs::RESOURCE),
        ("--adfs-username", "SIM\\reader"),
        ("--adfs-password-file", &password),
    ];
    let given = given.map(|(name, usual)| [name, if name == flag { value } else { usual }]);
    given.concat().into_iter().map(str::to_owned).collect()
}

async fn add(machine: &Machine, sim: &Sim, adfs: &str, other: (&str, &str)) -> Ran {
    let flags = flags(machine, adfs, other);
    let start = ["integration", "add", "jira", sim.url(), "--name", "site", "--format", "json"];
    machine.run(&start.into_iter().chain(flags.iter().map(String::as_str)).collect::<Vec<_>>()).await
}

async fn added(machine: &Machine, sim: &Sim) -> serde_json::Value {
    add(machine, sim, sim.adfs_url(), ("", "")).await.succeeded().json()
}

fn asked(sim: &Sim) -> u64 {
    sim.stats().by_endpoint.get("POST /adfs/oauth2/token").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_read_whole_over_several_lives_of_a_token_with_one_renewal_for_each() {
    let sim = behind(Adfs { life: Duration::from_secs(1), closed: false }, Duration::from_millis(250)).await;
    let machine = Machine::new();
    let page = format!("{}/adfs/oauth2/token", sim.adfs_url());
    let shown = add(&machine, &sim, &page, ("", "")).await.succeeded().json();
    assert_eq!((&shown["account"], &shown["sign_in"]), (&"SIM\\reader".into(), &"adfs".into()));
    assert_eq!(
        (&shown["adfs_url"], &shown["adfs_resource"]),
        (&sim.adfs_url().into(), &Adfs::RESOURCE.into())
    );
    let (before, begun) = (asked(&sim), Instant::now());
    let first = machine.run(&["sync", "--format", "json"]).await.succeeded().json();
    let lives = begun.elapsed().as_millis() as u64 / 800 + 1;
    assert_eq!(number(&first["kinds"]["issues"], "written"), truth(&sim, TruthView::Issues, READER));
    let renewed = asked(&sim) - before;
    // A source asks for its own: the reading, and the census that follows.
    assert!(renewed > 2 && renewed <= lives + 2, "{renewed} tokens in {lives} lives");
    let verdict = machine.run(&["verify", "--format", "json"]).await.succeeded().json();
    assert_eq!(verdict["verdict"], "equal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_in_the_middle_is_renewed_by_one_of_those_who_met_that() {
    let sim =
        behind(Adfs { life: Duration::from_secs(3600), closed: false }, Duration::from_millis(40)).await;
    let machine = Machine::new();
    added(&machine, &sim).await;
    let before = (asked(&sim), sim.requests().len());
    let sync = tokio::spawn({
        let command = machine.command(&["sync", "--format", "json", "--no-input"]).spawn();
        async move { command.expect("it starts").wait_with_output().await }
    });
    while sim.requests().len() < before.1 + 12 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    sim.revoke_adfs_tokens();
    let ended = Ran::of(&["sync"], sync.await.expect("it ends").expect("it runs")).succeeded();
    assert_eq!(number(&ended.json()["kinds"]["issues"], "written"), truth(&sim, TruthView::Issues, READER));
    let again = asked(&sim) - before.0;
    assert!(
        (2..=3).contains(&again),
        "once for the reading, once more for all, and once for the census: {again}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_proxy_lets_no_stranger_in_the_token_opens_it() {
    let sim = behind(Adfs { life: Duration::from_secs(3600), closed: true }, Duration::ZERO).await;
    let machine = Machine::new();
    added(&machine, &sim).await;
    assert_eq!(asked(&sim), 1, "one token for all checks");
    machine.run(&["sync"]).await.succeeded();
    let wrong = machine.file("wrong", "guess");
    let refused = add(&Machine::new(), &sim, sim.adfs_url(), ("--adfs-password-file", &wrong)).await;
    let refused = refused.refused(4, "refused this user name and password");
    assert!(refused.stderr.contains("Sign-in"), "{refused:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_adfs_refuses_is_told_and_nothing_is_kept() {
    let sim = usual().await;
    let machine = Machine::new();
    for (other, code, what) in [
        (("--adfs-client-id", "nobody"), 4, "does not know the client id \"nobody\""),
        (("--adfs-client-id", Adfs::CLIENT_WITH_SECRET), 4, "with a secret"),
        (("--adfs-client-id", Adfs::CLIENT_NOT_GRANTED), 4, "no token for"),
        (("--adfs-resource", "https://jira.sim.example"), 4, "knows no resource"),
        (("--adfs-username", "SIM\\nobody-here"), 4, "refused this user name and password"),
        (("--adfs-url", "https://me:x@adfs.example"), 2, "not an address of ADFS"),
        (("--adfs-username", " "), 2, "--adfs-username is missing"),
    ] {
        add(&machine, &sim, sim.adfs_url(), other).await.refused(code, what);
    }
    for (trouble, what) in [
        (AdfsTrouble::PasswordExpired, "has expired"),
        (AdfsTrouble::OldVersion, "gives no token for a user name and a password"),
        (AdfsTrouble::NotTaken, "did not take it"),
    ] {
        sim.set_adfs_trouble(trouble);
        add(&machine, &sim, sim.adfs_url(), ("", "")).await.refused(4, what);
    }
    sim.set_adfs_trouble(AdfsTrouble::None);
    let page = answering(http("200 OK", "Content-Type: text/html\r\n", "<html>Welcome</html>")).await;
    add(&machine, &sim, &page, ("", "")).await.refused(3, "not as ADFS does");
    let away = answering(http("503 Service Unavailable", "", "busy")).await;
    add(&machine, &sim, &away, ("", "")).await.refused(7, "could not be asked");
    add(&machine, &sim, "http://127.0.0.1:9", ("", "")).await.refused(7, "could not be asked");
    assert!(machine.kept().is_empty(), "nothing is kept");
    let mixed = machine.file("pat", "a");
    let both = [flags(&machine, sim.adfs_url(), ("", "")), vec!["--pat-file".into(), mixed]].concat();
    let both: Vec<&str> = ["check", sim.url()].into_iter().chain(both.iter().map(String::as_str)).collect();
    machine.run(&both).await.refused(2, "does not fit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_adfs_refuses_is_sent_once_and_not_again_until_somebody_acts() {
    let sim = usual().await;
    let machine = Machine::new();
    let wrong = machine.file("wrong", "guess");
    add(&machine, &sim, sim.adfs_url(), ("--adfs-password-file", &wrong)).await.refused(4, "refused");
    assert_eq!(asked(&sim), 1, "some failures, and the account is locked");
    added(&machine, &sim).await;
    machine.run(&["sync"]).await.succeeded();
    sim.set_adfs_trouble(AdfsTrouble::PasswordChanged);
    let before = asked(&sim);
    machine.run(&["sync"]).await.refused(4, "ADFS refused this user name and password");
    assert_eq!(asked(&sim), before + 1);
    let requests = sim.requests().len();
    for command in [&["sync"][..], &["sync", "--full"], &["verify"]] {
        machine.run(command).await.refused(4, "not sent again");
    }
    assert_eq!(sim.requests().len(), requests, "nothing is asked");
    sim.set_adfs_trouble(AdfsTrouble::None);
    let reauth = flags(&machine, sim.adfs_url(), ("", ""));
    let reauth: Vec<&str> =
        ["integration", "reauth"].into_iter().chain(reauth.iter().map(String::as_str)).collect();
    machine.run(&reauth).await.succeeded();
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_adfs_is_away_a_run_fails_as_one_that_heals_and_the_password_is_not_held() {
    let sim = usual().await;
    let machine = Machine::new();
    added(&machine, &sim).await;
    sim.add_fault(Fault::parse("error_503,count=null,endpoint=/adfs/oauth2/token").expect("a fault"));
    machine.run(&["sync"]).await.refused(7, "could not be asked for a token");
    let shown = machine.run(&["integration", "show", "--format", "json"]).await.succeeded().json();
    assert_eq!((&shown["reason_code"], &shown["family"]), (&"net.adfs".into(), &"healing".into()));
    sim.clear_faults();
    machine.run(&["sync"]).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_password_nor_token_is_in_the_store_or_told() {
    let sim = usual().await;
    let machine = Machine::new();
    let mut told = vec![added(&machine, &sim).await.to_string()];
    for command in [
        &["sync", "-vv"][..],
        &["check", "site", "-vv"],
        &["integration", "show"],
        &["runs", "list"],
        &["status", "--format", "json"],
    ] {
        let ran = machine.run(command).await.succeeded();
        told.extend([ran.stdout, ran.stderr]);
    }
    sim.set_adfs_trouble(AdfsTrouble::NotTaken);
    told.push(machine.run(&["sync", "-vv"]).await.refused(4, "did not take it").stderr);
    sim.set_adfs_trouble(AdfsTrouble::PasswordChanged);
    told.push(machine.run(&["sync", "-vv"]).await.refused(4, "refused").stderr);
    for secret in [PASSWORD, TOKEN] {
        assert!(told.iter().all(|text| !text.contains(secret)), "{secret} is told");
        for (file, content) in machine.kept() {
            let found = content.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} stands in {file}");
        }
    }
    let tokens = sim.requests().into_iter().filter(|one| one.path == "/adfs/oauth2/token");
    assert!(tokens.clone().count() > 2 && tokens.clone().all(|one| one.query.is_empty()));
    let others = sim.requests().into_iter().filter(|one| one.path != "/adfs/oauth2/token");
    assert!(others.map(|one| one.body + &one.query).all(|text| !text.contains(PASSWORD)));
}
