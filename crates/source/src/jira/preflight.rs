//! The pre-flight: everything that has to work before an integration is kept, tried in order.
//!
//! The first hard failure ends it; later checks are then shown as not tried. A warning never blocks.

use super::fields::{FieldMap, Reading, Role};
use super::{address, auth, check_filter, fields, people, projects, site, site::Site, wire};
use crate::{Check, CheckState, Environment, Preflight, Secret, SourceError};
use serde_json::json;
use std::time::Duration;
use weir_http::Url;
use weir_model::{
    AuthMethod, Clock, Deployment, Exclusions, Message, Millis, ProjectState, Scope, Transport,
};

/// What an operator typed to reach a site.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address, a bare site name included.
    pub address: String,
    /// The account's e-mail.
    pub email: Option<String>,
    /// The token, `EMAIL:TOKEN` included.
    pub token: Option<Secret>,
    /// Which issues.
    pub scope: Scope,
    /// What is never asked for.
    pub exclusions: Exclusions,
    /// How to get there.
    pub transport: Transport,
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
    /// The token alone, where it came as `EMAIL:TOKEN`.
    pub secret: Secret,
    /// Who we are there.
    pub account_id: String,
    /// The account's name.
    pub account_name: Option<String>,
    /// The account's time zone.
    pub timezone: Option<String>,
}

/// Every check, in order: id and name.
const CHECKS: [(&str, &str); 17] = [
    ("address", "Address"),
    ("name_lookup", "Name lookup"),
    ("connection", "Connection"),
    ("certificate", "Certificate"),
    ("is_jira", "It is Jira"),
    ("sign_in", "Sign-in"),
    ("account", "Account"),
    ("projects", "Browse projects"),
    ("search", "Search"),
    ("fields", "Fields"),
    ("history", "History"),
    ("people", "Browse users"),
    ("user_picker", "User picker"),
    ("aggregated_data", "View aggregated data"),
    ("boards", "Boards and sprints"),
    ("speed_limit", "Speed limit"),
    ("clock", "Clock"),
];

/// A clock that is off by more than this makes times here and there disagree visibly.
const SKEW_NOTICE: i64 = 2_000;
/// A clock that is off by more than this makes a sync lose changes.
const SKEW_LIMIT: i64 = 60_000;

/// Somebody is waiting for the whole of it.
const LIMIT: Duration = Duration::from_secs(30);

/// Collects checks and tells of each as it ends.
struct Report<'a> {
    checks: Vec<Check>,
    tell: &'a mut (dyn FnMut(&Check) + Send),
    clock: &'a dyn Clock,
    since: Millis,
}

impl Report<'_> {
    fn end(&mut self, state: CheckState, sentence: String, remedy: Option<String>) {
        let Some((id, name)) = CHECKS.get(self.checks.len()).copied() else { return };
        let now = self.clock.now();
        let took_ms = if state == CheckState::Skipped { 0 } else { now.since(self.since).unsigned_abs() };
        self.since = now;
        let check = Check { id, name, state, took_ms, sentence, remedy };
        (self.tell)(&check);
        self.checks.push(check);
    }

    fn pass(&mut self, sentence: impl Into<String>) {
        self.end(CheckState::Passed, sentence.into(), None);
    }

    fn warn(&mut self, sentence: impl Into<String>, remedy: impl Into<String>) {
        self.end(CheckState::Warning, sentence.into(), Some(remedy.into()));
    }

    fn skip(&mut self, sentence: impl Into<String>) {
        self.end(CheckState::Skipped, sentence.into(), None);
    }

    fn fail(&mut self, message: &Message) {
        self.end(CheckState::Failed, message.to_string(), Some(message.fix()));
        let failed = self.checks.last().map_or("", |check| check.name);
        while self.checks.len() < CHECKS.len() {
            self.skip(format!("Not tried: {failed} failed."));
        }
    }

    /// Goes on to a check by its id; those before it did not apply.
    fn reach(&mut self, id: &str, sentence: &str) {
        while CHECKS.get(self.checks.len()).is_some_and(|(next, _)| *next != id) {
            self.pass(sentence);
        }
    }
}

/// Runs the pre-flight, telling of each check as it ends.
pub async fn preflight(
    target: Target,
    environment: &Environment,
    on_check: &mut (dyn FnMut(&Check) + Send),
) -> Preflight<Connected> {
    let clock = environment.clock.as_ref();
    let mut report = Report { checks: Vec::new(), tell: on_check, clock, since: clock.now() };
    let limited = tokio::time::timeout(LIMIT, run(&target, environment, &mut report)).await;
    let late = || Message::NetTimeout { host: bounded(&target.address), seconds: LIMIT.as_secs() };
    let outcome = match limited.unwrap_or_else(|_| Err(late().into())) {
        Ok(connected) => Ok(connected),
        Err(error) => {
            report.fail(&error.message);
            Err(error.message)
        }
    };
    Preflight { checks: report.checks, outcome }
}

