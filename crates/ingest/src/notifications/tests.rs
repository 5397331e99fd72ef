//! Notifications on each database: what is told of an incident, by how many servers, when, and how often it is tried.

mod satellites;

use super::{ChannelWish, add, change, look::Notifier};
use crate::{
    ask_deletion, cancel_deletion, delete,
    keys::{self, WhenMissing},
    nudges::{Outlet, Ways},
    samples,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use weir_model::{
    Channel, ChannelKind, ChannelSettings, Clock as _, DAY_MS, Integration, Millis, Notice, NoticeEvent,
    NoticeState, QuietHours, RunId, RunOutcome, RunResult, Tally, Trigger,
};
use weir_notify::SmtpSettings;
use weir_source::{CancellationToken, Environment};
use weir_store::{LeaseHolder, Store};
use weir_testkit::{SeededEntropy, TempStore, TestClock, for_each_engine};
use weir_vault::{KeyFile, OsEntropy, Secret};

const HOUR: i64 = 3_600_000;

/// What a receiver of webhooks was sent.
#[derive(Clone, Debug, Default)]
struct Hooks(Arc<std::sync::Mutex<Vec<String>>>);

impl Hooks {
    /// A receiver that takes everything, and its address.
    async fn listening() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/weir", listener.local_addr().unwrap());
        let hooks = Self::default();
        let kept = hooks.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    let mut text = String::new();
                    let mut bytes = [0_u8; 4_096];
                    while let Ok(read) = stream.read(&mut bytes).await {
                        if read == 0 {
                            return;
                        }
                        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
                        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                        let head = head.to_lowercase();
                        let length = head.split("content-length: ").nth(1).unwrap();
                        let length: usize = length.split("\r\n").next().unwrap().trim().parse().unwrap();
                        if body.len() >= length {
                            kept.0.lock().unwrap().push(body.to_owned());
                            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
                            _ = stream.write_all(answer).await;
                            return;
                        }
                    }
                });
            }
        });
        (hooks, url)
    }

    fn taken(&self) -> Vec<serde_json::Value> {
        let taken = self.0.lock().unwrap();
        taken.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }
}

/// An installation with one integration, and what looks at it.
struct Bench {
    temp: TempStore,
    integration: Integration,
    file: KeyFile,
    outlet: Outlet,
    /// Grows, so that nothing that is random comes twice.
    runs: AtomicU64,
    _home: tempfile::TempDir,
}

impl Bench {
    async fn new(temp: TempStore) -> Self {
        let home = tempfile::tempdir().unwrap();
        let integration = samples::integration("Acme", 1, temp.clock.now());
        temp.store.add_integration(&integration, "").await.unwrap();
        let address = "https://weir.example".to_owned();
        Self {
            integration,
            file: KeyFile::in_folder(home.path()),
            outlet: Outlet { mail: None, address },
            runs: AtomicU64::new(0),
            temp,
            _home: home,
        }
    }

    fn store(&self) -> &Store {
        &self.temp.store
    }

    fn now(&self) -> Millis {
        self.temp.clock.now()
    }

    fn environment(&self, seed: u64) -> Environment {
        Environment {
            clock: Arc::clone(&self.temp.clock) as Arc<TestClock> as _,
            entropy: Arc::new(SeededEntropy::new(seed)),
            atlassian_api: String::new(),
            atlassian_auth: String::new(),
            grants: Arc::new(weir_source::jira::NotKept),
            max_in_flight: 1,
            opened: vec!["127.0.0.0/8".parse().unwrap()],
        }
    }

    /// A server of its own.
    fn server(&self, seed: u64) -> Notifier {
        Notifier {
            store: self.store().clone(),
            key_file: self.file.clone(),
            environment: self.environment(seed),
            outlet: self.outlet.clone(),
        }
    }

