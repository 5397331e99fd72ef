//! The pre-flight: everything that has to work before an integration is kept.
//!
//! Up to the account, checks are tried in order, and a hard failure ends it; later checks are then shown as not tried. What an
//! account may read is tried side by side, so that a slow site is through in time. A warning never blocks.

mod find;
mod introduce;
mod report;
mod scoping;
mod visible;

pub use find::{Found, check_address, find_site};
pub use introduce::{Introduced, introduce};
pub use scoping::{Counted, Door, check_exclusions, count_issues, in_both};
pub(super) use scoping::{in_time, opened};
pub use visible::{VisibleProject, visible_projects};

use super::auth::{Credential, SignedIn};
use super::fields::{FieldMap, Reading, Role};
use super::jql::Query;
use super::{
    address, auth, check_filter, complete::refused, data_center, fields, people, projects, reference, site,
    site::Site, wire,
};
use crate::{Check, Environment, Preflight, Secret, SourceError};
use find::{There, find, late};
use report::{Report, Step};
use serde_json::json;
use std::time::Duration;
use weir_model::{
    AuthMethod, Deployment, Exclusions, IntegrationSettings, JqlPlace, Message, Millis, OAuthFault, Scope,
    Transport,
};

/// What an operator typed to reach a site.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address, a bare site name included.
    pub address: String,
    /// What to sign in with.
    pub credential: Credential,
    /// Which issues.
    pub scope: Scope,
    /// What is never asked for.
    pub exclusions: Exclusions,
    /// How to get there.
    pub transport: Transport,
}

impl Target {
    /// What reaches the site of an integration with a credential.
    pub fn of(settings: &IntegrationSettings, credential: Credential) -> Self {
        Self {
            address: settings.site_url.clone(),
            credential,
            scope: settings.scope.clone(),
            exclusions: settings.exclusions.clone(),
            transport: settings.transport.clone(),
        }
    }
}

/// A site that answered, and an account that it knows.
#[derive(Debug, Clone)]
pub struct Connected {
    /// What stands there.
    pub deployment: Deployment,
    /// The site's address, normalised.
    pub site_url: String,
    /// How the credential works.
    pub auth: AuthMethod,
    /// The token or the password alone, where it came as `EMAIL:TOKEN`.
    pub secret: Secret,
    /// Who we are there.
    pub account_id: String,
    /// The account's name.
    pub account_name: Option<String>,
    /// The account's time zone.
    pub timezone: Option<String>,
    /// Keys of the projects that it sees.
    pub projects: Vec<String>,
}

/// A clock that is off by more than this makes times here and there disagree visibly.
const SKEW_NOTICE: i64 = 2_000;
/// A clock that is off by more than this makes a sync lose changes.
const SKEW_LIMIT: i64 = 60_000;

/// Somebody is waiting for the whole of it.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the pre-flight, telling of the list of checks each time that something of it changes.
pub async fn preflight(
    target: Target,
    environment: &Environment,
    on_change: &mut (dyn FnMut(&[Check]) + Send),
) -> Preflight<Connected> {
    let report = Report::new(environment.clock.as_ref(), on_change);
    let limited = tokio::time::timeout(LIMIT, Box::pin(run(&target, environment, &report))).await;
    let done = limited.unwrap_or_else(|_| Err(late(&target.address, &report)));
    let (checks, outcome) = report.finish(done);
    Preflight { checks, outcome }
}

