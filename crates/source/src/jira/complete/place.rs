//! Where in a query somebody is: what may come there, and what of it is typed already. It is looked at from its beginning to the
//! caret, and judges nothing: whatever is odd is passed over.

/// What may come at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// A field.
    Field,
    /// An operator of this field.
    Operator(String),
    /// A value of this field; in a list or not.
    Value(String, Form),
    /// What comes after a condition.
    Joint,
    /// A field to order by.
    Order,
    /// Nothing that could be named.
    Nothing,
}

/// What a value stands behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// `=`, `!=`, `<` and such, `was`.
    One,
    /// `in (`.
    List,
    /// `is`.
    Is,
    /// `~`: any text.
    Text,
}

/// A place in a query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) wanted: Wanted,
    /// What is typed of it, without a quote before it.
    pub(super) typed: String,
    /// How many characters before the caret what is typed begins, with its quote.
    pub(super) back: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(String),
}

impl Token {
    /// The word in lower case; empty for what is none.
    fn keyword(&self) -> String {
        match self {
            Self::Word(word) => word.to_lowercase(),
            Self::Quoted(_) | Self::Sign(_) => String::new(),
        }
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(found) if found == sign)
    }
}

/// The place at the end of a text.
pub(super) fn place(text: &str) -> Place {
    let (mut tokens, is_open) = tokens(text);
    let mut typed = String::new();
    let mut back = 0;
    // A word that the caret touches is not ended yet; neither is a quoted text without its second quote.
    let touches = !text.ends_with(char::is_whitespace);
    match tokens.last() {
        Some((Token::Word(word), _)) if touches => (typed, back) = (word.clone(), word.chars().count()),
        Some((Token::Quoted(word), from)) if is_open => {
            (typed, back) = (word.clone(), text.chars().count().saturating_sub(*from));
        }
        _ => {}
    }
    if back > 0 {
        tokens.pop();
    }
    let mut wanted = Wanted::Field;
    let mut depth_of_arguments = 0_u32;
    // Whether the list that a value stands in is still open.
    let mut in_list = None;
    for (token, _) in &tokens {
        if depth_of_arguments > 0 {
            if token.is_sign("(") {
                depth_of_arguments += 1;
            } else if token.is_sign(")") {
                depth_of_arguments -= 1;
            }
            continue;
        }
        wanted = match (wanted, token.keyword().as_str()) {
            (_, "order") => Wanted::Nothing,
            (Wanted::Nothing, "by") => Wanted::Order,
            (Wanted::Field, "not") => Wanted::Field,
            (Wanted::Field, _) if token.is_sign("(") || token.is_sign("!") => Wanted::Field,
            (Wanted::Field, _) => match token {
                Token::Word(name) | Token::Quoted(name) => Wanted::Operator(name.clone()),
                Token::Sign(_) => Wanted::Nothing,
            },
            (Wanted::Operator(field), "is") => Wanted::Value(field, Form::Is),
            (Wanted::Operator(field), "was" | "not") => Wanted::Value(field, Form::One),
            (Wanted::Operator(field) | Wanted::Value(field, _), "in") => {
                in_list = Some(false);
                Wanted::Value(field, Form::List)
            }
            (Wanted::Operator(_), "changed") => Wanted::Joint,
            (Wanted::Operator(field), _) => match token {
                Token::Sign(sign) if sign.contains('~') => Wanted::Value(field, Form::Text),
                Token::Sign(_) => Wanted::Value(field, Form::One),
                _ => Wanted::Nothing,
            },
            (Wanted::Value(field, form), "not") => Wanted::Value(field, form),
            (Wanted::Value(field, Form::List), _) if token.is_sign("(") && in_list == Some(false) => {
                in_list = Some(true);
                Wanted::Value(field, Form::List)
            }
            (Wanted::Value(field, Form::List), _) if in_list == Some(true) => {
                if token.is_sign(")") {
                    in_list = None;
                    Wanted::Joint
                } else {
                    if token.is_sign("(") {
                        depth_of_arguments = 1;
                    }
                    Wanted::Value(field, Form::List)
                }
            }
            (Wanted::Value(..), _) => Wanted::Joint,
            (Wanted::Joint, "and" | "or") => Wanted::Field,
            (Wanted::Joint, _) if token.is_sign("(") => {
                depth_of_arguments = 1;
                Wanted::Joint
            }
            (Wanted::Joint, _) if token.is_sign(")") => Wanted::Joint,
            (Wanted::Order, _) if token.is_sign(",") => Wanted::Order,
            (Wanted::Order, _) => Wanted::Order,
            (Wanted::Joint | Wanted::Nothing, _) => Wanted::Nothing,
        };
    }
    if depth_of_arguments > 0 || matches!((&wanted, in_list), (Wanted::Value(_, Form::List), Some(false))) {
        wanted = Wanted::Nothing;
    }
    // In a list, a value stands behind a bracket or a comma.
    if matches!(wanted, Wanted::Value(_, Form::List)) {
        let last = tokens.last().map(|(token, _)| token);
        if !last.is_some_and(|token| token.is_sign("(") || token.is_sign(",")) {
            wanted = Wanted::Nothing;
        }
    }
    Place { wanted, typed, back }
}

