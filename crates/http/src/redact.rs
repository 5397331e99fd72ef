//! The last look before text is shown or logged: masks what looks like a secret.
//!
//! It is the third defence. Secrets have a type that cannot be printed, and events name only
//! harmless members; this scanner catches what another system echoes back.

use url::Url;

const MASK: &str = "***";

/// Beginnings of well-known tokens (Atlassian, GitHub, GitLab, Slack).
const TOKEN_PREFIXES: [&str; 11] =
    ["ATATT", "ATCTT", "ATSTT", "ATOTT", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-"];

const SCHEMES: [&str; 5] = ["basic", "bearer", "jwt", "negotiate", "apikey"];

/// Names whose value is secret, compared by their ending.
const SECRET_NAMES: [&str; 8] =
    ["authorization", "token", "secret", "password", "passwd", "apikey", "api_key", "api-key"];

/// An address that may be shown: password and query are masked.
pub fn mask_url(address: &str) -> String {
    let Ok(mut url) = address.parse::<Url>() else {
        return redact(address);
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    url.set_fragment(None);
    url.to_string()
}

/// Text with credentials masked: values of `Authorization` and of names such as `token` or
/// `password`, `Basic` and `Bearer` words, well-known token shapes, `email:token`, passwords in
/// addresses and private keys in PEM.
pub fn redact(text: &str) -> String {
    let text = mask_private_keys(text);
    let mut out = String::with_capacity(text.len());
    let mut expect = Expect::Anything;
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let word_end = rest.find(is_separator).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_end);
        if !word.is_empty() {
            expect = mask_word(word, expect, &mut out);
        }
        let separators = tail.find(|c| !is_separator(c)).unwrap_or(tail.len());
        out.push_str(&tail[..separators]);
        rest = &tail[separators..];
    }
    out
}

/// What the words before this one announce.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Anything,
    /// A secret name stood alone; a `:` or `=` would make the next word its value.
    Assignment,
    /// The next word is a secret name's value, or the scheme before it.
    Value,
    /// A scheme word stood before; the next word is a secret if it looks like one.
    Credential,
    /// A scheme word stood where a value was due; the next word is a secret.
    CertainCredential,
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '<' | '>' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '&' | '\\'
        )
}

fn mask_word(word: &str, expect: Expect, out: &mut String) -> Expect {
    let lower = word.to_ascii_lowercase();
    let is_assignment = word.chars().all(|c| matches!(c, ':' | '='));
    let is_scheme = SCHEMES.contains(&lower.as_str());
    match expect {
        Expect::Assignment if is_assignment => {
            out.push_str(word);
            return Expect::Value;
        }
        Expect::Value if is_scheme => {
            out.push_str(word);
            return Expect::CertainCredential;
        }
        Expect::Value if is_assignment => {
            out.push_str(word);
            return Expect::Value;
        }
        Expect::Value | Expect::CertainCredential => {
            out.push_str(MASK);
            return Expect::Anything;
        }
        Expect::Credential if looks_secret(word) => {
            out.push_str(MASK);
            return Expect::Anything;
        }
        _ => {}
    }
    if is_scheme {
        out.push_str(word);
        return Expect::Credential;
    }
    let name = lower.trim_end_matches([':', '=']);
    if is_secret_name(name) {
        out.push_str(word);
        return if name.len() < lower.len() { Expect::Value } else { Expect::Assignment };
    }
    out.push_str(&mask_inside(word));
    Expect::Anything
}

fn is_secret_name(name: &str) -> bool {
    SECRET_NAMES.iter().any(|secret| name.ends_with(secret))
}

/// Masks a secret that is only a part of a word.
fn mask_inside(word: &str) -> String {
    if let Some((before, value)) = word.split_once('=')
        && is_secret_name(&before.to_ascii_lowercase())
        && !value.is_empty()
    {
        return format!("{before}={MASK}");
    }
    if let Some((before, value)) = word.split_once(':')
        && is_secret_name(&before.to_ascii_lowercase())
        && !value.is_empty()
    {
        return format!("{before}:{MASK}");
    }
    if let Some(masked) = mask_password_in_address(word) {
        return masked;
    }
    if let Some((email, secret)) = word.split_once(':')
        && is_email(email)
        && secret.chars().count() >= 8
    {
        return format!("{email}:{MASK}");
    }
    let token = TOKEN_PREFIXES.iter().filter_map(|prefix| Some((word.find(prefix)?, *prefix))).min();
    match token {
        Some((start, prefix)) if word.len() >= start + prefix.len() + 6 => {
            format!("{}{prefix}{MASK}", &word[..start])
        }
        _ => word.to_owned(),
    }
}

