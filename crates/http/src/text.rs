//! Making foreign text harmless to show.

/// Characters of an upstream body that may be quoted.
const SNIPPET_CHARS: usize = 300;

/// How much of a body is looked at; a snippet never needs more.
const SNIPPET_BYTES: usize = 8 * 1024;

/// The first 300 characters of an upstream body on one line: terminal escapes, control and
/// direction-changing characters are dropped, runs of white space become one blank, and token-like
/// text is masked.
pub fn snippet(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(SNIPPET_BYTES)]);
    let plain = strip_escapes(&text);
    let mut line = String::new();
    let mut count = 0;
    for c in crate::redact::redact(&plain).chars() {
        let blank = c.is_whitespace();
        if (blank && (line.is_empty() || line.ends_with(' '))) || (!blank && is_unsafe(c)) {
            continue;
        }
        if count == SNIPPET_CHARS {
            line.push('…');
            break;
        }
        line.push(if blank { ' ' } else { c });
        count += 1;
    }
    line.truncate(line.trim_end().len());
    line
}

/// Removes ANSI sequences: CSI (`ESC [ … letter`), OSC (`ESC ] … BEL`) and two-character escapes.
fn strip_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' && c != '\u{9b}' {
            out.push(c);
            continue;
        }
        let kind = if c == '\u{9b}' { Some('[') } else { chars.next() };
        match kind {
            Some('[') => {
                while chars.next_if(|c| !('\u{40}'..='\u{7e}').contains(c)).is_some() {}
                chars.next();
            }
            Some(']') => {
                while chars.next_if(|c| *c != '\u{7}' && *c != '\u{1b}').is_some() {}
                chars.next_if_eq(&'\u{7}');
            }
            _ => {}
        }
    }
    out
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_one_harmless_line() {
        assert_eq!(snippet(b"  a\r\n\tb\x00c \x1b[31mred\x1b[0m \x1b]0;title\x07end "), "a bc red end");
        assert_eq!(snippet("x\u{202e}y\u{200b}z\u{9b}2Jw".as_bytes()), "xyzw");
        assert_eq!(snippet(b""), "");
    }

    #[test]
    fn a_snippet_is_bounded_and_survives_broken_utf8() {
        let long = snippet("é".repeat(100_000).as_bytes());
        assert_eq!(long.chars().count(), 301);
        assert!(long.ends_with('…'));
        assert_eq!(snippet(b"ok \xff\xfe"), "ok \u{fffd}\u{fffd}");
    }

    #[test]
    fn a_token_echoed_by_the_server_is_masked() {
        let line = snippet(b"bad header Authorization: Bearer abcdef0123456789");
        assert!(!line.contains("abcdef0123456789"), "{line}");
    }
}
