//! What was met over all runs, and the lines that say so.

use crate::truth::live::Standing;
use std::collections::BTreeMap;

/// What one run met.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Faults and events by their word, and how often each happened.
    words: BTreeMap<String, u64>,
    /// Kills at a moment.
    kills: u64,
    /// Kills at crash points, by name.
    crashes: BTreeMap<&'static str, u64>,
    standing: Standing,
}

impl Met {
    /// It happened so often.
    pub(super) fn count(&mut self, word: &str, times: u64) {
        if times > 0 {
            *self.words.entry(word.to_owned()).or_default() += times;
        }
    }

    pub(super) fn kill(&mut self) {
        self.kills += 1;
    }

    pub(super) fn crash(&mut self, point: &'static str) {
        *self.crashes.entry(point).or_default() += 1;
    }

    /// Whether it was killed, at a moment or at a crash point.
    pub(super) fn was_killed(&self) -> bool {
        self.kills > 0 || !self.crashes.is_empty()
    }

    pub(super) fn stands(&mut self, standing: Standing) {
        self.standing = standing;
    }
}

/// How many runs met something, and how often it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    runs: u64,
    times: u64,
}

/// What all runs met.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    runs: u64,
    killed_runs: u64,
    kills: u64,
    crashes: BTreeMap<&'static str, u64>,
    words: BTreeMap<String, Times>,
    standing: Standing,
}

impl Tally {
    /// One run more.
    pub(super) fn add(&mut self, met: Met) {
        self.runs += 1;
        self.killed_runs += u64::from(met.was_killed());
        self.kills += met.kills;
        for (point, times) in met.crashes {
            *self.crashes.entry(point).or_default() += times;
        }
        for (word, times) in met.words {
            let of_word = self.words.entry(word).or_default();
            of_word.runs += 1;
            of_word.times += times;
        }
        self.standing.issues += met.standing.issues;
        self.standing.duplicates += met.standing.duplicates;
        self.standing.out_of_live += met.standing.out_of_live;
    }

    /// Kills, at a moment or at a crash point.
    pub(crate) fn kills(&self) -> u64 {
        self.kills + self.crashes.values().sum::<u64>()
    }

    /// For people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("runs: {}, {} of them killed", self.runs, self.killed_runs),
            format!("kills: {} at a moment, {} at a crash point", self.kills, self.kills() - self.kills),
        ];
        lines.extend(self.crashes.iter().map(|(point, times)| format!("{point:>24} {times}")));
        lines.push("faults and events: how many runs met each, and how often it happened".to_owned());
        let of_word = |(word, met): (&String, &Times)| format!("{word:>24} {:>6} {:>8}", met.runs, met.times);
        lines.extend(self.words.iter().map(of_word));
        let Standing { issues, duplicates, out_of_live } = self.standing;
        lines.push(format!(
            "compared: {issues} issues; {duplicates} duplicates, {out_of_live} wrongly out of live"
        ));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_times_are_counted_apart() {
        let mut tally = Tally::default();
        for run in 0..2 {
            let mut met = Met::default();
            met.count("cut", 3);
            met.count("never", 0);
            if run == 0 {
                met.crash("add.after");
            }
            met.stands(Standing { issues: 300, duplicates: 0, out_of_live: run });
            tally.add(met);
        }
        assert_eq!(tally.words["cut"], Times { runs: 2, times: 6 });
        assert!(!tally.words.contains_key("never"));
        assert_eq!((tally.kills(), tally.killed_runs), (1, 1));
        let last = tally.lines().pop().unwrap();
        assert_eq!(last, "compared: 600 issues; 0 duplicates, 1 wrongly out of live");
    }
}
