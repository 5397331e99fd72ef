use crate::setup::*;
use weir_model::{AccountId, Consent, ConsentId, ConsentState, Millis, Quota};
use weir_store::TokenHome;
use weir_testkit::{SeededEntropy, for_each_engine, for_each_store};

#[tokio::test]
async fn one_renews_tokens_at_a_time_and_a_refusal_is_known_to_all() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let integration = integration("acme", 1);
        store.add_integration(&integration, "sealed").await.unwrap();
        let home = TokenHome::Integration(integration.id);
        assert_eq!(TokenHome::named(&home.to_string()), Some(home));
        let take = async |token: &str| store.take_renewal(home, &holder(token), 1000).await.unwrap();
        assert!(take("first").await && !take("second").await, "{label}");
        temp.clock.advance(1000);
        assert!(take("second").await, "the first one's time is over, on {label}");
        store.end_renewal(home, &holder("first"), Some("sealed")).await.unwrap();
        assert_eq!(store.refused_renewal(home).await.unwrap(), None, "it was not its turn, on {label}");
        store.end_renewal(home, &holder("second"), Some("sealed")).await.unwrap();
        assert_eq!(store.refused_renewal(home).await.unwrap().as_deref(), Some("sealed"), "{label}");
        assert!(take("third").await, "{label}");
    })
    .await;
}

#[tokio::test]
async fn renewed_tokens_take_the_place_of_those_that_they_were_made_of_and_of_no_others() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "first").await.unwrap();
        let home = TokenHome::Integration(integration.id);
        assert!(store.replace_tokens(home, "first", "second").await.unwrap(), "{label}");
        assert!(!store.replace_tokens(home, "first", "third").await.unwrap(), "{label}");
        assert_eq!(store.sealed_tokens(home).await.unwrap().as_deref(), Some("second"), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_taken_once_and_goes_when_its_time_is_over() {
    for_each_engine(async |engine| {
        let temp = engine.store().await;
        let (store, label) = (&temp.store, engine.label());
        let (now, entropy) = (weir_model::Clock::now(temp.clock.as_ref()), SeededEntropy::new(3));
        let mut consent = Consent {
            id: ConsentId::generate(now, &entropy),
            account: AccountId::generate(now, &entropy),
            state: ConsentState::Asked,
            document: "{}".into(),
            expires_at: Millis(now.0 + 1000),
        };
        store.add_consent(&consent, "sealed").await.unwrap();
        assert_eq!(store.consent(&consent.id).await.unwrap(), Some(consent.clone()), "{label}");
        consent.state = ConsentState::Returned;
        assert!(store.change_consent(&consent, ConsentState::Asked, None).await.unwrap(), "{label}");
        assert!(!store.change_consent(&consent, ConsentState::Asked, None).await.unwrap(), "{label}");
        let home = TokenHome::Consent(consent.id);
        assert_eq!(store.sealed_tokens(home).await.unwrap().as_deref(), Some("sealed"), "{label}");
        temp.clock.advance(1000);
        assert_eq!(store.consent(&consent.id).await.unwrap(), None, "{label}");
        assert_eq!(store.forget_consents().await.unwrap(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn the_quota_that_was_told_last_is_kept() {
    for_each_store(async |store, label| {
        let integration = integration("acme", 1);
        store.add_integration(&integration, "").await.unwrap();
        assert_eq!(store.quota(&integration.id).await.unwrap(), None, "{label}");
        for left in [64_000, 63_000] {
            let quota = Quota { limit: 65_000, left, resets_at: Millis(3_600_000) };
            store.keep_quota(&integration.id, &quota).await.unwrap();
            assert_eq!(store.quota(&integration.id).await.unwrap(), Some(quota), "{label}");
            assert_eq!((quota.left_at(Millis(0)), quota.left_at(Millis(3_600_000))), (left, 65_000));
        }
        store.forget_quota(&integration.id).await.unwrap();
        assert_eq!(store.quota(&integration.id).await.unwrap(), None, "{label}");
    })
    .await;
}