async fn run(
    target: &Target,
    environment: &Environment,
    report: &Report<'_>,
) -> Result<Connected, SourceError> {
    report.begin(Step::Address);
    let url = address::parse(&target.address)?;
    fields::check_exclusions(&target.exclusions)?;
    if let Scope::Jql(text) = &target.scope {
        check_filter(text)?;
    }
    report.pass(Step::Address, format!("{} is used.", address::site(&url)));
    // Behind some proxies a stranger is not even told that it is Jira.
    let known = match &target.credential {
        credential @ Credential::Adfs(_) => {
            let offered = auth::offered(credential, environment);
            Some(report.tried(Step::SignIn, async { Ok(offered?) }).await?)
        }
        _ => None,
    };
    let way = (&target.transport, known.as_ref().map(|offered| &offered.signing));
    let there = find(url, way, environment, report).await?;
    let site_url = address::site(&there.url);

    let (signed_in, secret, account) =
        report.tried(Step::SignIn, sign_in(&there, target, known, environment)).await?;
    let way = match signed_in.method {
        AuthMethod::SiteToken { .. } => "with a token without scopes, at the site",
        AuthMethod::GatewayToken { .. } => "with a token with scopes, at Atlassian's gateway",
        AuthMethod::GatewayBearer { .. } => "with a service account's token, at Atlassian's gateway",
        AuthMethod::PersonalToken { .. } => "with a personal access token",
        AuthMethod::Password { .. } => "with a password",
        AuthMethod::OAuth { .. } => "with somebody's consent, at Atlassian's gateway",
        AuthMethod::ConnectApp { .. } => "as a Connect app",
        AuthMethod::Satellite {} => "through a satellite",
        AuthMethod::Adfs { .. } => "with a token of ADFS",
    };
    report.pass(Step::SignIn, format!("Jira knows {}, {way}.", bounded(&account)));
    let profile = &signed_in.account;
    let name = profile.name.as_deref().filter(|_| !target.exclusions.user_details).map(bounded);
    let name = name.unwrap_or_else(|| "without a name".to_owned());
    let zone = profile.timezone.as_deref().map(bounded).unwrap_or_else(|| "unknown".to_owned());
    let locale = profile.locale.as_deref().map(bounded).unwrap_or_else(|| "unknown".to_owned());
    let about = format!("{name}, time zone {zone}, language {locale}.");
    if profile.active {
        report.pass(Step::Account, about)
    } else {
        report.warn(Step::Account, about, "The account is inactive; ask its administrator.")
    }

    tell_clock(there.skew, report);
    let projects = look_around(&signed_in.site, &site_url, &account, target, report).await?;
    Ok(Connected {
        deployment: there.deployment,
        site_url,
        auth: signed_in.method,
        secret,
        account_id: signed_in.account.id,
        account_name: signed_in.account.name,
        timezone: signed_in.account.timezone,
        projects,
    })
}

/// Signs in; gives the secret alone, and the account as the operator knows it.
async fn sign_in(
    there: &There,
    target: &Target,
    known: Option<auth::Offered>,
    environment: &Environment,
) -> Result<(SignedIn, Secret, String), SourceError> {
    let client = site::client(there.deployment, &target.transport, environment)?;
    match (there.deployment, &target.credential) {
        (Deployment::Cloud, Credential::ApiToken { email, token }) => {
            let (email, token) = auth::split(email.clone(), token.clone())?;
            let signed_in = auth::sign_in(&client, &there.url, &email, &token, environment).await?;
            Ok((signed_in, token, email))
        }
        (Deployment::Cloud, Credential::OAuth(credential)) => {
            let signed_in = auth::sign_in_with_consent(&client, &there.url, credential, environment).await?;
            let account = signed_in.account.id.clone();
            Ok((signed_in, credential.grant.clone(), account))
        }
        (Deployment::Cloud, _) => Err(Message::from(OAuthFault::KindOfCloud {}).into()),
        (Deployment::DataCenter, credential) => {
            let offered = known.map_or_else(|| auth::offered(credential, environment), Ok)?;
            let (signed_in, secret) = auth::sign_in_at_data_center(&client, &there.url, offered).await?;
            let account = signed_in.method.account().to_owned();
            Ok((signed_in, secret, account))
        }
    }
}

/// Everything that an account needs to read a site, tried side by side as far as one does not need the other; gives the keys of
/// the projects that it sees.
async fn look_around(
    site: &Site,
    site_url: &str,
    account: &str,
    target: &Target,
    report: &Report<'_>,
) -> Result<Vec<String>, SourceError> {
    let issues = async {
        let (keys, first) =
            report.tried(Step::Projects, browse(site, site_url, account, target, report)).await?;
        let sample = report.tried(Step::Search, search(site, &first, target, report));
        let Some(sample) = sample.await? else {
            report.skip(Step::History, "There is no issue to try it on.");
            return Ok(keys);
        };
        // How many there are can be asked for while a history is read.
        let (counted, history) = tokio::join!(
            report.tried(Step::Search, count_found(site, &first, target, report)),
            report.tried(Step::History, read_history(site, &sample, report)),
        );
        counted.and(history).map(|()| keys)
    };
    let (keys, fields, people, picker, aggregated, boards) = tokio::join!(
        issues,
        report.tried(Step::Fields, read_fields(site, target, report)),
        report.tried(Step::People, look_up_people(site, target, report)),
        report.tried(Step::UserPicker, permission(site, USER_PICKER, report)),
        report.tried(Step::AggregatedData, permission(site, AGGREGATED_DATA, report)),
        report.tried(Step::Boards, list_boards(site, report)),
    );
    fields.and(people).and(picker).and(aggregated).and(boards).and(keys)
}

