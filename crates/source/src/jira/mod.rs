//! Jira. Wire types stay inside; what leaves are rows of the model.

mod address;
mod adfs;
mod auth;
mod boards;
mod cases;
mod clean;
mod cloud;
mod columns;
mod complete;
mod data_center;
mod fields;
#[cfg(test)]
mod golden;
mod history;
mod issue;
mod jql;
mod met;
mod oauth;
mod pages;
mod people;
mod preflight;
mod projects;
mod reach;
mod reading;
mod reference;
mod scrub;
mod signing;
mod site;
mod stamp;
mod stream;
mod text;
mod unreached;
#[cfg(test)]
mod unread;
mod wire;

pub use address::site_address;
pub use adfs::{AdfsCredential, adfs_address};
pub use auth::Credential;
pub use cases::texts_of_cases;
pub use complete::{Named, Offer, Vocabulary, complete};
pub use oauth::{
    Grant, Grants, NotKept, OAuthApp, OAuthCredential, Renews, SCOPES, consent_address, exchange,
};
pub use preflight::{
    Connected, Counted, Door, Found, Introduced, Target, VisibleProject, check_address, check_exclusions,
    count_issues, find_site, in_both, introduce, preflight, visible_projects,
};
pub use reach::{Reached, reach};
pub use site::in_flight;

use crate::{
    Environment, Looked, Progress, ProjectRef, Reading, Secret, Shown, SiteProjects, Source, SourceError,
    Traffic,
};
use async_trait::async_trait;
use reading::walk::{self, Mark, Walk, WalkError};
use std::{collections::BTreeSet, sync::Arc};
use weir_model::{
    CaseField, Checkpoint, Deployment, Exclusions, IntegrationSettings, IssueId, Message, Millis, Scope,
};

/// The checkpoint by whose position [`left_out_when_read`] tells.
pub const MARK: &str = reading::watermark::PARTITION;

/// The fields that the last run left out which came to its end, by the position of [`MARK`]; nothing where that is not known.
pub fn left_out_when_read(position: &str) -> Option<BTreeSet<String>> {
    reading::watermark::left_out_by(position)
}

/// One Jira site and the account that reads it.
#[derive(Debug)]
pub struct Jira {
    site: site::Site,
    site_url: String,
    account_id: String,
    scope: Scope,
    /// What issues in scope have in common besides their projects.
    filter: Option<String>,
    exclusions: Exclusions,
    cases: Option<CaseField>,
    /// How far a run looks back, in milliseconds.
    reread: i64,
    environment: Environment,
}

/// Opens a site with a credential that proved itself before; where `since` is given, issues that were edited last before it are none
/// of ours.
pub fn open(
    settings: &IntegrationSettings,
    since: Option<Millis>,
    secret: Secret,
    environment: &Environment,
) -> Result<Jira, SourceError> {
    if let Scope::Jql(text) = &settings.scope {
        check_filter(text)?;
    }
    fields::check_exclusions(&settings.exclusions)?;
    let deployment = settings.deployment;
    let environment = Environment {
        max_in_flight: settings.speed.in_flight(environment.max_in_flight),
        ..environment.clone()
    };
    let client = site::client(deployment, &settings.transport, &environment)?;
    let base = signing::base(&settings.auth, &settings.site_url, &environment)?;
    let signing = signing::Signing::of(&settings.auth, &secret, &environment)?;
    let site = site::Site::new(client, base, signing, deployment);
    if deployment == Deployment::Cloud {
        // Data Center's answers carry the user name, which may change; it is learnt when the account is proven.
        site.expect_account(&settings.account_id);
    }
    Ok(Jira {
        site,
        site_url: settings.site_url.clone(),
        account_id: settings.account_id.clone(),
        scope: settings.scope.clone(),
        filter: jql::filter(&settings.scope, since),
        exclusions: settings.exclusions.clone(),
        cases: settings.cases.clone(),
        reread: i64::from(settings.reread_minutes) * 60_000,
        environment,
    })
}

impl Jira {
    /// Whether a project can be searched at all: then it is the filter that Jira does not take.
    async fn takes(&self, project: &ProjectRef) -> Result<bool, SourceError> {
        let query = jql::Query::default().project(&project.key);
        match Walk::new(&self.site, query, Mark::default()).next().await {
            Ok(_) => Ok(true),
            Err(WalkError::Refused(_)) => Ok(false),
            Err(WalkError::Failed(error)) => Err(error),
        }
    }
}

