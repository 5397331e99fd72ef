//! Integrations and instants for tests of the schedule.

use weir_model::{
    AuthMethod, Deployment, Exclusions, Integration, IntegrationId, IntegrationSettings, Millis, Scope,
    Transport,
};
use weir_testkit::SeededEntropy;

pub(super) const ADDED: Millis = Millis(1_772_600_000_000);

pub(super) fn at(text: &str) -> Millis {
    Millis(text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond())
}

pub(super) fn integration(minutes: u32, cron: Option<&str>, zone: &str) -> Integration {
    let mut one = numbered(1, minutes);
    one.settings.cron = cron.map(str::to_owned);
    one.settings.timezone = Some(zone.to_owned());
    one
}

pub(super) fn numbered(seed: u64, minutes: u32) -> Integration {
    Integration {
        id: IntegrationId::generate(ADDED, &SeededEntropy::new(seed)),
        name: format!("integration {seed}"),
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
            interval_minutes: minutes,
            cron: None,
            census_minutes: None,
            reread_minutes: 720,
            history_months: None,
            cases: None,
            description: String::new(),
            tags: vec![],
            owner: None,
            secondary_owner: None,
        },
        created_at: ADDED,
    }
}
