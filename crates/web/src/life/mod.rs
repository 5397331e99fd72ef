//! What people do to integrations in the server, the same for the API and the pages: connect, check, change, give a fresh
//! credential, delete. Who may is decided before; what was done is noted here. A credential is in no note.

pub(crate) mod consent;
pub(crate) mod fed;
pub(crate) mod mapping;
pub(crate) mod sendings;
pub(crate) mod watch;
pub(crate) mod wish;

use crate::{
    app::App,
    audit::{self, Deed},
    auth::{
        digest::digest_of,
        policy::{self, Action, Place},
        principal::Caller,
    },
    http::Problem,
};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use watch::Told;
use weir_ingest::{
    Accepted, Changes, Choices, Edited, Given, add,
    connect::{Check, Connected, Credential, Preflight, Target, adfs_address, preflight},
    edit, open_secret, password_passed, reauthenticate, satellite, scope_text,
};
use weir_model::{
    Asked, Deletion, ExitCode, Integration, Message, Millis, Reach, Run, RunId, Surface, Transport,
    WorkspaceId,
};
use weir_store::LeaseHolder;

/// The last number that a suggested name may end with.
const SUGGESTED: u32 = 100;

/// A check as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptCheck {
    pub(crate) id: String,
    pub(crate) name: String,
    /// `passed`, `warning`, `failed` or `skipped`; `waiting` or `running` while the others are not known yet.
    pub(crate) state: String,
    pub(crate) took_ms: u64,
    pub(crate) sentence: String,
    pub(crate) remedy: Option<String>,
}

impl KeptCheck {
    /// A check, with what to do in the words of where it is read.
    pub(crate) fn told(check: &Check, surface: Surface) -> Self {
        use weir_ingest::connect::CheckState::{Failed, Passed, Running, Skipped, Waiting, Warning};
        let state = match check.state {
            Passed => "passed",
            Warning => "warning",
            Failed => "failed",
            Skipped => "skipped",
            Running => "running",
            Waiting => "waiting",
        };
        Self {
            id: check.id.clone().into_owned(),
            name: check.name.clone().into_owned(),
            state: state.into(),
            took_ms: check.took_ms,
            sentence: check.sentence.clone(),
            remedy: match &check.fault {
                Some(fault) => Some(fault.fix(surface)),
                None => check.remedy.clone(),
            },
        }
    }
}

/// Checks as they are kept, with what to do in the words of where they are read.
pub(crate) fn kept<C>(done: &Preflight<C>, surface: Surface) -> Vec<KeptCheck> {
    done.checks.iter().map(|check| KeptCheck::told(check, surface)).collect()
}

/// How the way to a site is made that somebody names here: its address must be public, or opened by the operator.
pub(crate) fn guarded(ca_pem: Option<String>) -> Transport {
    Transport { ca_pem, guarded: true, ..Transport::default() }
}

/// With the server's own proxy where the integration names none. It is not to be kept like that.
pub(crate) fn travelling(app: &App, mut transport: Transport) -> Transport {
    if transport.proxy.is_none() {
        transport.proxy.clone_from(&app.proxy);
    }
    transport
}

/// Runs every check, unless the site, or ADFS before it, has refused too many credentials of late.
pub(crate) async fn checked(
    app: &App,
    mut target: Target,
    told: &Told,
) -> Result<Preflight<Connected>, Message> {
    target.transport = travelling(app, target.transport);
    let adfs = match &target.credential {
        Credential::Adfs(adfs) => host_of_adfs(&adfs.url),
        _ => None,
    };
    let sites: Vec<String> = std::iter::once(site_of(&target.address)).chain(adfs).collect();
    for (place, site) in sites.iter().enumerate() {
        if let Err(held) = app.limits.attempt_at(site, app.now()) {
            sites.iter().take(place).for_each(|before| app.limits.not_refused_at(before));
            return Err(held);
        }
    }
    let done = preflight(target, &app.environment, &mut |checks| told.of(checks)).await;
    let is_refused = |message: &Message| message.exit() == ExitCode::Authentication;
    if !done.outcome.as_ref().is_err_and(|message| is_refused(message)) {
        sites.iter().for_each(|site| app.limits.not_refused_at(site));
    }
    Ok(done)
}

/// The host of ADFS, whichever way its address is written; `None` of what is no address, which the checks tell.
fn host_of_adfs(url: &str) -> Option<String> {
    let address = adfs_address(url).ok()?;
    let (_, host) = address.split_once("://")?;
    host.split('/').next().map(str::to_owned)
}

