//! How far the clock of this machine is from that of the server, told where somebody should set it.

use weir_model::Millis;

const MINUTE_MS: i64 = 60_000;

/// Less than this is no matter.
const TOLD_FROM_MS: i64 = 2 * MINUTE_MS;

/// Told again when it has become another by so much.
const TOLD_AGAIN_MS: i64 = 10 * MINUTE_MS;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Skew {
    told: i64,
}

impl Skew {
    /// The sentence to tell, if there is one.
    pub(super) fn seen(&mut self, ours: Millis, servers: Millis) -> Option<String> {
        let ahead = ours.0.saturating_sub(servers.0);
        if ahead.abs() < TOLD_FROM_MS {
            let was = std::mem::take(&mut self.told);
            return (was != 0).then(|| "The clock of this machine is right again.".to_owned());
        }
        if (ahead - self.told).abs() < TOLD_AGAIN_MS && self.told != 0 {
            return None;
        }
        self.told = ahead;
        let minutes = (ahead.abs() + MINUTE_MS / 2) / MINUTE_MS;
        let (number, unit) =
            if minutes < 120 { (minutes, "minutes") } else { ((minutes + 30) / 60, "hours") };
        let where_to = if ahead > 0 { "ahead of" } else { "behind" };
        Some(format!(
            "The clock of this machine is {number} {unit} {where_to} that of the server. Nothing is lost by it: what changed is asked \
             for by the clock of the site. Set whichever is wrong."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_once_until_it_is_another() {
        let mut skew = Skew::default();
        let mut seen = |minutes: i64| skew.seen(Millis(minutes * MINUTE_MS), Millis(0));
        assert_eq!(seen(1), None);
        assert!(seen(300).is_some_and(|told| told.contains("5 hours ahead of that of the server")));
        assert_eq!(seen(301), None);
        assert!(seen(-25).is_some_and(|told| told.contains("25 minutes behind that of the server")));
        assert!(seen(0).is_some_and(|told| told.contains("right again")));
        assert_eq!(seen(0), None);
    }
}
