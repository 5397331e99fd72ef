//! What people call things.

use serde::Deserialize;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr,
        schema::{Schema, Type},
    },
};

/// What an integration, a workspace, a key or an issue is called.
pub(crate) type Name = Printable<100>;

/// What a person is called.
pub(crate) type PersonName = Printable<200>;

/// Up to so many printable characters, not all of them blanks.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Printable<const MOST: usize>(pub(crate) String);

impl<const MOST: usize> TryFrom<String> for Printable<MOST> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = text.trim();
        let fits = !name.is_empty() && text.chars().count() <= MOST && !text.chars().any(is_hidden);
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(format!("A name has 1 to {MOST} printable characters"))
        }
    }
}

/// Whether it is not shown, or turns around how others are shown.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The characters of [`is_hidden`] within a class of a pattern.
macro_rules! hidden {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
    };
}

impl<const MOST: usize> PartialSchema for Printable<MOST> {
    fn schema() -> RefOr<Schema> {
        let pattern = concat!("^[^", hidden!(), r"]*[^\s", hidden!(), "][^", hidden!(), "]*$");
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MOST));
        text.pattern(Some(pattern)).into()
    }
}

impl<const MOST: usize> ToSchema for Printable<MOST> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Name{MOST}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_read_and_are_not_endless() {
        let name = |text: &str| Name::try_from(text.to_owned()).map(|name| name.0).ok();
        assert_eq!(name(" Berlin \u{1f6b2} "), Some("Berlin \u{1f6b2}".to_owned()));
        for bad in ["", " \u{a0}", "a\tb", "a\n", "a\u{202e}b", &"x".repeat(101)] {
            assert_eq!(name(bad), None, "{bad:?}");
        }
    }
}
