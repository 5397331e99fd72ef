//! The budget against simulated servers, on a clock that only moves when everybody waits.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use http::{HeaderName, HeaderValue};

use super::virtual_time::{NOW, VirtualTime};
use super::*;
use crate::rate_limit;
use crate::retry;

const LATENCY: Duration = Duration::from_millis(60);

fn budget(max_in_flight: usize, time: &Arc<VirtualTime>) -> (Arc<Budget>, Stats) {
    let timing = Arc::clone(time) as Arc<dyn Timing>;
    (Arc::new(Budget::new(max_in_flight, timing)), Stats::default())
}

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(value).unwrap()))
        .collect()
}

/// How a server answers the request that arrives at an instant since the test began.
type Script = dyn Fn(Duration) -> (u16, HeaderMap) + Send + Sync;

/// What a minute of as many requests as the budget lets through came to.
struct Minute {
    good: usize,
    /// When each refusal came.
    refusals: Vec<Duration>,
    /// The most in flight at once.
    peak: usize,
}

fn minute(max_in_flight: usize, server: Arc<Script>) -> Minute {
    VirtualTime::run(|time| minute_on(time, max_in_flight, &["test"], server))
}

async fn minute_on(
    time: Arc<VirtualTime>,
    max_in_flight: usize,
    groups: &'static [&'static str],
    server: Arc<Script>,
) -> Minute {
    let (budget, stats) = budget(max_in_flight, &time);
    let good = Arc::new(AtomicUsize::new(0));
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let (now_in_flight, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let workers = (0..max_in_flight * 2).map(|number| {
        let group = groups[number % groups.len()];
        let (budget, stats, server) = (Arc::clone(&budget), stats.clone(), Arc::clone(&server));
        let time = Arc::clone(&time);
        let (good, refusals) = (Arc::clone(&good), Arc::clone(&refusals));
        let (now_in_flight, peak) = (Arc::clone(&now_in_flight), Arc::clone(&peak));
        tokio::spawn(async move {
            let mut refused = 0;
            while time.elapsed() < Duration::from_secs(60) {
                let admission = budget.admit(group, &stats).await;
                peak.fetch_max(now_in_flight.fetch_add(1, SeqCst) + 1, SeqCst);
                let (status, headers) = server(time.elapsed());
                time.sleep(LATENCY).await;
                let now_ms = budget.timing.wall_ms();
                if status == 429 {
                    refused += 1;
                    refusals.lock().unwrap().push(time.elapsed());
                    let advice = rate_limit::advice(&headers, now_ms);
                    admission.refused(
                        &advice,
                        &headers,
                        now_ms,
                        retry::rate_limit_delay(&advice, refused, 0.5),
                    );
                } else {
                    refused = 0;
                    good.fetch_add(1, SeqCst);
                    admission.answered(StatusCode::OK, &headers, now_ms);
                }
                now_in_flight.fetch_sub(1, SeqCst);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let refusals = refusals.lock().unwrap().clone();
    Minute { good: good.load(SeqCst), refusals, peak: peak.load(SeqCst) }
}

/// Ten requests in each second of the clock; `told` are the headers that say so.
fn ten_a_second(told: fn(left: usize, second: u64) -> HeaderMap) -> Arc<Script> {
    let seen = Mutex::new((0, 0));
    Arc::new(move |at| {
        let mut seen = seen.lock().unwrap();
        if seen.0 != at.as_secs() {
            *seen = (at.as_secs(), 0);
        }
        seen.1 += 1;
        let status = if seen.1 > 10 { 429 } else { 200 };
        (status, told(10_usize.saturating_sub(seen.1), at.as_secs()))
    })
}

fn iso(second: u64) -> String {
    jiff::Timestamp::from_millisecond(NOW + i64::try_from(second * 1000).unwrap()).unwrap().to_string()
}

#[test]
fn nothing_is_held_back_where_nothing_is_limited() {
    let free = minute(8, Arc::new(|_| (200, HeaderMap::new())));
    // 1,000 rounds of 60 ms, and those that were waiting when the minute ended.
    assert_eq!((free.good, free.peak), (8 * 1001, 8));
}

#[test]
fn a_limit_that_is_told_in_full_is_used_and_never_run_into() {
    let minute = minute(
        8,
        ten_a_second(|left, second| {
            headers(&[
                ("x-ratelimit-limit", "10".to_owned()),
                ("x-ratelimit-remaining", left.to_string()),
                ("x-ratelimit-reset", iso(second + 1)),
            ])
        }),
    );
    assert!(minute.refusals.is_empty(), "{:?}", minute.refusals);
    assert!(minute.good >= 570, "{}", minute.good);
}

#[test]
fn after_the_first_refusal_an_advertised_rate_is_kept_and_used() {
    for told in [
        (|_, _| headers(&[("x-ratelimit-limit", "10".to_owned()), ("retry-after", "1".to_owned())]))
            as fn(_, _) -> _,
        |_, _| {
            headers(&[("ratelimit-policy", "\"burst\";q=10;w=1".to_owned()), ("retry-after", "1".to_owned())])
        },
        |_, second| {
            headers(&[("x-ratelimit-limit", "10".to_owned()), ("x-ratelimit-reset", iso(second + 1))])
        },
    ] {
        let minute = minute(8, ten_a_second(told));
        let first = minute.refusals[0];
        let later = minute.refusals.iter().filter(|at| **at > first + LATENCY).count();
        assert_eq!(later, 0, "{:?}", minute.refusals);
        assert!(minute.good >= 570, "{}", minute.good);
    }
}

#[test]
fn a_limit_that_nobody_tells_is_found_and_mostly_used() {
    let minute = minute(8, ten_a_second(|_, _| headers(&[("retry-after", "1".to_owned())])));
    assert!(minute.good >= 360, "{}", minute.good);
    assert!(minute.refusals.len() <= 60, "{}", minute.refusals.len());
}

/// Data Center's bucket: 50 tokens, 5 more each second.
fn bucket() -> Arc<Script> {
    let state = Mutex::new((50.0_f64, Duration::ZERO));
    Arc::new(move |at| {
        let mut state = state.lock().unwrap();
        state.0 = (state.0 + (at - state.1).as_secs_f64() * 5.0).min(50.0);
        state.1 = at;
        let has_token = state.0 >= 1.0;
        state.0 -= if has_token { 1.0 } else { 0.0 };
        let told = headers(&[
            ("x-ratelimit-limit", "50".to_owned()),
            ("x-ratelimit-remaining", (state.0.floor() as u64).to_string()),
            ("x-ratelimit-interval-seconds", "1".to_owned()),
            ("x-ratelimit-fillrate", "5".to_owned()),
            ("retry-after", if has_token { "0" } else { "1" }.to_owned()),
        ]);
        (if has_token { 200 } else { 429 }, told)
    })
}

#[test]
fn data_centers_bucket_is_emptied_and_then_kept_pace_with() {
    let minute = minute(4, bucket());
    assert!(minute.refusals.is_empty(), "{:?}", minute.refusals);
    // 50 that were there and 5 a second.
    assert!(minute.good >= (50 + 5 * 60) * 95 / 100, "{}", minute.good);
}

#[test]
fn groups_of_endpoints_share_the_bucket_of_their_user() {
    let minute = VirtualTime::run(|time| minute_on(time, 4, &["search", "comments", "worklogs"], bucket()));
    assert!(minute.refusals.is_empty(), "{:?}", minute.refusals);
    assert!(minute.good >= (50 + 5 * 60) * 95 / 100, "{}", minute.good);
    assert_eq!(minute.peak, 4);
}

#[test]
fn a_first_refusal_in_spite_of_the_rate_is_put_down_to_what_went_before() {
    let bucket = bucket();
    let is_taken = Mutex::new(false);
    let server: Arc<Script> = Arc::new(move |at| {
        let mut is_taken = is_taken.lock().unwrap();
        if at > Duration::from_secs(2) && !*is_taken {
            *is_taken = true;
            // Somebody else has his turn.
            (0..10).for_each(|_| drop(bucket(at)));
        }
        bucket(at)
    });
    let minute = minute(4, server);
    assert!((1..=4).contains(&minute.refusals.len()), "{:?}", minute.refusals);
    assert!(minute.good >= (40 + 5 * 60) * 95 / 100, "{}", minute.good);
}

/// Cloud's burst limiter: ten tokens, ten more each second, and an end that is told to the minute.
fn burst() -> Arc<Script> {
    let state = Mutex::new((10.0_f64, Duration::ZERO));
    Arc::new(move |at| {
        let mut state = state.lock().unwrap();
        state.0 = (state.0 + (at - state.1).as_secs_f64() * 10.0).min(10.0);
        state.1 = at;
        let has_token = state.0 >= 1.0;
        state.0 -= if has_token { 1.0 } else { 0.0 };
        let minute = iso((at.as_secs() / 60 + 1) * 60).replace(":00Z", "Z");
        let mut told = vec![
            ("x-ratelimit-limit", "10".to_owned()),
            ("x-ratelimit-remaining", (state.0.floor() as u64).to_string()),
            ("x-ratelimit-reset", minute),
        ];
        if !has_token {
            told.push(("retry-after", "1".to_owned()));
            told.push(("ratelimit-reason", "jira-burst-based".to_owned()));
        }
        (if has_token { 200 } else { 429 }, headers(&told))
    })
}

#[test]
fn a_limit_of_a_second_whose_end_is_told_to_the_minute_does_not_hold_for_the_minute() {
    let minute = minute(8, burst());
    let first = minute.refusals.first().copied().unwrap_or_default();
    let later = minute.refusals.iter().filter(|at| **at > first + LATENCY).count();
    assert_eq!(later, 0, "{:?}", minute.refusals);
    assert!(minute.good >= 570, "{}", minute.good);
}

#[test]
fn no_more_are_in_flight_than_remain() {
    VirtualTime::run(|time| async move {
        let left = |left: &str| {
            let left = left.to_owned();
            move |_: Duration| (200, headers(&[("x-ratelimit-remaining", left.clone())]))
        };
        let (budget, stats) = budget(8, &time);
        let first = budget.admit("test", &stats).await;
        first.answered(StatusCode::OK, &left("3")(Duration::ZERO).1, NOW);
        drop(first);
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(budget.admit("test", &stats).await);
        }
        assert_eq!(budget.verdict("test"), Verdict::Full(Some(Duration::from_secs(1))));
        assert_eq!(budget.verdict("other"), Verdict::Go);
        held.pop();
        assert_eq!(budget.verdict("test"), Verdict::Go);
        // Nothing remains and nothing is under way: the end of the window is waited for.
        held[0].answered(StatusCode::OK, &left("0")(Duration::ZERO).1, NOW);
        held.clear();
        let begun = time.elapsed();
        let admission = budget.admit("test", &stats).await;
        assert_eq!(
            (time.elapsed() - begun, admission.waited),
            (Duration::from_secs(1), Duration::from_secs(1))
        );
    });
}

#[test]
fn within_a_window_an_answer_that_was_overtaken_gives_nothing_back() {
    VirtualTime::run(|time| async move {
        let (budget, stats) = budget(8, &time);
        let told = |left: &str| {
            headers(&[
                ("x-ratelimit-remaining", left.to_owned()),
                ("x-ratelimit-reset", "2026-03-01T12:00:30Z".to_owned()),
            ])
        };
        let (first, second) = (budget.admit("test", &stats).await, budget.admit("test", &stats).await);
        first.answered(StatusCode::OK, &told("1"), NOW);
        second.answered(StatusCode::OK, &told("2"), NOW);
        drop(first);
        assert_eq!(budget.verdict("test"), Verdict::Full(Some(Duration::from_secs(30))));
    });
}

fn window(budget: &Budget) -> usize {
    budget.entry(&mut budget.state(), "test").group.window()
}

#[test]
fn what_may_be_in_flight_halves_once_a_round_and_grows_by_one() {
    VirtualTime::run(|time| async move {
        let (budget, stats) = budget(8, &time);
        let mut round = Vec::new();
        for _ in 0..8 {
            round.push(budget.admit("test", &stats).await);
        }
        time.sleep(LATENCY).await;
        for admission in &round {
            admission.timed_out();
        }
        assert_eq!(window(&budget), 4);
        round.clear();
        let mut sizes = Vec::new();
        for _ in 0..5 {
            for _ in 0..window(&budget) {
                round.push(budget.admit("test", &stats).await);
            }
            for admission in round.drain(..) {
                admission.answered(StatusCode::OK, &HeaderMap::new(), NOW);
            }
            sizes.push(window(&budget));
        }
        assert!(sizes.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{sizes:?}");
        assert_eq!(sizes.last(), Some(&8), "{sizes:?}");
        for _ in 0..5 {
            time.sleep(LATENCY).await;
            let pause = headers(&[("retry-after", "1".to_owned())]);
            budget.admit("test", &stats).await.answered(StatusCode::SERVICE_UNAVAILABLE, &pause, NOW);
        }
        assert_eq!(window(&budget), 1);
    });
}

#[test]
fn a_wait_of_an_hour_is_told_with_its_end_and_counted_when_it_is_over() {
    VirtualTime::run(|time| async move {
        let (budget, stats) = budget(2, &time);
        budget.hold(Reach::Client, "test", Duration::from_secs(3600));
        let waiter = {
            let (budget, stats) = (Arc::clone(&budget), stats.clone());
            tokio::spawn(async move { budget.admit("other", &stats).await.waited })
        };
        time.sleep(Duration::from_secs(1800)).await;
        assert_eq!(stats.snapshot().waiting_until_ms, Some(NOW + 3_600_000));
        assert_eq!(waiter.await.unwrap(), Duration::from_secs(3600));
        assert_eq!((stats.snapshot().waiting_until_ms, stats.snapshot().waited_ms), (None, 3_600_000));
    });
}

#[test]
fn a_request_that_is_given_up_leaves_the_line() {
    VirtualTime::run(|time| async move {
        let (budget, stats) = budget(2, &time);
        budget.hold(Reach::Group, "test", Duration::from_secs(60));
        tokio::select! {
            _ = budget.admit("test", &stats) => unreachable!(),
            () = time.sleep(Duration::from_secs(1)) => {}
        }
        assert_eq!(budget.entry(&mut budget.state(), "test").queued, 0);
        assert_eq!(budget.admit("test", &stats).await.waited, Duration::from_secs(59));
    });
}

/// What Data Center says of its bucket, which is one for each user.
fn bucket_of_caller(left: &str) -> HeaderMap {
    headers(&[
        ("x-ratelimit-limit", "100".to_owned()),
        ("x-ratelimit-remaining", left.to_owned()),
        ("x-ratelimit-fillrate", "50".to_owned()),
        ("x-ratelimit-interval-seconds", "1".to_owned()),
    ])
}

#[test]
fn a_hold_and_a_rate_from_before_the_site_named_its_caller_are_kept_after_it() {
    VirtualTime::run(|time| async move {
        let (budget, stats) = budget(8, &time);
        let refused = budget.admit("search", &stats).await;
        let other = budget.admit("other", &stats).await;
        let told =
            headers(&[("x-ratelimit-limit", "2".to_owned()), ("x-ratelimit-remaining", "0".to_owned())]);
        refused.learn(Went::Refused, &standing::standing(&told, Clock::of(&told, NOW)));
        refused.hold(Duration::from_secs(30));
        drop(refused);
        other.answered(StatusCode::OK, &bucket_of_caller("90"), NOW);
        drop(other);
        assert_eq!(budget.verdict("third"), Verdict::Held(Duration::from_secs(30)));
        let mut state = budget.state();
        let rate = budget.entry(&mut state, "third").group.rate();
        assert!(rate.is_some_and(|rate| rate < 2.0), "{rate:?}");
    });
}
