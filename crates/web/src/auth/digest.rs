//! Tokens and keys: what is handed out, and the digest that is kept of it.
//!
//! They are 256 random bits, so a quick digest is enough: there is nothing to guess.

use sha2::{Digest as _, Sha256};
use weir_model::Entropy;

/// What API keys begin with.
const PREFIX: &str = "weir_";

/// The digest of a token, as it is kept.
pub(crate) fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// A digest of several parts that cannot be mistaken for that of other parts.
pub(crate) fn digest_of(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// A fresh token of 64 hexadecimal digits.
pub(crate) fn token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    hex(&bytes)
}

/// A fresh API key: a prefix that scanners know, 256 bits, and a check of their spelling.
pub(crate) fn api_key(entropy: &dyn Entropy) -> String {
    let secret = token(entropy);
    format!("{PREFIX}{secret}{}", check(&secret))
}

/// Whether a text can be an API key at all.
pub(crate) fn looks_like_key(text: &str) -> bool {
    text.strip_prefix(PREFIX)
        .and_then(|rest| rest.split_at_checked(64))
        .is_some_and(|(secret, spelled)| check(secret) == spelled)
}

fn check(secret: &str) -> String {
    digest(secret).split_at(8).0.to_owned()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Hexadecimal digits as bytes; `None` where they are not.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_testkit::SeededEntropy;

    #[test]
    fn a_key_that_was_mistyped_is_told_without_asking_the_store() {
        let key = api_key(&SeededEntropy::new(1));
        assert!(looks_like_key(&key));
        assert!(!looks_like_key(&key.replace(key.split_at(20).1.split_at(1).0, "x")));
        for bad in ["", "weir_", "weir_ä", "Bearer", &key[..key.len() - 1]] {
            assert!(!looks_like_key(bad), "{bad}");
        }
    }

    #[test]
    fn hexadecimal_digits_go_back_and_forth() {
        assert_eq!(unhex(&hex(b"\x00\xffa")).as_deref(), Some(&b"\x00\xffa"[..]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("+1")), (None, None, None));
        assert!(same(b"ab", b"ab") && !same(b"ab", b"ac") && !same(b"ab", b"a"));
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(digest_of(&[b"ab", b"c"]), digest_of(&[b"a", b"bc"]));
    }
}