/// The tokens of a text, each with the character at which it begins; and whether the last one is a quoted text without its end.
fn tokens(text: &str) -> (Vec<(Token, usize)>, bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = vec![];
    let mut at = 0;
    while let Some(first) = chars.get(at).copied() {
        let from = at;
        at += 1;
        match first {
            space if space.is_whitespace() => {}
            '"' | '\'' => {
                let mut word = String::new();
                let mut is_ended = false;
                while let Some(next) = chars.get(at).copied() {
                    at += 1;
                    match next {
                        '\\' => {
                            word.extend(chars.get(at));
                            at += 1;
                        }
                        quote if quote == first => {
                            is_ended = true;
                            break;
                        }
                        other => word.push(other),
                    }
                }
                tokens.push((Token::Quoted(word), from));
                if !is_ended {
                    return (tokens, true);
                }
            }
            '(' | ')' | ',' => tokens.push((Token::Sign(first.to_string()), from)),
            '=' | '!' | '~' | '<' | '>' => {
                let mut sign = first.to_string();
                while let Some(next @ ('=' | '~')) = chars.get(at).copied() {
                    sign.push(next);
                    at += 1;
                }
                tokens.push((Token::Sign(sign), from));
            }
            _ => {
                let is_word = |c: &char| !c.is_whitespace() && !"\"'(),=!~<>".contains(*c);
                let mut word = first.to_string();
                while let Some(next) = chars.get(at).filter(|c| is_word(c)) {
                    word.push(*next);
                    at += 1;
                }
                tokens.push((Token::Word(word), from));
            }
        }
    }
    (tokens, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_come_follows_from_what_is_there() {
        let field = |name: &str| name.to_owned();
        for (text, wanted, typed, back) in [
            ("", Wanted::Field, "", 0),
            ("pro", Wanted::Field, "pro", 3),
            ("NOT (pro", Wanted::Field, "pro", 3),
            ("\"Story P", Wanted::Field, "Story P", 8),
            ("project ", Wanted::Operator(field("project")), "", 0),
            ("\"Story Points\" ", Wanted::Operator(field("Story Points")), "", 0),
            ("project i", Wanted::Operator(field("project")), "i", 1),
            ("project =", Wanted::Value(field("project"), Form::One), "", 0),
            ("project = \"Ap ol", Wanted::Value(field("project"), Form::One), "Ap ol", 6),
            ("project in ", Wanted::Nothing, "", 0),
            ("project in (", Wanted::Value(field("project"), Form::List), "", 0),
            ("project not in (A, b", Wanted::Value(field("project"), Form::List), "b", 1),
            ("project in (A ", Wanted::Nothing, "", 0),
            ("project in (A) ", Wanted::Joint, "", 0),
            ("assignee in (membersOf(\"x\"), cu", Wanted::Value(field("assignee"), Form::List), "cu", 2),
            ("created > startOfDay(", Wanted::Nothing, "", 0),
            ("created > startOfDay(-1d) a", Wanted::Joint, "a", 1),
            ("duedate is not ", Wanted::Value(field("duedate"), Form::Is), "", 0),
            ("summary ~ x AND st", Wanted::Field, "st", 2),
            ("summary ~ ", Wanted::Value(field("summary"), Form::Text), "", 0),
            ("project = A ORDER BY cre", Wanted::Order, "cre", 3),
            ("project = A ORDER ", Wanted::Nothing, "", 0),
            ("status was \"In Pro", Wanted::Value(field("status"), Form::One), "In Pro", 7),
            (")))((\"\\", Wanted::Nothing, "", 2),
        ] {
            let found = place(text);
            assert_eq!((found.wanted, found.typed.as_str(), found.back), (wanted, typed, back), "{text}");
        }
    }
}
