//! What to sign in with, as a caller of the API sends it: one of five kinds, and nothing of another.

use crate::{
    app::App,
    auth::principal::Caller,
    http::Problem,
    life::{Fresh, consent},
};
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
use weir_ingest::{
    Accepted,
    connect::{AdfsCredential, Credential},
    day_of_end,
};
use weir_model::Message;

/// Members of the five kinds; those that a kind cannot do without come last.
const KINDS: [&[&str]; 5] = [
    &["email", "token"],
    &["personal_access_token"],
    &["username", "password"],
    &["adfs_url", "adfs_client_id", "adfs_resource", "adfs_username", "adfs_password"],
    &["consent"],
];

/// Those of them that are secret.
const SECRET: [&str; 4] = ["token", "personal_access_token", "password", "adfs_password"];

/// The member that may be left out.
const OPTIONAL: &str = "email";

/// What to sign in with: an e-mail and an API token, or a consent, for Jira Cloud; a personal access token, or a user name and a password,
/// for Jira Data Center, or the same at ADFS. It is sealed, and never shown again.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CredentialWish {
    email: Option<String>,
    token: Option<String>,
    personal_access_token: Option<String>,
    username: Option<String>,
    password: Option<String>,
    adfs_url: Option<String>,
    adfs_client_id: Option<String>,
    adfs_resource: Option<String>,
    adfs_username: Option<String>,
    adfs_password: Option<String>,
    consent: Option<String>,
}

/// A credential, or what names one.
#[derive(Debug)]
enum Named {
    Credential(Credential),
    /// The id of a consent, and where it stands in the body.
    Consent(String, String),
}

impl Named {
    async fn found(self, app: &App, caller: &Caller, address: &str) -> Result<Credential, Problem> {
        match self {
            Self::Credential(credential) => Ok(credential),
            Self::Consent(id, place) => {
                consent::credential(app, caller, &id, address).await.map_err(|problem| problem.at(place))
            }
        }
    }
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
    adfs_url: Option<String>,
    adfs_client_id: Option<String>,
    adfs_resource: Option<String>,
    adfs_username: Option<String>,
    adfs_password: Option<String>,
    consent: Option<String>,
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
    pub(crate) async fn fresh(self, app: &App, caller: &Caller, address: &str) -> Result<Fresh, Problem> {
        let now = app.now();
        let accepted = if self.accept_other_account { Accepted::AnyAccount } else { Accepted::SameAccount };
        let expires_on = match self.expires_on {
            // It has not the form of a day.
            Some(text) if text.parse::<jiff::civil::Date>().is_err() => {
                return Err(Problem::bad("expires_on is a day such as 2027-01-31").at("/expires_on"));
            }
            Some(text) => day_of_end("expires_on", &text, now)?,
            None => None,
        };
        let wish = CredentialWish {
            email: self.email,
            token: self.token,
            personal_access_token: self.personal_access_token,
            username: self.username,
            password: self.password,
            adfs_url: self.adfs_url,
            adfs_client_id: self.adfs_client_id,
            adfs_resource: self.adfs_resource,
            adfs_username: self.adfs_username,
            adfs_password: self.adfs_password,
            consent: self.consent,
        };
        Ok(Fresh { credential: wish.within("")?.found(app, caller, address).await?, accepted, expires_on })
    }
}

impl CredentialWish {
    /// What was given as the member `credential`, where it is one thing.
    ///
    /// # Errors
    /// `auth.missing`, `auth.several`.
    pub(crate) async fn credential(
        self,
        app: &App,
        caller: &Caller,
        address: &str,
    ) -> Result<Credential, Problem> {
        self.within("/credential")?.found(app, caller, address).await
    }

