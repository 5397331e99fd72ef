//! Values that other parts of the world agree on: marked texts, support-case ids, story points, the epic of an issue.

use super::issue::Issue;
use super::{World, WorldSpec, hostile};
use crate::rng::Rng;

/// A value of a custom text field, marked when canaries are on.
pub(crate) fn custom_text(spec: &WorldSpec, field: u32, serial: u32, value: &str) -> String {
    let text = match spec.canary {
        true => format!("CANARY-customfield_{field}-{serial} {value}"),
        false => value.to_owned(),
    };
    hostile::text(spec, text)
}

/// Something people type into a field for support cases.
pub(super) fn a_case(rng: &mut Rng) -> String {
    let digits = format!("{:08}", rng.below(200_000));
    match rng.below(8) {
        0 => record_id(rng),
        1 => {
            let short = record_id(rng);
            short.clone() + &suffix(&short)
        }
        2 => format!("SF-{digits}"),
        3 => format!("{digits}, {:08}", rng.below(200_000)),
        4 => format!("https://example.my.salesforce.com/lightning/r/Case/{}/view", record_id(rng)),
        5 => "pending".to_owned(),
        6 => format!("{digits};{}", record_id(rng)),
        _ => digits,
    }
}

fn record_id(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut id = "500".to_owned();
    (0..12).for_each(|_| id.push(char::from(*rng.pick(LETTERS))));
    id
}

/// Salesforce's three letters that make a 15-character id safe where case is lost: for each five characters, a bit
/// per upper-case letter, lowest first, written in base 32 (`A`-`Z`, `0`-`5`).
pub(crate) fn suffix(id: &str) -> String {
    id.as_bytes()
        .chunks(5)
        .map(|chunk| {
            let bits = chunk
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0, |sum, (at, _)| sum | 1 << at);
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits as usize & 31])
        })
        .collect()
}

pub(crate) fn a_note(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => String::new(),
        1 => "nul\u{0}note".to_owned(),
        2 => "=1+1".to_owned(),
        _ => super::text::words(rng, 5),
    }
}

/// The five options of a list field, by position.
pub(crate) fn option_name(set: &str, at: usize) -> String {
    format!("{set} {}", at + 1)
}

impl World {
    /// Story points as a number.
    pub(crate) fn points(&self, issue: &Issue) -> Option<f64> {
        issue.custom.points.map(|halves| f64::from(halves) / 2.0)
    }

    /// The epic an issue belongs to: the Epic Link, else a parent that is an epic.
    pub(crate) fn epic_of(&self, issue: &Issue) -> Option<u32> {
        issue.epic.or_else(|| {
            issue.parent.filter(|parent| {
                let parent = &self.issues[*parent as usize];
                self.catalog.types[parent.kind as usize].level == 1
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::suffix;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(suffix("500000000000000"), "AAA");
        assert_eq!(suffix("001A0000006Vm9u"), "IAC");
        assert_eq!(suffix("70130000001tcyA"), "AAQ");
    }
}
