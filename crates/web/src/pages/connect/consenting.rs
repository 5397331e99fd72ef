//! A set-up that signs in with somebody's consent: asked for at Atlassian, and used once it was given.

use super::{
    super::{
        consent::{ConsentForm, lead},
        forms::{Fields, Trouble},
    },
    document::Method,
    wizard::Setup,
};
use crate::{app::App, auth::principal::Caller, http::Problem, life};
use axum::response::Response;
use weir_http::Secret;
use weir_ingest::{
    connect::{Credential, Target},
    consent::{ConsentPlace, consented, find_consent},
};
use weir_model::{Exclusions, Message, OAuthFault, Scope};

impl Setup {
    /// Begins to ask, and leads to where consent is given.
    pub(super) async fn ask_consent(
        &mut self,
        app: &App,
        caller: &Caller,
        fields: &Fields,
    ) -> Result<Response, Problem> {
        fields.only(&["step", "draft", "method", "do", "oauth_client_id", "secret"])?;
        let place = ConsentPlace::Draft(self.draft.id);
        let place = (place, self.document.site_url.as_str(), self.transport()?);
        let [client_id, secret] = ["oauth_client_id", "secret"].map(|field| fields.text(field));
        missing([client_id, secret])?;
        let (consent, address) = life::consent::ask(app, caller, place, [client_id, secret]).await?;
        self.document.unprove();
        self.document.method = Method::OAuth;
        self.document.hint = None;
        self.document.consent = consent.id.to_string();
        self.keep(app, None).await?;
        lead(app, caller, address)
    }

    /// What is tried, once consent was given.
    pub(super) async fn consented(
        &mut self,
        app: &App,
        caller: &Caller,
        fields: &Fields,
    ) -> Result<Target, Problem> {
        fields.only(&["step", "draft", "method"])?;
        self.document.unprove();
        self.document.method = Method::OAuth;
        self.keep(app, None).await?;
        if self.document.consent.is_empty() {
            return Err(Message::from(OAuthFault::AskedFirst {}).into());
        }
        let credential: Credential =
            life::consent::credential(app, caller, &self.document.consent, &self.document.site_url).await?;
        Ok(Target {
            address: self.document.site_url.clone(),
            credential,
            scope: Scope::Everything,
            exclusions: Exclusions::default(),
            transport: self.transport()?,
        })
    }

    /// The tokens of the consent, as a text.
    pub(super) async fn consent_secret(&self, app: &App) -> Result<Secret, Problem> {
        let consent = find_consent(&app.store, &self.draft.account, &self.document.consent).await?;
        Ok(consented(&app.store, &app.vault, &consent).await?.grant)
    }

    /// What the form shows of it, and why it was not given.
    pub(super) async fn consent_form(
        &self,
        app: &App,
        caller: &Caller,
        method: Method,
    ) -> Result<(ConsentForm, Option<Trouble>), Problem> {
        let shown = match (method, self.document.consent.as_str()) {
            (Method::OAuth, id) if !id.is_empty() => life::consent::shown(app, caller, id).await?,
            _ => life::consent::Shown::default(),
        };
        let trouble = shown.fault.clone().map(|fault| Trouble::from(&Problem::from(fault)));
        Ok((ConsentForm::of(app, &shown, None), trouble))
    }

    /// A credential that was typed for one site is sent to no other one, and in no other way; nor is consent for one of use there.
    pub(super) async fn forget_credential_unless(
        &mut self,
        app: &App,
        is_same_site: bool,
        method: Method,
    ) -> Result<(), Problem> {
        if !is_same_site || self.document.method != method {
            self.document.hint = None;
        }
        if !is_same_site {
            self.forget_consent(app).await?;
            self.document.consent.clear();
        }
        self.document.method = method;
        Ok(())
    }

    /// A consent that nobody will use any more goes.
    pub(super) async fn forget_consent(&self, app: &App) -> Result<(), Problem> {
        match self.document.consent.parse() {
            Ok(id) => Ok(app.store.forget_consent(&id).await?),
            Err(_) => Ok(()),
        }
    }
}

/// What is not filled in, by the fields of the form.
pub(in crate::pages) fn missing([client_id, secret]: [&str; 2]) -> Result<(), Problem> {
    let fields = [("/oauth_client_id", client_id), ("/secret", secret)];
    let mut empty = fields.into_iter().filter(|(_, text)| text.is_empty()).map(|(field, _)| field.to_owned());
    match empty.next() {
        None => Ok(()),
        Some(first) => {
            let pointers = std::iter::once(first).chain(empty);
            Err(Problem::from(Message::from(OAuthFault::Incomplete {})).at_each(pointers))
        }
    }
}
