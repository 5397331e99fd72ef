//! The steps of a set-up as pages.

pub(super) mod left;

use super::{
    super::{
        checks::{CheckList, Outgoing},
        consent::ConsentForm,
        format::{count, date, inert, moment, number, zone_at},
        forms::{Said as _, Trouble},
        pace::{self, Offered},
        pointed::Pointed,
        progress::Progress,
        shell::{Shell, rendered},
    },
    document::{Choice, Document, Method, Size},
};
use crate::{app::App, auth::principal::Caller, http::Problem};
use askama::Template;
use axum::response::Response;
use weir_ingest::connect::VisibleProject;
use weir_model::{Deployment, Draft, Millis, Scope, WorkspaceId};

/// Projects shown at once; a search finds the others.
const SHOWN: usize = 200;

/// A step of the way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Step {
    Address,
    SignIn,
    Scope,
    Advanced,
    Review,
}

impl Step {
    pub(super) const ALL: [Self; 5] =
        [Self::Address, Self::SignIn, Self::Scope, Self::Advanced, Self::Review];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::SignIn => "sign-in",
            Self::Scope => "scope",
            Self::Advanced => "advanced",
            Self::Review => "review",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Address => "Where is your Jira?",
            Self::SignIn => "Sign-in",
            Self::Scope => "What to bring in",
            Self::Advanced => "When and how",
            Self::Review => "Review",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// The last one that may be looked at: each needs what those before it have learnt.
    pub(super) fn reached(document: &Document) -> Self {
        if document.site_url.is_empty() {
            Self::Address
        } else if document.proved.is_none() && !document.is_left() {
            Self::SignIn
        } else {
            Self::Review
        }
    }
}

/// A line of the list of steps.
pub(super) struct StepLine {
    title: &'static str,
    /// Where it is, where it may be looked at.
    path: Option<String>,
    is_here: bool,
    is_done: bool,
}

/// A step's frame within that of all pages.
pub(super) struct Framed {
    shell: Shell,
    frame: Frame,
}

/// What every step shows.
struct Frame {
    title: String,
    draft: String,
    step: &'static str,
    /// What the step is called.
    step_title: &'static str,
    steps: Vec<StepLine>,
    saved: Option<String>,
    trouble: Option<Trouble>,
    outgoing: Option<Outgoing>,
    back: Option<String>,
}

/// The address of a step.
pub(super) fn path(draft: &Draft, step: Step) -> String {
    format!("/integrations/new/jira?draft={}&step={}", draft.id, step.word())
}

impl Framed {
    pub(super) fn new(
        app: &App,
        caller: &Caller,
        draft: Option<&Draft>,
        document: &Document,
        here: Step,
        trouble: Option<Trouble>,
    ) -> Self {
        let reached = Step::reached(document);
        let line = |step: Step| StepLine {
            title: step.title(),
            path: draft.filter(|_| step != here && step <= reached).map(|draft| path(draft, step)),
            is_here: step == here,
            is_done: step < here,
        };
        let name = if document.name.is_empty() { "Jira".to_owned() } else { inert(&document.name) };
        let title = format!("Connect {name}");
        let before = Step::ALL.into_iter().rev().find(|step| *step < here);
        let code = trouble.as_ref().map(|trouble| trouble.code).or(document.failure.as_deref());
        let frame = Frame {
            title: title.clone(),
            draft: draft.map(|draft| draft.id.to_string()).unwrap_or_default(),
            step: here.word(),
            step_title: here.title(),
            steps: Step::ALL.into_iter().map(line).collect(),
            saved: draft.map(|draft| moment(draft.changed_at)),
            outgoing: Outgoing::after(app, code),
            trouble,
            back: draft.zip(before).map(|(draft, before)| path(draft, before)),
        };
        Self { shell: Shell::new(app, Some(caller), &title, "/integrations"), frame }
    }
}

#[derive(Template)]
#[template(path = "wizard_address.html")]
struct AddressPage {
    shell: Shell,
    frame: Frame,
    address: String,
    name: String,
    description: String,
    tags: String,
    /// Whether something of what is not asked of everybody is filled in, or wrong.
    wants_more: bool,
    ca_pem: String,
    wants_ca: bool,
    /// Whether something answers that may tell strangers nothing.
    is_closed: bool,
}

