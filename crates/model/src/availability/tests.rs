//! Histories and what the timeline makes of them. Minutes since midnight (UTC); segments are two hours long.

use super::*;
use crate::{Entropy, IntegrationSettings, Range};

/// What happened | created | minutes between runs | runs: begin-end and `+` or `x`, open without an end | pauses | now |
/// segments: Healthy, Unhealthy, Pending, `-` for no data | gaps, newest first.
const HISTORIES: &str = "
a good run in every segment            |   0 |   60 | 5-7+ 65-67+ 125-127+              |               | 130 | HH     |
the last run decides, if good          |   0 |   60 | 5-7x 65-67+                       |               | 119 | H      | failed:7-67
the last run decides, if not           |   0 |   60 | 5-7+ 65-67x                       |               | 119 | U      | failed:67-
nothing before it was there            | 240 |   60 | 245-247+                          |               | 250 | --H    |
added within a segment                 | 130 |   60 | 135-137+                          |               | 140 | -H     |
never ran, and none is overdue         |   0 |   60 |                                   |               | 119 | -      |
never ran, though one was due          |   0 |   60 |                                   |               | 130 | -U     | missed:120-
no further run                         |   0 |   60 | 5-7+                              |               | 250 | HUU    | missed:127-
no further run, seen in time           |   0 |   60 | 5-7+                              |               | 126 | H-     |
missed, and caught up                  |   0 |   60 | 5-7+ 305-307+                     |               | 310 | HUH    | missed:127-307
once a day is enough                   |   0 | 1440 | 5-7+                              |               | 700 | H----- |
every five minutes                     |   0 |    5 | 5-7+ 10-12+ 118-119+              |               | 119 | H      | missed:22-119
paused                                 |   0 |   60 | 5-7+                              | 10-           | 250 | H--    | paused:10-
paused and resumed                     |   0 |   60 | 5-7+ 245-247+                     | 10-200        | 250 | H-H    | paused:10-200
resumed, but nothing came              |   0 |   60 | 5-7+                              | 10-200        | 370 | H-UU   | missed:320- paused:10-200
a run by hand in a pause               |   0 |   60 | 5-7+ 130-132+                     | 10-           | 250 | HH-    | paused:10-
paused for a whole segment             |   0 |   60 | 5-7+ 355-357+                     | 120-240       | 370 | H-H-   | paused:120-240
paused twice                           |   0 | 1440 | 5-7+                              | 10-20 30-40   | 130 | H-     | paused:30-40 paused:10-20
paused from the beginning              |   0 |   60 |                                   | 0-            | 250 | ---    | paused:0-
failing, then paused                   |   0 |   60 | 5-7x                              | 30-           | 250 | U--    | paused:30- failed:7-30
missed, then paused                    |   0 |   60 | 5-7+                              | 200-          | 250 | H--    | paused:200- missed:127-200
paused while a run was under way       |   0 |   60 | 5-7+ 20-130+                      | 100-          | 250 | HH-    | paused:100-
a run under way                        |   0 |   60 | 5-7+ 125-                         |               | 126 | HP     |
a run under way after one that ended   |   0 |   60 | 5-7+ 118-                         |               | 119 | H      |
a run that hangs                       |   0 |   60 | 5-7+ 125-                         |               | 140 | HU     | stuck:131-
quick runs do not make others hang     |   0 |   60 | 10-10+ 125-                       |               | 129 | HP     |
but in the end they do                 |   0 |   60 | 10-10+ 125-                       |               | 131 | HU     | stuck:130-
a first import takes its time          |   0 |   60 | 5-                                |               | 500 | PPPPP  |
a first import that has ended          |   0 |   60 | 5-300+                            |               | 310 | PPH    |
a run across a boundary                |   0 |   60 | 5-7+ 118-122+                     |               | 123 | HH     |
an end at the boundary is the next one's |   0 |   60 | 5-7+ 110-120+                     |               | 125 | HH     |
a run that hung, and ended             |   0 |   60 | 5-7+ 65-67+ 70-72+ 110-300+       |               | 310 | HUH    |
a run that hung, and failed            |   0 |   60 | 5-7+ 125-300x                     |               | 310 | HUU    | failed:300-
failures over several segments         |   0 |   60 | 5-7+ 65-67x 125-127x 245-247+     |               | 250 | UUH    | failed:67-247
two gaps                               |   0 |   60 | 5-7x 15-17+ 65-67x 75-77+         |               | 119 | H      | failed:67-77 failed:7-17
a failure and then silence is one gap  |   0 |   60 | 5-7x                              |               | 370 | UUUU   | failed:7-
silence and then a failure is one gap  |   0 |   60 | 5-7+ 245-247x                     |               | 250 | HUU    | missed:127-
a run from the future                  |   0 |   60 | 5-7+ 5000-5002+                   |               |  10 | H      |
the clock went back during a run       |   0 |   60 | 5-300+                            |               |  10 | H      |
a run that ended before it began       |   0 |   60 | 50-20+                            |               |  60 | H      |
a run from before it was there         | 100 |   60 | 5-7+                              |               | 110 | H      |
two runs at once                       |   0 |   60 | 5-20+ 10-12x                      |               | 119 | H      | failed:12-20
a killed run that others came after    |   0 |   60 | 5- 65-67+ 125-127+                |               | 245 | HH-    |
";

