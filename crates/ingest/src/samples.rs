//! An integration for tests.

use weir_model::{
    AuthMethod, Deployment, Exclusions, Integration, IntegrationId, IntegrationSettings, Millis, Scope,
    Speed, Transport,
};
use weir_testkit::SeededEntropy;

/// One that was added at an instant; whoever needs it otherwise changes it.
pub(crate) fn integration(name: &str, seed: u64, created_at: Millis) -> Integration {
    Integration {
        id: IntegrationId::generate(created_at, &SeededEntropy::new(seed)),
        name: name.into(),
        kind: "jira".into(),
        settings: IntegrationSettings {
            deployment: Deployment::Cloud,
            site_url: "https://acme.example".into(),
            auth: AuthMethod::SiteToken { email: "me@acme.example".into() },
            account_id: "1".into(),
            credential: None,
            scope: Scope::Everything,
            exclusions: Exclusions::default(),
            transport: Transport::default(),
            timezone: None,
            interval_minutes: 15,
            cron: None,
            census_minutes: Some(IntegrationSettings::DAY),
            reread_minutes: IntegrationSettings::REREAD,
            history_months: None,
            cases: None,
            speed: Speed::Normal,
            description: String::new(),
            tags: vec![],
            owner: None,
            secondary_owner: None,
            rhythms: vec![],
        },
        created_at,
    }
}
