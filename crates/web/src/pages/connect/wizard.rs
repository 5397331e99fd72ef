//! The way of a set-up: each step is kept on the server before anything is asked of the site, so that neither a reload nor a
//! failure loses anything.

use super::{
    super::{
        adfs::adfs_credential,
        forms::{Faults, Fields, Trouble, not_offered, stamped},
        monitoring::head::product,
        progress::{Progress, is_watched, whole},
    },
    document::{Account, Document, Method, Size},
    entered,
    steps::{self, Framed, Step, left, path},
};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Params},
    life::{
        self, KeptCheck, Refused, Wanted, guarded, kept, travelling,
        watch::{Seen, Told, Watches},
        wish::certificates,
    },
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::Secret;
use weir_ingest::{
    Choices,
    connect::{
        Credential, Target, VisibleProject, check_address, check_exclusions, count_issues, draft_secret,
        find_site, keep_draft, site_address, visible_projects,
    },
    values,
};
use weir_model::{
    AccountId, Asked, Deployment, Draft, DraftId, Exclusions, Message, Millis, Scope, Surface, Transport,
};

/// How long a set-up is kept after it was last changed.
const KEPT_MS: i64 = 3 * 24 * 60 * 60_000;

/// Where somebody is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct At {
    #[serde(default)]
    draft: String,
    #[serde(default)]
    step: String,
    /// How to sign in, where the site knows several ways.
    #[serde(default)]
    method: String,
    /// Which projects are looked for.
    #[serde(default)]
    q: String,
}

/// A set-up and what it holds.
pub(super) struct Setup {
    pub(super) draft: Draft,
    pub(super) document: Document,
}

/// `GET /integrations/new/jira`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(at): Params<At>,
) -> Result<Response, Problem> {
    if at.draft.is_empty() {
        let document = Document::default();
        let frame = Framed::new(&app, &caller, None, &document, Step::Address, None);
        return steps::address(frame, &document);
    }
    let setup = Setup::found(&app, &caller, &at.draft).await?;
    let reached = Step::reached(&setup.document);
    let step = Step::of(&at.step);
    if step.is_none() && !at.step.is_empty() {
        return Err(not_offered("step", &at.step));
    }
    match step {
        Some(step) if step <= reached => setup.page(&app, &caller, step, &at, None, &[]).await,
        _ => Ok(Redirect::to(&path(&setup.draft, reached.min(Step::Scope))).into_response()),
    }
}

/// `POST /integrations/new/jira`: a step was filled in.
pub(in crate::pages) async fn go_on(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let step = Step::of(fields.text("step")).ok_or_else(|| Problem::bad("The form names no step"))?;
    let mut setup = match fields.text("draft") {
        "" => Setup::begun(&app, &caller).await?,
        id => Setup::found(&app, &caller, id).await?,
    };
    if step > Step::reached(&setup.document) {
        return Ok(Redirect::to(&path(&setup.draft, Step::reached(&setup.document))).into_response());
    }
    let mut at = At { draft: String::new(), step: String::new(), method: String::new(), q: String::new() };
    let gone = match step {
        Step::Address => setup.find(&app, &caller, &fields).await,
        Step::SignIn if fields.text("method") == "oauth" && fields.text("do") == "ask" => {
            "oauth".clone_into(&mut at.method);
            return match setup.ask_consent(&app, &caller, &fields).await {
                Ok(page) => Ok(page),
                Err(problem) => {
                    let page = setup.page_of(&app, &caller, step, &at, &problem, &[]).await;
                    stamped(problem, |_| page)
                }
            };
        }
        Step::SignIn if is_watched(&headers) => {
            return match setup.validate(&app, &caller, &fields).await {
                Ok(answer) => Ok(answer),
                Err(problem) => {
                    let page = setup.page_of(&app, &caller, step, &at, &problem, &[]).await;
                    stamped(problem, |_| page).map(whole)
                }
            };
        }
        Step::SignIn => setup.sign_in(&app, &caller, &fields).await,
        Step::Scope => {
            fields.text("q").clone_into(&mut at.q);
            setup.choose(&app, &fields).await
        }
        Step::Advanced => setup.set(&app, &fields).await,
        Step::Review => return setup.start(&app, &caller, &fields).await,
    };
    match gone {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(problem) => {
            let page = setup.page_of(&app, &caller, step, &at, &problem, &[]).await;
            stamped(problem, |_| page)
        }
    }
}

/// What a part asks for that shows checks as they run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Listening {
    draft: String,
    #[serde(default)]
    heard: u64,
}

