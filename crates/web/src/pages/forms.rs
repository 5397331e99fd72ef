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

    /// Every value of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// An error above a form: what happened, why, what to do.
pub(super) struct Trouble {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) fix: String,
    pub(super) code: &'static str,
}

impl From<&Message> for Trouble {
    fn from(message: &Message) -> Self {
        use super::format::inert;
        Self {
            what: inert(&message.what()),
            why: inert(&message.why()),
            fix: inert(&message.fix(Surface::Page)),
            code: message.id(),
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
    let mut response = page(Trouble::from(&*problem.message))?;
    problem.stamp(&mut response);
    Ok(response)
}
