//! What became of a message.

/// What became of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The other side has taken it.
    Sent,
    /// It was not taken, and may be later: the other side is away, or says so.
    Later(String),
    /// It was not taken and will not be as it is.
    Refused(String),
    /// Nobody knows whether it was taken: the connection ended before the answer came. It is not sent again.
    Unknown(String),
}

/// Longest part of a sentence that another system gives.
const LONGEST: usize = 300;

/// What another system, or a library of ours, said: one line without its full stop.
pub(crate) fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = source.source();
    }
    weir_model::clean(text.trim().trim_end_matches('.'), LONGEST)
}