/// `GET /integrations/new/jira/checks`: how far the checks of a set-up have come.
pub(in crate::pages) async fn progress(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Listening>,
) -> Result<Response, Problem> {
    let setup = Setup::found(&app, &caller, &asked.draft).await?;
    let at = At { draft: String::new(), step: String::new(), method: String::new(), q: String::new() };
    let trouble = match app.watches.look(&setup.key(), app.now()) {
        Seen::Running(standing) => {
            return Progress::of(&standing, &setup.progress_path(), asked.heard).answer();
        }
        Seen::Ended(Err(refused)) => Some(Trouble::from(&refused.problem)),
        Seen::Ended(Ok(())) | Seen::Nothing => None,
    };
    // As it was kept meanwhile.
    let setup = Setup::found(&app, &caller, &asked.draft).await?;
    setup.page(&app, &caller, Step::SignIn, &at, trouble, &[]).await.map(whole)
}

/// `POST /integrations/new/jira/discard`: whatever was typed goes, the credential too.
pub(in crate::pages) async fn discard(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&["draft"])?;
    let setup = Setup::found(&app, &caller, fields.text("draft")).await?;
    setup.forget_consent(&app).await?;
    app.store.forget_draft(&setup.draft.id).await?;
    Ok(Redirect::to("/integrations/new"))
}

fn account(caller: &Caller) -> Result<AccountId, Problem> {
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    Ok(signed_in.account.id)
}

impl Setup {
    async fn begun(app: &App, caller: &Caller) -> Result<Self, Problem> {
        let now = app.now();
        let draft = Draft {
            id: DraftId::generate(now, app.environment.entropy.as_ref()),
            account: account(caller)?,
            document: "{}".into(),
            version: 1,
            created_at: now,
            changed_at: now,
            expires_at: Millis(now.0 + KEPT_MS),
        };
        app.store.add_draft(&draft).await?;
        Ok(Self { draft, document: Document::default() })
    }

    /// The caller's own set-up of that id; nobody else's is known to be there.
    pub(super) async fn found(app: &App, caller: &Caller, id: &str) -> Result<Self, Problem> {
        let account = account(caller)?;
        let draft = match id.parse() {
            Ok(id) => app.store.draft(&id).await?,
            Err(_) => None,
        };
        let draft = draft.filter(|draft| draft.account == account).ok_or(Message::PageUnknown {})?;
        Ok(Self { document: Document::of(&draft), draft })
    }

    /// Keeps it as it is now, with another credential where one is given.
    pub(super) async fn keep(&mut self, app: &App, secret: Option<Secret>) -> Result<(), Problem> {
        let now = app.now();
        self.draft.document =
            serde_json::to_string(&self.document).map_err(|error| Problem::bug(&error.to_string()))?;
        self.draft.changed_at = now;
        self.draft.expires_at = Millis(now.0 + KEPT_MS);
        let (app, draft) = (app.clone(), self.draft.clone());
        life::to_its_end(async move || keep_draft(&app.store, &app.vault, &draft, secret.as_ref()).await)
            .await??;
        self.draft.version += 1;
        Ok(())
    }

    pub(super) async fn secret(&self, app: &App) -> Result<Secret, Problem> {
        if self.document.method == Method::OAuth {
            return self.consent_secret(app).await;
        }
        let secret = draft_secret(&app.store, &app.vault, &self.draft).await?;
        Ok(secret.filter(|_| self.document.hint.is_some()).ok_or(Message::AuthMissing {})?)
    }

    /// The way to the site as it is kept.
    pub(super) fn transport(&self) -> Result<Transport, Message> {
        Ok(guarded(certificates(Some(&self.document.ca_pem))?))
    }

    /// The way into the site.
    pub(super) async fn door(&self, app: &App) -> Result<weir_ingest::connect::Door, Problem> {
        let transport = travelling(app, self.transport()?);
        let door = self.document.door(self.secret(app).await?, transport);
        Ok(door.ok_or(Message::AuthMissing {})?)
    }