/// Where it is.
pub(super) fn address(framed: Framed, document: &Document) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    rendered(&AddressPage {
        shell,
        wants_ca: !document.ca_pem.is_empty()
            || frame.trouble.as_ref().is_some_and(|trouble| trouble.code.starts_with("tls.")),
        is_closed: frame
            .trouble
            .as_ref()
            .is_some_and(|trouble| matches!(trouble.code, "jira.not_jira" | "jira.html" | "net.redirect")),
        wants_more: !document.description.is_empty() || !document.tags.is_empty(),
        frame,
        address: document.address.clone(),
        name: document.name.clone(),
        description: document.description.clone(),
        tags: document.tags.clone(),
        ca_pem: document.ca_pem.clone(),
    })
}

#[derive(Template)]
#[template(path = "wizard_sign_in.html")]
struct SignInPage {
    shell: Shell,
    frame: Frame,
    site: String,
    named: String,
    is_cloud: bool,
    method: &'static str,
    account: String,
    adfs_url: String,
    adfs_client_id: String,
    adfs_resource: String,
    hint: Option<String>,
    checks: Option<CheckList>,
    checked: Option<String>,
    /// Checks that run just now.
    progress: Option<Progress>,
    /// Where it goes on, once every check has passed.
    next: Option<String>,
    /// About consent, where that is how one signs in.
    consent: ConsentForm,
}

/// Signing in, and what came of the checks.
pub(super) fn sign_in(
    framed: Framed,
    draft: &Draft,
    document: &Document,
    (method, consent): (Method, ConsentForm),
    progress: Option<Progress>,
) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    rendered(&SignInPage {
        shell,
        frame,
        site: inert(&document.site_url),
        named: inert(&document.named),
        is_cloud: document.deployment == Some(Deployment::Cloud),
        method: method.as_str(),
        account: document.account.clone(),
        adfs_url: document.adfs_url.clone(),
        adfs_client_id: document.adfs_client_id.clone(),
        adfs_resource: document.adfs_resource.clone(),
        hint: document.hint.clone(),
        checks: CheckList::of(&document.checks),
        checked: document.checked_at.map(|at| moment(Millis(at))),
        progress,
        consent,
        next: document.proved.as_ref().map(|_| path(draft, Step::Scope)),
    })
}

/// A project that may be chosen.
struct ProjectChoice {
    key: String,
    name: String,
    /// Its kind, who leads it, how many issues it has, and when the last of them was edited.
    about: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "wizard_scope.html")]
struct ScopePage {
    shell: Shell,
    frame: Frame,
    choice: &'static str,
    jql: String,
    asked: String,
    projects: Vec<ProjectChoice>,
    visible: String,
    found: usize,
    hidden: usize,
    chosen: Vec<String>,
    size: Option<SizeLine>,
    pointed: Option<Pointed>,
}

/// How many issues a scope takes, in words.
pub(in crate::pages) struct SizeLine {
    pub(in crate::pages) sentence: String,
    pub(in crate::pages) note: Option<&'static str>,
}

impl SizeLine {
    pub(super) fn of(size: &Size) -> Self {
        let moves = match &size.of {
            Scope::Jql(jql) => jql.to_lowercase().contains("updated"),
            _ => false,
        };
        let at = moment(Millis(size.at));
        let sentence = match (size.issues, size.is_exact) {
            (Some(0), _) => "This is correct and matches no issues right now.".to_owned(),
            (Some(issues), true) => format!("{} issues match.", number(issues)),
            (Some(issues), false) => format!("About {} issues match.", number(issues)),
            (None, _) => "The site does not tell how many issues match.".to_owned(),
        };
        let newest = match size.sample.is_empty() {
            true => String::new(),
            false => format!(" Newest: {}.", inert(&size.sample.join(", "))),
        };
        Self {
            sentence: format!("{sentence}{newest} Checked {at} {}.", zone_at(Millis(size.at))),
            note: moves.then_some(
                "Issues leave such a filter as they age. They stay here as history, out of scope.",
            ),
        }
    }
}

