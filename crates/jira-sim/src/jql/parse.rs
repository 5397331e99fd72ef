//! JQL text to syntax.

use super::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) clause: Option<Clause>,
    /// (field, descending)
    pub(crate) order: Vec<(String, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Term { field: String, operator: Operator, operand: Operand },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
    Like,
}

impl Operator {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
            Operator::NotIn => "not in",
            Operator::Is => "is",
            Operator::IsNot => "is not",
            Operator::Like => "~",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operand {
    One(Value),
    List(Vec<Value>),
    Function { name: String, arguments: Vec<String> },
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
    End,
}

struct Parser {
    /// Tokens and where they begin (characters, from 1).
    tokens: Vec<(Token, usize)>,
    at: usize,
}

pub(crate) fn query(text: &str) -> Result<Query, Refusal> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let mut query = Query { clause: None, order: Vec::new() };
    if !parser.is_order() && *parser.peek() != Token::End {
        query.clause = Some(parser.or(0)?);
    }
    if parser.is_order() {
        parser.at += 2;
        query.order = parser.order()?;
    }
    if *parser.peek() != Token::End {
        return Err(parser.unexpected("'AND', 'OR' or 'ORDER BY'"));
    }
    Ok(query)
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Refusal> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let next = chars.get(at + 1).copied();
        let sign = match (chars[at], next) {
            (space, _) if space.is_whitespace() => {
                at += 1;
                continue;
            }
            ('!', Some('=')) => "!=",
            ('<', Some('=')) => "<=",
            ('>', Some('=')) => ">=",
            ('!', Some('~')) => "!~",
            ('=', _) => "=",
            ('<', _) => "<",
            ('>', _) => ">",
            ('~', _) => "~",
            ('!', _) => "!",
            ('(', _) => "(",
            (')', _) => ")",
            (',', _) => ",",
            ('&', Some('&')) => "&&",
            ('|', Some('|')) => "||",
            (quote @ ('"' | '\''), _) => {
                let (token, end) = quoted(&chars, at, quote)?;
                tokens.push((token, start + 1));
                at = end;
                continue;
            }
            _ => {
                while at < chars.len() && !chars[at].is_whitespace() && !"=<>~!(),&|\"'".contains(chars[at]) {
                    at += 1;
                }
                if at == start {
                    return Err(reserved(chars[at], start));
                }
                tokens.push((Token::Word(chars[start..at].iter().collect()), start + 1));
                continue;
            }
        };
        at += sign.len();
        tokens.push((Token::Sign(sign), start + 1));
    }
    tokens.push((Token::End, chars.len() + 1));
    Ok(tokens)
}

fn reserved(letter: char, at: usize) -> Refusal {
    Refusal::new(format!(
        "Error in the JQL Query: The character '{letter}' is a reserved JQL character. You must enclose it in a string. (line 1, character {})",
        at + 1
    ))
}