    async fn page(
        &self,
        app: &App,
        caller: &Caller,
        step: Step,
        at: &At,
        trouble: Option<Trouble>,
        checks: &[KeptCheck],
    ) -> Result<Response, Problem> {
        let (draft, document) = (&self.draft, &self.document);
        let frame = |trouble| Framed::new(app, caller, Some(draft), document, step, trouble);
        match step {
            Step::Address => steps::address(frame(trouble), document),
            Step::SignIn => {
                let deployment = document.deployment.unwrap_or(weir_model::Deployment::Cloud);
                let method = match at.method.as_str() {
                    "" => Method::of(document.method.as_str(), deployment)
                        .unwrap_or_else(|| Method::usual(deployment)),
                    word => Method::of(word, deployment).ok_or_else(|| not_offered("method", word))?,
                };
                let (consent, fault) = self.consent_form(app, caller, method).await?;
                let trouble = trouble.or(fault);
                let standing = app.watches.standing(&self.key(), app.now());
                let progress = standing.map(|standing| Progress::of(&standing, &self.progress_path(), 0));
                steps::sign_in(frame(trouble), draft, document, (method, consent), progress)
            }
            Step::Scope if document.is_left() => left::scope(frame(trouble), document),
            Step::Scope => {
                let (visible, trouble) = match self.visible(app).await {
                    Ok(visible) => (visible, trouble),
                    Err(problem) => (vec![], trouble.or_else(|| Some(Trouble::from(&problem)))),
                };
                steps::scope(frame(trouble), document, &visible, &at.q)
            }
            Step::Advanced => steps::advanced(app, frame(trouble), document),
            Step::Review => {
                let workspaces = life::workspaces(app, caller).await?;
                steps::review(frame(trouble), document, &workspaces, (checks, app.now()))
            }
        }
    }

    /// The page of a step that did not work.
    async fn page_of(
        &self,
        app: &App,
        caller: &Caller,
        step: Step,
        at: &At,
        problem: &Problem,
        checks: &[KeptCheck],
    ) -> Result<Response, Problem> {
        self.page(app, caller, step, at, Some(Trouble::from(problem)), checks).await
    }

    async fn visible(&self, app: &App) -> Result<Vec<VisibleProject>, Problem> {
        Ok(visible_projects(&self.door(app).await?, &app.environment).await?)
    }

    /// The first step: what stands at the address?
    async fn find(&mut self, app: &App, caller: &Caller, fields: &Fields) -> Result<String, Problem> {
        entered::address(&mut self.document, fields)?;
        if fields.text("name").is_empty() {
            self.document.name = life::next_free_name(app, &self.document.name).await?;
        }
        self.keep(app, None).await?;
        let mut faults = Faults::default();
        faults.take(check_address(&self.document.address));
        let name = faults.take(values::name(&self.document.name));
        if let Some(name) = &name {
            faults.take(life::free_name(app, caller, name).await);
        }
        faults.take(self.document.described());
        faults.take(self.document.labels());
        let transport = faults.take(self.transport());
        faults.end()?;
        let transport = transport.ok_or_else(|| Problem::bug("a step fits and has no way to its site"))?;
        if fields.word("beside", &["satellite"])? == "satellite" {
            // Nothing is asked of it from here.
            let site_url = site_address(&self.document.address)?;
            self.forget_credential_unless(app, false, Method::Satellite).await?;
            let is_cloud = site_url.ends_with(".atlassian.net");
            let deployment = if is_cloud { Deployment::Cloud } else { Deployment::DataCenter };
            self.document.named = format!("taken for {}, which its satellite proves", product(deployment));
            self.document.deployment = Some(deployment);
            self.document.site_url = site_url;
            self.keep(app, None).await?;
            return Ok(path(&self.draft, Step::SignIn));
        }
        if fields.word("behind", &["adfs"])? == "adfs" {
            // A stranger is told nothing there; what it is shows once somebody has signed in.
            let site_url = site_address(&self.document.address)?;
            let is_same_site = self.document.site_url == site_url;
            self.forget_credential_unless(app, is_same_site, Method::Adfs).await?;
            self.document.site_url = site_url;
            self.document.deployment = Some(Deployment::DataCenter);
            self.document.named =
                "taken for Jira Data Center, of which it tells nobody before the sign-in".to_owned();
            self.keep(app, None).await?;
            return Ok(path(&self.draft, Step::SignIn));
        }
        let transport = travelling(app, transport);
        let looked = find_site(&self.document.address, &transport, &app.environment).await;
        let found = looked.outcome.map_err(|message| *message)?;
        let method = match self.document.deployment == Some(found.deployment) {
            true => self.document.method,
            false => Method::usual(found.deployment),
        };
        let is_same_site = self.document.site_url == found.site_url;
        self.forget_credential_unless(app, is_same_site, method).await?;
        self.document.site_url = found.site_url;
        self.document.deployment = Some(found.deployment);
        self.document.named = found.named.trim_end_matches('.').to_owned();
        self.keep(app, None).await?;
        Ok(path(&self.draft, Step::SignIn))
    }

    /// What checks of this set-up that run are known by.
    fn key(&self) -> String {
        format!("set-up {}", self.draft.id)
    }

    fn progress_path(&self) -> String {
        format!("/integrations/new/jira/checks?draft={}", self.draft.id)
    }