    async fn channel(&self, wish: ChannelWish) -> Channel {
        let vault =
            keys::unlock(self.store(), &self.file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy))
                .await
                .unwrap();
        let environment = self.environment(1_000 + self.runs.fetch_add(1, Ordering::Relaxed));
        let ways =
            Ways { store: self.store(), vault: &vault, environment: &environment, outlet: &self.outlet };
        add(ways, wish).await.unwrap().0
    }

    /// Turns a channel off, or on again.
    async fn turned(&self, channel: &Channel, is_off: bool) {
        let vault =
            keys::unlock(self.store(), &self.file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy))
                .await
                .unwrap();
        let environment = self.environment(2_000 + self.runs.fetch_add(1, Ordering::Relaxed));
        let ways =
            Ways { store: self.store(), vault: &vault, environment: &environment, outlet: &self.outlet };
        let all = self.store().channels().await.unwrap();
        let now = all.iter().find(|one| one.id == channel.id).unwrap();
        change(ways, now, ChannelWish { is_off, ..ChannelWish::of(now) }).await.unwrap();
    }

    /// As though what waits had been sent.
    async fn sent(&self, channel: &Channel) {
        let batch = self.store().claim_notices(&channel.id, "msg_1", false).await.unwrap().unwrap();
        let done = (weir_model::NoticeState::Sent, "");
        self.store().batch_done(&channel.id, &batch.id, done, self.now()).await.unwrap();
    }

    /// A run that ends now.
    async fn run(&self, failure: Option<&str>) {
        let seed = self.runs.fetch_add(1, Ordering::Relaxed);
        let run = RunId::generate(self.now(), &SeededEntropy::new(seed + 100));
        let holder = LeaseHolder { token: seed.to_string(), pid: 1, host: "here".into() };
        let lease = self.store().take_lease(&self.integration.id, &holder, 60_000).await.unwrap().unwrap();
        self.store().begin_run(&lease, &run, (Trigger::Schedule, None), 1).await.unwrap();
        let outcome = RunOutcome {
            result: if failure.is_some() { RunResult::Failed } else { RunResult::Success },
            tally: Tally::default(),
            requests: 1,
            waited_ms: 0,
            error_code: failure.map(str::to_owned),
        };
        self.store().finish_run(&run, &outcome).await.unwrap();
        self.store().release_lease(&lease).await.unwrap();
        self.temp.clock.advance(60_000);
    }

    async fn see(&self) {
        let seed = self.runs.fetch_add(1, Ordering::Relaxed);
        self.server(seed).see(&CancellationToken::new()).await.unwrap();
    }

    async fn told(&self, channel: &Channel) -> Vec<Notice> {
        let mut told = self.store().notices(&channel.id, None, 100).await.unwrap();
        told.reverse();
        told
    }

    async fn sentences(&self, channel: &Channel) -> Vec<String> {
        self.told(channel).await.into_iter().map(|one| one.content.sentence).collect()
    }
}

fn mail() -> ChannelWish {
    ChannelWish {
        name: "Operators".into(),
        kind: ChannelKind::Mail,
        to: vec!["ops@acme.example".into()],
        url: None,
        secret: None,
        events: NoticeEvent::ALL.to_vec(),
        quiet: None,
        workspaces: vec![],
        failing_hours: ChannelSettings::FAILING_HOURS,
        is_off: false,
    }
}

fn webhook(url: &str) -> ChannelWish {
    let url = Some(Secret::from(url.to_owned()));
    ChannelWish { kind: ChannelKind::Webhook, to: vec![], url, ..mail() }
}

async fn with_bench(test: impl AsyncFn(Bench)) {
    for_each_engine(async |engine| test(Bench::new(engine.store().await).await).await).await;
}

#[tokio::test]
async fn an_incident_is_told_once_for_each_reason_and_once_that_it_is_over() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        bench.see().await;
        assert!(bench.told(&channel).await.is_empty(), "a fresh integration is nobody's trouble");
        for _ in 0..3 {
            bench.run(Some("auth.refused")).await;
            bench.see().await;
        }
        assert_eq!(bench.sentences(&channel).await, ["Acme needs somebody."]);
        for code in ["perm.browse", "auth.refused", "net.timeout", "perm.browse"] {
            bench.run(Some(code)).await;
            bench.see().await;
        }
        let another = "Acme still needs somebody, for another reason.";
        assert_eq!(bench.sentences(&channel).await, ["Acme needs somebody.", another]);
        for _ in 0..2 {
            bench.run(None).await;
            bench.see().await;
        }
        let sentences = bench.sentences(&channel).await;
        assert_eq!(sentences, ["Acme needs somebody.", another, "Acme is well again."]);
        let first = bench.told(&channel).await.remove(0);
        assert_eq!(first.content.path, "/integrations/Acme/authentication");
        // The next one is another incident.
        bench.run(Some("auth.refused")).await;
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_begins_and_ends_while_every_channel_is_off_is_known_when_one_is_on_again() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        bench.run(Some("auth.refused")).await;
        bench.see().await;
        let first = "Acme needs somebody.";
        assert_eq!(bench.sentences(&channel).await, [first]);
        bench.sent(&channel).await;
        bench.turned(&channel, true).await;
        for failure in [None, Some("auth.refused")] {
            bench.run(failure).await;
            bench.see().await;
        }
        bench.turned(&channel, false).await;
        bench.see().await;
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await, [first, first], "another incident: once more");
        bench.sent(&channel).await;
        bench.turned(&channel, true).await;
        bench.run(None).await;
        bench.see().await;
        bench.turned(&channel, false).await;
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await.len(), 2, "what is over is not told late");
    })
    .await;
}

