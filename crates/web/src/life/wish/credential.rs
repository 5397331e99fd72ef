//! What to sign in with, as a caller of the API sends it: one of three kinds, and nothing of another.

use crate::{http::Problem, life::Fresh};
use serde::Deserialize;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, ObjectBuilder, OneOfBuilder, RefOr,
        schema::{AdditionalProperties, KnownFormat, Schema, SchemaFormat, SchemaType, Type},
    },
};
use weir_http::Secret;
use weir_ingest::{Accepted, connect::Credential, day_of_end};
use weir_model::{Message, Millis};

/// Members of the three kinds; those that a kind cannot do without come last.
const KINDS: [&[&str]; 3] = [&["email", "token"], &["personal_access_token"], &["username", "password"]];

/// Those of them that are secret.
const SECRET: [&str; 3] = ["token", "personal_access_token", "password"];

/// The member that may be left out.
const OPTIONAL: &str = "email";

/// What to sign in with: an e-mail and an API token for Jira Cloud; a personal access token, or a user name and a password,
/// for Jira Data Center. It is sealed, and never shown again.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CredentialWish {
    email: Option<String>,
    token: Option<String>,
    personal_access_token: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

/// A fresh credential: what to sign in with, and whether it may belong to another account.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FreshCredential {
    email: Option<String>,
    token: Option<String>,
    personal_access_token: Option<String>,
    username: Option<String>,
    password: Option<String>,
    /// Take it also when it belongs to another account than before, which may see other issues.
    accept_other_account: bool,
    /// The day on which it ends.
    expires_on: Option<String>,
}

impl FreshCredential {
    /// The credential, whose it may be, and when it ends.
    ///
    /// # Errors
    /// `auth.missing`, `auth.several`, `input.bad` for a day that is over.
    pub(crate) fn fresh(self, now: Millis) -> Result<Fresh, Problem> {
        let accepted = if self.accept_other_account { Accepted::AnyAccount } else { Accepted::SameAccount };
        let Self { email, token, personal_access_token, username, password, expires_on, .. } = self;
        let expires_on = match expires_on {
            // It has not the form of a day.
            Some(text) if text.parse::<jiff::civil::Date>().is_err() => {
                return Err(Problem::bad("expires_on is a day such as 2027-01-31").at("/expires_on"));
            }
            Some(text) => day_of_end("expires_on", &text, now)?,
            None => None,
        };
        let wish = CredentialWish { email, token, personal_access_token, username, password };
        Ok(Fresh { credential: wish.within("")?, accepted, expires_on })
    }
}

impl CredentialWish {
    /// What was given as the member `credential`, where it is one thing.
    ///
    /// # Errors
    /// `auth.missing`, `auth.several`.
    pub(crate) fn credential(self) -> Result<Credential, Problem> {
        self.within("/credential")
    }

    /// The same for what stands at a place of the body.
    fn within(self, place: &str) -> Result<Credential, Problem> {
        let given = |member: &&str| match *member {
            "email" => self.email.is_some(),
            "token" => self.token.is_some(),
            "personal_access_token" => self.personal_access_token.is_some(),
            "username" => self.username.is_some(),
            _ => self.password.is_some(),
        };
        let kinds = KINDS.iter().filter(|members| members.iter().any(given));
        match kinds.count() {
            0 => {
                let missing = Problem::malformed(Message::AuthMissing {});
                return Err(if place.is_empty() { missing } else { missing.at(place) });
            }
            1 => {}
            _ => {
                let all = KINDS.iter().copied().flatten().filter(|member| given(member));
                let pointers = all.map(|member| format!("{place}/{member}"));
                return Err(Problem::malformed(Message::CredentialMixed {}).at_each(pointers));
            }
        }
        let filled = |member: &str, text: Option<String>| {
            let missing = || Problem::malformed(Message::AuthMissing {}).at(format!("{place}/{member}"));
            text.filter(|text| !text.trim().is_empty()).ok_or_else(missing)
        };
        let secret = |member: &str, text: Option<String>| filled(member, text).map(Secret::from);
        if self.personal_access_token.is_some() {
            secret("personal_access_token", self.personal_access_token).map(Credential::PersonalToken)
        } else if self.username.is_some() || self.password.is_some() {
            let user = filled("username", self.username)?;
            Ok(Credential::Password { user, password: secret("password", self.password)? })
        } else {
            let email = self.email.filter(|text| !text.trim().is_empty());
            Ok(Credential::ApiToken { email, token: secret("token", self.token)? })
        }
    }
}