    /// The second: every check, with the credential.
    async fn sign_in(&mut self, app: &App, caller: &Caller, fields: &Fields) -> Result<String, Problem> {
        if Method::of(fields.text("method"), Deployment::DataCenter) == Some(Method::Satellite) {
            entered::sign_in(&mut self.document, fields)?;
            self.document.hint = None;
            self.keep(app, None).await?;
            return Ok(path(&self.draft, Step::Scope));
        }
        let target = self.signing_in(app, caller, fields).await?;
        self.prove(app, target, &Told::default()).await?;
        Ok(path(&self.draft, Step::SignIn))
    }

    /// The same behind the answer, which shows each check as it comes.
    async fn validate(&mut self, app: &App, caller: &Caller, fields: &Fields) -> Result<Response, Problem> {
        if app.watches.standing(&self.key(), app.now()).is_none() {
            let target = self.signing_in(app, caller, fields).await?;
            let (behind, mut setup) =
                (app.clone(), Self { draft: self.draft.clone(), document: self.document.clone() });
            Watches::begin(app, self.key(), async move |told| {
                setup.prove(&behind, target, &told).await.map_err(Refused::from)
            });
        }
        let asked = Listening { draft: self.draft.id.to_string(), heard: 0 };
        progress(State(app.clone()), caller.clone(), Params(asked)).await
    }

    /// What was entered, kept; and what it is to be tried at.
    async fn signing_in(&mut self, app: &App, caller: &Caller, fields: &Fields) -> Result<Target, Problem> {
        if fields.text("method") == "oauth" {
            return self.consented(app, caller, fields).await;
        }
        let given = entered::sign_in(&mut self.document, fields)?;
        self.keep(app, given).await?;
        let account = self.document.account.clone();
        let mut faults = Faults::default();
        let missing = |part: &str| Problem::from(Message::AuthPartMissing { part: part.to_owned() });
        let (name, proof) = self.document.method.parts();
        let Document { adfs_url, adfs_client_id, adfs_resource, .. } = &self.document;
        let place = [adfs_url, adfs_client_id, adfs_resource].map(String::as_str);
        if self.document.method == Method::Adfs {
            faults.take(adfs_credential(place, &account, Secret::from(String::new())));
        } else if let Some(name) = name.filter(|_| account.is_empty()) {
            faults.extend([missing(name).at("/account")]);
        }
        if self.document.hint.is_none() {
            faults.extend([missing(proof).at("/secret")]);
        }
        faults.end()?;
        let secret = self.secret(app).await?;
        let credential = match self.document.method {
            Method::ApiToken => Credential::ApiToken { email: Some(account), token: secret },
            Method::PersonalToken => Credential::PersonalToken(secret),
            // It has gone another way before.
            Method::Satellite => return Err(Message::AuthMissing {}.into()),
            Method::Password => Credential::Password { user: account, password: secret },
            Method::Adfs => {
                let Document { adfs_url, adfs_client_id, adfs_resource, .. } = &self.document;
                let place = [adfs_url, adfs_client_id, adfs_resource].map(String::as_str);
                Credential::Adfs(adfs_credential(place, &account, secret)?)
            }
            Method::OAuth => return Err(Message::AuthMissing {}.into()),
        };
        Ok(Target {
            address: self.document.site_url.clone(),
            credential,
            scope: Scope::Everything,
            exclusions: Exclusions::default(),
            transport: self.transport()?,
        })
    }

    /// Runs every check and keeps what came of them.
    async fn prove(&mut self, app: &App, target: Target, told: &Told) -> Result<(), Problem> {
        let done = life::checked(app, target, told).await?;
        self.document.checks = kept(&done, Surface::Page);
        self.document.checked_at = Some(app.now().0);
        let (outcome, secret) = match done.outcome {
            Ok(connected) => {
                self.document.site_url = connected.site_url;
                self.document.account = connected.auth.account().to_owned();
                if let Some(url) = connected.auth.adfs_url() {
                    url.clone_into(&mut self.document.adfs_url);
                }
                self.document.proved = Some(Account { auth: connected.auth, timezone: connected.timezone });
                // What a consent was given for is kept where it waits.
                let is_consent = self.document.method == Method::OAuth;
                (Ok(()), Some(connected.secret).filter(|_| !is_consent))
            }
            Err(message) => {
                self.document.failure = Some(message.id().to_owned());
                (Err(Problem::from(*message)), None)
            }
        };
        self.keep(app, secret).await?;
        outcome
    }

