//! The consent page, and the way back from it.

use super::Oauth;
use crate::http::reply::Reply;
use crate::world::World;

/// Parameters of the request that come back with the answer.
const KEPT: [&str; 8] =
    ["audience", "client_id", "scope", "redirect_uri", "state", "response_type", "prompt", "code_challenge"];

fn page(status: u16, title: &str, body: &str) -> Reply {
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body><main>\
         <h1>{title}</h1>\n{body}</main></body></html>\n"
    );
    let reply = Reply::bytes(text.into_bytes()).with_status(status);
    Reply { content_type: "text/html;charset=UTF-8", ..reply }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Who is asked, for what, and two buttons.
pub(super) fn consent(world: &World, query: &[(String, String)]) -> Reply {
    let mut form = String::from("<form method=\"post\" action=\"/authorize\">\n");
    for (name, value) in query.iter().filter(|(name, _)| KEPT.contains(&name.as_str())) {
        form.push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escaped(value)));
    }
    form.push_str("<p><label>Account <select name=\"account\">");
    for account in world.accounts.iter().filter(|account| !account.service) {
        let chosen = if account.email == "reader@sim.example" { " selected" } else { "" };
        form.push_str(&format!("<option value=\"{0}\"{chosen}>{0}</option>", account.email));
    }
    form.push_str("</select></label></p>\n<ul>");
    let scopes = query.iter().find(|(name, _)| name == "scope").map_or("", |(_, value)| value);
    for scope in scopes.split(' ') {
        form.push_str(&format!("<li>{}</li>", escaped(scope)));
    }
    form.push_str(
        "</ul>\n<p><button name=\"do\" value=\"accept\">Accept</button> \
         <button name=\"do\" value=\"cancel\">Cancel</button></p></form>\n",
    );
    page(200, "An app asks for access to your Atlassian account", &form)
}

/// What the app has wrong is told to whoever is in front of the page, and never to the app.
pub(super) fn fault(sentence: &str) -> Reply {
    let body = format!(
        "<p>{sentence}</p>\n<p>Hi there, the app with the client id {} is not set up as it should be.</p>\n",
        Oauth::CLIENT
    );
    page(400, "Something went wrong", &body)
}

/// Back to the app.
pub(super) fn sent(back: &str, pairs: &[(&str, &str)]) -> Reply {
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let joint = if back.contains('?') { '&' } else { '?' };
    let reply = page(302, "Found", "");
    reply.with_header("location", format!("{back}{joint}{}", query.join("&")))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
