//! Forms whose fields may come several times, and how their errors are shown.

pub(super) use crate::http::Faults;
use crate::{
    auth::password::check_strength,
    http::{Problem, extract::Form},
};
use axum::{
    extract::{FromRequest, Request},
    response::Response,
};
use weir_model::{Message, NotificationFault, NudgeFault, Surface};

/// What a browser sent of a form.
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Form::<Vec<(String, String)>>::from_request(request, state).await.map(|Form(fields)| Self(fields))
    }
}

impl Fields {
    /// Refuses fields that the form does not have. The guard has looked at the token already.
    ///
    /// # Errors
    /// `request.bad`.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| name != "form_token" && !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                Err(Problem::bad(format!("The form has no field \"{}\"", weir_model::clean(name, 50))))
            }
        }
    }

    /// The text of a field without blanks around it; empty where it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The text of a field as it was sent.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The word of a field that offers these; empty where it was not sent.
    ///
    /// # Errors
    /// `request.bad` for another one.
    pub(super) fn word(&self, name: &str, offered: &[&str]) -> Result<&str, Problem> {
        let word = self.text(name);
        match word.is_empty() || offered.contains(&word) {
            true => Ok(word),
            false => Err(not_offered(name, word)),
        }
    }

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What is said of a value that a field does not offer.
pub(super) fn not_offered(name: &str, word: &str) -> Problem {
    let detail = format!("\"{}\" is nothing that can be chosen here", weir_model::clean(word, 50));
    Problem::bad(detail).at(format!("/{name}"))
}

/// A password that somebody chooses, typed twice: all that is wrong with it, by the fields of the form.
pub(super) fn check_chosen(faults: &mut Faults, password: &str, repeated: &str, login: &str) {
    let is_strong = check_strength(password, login);
    faults.take(is_strong.map_err(|message| Problem::from(message).at("/password")));
    if password != repeated {
        faults.extend([Problem::from(Message::PasswordDiffers {}).at("/repeated")]);
    }
}

/// A sentence that begins with a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a form calls a field, where a sentence has the name that a parser knows it by.
fn label(field: &str) -> String {
    let known = match field {
        "expires_on" => "Ends on",
        "url" => "Address",
        "jql" => "JQL",
        "timezone" | "zone" => "Time zone",
        "interval" | "interval_minutes" => "Update every",
        "cron" => "Or by a pattern",
        "census" | "census_minutes" => "Compare every id with the site every",
        "reread" | "reread_minutes" => "Each run looks back",
        "history" | "history_months" => "How far back",
        "ca_pem" => "Certificates (PEM)",
        other => other,
    };
    capital(&known.replace('_', " "))
}

/// An error above a form: what happened, why, what to do; and what is said by the fields that it is about.
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) fix: String,
    pub(super) code: &'static str,
    /// Each with its sentence.
    fields: Vec<(String, String)>,
}

impl From<&Message> for Trouble {
    fn from(message: &Message) -> Self {
        use super::format::inert;
        let again = || "Correct it and send it again".to_owned();
        let (what, fix) = match message {
            // The document of the API helps nobody in a browser.
            Message::RequestBad { .. } => ("Something here does not fit.".to_owned(), again()),
            // What a program calls the member is no name of a field.
            Message::NotificationFault(NotificationFault::Bad { .. })
            | Message::NudgeFault(NudgeFault::Bad { .. }) => (message.what(), again()),
            Message::InputBad { flag, .. } => {
                (format!("What is given for “{}” does not fit.", label(flag)), message.fix(Surface::Page))
            }
            other => (other.what(), other.fix(Surface::Page)),
        };
        let why = match message {
            Message::InputBad { .. } => capital(&message.why()),
            other => other.why(),
        };
        Self { what: inert(&what), why: inert(&why), fix: inert(&fix), code: message.id(), fields: vec![] }
    }
}

impl Trouble {
    /// The sentence by a field.
    fn sentence(&self) -> String {
        match self.code {
            "request.bad" | "input.bad" | "notification.bad" | "nudge.bad" => self.why.clone(),
            _ => format!("{} {}", self.what, self.why),
        }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let mut all = problem.each().map(|one| {
            let field = one.field().map(|field| match field.as_str() {
                // What a form calls it.
                "url" => "address".to_owned(),
                "exclude" => "others".to_owned(),
                _ => field,
            });
            (field, Self::from(&*one.message))
        });
        let Some((field, first)) = all.next() else { return Self::from(&*problem.message) };
        let others: Vec<_> = all.collect();
        let mut fields: Vec<(String, String)> =
            field.map(|field| (field, first.sentence())).into_iter().collect();
        if others.is_empty() {
            return Self { fields, ..first };
        }
        let mut sentences = vec![first.sentence()];
        for (field, other) in others {
            sentences.push(other.sentence());
            fields.extend(field.map(|field| (field, other.sentence())));
        }
        Self {
            what: format!("{} things here do not fit.", sentences.len()),
            why: sentences.join(" "),
            fix: "Correct them and send it again".to_owned(),
            code: first.code,
            fields,
        }
    }
}

/// What is said by a field of a form.
pub(super) trait Said {
    /// Whether this field is what the trouble is about.
    fn is_at(&self, field: &str) -> bool;

    /// The sentence by this field; empty where nothing is wrong with it.
    fn said(&self, field: &str) -> String;
}

impl Said for Option<Trouble> {
    fn is_at(&self, field: &str) -> bool {
        self.as_ref().is_some_and(|trouble| trouble.fields.iter().any(|(at, _)| at == field))
    }

    fn said(&self, field: &str) -> String {
        let fields = self.iter().flat_map(|trouble| &trouble.fields);
        let of_it: Vec<&str> =
            fields.filter(|(at, _)| at == field).map(|(_, sentence)| sentence.as_str()).collect();
        of_it.join(" ")
    }
}

/// A page that shows a problem in its own way, with the status of the problem. What is our fault gets a page of its own.
pub(super) fn stamped(
    problem: Problem,
    page: impl FnOnce(Trouble) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    if problem.status.is_server_error() && problem.message.id() == "server.bug" {
        return Err(problem);
    }
    let mut response = page(Trouble::from(&problem))?;
    problem.stamp(&mut response);
    Ok(response)
}
