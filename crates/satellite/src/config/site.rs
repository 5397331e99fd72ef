//! The integrations of a file. What is wrong with one leaves the others as they are.

use super::{
    fields::{Fields, Text, nearest, quoted, text_of},
    read::{Jira, Reader, Whose, list},
    tree::{Content, Node, Place},
    values::{Adfs, Login, Site},
};
use std::collections::HashMap;
use weir_model::{Exclusions, SatelliteFault};

const SITE: &[&str] = &[
    "id",
    "application",
    "url",
    "username",
    "api_key",
    "api_key_file",
    "api_key_env",
    "authentication",
    "adfs_url",
    "adfs_client_id",
    "adfs_resource",
    "adfs_username",
    "adfs_password",
    "adfs_password_file",
    "adfs_password_env",
    "metadata",
    "ca_file",
    // In a published sample; it says what is so anyway.
    "satellite",
];
const METADATA: &[&str] = &["timezone", "sensitive_fields"];

/// What files in the field read besides Jira.
const OTHERS: &[&str] = &[
    "github",
    "github_actions",
    "gitlab",
    "bitbucket_server",
    "sonarqube",
    "servicenow",
    "pagerduty",
    "harnessng",
    "helix",
    "custom",
];

/// What can be left out by a word of its own.
const WITHOUT: &[&str] = &["summary", "description", "comment", "comments", "userDetails"];