/// The projects: the keys of those that are visible, and the first of those in scope.
async fn browse(
    site: &Site,
    site_url: &str,
    account: &str,
    target: &Target,
    report: &Report<'_>,
) -> Result<(Vec<String>, String), SourceError> {
    let live = projects::live(site, site_url).await?;
    let keys: Vec<String> = live.iter().map(|project| project.key.to_string()).collect();
    let visible = keys.len();
    let chosen = match live.is_empty() {
        true => vec![],
        false => projects::in_scope(live, &target.scope)?,
    };
    let nobody = || Message::PermNoProjects { account: account.to_owned() };
    let first = chosen.first().ok_or_else(nobody)?.key.clone();
    let some: Vec<_> = chosen.iter().take(5).map(|project| project.key.as_str()).collect();
    let sentence = format!(
        "{} of {visible} visible projects in scope: {}{}.",
        chosen.len(),
        some.join(", "),
        if chosen.len() > 5 { " …" } else { "" }
    );
    report.pass(Step::Projects, sentence);
    Ok((keys, first))
}

async fn list_boards(site: &Site, report: &Report<'_>) -> Result<(), SourceError> {
    let boards = site.get("boards", "rest/agile/1.0/board", &[("maxResults", "1")]).await?;
    if boards.status() == 200 {
        report.pass(Step::Boards, "Boards can be listed.");
    } else {
        let remedy = "Give the account a Jira Software licence, or the token the Jira Software read scopes.";
        let sentence = format!(
            "Boards cannot be listed (HTTP {}); sprints come only as far as issues name them.",
            boards.status()
        );
        report.warn(Step::Boards, sentence, remedy);
    }
    let is_quota = boards.header("ratelimit-policy").is_some_and(|policy| policy.contains("jira-quota-"));
    let sentence = match (boards.header("x-ratelimit-limit"), boards.header("x-ratelimit-remaining")) {
        (Some(limit), remaining) => format!(
            "The site tells a limit of {} {}, {} left.",
            bounded(limit),
            // A quota of an hour is counted in points.
            if is_quota { "points an hour" } else { "requests" },
            remaining.map_or_else(|| "an unknown number".to_owned(), bounded)
        ),
        (None, _) => "The site tells no limit.".to_owned(),
    };
    report.pass(Step::SpeedLimit, sentence);
    Ok(())
}

/// What is searched for: the filter, or the first project.
fn sought(target: &Target, project_key: &str) -> Query {
    match &target.scope {
        Scope::Jql(text) => Query::within(Some(text)),
        _ => Query::within(None).project(project_key),
    }
}

fn search_path(site: &Site) -> &'static str {
    match site.deployment() {
        Deployment::Cloud => "api/search/jql",
        Deployment::DataCenter => "api/search",
    }
}

/// Has the filter parsed strictly, then looks for one issue in scope; gives its id. Where there is none, the check is over.
async fn search(
    site: &Site,
    project_key: &str,
    target: &Target,
    report: &Report<'_>,
) -> Result<Option<String>, SourceError> {
    if let Scope::Jql(text) = &target.scope
        && site.deployment() == Deployment::Cloud
    {
        parse_strictly(site, text).await?;
    }
    let first = json!({ "jql": sought(target, project_key).by_id(), "fields": ["id"], "maxResults": 1 });
    let reply = site.post("search", search_path(site), &first).await?;
    if reply.status() == 400 {
        return Err(match target.scope {
            Scope::Jql(_) => refused(site, JqlPlace::unwrapped(&reply.said())).await,
            _ => Message::PermBrowse { key: project_key.to_owned() },
        }
        .into());
    }
    let reply = reply.ok()?;
    let text = reply.text()?;
    let page: wire::IdPage<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let sample = page.issues.first().map(|issue| issue.id.to_string());
    if sample.is_none() {
        count_found(site, project_key, target, report).await?;
    }
    Ok(sample)
}