/// Refuses a filter that would change its meaning when it is wrapped.
fn check_filter(filter: &str) -> Result<(), Message> {
    if jql::without_order(filter).is_empty() {
        return Err(Message::JqlOpen { what: "It restricts nothing".to_owned() });
    }
    if jql::is_closed(filter) {
        Ok(())
    } else {
        Err(Message::JqlOpen { what: "A quote or a parenthesis is not closed".to_owned() })
    }
}

#[async_trait]
impl Source for Jira {
    async fn begin(
        &self,
        progress: Arc<Progress>,
        checkpoints: &[Checkpoint],
    ) -> Result<Arc<dyn Reading>, SourceError> {
        Ok(Arc::new(reading::begin(self, progress, checkpoints).await?))
    }

    async fn projects(&self) -> Result<Vec<ProjectRef>, SourceError> {
        auth::prove(&self.site, &self.account_id).await?;
        let live = projects::live(&self.site, &self.site_url).await?;
        let chosen = projects::chosen(&self.site, live, &self.scope).await?.projects;
        if chosen.is_empty() {
            return Err(Message::PermNoProjects { account: self.account_id.clone() }.into());
        }
        Ok(chosen.into_iter().map(|project| ProjectRef { id: project.id, key: project.key }).collect())
    }

    async fn issue_ids(&self, project: &ProjectRef) -> Result<Vec<IssueId>, SourceError> {
        let filter = self.filter.as_deref();
        let query = jql::Query::within(filter).project(&project.key);
        match walk::ids(&self.site, query).await {
            Ok(ids) => Ok(ids.into_iter().map(|id| IssueId::from(id.to_string().as_str())).collect()),
            Err(WalkError::Failed(error)) => Err(error),
            Err(WalkError::Refused(said)) if filter.is_some() && self.takes(project).await? => {
                Err(Message::JqlRefused { said }.into())
            }
            Err(WalkError::Refused(_)) => Err(Message::PermBrowse { key: project.key.clone() }.into()),
        }
    }

    async fn issue_keys(&self, ids: &[IssueId]) -> Result<Vec<(IssueId, String)>, SourceError> {
        let ids: Vec<u64> = ids.iter().filter_map(|id| id.as_str().parse().ok()).collect();
        let keys = reading::named::keys(&self.site, &ids).await?;
        Ok(keys.shown.into_iter().map(|(id, key)| (IssueId::from(id.as_str()), key)).collect())
    }

    async fn site_projects(&self) -> Result<SiteProjects, SourceError> {
        auth::prove(&self.site, &self.account_id).await?;
        let listed = projects::all(&self.site, &self.site_url).await?;
        let is_complete = !listed.is_short;
        let former = match projects::chosen(&self.site, listed.live.clone(), &self.scope).await {
            Ok(chosen) => chosen.former,
            // None of them is there: that is for the census to see.
            Err(error) if matches!(*error.message, Message::ProjectUnknown { .. }) => vec![],
            Err(error) => return Err(error),
        };
        let all = listed.live.into_iter().chain(listed.elsewhere);
        let projects =
            all.map(|project| (ProjectRef { id: project.id, key: project.key }, project.state)).collect();
        Ok(SiteProjects { projects, is_complete, former })
    }

    async fn look(&self, ids: &[IssueId]) -> Result<Looked, SourceError> {
        let ids: Vec<u64> = ids.iter().filter_map(|id| id.as_str().parse().ok()).collect();
        let keys = reading::named::look(&self.site, &ids).await?;
        let shown = keys.shown.into_iter().filter_map(|(id, key)| {
            let project_key = key.rsplit_once('-')?.0.to_owned();
            Some(Shown { id: IssueId::from(id.as_str()), key, project_key })
        });
        let untold = keys.untold.into_iter().map(|id| IssueId::from(id.to_string().as_str()));
        Ok(Looked { shown: shown.collect(), untold: untold.collect() })
    }

    async fn time(&self) -> Result<Option<Millis>, SourceError> {
        Ok(auth::prove(&self.site, &self.account_id).await?.map(Millis))
    }

    fn traffic(&self) -> Traffic {
        self.site.traffic()
    }

    fn timezone(&self) -> Option<String> {
        self.site.timezone()
    }
}
