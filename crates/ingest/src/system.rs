//! What the operating system says, as part of a sentence.

use std::io;

/// What the operating system said, without its number.
pub fn sentence(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((sentence, _)) => sentence.to_owned(),
        None => text,
    }
}