/// Counts what is in scope, and tells of the search.
async fn count_found(
    site: &Site,
    project_key: &str,
    target: &Target,
    report: &Report<'_>,
) -> Result<(), SourceError> {
    let query = sought(target, project_key);
    // Later runs ask for what changed since; Jira takes that in several forms, of which this one touches no time zone.
    let since =
        json!({ "jql": query.clone().updated_since(Millis(0)).by_id(), "fields": ["id"], "maxResults": 1 });
    let (count, since) =
        tokio::try_join!(count(site, &query), site.post("search", search_path(site), &since))?;
    let about = match count {
        Some(count) => format!("about {count} issues"),
        None => "an unknown number of issues".to_owned(),
    };
    let whose = if matches!(target.scope, Scope::Jql(_)) {
        "The query matches".to_owned()
    } else {
        format!("{project_key} has")
    };
    let times = match since.status() {
        400 => " It does not compare times in milliseconds; minutes are used.",
        _ => "",
    };
    report.pass(Step::Search, format!("{whose} {about}.{times}"));
    Ok(())
}

/// Cloud parses a query without running it.
async fn parse_strictly(site: &Site, text: &str) -> Result<(), SourceError> {
    let parsed = site.post("jql", "api/jql/parse?validation=strict", &json!({ "queries": [text] })).await?;
    match parsed.status() {
        200 => {
            let queries = parsed.read::<wire::JqlParsed>()?.queries;
            let errors: Vec<String> =
                queries.into_iter().filter_map(|query| query.errors).flatten().collect();
            match errors.is_empty() {
                true => Ok(()),
                false => Err(refused(site, bounded(&errors.join(" "))).await.into()),
            }
        }
        400 => Err(refused(site, parsed.said()).await.into()),
        // Where strict parsing is not to be had, a search is the judge.
        401 | 403 | 404 => Ok(()),
        _ => Err(parsed.refusal()),
    }
}

async fn count(site: &Site, query: &Query) -> Result<Option<u64>, SourceError> {
    if site.deployment() == Deployment::DataCenter {
        return data_center::total(site, query).await;
    }
    let counted = site.post("count", "api/search/approximate-count", &json!({ "jql": query.bare() })).await?;
    match counted.status() {
        200 => Ok(Some(counted.read::<wire::Count>()?.count)),
        _ => Ok(None),
    }
}

/// Refuses to leave out what the site does not have: a misspelt field would be read and kept.
fn refuse_unknown(exclusions: &Exclusions, listed: &[wire::Field<'_>]) -> Result<(), Message> {
    let is_unknown =
        |id: &&str| !fields::is_always_asked(id) && !listed.iter().any(|field| *field.id == **id);
    let unknown: Vec<&str> = exclusions.fields.iter().map(String::as_str).filter(is_unknown).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(Message::FieldUnknown { fields: bounded(&unknown.join(", ")) }),
    }
}

async fn read_fields(site: &Site, target: &Target, report: &Report<'_>) -> Result<(), SourceError> {
    let reply = site.get("fields", "api/field", &[]).await?.ok()?;
    let text = reply.text()?;
    let (wires, _) = reference::field_list(&text).map_err(|error| reply.malformed(error))?;
    refuse_unknown(&target.exclusions, &wires)?;
    let map = FieldMap::new(&wires, &target.exclusions, None);
    let found = |wanted: &[Reading]| {
        let fields = wires.iter().filter(
            |field| matches!(map.role(&field.id), Some(Role::Read(reading)) if wanted.contains(&reading)),
        );
        let named = |field: &wire::Field<'_>| {
            format!("{} ({})", bounded(field.name.as_deref().unwrap_or_default()), bounded(&field.id))
        };
        let fields: Vec<String> = fields.take(3).map(named).collect();
        if fields.is_empty() { "none".to_owned() } else { fields.join(", ") }
    };
    let sentence = format!(
        "{} fields can be read. Story points: {}; sprint: {}.",
        wires.len(),
        found(&[Reading::CompanyPoints, Reading::TeamPoints]),
        found(&[Reading::Sprint])
    );
    report.pass(Step::Fields, sentence);
    Ok(())
}

