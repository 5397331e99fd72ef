//! Forms whose fields may come several times, and how their errors are shown.

use crate::http::{Problem, extract::Form};
use axum::{
    extract::{FromRequest, Request},
    response::Response,
};
use weir_model::{Message, Surface};

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

/// An error above a form: what happened, why, what to do; and the field that it is about, where that is one.
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) fix: String,
    pub(super) code: &'static str,
    field: Option<String>,
}

impl From<&Message> for Trouble {
    fn from(message: &Message) -> Self {
        use super::format::inert;
        let (what, fix) = match message {
            // The document of the API helps nobody in a browser.
            Message::RequestBad { .. } => {
                ("Something here does not fit.".to_owned(), "Correct it and send it again".to_owned())
            }
            other => (other.what(), other.fix(Surface::Page)),
        };
        Self {
            what: inert(&what),
            why: inert(&message.why()),
            fix: inert(&fix),
            code: message.id(),
            field: None,
        }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let field = problem.field().map(|field| match field.as_str() {
            // What a form calls it.
            "url" => "address".to_owned(),
            "exclude" => "others".to_owned(),
            _ => field,
        });
        Self { field, ..Self::from(&*problem.message) }
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
        self.as_ref().is_some_and(|trouble| trouble.field.as_deref() == Some(field))
    }

    fn said(&self, field: &str) -> String {
        match self {
            Some(trouble) if self.is_at(field) => match trouble.code {
                "request.bad" | "input.bad" => trouble.why.clone(),
                _ => format!("{} {}", trouble.what, trouble.why),
            },
            _ => String::new(),
        }
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
