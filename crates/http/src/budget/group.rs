//! What one endpoint group may send: how many requests at once, how fast, and from when on.
//!
//! The number at once grows by one for each round of good answers and halves when the server
//! refuses or does not keep up (additive increase, multiplicative decrease). It never exceeds what
//! an answer says remains. A rate is kept only once there is a reason: a refusal, or a limit whose
//! rate is known and of which little is left. No clock and no waiting in here.

use std::time::Duration;

use super::pace::Pace;
use crate::standing::Standing;

/// How long an answer's count of what remains is believed when it names no end.
const BELIEVED: Duration = Duration::from_secs(1);

/// Window of a limit that names none: that of Cloud's burst limiter. jira-api.md §12.1.
const BURST_WINDOW: Duration = Duration::from_secs(1);

/// Instants closer together than this are the end of the same window.
const SAME_RESET: Duration = Duration::from_millis(500);

/// Requests are counted over this time, to know how fast they went when one is refused.
const COUNTED_OVER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Group {
    in_flight: usize,
    /// Requests that may be in flight at once, and the most that this may become.
    window: f64,
    most: f64,
    cut_at: Option<Duration>,
    held_until: Duration,
    allowance: Option<Allowance>,
    /// The nominal length of the limit's window, learnt from the distance of two ends.
    period: Option<Duration>,
    reset_at: Option<Duration>,
    pace: Option<Pace>,
    counted_since: Duration,
    counted: u32,
}

/// What an answer said remains.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    remaining: u64,
    until: Duration,
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Go,
    /// Not before this instant.
    Held(Duration),
    /// Not before another one of the group has ended, or this instant if there is one.
    Full(Option<Duration>),
}

/// How an exchange went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    Well,
    /// Neither good nor a sign of too many requests.
    Otherwise,
    /// The server does not keep up: a time-out, or 503 with `Retry-After`.
    Overloaded,
    /// 429 for this group.
    Refused,
}

impl Group {
    pub(super) fn new(most: usize) -> Self {
        Self {
            in_flight: 0,
            window: most as f64,
            most: most as f64,
            cut_at: None,
            held_until: Duration::ZERO,
            allowance: None,
            period: None,
            reset_at: None,
            pace: None,
            counted_since: Duration::ZERO,
            counted: 0,
        }
    }

