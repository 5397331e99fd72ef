//! Writing JSON straight into a byte buffer: the hot endpoints render gigabytes and cannot afford a tree.

/// 0: copy as it is; anything else: needs an escape.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 32 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

/// Writes a quoted JSON string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    inner(out, text);
    out.push(b'"');
}

/// Writes the escaped content of a JSON string without its quotes.
pub(crate) fn inner(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !ESCAPED[*byte as usize] {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[(other >> 4) as usize]);
                out.push(HEX[(other & 15) as usize]);
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Writes a string, or `null`.
pub(crate) fn optional(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

/// Writes an integer.
pub(crate) fn number(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends raw pieces.
macro_rules! put {
    ($out:expr, $($piece:expr),+ $(,)?) => {{ $( $out.extend_from_slice(AsRef::<[u8]>::as_ref(&$piece)); )+ }};
}
pub(crate) use put;

/// Writes `items` with commas between them.
pub(crate) fn list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    let start = out.len();
    for item in items {
        if out.len() > start {
            out.push(b',');
        }
        each(out, item);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_and_quote_survives_a_parser() {
        let text = "a\u{0}b\u{1f}\"\\\n\r\t\u{2028}é😀</script>";
        let mut out = Vec::new();
        string(&mut out, text);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
