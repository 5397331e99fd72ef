//! What is told of satellites that do not report, on each database.

use super::{ChannelWish, mail, with_bench};
use weir_model::{Millis, NoticeEvent};
use weir_testkit::SeededEntropy;

#[tokio::test]
async fn a_satellite_that_is_away_is_told_once_and_so_is_that_it_is_back() {
    with_bench(async |bench| {
        let channel = bench.channel(mail()).await;
        let needs = ChannelWish { name: "Needs".into(), events: vec![NoticeEvent::NeedsYou], ..mail() };
        let needs = bench.channel(needs).await;
        let mut integration = bench.integration.clone();
        integration.settings.auth = weir_model::AuthMethod::Satellite {};
        let note = weir_model::CredentialNote {
            ends: None,
            added_at: bench.now(),
            added_by: "Dana".into(),
            expires_on: None,
        };
        let fresh = (&integration.settings.auth, "1", &note);
        bench.store().replace_credential(&bench.integration, fresh, "").await.unwrap();
        bench.run(None).await;
        let beat = async |leaves: bool| {
            let satellite = weir_model::Satellite {
                id: "sat_1".into(),
                name: "berlin-1".into(),
                key: weir_model::KeyId::generate(Millis(0), &SeededEntropy::new(5)),
                status: weir_model::SatelliteStatus {
                    protocol: weir_model::Satellite::PROTOCOL,
                    left: leaves,
                    keeps_hours: Some(72),
                    ..Default::default()
                },
                first_at: bench.now(),
                beat_at: bench.now(),
                revoked: None,
                feeds: vec![],
            };
            bench.store().satellite_beat(&satellite, &[integration.id], 120_000).await.unwrap();
        };
        beat(false).await;
        for _ in 0..3 {
            bench.temp.clock.advance(61_000);
            bench.see().await;
        }
        let away = "Satellite \"berlin-1\" does not report.";
        assert_eq!(bench.sentences(&channel).await, [away], "not of each integration besides");
        let told = bench.told(&channel).await.remove(0).content;
        assert!(
            told.reason.contains("reads Acme. What it has read") && told.path == "/satellites/sat_1",
            "{told:?}"
        );
        assert_eq!(bench.sentences(&needs).await, ["Acme needs somebody."], "who is not told of satellites");
        beat(false).await;
        bench.see().await;
        bench.see().await;
        let back = "Satellite \"berlin-1\" reports again.";
        assert_eq!(bench.sentences(&channel).await, [away, back]);
        // Another time is another message; one that stops in order is not missed.
        bench.temp.clock.advance(200_000);
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await, [away, back, away]);
        beat(true).await;
        bench.temp.clock.advance(200_000);
        bench.see().await;
        assert_eq!(bench.sentences(&channel).await.len(), 3);
        // What is over while a channel is off is not told when it is on again.
        bench.turned(&channel, true).await;
        beat(false).await;
        let off = bench.store().channel(&channel.id).await.unwrap().unwrap();
        bench.turned(&off, false).await;
        bench.see().await;
        assert!(bench.sentences(&channel).await.is_empty(), "what waited is gone, and nothing is new");
    })
    .await;
}