fn about(project: &VisibleProject) -> String {
    let kind = Some(inert(&project.kind).replace('_', " ")).filter(|kind| !kind.is_empty());
    let lead = project.lead.as_deref().map(|name| format!("led by {}", inert(name)));
    let issues = project.issues.map(|issues| count(issues, "issue", "issues"));
    let edited = project.edited_at.map(|at| format!("last edit {}", date(at)));
    [kind, lead, issues, edited].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What to bring in.
pub(super) fn scope(
    framed: Framed,
    document: &Document,
    visible: &[VisibleProject],
    asked: &str,
) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    let wanted = asked.to_lowercase();
    let fits = |one: &&VisibleProject| {
        one.key.to_lowercase().contains(&wanted) || one.name.to_lowercase().contains(&wanted)
    };
    let found: Vec<&VisibleProject> = visible.iter().filter(fits).collect();
    let projects = found.iter().take(SHOWN).map(|one| ProjectChoice {
        is_chosen: document.projects.contains(&one.key),
        key: inert(&one.key),
        name: inert(&one.name),
        about: about(one),
    });
    let counted = document.counted();
    rendered(&ScopePage {
        shell,
        pointed: Pointed::of(&document.jql, frame.trouble.as_ref()),
        frame,
        choice: document.choice.as_str(),
        jql: document.jql.clone(),
        asked: asked.to_owned(),
        projects: projects.collect(),
        visible: number(visible.len() as u64),
        found: found.len(),
        hidden: found.len().saturating_sub(SHOWN),
        chosen: document.projects.clone(),
        size: counted.map(SizeLine::of),
    })
}

/// A field that may be left out, and what that means.
struct Leaves {
    id: &'static str,
    name: &'static str,
    effect: &'static str,
    is_chosen: bool,
}

/// Fields that people leave out often.
pub(in crate::pages) const LEAVES: &[(&str, &str, &str)] = &[
    ("summary", "Summary", "Lists show keys alone."),
    ("description", "Description", "Descriptions cannot be judged for their length."),
    ("comment", "Comments", "Comments are neither counted nor read."),
    ("userDetails", "People's names and addresses", "People are ids; counts for each of them still work."),
];

/// What a form calls a field that is left out, as it stands within a sentence; others by their ids.
pub(in crate::pages) fn left_out(id: &str) -> String {
    match LEAVES.iter().find(|(known, ..)| *known == id) {
        Some((_, name, _)) => name.to_lowercase(),
        None => inert(&weir_model::clean(id, 100)),
    }
}

/// The same of several.
pub(in crate::pages) fn all_left_out(ids: &[String]) -> String {
    ids.iter().map(|id| left_out(id)).collect::<Vec<_>>().join(", ")
}

#[derive(Template)]
#[template(path = "wizard_advanced.html")]
struct AdvancedPage {
    shell: Shell,
    frame: Frame,
    timezone: String,
    detected: Option<String>,
    zones: Vec<(String, String)>,
    speeds: Vec<Offered>,
    depths: Vec<Offered>,
    /// Whether a satellite will read the site.
    is_left: bool,
    next_runs: Option<String>,
    size: Option<SizeLine>,
    leaves: Vec<Leaves>,
    others: String,
    interval: String,
    cron: String,
    census: String,
}

/// When and how.
pub(super) fn advanced(app: &App, framed: Framed, document: &Document) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    let is_known = |id: &str| LEAVES.iter().any(|(known, ..)| *known == id);
    let others: Vec<&str> = document.exclude.iter().map(String::as_str).filter(|id| !is_known(id)).collect();
    let leaves = LEAVES.iter().map(|(id, name, effect)| Leaves {
        id,
        name,
        effect,
        is_chosen: document.exclude.iter().any(|chosen| chosen == id),
    });
    rendered(&AdvancedPage {
        shell,
        frame,
        timezone: document.timezone.clone(),
        detected: document.proved.as_ref().and_then(|account| account.timezone.as_deref()).map(inert),
        zones: weir_ingest::values::zones_at(app.now()),
        speeds: pace::speeds(app, document.deployment.unwrap_or(Deployment::Cloud), &document.speed),
        depths: pace::depths(&document.history),
        is_left: document.is_left(),
        next_runs: document.next_runs(app.now()),
        size: document.counted().map(SizeLine::of),
        leaves: leaves.collect(),
        others: others.join(", "),
        interval: if document.interval.is_empty() { "15m".into() } else { document.interval.clone() },
        cron: document.cron.clone(),
        census: if document.census.is_empty() { "24h".into() } else { document.census.clone() },
    })
}

