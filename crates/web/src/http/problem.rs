//! Errors, as RFC 9457 has them for programs and as a page for people. A handler gives a [`Problem`]; only `answer` writes it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{AccessFault, AdfsFault, ExitCode, Message, NotificationFault, NudgeFault, Surface};
use weir_store::StoreError;

/// A sentence of the catalogue and the status that goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: Box<Message>,
    allow: Option<Box<str>>,
    /// The members of the body that it is about, as pointers (RFC 6901).
    pointers: Vec<String>,
    /// Whether the request does not have the form that the document of the API asks for.
    is_malformed: bool,
    /// The next thing that does not fit of the same request.
    next: Option<Box<Problem>>,
}

impl Problem {
    /// Something that should not be possible.
    pub(crate) fn bug(detail: &str) -> Self {
        Message::Bug { detail: detail.to_owned() }.into()
    }

    /// A request that does not fit, with what is wrong about it: a sentence without its full stop.
    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Message::RequestBad { detail: detail.into() }.into()
    }

    /// A request that does not have the form that the document of the API asks for, where the catalogue has words for that.
    pub(crate) fn malformed(message: Message) -> Self {
        Self { is_malformed: true, ..Self::from(message) }
    }

    /// With another status than the sentence has by itself.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// What a site that we asked said, or did not say: it is the site that failed, and not this server.
    pub(crate) fn of_a_site(message: Message) -> Self {
        let problem = Self::from(message);
        if problem.status.is_server_error() { problem.with_status(StatusCode::CONFLICT) } else { problem }
    }

    /// The status that a program gets. What does not have the form that the document of the API asks for is a bad request;
    /// what has it, and cannot be done as things are, is in conflict with them.
    pub(crate) fn status_for_programs(&self) -> StatusCode {
        let is_malformed = self.is_malformed
            || matches!(
                *self.message,
                Message::RequestBad { .. } | Message::LoginBad {} | Message::NameBad { .. }
            );
        match self.status {
            StatusCode::BAD_REQUEST if !is_malformed => StatusCode::CONFLICT,
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::CONFLICT,
            other => other,
        }
    }

    /// Everything that does not fit of one request; nothing of nothing.
    pub(crate) fn of_all(all: Vec<Self>) -> Option<Self> {
        all.into_iter().rev().fold(None, |next, one| Some(Self { next: next.map(Box::new), ..one }))
    }

    /// It, and what else does not fit of the same request.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |one| one.next.as_deref())
    }

    /// With the methods that the address takes.
    pub(crate) fn allowing(self, methods: String) -> Self {
        Self { allow: Some(methods.into()), ..self }
    }

    /// About this member of the body, or this field of a form.
    pub(crate) fn at(self, pointer: impl Into<String>) -> Self {
        self.at_each([pointer])
    }

    /// About each of these members of the body.
    pub(crate) fn at_each(self, pointers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { pointers: pointers.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same where a credential stands at a place of its own in the body.
    pub(crate) fn with_credential_at(self, place: &str) -> Self {
        match &*self.message {
            Message::AdfsFault(fault) if self.pointers.is_empty() => {
                let member = member_of_adfs(fault).map(|member| format!("{place}/{member}"));
                self.at_each(member)
            }
            _ => self,
        }
    }

    /// The members of the body that it is about: those that somebody named, or the one that the sentence is always about.
    fn pointers(&self) -> Vec<String> {
        match self.pointers.is_empty() {
            true => member(&self.message).map(|member| format!("/{member}")).into_iter().collect(),
            false => self.pointers.clone(),
        }
    }

    /// The one field of a form that it is about.
    pub(crate) fn field(&self) -> Option<String> {
        match self.pointers().as_slice() {
            [only] => only.split('/').nth(1).map(str::to_owned),
            _ => None,
        }
    }

    /// What is wrong with which member of the body, where it is about one.
    fn faults(&self) -> Vec<Fault> {
        let of = |one: &Self| {
            let fault = |pointer| Fault { pointer, code: one.message.id(), detail: one.message.why() };
            one.pointers().into_iter().map(fault).collect::<Vec<_>>()
        };
        self.each().flat_map(of).collect()
    }

    /// As programs get it.
    pub(crate) fn document(&self, instance: &str, request_id: &str) -> ProblemDocument {
        let status = self.status_for_programs();
        ProblemDocument {
            kind: format!("urn:weir:problem:{}", self.message.id()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.message.what(),
            cause: self.message.why(),
            fix: self.message.fix(Surface::Api),
            code: self.message.id(),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.faults(),
            retry_after_s: self.retry_after_s(),
        }
    }

    /// Gives a page that says the problem in its own way the status and when to try again.
    pub(crate) fn stamp(&self, response: &mut Response) {
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
    }

    /// After how many seconds it makes sense to try again.
    fn retry_after_s(&self) -> Option<i64> {
        match &*self.message {
            Message::SignInHeld { minutes } | Message::ChecksHeld { minutes, .. } => Some(minutes * 60),
            Message::RequestRate { seconds } => Some(*seconds),
            Message::StoreBusy { .. } | Message::RepeatBusy {} => Some(5),
            _ => None,
        }
    }
}

/// The status of a sentence. What concerns the caller of this server has the statuses of HTTP; what another system said to us
/// is no refusal of ours.
fn status(message: &Message) -> StatusCode {
    match message {
        Message::SignInNeeded {} | Message::SignInWrong {} | Message::ApiKeyRefused {} => {
            StatusCode::UNAUTHORIZED
        }
        Message::AccessFault(
            AccessFault::Refused { .. } | AccessFault::Shared { .. } | AccessFault::NotForKeys { .. },
        )
        | Message::OriginForeign {}
        | Message::FormStale {}
        | Message::ProviderRefused { .. }
        | Message::IdentityStranger { .. } => StatusCode::FORBIDDEN,
        Message::HostForeign { .. } => StatusCode::MISDIRECTED_REQUEST,
        Message::SignInHeld { .. } | Message::ChecksHeld { .. } | Message::RequestRate { .. } => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Message::MethodWrong { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Message::RequestLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Message::ChangedMeanwhile {} => StatusCode::PRECONDITION_FAILED,
        Message::CursorUnknown {} => StatusCode::NOT_FOUND,
        other => match other.exit() {
            ExitCode::Usage => StatusCode::BAD_REQUEST,
            ExitCode::NotFound => StatusCode::NOT_FOUND,
            ExitCode::Conflict | ExitCode::Negative => StatusCode::CONFLICT,
            ExitCode::Authentication | ExitCode::Permission => StatusCode::UNPROCESSABLE_ENTITY,
            ExitCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ExitCode::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            ExitCode::Done | ExitCode::Bug | ExitCode::Interrupted => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

/// The member of a body that a sentence is about, where it always is that one.
fn member(message: &Message) -> Option<&str> {
    match message {
        Message::InputBad { flag, .. } => {
            let is_member = |c: char| c.is_ascii_lowercase() || c == '_';
            Some(flag.as_str()).filter(|flag| flag.chars().all(is_member))
        }
        Message::UrlEmpty {}
        | Message::UrlMalformed { .. }
        | Message::AddressFault(_)
        | Message::UrlBlocked { .. } => Some("url"),
        Message::NameTaken { .. }
        | Message::NameBad { .. }
        | Message::NameReserved { .. }
        | Message::NameUnavailable { .. }
        | Message::WorkspaceTaken { .. }
        | Message::FileExists { .. } => Some("name"),
        Message::AccountTaken { .. } | Message::LoginBad {} => Some("login"),
        Message::WorkspaceUnknown { .. } | Message::WorkspaceWhich {} => Some("workspace"),
        Message::CaFile { .. } => Some("ca_pem"),
        Message::ZoneUnknown { .. } => Some("timezone"),
        Message::CronBad { .. } => Some("cron"),
        Message::JqlRefused { .. }
        | Message::JqlOpen { .. }
        | Message::PreflightFault(weir_model::PreflightFault::JqlField { .. }) => Some("jql"),
        Message::FieldUnknown { .. } | Message::FieldRequired { .. } => Some("exclude"),
        Message::ProjectUnknown { .. }
        | Message::PreflightFault(weir_model::PreflightFault::ProjectsUnknown { .. }) => Some("projects"),
        Message::PauseBad { .. } => Some("until"),
        Message::AdfsFault(fault) => member_of_adfs(fault),
        Message::NudgeFault(NudgeFault::Bad { member, .. })
        | Message::NotificationFault(NotificationFault::Bad { member, .. }) => Some(member.as_str()),
        Message::NudgeFault(NudgeFault::Taken { .. })
        | Message::NotificationFault(NotificationFault::Taken { .. }) => Some("name"),
        _ => None,
    }
}

/// What of a sign-in through ADFS has to be entered anew.
fn member_of_adfs(fault: &AdfsFault) -> Option<&'static str> {
    match fault {
        AdfsFault::Address { .. }
        | AdfsFault::Blocked { .. }
        | AdfsFault::NotAdfs { .. }
        | AdfsFault::Unreachable { .. } => Some("adfs_url"),
        AdfsFault::ClientUnknown { .. } | AdfsFault::ClientSecret { .. } => Some("adfs_client_id"),
        AdfsFault::ResourceUnknown { .. } => Some("adfs_resource"),
        _ => None,
    }
}

impl From<Message> for Problem {
    fn from(message: Message) -> Self {
        Self {
            status: status(&message),
            message: Box::new(message),
            allow: None,
            pointers: vec![],
            is_malformed: false,
            next: None,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        error.message().clone().into()
    }
}

impl IntoResponse for Problem {
    /// Without a body: whether a program or a person gets it is known further out.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        self.stamp(&mut response);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"weir\""));
        }
        if let Some(allow) = self.allow.as_ref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            headers.insert(header::ALLOW, allow);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Names the kind of error.
    #[serde(rename = "type")]
    kind: String,
    /// What the status says.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened.
    detail: String,
    /// Why we think so.
    cause: String,
    /// What to do.
    fix: String,
    /// Names the sentence; stays the same from version to version.
    code: &'static str,
    /// The path that was asked for.
    instance: String,
    /// Names the request; say it when you report the error.
    request_id: String,
    /// Which members of the body do not fit; nothing where it is about none of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// After how many seconds to try again, where that makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<i64>,
}

/// A member of the body that does not fit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub(crate) struct Fault {
    /// Where it is: a JSON pointer (RFC 6901).
    pointer: String,
    /// Names the sentence.
    code: &'static str,
    /// What is wrong with it.
    detail: String,
}