/// The site that an address leads to, whichever way it is written.
fn site_of(address: &str) -> String {
    let text = address.trim().to_lowercase();
    let with_scheme = if text.contains("://") { text.clone() } else { format!("https://{text}") };
    let url = url::Url::parse(&with_scheme).ok();
    match url.as_ref().and_then(|url| Some((url.host_str()?.trim_end_matches('.'), url.port()))) {
        Some((host, None)) if !host.contains('.') => format!("{host}.atlassian.net"),
        Some((host, None)) => host.to_owned(),
        Some((host, Some(port))) => format!("{host}:{port}"),
        None => text,
    }
}

/// What names an integration's settings as they are, so that a change is made only to what was seen.
pub(crate) fn revision(integration: &Integration) -> Result<String, Problem> {
    let settings =
        serde_json::to_string(&integration.settings).map_err(|error| Problem::bug(&error.to_string()))?;
    let digest = digest_of(&[integration.name.as_bytes(), settings.as_bytes()]);
    Ok(digest.split_at(32).0.to_owned())
}

/// An integration that somebody wants.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) address: String,
    pub(crate) credential: Credential,
    pub(crate) choices: Choices,
    pub(crate) workspace: Option<WorkspaceId>,
}

/// What somebody entered besides a secret.
#[derive(Debug)]
pub(crate) struct Entered {
    /// The account.
    pub(crate) account: String,
    /// The day on which the credential ends.
    pub(crate) expires_on: String,
    /// How it signs in, as the form names it.
    pub(crate) method: &'static str,
    /// Address, client id and resource of ADFS.
    pub(crate) adfs: [String; 3],
    /// The id of a consent.
    pub(crate) consent: String,
}

/// Why something did not work, with the checks that were run.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) problem: Problem,
    pub(crate) checks: Vec<KeptCheck>,
    /// The id of the account that a fresh credential belongs to, where it was taken by the site.
    pub(crate) account: Option<String>,
    /// What was entered besides the secret, for a form that is shown again.
    pub(crate) entered: Option<Box<Entered>>,
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self { problem: error.into(), checks: vec![], account: None, entered: None }
    }
}

/// The workspace that somebody connects an integration for; the only one where they name none, and none where there is none
/// or somebody who looks after the whole server leaves it open.
pub(crate) async fn workspace_for(
    app: &App,
    caller: &Caller,
    named: Option<&str>,
) -> Result<Option<WorkspaceId>, Problem> {
    let within = workspaces(app, caller).await?;
    match named {
        Some(named) => {
            let found = within.iter().find(|(id, name)| id.to_string() == named || name == named);
            let (id, _) =
                found.ok_or_else(|| Message::WorkspaceUnknown { name: weir_model::clean(named, 100) })?;
            policy::check(&caller.principal, Action::Connect, &Place::Workspaces(vec![*id]))?;
            Ok(Some(*id))
        }
        None => match within.as_slice() {
            [] => Ok(None),
            [(id, _)] => Ok(Some(*id)),
            _ => Err(Message::WorkspaceWhich {}.into()),
        },
    }
}

/// The workspaces that somebody may connect integrations for, by name.
pub(crate) async fn workspaces(app: &App, caller: &Caller) -> Result<Vec<(WorkspaceId, String)>, Problem> {
    let reach: Reach = policy::reach(&caller.principal, Action::Connect);
    let found = app.store.workspaces(&reach).await?;
    Ok(found.into_iter().map(|one| (one.id, one.name)).collect())
}

/// Does work on a thread of its own, to its end also when nobody waits for it any more.
pub(crate) async fn to_its_end<T: Send + 'static>(
    work: impl AsyncFnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let runtime = Handle::current();
    let ended = tokio::task::spawn_blocking(move || runtime.block_on(work()));
    ended.await.map_err(|broken| Problem::bug(&broken.to_string()))
}

/// Refuses a name that another integration has.
///
/// # Errors
/// `name.taken`, and `name.unavailable` for those who must not learn of the other one.
pub(crate) async fn free_name(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    match app.store.integration(name).await? {
        Some(_) => Err(taken(app, caller, name).await?.into()),
        None => Ok(()),
    }
}

/// A name that no integration has: this one, or else the first with a number behind it, as in `Acme Jira 2`.
pub(crate) async fn next_free_name(app: &App, wanted: &str) -> Result<String, Problem> {
    let mut name = wanted.to_owned();
    for number in 2..=SUGGESTED {
        if app.store.integration(&name).await?.is_none() {
            return Ok(name);
        }
        name = format!("{wanted} {number}");
    }
    Ok(name)
}

/// What is said of a name that another integration has.
async fn taken(app: &App, caller: &Caller, name: &str) -> Result<Message, Problem> {
    let name = name.to_owned();
    let is_known = match app.store.integration(&name).await? {
        Some(other) => {
            let place = Place::Workspaces(app.store.workspaces_of(&other.id).await?);
            policy::check(&caller.principal, Action::Read, &place).is_ok()
        }
        None => false,
    };
    Ok(if is_known { Message::NameTaken { name } } else { Message::NameUnavailable { name } })
}

