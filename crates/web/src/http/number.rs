//! Numbers in bodies.

use serde::{Deserialize as _, Deserializer, de::Error as _};
use serde_json::Number;

/// A whole number that may be left out, or written as JSON Schema lets one be written: `7.0` is 7.
pub(crate) fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(from)? else { return Ok(None) };
    let float =
        number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(float));
    // It was looked at that it is one.
    let whole = float.map(|float| float as u32);
    whole
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("{number} is not a whole number from 0 to {}", u32::MAX)))
}

/// The same where `null` is not the same as nothing.
pub(crate) fn whole_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<u32>>, D::Error> {
    whole(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_taken_however_they_are_written() {
        let read = |text: &str| whole(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!((read("7"), read("7.0"), read("null")), (Some(Some(7)), Some(Some(7)), Some(None)));
        for bad in ["7.5", "-1", "4294967296", "1e300", "\"7\""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