/// The kinds, each with members of its own besides.
fn kinds(about: &str, besides: impl Fn(ObjectBuilder) -> ObjectBuilder) -> RefOr<Schema> {
    let one = |kind: &[&str]| -> Object {
        let mut object =
            ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
        for member in KINDS.iter().copied().flatten() {
            let is_there = kind.contains(member);
            object = object.property(*member, text(member, is_there));
            if is_there && *member != OPTIONAL {
                object = object.required(*member);
            }
        }
        besides(object).build()
    };
    let of = KINDS.iter().fold(OneOfBuilder::new(), |of, kind| of.item(one(kind)));
    of.description(Some(about)).into()
}

/// A member of a kind, or one of another kind, of which there can be nothing.
fn text(member: &str, is_there: bool) -> Object {
    let builder = ObjectBuilder::new();
    if !is_there {
        return builder.schema_type(Type::Null).build();
    }
    if member == OPTIONAL {
        return builder.schema_type(SchemaType::Array(vec![Type::String, Type::Null])).build();
    }
    let about = (member == "token").then_some("With or without scopes; `EMAIL:TOKEN` is split.");
    let builder =
        builder.schema_type(Type::String).min_length(Some(1)).pattern(Some(r"\S")).description(about);
    if SECRET.contains(&member) { builder.write_only(true).build() } else { builder.build() }
}

impl PartialSchema for CredentialWish {
    fn schema() -> RefOr<Schema> {
        let about = "What to sign in with: an e-mail and an API token for Jira Cloud; a personal access token, or a user name \
            and a password, for Jira Data Center. It is sealed, and never shown again.";
        kinds(about, |object| object)
    }
}

impl ToSchema for CredentialWish {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CredentialWish")
    }
}

impl PartialSchema for FreshCredential {
    fn schema() -> RefOr<Schema> {
        let about = "A fresh credential: what to sign in with, and whether it may belong to another account.";
        kinds(about, |object| {
            let accept = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(
                "Take it also when it belongs to another account than before, which may see other issues.",
            ));
            let day = ObjectBuilder::new()
                .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
                .description(Some("The day on which it ends, where that is known: people are reminded of it from 30 days before."));
            object.property("accept_other_account", accept).property("expires_on", day)
        })
    }
}

impl ToSchema for FreshCredential {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("FreshCredential")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(body: Value) -> Result<Credential, Value> {
        let wish: CredentialWish = serde_json::from_value(body).unwrap();
        wish.credential().map_err(|problem| serde_json::to_value(problem.document("/", "")).unwrap())
    }

    #[test]
    fn one_kind_is_taken_and_nothing_of_another() {
        assert!(read(json!({ "email": "a@b.example", "token": "t", "password": null })).is_ok());
        assert!(read(json!({ "token": "t" })).is_ok());
        assert!(read(json!({ "personal_access_token": "t" })).is_ok());
        assert!(read(json!({ "username": "u", "password": " p" })).is_ok());
        for (body, code, pointers) in [
            (json!({}), "auth.missing", vec!["/credential"]),
            (json!({ "email": "a@b.example" }), "auth.missing", vec!["/credential/token"]),
            (json!({ "token": " " }), "auth.missing", vec!["/credential/token"]),
            (json!({ "username": "u" }), "auth.missing", vec!["/credential/password"]),
            (json!({ "password": "p" }), "auth.missing", vec!["/credential/username"]),
            (
                json!({ "token": "t", "username": "u" }),
                "auth.several",
                vec!["/credential/token", "/credential/username"],
            ),
            (
                json!({ "email": "e", "personal_access_token": "t" }),
                "auth.several",
                vec!["/credential/email", "/credential/personal_access_token"],
            ),
            (
                json!({ "token": "t", "password": "" }),
                "auth.several",
                vec!["/credential/token", "/credential/password"],
            ),
        ] {
            let problem = read(body.clone()).unwrap_err();
            assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(400)), "{body}");
            let found: Vec<&str> = problem["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["pointer"].as_str().unwrap())
                .collect();
            assert_eq!(found, pointers, "{body}");
        }
    }
}
