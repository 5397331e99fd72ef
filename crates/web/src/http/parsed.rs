//! What parsers say of a request that they cannot read, in sentences of ours. A sentence that ends up here is one of ours already
//! where it begins with a capital letter or a digit; whatever else a parser says is not passed on.

use weir_model::clean;

/// Longest part of a request that is repeated.
const LONGEST: usize = 100;

/// Longest sentence.
const LONGEST_SENTENCE: usize = 300;

/// What parsers begin with, and we do not.
const BEGINNINGS: [&str; 5] = [
    "Failed to deserialize query string: ",
    "Failed to deserialize form body: ",
    "Failed to deserialize form: ",
    "Invalid URL: ",
    "Failed to parse the request body as JSON: ",
];

/// A sentence without its full stop.
pub(super) fn sentence(said: &str) -> String {
    let said = BEGINNINGS.iter().find_map(|beginning| said.strip_prefix(beginning)).unwrap_or(said);
    let (said, at) = placed(said.trim_end_matches('.'));
    let is_ours = said.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '-');
    if is_ours && !said.starts_with("EOF ") {
        return clean(said, LONGEST_SENTENCE);
    }
    if let Some(sentence) = known(said) {
        return sentence;
    }
    // A query and a form name the value first.
    match said.split_once(": ") {
        Some((name, said)) if is_name(name) => match known(said) {
            Some(sentence) => format!("{name}: {sentence}"),
            None if said.starts_with(char::is_uppercase) => {
                format!("{name}: {}", clean(said, LONGEST_SENTENCE))
            }
            None => format!("The value of {name} cannot be read"),
        },
        _ => format!("It cannot be read{at}"),
    }
}

/// What was said without its place, and the place.
fn placed(said: &str) -> (&str, String) {
    let Some((before, place)) = said.rsplit_once(" at line ") else { return (said, String::new()) };
    match place.split_once(" column ") {
        Some((line, column)) => (before, format!(" from line {line}, column {column} on")),
        None => (said, String::new()),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_[].".contains(c))
}

/// The same in our words, where they are known.
fn known(said: &str) -> Option<String> {
    let quoted = |text: &str| {
        let (_, rest) = text.split_once('`')?;
        Some(clean(rest.split_once('`').map_or(rest, |(name, _)| name), LONGEST))
    };
    // What may be there stands between marks, one after the other.
    let listed = |text: &str| {
        let all: Vec<String> = text.split('`').skip(1).step_by(2).map(|one| clean(one, LONGEST)).collect();
        all.join(", ")
    };
    if said.starts_with("missing field ") {
        return Some(format!("{} is missing", quoted(said)?));
    }
    if said.starts_with("duplicate field ") {
        return Some(format!("{} is there twice", quoted(said)?));
    }
    if let Some(rest) = said.strip_prefix("unknown field ") {
        let (name, taken) = rest.split_once(", ").unwrap_or((rest, ""));
        return Some(match listed(taken) {
            taken if taken.is_empty() => format!("{} is not known here", quoted(name)?),
            taken => format!("{} is not known here, where there are {taken}", quoted(name)?),
        });
    }
    if let Some(rest) = said.strip_prefix("unknown variant ") {
        let (name, taken) = rest.split_once(", ").unwrap_or((rest, ""));
        return Some(format!("\"{}\" is none of {}", quoted(name)?, listed(taken)));
    }
    if let Some(rest) = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: ")) {
        let (_, wanted) = rest.rsplit_once(", expected ")?;
        return Some(format!("It is not {}", kind(wanted)));
    }
    match said {
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too large to fit in target type"
        | "number too small to fit in target type" => Some("It is not a whole number that fits".to_owned()),
        "provided string was not `true` or `false`" => Some("It is neither true nor false".to_owned()),
        "trailing characters" => Some("Something follows after its end".to_owned()),
        _ => None,
    }
}

/// What was wanted, as people say it.
fn kind(wanted: &str) -> String {
    let number = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize"];
    match wanted {
        "a string" | "a borrowed string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        number_of if number.contains(&number_of) || number_of.contains("integer") => {
            "a whole number".to_owned()
        }
        text if text.starts_with("struct ") => "an object".to_owned(),
        text if text.contains("Number") || text.contains("number") => "a number".to_owned(),
        _ => "what is asked for".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn what_a_parser_says_is_told_in_our_words() {
        for (said, told) in [
            ("missing field `name` at line 1 column 2", "name is missing"),
            ("duplicate field `a`", "a is there twice"),
            ("unknown field `x`, expected `name`", "x is not known here, where there are name"),
            ("unknown field `x`, expected one of `a`, `b`", "x is not known here, where there are a, b"),
            ("unknown field `x`, there are no fields", "x is not known here"),
            ("unknown variant `pink`, expected one of `a`, `b`", "\"pink\" is none of a, b"),
            (
                "invalid type: string \"often, expected x\", expected u32 at line 1 column 9",
                "It is not a whole number",
            ),
            ("invalid type: integer `7`, expected a string", "It is not a text"),
            ("EOF while parsing an object at line 1 column 1", "It cannot be read from line 1, column 1 on"),
            (
                "Failed to deserialize query string: limit: invalid digit found in string",
                "limit: It is not a whole number that fits",
            ),
            (
                "Failed to deserialize query string: what: unknown variant `x`, expected `new` or `changed`",
                "what: \"x\" is none of new, changed",
            ),
            (
                "A name has 1 to 100 printable characters at line 1 column 12",
                "A name has 1 to 100 printable characters",
            ),
            ("7.5 is not a whole number from 0 to 9", "7.5 is not a whole number from 0 to 9"),
            ("an inner panic of something", "It cannot be read"),
        ] {
            assert_eq!(sentence(said), told, "{said}");
        }
    }

    #[test]
    fn what_is_repeated_of_a_request_is_short_and_steers_nothing() {
        let told = sentence(&format!("unknown field `\u{1b}[31m{}`, expected `a`", "x".repeat(500)));
        assert!(told.len() < 200 && !told.contains('\u{1b}'), "{told}");
    }
}