/// Connects an integration: every check first, and nothing is kept when one fails.
pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
) -> Result<(Integration, Vec<KeptCheck>), Refused> {
    let (app, caller) = (app.clone(), caller.clone());
    to_its_end(async move || created(&app, &caller, wanted).await).await?
}

async fn created(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
) -> Result<(Integration, Vec<KeptCheck>), Refused> {
    free_name(app, caller, &wanted.choices.name).await?;
    let target = Target {
        address: wanted.address,
        credential: wanted.credential,
        scope: wanted.choices.scope.clone(),
        exclusions: wanted.choices.exclusions.clone(),
        transport: wanted.choices.transport.clone(),
    };
    let done = checked(app, target, &Told::default()).await?;
    let checks = kept(&done, Surface::Page);
    let connected = match done.outcome {
        Ok(connected) => connected,
        Err(message) => return Err(Refused { checks, ..Problem::of_a_site(*message).into() }),
    };
    let name = wanted.choices.name.clone();
    let by = caller.principal.called();
    let added = add(&app.store, &app.vault, &app.environment, wanted.choices, connected, by).await;
    let integration = match added {
        Ok(integration) => integration,
        // Somebody was quicker.
        Err(Message::NameTaken { .. }) => return Err(taken(app, caller, &name).await?.into()),
        Err(message) => return Err(message.into()),
    };
    if let Some(workspace) = &wanted.workspace {
        app.store.map_integration(&integration.id, workspace, true).await?;
    }
    keep_checks(app, caller, &integration, &checks).await?;
    let deed = Deed::done("integration.create", &integration.name)
        .with("url", &integration.settings.site_url)
        .with("scope", scope_text(&integration.settings.scope));
    audit::note_of(app, caller, deed, &integration).await?;
    Ok((integration, checks))
}

/// Runs the checks of an integration as it is kept, and keeps what came of them.
pub(crate) async fn check(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    told: &Told,
) -> Result<Preflight<Connected>, Problem> {
    let done = match integration.is_fed() {
        true => satellite::check(&app.store, integration).await.map_err(Problem::of_a_site)?,
        false => {
            let secret = open_secret(&app.store, &app.vault, integration).await?;
            let credential = Credential::stored(&integration.settings.auth, secret);
            checked(app, Target::of(&integration.settings, credential), told).await?
        }
    };
    if done.outcome.is_ok() {
        password_passed(&app.store, &integration.id).await?;
    }
    keep_checks(app, caller, integration, &kept(&done, Surface::Page)).await?;
    let outcome = done.outcome.as_ref().map_or_else(|message| message.id(), |_| "passed");
    let deed = Deed::done("integration.check", &integration.name).with("outcome", outcome);
    audit::note_of(app, caller, deed, integration).await?;
    Ok(done)
}

async fn keep_checks(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    checks: &[KeptCheck],
) -> Result<(), Problem> {
    let document = serde_json::to_string(checks).map_err(|error| Problem::bug(&error.to_string()))?;
    let (_, _, who) = caller.principal.named();
    Ok(app.store.keep_checked(&integration.id, who, &document).await?)
}

/// Changes an integration. What is excluded from now on is deleted, which takes its time.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    changes: Changes,
) -> Result<Edited, Problem> {
    let (app, caller, integration) = (app.clone(), caller.clone(), integration.clone());
    to_its_end(async move || changed(&app, &caller, &integration, &changes).await).await?
}

async fn changed(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    changes: &Changes,
) -> Result<Edited, Problem> {
    let holder = LeaseHolder::this_process(app.environment.entropy.as_ref());
    let prove = async |after: &Integration| proved(app, after).await;
    let edited = match edit(&app.store, integration, changes, &holder, prove).await {
        Err(problem) => match *problem.message {
            Message::NameTaken { ref name } => return Err(taken(app, caller, name).await?.into()),
            _ => return Err(problem),
        },
        Ok(edited) => edited,
    };
    if edited.before != edited.after {
        let what = edited.sentences().into_iter().next().unwrap_or_default();
        let deed = Deed::done("integration.edit", &edited.after.name).with("what", what);
        audit::note_of(app, caller, deed, &edited.after).await?;
    }
    Ok(edited)
}

/// Whether an integration works as it is to be.
async fn proved(app: &App, after: &Integration) -> Result<(), Problem> {
    if after.is_fed() {
        // Its satellite finds that out when it reads next, and says so.
        return Ok(());
    }
    let secret = open_secret(&app.store, &app.vault, after).await?;
    let credential = Credential::stored(&after.settings.auth, secret);
    let outcome = checked(app, Target::of(&after.settings, credential), &Told::default()).await?.outcome;
    let connected = outcome.map_err(|message| Problem::of_a_site(*message))?;
    match connected.account_id == after.settings.account_id {
        true => Ok(()),
        false => Err(Message::AuthOtherAccount {
            expected: after.settings.account_id.clone(),
            found: connected.account_id,
        }
        .into()),
    }
}