/// 2026-03-04T00:00:00Z.
const MIDNIGHT: i64 = 1_772_582_400_000;
const MINUTE: i64 = 60_000;

struct Zeroes;

impl Entropy for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn minute(text: &str) -> Millis {
    Millis(MIDNIGHT + text.parse::<i64>().unwrap_or_else(|_| panic!("{text} is no minute")) * MINUTE)
}

fn span(text: &str) -> (Millis, Option<Millis>) {
    let (begin, end) = text.split_once('-').expect("begin-end");
    (minute(begin), (!end.is_empty()).then(|| minute(end)))
}

fn run(text: &str) -> PastRun {
    let (begin, end) = span(text.trim_end_matches(['+', 'x']));
    PastRun {
        id: RunId::generate(begin, &Zeroes),
        started_at: begin,
        ended_at: end,
        is_good: text.ends_with('+'),
        error_code: text.ends_with('x').then(|| "net.timeout".to_owned()),
        written: 3,
    }
}

fn history(columns: &[&str]) -> History {
    let pause = |text| {
        let (since, until) = span(text);
        PausedTime { since, until }
    };
    History {
        created_at: minute(columns[1]),
        interval_ms: columns[2].parse::<i64>().expect("minutes") * MINUTE,
        rhythms: vec![],
        runs: columns[3].split_whitespace().map(run).collect(),
        pauses: columns[4].split_whitespace().map(pause).collect(),
        now: minute(columns[5]),
    }
}

fn letter(segment: &Segment) -> char {
    match segment.state {
        SegmentState::Healthy => 'H',
        SegmentState::Unhealthy => 'U',
        SegmentState::Pending => 'P',
        SegmentState::NoData => '-',
    }
}

fn shown(gap: &Gap) -> String {
    let minute = |at: Millis| ((at.0 - MIDNIGHT) / MINUTE).to_string();
    format!("{}:{}-{}", gap.kind.as_str(), minute(gap.from), gap.until.map(minute).unwrap_or_default())
}

#[test]
fn every_history_has_its_timeline_and_its_gaps() {
    let lines: Vec<&str> = HISTORIES.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() >= 40);
    for line in lines {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let history = history(&columns);
        let length = 120 * MINUTE;
        let until = Millis(MIDNIGHT + ((history.now.0 - MIDNIGHT) / length + 1) * length);
        let segments = history.segments(Millis(MIDNIGHT), until, length);
        assert_eq!(segments.iter().map(letter).collect::<String>(), columns[6], "{line}");
        let gaps: Vec<String> = history.gaps(Millis(MIDNIGHT), until).iter().map(shown).collect();
        assert_eq!(gaps.join(" "), columns[7], "{line}");
    }
}

#[test]
fn history_does_not_shift_as_time_goes_on() {
    let columns = ["", "0", "60", "5-7+ 65-67x 125-127+ 200-202+", "", "230"];
    let early = history(&columns);
    let late = History { now: minute("470"), ..early.clone() };
    let (from, length) = (Millis(MIDNIGHT), 120 * MINUTE);
    let before = early.segments(from, Millis(MIDNIGHT + 2 * length), length);
    let after = late.segments(from, Millis(MIDNIGHT + 2 * length), length);
    assert_eq!(before, after);
}