#[tokio::test]
async fn what_heals_by_itself_is_told_after_some_hours_and_once() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        bench.run(Some("net.timeout")).await;
        bench.see().await;
        bench.run(None).await;
        bench.see().await;
        assert!(bench.told(&channel).await.is_empty(), "it was over before anybody had to know");
        bench.run(Some("net.timeout")).await;
        bench.see().await;
        bench.temp.clock.advance(6 * HOUR - 60_000);
        bench.see().await;
        assert!(bench.told(&channel).await.is_empty());
        bench.temp.clock.advance(60_000);
        bench.see().await;
        bench.run(Some("net.timeout")).await;
        bench.see().await;
        let failing = "Acme has been failing for 6 hours. It is tried again by itself.";
        assert_eq!(bench.sentences(&channel).await, [failing]);
        bench.run(None).await;
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await, [failing, "Acme is well again."]);
    })
    .await;
}

#[tokio::test]
async fn of_two_servers_that_see_the_same_one_sends_it() {
    with_bench(async |bench| {
        let (hooks, url) = Hooks::listening().await;
        let channel = bench.channel(webhook(&url)).await;
        bench.run(Some("auth.refused")).await;
        let (first, second, stop) = (bench.server(1), bench.server(2), CancellationToken::new());
        for _ in 0..3 {
            tokio::join!(first.look(&stop), second.look(&stop));
        }
        let taken = hooks.taken();
        assert_eq!(taken.len(), 1, "{taken:#?}");
        let message = &taken[0]["data"]["messages"][0];
        assert_eq!(message["event"], "needs_you");
        assert_eq!(message["url"], "https://weir.example/integrations/Acme/authentication");
        let told = bench.told(&channel).await;
        assert_eq!((told.len(), told[0].state), (1, NoticeState::Sent), "{told:?}");
        bench.run(None).await;
        tokio::join!(first.look(&stop), second.look(&stop));
        assert_eq!(hooks.taken().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_happens_in_quiet_hours_is_one_message_after_them() {
    with_bench(async |bench| {
        let (hooks, url) = Hooks::listening().await;
        // It is six minutes past five.
        let quiet = Some(QuietHours { from: 22 * 60, until: 7 * 60, zone: "UTC".into() });
        let channel = bench.channel(ChannelWish { quiet, ..webhook(&url) }).await;
        let (server, stop) = (bench.server(1), CancellationToken::new());
        bench.run(Some("auth.refused")).await;
        server.look(&stop).await;
        bench.run(None).await;
        server.look(&stop).await;
        assert!(hooks.taken().is_empty());
        assert!(bench.told(&channel).await.iter().all(|one| one.state == NoticeState::Waiting));
        bench.temp.clock.set(Millis::parse("2026-03-04T07:00:00Z").unwrap());
        server.look(&stop).await;
        let taken = hooks.taken();
        assert_eq!(taken.len(), 1, "{taken:#?}");
        let messages = taken[0]["data"]["messages"].as_array().unwrap();
        let events: Vec<_> = messages.iter().map(|one| one["event"].as_str().unwrap()).collect();
        assert_eq!(events, ["needs_you", "healed"]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_tells_of_its_events_and_its_workspaces_alone() {
    with_bench(async |bench| {
        let workspace = weir_model::Workspace {
            id: weir_model::WorkspaceId::generate(bench.now(), &SeededEntropy::new(5)),
            name: "Payments".into(),
            created_at: bench.now(),
        };
        bench.store().add_workspace(&workspace).await.unwrap();
        let within = bench
            .channel(ChannelWish { name: "Within".into(), workspaces: vec![workspace.id], ..mail() })
            .await;
        let good_news = bench
            .channel(ChannelWish { name: "Good".into(), events: vec![NoticeEvent::Healed], ..mail() })
            .await;
        let off = bench.channel(ChannelWish { name: "Off".into(), is_off: true, ..mail() }).await;
        bench.run(Some("auth.refused")).await;
        bench.see().await;
        assert!(bench.told(&within).await.is_empty());
        bench.store().map_integration(&bench.integration.id, &workspace.id, true).await.unwrap();
        bench.see().await;
        assert_eq!(bench.sentences(&within).await, ["Acme needs somebody."]);
        bench.run(None).await;
        bench.see().await;
        assert_eq!(bench.sentences(&within).await.len(), 2);
        assert_eq!(bench.sentences(&good_news).await, ["Acme is well again."]);
        assert!(bench.told(&off).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_deletion_is_told_when_it_is_asked_for_a_day_before_and_when_it_is_done() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        bench.run(None).await;
        let week = 7 * 24 * 60;
        ask_deletion(bench.store(), &bench.integration, "Dana", week, bench.now()).await.unwrap();
        bench.see().await;
        bench.temp.clock.advance(5 * DAY_MS);
        bench.see().await;
        let events = async || -> Vec<String> {
            bench.told(&channel).await.into_iter().map(|one| one.content.event).collect()
        };
        assert_eq!(events().await, ["deletion_scheduled"]);
        bench.temp.clock.advance(DAY_MS);
        bench.see().await;
        bench.see().await;
        assert_eq!(events().await, ["deletion_scheduled", "deletion_soon"]);
        let told = bench.told(&channel).await;
        assert!(!format!("{told:?}").contains("Dana"), "no person is named: {told:?}");
        let holder = LeaseHolder { token: "x".into(), pid: 1, host: "here".into() };
        delete(bench.store(), &bench.integration, &holder, "Dana").await.unwrap();
        bench.see().await;
        bench.see().await;
        assert_eq!(events().await, ["deletion_done"], "what was told of it has gone with it");
        // Whoever begins to listen afterwards does not hear of it.
        bench.temp.clock.advance(60_000);
        let late = bench.channel(ChannelWish { name: "Late".into(), ..mail() }).await;
        bench.see().await;
        assert!(bench.told(&late).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_is_taken_back_is_told_once_to_whoever_was_told_of_it() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        let healed = vec![NoticeEvent::Healed];
        let deaf = bench.channel(ChannelWish { name: "Deaf".into(), events: healed, ..mail() }).await;
        bench.run(None).await;
        bench.see().await;
        let events = async |channel: &Channel| -> Vec<String> {
            bench.told(channel).await.into_iter().map(|one| one.content.event).collect()
        };
        let week = 7 * 24 * 60;
        for times in 1..=2 {
            ask_deletion(bench.store(), &bench.integration, "Dana", week, bench.now()).await.unwrap();
            bench.see().await;
            // Whoever comes later was not told, and does not hear of it.
            let late = bench.channel(ChannelWish { name: format!("Late {times}"), ..mail() }).await;
            cancel_deletion(bench.store(), &bench.integration).await.unwrap();
            bench.temp.clock.advance(60_000);
            bench.see().await;
            bench.see().await;
            assert!(bench.told(&late).await.is_empty());
            assert_eq!(events(&channel).await, ["deletion_scheduled", "deletion_cancelled"].repeat(times));
        }
        assert!(events(&deaf).await.is_empty());
        let told = bench.told(&channel).await.remove(1).content;
        assert_eq!(told.sentence, "Acme stays: its deletion was taken back.");
        assert!(!format!("{told:?}").contains("Dana"), "no person is named: {told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_message_has_its_instants_on_the_wall_of_the_channel() {
    with_bench(async |bench| {
        let quiet = QuietHours { from: 0, until: 60, zone: "Asia/Kathmandu".into() };
        let there = bench.channel(ChannelWish { quiet: Some(quiet), ..mail() }).await;
        let utc = bench.channel(ChannelWish { name: "Plain".into(), ..mail() }).await;
        bench.run(None).await;
        ask_deletion(bench.store(), &bench.integration, "Dana", 7 * 24 * 60, bench.now()).await.unwrap();
        bench.see().await;
        let said = "Acme will be deleted on 11 Mar 2026";
        assert_eq!(bench.sentences(&there).await, [format!("{said} 10:52 (Asia/Kathmandu).")]);
        assert_eq!(bench.sentences(&utc).await, [format!("{said} 05:07 (UTC).")]);
    })
    .await;
}

#[tokio::test]
async fn all_that_keeps_a_channel_from_being_kept_is_told_at_once() {
    with_bench(async |bench| {
        let vault =
            keys::unlock(bench.store(), &bench.file, WhenMissing::MakeForEmptyStore, Arc::new(OsEntropy))
                .await
                .unwrap();
        let environment = bench.environment(9);
        let ways =
            Ways { store: bench.store(), vault: &vault, environment: &environment, outlet: &bench.outlet };
        let wish = ChannelWish { name: String::new(), events: vec![], ..mail() };
        let refused = add(ways, wish).await.unwrap_err();
        assert_eq!(refused.id(), "notification.bad");
        assert_eq!(refused.what(), "2 things keep the channel from being kept.");
        let why = "A name has 1 to 60 printable characters. It is not said what it tells of.";
        assert_eq!(refused.why(), why);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_was_off_is_not_told_what_happened_meanwhile() {
    with_bench(async |bench| {
        let gone = samples::integration("Gone", 2, bench.now());
        bench.store().add_integration(&gone, "").await.unwrap();
        let channel = bench.channel(mail()).await;
        bench.run(None).await;
        let week = 7 * 24 * 60;
        ask_deletion(bench.store(), &bench.integration, "Dana", week, bench.now()).await.unwrap();
        bench.see().await;
        let events = async || -> Vec<String> {
            bench.told(&channel).await.into_iter().map(|one| one.content.event).collect()
        };
        assert_eq!(events().await, ["deletion_scheduled"]);
        let channel_now = async || bench.store().channel(&channel.id).await.unwrap().unwrap();
        let before = channel_now().await;
        bench.turned(&before, true).await;
        assert!(events().await.is_empty(), "what waited is never sent");
        bench.turned(&channel_now().await, false).await;
        bench.see().await;
        assert_eq!(events().await, ["deletion_scheduled"], "it still waits");
        bench.sent(&channel).await;
        bench.turned(&channel_now().await, true).await;
        cancel_deletion(bench.store(), &bench.integration).await.unwrap();
        let holder = LeaseHolder { token: "x".into(), pid: 1, host: "here".into() };
        delete(bench.store(), &gone, &holder, "Dana").await.unwrap();
        bench.temp.clock.advance(60_000);
        bench.turned(&channel_now().await, false).await;
        bench.see().await;
        assert_eq!(events().await, ["deletion_scheduled"]);
        ask_deletion(bench.store(), &bench.integration, "Dana", week, bench.now()).await.unwrap();
        bench.see().await;
        cancel_deletion(bench.store(), &bench.integration).await.unwrap();
        bench.see().await;
        let all = ["deletion_scheduled", "deletion_scheduled", "deletion_cancelled"];
        assert_eq!(events().await, all, "what happens from now on is told");
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_sent_is_tried_again_later_each_time_and_given_up_in_the_end() {
    with_bench(async |mut bench| {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let away =
            SmtpSettings::new(&format!("smtp://127.0.0.1:{free}?tls=none"), None, "weir@acme.example", None);
        bench.outlet.mail = Some(away.unwrap());
        let channel = bench.channel(mail()).await;
        bench.run(Some("auth.refused")).await;
        let (server, stop) = (bench.server(1), CancellationToken::new());
        server.look(&stop).await;
        server.look(&stop).await;
        let one = bench.told(&channel).await.remove(0);
        assert_eq!((one.state, one.attempts), (NoticeState::Failed, 1), "{one:?}");
        assert_eq!(one.look_at, Millis(bench.now().0 + 60_000));
        assert!(!one.said.is_empty());
        for _ in 0..8 {
            bench.temp.clock.advance(9 * HOUR);
            server.look(&stop).await;
        }
        let one = bench.told(&channel).await.remove(0);
        assert_eq!((one.state, one.attempts), (NoticeState::Refused, 9), "{one:?}");
        assert!(one.said.ends_with("It was tried often enough"), "{}", one.said);
    })
    .await;
}