/// A workspace that the integration may be for.
struct WorkspaceChoice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "wizard_review.html")]
struct ReviewPage {
    shell: Shell,
    frame: Frame,
    sentence: String,
    facts: Vec<(&'static str, String)>,
    workspaces: Vec<WorkspaceChoice>,
    checks: Option<CheckList>,
    /// Whether a satellite will read the site.
    is_left: bool,
}

/// Points an hour that Atlassian gives at least to an app. `jira-api` §12.1.
const POINTS: u64 = 65_000;

/// What the first import takes of a quota of points: for each issue one for its id, one for its fields, and one for each entry of
/// its history, of which nobody knows how many there are: one to a dozen is usual. Only consent is counted in them.
/// `jira-api` §13.1.
fn points(document: &Document) -> Option<String> {
    let issues = document.counted().and_then(|size| size.issues)?;
    let (least, most) = (issues.saturating_mul(3), issues.saturating_mul(14));
    let time = match most.div_ceil(POINTS) {
        0 | 1 => "within one hour's quota".to_owned(),
        hours => format!(
            "up to {} hours; where none is left, it waits for the next hour. An API token is not counted in points",
            number(hours)
        ),
    };
    let is_counted = document.method == Method::OAuth;
    let range = format!("about {} to {}", number(least), number(most));
    is_counted.then(|| format!("{range} for the first import, by the length of histories: {time}"))
}

/// What will be done, before it is.
pub(super) fn review(
    framed: Framed,
    document: &Document,
    workspaces: &[(WorkspaceId, String)],
    (checks, now): (&[crate::life::KeptCheck], Millis),
) -> Result<Response, Problem> {
    let Framed { shell, frame } = framed;
    let size = document.counted();
    let issues = match size.and_then(|size| size.issues.map(|issues| (issues, size.is_exact))) {
        Some((issues, true)) => format!(" ({} issues)", number(issues)),
        Some((issues, false)) => format!(" (about {} issues)", number(issues)),
        None => String::new(),
    };
    let scope = match document.choice {
        Choice::Everything => "everything that the account can see, also projects that come later".to_owned(),
        Choice::Projects => format!("the projects {}", document.projects.join(", ")),
        Choice::Jql => "the issues of the query".to_owned(),
    };
    let when = match document.cron.as_str() {
        "" => format!("every {}", if document.interval.is_empty() { "15m" } else { &document.interval }),
        pattern => format!("by the pattern {pattern}"),
    };
    let without = match document.exclude.is_empty() {
        true => String::new(),
        false => format!(", without {}", all_left_out(&document.exclude)),
    };
    let sentence = format!(
        "{} will read {}{issues} from {} {when}{without}. Nothing is written to Jira.",
        if document.is_left() { "A satellite" } else { "We" },
        inert(&scope),
        inert(&document.site_url),
    );
    let zone =
        match (document.timezone.as_str(), document.proved.as_ref().and_then(|one| one.timezone.clone())) {
            ("", Some(detected)) => format!("{detected}, detected from Jira"),
            ("", None) if document.is_left() => "the account's own".to_owned(),
            ("", None) => "unknown".to_owned(),
            (chosen, _) => chosen.to_owned(),
        };
    let mut facts = vec![
        ("Name", inert(&document.name)),
        ("Site", format!("{} ({})", inert(&document.site_url), inert(&document.named))),
        match document.is_left() {
            true => ("Sign-in", "A satellite signs in, with a credential of its own".to_owned()),
            false => ("Account", inert(&document.account)),
        },
        ("Time zone", inert(&zone)),
    ];
    if let Some(points) = points(document) {
        facts.push(("Points", points));
    }
    if let Some(next) = document.next_runs(now) {
        facts.push(("Next runs after the import", next));
    }
    if let Ok(Some(months)) = document.months() {
        facts.push((
            "How far back",
            format!("issues that were edited in the last {months} months, or will be"),
        ));
    }
    if document.method == Method::Adfs {
        facts.insert(3, ("ADFS", inert(&document.adfs_url)));
    }
    if !document.speed.is_empty() {
        facts.push(("Speed", inert(&document.speed)));
    }
    if !document.description.is_empty() {
        facts.insert(1, ("Description", inert(&document.description)));
    }
    if !document.tags.is_empty() {
        facts.push(("Tags", inert(&document.tags)));
    }
    if document.choice == Choice::Jql {
        facts.push(("JQL", inert(&document.jql)));
    }
    rendered(&ReviewPage {
        shell,
        frame,
        sentence,
        facts,
        workspaces: workspaces
            .iter()
            .map(|(id, name)| WorkspaceChoice { id: id.to_string(), name: inert(name) })
            .collect(),
        checks: CheckList::of(checks),
        is_left: document.is_left(),
    })
}