    /// The third: which issues.
    async fn choose(&mut self, app: &App, fields: &Fields) -> Result<String, Problem> {
        if self.document.is_left() {
            left::entered(&mut self.document, fields)?;
            self.keep(app, None).await?;
            self.document.scope()?;
            return Ok(path(&self.draft, Step::Advanced));
        }
        entered::scope(&mut self.document, fields)?;
        self.keep(app, None).await?;
        let here = path(&self.draft, Step::Scope);
        let word = fields.text("do");
        if matches!(word, "search" | "all" | "none") {
            return Ok(format!("{here}&{}", crate::http::body::query(&[("q", fields.text("q"))])));
        }
        self.count(app).await?;
        Ok(if word == "check" { here } else { path(&self.draft, Step::Advanced) })
    }

    /// Counts what is chosen.
    async fn count(&mut self, app: &App) -> Result<(), Problem> {
        let (scope, months) = (self.document.scope()?, self.document.months()?);
        let since = months.map(|months| app.now().months_before(months));
        let counted = count_issues(&self.door(app).await?, (&scope, since), &app.environment).await?;
        self.document.size = Some(Size::new((scope, months), counted, app.now().0));
        self.keep(app, None).await
    }

    /// The fourth: when and how.
    async fn set(&mut self, app: &App, fields: &Fields) -> Result<String, Problem> {
        entered::advanced(&mut self.document, fields)?;
        self.keep(app, None).await?;
        let word = fields.word("do", &["show"])?;
        let mut faults = Faults::default();
        faults.take(self.document.changes());
        if word != "show" && !self.document.is_left() {
            let exclusions = self.document.left_out();
            faults.take(check_exclusions(&self.door(app).await?, &exclusions, &app.environment).await);
        }
        faults.end()?;
        if self.document.counted().is_none() && !self.document.is_left() {
            self.count(app).await?;
        }
        Ok(path(&self.draft, if word == "show" { Step::Advanced } else { Step::Review }))
    }

    /// The last, where a satellite will read it: it is kept, and waits for that.
    async fn leave(&self, app: &App, caller: &Caller, fields: &Fields) -> Result<Response, Problem> {
        let at = At { draft: String::new(), step: String::new(), method: String::new(), q: String::new() };
        let made = async {
            let name = values::name(&self.document.name)?;
            // The way to the site is the satellite's, in its file.
            let choices = Choices::named(name, Transport::default()).with(self.document.changes()?);
            let named = Some(fields.text("workspace")).filter(|text| !text.is_empty());
            let workspace = life::workspace_for(app, caller, named).await?;
            life::fed::create(app, caller, (&self.document.site_url, choices), workspace).await
        };
        match made.await {
            Ok(integration) => {
                app.store.forget_draft(&self.draft.id).await?;
                let name = crate::http::body::segment(&integration.name);
                Ok(Redirect::to(&format!("/integrations/{name}/satellite")).into_response())
            }
            Err(problem) => {
                let page = self.page_of(app, caller, Step::Review, &at, &problem, &[]).await;
                stamped(problem, |_| page)
            }
        }
    }

    /// The last: it is connected, and the first run is asked for.
    async fn start(&self, app: &App, caller: &Caller, fields: &Fields) -> Result<Response, Problem> {
        fields.only(&["step", "draft", "workspace"])?;
        if self.document.is_left() {
            return self.leave(app, caller, fields).await;
        }
        let at = At { draft: String::new(), step: String::new(), method: String::new(), q: String::new() };
        let made = async {
            let name = values::name(&self.document.name)?;
            let account = self.document.proved.as_ref().ok_or(Message::AuthMissing {})?;
            let wanted = Wanted {
                address: self.document.site_url.clone(),
                credential: Credential::stored(&account.auth, self.secret(app).await?),
                choices: Choices::named(name, self.transport()?).with(self.document.changes()?),
                workspace: life::workspace_for(
                    app,
                    caller,
                    Some(fields.text("workspace")).filter(|text| !text.is_empty()),
                )
                .await?,
            };
            life::create(app, caller, wanted).await
        };
        match made.await {
            Ok((integration, _)) => {
                let asked_by = caller.principal.requester();
                app.store.request_run(&integration.id, Asked::Sync, false, &asked_by).await?;
                app.store.forget_draft(&self.draft.id).await?;
                let name = crate::http::body::segment(&integration.name);
                Ok(Redirect::to(&format!("/integrations/{name}/monitoring")).into_response())
            }
            Err(refused) => {
                let page =
                    self.page_of(app, caller, Step::Review, &at, &refused.problem, &refused.checks).await;
                stamped(refused.problem, |_| page)
            }
        }
    }
}
