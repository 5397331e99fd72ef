//! Makes a body readable before it is parsed: no NUL, no half surrogate pair, no broken UTF-8.
//!
//! Jira keeps all three in texts; PostgreSQL refuses the first, a strict JSON reader the others. Each becomes U+FFFD.

use memchr::memmem;
use std::borrow::Cow;

/// The body as text that any strict reader takes. Borrowed unless something had to be mended.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    };
    if is_broken(text.as_bytes()) { Cow::Owned(mend(&text)) } else { text }
}

/// Whether an escape stands for NUL, or for half of a pair.
fn is_broken(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"\\u").any(|at| match bytes.get(at + 2..at + 6) {
        Some([b'0', b'0', b'0', b'0']) => true,
        Some([b'd' | b'D', second, ..]) => matches!(second, b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'),
        _ => false,
    })
}

fn mend(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let Some(found) = memchr::memchr(b'\\', &bytes[at..]) else {
            out.extend_from_slice(&bytes[at..]);
            break;
        };
        out.extend_from_slice(&bytes[at..at + found]);
        at += found;
        match unit(bytes, at) {
            Some(0) => {
                out.extend_from_slice(b"\\ufffd");
                at += 6;
            }
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
                out.extend_from_slice(&bytes[at..at + 12]);
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                out.extend_from_slice(b"\\ufffd");
                at += 6;
            }
            _ => {
                let end = (at + 2).min(bytes.len());
                out.extend_from_slice(&bytes[at..end]);
                at = end;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
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
        let cleaned = text(body);
        assert_eq!(serde_json::from_str::<String>(&cleaned).unwrap(), read);
    }

    #[test]
    fn nul_and_half_pairs_become_the_replacement_character() {
        check(br#""a\u0000b""#, "a\u{fffd}b");
        check(br#""a\ud83d b""#, "a\u{fffd} b");
        check(br#""a\ude00b""#, "a\u{fffd}b");
        check(br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}");
        check(b"\"a\xffb\"", "a\u{fffd}b");
    }

    #[test]
    fn a_whole_pair_and_an_escaped_backslash_stay() {
        check(br#""\ud83d\ude00""#, "\u{1f600}");
        check(br#""c:\\u0000\\\u0000""#, "c:\\u0000\\\u{fffd}");
        assert!(matches!(text(br#""plain \n \u00e9""#), Cow::Borrowed(_)));
    }
}
