//! How texts are compared: as Unicode composes them (NFC), and without regard to case unless the attribute is `caseExact`.

use icu_normalizer::ComposingNormalizerBorrowed;
use std::borrow::Cow;

/// A text as it is compared where case means nothing.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Lower case may be composed in another way than what it was made of.
    composed(&composed(text).to_lowercase()).into_owned()
}

/// A text as it is compared where case means something.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// A text as an attribute compares it.
pub(crate) fn comparable(text: &str, case_exact: bool) -> Cow<'_, str> {
    if case_exact { composed(text) } else { Cow::Owned(folded(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_alike_are_one() {
        assert_eq!(folded("BJensen"), "bjensen");
        assert_eq!(folded("Jose\u{301}"), folded("JOS\u{c9}"));
        assert_eq!(composed("e\u{301}"), "\u{e9}");
        assert_ne!(composed("A"), composed("a"));
    }
}
