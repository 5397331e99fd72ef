//! Pages of what is under way: they ask for themselves until it has ended, and end it for those who may.

use super::with_server;
use weir_model::{Role, RunId, RunOutcome, RunResult, Tally, Trigger};
use weir_store::LeaseHolder;

/// How a page asks for all of itself again.
const AGAIN: &str = "hx-select=\"#main\" hx-target=\"#main\" hx-swap=\"outerMorph\"";

#[tokio::test]
async fn a_run_is_followed_by_the_whole_page_and_can_be_cancelled_from_it() {
    with_server(async |server| {
        let own = server.workspace("own").await;
        let (id, _) = server.integration("the site", &[own]).await;
        let store = &server.app.store;
        server.clock.advance(60_000);
        let holder = LeaseHolder { token: "x".into(), pid: 1, host: "here".into() };
        let lease = store.take_lease(&id, &holder, 600_000).await.expect("a lease").expect("it is free");
        let run = RunId::generate(server.app.now(), server.app.environment.entropy.as_ref());
        store.begin_run(&lease, &run, (Trigger::Schedule, None), 1).await.expect("a run begins");
        let root = server.account("root", true, None).await;
        let keeper = server.browser(&root).await;
        let path = format!("/runs/{run}");
        let button = "<button class=\"button\">Cancel the run</button>";

        let page = server.send(keeper.get(&path)).await.body;
        assert_eq!(page.matches(AGAIN).count(), 1, "{page}");
        assert!(page.contains(button) && page.contains(&format!("action=\"{path}/cancel\"")), "{page}");
        let monitoring = server.send(keeper.get("/integrations/the%20site/monitoring")).await.body;
        assert_eq!(monitoring.matches(AGAIN).count(), 1, "{monitoring}");

        let vic = server.account("vic", false, Some((own, &[Role::Viewer]))).await;
        let viewer = server.browser(&vic).await;
        let page = server.send(viewer.get(&path)).await.body;
        assert!(page.contains(AGAIN) && !page.contains("/cancel"), "{page}");
        let refused = server.send(viewer.post(&format!("{path}/cancel"), &[])).await;
        assert!(matches!(refused.status, 403 | 404), "{refused:?}");
        assert_eq!(store.cancel_requested(&id).await.expect("an answer"), None);

        let asked = server.send(keeper.post(&format!("{path}/cancel"), &[])).await;
        assert_eq!((asked.status, asked.header("location")), (303, Some(&*path)), "{asked:?}");
        assert_eq!(store.cancel_requested(&id).await.expect("an answer").as_deref(), Some("root"));
        let page = server.send(keeper.get(&path)).await.body;
        assert!(page.contains("Asked to end by <bdi>root</bdi>.") && !page.contains(button), "{page}");

        let outcome = RunOutcome {
            result: RunResult::Cancelled,
            tally: Tally::default(),
            requests: 1,
            waited_ms: 0,
            error_code: None,
        };
        store.finish_run(&run, &outcome).await.expect("it ends");
        store.release_lease(&lease).await.expect("it is given back");
        // Whatever asks now is given a page that asks no more.
        for path in [&*path, "/integrations/the%20site/monitoring"] {
            let page = server.send(keeper.get(path).header("hx-request", "true")).await;
            assert_eq!((page.status, page.header("hx-refresh")), (200, None));
            assert!(!page.body.contains("data-live") && !page.body.contains(button), "{page:?}");
        }
        let late = server.send(keeper.post(&format!("{path}/cancel"), &[])).await;
        assert_eq!(late.status, 409, "{late:?}");
    })
    .await;
}
