//! The integrations of the file: which of them the server knows, whose turn it is, and how each signs in.

use crate::config::{Login, Proxy, Site};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use weir_http::ExposeSecret as _;
use weir_model::{
    Deployment, Exclusions, FeedFault, FeedStatus, Integration, IntegrationId, IntegrationSettings, Message,
    Transport,
};
use weir_source::{
    Environment, Source, SourceError,
    errand::{BeatReply, Feed, FeedReply},
    jira::{self, AdfsCredential, Credential, Introduced, Target},
};

/// One integration of the file.
#[derive(Debug)]
struct One {
    site: Site,
    /// What the server said of it last.
    reply: Mutex<Option<FeedReply>>,
    /// What went wrong last.
    error: Mutex<Option<String>>,
    /// The account, once it signed in; or why it is not tried again: a few refused passwords, and Jira asks for a CAPTCHA.
    account: tokio::sync::Mutex<Option<Result<Introduced, Message>>>,
    errand: Mutex<Option<i64>>,
    full: Mutex<Full>,
}

/// Whether the spool of an integration is full. The server hears of it even where it is not any more when it can be told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum Full {
    #[default]
    No,
    Is(Message),
    Was(Message),
}

/// All of them.
#[derive(Debug)]
pub(super) struct Feeds {
    all: Vec<One>,
    /// The proxy through which sites are reached too.
    proxy: Option<String>,
    environment: Environment,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feeds {
    pub(super) fn new(sites: Vec<Site>, proxy: Option<Proxy>, environment: &Environment) -> Self {
        let one = |site| One {
            site,
            reply: Mutex::default(),
            error: Mutex::default(),
            account: tokio::sync::Mutex::default(),
            errand: Mutex::default(),
            full: Mutex::default(),
        };
        Self {
            all: sites.into_iter().map(one).collect(),
            proxy: proxy.map(|proxy| proxy.address.expose_secret().to_owned()),
            environment: environment.clone(),
        }
    }

    /// As the server is told of them.
    pub(super) fn told(&self) -> Vec<Feed> {
        let feed = |one: &One| Feed {
            named: one.site.id.clone(),
            url: one.site.url.as_str().trim_end_matches('/').to_owned(),
            exclusions: one.site.exclusions.clone(),
            timezone: one.site.timezone.clone(),
        };
        self.all.iter().map(feed).collect()
    }

    pub(super) fn statuses(&self) -> Vec<FeedStatus> {
        let status = |one: &One| FeedStatus {
            named: one.site.id.clone(),
            errand: *lock(&one.errand),
            error: match &*lock(&one.full) {
                Full::Is(message) | Full::Was(message) => Some(message.what()),
                Full::No => lock(&one.error).clone(),
            },
        };
        self.all.iter().map(status).collect()
    }

    pub(super) fn is_insecure(&self) -> bool {
        self.all.iter().any(|one| one.site.insecure_tls)
    }

    /// Ids of the file.
    pub(super) fn names(&self) -> Vec<String> {
        self.all.iter().map(|one| one.site.id.clone()).collect()
    }

    /// What the server said of an integration last.
    pub(super) fn reply_of(&self, named: &str) -> Option<FeedReply> {
        self.all.iter().find(|one| one.site.id == named).and_then(|one| lock(&one.reply).clone())
    }

    /// Takes over what the server says; gives what is new of it in sentences, each with whether it is a refusal.
    pub(super) fn heard(&self, reply: BeatReply) -> Vec<(bool, String)> {
        let mut told = vec![];
        for said in reply.feeds {
            let Some(one) = self.all.iter().find(|one| one.site.id == said.named) else { continue };
            let mut known = lock(&one.reply);
            if known.as_ref() == Some(&said) {
                continue;
            }
            let what = match &said.refused {
                Some(refused) => refused.clone().message().to_string(),
                None if said.has_turn => "This satellite reads it.".to_owned(),
                None => "Another satellite reads it; this one stands by.".to_owned(),
            };
            let sentence = format!("{}: {what}", weir_model::clean(&said.named, 64));
            told.push((said.refused.is_some(), sentence));
            *known = Some(said);
        }
        told
    }

    /// The server could not be asked: nobody knows whose turn it is.
    pub(super) fn unheard(&self) {
        for one in &self.all {
            if let Some(reply) = lock(&one.reply).as_mut() {
                reply.has_turn = false;
            }
        }
    }

    /// Whether there may be an errand.
    pub(super) fn has_turn(&self) -> bool {
        self.all.iter().any(|one| lock(&one.reply).as_ref().is_some_and(|reply| reply.has_turn))
    }

    /// Notes what an integration is at.
    pub(super) fn is_at(&self, integration: &IntegrationId, errand: Option<i64>) {
        if let Some(one) = self.of(integration) {
            *lock(&one.errand) = errand;
        }
    }

    /// Notes what went wrong with an integration, or that nothing did.
    pub(super) fn went(&self, integration: &IntegrationId, fault: Option<&Message>) {
        if let Some(one) = self.of(integration) {
            *lock(&one.error) = fault.map(Message::what);
        }
    }

    /// Notes that the spool of an integration is full, or that there is room again; `true` where the server knows nothing of it.
    pub(super) fn is_full(&self, integration: &IntegrationId, why: Option<Message>) -> bool {
        let Some(one) = self.of(integration) else { return why.is_some() };
        let mut full = lock(&one.full);
        let is_news = *full == Full::No;
        *full = match (why, std::mem::take(&mut *full)) {
            (Some(message), _) => Full::Is(message),
            (None, Full::Is(message)) => Full::Was(message),
            (None, other) => other,
        };
        is_news
    }

    /// The server has heard how everything stands.
    pub(super) fn told_of_full(&self) {
        for one in &self.all {
            let mut full = lock(&one.full);
            if matches!(*full, Full::Was(_)) {
                *full = Full::No;
            }
        }
    }

    fn of(&self, integration: &IntegrationId) -> Option<&One> {
        let is_it = |one: &&One| {
            lock(&one.reply).as_ref().is_some_and(|reply| reply.integration.as_ref() == Some(integration))
        };
        self.all.iter().find(is_it)
    }

    fn named(&self, integration: &Integration) -> Result<&One, Message> {
        let missing = || FeedFault::NotHere { name: integration.name.clone() }.into();
        self.of(&integration.id).ok_or_else(missing)
    }

    fn transport(&self, one: &One) -> Transport {
        Transport {
            ca_pem: one.site.ca_pem.clone(),
            insecure_tls: one.site.insecure_tls,
            proxy: self.proxy.clone(),
            guarded: false,
        }
    }

    /// Opens the source of an integration as the server wants it read, with the credential of the file.
    pub(super) async fn open(&self, integration: &Integration) -> Result<Arc<dyn Source>, SourceError> {
        let one = self.named(integration)?;
        let account = self.account(one).await?;
        let settings = self.settings(one, &integration.settings, &account);
        let since = integration.read_since();
        Ok(Arc::new(jira::open(&settings, since, account.secret.clone(), &self.environment)?))
    }

    /// What the settings at the server and those of the file make together.
    fn settings(&self, one: &One, there: &IntegrationSettings, account: &Introduced) -> IntegrationSettings {
        let mut settings = there.clone();
        settings.deployment = account.deployment;
        settings.site_url = account.site_url.clone();
        settings.auth = account.auth.clone();
        settings.account_id = account.account_id.clone();
        settings.transport = self.transport(one);
        // What either of both leaves out is never asked for.
        settings.exclusions = Exclusions {
            fields: there.exclusions.fields.union(&one.site.exclusions.fields).cloned().collect(),
            user_details: there.exclusions.user_details || one.site.exclusions.user_details,
        };
        settings
    }

    /// The account of an integration; signs in where that was not done yet.
    async fn account(&self, one: &One) -> Result<Introduced, SourceError> {
        let mut account = one.account.lock().await;
        match account.as_ref() {
            Some(Ok(known)) => return Ok(known.clone()),
            Some(Err(refused)) => return Err(SourceError::new(refused.clone())),
            None => {}
        }
        let login = one.site.login.clone();
        let transport = self.transport(one);
        let address = one.site.url.as_str().to_owned();
        let signed_in =
            jira::introduce(&address, |there| credential(&login, there), &transport, &self.environment).await;
        match signed_in {
            Ok(known) => {
                *account = Some(Ok(known.clone()));
                Ok(known)
            }
            Err(error) => {
                let is_password = matches!(one.site.login, Login::Password { .. } | Login::Adfs(_));
                let is_refused = matches!(
                    *error.message,
                    Message::AuthPasswordRefused { .. }
                        | Message::AuthRevoked {}
                        | Message::AuthCaptcha { .. }
                );
                if is_password && is_refused {
                    *account = Some(Err((*error.message).clone()));
                }
                Err(error)
            }
        }
    }

    /// What reaches the site of an integration, for its checks.
    pub(super) fn target(&self, integration: &Integration) -> Result<Target, Message> {
        let one = self.named(integration)?;
        let there = &integration.settings;
        let exclusions = Exclusions {
            fields: there.exclusions.fields.union(&one.site.exclusions.fields).cloned().collect(),
            user_details: there.exclusions.user_details || one.site.exclusions.user_details,
        };
        Ok(Target {
            address: one.site.url.as_str().to_owned(),
            credential: credential(&one.site.login, there.deployment),
            scope: there.scope.clone(),
            exclusions,
            transport: self.transport(one),
        })
    }

    /// A credential that was refused while something was read is proved anew, and a password not sent again.
    pub(super) async fn doubt(&self, integration: &IntegrationId, why: &Message) {
        let Some(one) = self.of(integration) else { return };
        let mut account = one.account.lock().await;
        match &one.site.login {
            Login::Token(_) if matches!(why, Message::AuthRevoked {}) => *account = None,
            Login::Password { .. } | Login::Adfs(_) if is_of_a_password(why) => {
                *account = Some(Err(why.clone()))
            }
            _ if matches!(why, Message::AuthOtherAccount { .. }) => *account = None,
            _ => {}
        }
    }
}

/// Whether a password was refused: a few times more, and the account is locked, or asked for a CAPTCHA.
fn is_of_a_password(why: &Message) -> bool {
    match why {
        Message::AuthPasswordRefused { .. } | Message::AuthRevoked {} | Message::AuthCaptcha { .. } => true,
        Message::AdfsFault(fault) => fault.is_of_the_password(),
        _ => false,
    }
}

/// The credential of the file for what stands there.
fn credential(login: &Login, deployment: Deployment) -> Credential {
    match (login, deployment) {
        (Login::Token(token), Deployment::Cloud) => {
            Credential::ApiToken { email: None, token: token.clone() }
        }
        (Login::Token(token), Deployment::DataCenter) => Credential::PersonalToken(token.clone()),
        (Login::Password { user, password }, Deployment::Cloud) => {
            Credential::ApiToken { email: Some(user.clone()), token: password.clone() }
        }
        (Login::Password { user, password }, Deployment::DataCenter) => {
            Credential::Password { user: user.clone(), password: password.clone() }
        }
        (Login::Adfs(adfs), _) => Credential::Adfs(AdfsCredential {
            url: adfs.url.as_str().to_owned(),
            client_id: adfs.client_id.clone(),
            resource: adfs.resource.clone(),
            user: adfs.user.clone(),
            password: adfs.password.clone(),
        }),
    }
}