    /// Takes over what is in flight, the later hold and the slower rate: what was asked of a part holds for the whole.
    pub(super) fn adopt(&mut self, other: Self) {
        self.in_flight += other.in_flight;
        self.hold(other.held_until);
        self.pace = match (self.pace.take(), other.pace) {
            (Some(mine), Some(theirs)) => Some(mine.slower(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
    }

    /// Whether a request may go `now`.
    pub(super) fn verdict(&self, now: Duration) -> Verdict {
        if self.held_until > now {
            return Verdict::Held(self.held_until);
        }
        if self.in_flight as f64 + 1.0 > self.window.max(1.0) {
            return Verdict::Full(None);
        }
        if let Some(allowance) = self.allowance.filter(|allowance| allowance.until > now)
            && self.in_flight as u64 >= allowance.remaining
        {
            return match self.in_flight {
                0 => Verdict::Held(allowance.until),
                _ => Verdict::Full(Some(allowance.until)),
            };
        }
        match self.pace.as_ref().map(Pace::next_at) {
            Some(at) if at > now && !self.has_surplus(now) => Verdict::Held(at),
            _ => Verdict::Go,
        }
    }

    /// Whether more remains than all requests that may be in flight could take, so that no rate needs to be kept: a bucket
    /// fills while a refusal is waited for. Answers that overtake each other are less wrong than that.
    fn has_surplus(&self, now: Duration) -> bool {
        let left =
            self.allowance.filter(|allowance| allowance.until > now).map(|allowance| allowance.remaining);
        left.is_some_and(|left| left as f64 > self.in_flight as f64 + self.window.max(1.0))
    }

    /// A request goes.
    pub(super) fn go(&mut self, now: Duration) {
        let is_paced = !self.has_surplus(now);
        self.in_flight += 1;
        if let Some(pace) = self.pace.as_mut().filter(|_| is_paced) {
            pace.go(now);
        }
        if now.saturating_sub(self.counted_since) > COUNTED_OVER {
            (self.counted_since, self.counted) = (now, 0);
        }
        self.counted += 1;
    }

    /// A request has ended.
    pub(super) fn end(&mut self) {
        self.in_flight -= 1;
    }

    /// Nothing goes before `until`; a hold that lasts longer already is left alone.
    pub(super) fn hold(&mut self, until: Duration) {
        self.held_until = self.held_until.max(until);
    }

    /// Takes in how an exchange went that began at `sent_at`.
    pub(super) fn learn(&mut self, went: Went, standing: &Standing, sent_at: Duration, now: Duration) {
        self.learn_window(standing, now);
        match went {
            Went::Well => {
                if !standing.near {
                    self.window = (self.window + 1.0 / self.window).min(self.most);
                }
            }
            Went::Otherwise => {}
            Went::Overloaded => {
                self.cut(sent_at, now);
            }
            Went::Refused => {
                if self.cut(sent_at, now) {
                    self.slow_down(standing, now);
                }
            }
        }
        self.keep_pace(standing, now);
    }

    /// Halves what may be in flight, once for all requests that were under way together.
    fn cut(&mut self, sent_at: Duration, now: Duration) -> bool {
        if self.cut_at.is_some_and(|cut_at| sent_at < cut_at) {
            return false;
        }
        self.cut_at = Some(now);
        self.window = (self.window / 2.0).floor().max(1.0);
        true
    }

    fn learn_window(&mut self, standing: &Standing, now: Duration) {
        let reset = standing.reset.map(|reset| (now + reset.wait, reset.coarse));
        if let Some((at, false)) = reset {
            let gap = self.reset_at.map(|last| at.saturating_sub(last));
            if let Some(gap) = gap.filter(|gap| *gap >= SAME_RESET) {
                self.period = Some(self.period.map_or(gap, |known| known.min(gap)).max(BURST_WINDOW));
            }
            if gap.is_none_or(|gap| gap >= SAME_RESET) {
                self.reset_at = Some(at);
            }
        }
        let Some(remaining) = standing.remaining else { return };
        let until = reset.map_or_else(
            || {
                now + standing
                    .policy
                    .map_or(BELIEVED, |policy| Duration::from_secs_f64(1.0 / policy.rate()).max(BELIEVED))
            },
            // A minute without its seconds is too rough to tell when: until then more may be left long since.
            |(at, coarse)| if coarse { at.min(now + BELIEVED) } else { at },
        );
        // Answers overtake each other: within a window the lowest count is the newest.
        let of_same_window = self.allowance.filter(|known| {
            reset.is_some_and(|(_, coarse)| !coarse)
                && known.until > now
                && known.until.abs_diff(until) < SAME_RESET
        });
        let remaining = of_same_window.map_or(remaining, |known| known.remaining.min(remaining));
        self.allowance = Some(Allowance { remaining, until });
    }

    /// The rate that the server says can be kept up.
    fn advertised(&self, standing: &Standing) -> Option<f64> {
        let told = standing.policy.map(|policy| policy.rate());
        // An end that is told to the minute is that of the burst limiter, whose window is known.
        let is_burst = standing.reset.is_some_and(|reset| reset.coarse);
        let period = self.period.or(is_burst.then_some(BURST_WINDOW));
        let learnt = || Some(standing.limit? as f64 / period?.as_secs_f64());
        told.or_else(learnt)
    }

    /// After a refusal requests keep a rate: the advertised one; or, where there is none or it was
    /// kept and refused already, less than they had.
    fn slow_down(&mut self, standing: &Standing, now: Duration) {
        let burst = || standing.limit.map(|limit| limit as f64 / BURST_WINDOW.as_secs_f64());
        let advertised = self.advertised(standing).or_else(burst);
        match &mut self.pace {
            // What went before the rate was kept may have used up what is missing.
            Some(pace) if !pace.is_earned && advertised.is_some() => {}
            Some(pace) => pace.refused(now),
            None => {
                let elapsed = now.saturating_sub(self.counted_since).max(BURST_WINDOW);
                let had = f64::from(self.counted) / elapsed.as_secs_f64();
                self.pace = Some(match advertised {
                    Some(rate) => Pace::advertised(rate, now),
                    None => Pace::guessed(had, now),
                });
            }
        }
        if let Some(pace) = &mut self.pace {
            pace.is_earned = true;
        }
    }

    /// Begins to keep a known rate when little is left, and stops when there is plenty again.
    fn keep_pace(&mut self, standing: &Standing, now: Duration) {
        let advertised = self.advertised(standing);
        match (&mut self.pace, advertised) {
            (None, Some(rate)) if standing.near => self.pace = Some(Pace::advertised(rate, now)),
            (Some(pace), rate) => {
                if let Some(rate) = rate {
                    pace.advertise(rate);
                }
                pace.grow(now);
                let has_plenty = matches!((standing.remaining, standing.limit), (Some(left), Some(limit)) if left * 2 > limit);
                if pace.is_over() || (!pace.is_earned && has_plenty) {
                    self.pace = None;
                }
            }
            _ => {}
        }
    }

    #[cfg(test)]
    pub(super) fn rate(&self) -> Option<f64> {
        self.pace.as_ref().map(Pace::rate)
    }

    #[cfg(test)]
    pub(super) fn window(&self) -> usize {
        self.window as usize
    }
}