/// A fresh credential, whose it may be, and the day on which it ends, where that is known.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) credential: Credential,
    pub(crate) accepted: Accepted,
    pub(crate) expires_on: Option<Millis>,
}

/// Gives an integration a fresh credential, once that has proved itself and its account is accepted; until then the old one
/// stays.
pub(crate) async fn renew(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    fresh: Fresh,
) -> Result<(Integration, Vec<KeptCheck>), Refused> {
    let (app, caller, integration) = (app.clone(), caller.clone(), integration.clone());
    to_its_end(async move || renewed(&app, &caller, &integration, fresh, &Told::default()).await).await?
}

/// The same, while somebody watches.
pub(crate) async fn renewed(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    Fresh { credential, accepted, expires_on }: Fresh,
    told: &Told,
) -> Result<(Integration, Vec<KeptCheck>), Refused> {
    let credential = credential.for_account(&integration.settings.auth);
    let done = checked(app, Target::of(&integration.settings, credential), told).await?;
    let checks = kept(&done, Surface::Page);
    let refused = |message: Message| Refused { checks: checks.clone(), ..Problem::of_a_site(message).into() };
    let connected = done.outcome.map_err(|message| refused(*message))?;
    let account = Some(connected.account_id.clone());
    let given = Given { by: caller.principal.called(), at: app.now(), expires_on };
    let renewed = reauthenticate(&app.store, &app.vault, integration, connected, &accepted, given).await;
    let after = renewed.map_err(|message| Refused { account, ..refused(message) })?;
    keep_checks(app, caller, &after, &checks).await?;
    let mut deed = Deed::done("integration.reauth", &after.name);
    let (old, new) = (&integration.settings.account_id, &after.settings.account_id);
    if old != new {
        deed = deed.with("account before", old).with("account", new);
        // What only the new account sees, or only the old one saw, no edit tells of: a comparison does.
        app.store.request_run(&after.id, Asked::Verify, false, &caller.principal.requester()).await?;
    }
    audit::note_of(app, caller, deed, &after).await?;
    Ok((after, checks))
}

/// Has an integration deleted after some minutes.
pub(crate) async fn ask_deletion(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    minutes: u32,
) -> Result<Deletion, Problem> {
    let (_, _, who) = caller.principal.named();
    let deletion = weir_ingest::ask_deletion(&app.store, integration, who, minutes, app.now()).await?;
    let deed = Deed::done("integration.delete", &integration.name).with("due", deletion.due_at.rfc3339());
    audit::note_of(app, caller, deed, integration).await?;
    Ok(deletion)
}

/// Has a run end before its time; what it was when that was asked.
pub(crate) async fn cancel_run(app: &App, caller: &Caller, id: &str) -> Result<Run, Problem> {
    let id: RunId = id.parse().map_err(|_| Message::PageUnknown {})?;
    let run = app.store.run(&id).await?.ok_or(Message::PageUnknown {})?;
    let integration = app.store.integration(&run.integration).await?.ok_or(Message::PageUnknown {})?;
    let (_, _, who) = caller.principal.named();
    if !app.store.request_cancel(&id, who).await? {
        return Err(Message::RunNotRunning { id: id.to_string() }.into());
    }
    let deed = Deed::done("run.cancel", &integration.name).with("run", id.to_string());
    audit::note_of(app, caller, deed, &integration).await?;
    Ok(run)
}

/// Takes a deletion back.
pub(crate) async fn keep(app: &App, caller: &Caller, integration: &Integration) -> Result<(), Problem> {
    weir_ingest::cancel_deletion(&app.store, integration).await?;
    audit::note_of(app, caller, Deed::done("integration.keep", &integration.name), integration).await
}

#[cfg(test)]
mod tests {
    use super::{host_of_adfs, site_of};

    #[test]
    fn adfs_is_one_however_its_address_is_written() {
        for text in ["adfs.acme.example", "https://ADFS.acme.example/adfs/oauth2/token?x"] {
            assert_eq!(host_of_adfs(text).unwrap(), "adfs.acme.example", "{text}");
        }
        assert_eq!(host_of_adfs("http://127.0.0.1:8080/adfs").unwrap(), "127.0.0.1:8080");
    }

    #[test]
    fn a_site_is_one_however_its_address_is_written() {
        for text in [
            "acme",
            "https://ACME.atlassian.net/",
            "acme.atlassian.net.",
            " https://acme.atlassian.net/jira?x ",
        ] {
            assert_eq!(site_of(text), "acme.atlassian.net", "{text}");
        }
        assert_eq!(site_of("http://127.0.0.1:8080/jira"), "127.0.0.1:8080");
    }
}
