//! Plain text of wiki markup, which Data Center has where Cloud has documents.
//!
//! The rules, in Jira's text formatting notation: what a backslash stands before is itself; `*strong*` and `+inserted+`
//! lose their signs, `[text|address]` is its text, `[address]` the address and `[~login]` is `@login`; headings and
//! list items lose their mark; pictures, rules and the tags of macros are nothing; inside of `{code}` and `{noformat}`
//! all stands as it is. No empty lines are made. `_` and `-` stay: they are more often part of a word than markup.

use crate::jira::text::Names;

/// Macros whose tags are dropped; what stands between them stays.
const MACROS: [&str; 12] = [
    "quote", "panel", "color", "info", "note", "tip", "warning", "expand", "section", "column", "anchor",
    "toc",
];

/// Macros inside of which nothing is markup.
const VERBATIM: [&str; 2] = ["code", "noformat"];

/// Plain text of wiki markup.
pub(in crate::jira) fn plain(wiki: &str, names: Names) -> String {
    let mut out = String::with_capacity(wiki.len());
    let mut verbatim: Option<&str> = None;
    for line in wiki.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let before = out.len();
        if !out.is_empty() {
            out.push('\n');
        }
        let start = out.len();
        let text = if verbatim.is_some() { line } else { unmarked(line) };
        let ends = [End::Unknown; 2];
        Line { out: &mut out, ends, verbatim: &mut verbatim, names }.write(text);
        if out.len() == start {
            out.truncate(before);
        }
    }
    out
}

/// A line without what marks it as a heading, a quotation, a list item or a rule.
fn unmarked(line: &str) -> &str {
    let bytes = line.as_bytes();
    if let [b'h', b'1'..=b'6', b'.', b' ', ..] = bytes {
        return line[4..].trim_start_matches(' ');
    }
    if let Some(quoted) = line.strip_prefix("bq. ") {
        return quoted;
    }
    if line.len() >= 4 && bytes.iter().all(|byte| *byte == b'-') {
        return "";
    }
    let item = line.trim_start_matches(['*', '#']);
    match item.strip_prefix(' ') {
        Some(item) if bytes.first() != Some(&b' ') => item,
        _ => line,
    }
}

struct Line<'a> {
    out: &'a mut String,
    /// Where the next closing `*` and `+` stand, once they were looked for.
    ends: [End; 2],
    /// The macro that all stands as it is in, until its next tag.
    verbatim: &'a mut Option<&'static str>,
    names: Names,
}

impl Line<'_> {
    fn write(&mut self, line: &str) {
        let mut at = 0;
        // Where the signs end that were opened, and what their text ends with.
        let mut closing: Vec<usize> = Vec::new();
        while let Some(letter) = line[at..].chars().next() {
            let rest = &line[at..];
            let after = at + letter.len_utf8();
            if let Some(name) = *self.verbatim {
                match tag(rest) {
                    Some((found, length)) if found == name => {
                        *self.verbatim = None;
                        at += length;
                    }
                    _ => {
                        self.out.push(letter);
                        at = after;
                    }
                }
                continue;
            }
            at = match letter {
                '\\' => match rest[1..].chars().next().filter(char::is_ascii_punctuation) {
                    Some(itself) => {
                        self.out.push(itself);
                        at + 2
                    }
                    None => self.keep(letter, after),
                },
                '*' | '+' if closing.last() == Some(&at) => {
                    closing.pop();
                    after
                }
                '*' | '+' => match self.opens(line, at, letter) {
                    Some(end) if !closing.contains(&end) => {
                        closing.push(end);
                        after
                    }
                    _ => self.keep(letter, after),
                },
                '[' => match self.link(rest) {
                    Some(length) => at + length,
                    None => self.keep(letter, after),
                },
                '!' if !follows_word(line, at) => {
                    picture(rest).map_or_else(|| self.keep(letter, after), |length| at + length)
                }
                '{' if is_sign(rest) => at + 3,
                '{' => match tag(rest) {
                    Some((name, length)) => {
                        *self.verbatim = VERBATIM.into_iter().find(|verbatim| *verbatim == name);
                        at + length
                    }
                    None if rest.starts_with("{{") => at + 2,
                    None => self.keep(letter, after),
                },
                '}' if rest.starts_with("}}") => at + 2,
                _ => self.keep(letter, after),
            };
        }
    }

    fn keep(&mut self, letter: char, after: usize) -> usize {
        self.out.push(letter);
        after
    }

    /// A link or a mention at the beginning of `rest`; gives its length.
    fn link(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find(']')?;
        let inside = &rest[1..end];
        if let Some(login) = inside.strip_prefix('~') {
            self.out.push('@');
            if self.names == Names::Kept {
                self.out.push_str(login);
            }
        } else if let Some((text, address)) = inside.split_once('|').filter(|(text, _)| !text.is_empty()) {
            let address = address.split('|').next().unwrap_or_default();
            self.out.push_str(if address.is_empty() { inside } else { text });
        } else if is_address(inside) {
            self.out.push_str(inside);
        } else {
            return None;
        }
        Some(end + 1)
    }
}