fn quoted(chars: &[char], start: usize, quote: char) -> Result<(Token, usize), Refusal> {
    let mut text = String::new();
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' if at + 1 < chars.len() => {
                text.push(chars[at + 1]);
                at += 2;
            }
            letter if letter == quote => return Ok((Token::Quoted(text), at + 1)),
            letter => {
                text.push(letter);
                at += 1;
            }
        }
    }
    Err(Refusal::new(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed. (line 1, character {})",
        start + 1
    )))
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    fn word(&self, ahead: usize, expected: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some((Token::Word(word), _)) if word.eq_ignore_ascii_case(expected))
    }

    fn is_order(&self) -> bool {
        self.word(0, "order") && self.word(1, "by")
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &str) -> Refusal {
        let (token, position) = &self.tokens[self.at.min(self.tokens.len() - 1)];
        let got = match token {
            Token::Word(text) | Token::Quoted(text) => format!("'{text}'"),
            Token::Sign(sign) => format!("'{sign}'"),
            Token::End => "the end of the query".to_owned(),
        };
        Refusal::new(format!(
            "Error in the JQL Query: Expecting {expected} but got {got}. (line 1, character {position})"
        ))
    }

    fn or(&mut self, depth: usize) -> Result<Clause, Refusal> {
        let mut clauses = vec![self.and(depth)?];
        while self.word(0, "or") || *self.peek() == Token::Sign("||") {
            self.at += 1;
            clauses.push(self.and(depth)?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::Or(clauses) })
    }

    fn and(&mut self, depth: usize) -> Result<Clause, Refusal> {
        let mut clauses = vec![self.not(depth)?];
        while self.word(0, "and") || *self.peek() == Token::Sign("&&") {
            self.at += 1;
            clauses.push(self.not(depth)?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::And(clauses) })
    }

    fn not(&mut self, depth: usize) -> Result<Clause, Refusal> {
        if depth > 100 {
            return Err(Refusal::new("Error in the JQL Query: the query is nested too deeply."));
        }
        if self.word(0, "not") || *self.peek() == Token::Sign("!") {
            self.at += 1;
            return Ok(Clause::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.or(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.unexpected("')'")) };
        }
        self.term()
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.peek().clone() {
            Token::Word(text) | Token::Quoted(text) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected("a field name")),
        }
    }

    fn term(&mut self) -> Result<Clause, Refusal> {
        let field = self.name()?;
        let operator = self.operator()?;
        let operand = self.operand()?;
        match (operator, &operand) {
            (Operator::In | Operator::NotIn, Operand::One(_) | Operand::Empty)
            | (
                Operator::Is | Operator::IsNot,
                Operand::One(_) | Operand::List(_) | Operand::Function { .. },
            ) => Err(Refusal::new(format!(
                "Operator '{}' does not support the operand given for the field '{field}'.",
                operator.sign()
            ))),
            (operator, Operand::List(_)) if !matches!(operator, Operator::In | Operator::NotIn) => {
                Err(Refusal::new(format!("Operator '{}' does not support the list value.", operator.sign())))
            }
            _ => Ok(Clause::Term { field, operator, operand }),
        }
    }

    fn operator(&mut self) -> Result<Operator, Refusal> {
        let signs = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
            ("~", Operator::Like),
        ];
        for (sign, operator) in signs {
            if self.take(sign) {
                return Ok(operator);
            }
        }
        let (words, operator) = match () {
            () if self.word(0, "not") && self.word(1, "in") => (2, Operator::NotIn),
            () if self.word(0, "in") => (1, Operator::In),
            () if self.word(0, "is") && self.word(1, "not") => (2, Operator::IsNot),
            () if self.word(0, "is") => (1, Operator::Is),
            () => return Err(self.unexpected("an operator such as '=', '!=', '<', '>', 'in' or 'is'")),
        };
        self.at += words;
        Ok(operator)
    }

    fn operand(&mut self) -> Result<Operand, Refusal> {
        if self.word(0, "empty") || self.word(0, "null") {
            self.at += 1;
            return Ok(Operand::Empty);
        }
        if self.take("(") {
            let mut values = vec![self.value()?];
            while self.take(",") {
                values.push(self.value()?);
            }
            return if self.take(")") {
                Ok(Operand::List(values))
            } else {
                Err(self.unexpected("')' or ','"))
            };
        }
        let value = self.value()?;
        if value.quoted || !self.take("(") {
            return Ok(Operand::One(value));
        }
        let mut arguments = Vec::new();
        while !self.take(")") {
            arguments.push(self.value()?.text);
            if !self.take(",") && *self.peek() != Token::Sign(")") {
                return Err(self.unexpected("')' or ','"));
            }
        }
        Ok(Operand::Function { name: value.text, arguments })
    }

    fn value(&mut self) -> Result<Value, Refusal> {
        let (text, quoted) = match self.peek().clone() {
            Token::Word(text) if !["and", "or", "not"].contains(&text.to_lowercase().as_str()) => {
                (text, false)
            }
            Token::Quoted(text) => (text, true),
            _ => return Err(self.unexpected("either a value, list or function")),
        };
        self.at += 1;
        Ok(Value { text, quoted })
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, Refusal> {
        let mut order = Vec::new();
        loop {
            let field = self.name()?;
            let descending = self.word(0, "desc");
            if descending || self.word(0, "asc") {
                self.at += 1;
            }
            order.push((field, descending));
            if !self.take(",") {
                break;
            }
        }
        if order.len() > 7 {
            return Err(Refusal::new("The maximum number of ORDER BY fields is 7."));
        }
        Ok(order)
    }
}