async fn read_history(site: &Site, id: &str, report: &Report<'_>) -> Result<(), SourceError> {
    let reply = match site.deployment() {
        Deployment::Cloud => {
            let body = json!({ "issueIdsOrKeys": [id], "maxResults": 1 });
            site.post("histories", "api/changelog/bulkfetch", &body).await?
        }
        Deployment::DataCenter => {
            let jql = format!("id = {id}");
            let body = json!({ "jql": jql, "fields": ["key"], "expand": ["changelog"], "maxResults": 1 });
            site.post("histories", "api/search", &body).await?
        }
    };
    reply.ok()?;
    report.pass(Step::History, "Histories can be read.");
    Ok(())
}

async fn look_up_people(site: &Site, target: &Target, report: &Report<'_>) -> Result<(), SourceError> {
    let details = !target.exclusions.user_details;
    match people::first_page(site, details).await {
        Ok(people) => {
            let humans: Vec<_> =
                people.iter().filter(|person| person.kind == weir_model::PersonKind::Person).collect();
            let hidden = humans.iter().filter(|person| person.email.is_none()).count();
            if details && hidden * 2 > humans.len() {
                report.warn(
                    Step::People,
                    format!("Jira hides {hidden} of {} e-mail addresses from this account.", humans.len()),
                    "Matching people across tools will be weaker; addresses can be mapped later.",
                );
            } else {
                let shown = humans.len() - hidden;
                let of = people.len();
                let humans = humans.len();
                report.pass(
                    Step::People,
                    format!("{of} people on the first page; {shown} of {humans} addresses are shown."),
                );
            }
        }
        Err(error) if people::is_withheld(&error) => report.warn(
            Step::People,
            "This account cannot list users, so only people who appear in issues are known.",
            "Give it the global permission \"Browse users and groups\".",
        ),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// A permission that no reading proves: its check, its key, and what to do where it is lacking.
type Permission = (Step, &'static str, &'static str);

const USER_PICKER: Permission =
    (Step::UserPicker, "USER_PICKER", "Give it the global permission \"Browse users and groups\".");
const AGGREGATED_DATA: Permission = (
    Step::AggregatedData,
    "VIEW_AGGREGATED_DATA",
    "Give it the project permission \"View aggregated data\".",
);

async fn permission(
    site: &Site,
    (step, key, remedy): Permission,
    report: &Report<'_>,
) -> Result<(), SourceError> {
    let reply = site.get("permissions", "api/mypermissions", &[("permissions", key)]).await?;
    match reply.status() {
        200 => match reply.read::<wire::Permissions>()?.permissions.get(key) {
            Some(permission) if permission.have_permission => report.pass(step, "The account has it."),
            _ => report.warn(step, "The account lacks it.", remedy),
        },
        400 => report.skip(step, "This site does not know the permission."),
        _ if reply.status() < 500 => report.warn(step, "It could not be asked for.", remedy),
        _ => return Err(reply.refusal()),
    }
    Ok(())
}

fn tell_clock(skew: Option<i64>, report: &Report<'_>) {
    let step = Step::Clock;
    match skew.map(i64::abs) {
        None => report.skip(step, "The site does not tell its time."),
        Some(skew) if skew > SKEW_LIMIT => report.warn(
            step,
            format!("This machine's clock is off by {} s.", skew / 1_000),
            "Set it by NTP; times are taken from Jira meanwhile.",
        ),
        Some(skew) if skew > SKEW_NOTICE => {
            report.warn(
                step,
                format!("This machine's clock is off by {} s.", skew / 1_000),
                "Set it by NTP.",
            );
        }
        Some(_) => report.pass(step, "It agrees with Jira's."),
    }
}

/// A text of Jira's, bounded and harmless.
pub(super) fn bounded(text: &str) -> String {
    weir_http::snippet(text.as_bytes())
}
