//! What is entered in a step becomes part of the set-up.

use super::{
    super::forms::{Fields, not_offered},
    document::{Choice, Document, Method},
};
use crate::http::Problem;
use weir_http::Secret;
use weir_ingest::connect::adfs_address;
use weir_model::Deployment;

/// The address, a name after it where none was given, and what else is said of it.
pub(super) fn address(document: &mut Document, fields: &Fields) -> Result<(), Problem> {
    fields.only(&[
        "step",
        "draft",
        "address",
        "name",
        "description",
        "tags",
        "ca_pem",
        "behind",
        "beside",
    ])?;
    let (address, ca_pem) = (fields.text("address"), fields.raw("ca_pem").trim());
    if address != document.address || ca_pem != document.ca_pem {
        document.unprove();
        document.site_url = String::new();
        document.deployment = None;
    }
    document.address = address.to_owned();
    document.ca_pem = ca_pem.to_owned();
    document.description = fields.raw("description").trim().replace("\r\n", "\n");
    document.tags = fields.text("tags").to_owned();
    document.name = match fields.text("name") {
        "" => named_after(address),
        name => name.to_owned(),
    };
    Ok(())
}

/// `Acme Jira` of `https://acme.atlassian.net`.
fn named_after(address: &str) -> String {
    let host = address.split("://").last().unwrap_or_default();
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    let mut parts = host.split('.');
    let first = parts.next().unwrap_or_default();
    // The name of a machine says less than that of its house, and a number nothing.
    let word = match (first, parts.next()) {
        ("jira" | "www" | "issues", Some(house)) => house,
        (first, _) => first,
    };
    let mut letters = word.chars();
    match letters.next() {
        Some(initial) if initial.is_alphabetic() => {
            format!("{}{} Jira", initial.to_uppercase(), letters.as_str())
        }
        _ => "Jira".to_owned(),
    }
}

/// The account; gives the credential where one was typed. An empty field keeps the one that is stored.
pub(super) fn sign_in(document: &mut Document, fields: &Fields) -> Result<Option<Secret>, Problem> {
    let adfs = ["adfs_url", "adfs_client_id", "adfs_resource"];
    fields.only(&[&["step", "draft", "method", "account", "secret"][..], &adfs].concat())?;
    let word = fields.text("method");
    let method = Method::of(word, document.deployment.unwrap_or(Deployment::Cloud));
    let method = method.ok_or_else(|| not_offered("method", word))?;
    let secret = match method {
        // A password may begin or end with a blank.
        Method::Password | Method::Adfs => fields.raw("secret"),
        Method::ApiToken | Method::PersonalToken | Method::OAuth => fields.text("secret"),
        Method::Satellite => "",
    };
    let (email, secret) = match method {
        Method::ApiToken => split(secret),
        Method::PersonalToken | Method::Password | Method::Adfs | Method::OAuth | Method::Satellite => {
            (None, secret)
        }
    };
    let secret = (!secret.is_empty()).then(|| Secret::from(secret.to_owned()));
    document.unprove();
    let adfs_url = fields.text("adfs_url");
    let is_other_adfs = method == Method::Adfs && !is_same_adfs(&document.adfs_url, adfs_url);
    if (method != document.method || is_other_adfs) && secret.is_none() {
        // What is stored is something else, or belongs elsewhere: a password that was typed for one ADFS is sent to no other one.
        document.hint = None;
    }
    document.method = method;
    if method == Method::Adfs {
        document.adfs_url = adfs_url.to_owned();
        document.adfs_client_id = fields.text("adfs_client_id").to_owned();
        document.adfs_resource = fields.text("adfs_resource").to_owned();
    }
    document.account = match fields.text("account") {
        "" => email.unwrap_or_default().to_owned(),
        account => account.to_owned(),
    };
    if let Some(secret) = &secret {
        document.hint = Some(match method {
            Method::Password | Method::Adfs => "saved".to_owned(),
            Method::ApiToken | Method::PersonalToken | Method::OAuth | Method::Satellite => ending(secret),
        });
    }
    Ok(secret)
}

/// Whether two texts are addresses of one ADFS.
fn is_same_adfs(one: &str, other: &str) -> bool {
    one == other || matches!((adfs_address(one), adfs_address(other)), (Ok(one), Ok(other)) if one == other)
}

