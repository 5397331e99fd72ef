//! The file of a satellite that reads one integration, as the server knows it: everything but the credentials, which it never has.

use std::fmt::Write as _;
use weir_model::{Deployment, Integration};

/// What stands in the place of the account's name where the server has none of its own: any word will do.
const TENANT: &str = "weir";

/// The file, with comments. It names two files beside it, for the key of this server and for the credential of the site.
pub fn satellite_file(integration: &Integration, server: &str, tenant: Option<&str>) -> String {
    let settings = &integration.settings;
    let mut text = String::new();
    // Writing to a string does not fail.
    _ = write!(
        text,
        "# The file of a satellite that reads {name}. No credential is in it: put the two that it takes into files beside it, each as\n\
         # its only line, for you alone to read (chmod 600):\n\
         #   server.key      the API key of the scope satellite that the server gave you\n\
         #   {credential}\n\
         # Look it over with: weir satellite lint. Run it with: weir satellite run\n\
         \n\
         satellite:\n  \
           tenant: {tenant}\n  \
           api_key_file: server.key\n  \
           # Another address of this server, where the satellite reaches it by that one alone. Plain http:// is for the same machine.\n  \
           url: {server}\n\
         \n\
         integrations:\n  \
           - id: {id}\n    \
             application: jira\n    \
             url: {url}\n",
        name = weir_model::clean(&integration.name, 100),
        credential = match settings.deployment {
            Deployment::Cloud => "jira.token      the API token of an account that reads",
            Deployment::DataCenter =>
                "jira.token      the personal access token, or the password, of an account that reads",
        },
        tenant = quoted(tenant.unwrap_or(TENANT)),
        server = quoted(server),
        id = quoted(&integration.id.to_string()),
        url = quoted(&settings.site_url),
    );
    text.push_str(match settings.deployment {
        Deployment::Cloud => {
            "    # The e-mail of the account; left out for the token of a service account.\n    # username: weir@acme.com\n"
        }
        Deployment::DataCenter => "    # With a password: the user name of the account.\n    # username: svc-weir\n",
    });
    text.push_str("    api_key_file: jira.token\n");
    let zone = settings.timezone.as_deref();
    let fields = settings.exclusions.words();
    if zone.is_some() || !fields.is_empty() {
        text.push_str("    metadata:\n");
    }
    if let Some(zone) = zone {
        _ = writeln!(text, "      timezone: {}", quoted(zone));
    }
    if !fields.is_empty() {
        let fields: Vec<String> = fields.into_iter().map(quoted).collect();
        _ = writeln!(text, "      sensitive_fields: [{}]", fields.join(", "));
    }
    text
}

/// A text in single quotes, as YAML 1.2 has it. What would break the line is none of our texts.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", plain.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use weir_model::{Exclusions, Millis};

    #[test]
    fn it_says_what_the_server_knows_and_no_name_breaks_out_of_it() {
        let mut integration = samples::integration("It's\n: here # {x}", 0, Millis(0));
        integration.settings.timezone = Some("Europe/Berlin".into());
        integration.settings.exclusions = Exclusions::parse(["description", "userDetails"]);
        let text = satellite_file(&integration, "https://weir.acme.com", Some("O'Brien"));
        assert!(text.contains("tenant: 'O''Brien'") && text.contains("timezone: 'Europe/Berlin'"), "{text}");
        assert!(text.contains("sensitive_fields: ['description', 'userDetails']"), "{text}");
        assert!(text.starts_with("# The file of a satellite that reads It's"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("{x}")).count(), 1);
        let first = text.lines().next().unwrap();
        assert!(first.contains("{x}"), "the name is one line: {first}");
        assert!(
            !satellite_file(&samples::integration("A", 0, Millis(0)), "https://a", None).contains("metadata")
        );
    }
}