async fn run(
    target: &Target,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Result<Connected, SourceError> {
    let url = address::parse(&target.address)?;
    let site_url = address::site(&url);
    fields::check_exclusions(&target.exclusions)?;
    if let Scope::Jql(text) = &target.scope {
        check_filter(text)?;
    }
    let token = target.token.clone().ok_or(Message::AuthMissing {})?;
    let (email, token) = auth::split(target.email.clone(), token)?;
    let client = site::client(&target.transport, environment)?;
    report.pass(format!("{site_url} is used."));

    let stranger = Site::new(client.clone(), url.clone(), weir_http::Auth::None).impatient();
    let skew = reach(&stranger, &url, target.transport.insecure_tls, environment, report).await?;

    let signed_in = auth::sign_in(&client, &url, &email, &token, environment).await?;
    let way = match signed_in.method {
        AuthMethod::SiteToken { .. } => "with a token without scopes, at the site",
        AuthMethod::GatewayToken { .. } => "with a token with scopes, at Atlassian's gateway",
        AuthMethod::GatewayBearer { .. } => "with a service account's token, at Atlassian's gateway",
    };
    report.pass(format!("Jira knows {email}, {way}."));
    let profile = &signed_in.account;
    let name = profile.name.as_deref().filter(|_| !target.exclusions.user_details).map(bounded);
    let name = name.unwrap_or_else(|| "without a name".to_owned());
    let zone = profile.timezone.as_deref().map(bounded).unwrap_or_else(|| "unknown".to_owned());
    let locale = profile.locale.as_deref().map(bounded).unwrap_or_else(|| "unknown".to_owned());
    let about = format!("{name}, time zone {zone}, language {locale}.");
    if profile.active {
        report.pass(about)
    } else {
        report.warn(about, "The account is inactive; ask its administrator.")
    }

    look_around(&signed_in.site, &site_url, &email, target, report).await?;
    tell_clock(skew, report);
    Ok(Connected {
        deployment: Deployment::Cloud,
        site_url,
        auth: signed_in.method,
        secret: token,
        account_id: signed_in.account.id,
        account_name: signed_in.account.name,
        timezone: signed_in.account.timezone,
    })
}

/// Reaches the site without a credential, and sees whether it is Jira Cloud. Gives the clocks' difference.
async fn reach(
    stranger: &Site,
    url: &Url,
    insecure: bool,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Result<Option<i64>, SourceError> {
    let host = stranger.host();
    let asked = environment.clock.now();
    let reply = match stranger.get("server_info", "rest/api/3/serverInfo", &[]).await {
        Ok(reply) => reply,
        Err(error) => {
            match *error.message {
                Message::NetDns { .. } | Message::UrlBlocked { .. } => {}
                Message::TlsUnknownCa { .. }
                | Message::TlsExpired { .. }
                | Message::TlsName { .. }
                | Message::TlsOther { .. } => {
                    report.reach("certificate", &format!("{host} answers."));
                }
                Message::NetConnect { .. } | Message::NetTimeout { .. } | Message::NetProxy { .. } => {
                    report.reach("connection", &format!("{host} is known."));
                }
                _ => report.reach("is_jira", &format!("{host} answers.")),
            }
            return Err(error);
        }
    };
    report.pass(format!("{host} is known."));
    report.pass(format!("{host} answers after {} ms.", reply.took_ms()));
    match (url.scheme(), insecure) {
        ("https", false) => report.pass("It is trusted."),
        ("https", true) => report.warn(
            "It is not checked (--insecure-tls).",
            "Give the authority's certificate with --ca-file instead.",
        ),
        _ => report.skip("The address is http://: nothing is encrypted."),
    }
    let not_jira = |said: String| SourceError::new(Message::NotJira { url: address::site(url), said });
    let text = match (reply.status(), reply.text()) {
        (200, Ok(text)) => text,
        (status, Err(_)) => {
            return Err(not_jira(format!("It sent a page (HTTP {status}) where Jira sends data")));
        }
        (status, Ok(_)) => return Err(not_jira(format!("It has no serverInfo (HTTP {status})"))),
    };
    let info: wire::ServerInfo<'_> = match text.trim_start().starts_with('{') {
        true => wire::read(&text).map_err(|error| reply.malformed(error))?,
        false => return Err(not_jira("What it sent is not Jira's serverInfo".to_owned())),
    };
    let version = info.version.as_deref().map(bounded).unwrap_or_default();
    match info.deployment_type.as_deref() {
        Some("Cloud") => report.pass(format!("Jira Cloud {version}.").replace(" .", ".")),
        Some(other) => {
            let deployment = format!(
                "{} {version}",
                if other == "Server" { "Data Center or Server" } else { "of an unknown kind" }
            );
            return Err(Message::JiraOther { deployment: deployment.trim_end().to_owned() }.into());
        }
        None => return Err(not_jira("What it sent is not Jira's serverInfo".to_owned())),
    }
    let midway = asked.0 + i64::try_from(reply.took_ms()).unwrap_or(0) / 2;
    Ok(reply.server_date().map(|theirs| theirs - midway))
}

/// Everything that an account needs to read a site.
async fn look_around(
    site: &Site,
    site_url: &str,
    email: &str,
    target: &Target,
    report: &mut Report<'_>,
) -> Result<(), SourceError> {
    let live = projects::list(site, site_url, ProjectState::Live).await?;
    if live.is_empty() {
        return Err(Message::PermNoProjects { account: email.to_owned() }.into());
    }
    let visible = live.len();
    let chosen = projects::in_scope(live, &target.scope)?;
    let some: Vec<_> = chosen.iter().take(5).map(|project| project.key.as_str()).collect();
    report.pass(format!(
        "{} of {visible} visible projects in scope: {}{}.",
        chosen.len(),
        some.join(", "),
        if chosen.len() > 5 { " …" } else { "" }
    ));

    let sample = search(site, &chosen[0].key, target, report).await?;
    read_fields(site, target, report).await?;
    read_history(site, sample.as_deref(), report).await?;
    look_up_people(site, target, report).await?;
    permissions(site, report).await?;
    let boards = site.get("boards", "rest/agile/1.0/board", &[("maxResults", "1")]).await?;
    if boards.status() == 200 {
        report.pass("Boards can be listed.");
    } else {
        let remedy = "Give the account a Jira Software licence, or the token the Jira Software read scopes.";
        report.warn(
            format!(
                "Boards cannot be listed (HTTP {}); sprints come only as far as issues name them.",
                boards.status()
            ),
            remedy,
        );
    }
    match (boards.header("x-ratelimit-limit"), boards.header("x-ratelimit-remaining")) {
        (Some(limit), remaining) => report.pass(format!(
            "The site tells a limit of {} requests, {} left.",
            bounded(limit),
            remaining.map_or_else(|| "an unknown number".to_owned(), bounded)
        )),
        (None, _) => report.pass("The site tells no limit."),
    }
    Ok(())
}

/// Parses the filter strictly, then counts what is in scope; gives the id of one issue.
async fn search(
    site: &Site,
    project_key: &str,
    target: &Target,
    report: &mut Report<'_>,
) -> Result<Option<String>, SourceError> {
    let query = match &target.scope {
        Scope::Jql(text) => {
            let parsed = site
                .post("jql", "rest/api/3/jql/parse?validation=strict", &json!({ "queries": [text] }))
                .await?;
            match parsed.status() {
                200 => {
                    let errors = parsed
                        .read::<wire::JqlParsed>()?
                        .queries
                        .into_iter()
                        .filter_map(|query| query.errors);
                    let errors: Vec<String> = errors.flatten().collect();
                    if !errors.is_empty() {
                        return Err(Message::JqlRefused { said: bounded(&errors.join(" ")) }.into());
                    }
                }
                400 => return Err(Message::JqlRefused { said: parsed.said() }.into()),
                // Where strict parsing is not to be had, the search below is the judge.
                401 | 403 | 404 => {}
                _ => return Err(parsed.refusal()),
            }
            super::jql::Query::within(Some(text))
        }
        _ => super::jql::Query::within(None).project(project_key),
    };
    let body = json!({ "jql": query.by_id(), "fields": ["id"], "maxResults": 1 });
    let reply = site.post("search", "rest/api/3/search/jql", &body).await?;
    if reply.status() == 400 {
        return Err(match target.scope {
            Scope::Jql(_) => Message::JqlRefused { said: reply.said() },
            _ => Message::PermBrowse { key: project_key.to_owned() },
        }
        .into());
    }
    let reply = reply.ok()?;
    let text = reply.text()?;
    let page: wire::IdPage<'_> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let counted =
        site.post("count", "rest/api/3/search/approximate-count", &json!({ "jql": query.bare() })).await?;
    let about = match counted.status() {
        200 => format!("about {} issues", counted.read::<wire::Count>()?.count),
        _ => "an unknown number of issues".to_owned(),
    };
    let whose = if matches!(target.scope, Scope::Jql(_)) {
        "The query matches".to_owned()
    } else {
        format!("{project_key} has")
    };
    report.pass(format!("{whose} {about}."));
    Ok(page.issues.first().map(|issue| issue.id.to_string()))
}

async fn read_fields(site: &Site, target: &Target, report: &mut Report<'_>) -> Result<(), SourceError> {
    let reply = site.get("fields", "rest/api/3/field", &[]).await?.ok()?;
    let text = reply.text()?;
    let wires: Vec<wire::Field<'_>> = wire::read(&text).map_err(|error| reply.malformed(error))?;
    let unknown: Vec<&str> = target
        .exclusions
        .fields
        .iter()
        .map(String::as_str)
        .filter(|id| !fields::is_always_asked(id) && !wires.iter().any(|field| *field.id == **id))
        .collect();
    if !unknown.is_empty() {
        return Err(Message::FieldUnknown { fields: bounded(&unknown.join(", ")) }.into());
    }
    let map = FieldMap::new(&wires, &target.exclusions);
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
    report.pass(format!(
        "{} fields can be read. Story points: {}; sprint: {}.",
        wires.len(),
        found(&[Reading::CompanyPoints, Reading::TeamPoints]),
        found(&[Reading::Sprint])
    ));
    Ok(())
}

async fn read_history(site: &Site, sample: Option<&str>, report: &mut Report<'_>) -> Result<(), SourceError> {
    let Some(id) = sample else {
        report.skip("There is no issue to try it on.");
        return Ok(());
    };
    let body = json!({ "issueIdsOrKeys": [id], "maxResults": 1 });
    site.post("histories", "rest/api/3/changelog/bulkfetch", &body).await?.ok()?;
    report.pass("Histories can be read.");
    Ok(())
}

async fn look_up_people(site: &Site, target: &Target, report: &mut Report<'_>) -> Result<(), SourceError> {
    let details = !target.exclusions.user_details;
    match people::first_page(site, details).await {
        Ok(people) => {
            let humans: Vec<_> =
                people.iter().filter(|person| person.kind == weir_model::PersonKind::Person).collect();
            let hidden = humans.iter().filter(|person| person.email.is_none()).count();
            if details && hidden * 2 > humans.len() {
                report.warn(
                    format!("Jira hides {hidden} of {} e-mail addresses from this account.", humans.len()),
                    "Matching people across tools will be weaker; addresses can be mapped later.",
                );
            } else {
                let shown = humans.len() - hidden;
                let of = people.len();
                report.pass(format!(
                    "{of} people on the first page; {shown} of {} addresses are shown.",
                    humans.len()
                ));
            }
        }
        Err(error) if super::reference::is_refusal(&error) => report.warn(
            "This account cannot list users, so only people who appear in issues are known.",
            "Give it the global permission \"Browse users and groups\".",
        ),
        Err(error) => return Err(error),
    }
    Ok(())
}

/// The two permissions that no reading proves.
async fn permissions(site: &Site, report: &mut Report<'_>) -> Result<(), SourceError> {
    let wanted = [
        ("USER_PICKER", "Give it the global permission \"Browse users and groups\"."),
        ("VIEW_AGGREGATED_DATA", "Give it the project permission \"View aggregated data\"."),
    ];
    for (key, remedy) in wanted {
        let reply = site.get("permissions", "rest/api/3/mypermissions", &[("permissions", key)]).await?;
        match reply.status() {
            200 => match reply.read::<wire::Permissions>()?.permissions.get(key) {
                Some(permission) if permission.have_permission => report.pass("The account has it."),
                _ => report.warn("The account lacks it.", remedy),
            },
            400 => report.skip("This site does not know the permission."),
            _ if reply.status() < 500 => report.warn("It could not be asked for.", remedy),
            _ => return Err(reply.refusal()),
        }
    }
    Ok(())
}

fn tell_clock(skew: Option<i64>, report: &mut Report<'_>) {
    match skew.map(i64::abs) {
        None => report.skip("The site does not tell its time."),
        Some(skew) if skew > SKEW_LIMIT => {
            report.warn(
                format!("This machine's clock is off by {} s.", skew / 1_000),
                "Set it by NTP; times are taken from Jira meanwhile.",
            );
        }
        Some(skew) if skew > SKEW_NOTICE => {
            report.warn(format!("This machine's clock is off by {} s.", skew / 1_000), "Set it by NTP.");
        }
        Some(_) => report.pass("It agrees with Jira's."),
    }
}

/// A text of Jira's, bounded and harmless.
fn bounded(text: &str) -> String {
    weir_http::snippet(text.as_bytes())
}
