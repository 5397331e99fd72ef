//! Makes a body readable before it is parsed: no NUL, no half surrogate pair, no broken UTF-8.
//!
//! Jira keeps all three in texts; PostgreSQL refuses the first, a strict JSON reader the others. Each becomes U+FFFD.

use memchr::memmem;
use std::borrow::Cow;

/// Replaces every escape that stands for NUL or for half of a pair; the replacement is of the same length.
pub(super) fn mend(body: &mut weir_http::Body) {
    let broken = broken(body);
    if !broken.is_empty() {
        let bytes = body.make_mut();
        for at in broken {
            bytes[at..at + 6].copy_from_slice(b"\\ufffd");
        }
    }
}

/// The body as text. Borrowed unless it is no UTF-8.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// Where escapes stand that no strict reader takes.
fn broken(bytes: &[u8]) -> Vec<usize> {
    let mut broken = Vec::new();
    let mut paired = 0;
    for at in memmem::find_iter(bytes, b"\\u") {
        if at < paired || is_escaped(bytes, at) {
            continue;
        }
        match unit(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => paired = at + 12,
            Some(0 | 0xD800..=0xDFFF) => broken.push(at),
            _ => {}
        }
    }
    broken
}

/// Whether the backslash that stands at `at` is itself escaped: by the last of an odd number before it.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The UTF-16 unit of a `\uXXXX` escape that stands at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], read: &str) {
        let mut body = weir_http::Body::from(weir_http::Bytes::copy_from_slice(body));
        mend(&mut body);
        assert_eq!(serde_json::from_str::<String>(&text(&body)).unwrap(), read);
    }

    #[test]
    fn nul_and_half_pairs_become_the_replacement_character() {
        check(br#""a\u0000b""#, "a\u{fffd}b");
        check(br#""a\ud83d b""#, "a\u{fffd} b");
        check(br#""a\ude00b""#, "a\u{fffd}b");
        check(br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}");
        check(br#""\ud83d\ude00\ude00\u0000\\u0000""#, "\u{1f600}\u{fffd}\u{fffd}\\u0000");
        check(b"\"a\xffb\"", "a\u{fffd}b");
    }

    #[test]
    fn a_whole_pair_and_an_escaped_backslash_stay() {
        check(br#""\ud83d\ude00""#, "\u{1f600}");
        check(br#""c:\\u0000\\\u0000""#, "c:\\u0000\\\u{fffd}");
        assert!(broken(br#""plain \n \u00e9""#).is_empty());
    }
}