/// `scheme://user:password@host` with the password masked.
fn mask_password_in_address(word: &str) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let (userinfo, host) = authority.rsplit_once('@')?;
    let (user, _) = userinfo.split_once(':')?;
    Some(format!("{scheme}://{user}:{MASK}@{host}{}", mask_inside(path)))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

/// Whether a word after a scheme is a credential and not prose such as `Basic authentication`.
fn looks_secret(word: &str) -> bool {
    let mixed_case =
        word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    word.len() >= 20
        || (word.len() >= 8
            && (mixed_case || word.contains(|c: char| c.is_ascii_digit() || c == '=' || c == '_')))
}

fn mask_private_keys(text: &str) -> String {
    const BEGIN: &str = "-----BEGIN";
    const KEY: &str = "PRIVATE KEY-----";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(start);
        out.push_str(before);
        let label_end = block[BEGIN.len()..].find("-----").map(|end| BEGIN.len() + end + 5);
        match label_end {
            Some(label_end) if block[..label_end].ends_with(KEY) => {
                out.push_str(MASK);
                let end = block[label_end..].find(KEY).map_or(block.len(), |end| label_end + end + KEY.len());
                rest = &block[end..];
            }
            _ => {
                out.push_str(BEGIN);
                rest = &block[BEGIN.len()..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_wrapping() {
        let secret = "s3cretValue0123456789";
        for text in [
            format!("Authorization: Basic {secret}"),
            format!("authorization: {secret}"),
            format!("{{\"Authorization\":\"Bearer {secret}\"}}"),
            format!("{{\"Authorization\": \"Bearer {secret}\"}}"),
            format!("{{\\\"token\\\":\\\"{secret}\\\"}}"),
            format!("sent Bearer {secret}, refused"),
            format!("bearer {secret}"),
            format!("Basic {secret}="),
            format!("token=ATATT3x{secret}"),
            format!("ATATT3x{secret}"),
            format!("see(ATCTT3x{secret})"),
            format!("me@acme.example:{secret}"),
            format!("https://me:{secret}@acme.example/path"),
            format!("proxy http://me@acme.example:{secret}@proxy.example:3128 failed"),
            format!("?access_token={secret}&x=1"),
            format!("client_secret = {secret}"),
            format!("password: {secret}"),
            format!("password:{secret}"),
            format!("\"password\" : \"{secret}\""),
            format!("-----BEGIN RSA PRIVATE KEY-----\n{secret}\n-----END RSA PRIVATE KEY-----"),
            format!("-----BEGIN PRIVATE KEY-----\n{secret}"),
        ] {
            let masked = redact(&text);
            assert!(!masked.contains(secret), "{text} became {masked}");
            assert!(masked.contains(MASK), "{masked}");
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "Issue ACME-1 does not exist or you do not have permission to see it.",
            "Basic authentication with passwords is not allowed on this instance",
            "the bearer of this token is not known; tokens expire",
            "mail me@acme.example: tomorrow at 10:30",
            "https://acme.example:8443/rest/api/3/myself?expand=groups",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "scope does not match, ATATT",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn what_follows_a_secret_stays() {
        assert_eq!(redact("Bearer abcdef123456 was refused by x"), "Bearer *** was refused by x");
        assert_eq!(redact("a -----BEGIN PRIVATE KEY-----k-----END PRIVATE KEY----- b"), "a *** b");
    }

    #[test]
    fn addresses_are_shown_without_password_and_query() {
        assert_eq!(mask_url("http://u:hunter2@p.example:3128"), "http://u:***@p.example:3128/");
        assert_eq!(
            mask_url("postgres://u:hunter2@db.example/weir?sslpassword=x"),
            "postgres://u:***@db.example/weir?***"
        );
        assert_eq!(mask_url("https://acme.example/a#f"), "https://acme.example/a");
        assert!(!mask_url("not an address token=hunter22").contains("hunter22"));
    }
}