#[test]
fn another_interval_changes_nothing_before_it() {
    let columns = ["", "0", "60", "5-7+ 245-247+", "", "370"];
    let shown_of = |history: &History| {
        let segments = history.segments(Millis(MIDNIGHT), minute("480"), 120 * MINUTE);
        let gaps: Vec<String> = history.gaps(Millis(MIDNIGHT), minute("480")).iter().map(shown).collect();
        (segments.iter().map(letter).collect::<String>(), gaps.join(" "))
    };
    let changed = |at: &str, from: u32, to: i64| History {
        interval_ms: to * MINUTE,
        rhythms: vec![PastRhythm { until: minute(at), interval_minutes: from }],
        ..history(&columns)
    };
    assert_eq!(shown_of(&history(&columns)), ("HUHU".into(), "missed:367- missed:127-247".into()));
    // Once a day from now on: what was missed stays missed, and nothing is due now.
    assert_eq!(shown_of(&changed("300", 60, 1_440)), ("HUH-".into(), "missed:127-247".into()));
    // Every five minutes from now on: what was in time stays in time.
    assert_eq!(shown_of(&changed("300", 1_440, 5)), ("H-HU".into(), "missed:305-".into()));
    // A change within an interval puts the run off, or makes it due at the change.
    assert_eq!(shown_of(&changed("60", 60, 1_440)), ("H-H-".into(), String::new()));
    assert_eq!(shown_of(&changed("60", 1_440, 10)), ("HUHU".into(), "missed:267- missed:70-247".into()));
}

#[test]
fn intervals_of_before_are_kept_as_long_as_a_range_shows_them() {
    let mut settings = IntegrationSettings {
        deployment: crate::Deployment::Cloud,
        site_url: "https://acme.example".into(),
        auth: crate::AuthMethod::SiteToken { email: "ada@acme.example".into() },
        account_id: "1".into(),
        credential: None,
        scope: crate::Scope::Everything,
        exclusions: crate::Exclusions::default(),
        transport: crate::Transport::default(),
        timezone: None,
        interval_minutes: 15,
        cron: None,
        census_minutes: None,
        reread_minutes: 0,
        history_months: None,
        cases: None,
        speed: crate::Speed::Normal,
        description: String::new(),
        tags: vec![],
        owner: None,
        secondary_owner: None,
        rhythms: vec![],
    };
    for change in 0..100 {
        let before = settings.clone();
        settings.interval_minutes = 15 + change % 2;
        settings.remember_rhythm(&before, minute(&change.to_string()));
    }
    assert_eq!(settings.rhythms.len(), 50);
    let last = PastRhythm { until: minute("99"), interval_minutes: 15 };
    assert_eq!(settings.rhythms.last(), Some(&last));
    let before = settings.clone();
    settings.interval_minutes = 60;
    settings.remember_rhythm(&before, Millis(MIDNIGHT + 91 * crate::DAY_MS));
    assert_eq!(settings.rhythms.len(), 1);
}

#[test]
fn a_change_to_summer_time_moves_no_segment() {
    // Europe's clocks went forward on 2026-03-29 at 01:00Z; days of 23 hours are a matter of labels.
    let now = Millis(1_774_778_400_000);
    let window = Range::Week.window(now);
    let history = History {
        created_at: window.from,
        interval_ms: 900_000,
        rhythms: vec![],
        runs: vec![],
        pauses: vec![],
        now,
    };
    let segments = history.segments(window.from, window.until, Range::Week.segment_ms());
    assert_eq!(segments.len(), 84);
    assert!(segments.iter().all(|one| one.until.0 - one.from.0 == 7_200_000 && one.from.0 % 7_200_000 == 0));
    let month = Range::Month.window(now);
    assert_eq!(history.segments(month.from, month.until, Range::Month.segment_ms()).len(), 120);
}

#[test]
fn availability_leaves_out_what_is_pending_or_without_data() {
    let counts = SegmentCounts { healthy: 72, unhealthy: 4, pending: 2, no_data: 6 };
    assert_eq!(counts.total(), 84);
    assert!((counts.percent().unwrap_or_default() - 94.7).abs() < 0.1);
    assert_eq!(SegmentCounts { no_data: 84, ..SegmentCounts::default() }.percent(), None);
}

#[test]
fn a_segment_says_how_many_of_its_runs_failed_and_how() {
    let columns = ["", "0", "15", "5-7+ 20-22x 35-37x", "", "50"];
    let history = history(&columns);
    let segments = history.segments(Millis(MIDNIGHT), Millis(MIDNIGHT + 120 * MINUTE), 120 * MINUTE);
    assert_eq!((segments[0].runs, segments[0].failed), (3, 2));
    assert_eq!(segments[0].error_code.as_deref(), Some("net.timeout"));
}
