//! The address an operator types: a bare site name, a page of Jira, or the site itself.

use weir_http::Url;
use weir_model::Message;

/// What the first part of a page's path is, as opposed to the context path before it.
const PAGES: [&str; 11] = [
    "browse",
    "projects",
    "issues",
    "secure",
    "rest",
    "login.jsp",
    "plugins",
    "servicedesk",
    "dashboard",
    "software",
    "people",
];

/// Reads an address. A bare name such as `acme` means `https://acme.atlassian.net`; paths of pages are cut off, and what
/// stands before them is a context path, beneath which everything of a Data Center hangs.
pub(super) fn parse(typed: &str) -> Result<Url, Message> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(Message::UrlEmpty {});
    }
    let malformed = |detail: &str| Message::UrlMalformed { url: shown(typed), detail: detail.to_owned() };
    let text = if typed.contains("://") {
        typed.to_owned()
    } else if typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !typed.eq_ignore_ascii_case("localhost")
    {
        format!("https://{typed}.atlassian.net")
    } else {
        format!("https://{typed}")
    };
    let mut url = Url::parse(&text).map_err(|error| malformed(weir_http::address_fault(error)))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(malformed("It must start with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed("A credential does not belong into an address"));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => {}
        _ => return Err(malformed("It names no host")),
    }
    url.set_query(None);
    url.set_fragment(None);
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let cloud = url.host_str().is_some_and(|host| host.ends_with(".atlassian.net"));
    let context = if cloud { 0 } else { parts.iter().take_while(|part| !PAGES.contains(part)).count() };
    let path = format!("/{}", parts[..context].join("/"));
    url.set_path(&path);
    Ok(url)
}

/// The address of a site as it is kept, of one that an operator typed.
///
/// # Errors
/// `url.empty`, `url.malformed`.
pub fn site_address(typed: &str) -> Result<String, Message> {
    parse(typed).map(|url| site(&url))
}

/// The address without a context path, where it has one.
pub(super) fn root(url: &Url) -> Option<Url> {
    let mut root = url.clone();
    root.set_path("/");
    (root != *url).then_some(root)
}

/// The same address, as one that others hang beneath.
pub(super) fn below(url: &Url) -> Url {
    let mut base = url.clone();
    base.set_path(&format!("{}/", url.path().trim_end_matches('/')));
    base
}

/// The site's address as it is kept and shown: without a trailing slash.
pub(super) fn site(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// What the operator typed, safe to repeat: bounded, and without a credential.
fn shown(typed: &str) -> String {
    weir_http::snippet(weir_http::mask_url(typed).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, site_url: &str) {
        assert_eq!(site(&parse(typed).unwrap()), site_url, "{typed}");
    }

    #[test]
    fn what_people_paste_becomes_the_site() {
        check("acme", "https://acme.atlassian.net");
        check(" acme.atlassian.net ", "https://acme.atlassian.net");
        check("https://acme.atlassian.net/browse/ENG-1?focused=1#x", "https://acme.atlassian.net");
        check("http://127.0.0.1:8080", "http://127.0.0.1:8080");
        check("HTTPS://ACME.atlassian.net/", "https://acme.atlassian.net");
        check("https://acme.atlassian.net/jira/software/projects/ENG", "https://acme.atlassian.net");
        check("https://tools.acme.example/jira/", "https://tools.acme.example/jira");
        check("https://tools.acme.example/jira/browse/ENG-1", "https://tools.acme.example/jira");
        check("https://jira.acme.example/secure/Dashboard.jspa", "https://jira.acme.example");
    }

    #[test]
    fn paths_hang_beneath_the_context_path() {
        let base = below(&parse("https://tools.acme.example/jira").unwrap());
        assert_eq!(base.join("rest/api/2/myself").unwrap().path(), "/jira/rest/api/2/myself");
        assert_eq!(root(&base).unwrap().as_str(), "https://tools.acme.example/");
        assert_eq!(root(&parse("acme").unwrap()), None);
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_a_password() {
        for typed in
            ["", "  ", "ftp://acme", "https://", "http://a b", "https://me:secret@acme.atlassian.net"]
        {
            let message = parse(typed).unwrap_err();
            assert!(!message.to_string().contains("secret"), "{message}");
        }
    }
}
