use crate::setup::*;
use weir_model::{Batch, IssueRecord, Kind, Millis, PlainDate};
use weir_store::Cell;
use weir_testkit::for_each_store;

#[tokio::test]
async fn texts_come_back_exactly_as_they_went_in() {
    let awkward = [
        String::new(),
        " leading and trailing ".to_owned(),
        "it's \"quoted\"; DROP TABLE issue; -- $1 ? %s {id} \\".to_owned(),
        "line\r\nline\ttab\u{1b}[31m".to_owned(),
        "👩‍👩‍👧‍👦 שלום مرحبا \u{202e}rtl".to_owned(),
        "\u{fffd}\u{feff}\u{7f}\u{85}".to_owned(),
        "e\u{301} is not é".to_owned(),
        "x".repeat(200_000),
        "ü".repeat(100_001),
    ];
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records: Vec<IssueRecord> = (0..)
            .zip(&awkward)
            .map(|(n, text)| {
                let mut record = record(&n.to_string(), 0);
                record.issue.summary = Some(text.clone());
                record.issue.description_text = Some(text.clone());
                record.issue.status = Some(text.as_str().into());
                record.changes[0].to_text = Some(text.as_str().into());
                record.comments = Some(vec![comment("1", text)]);
                record
            })
            .collect();
        bench.commit(records.clone()).await;
        let expected: Vec<Cell> = awkward.iter().map(|awkward| text(awkward)).collect();
        for (view, column) in [
            ("issues", "summary"),
            ("issues", "description_text"),
            ("issues", "status"),
            ("issue_comments", "body_text"),
        ] {
            assert!(bench.column(view, column).await == expected, "{view}.{column} on {label}");
        }
        let changes: Vec<Cell> =
            bench.column("issue_changes", "to_text").await.into_iter().step_by(2).collect();
        assert!(changes == expected, "{label}");
        assert_eq!(bench.commit(records).await.tally.total().written, 0, "{label}");
    })
    .await;
}

#[tokio::test]
async fn an_empty_text_is_not_a_missing_one() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        bench.commit(vec![record("1", 0)]).await;
        for given in [Some(String::new()), None, Some(String::new())] {
            let mut record = record("1", 0);
            record.issue.description_text.clone_from(&given);
            assert_eq!(bench.commit(vec![record]).await.tally.of(Kind::Issues).written, 1, "{label}");
            let expected = given.map_or(Cell::Null, Cell::Text);
            assert_eq!(bench.column("issues", "description_text").await, [expected], "{label}");
        }
    })
    .await;
}

#[tokio::test]
async fn numbers_come_back_exactly() {
    let points = [0.0, 0.5, 1.0, 13.0, -3.25, 0.1, 1e-9, 123_456_789.123_456_78, 1e300];
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records = (0..).zip(points).map(|(n, points)| {
            let mut record = record(&n.to_string(), 0);
            record.issue.story_points = Some(points);
            record
        });
        bench.commit(records.collect()).await;
        assert_eq!(bench.column("issues", "story_points").await, points.map(Cell::Real), "{label}");
    })
    .await;
}

#[tokio::test]
async fn instants_are_exact_to_the_millisecond_over_the_whole_calendar() {
    let instants = [
        0,
        -1,
        1,
        999,
        -62_135_596_800_000,
        -62_135_596_799_999,
        -2_208_988_800_001,
        1_772_600_767_123,
        4_102_444_800_999,
        9_007_199_254_741,
        253_402_207_199_998,
        253_402_207_199_999,
    ];
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records = (10..).zip(instants).map(|(n, at)| {
            let mut record = record(&n.to_string(), 0);
            record.issue.created_at = Some(Millis(at));
            record
        });
        bench.commit(records.collect()).await;
        let expected = instants.map(|at| text(&Millis(at).rfc3339()));
        assert_eq!(bench.column("issues", "created_at").await, expected, "{label}");
    })
    .await;
}

#[tokio::test]
async fn instants_beyond_the_calendar_are_kept_and_shown_as_nothing() {
    let beyond = [i64::MIN, i64::MAX, -62_135_596_800_001, 253_402_207_200_000];
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records: Vec<IssueRecord> = (0..)
            .zip(beyond)
            .map(|(n, at)| {
                let mut record = record(&n.to_string(), 0);
                record.issue.resolved_at = Some(Millis(at));
                record
            })
            .collect();
        bench.commit(records.clone()).await;
        assert_eq!(bench.column("issues", "resolved_at").await, [const { Cell::Null }; 4], "{label}");
        assert_eq!(bench.commit(records).await.tally.total().written, 0, "{label}");
    })
    .await;
}

#[tokio::test]
async fn dates_have_no_zone() {
    let dates = ["0001-01-01", "1999-12-31", "2024-02-29", "9999-12-31"];
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let records = (0..).zip(dates).map(|(n, date)| {
            let mut record = record(&n.to_string(), 0);
            record.issue.due_date = PlainDate::parse(date);
            record
        });
        bench.commit(records.collect()).await;
        assert_eq!(bench.column("issues", "due_date").await, dates.map(text), "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_batch_may_be_larger_than_any_statement() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let changes = (0..50_000).map(|n| change(&n.to_string(), 0, "Done")).collect();
        let one = IssueRecord { changes, ..record("1", 0) };
        let batch = Batch { issues: vec![one.clone()], ..Batch::default() };
        assert_eq!(bench.commit_batch(batch).await.tally.of(Kind::IssueChanges).written, 50_000, "{label}");
        assert_eq!(bench.commit(vec![one]).await.tally.of(Kind::IssueChanges).unchanged, 50_000, "{label}");
        assert_eq!(store.counts(&bench.id).await.unwrap()[&Kind::IssueChanges], 50_000, "{label}");
    })
    .await;
}