    /// The same for what stands at a place of the body.
    fn within(self, place: &str) -> Result<Named, Problem> {
        let given = |member: &&str| match *member {
            "email" => self.email.is_some(),
            "token" => self.token.is_some(),
            "personal_access_token" => self.personal_access_token.is_some(),
            "username" => self.username.is_some(),
            "password" => self.password.is_some(),
            "adfs_url" => self.adfs_url.is_some(),
            "adfs_client_id" => self.adfs_client_id.is_some(),
            "adfs_resource" => self.adfs_resource.is_some(),
            "adfs_username" => self.adfs_username.is_some(),
            "consent" => self.consent.is_some(),
            _ => self.adfs_password.is_some(),
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
        if self.consent.is_some() {
            let id = filled("consent", self.consent)?;
            return Ok(Named::Consent(id, format!("{place}/consent")));
        }
        let credential = if self.personal_access_token.is_some() {
            secret("personal_access_token", self.personal_access_token).map(Credential::PersonalToken)
        } else if self.username.is_some() || self.password.is_some() {
            let user = filled("username", self.username)?;
            Ok(Credential::Password { user, password: secret("password", self.password)? })
        } else if KINDS[3].iter().any(given) {
            Ok(Credential::Adfs(AdfsCredential {
                url: filled("adfs_url", self.adfs_url)?,
                client_id: filled("adfs_client_id", self.adfs_client_id)?,
                resource: filled("adfs_resource", self.adfs_resource)?,
                user: filled("adfs_username", self.adfs_username)?,
                password: secret("adfs_password", self.adfs_password)?,
            }))
        } else {
            let email = self.email.filter(|text| !text.trim().is_empty());
            Ok(Credential::ApiToken { email, token: secret("token", self.token)? })
        };
        credential.map(Named::Credential)
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
    let about = match member {
        "token" => Some("With or without scopes; `EMAIL:TOKEN` is split."),
        "adfs_url" => Some("The address of ADFS, whose tokens the site takes."),
        "adfs_client_id" => Some("The client identifier of a native application in ADFS."),
        "adfs_resource" => Some("The identifier of the site in ADFS."),
        "consent" => Some("The id of a consent that was given, for Jira Cloud."),
        "adfs_username" => Some("As `DOMAIN\\user` or `user@domain`."),
        _ => None,
    };
    let builder =
        builder.schema_type(Type::String).min_length(Some(1)).pattern(Some(r"\S")).description(about);
    if SECRET.contains(&member) { builder.write_only(true).build() } else { builder.build() }
}

impl PartialSchema for CredentialWish {
    fn schema() -> RefOr<Schema> {
        let about = "What to sign in with: an e-mail and an API token, or a consent, for Jira Cloud; a personal access token, or a user name \
            and a password, for Jira Data Center, or a user name and a password at ADFS whose tokens it takes. It is sealed, \
            and never shown again.";
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
        let named = wish.within("/credential").map(|named| match named {
            Named::Credential(credential) => credential,
            Named::Consent(id, _) => panic!("{id} is for the store"),
        });
        named.map_err(|problem| serde_json::to_value(problem.document("/", "")).unwrap())
    }

    #[test]
    fn one_kind_is_taken_and_nothing_of_another() {
        assert!(read(json!({ "email": "a@b.example", "token": "t", "password": null })).is_ok());
        assert!(read(json!({ "token": "t" })).is_ok());
        assert!(read(json!({ "personal_access_token": "t" })).is_ok());
        assert!(read(json!({ "username": "u", "password": " p" })).is_ok());
        let adfs = json!({
            "adfs_url": "https://adfs.acme.example", "adfs_client_id": "c", "adfs_resource": "r",
            "adfs_username": "u", "adfs_password": " p",
        });
        assert!(matches!(read(adfs.clone()), Ok(Credential::Adfs(one)) if one.resource == "r"));
        let but = |member: &str, value: Value| {
            let mut other = adfs.clone();
            other[member] = value;
            other
        };
        for (body, code, pointers) in [
            (json!({}), "auth.missing", vec!["/credential"]),
            (json!({ "email": "a@b.example" }), "auth.missing", vec!["/credential/token"]),
            (json!({ "token": " " }), "auth.missing", vec!["/credential/token"]),
            (json!({ "username": "u" }), "auth.missing", vec!["/credential/password"]),
            (json!({ "password": "p" }), "auth.missing", vec!["/credential/username"]),
            (but("adfs_resource", json!(null)), "auth.missing", vec!["/credential/adfs_resource"]),
            (but("adfs_password", json!("")), "auth.missing", vec!["/credential/adfs_password"]),
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