fn is_address(text: &str) -> bool {
    let scheme = ["://", "mailto:"].iter().any(|mark| text.contains(mark));
    scheme || text.starts_with("www.") || text.starts_with('^')
}

/// Where a sign closes.
#[derive(Clone, Copy)]
enum End {
    Unknown,
    At(usize),
    /// Nowhere behind where it was looked for.
    Nowhere,
}

impl Line<'_> {
    /// Where the text ends whose sign stands at `at`; `None` where the sign is no markup. Each part of a line is looked
    /// through once, however many signs stand in it.
    fn opens(&mut self, line: &str, at: usize, sign: char) -> Option<usize> {
        if follows_word(line, at) || line[at + 1..].starts_with(char::is_whitespace) {
            return None;
        }
        let known = &mut self.ends[usize::from(sign == '+')];
        match *known {
            End::Nowhere => None,
            End::At(end) if end > at + 1 => Some(end),
            _ => {
                let end = closes(line, at, sign);
                *known = end.map_or(End::Nowhere, End::At);
                end
            }
        }
    }
}

/// Whether the sign at `at` stands directly behind a word.
fn follows_word(line: &str, at: usize) -> bool {
    line[..at].chars().next_back().is_some_and(char::is_alphanumeric)
}

/// Where the text behind the sign at `at` is closed.
fn closes(line: &str, at: usize, sign: char) -> Option<usize> {
    let mut escaped = false;
    let mut last = ' ';
    for (place, letter) in line[at + 1..].char_indices() {
        if letter == sign && !escaped && !last.is_whitespace() && place > 0 {
            let end = at + 1 + place;
            if !line[end + 1..].starts_with(char::is_alphanumeric) {
                return Some(end);
            }
        }
        escaped = letter == '\\' && !escaped;
        last = letter;
    }
    None
}

/// `{*}` and its like, as Jira's editor writes signs inside of words.
fn is_sign(rest: &str) -> bool {
    ["{*}", "{_}", "{-}", "{+}", "{^}", "{~}"].iter().any(|sign| rest.starts_with(sign))
}

/// The length of a picture at the beginning of `rest`: `!name.png!` or `!name.png|width=300!`.
fn picture(rest: &str) -> Option<usize> {
    let end = rest[1..].find('!')? + 1;
    let name = rest[1..end].split('|').next()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let ends = !rest[end + 1..].starts_with(char::is_alphanumeric);
    let fits = ends
        && !stem.is_empty()
        && (2..=5).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !stem.starts_with(' ');
    fits.then_some(end + 1)
}

/// The name and the length of a macro's tag at the beginning of `rest`: `{code}`, `{code:rust|title=x}`.
fn tag(rest: &str) -> Option<(&'static str, usize)> {
    let end = rest.strip_prefix('{')?.find('}')? + 1;
    let inside = &rest[1..end];
    let name = inside.split(':').next()?;
    let known = VERBATIM.into_iter().chain(MACROS).find(|known| *known == name)?;
    Some((known, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wiki: &str, text: &str) {
        assert_eq!(plain(wiki, Names::Kept), text, "{wiki:?}");
    }

    #[test]
    fn signs_go_and_words_stay() {
        check("h2. Steps\n\n* one\n** *two* and +three+\n# four", "Steps\none\ntwo and three\nfour");
        check("5 * 3 * 2, C++ and a+b+c, *", "5 * 3 * 2, C++ and a+b+c, *");
        check("*bold* and snake_case - done", "bold and snake_case - done");
        check("{{mono}} {color:red}red{color}", "mono red");
        check(
            "Great work!Please read README.md! Thanks {*}b{*}",
            "Great work!Please read README.md! Thanks b",
        );
        check("bq. said\r\n----\r\n!shot.png|width=300!\r\nwow! really!", "said\nwow! really!");
    }

    #[test]
    fn a_line_of_signs_is_read_in_one_go() {
        let line = "*a ".repeat(300_000);
        assert_eq!(plain(&line, Names::Kept).len(), line.len());
        let closed = format!("{line}*");
        assert!(plain(&closed, Names::Kept).len() >= line.len() - 2);
    }

    #[test]
    fn links_are_their_text() {
        check(
            "[docs|https://x.example/a] [https://x.example] [~jdoe] a[0] [ ]",
            "docs https://x.example @jdoe a[0] [ ]",
        );
        assert_eq!(plain("ask [~jdoe]", Names::Replaced), "ask @");
    }

    #[test]
    fn what_is_escaped_or_code_is_itself() {
        check(r"\*not bold\* \{code\} \\ \[x\]", r"*not bold* {code} \ [x]");
        check(
            "{code:rust}\nlet a = *b; // [~x] \\*\n\n{code}\nafter *it*",
            "let a = *b; // [~x] \\*\nafter it",
        );
        check("{noformat}{code}{noformat} x {code}a*b*{code}", "{code} x a*b*");
        check("c:\\temp ü \\", "c:\\temp ü \\");
        check("{quote}\nsaid\n{quote}\n{unknown} {", "said\n{unknown} {");
    }
}