impl Reader<'_> {
    /// The sites of Jira that have no error.
    pub(super) fn sites(&mut self, root: &Fields<'_>, jira: &Jira) -> Vec<Site> {
        let before = self.findings.errors();
        let Some(node) = root.node("integrations") else {
            root.missing("integrations", "the list of what is read", &mut self.findings);
            return vec![];
        };
        let Some(nodes) = list(node) else {
            let found = match node.content {
                Content::Mapping(_) => "a block of keys",
                _ => "one value",
            };
            let fault = SatelliteFault::Kind {
                key: "integrations".to_owned(),
                wanted: "a list, each entry with a dash before it".to_owned(),
                found: found.to_owned(),
            };
            self.findings.error("integrations", node.place, fault);
            return vec![];
        };
        let mut ids = HashMap::new();
        let mut sites = Vec::new();
        for (place, node) in nodes.iter().enumerate() {
            let path = format!("integrations[{place}]");
            let before = self.findings.errors();
            let site = self.site(node, &path, jira, &mut ids);
            sites.extend(site.filter(|_| self.findings.errors() == before));
        }
        if sites.is_empty() && self.findings.errors() == before {
            self.findings.error("integrations", node.place, SatelliteFault::NothingToRead {});
        }
        sites
    }

    fn site(
        &mut self,
        node: &Node,
        path: &str,
        jira: &Jira,
        ids: &mut HashMap<String, Place>,
    ) -> Option<Site> {
        // Whose keys these are is known by this one.
        let is_ours = match peek(node, "application") {
            Some(word) => self.is_read(word, path)?,
            None => false,
        };
        let fields = Fields::of(node, path, is_ours.then_some(SITE), &mut self.findings)?;
        if !is_ours {
            fields.missing("application", "the kind of the tool, jira", &mut self.findings);
            return None;
        }
        let id = self.id(&fields, ids);
        let url = self.address(&fields, "url", "the address of the site", Whose::Tool);
        let login = self.login(&fields);
        let ca_pem = self.certificates(&fields).or_else(|| jira.ca_pem.clone());
        let metadata = fields
            .node("metadata")
            .and_then(|node| Fields::of(node, &fields.at("metadata"), Some(METADATA), &mut self.findings));
        let timezone = metadata.as_ref().and_then(|metadata| self.timezone(metadata));
        let exclusions = metadata.as_ref().map(|metadata| self.exclusions(metadata)).unwrap_or_default();
        let insecure_tls = jira.insecure_tls;
        Some(Site { id: id?, url: url?, login: login?, timezone, exclusions, ca_pem, insecure_tls })
    }

    /// Whether an application is one that is read; `None` where the integration is left out.
    fn is_read(&mut self, word: &Node, path: &str) -> Option<bool> {
        let at = format!("{path}.application");
        let Text { text, place, .. } = text_of(word, &at, "application", &mut self.findings)?;
        let application = text.to_ascii_lowercase();
        if application == "jira" {
            return Some(true);
        }
        let fault = match OTHERS.contains(&application.as_str()) {
            true => SatelliteFault::ApplicationOther { application },
            false => SatelliteFault::Application { application: quoted(text, "What stands here") },
        };
        self.findings.warning(&at, place, fault);
        None
    }

    fn id(&mut self, fields: &Fields<'_>, ids: &mut HashMap<String, Place>) -> Option<String> {
        let holds = "the id that the server gave the integration";
        let Text { text, place, .. } = fields.needed("id", holds, &mut self.findings)?;
        let at = fields.at("id");
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text.len() > 64 || !text.chars().all(is_id) {
            self.findings.error(&at, place, SatelliteFault::Id {});
            return None;
        }
        if let Some(first) = ids.insert(text.to_owned(), place) {
            self.findings.error(&at, place, SatelliteFault::IdTwice { line: first.line as u64 });
        }
        Some(text.to_owned())
    }

    fn login(&mut self, fields: &Fields<'_>) -> Option<Login> {
        let way = fields.text("authentication", &mut self.findings);
        let word = way.map(|way| way.text.to_ascii_lowercase().replace(['-', '_'], ""));
        match word.as_deref() {
            Some("adfs") => return self.adfs(fields).map(Login::Adfs),
            None | Some("apikey") => {}
            Some(_) => {
                let place = fields.place_of("authentication");
                self.findings.error(&fields.at("authentication"), place, SatelliteFault::Authentication {});
                return None;
            }
        }
        if let Some(key) = SITE.iter().find(|key| key.starts_with("adfs_") && fields.has(key)) {
            self.findings.warning(&fields.at(key), fields.place_of(key), SatelliteFault::AdfsUnasked {});
        }
        let user = self.user(fields, "username");
        let holds = "a personal access token, or the password of username";
        let secret = self.needed_secret(fields, "api_key", holds, user.is_none())?;
        Some(match user {
            Some(user) => Login::Password { user, password: secret },
            None => Login::Token(secret),
        })
    }

    fn adfs(&mut self, fields: &Fields<'_>) -> Option<Adfs> {
        let unused = ["username", "api_key", "api_key_file", "api_key_env"];
        if let Some(key) = unused.iter().find(|key| fields.has(key)) {
            self.findings.warning(&fields.at(key), fields.place_of(key), SatelliteFault::LoginUnused {});
        }
        let url = self.address(fields, "adfs_url", "the address of ADFS", Whose::Tool);
        let client = fields.needed("adfs_client_id", "the client's id at ADFS", &mut self.findings);
        let resource = fields.needed("adfs_resource", "what the token is asked for", &mut self.findings);
        if !fields.has("adfs_username") {
            fields.missing("adfs_username", "the user name of the account", &mut self.findings);
        }
        let user = self.user(fields, "adfs_username");
        let holds = "the password of adfs_username";
        let password = self.needed_secret(fields, "adfs_password", holds, false);
        Some(Adfs {
            url: url?,
            client_id: client?.text.to_owned(),
            resource: resource?.text.to_owned(),
            user: user?,
            password: password?,
        })
    }

    fn user(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        let Text { text, place, .. } = fields.text(key, &mut self.findings)?;
        if text.contains(r"\\") {
            let fault = SatelliteFault::Backslashes { key: key.to_owned() };
            self.findings.warning(&fields.at(key), place, fault);
        }
        Some(text.to_owned())
    }

    fn timezone(&mut self, metadata: &Fields<'_>) -> Option<String> {
        let Text { text, place, .. } = metadata.text("timezone", &mut self.findings)?;
        let zone = jiff::tz::TimeZone::get(text).ok();
        let zone = zone.as_ref().and_then(jiff::tz::TimeZone::iana_name).map(str::to_owned);
        if zone.is_none() {
            let fault = SatelliteFault::Zone { zone: quoted(text, "What stands here") };
            self.findings.error(&metadata.at("timezone"), place, fault);
        }
        zone
    }

    /// Fields that are never asked for: a list, or one text with commas.
    fn exclusions(&mut self, metadata: &Fields<'_>) -> Exclusions {
        let key = "sensitive_fields";
        let (at, mut words) = (metadata.at(key), Vec::new());
        let Some(node) = metadata.node(key) else { return Exclusions::default() };
        let nodes: Vec<(String, &Node)> = match list(node) {
            Some(nodes) => {
                nodes.iter().enumerate().map(|(place, node)| (format!("{at}[{place}]"), node)).collect()
            }
            None => vec![(at, node)],
        };
        for (at, node) in nodes {
            let Some(Text { text, place, .. }) = text_of(node, &at, key, &mut self.findings) else {
                continue;
            };
            for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                words.extend(self.field(word, &at, place));
            }
        }
        Exclusions::parse(words.iter().map(String::as_str))
    }

    /// A field as it is called everywhere else.
    fn field(&mut self, word: &str, at: &str, place: Place) -> Option<String> {
        if let Some(near) = nearest(word, WITHOUT) {
            if near.eq_ignore_ascii_case(&word.replace(['-', '_'], "")) {
                return Some(near.to_owned());
            }
            let fault =
                SatelliteFault::FieldNear { field: quoted(word, "What stands here"), near: near.to_owned() };
            self.findings.error(at, place, fault);
            return None;
        }
        if let Some(field) = Exclusions::REQUIRED.into_iter().find(|field| field.eq_ignore_ascii_case(word)) {
            self.findings.error(at, place, SatelliteFault::FieldRequired { field: field.to_owned() });
            return None;
        }
        let is_id = word.len() <= 60 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_id {
            let fault = SatelliteFault::FieldUnknown { field: quoted(word, "What stands here") };
            self.findings.error(at, place, fault);
        }
        is_id.then(|| word.to_owned())
    }
}

/// The first value of a key that says something, whatever else is in the node.
fn peek<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let Content::Mapping(entries) = &node.content else { return None };
    let found = entries.iter().find(|entry| entry.key.as_str() == key)?;
    Some(&found.value).filter(|value| !value.is_blank())
}
