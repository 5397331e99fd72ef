//! Configuration: the settings of an integration, and a form to change them that shows what would follow before it does.

use super::{authentication::method, erasing, leaving::headed, moving, named, path, withheld};
use crate::{
    app::App,
    auth::{
        digest::{hex, unhex},
        policy::Action,
        principal::Caller,
    },
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life::{self, revision},
    pages::{
        connect::{LEAVES, SizeLine, all_left_out, check_left_out, excluded, left_out, size_of},
        format::{date, inert, instant},
        forms::{Faults, Fields, Said as _, Trouble, not_offered, stamped},
        monitoring::head::Head,
        pace::{self, Offered},
        pointed::Pointed,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use weir_ingest::{Changes, describe, preview, schedule, values};
use weir_model::{Exclusions, Integration, Message, Millis, Scope, clean};

/// What the form holds.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
struct Typed {
    name: String,
    description: String,
    tags: String,
    owner: String,
    choice: String,
    projects: String,
    jql: String,
    exclude: Vec<String>,
    interval: String,
    cron: String,
    census: String,
    reread: String,
    timezone: String,
    #[serde(default)]
    history: String,
    #[serde(default)]
    speed: String,
    /// What somebody else changed since the form was made, by its name, as it is now.
    #[serde(skip)]
    meanwhile: Vec<(String, String)>,
}

/// A field that may be left out.
struct Leaves {
    id: &'static str,
    name: &'static str,
    effect: &'static str,
    is_chosen: bool,
}

/// What would follow.
struct Preview {
    sentences: Vec<String>,
    /// What would be erased, as the form says it when it is sent once more; empty where nothing would be.
    erases: String,
    size: Option<SizeLine>,
    trouble: Option<Trouble>,
}

/// What stands above the form.
#[derive(Default)]
struct Above {
    preview: Option<Preview>,
    trouble: Option<Trouble>,
    /// What was just done.
    done: Option<String>,
}

/// What came of a form.
enum Came {
    /// It is to be shown what would follow.
    Shown(Box<Changes>),
    /// It was done; the part of an address that tells what.
    Done(String),
}

#[derive(Template)]
#[template(path = "configuration.html")]
struct ConfigurationPage {
    shell: Shell,
    head: Head,
    path: String,
    base: String,
    facts: Vec<(&'static str, String)>,
    may_change: bool,
    /// Why not, where they may not.
    withheld: Option<String>,
    typed: Typed,
    others: String,
    leaves: Vec<Leaves>,
    zones: Vec<(String, String)>,
    speeds: Vec<Offered>,
    depths: Vec<Offered>,
    revision: String,
    /// What the form held when it was made, so that what somebody else changes meanwhile is not undone.
    was: String,
    /// What somebody else changed meanwhile, as it is now.
    meanwhile: Vec<(String, String)>,
    preview: Option<Preview>,
    trouble: Option<Trouble>,
    pointed: Option<Pointed>,
    done: Option<String>,
}

/// `GET /integrations/{name}/configuration`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Params(asked): Params<erasing::Done>,
) -> Result<Response, Problem> {
    let integration = named(&app, &name).await?;
    let seen = revision(&integration)?;
    let above = Above { done: asked.line(&integration).map(|line| inert(&line)), ..Above::default() };
    page(&app, &caller, &integration, Typed::of(&integration), seen, above).await
}

/// `POST /integrations/{name}/configuration`: shows what would follow, or does it. What erases something is done only by a form
/// that has shown just that.
pub(in crate::pages) async fn change(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[
        "seen",
        "was",
        "do",
        "erase",
        "name",
        "description",
        "tags",
        "owner",
        "choice",
        "projects",
        "jql",
        "exclude",
        "others",
        "interval",
        "cron",
        "census",
        "reread",
        "timezone",
        "history",
        "speed",
    ])?;
    let integration = named(&app, &name).await?;
    let typed = Typed::entered(&fields);
    let seen = fields.text("seen").to_owned();
    let done = async {
        if seen != revision(&integration)? {
            return Err(Message::ChangedMeanwhile {}.into());
        }
        let changes = typed.changes(&integration)?;
        let after = changes.applied_to(&integration);
        let erases = erasing::words(&integration, &after);
        let is_meant = erases.is_empty() || erases == fields.text("erase");
        if fields.word("do", &["preview", "save"])? != "save" || !is_meant {
            if after.settings.exclusions != integration.settings.exclusions {
                check_left_out(&app, &after).await?;
            }
            return Ok(Came::Shown(Box::new(changes)));
        }
        let edited = life::change(&app, &caller, &integration, changes).await?;
        Ok(Came::Done(erasing::told(&edited)))
    };
    match done.await {
        Ok(Came::Done(told)) => {
            let after = app.store.integration_of(&integration.id).await?.ok_or(Message::PageUnknown {})?;
            Ok(Redirect::to(&format!("{}?{told}", path(&after, "configuration"))).into_response())
        }
        Ok(Came::Shown(changes)) => {
            let preview = Preview::of(&app, &integration, &changes).await?;
            let above = Above { preview: Some(preview), ..Above::default() };
            page(&app, &caller, &integration, typed, seen, above).await
        }
        Err(problem) => {
            let above = Above { trouble: Some(Trouble::from(&problem)), ..Above::default() };
            let now = revision(&integration)?;
            // What was not touched here becomes what it is now; who has seen that may save.
            let typed = if seen == now { typed } else { typed.upon(&Typed::of(&integration), &fields) };
            let shown = page(&app, &caller, &integration, typed, now, above).await;
            stamped(problem, |_| shown)
        }
    }
}

impl Preview {
    async fn of(app: &App, integration: &Integration, changes: &Changes) -> Result<Self, Problem> {
        let edited = preview(&app.store, integration, changes).await?;
        let (before, after) = (&edited.before.settings, &edited.after.settings);
        let is_other = before.scope != after.scope || before.history_months != after.history_months;
        // What a satellite reads only that satellite can count.
        let counted = match is_other && !integration.is_fed() {
            true => Some(size_of(app, &edited.after).await),
            false => None,
        };
        let mut taken = None;
        let (size, trouble) = match counted {
            Some(Ok((size, issues))) => {
                taken = issues;
                (Some(size), None)
            }
            Some(Err(problem)) => (None, Some(Trouble::from(&problem))),
            None => (None, None),
        };
        let mut sentences: Vec<String> =
            edited.sentences_of_preview(left_out).iter().map(|sentence| inert(sentence)).collect();
        if let Some(taken) = taken {
            sentences.push(moving::told(app, &edited, taken).await?);
        }
        if (before.interval_minutes, &before.cron, &before.timezone)
            != (after.interval_minutes, &after.cron, &after.timezone)
        {
            let (cron, zone) = (after.cron.as_deref(), after.timezone.as_deref());
            let next = pace::next_runs(after.interval_minutes, cron, zone, app.now());
            sentences.push(format!("The next three runs: {next}, or some minutes later."));
        }
        let excluded = edited.excluded();
        if !excluded.is_empty() {
            sentences.push(erasing::stored(app, integration, &excluded).await?);
        }
        Ok(Self { sentences, erases: erasing::words(&edited.before, &edited.after), size, trouble })
    }
}

/// Who reads, and how they sign in.
fn account(described: &weir_ingest::Description) -> String {
    let method = method(described.sign_in);
    match described.account.as_str() {
        "" => method.to_owned(),
        account => format!("{} ({method})", inert(account)),
    }
}

impl Typed {
    fn of(integration: &Integration) -> Self {
        let settings = &integration.settings;
        let minutes = |minutes: u32| match minutes {
            m if m % 1_440 == 0 => format!("{}d", m / 1_440),
            m if m % 60 == 0 => format!("{}h", m / 60),
            m => format!("{m}m"),
        };
        let (choice, projects, jql) = match &settings.scope {
            Scope::Everything => ("everything", String::new(), String::new()),
            Scope::Projects(keys) => ("projects", keys.join(", "), String::new()),
            Scope::Jql(jql) => ("jql", String::new(), jql.clone()),
        };
        Self {
            name: integration.name.clone(),
            description: settings.description.clone(),
            tags: settings.tags.join(", "),
            owner: settings.owner.clone().unwrap_or_default(),
            choice: choice.into(),
            projects,
            jql,
            exclude: settings.exclusions.words().into_iter().map(str::to_owned).collect(),
            interval: minutes(settings.interval_minutes),
            cron: settings.cron.clone().unwrap_or_default(),
            census: settings.census_minutes.map_or_else(|| "off".to_owned(), minutes),
            reread: minutes(settings.reread_minutes),
            timezone: settings.timezone.clone().unwrap_or_default(),
            history: pace::depth(settings.history_months),
            speed: settings.speed.as_str().to_owned(),
            meanwhile: vec![],
        }
    }

    fn entered(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            name: text("name"),
            description: fields.raw("description").trim().replace("\r\n", "\n"),
            tags: text("tags"),
            owner: text("owner"),
            choice: text("choice"),
            projects: text("projects"),
            jql: fields.raw("jql").trim().replace("\r\n", "\n"),
            exclude: excluded(fields),
            interval: text("interval"),
            cron: text("cron"),
            census: text("census"),
            reread: text("reread"),
            timezone: text("timezone"),
            history: text("history"),
            speed: text("speed"),
            meanwhile: vec![],
        }
        .meant(fields)
    }

    /// Who names projects or writes a query, and leaves the choice above as it was, means it.
    fn meant(self, fields: &Fields) -> Self {
        let Some(was) = Self::told(fields.text("was")).filter(|was| was.choice == self.choice) else {
            return self;
        };
        let choice = match (self.projects != was.projects, self.jql != was.jql) {
            (true, false) if !self.projects.is_empty() => "projects".to_owned(),
            (false, true) if !self.jql.is_empty() => "jql".to_owned(),
            _ => return self,
        };
        Self { choice, ..self }
    }

    /// The form upon settings that are others now: what was changed in it stays, and everything else is as it is now.
    fn upon(self, now: &Self, fields: &Fields) -> Self {
        let Some(was) = Self::told(fields.text("was")) else { return self };
        macro_rules! of {
            ($($field:ident),*) => {
                Self { $($field: if self.$field == was.$field { now.$field.clone() } else { self.$field },)* }
            };
        }
        // The parts of a scope belong together.
        let is_touched = (&self.choice, &self.projects, &self.jql) != (&was.choice, &was.projects, &was.jql);
        let scope = if is_touched { self.clone() } else { now.clone() };
        let meanwhile = was.differences(now);
        let merged = of!(
            name,
            description,
            tags,
            owner,
            choice,
            projects,
            jql,
            exclude,
            interval,
            cron,
            census,
            reread,
            timezone,
            history,
            speed,
            meanwhile
        );
        Self { choice: scope.choice, projects: scope.projects, jql: scope.jql, meanwhile, ..merged }
    }

    /// What the form held when it was made, as the form brings it back.
    fn told(text: &str) -> Option<Self> {
        serde_json::from_slice(&unhex(text)?).ok()
    }

    /// What differs from another form, by its name in the form, with the value there.
    fn differences(&self, other: &Self) -> Vec<(String, String)> {
        let pairs = [
            ("Name", &self.name, &other.name),
            ("Description", &self.description, &other.description),
            ("Tags", &self.tags, &other.tags),
            ("Owner", &self.owner, &other.owner),
            ("Which issues", &self.choice, &other.choice),
            ("Projects", &self.projects, &other.projects),
            ("JQL", &self.jql, &other.jql),
            ("Left out", &all_left_out(&self.exclude), &all_left_out(&other.exclude)),
            ("Update every", &self.interval, &other.interval),
            ("Or by a pattern", &self.cron, &other.cron),
            ("Compare every id with the site every", &self.census, &other.census),
            ("Each run looks back", &self.reread, &other.reread),
            ("Time zone", &self.timezone, &other.timezone),
            ("How far back", &self.history, &other.history),
            ("Speed", &self.speed, &other.speed),
        ];
        let differ = pairs.into_iter().filter(|(_, one, two)| one != two);
        differ.map(|(name, _, now)| (name.to_owned(), now.clone())).collect()
    }

    fn changes(&self, integration: &Integration) -> Result<Changes, Problem> {
        let at = |field: &'static str| move |message: Message| Problem::from(message).at(field);
        let projects = std::slice::from_ref(&self.projects);
        let scope = match self.choice.as_str() {
            "everything" => Ok(Scope::Everything),
            "projects" => values::projects("Projects", projects).map_err(at("/projects")),
            "jql" => values::query("JQL", &self.jql).map_err(at("/jql")),
            "" => Err(Problem::bad("Choose everything, some projects, or a query").at("/choice")),
            // It must not become everything.
            other => Err(not_offered("choice", other)),
        };
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        let tags = self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let zone = text(&self.timezone).map(|zone| values::zone(&zone)).transpose();
        let history = text(&self.history).map(|text| values::history("How far back", &text)).transpose();
        let speed = text(&self.speed).map(|word| values::speed("Speed", &word)).transpose();
        let owner = text(&self.owner).map(|owner| values::text("Owner", &owner)).transpose();
        let census = values::census("Compare every id with the site every", &self.census);
        let mut faults = Faults::default();
        // One that it has already may be one that is taken no more.
        let name = (self.name != integration.name).then(|| values::name(&self.name)).transpose();
        let changes = Changes {
            name: faults.take(name).flatten(),
            scope: faults.take(scope),
            exclusions: Some(Exclusions::parse(self.exclude.iter().map(String::as_str))),
            // It is not forgotten, only replaced.
            timezone: faults.take(zone).flatten().or_else(|| integration.settings.timezone.clone()),
            interval_minutes: faults.take(values::interval(&self.interval).map_err(at("/interval"))),
            cron: faults.take(text(&self.cron).map(|pattern| values::cron(&pattern)).transpose()),
            census_minutes: faults.take(census.map_err(at("/census"))),
            reread_minutes: faults.take(values::interval(&self.reread).map_err(at("/reread"))),
            history_months: faults.take(history.map_err(at("/history"))).flatten(),
            speed: faults.take(speed.map_err(at("/speed"))).flatten(),
            description: faults
                .take(values::text("Description", &self.description).map_err(at("/description"))),
            tags: faults.take(values::tags("Tags", tags).map_err(at("/tags"))),
            owner: faults.take(owner.map_err(at("/owner"))),
            ..Changes::default()
        };
        faults.end()?;
        Ok(changes)
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    typed: Typed,
    revision: String,
    above: Above,
) -> Result<Response, Problem> {
    let described = describe(&app.store, integration, app.now()).await?;
    let upcoming = schedule::show(&app.store, integration, app.now()).await?.upcoming;
    let settings = &integration.settings;
    let or_nothing = |text: &str| if text.is_empty() { "—".to_owned() } else { inert(text) };
    let facts = vec![
        ("Site", inert(&described.url)),
        ("Account", account(&described)),
        ("Description", or_nothing(&integration.settings.description)),
        ("Tags", or_nothing(&integration.settings.tags.join(", "))),
        ("Scope", inert(&clean(&described.scope, 500))),
        ("Left out", or_nothing(&all_left_out(&described.exclude))),
        (
            "Schedule",
            described.cron.as_deref().map_or_else(
                || format!("every {} min", described.interval_minutes),
                |pattern| format!("pattern {pattern}"),
            ),
        ),
        ("Next three runs", or_nothing(&pace::moments(&upcoming))),
        (
            "How far back",
            described.read_since.as_deref().and_then(Millis::parse).map_or_else(
                || "all issues".to_owned(),
                |since| format!("issues that were edited after {}, or will be", date(since)),
            ),
        ),
        ("Speed", format!("{}, {}", described.speed, pace::limit(app, settings.deployment, settings.speed))),
        ("Time zone", or_nothing(described.timezone.as_deref().unwrap_or_default())),
        ("Own certificate authority", if described.custom_ca { "yes" } else { "no" }.to_owned()),
        ("Certificates checked", if described.insecure_tls { "no" } else { "yes" }.to_owned()),
        (
            "Proxy",
            described.proxy_with_password.as_deref().map_or_else(|| "—".to_owned(), weir_http::mask_url),
        ),
        ("Connected", instant(integration.created_at)),
    ];
    let was =
        serde_json::to_string(&Typed::of(integration)).map_err(|error| Problem::bug(&error.to_string()))?;
    let is_known = |id: &str| LEAVES.iter().any(|(known, ..)| *known == id);
    let others: Vec<&str> = typed.exclude.iter().map(String::as_str).filter(|id| !is_known(id)).collect();
    let leaves = LEAVES.iter().map(|(id, name, effect)| Leaves {
        id,
        name,
        effect,
        is_chosen: typed.exclude.iter().any(|chosen| chosen == id),
    });
    let withheld =
        withheld(app, caller, Action::Connect, integration, ("these settings", "change them")).await?;
    rendered(&ConfigurationPage {
        shell: Shell::new(
            app,
            Some(caller),
            &format!("{}, Configuration", integration.name),
            "/integrations",
        ),
        head: headed(app, caller, integration).await?.at("Configuration"),
        path: path(integration, "configuration"),
        base: path(integration, ""),
        facts,
        may_change: withheld.is_none(),
        withheld,
        others: others.join(", "),
        leaves: leaves.collect(),
        zones: values::zones_at(app.now()),
        speeds: pace::speeds(app, settings.deployment, &typed.speed),
        depths: pace::depths(&typed.history),
        revision,
        was: hex(was.as_bytes()),
        meanwhile: typed.meanwhile.iter().map(|(name, now)| (name.clone(), or_nothing(now))).collect(),
        preview: above.preview,
        pointed: Pointed::of(&typed.jql, above.trouble.as_ref()),
        trouble: above.trouble,
        done: above.done,
        typed,
    })
}
