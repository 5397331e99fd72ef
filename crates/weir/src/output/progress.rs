//! Live progress on standard error: a line that renews itself on a terminal, plain lines elsewhere.

use super::{Output, clean, duration, note, thousands};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    io::{self, IsTerminal as _},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;
use weir_model::{Clock, Millis};
use weir_source::{Phase, Progress, ProgressSnapshot};

const ON_A_TERMINAL: Duration = Duration::from_millis(150);
const ELSEWHERE: Duration = Duration::from_secs(3);

/// Shortest rest of a wait that a line tells of.
const SHORTEST_TOLD_MS: i64 = 500;

/// The lines of several pulls, one under the other.
#[derive(Debug, Default)]
pub(crate) struct Bars(MultiProgress);

impl Bars {
    /// Prints something that is not to run into the lines.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

/// Draws a pull's progress until it is stopped.
pub(crate) struct Watching {
    task: JoinHandle<()>,
    bar: Option<ProgressBar>,
}

impl Watching {
    /// Shows the first line now and goes on beside the work.
    pub(crate) fn start(
        output: &Output,
        title: &str,
        progress: Arc<Progress>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::among(&Bars::default(), output, title, progress, clock)
    }

    /// The same, with others.
    pub(crate) fn among(
        bars: &Bars,
        output: &Output,
        title: &str,
        progress: Arc<Progress>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let title = clean(title, 60);
        let started = clock.now();
        if !io::stderr().is_terminal() {
            note(&sentence(&title, &progress.snapshot(), started, started));
            let task = tokio::spawn(async move {
                loop {
                    tokio::time::sleep(ELSEWHERE).await;
                    note(&sentence(&title, &progress.snapshot(), started, clock.now()));
                }
            });
            return Self { task, bar: None };
        }
        let template = if output.colour_on_stderr() {
            "{spinner:.cyan} [{bar:24.cyan/dim}] {wide_msg}"
        } else {
            "{spinner} [{bar:24}] {wide_msg}"
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bars.0.add(ProgressBar::new(0));
        bar.set_style(style.progress_chars("=> "));
        bar.set_message(sentence(&title, &progress.snapshot(), started, started));
        bar.tick();
        let drawn = bar.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(ON_A_TERMINAL).await;
                let now = progress.snapshot();
                drawn.set_length(now.issues_expected.max(now.issues_done).max(1));
                drawn.set_position(now.issues_done);
                drawn.set_message(sentence(&title, &now, started, clock.now()));
                drawn.tick();
            }
        });
        Self { task, bar: Some(bar) }
    }

    /// Clears the line.
    pub(crate) fn stop(self) {
        self.task.abort();
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Where it stands, in one line.
fn sentence(title: &str, now: &ProgressSnapshot, started: Millis, at: Millis) -> String {
    let elapsed_ms = u64::try_from(at.since(started)).unwrap_or(0);
    let mut parts = vec![];
    match now.phase {
        Phase::Connecting => {
            let wait = waiting(now, at).map(|wait| format!(", {wait}")).unwrap_or_default();
            return format!("{title}: connecting, {}{wait}", duration(elapsed_ms));
        }
        Phase::Reading => {}
        Phase::Closing => parts.push("reading what changed meanwhile".to_owned()),
        Phase::Done => parts.push("done".to_owned()),
    }
    if now.projects_total > 0 {
        parts.push(format!("{}/{} projects", thousands(now.projects_done), thousands(now.projects_total)));
    }
    parts.push(match now.issues_expected {
        0 => format!("{} issues", thousands(now.issues_done)),
        expected => format!("{}/{} issues", thousands(now.issues_done), thousands(expected)),
    });
    let rate = now.issues_done.saturating_mul(1000).checked_div(elapsed_ms).unwrap_or(0);
    parts.push(format!("{}/s", thousands(rate)));
    parts.push(format!("{} requests", thousands(now.requests)));
    if let Some(wait) = waiting(now, at) {
        parts.push(wait);
    } else if now.phase == Phase::Reading && rate > 0 && now.issues_expected > now.issues_done {
        let left_ms = (now.issues_expected - now.issues_done).saturating_mul(1000) / rate;
        parts.push(format!("about {} left", duration(left_ms)));
    }
    format!("{title}: {}", parts.join(", "))
}

/// Until when the site has us wait. Pauses between requests that keep its pace are too short to be told.
fn waiting(now: &ProgressSnapshot, at: Millis) -> Option<String> {
    let is_told = now.waiting_until - at.0 >= SHORTEST_TOLD_MS;
    is_told.then(|| format!("waiting until {} UTC", clock_time(now.waiting_until)))
}

fn clock_time(ms: i64) -> String {
    let seconds = ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_source::Traffic;

    fn snapshot() -> ProgressSnapshot {
        let progress = Progress::default();
        progress.enter(Phase::Reading);
        progress.projects(4);
        progress.project_done();
        progress.expect_issues(0, 3_000);
        progress.issues_done(1_000);
        progress.traffic(Traffic { requests: 120, ..Traffic::default() });
        progress.snapshot()
    }

    #[test]
    fn a_line_tells_rate_and_time_left() {
        assert_eq!(
            sentence("Acme", &snapshot(), Millis(0), Millis(2_000)),
            "Acme: 1/4 projects, 1,000/3,000 issues, 500/s, 120 requests, about 4.0 s left"
        );
    }

    #[test]
    fn a_wait_is_told_with_its_end() {
        let waiting = ProgressSnapshot { waiting_until: 3_661_000, ..snapshot() };
        let line = sentence("Acme", &waiting, Millis(0), Millis(2_000));
        assert!(line.ends_with("waiting until 01:01:01 UTC"), "{line}");
    }

    #[test]
    fn a_wait_is_told_while_connecting_and_to_its_last_second() {
        let progress = Progress::default();
        progress.traffic(Traffic { waiting_until: Some(3_600_000), ..Traffic::default() });
        let line = |at| sentence("Acme", &progress.snapshot(), Millis(0), Millis(at));
        assert_eq!(line(2_000), "Acme: connecting, 2.0 s, waiting until 01:00:00 UTC");
        assert!(line(3_599_000).ends_with("waiting until 01:00:00 UTC"), "{}", line(3_599_000));
        assert!(!line(3_599_900).contains("waiting"), "{}", line(3_599_900));
    }
}