/// The e-mail and the token of what was pasted as `EMAIL:TOKEN`; otherwise the text is the token.
pub(in crate::pages) fn split(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((email, token)) if email.contains('@') && !token.is_empty() => {
            (Some(email.trim()), token.trim())
        }
        _ => (None, text),
    }
}

/// What tells a token from others.
fn ending(secret: &Secret) -> String {
    weir_ingest::ending(secret).map_or_else(|| "saved".to_owned(), |end| format!("ends in {end}"))
}

/// The scope. Projects that are not shown stay as they were chosen.
pub(super) fn scope(document: &mut Document, fields: &Fields) -> Result<(), Problem> {
    fields.only(&["step", "draft", "choice", "project", "shown", "q", "jql", "do"])?;
    let word = fields.word("do", &["search", "all", "none", "check", "next"])?;
    let chosen = fields.text("choice");
    let before = (document.choice, document.projects.clone(), document.jql.clone());
    document.choice = match word {
        "all" | "none" => Choice::Projects,
        _ => Choice::of(chosen).ok_or_else(|| match chosen {
            "" => Problem::bad("Choose everything, some projects, or a query").at("/choice"),
            other => not_offered("choice", other),
        })?,
    };
    document.jql = fields.raw("jql").trim().replace("\r\n", "\n");
    let shown: Vec<&str> = fields.all("shown").collect();
    let mut chosen: Vec<String> =
        document.projects.iter().filter(|key| !shown.contains(&key.as_str())).cloned().collect();
    let checked: Vec<&str> = fields.all("project").collect();
    let all = word == "all";
    chosen.extend(shown.iter().filter(|key| all || checked.contains(key)).map(|key| (*key).to_owned()));
    chosen.sort();
    chosen.dedup();
    document.projects = if word == "none" { vec![] } else { chosen };
    // Who ticks a project or writes a query, and leaves the choice above as it was, means it.
    let is_other = (document.projects != before.1, document.jql != before.2);
    if document.choice == before.0 {
        document.choice = match is_other {
            (true, false) if !document.projects.is_empty() => Choice::Projects,
            (false, true) if !document.jql.is_empty() => Choice::Jql,
            _ => document.choice,
        };
    }
    Ok(())
}

/// When and how.
pub(super) fn advanced(document: &mut Document, fields: &Fields) -> Result<(), Problem> {
    let known = ["step", "draft", "do", "timezone", "exclude", "others", "interval", "cron", "census"];
    fields.only(&[&known[..], &["history", "speed"]].concat())?;
    document.timezone = fields.text("timezone").to_owned();
    document.interval = fields.text("interval").to_owned();
    document.cron = fields.text("cron").to_owned();
    document.census = fields.text("census").to_owned();
    document.history = fields.text("history").to_owned();
    document.speed = fields.text("speed").to_owned();
    document.exclude = excluded(fields);
    Ok(())
}

/// The fields that are left out: those of the list, and others by id.
pub(in crate::pages) fn excluded(fields: &Fields) -> Vec<String> {
    let others = fields.text("others").split([',', ' ', '\n']).map(str::trim);
    let mut ids: Vec<String> = vec![];
    for id in fields.all("exclude").chain(others).filter(|id| !id.is_empty()) {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_from_the_address() {
        for (address, name) in [
            ("https://acme.atlassian.net/browse/ENG-1", "Acme Jira"),
            ("acme", "Acme Jira"),
            ("jira.initech.example:8443/jira", "Initech Jira"),
            ("http://127.0.0.1:8080", "Jira"),
            ("", "Jira"),
        ] {
            assert_eq!(named_after(address), name, "{address}");
        }
    }

    #[test]
    fn what_is_pasted_as_email_and_token_is_told_apart() {
        assert_eq!(split("me@acme.example:ATATT3x:y"), (Some("me@acme.example"), "ATATT3x:y"));
        for whole in ["ATATT3x:y", "ATATT3x", "", "me@acme.example:"] {
            assert_eq!(split(whole), (None, whole));
        }
    }

    #[test]
    fn a_short_credential_shows_nothing_of_itself() {
        assert_eq!(ending(&Secret::from("short".to_owned())), "saved");
        assert_eq!(ending(&Secret::from("sim-unscoped-reader".to_owned())), "saved");
        assert_eq!(ending(&Secret::from("sim-unscoped-partial".to_owned())), "ends in tial");
    }
}
