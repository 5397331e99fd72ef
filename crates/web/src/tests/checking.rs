//! Checks as they run: shown one by one, side by side at a slow site, and kept; and what is said of a scope that is tried.

use super::{
    Server,
    client::{Answer, Request},
    connecting::{EMAIL, TOKEN, WIZARD, led, owner, post, signed_in},
    life::site,
    with_server,
};
use jira_sim::{DcVersion, Fault, Flavor, Sim, SimOptions, World, WorldSpec};
use serde_json::json;
use std::time::{Duration, Instant};
use weir_model::{KeyScope, Role};
use weir_testkit::Engine;

/// A site that takes its time for each answer.
async fn slow_site(latency: Duration) -> Sim {
    let spec = WorldSpec { issues: 60, projects: 3, ..WorldSpec::default() };
    let options = SimOptions { latency, ..SimOptions::default() };
    Sim::start(World::generate(spec), options).await.expect("the simulator starts")
}

/// What a part says until it has the whole page brought: each state of it once.
async fn watched(server: &Server, browser: &super::Browser, first: Answer) -> (Vec<String>, Answer) {
    let (mut parts, mut answer) = (vec![], first);
    for _ in 0..3_000 {
        assert_eq!(answer.status, 200, "{}", answer.body);
        if answer.header("hx-retarget").is_some() || answer.header("hx-redirect").is_some() {
            return (parts, answer);
        }
        let (_, rest) = answer.body.split_once("hx-get=\"").expect("it asks again");
        let path = rest.split('"').next().expect("an address").replace("&#38;", "&").replace("&amp;", "&");
        if parts.last() != Some(&answer.body) {
            parts.push(answer.body.clone());
        }
        answer = server.send(browser.get(&path)).await;
    }
    panic!("it never ends: {parts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_is_shown_as_it_comes_and_the_result_stays() {
    let sim = slow_site(Duration::from_millis(120)).await;
    for engine in Engine::all() {
        let server = Server::start(&engine).await;
        let browser = owner(&server).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let to = led(&post(&server, &browser, WIZARD, &first).await);
        let draft =
            to.split("draft=").nth(1).and_then(|rest| rest.split('&').next()).expect("a set-up").to_owned();
        let second = [("step", "sign-in"), ("draft", &draft), ("account", EMAIL), ("secret", TOKEN)];
        let begun = server.send(browser.post(WIZARD, &second).header("hx-request", "true")).await;
        assert!(begun.body.contains("Validating…") && begun.body.contains("aria-busy"), "{}", begun.body);
        assert!(!begun.body.contains("<html") && !begun.body.contains(TOKEN));
        let again = server.send(browser.post(WIZARD, &second).header("hx-request", "true")).await;
        assert!(again.body.contains("Validating…"), "what runs is not begun twice");
        let reloaded = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=sign-in"))).await;
        assert!(reloaded.body.contains("Checks are running") && reloaded.body.contains("id=\"progress\""));
        let (parts, ended) = watched(&server, &browser, begun).await;
        let some = |words: &str| parts.iter().any(|part| part.contains(words));
        assert!(some("Running") && some("Waiting for sign-in.") && some("Passed"), "{parts:?}");
        assert!(some("Validating… 5 of 17") && parts.len() > 2, "{parts:?}");
        assert!(parts.iter().skip(1).all(|part| !part.contains("checks-said")), "one message in ten seconds");
        assert_eq!(ended.header("hx-retarget"), Some("#main"));
        assert!(
            ended.body.contains("All good: continue") && !ended.body.contains("Validating"),
            "{}",
            ended.body
        );
        let later = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=sign-in"))).await;
        assert!(
            later.body.contains("All good: continue") && later.body.contains("Checks: 1"),
            "{}",
            later.body
        );

        let wrong =
            [("step", "sign-in"), ("draft", &*draft), ("account", EMAIL), ("secret", "hunter2-hunter2")];
        let begun = server.send(browser.post(WIZARD, &wrong).header("hx-request", "true")).await;
        let (_, ended) = watched(&server, &browser, begun).await;
        assert!(
            ended.body.contains("auth.refused") && ended.body.contains("id=\"trouble\""),
            "{}",
            ended.body
        );
        let later = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=sign-in"))).await;
        assert!(later.body.contains("1 to fix") && !later.body.contains("hunter2"), "{}", later.body);
        let other = server.account("eve", true, None).await;
        let other = server.browser(&other).await;
        let path = format!("{WIZARD}/checks?draft={draft}");
        assert_eq!(server.send(other.get(&path)).await.status, 404, "a set-up is its owner's alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_an_integration_are_shown_as_they_come_and_so_are_those_of_a_fresh_credential() {
    let sim = slow_site(Duration::from_millis(40)).await;
    for engine in Engine::all() {
        let server = Server::start(&engine).await;
        let own = server.workspace("own").await;
        let key = server.key(KeyScope::Write, Some(own)).await.secret;
        let wanted = json!({ "url": sim.url(), "name": "Acme Jira", "credential": { "email": EMAIL, "token": TOKEN } });
        let made = server.send(Request::new("POST", "/api/v1/integrations").key(&key).json(&wanted)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let ada = server.account("ada", false, Some((own, &[Role::Owner]))).await;
        let browser = server.browser(&ada).await;
        let path = "/integrations/Acme%20Jira/checks";
        let begun = server.send(browser.post(path, &[]).header("hx-request", "true")).await;
        let (parts, ended) = watched(&server, &browser, begun).await;
        assert!(parts.iter().any(|part| part.contains("Waiting")), "{parts:?}");
        assert!(ended.body.contains(" by ada") && ended.body.contains("Checks: 1"), "{}", ended.body);

        let path = "/integrations/Acme%20Jira/authentication";
        let wrong = [("account", EMAIL), ("secret", "hunter2-hunter2")];
        let begun = server.send(browser.post(path, &wrong).header("hx-request", "true")).await;
        let (_, ended) = watched(&server, &browser, begun).await;
        assert!(ended.body.contains("auth.refused") && ended.body.contains(&format!("value=\"{EMAIL}\"")));
        assert!(!ended.body.contains("hunter2"), "{}", ended.body);
        let empty = server.send(browser.post(path, &[("secret", "")]).header("hx-request", "true")).await;
        assert!(empty.body.contains("auth.missing") && empty.header("hx-retarget") == Some("#main"));
        let right = [("secret", TOKEN)];
        let begun = server.send(browser.post(path, &right).header("hx-request", "true")).await;
        let (_, ended) = watched(&server, &browser, begun).await;
        assert_eq!(ended.header("hx-redirect"), Some("/integrations/Acme%20Jira/checks?done=renewed"));
    }
}

/// The whole has 30 seconds, so an answer may take three where no more than ten are waited for one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_takes_three_seconds_for_an_answer_is_through_in_time() {
    let latency = Duration::from_millis(300);
    let sim = slow_site(latency).await;
    let engine = Engine::all().remove(0);
    let server = Server::start_with(&engine, |parts| parts.environment.max_in_flight = 8).await;
    let key = server.key(KeyScope::Admin, None).await.secret;
    for scope in [json!({}), json!({ "jql": "project = APOLLO" })] {
        let mut given = json!({ "url": sim.url(), "credential": { "email": EMAIL, "token": TOKEN } });
        given.as_object_mut().expect("a body").extend(scope.as_object().expect("a scope").clone());
        let path = "/api/v1/integrations/validate";
        let begun = Instant::now();
        let answer = server.send(Request::new("POST", path).key(&key).json(&given)).await;
        let took = begun.elapsed();
        assert_eq!(answer.json()["passed"], true, "{}", answer.body);
        assert!(took < latency * 10, "{took:?} of {:?}", latency * 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_projects_those_are_named_that_are_not_there_and_no_others() {
    let sim = site().await;
    with_server(async |server| {
        let key = server.key(KeyScope::Admin, None).await.secret;
        let tried = async |projects: serde_json::Value| {
            let credential = json!({ "email": EMAIL, "token": TOKEN });
            let given = json!({ "url": sim.url(), "credential": credential, "projects": projects });
            let path = "/api/v1/integrations/validate";
            let answer = server.send(Request::new("POST", path).key(&key).json(&given)).await.json();
            assert_eq!(answer["code"], "project.unknown", "{answer}");
            let checks = answer["checks"].as_array().expect("checks").clone();
            let failed = checks.into_iter().find(|check| check["state"] == "failed").expect("one that failed");
            failed["sentence"].as_str().expect("a sentence").to_owned()
        };
        let one = tried(json!(["APOLLO", "NOPE"])).await;
        assert!(one.contains("no project NOPE that") && !one.contains("APOLLO"), "{one}");
        let two = tried(json!(["NOPE", "APOLLO", "GONE"])).await;
        assert!(two.contains("no projects NOPE, GONE that") && !two.contains("APOLLO"), "{two}");

        let browser = owner(&server).await;
        let draft = signed_in(&server, &browser, &sim).await;
        let third = [
            ("step", "scope"),
            ("draft", &*draft),
            ("choice", "projects"),
            ("shown", "APOLLO"),
            ("shown", "NOPE"),
            ("project", "APOLLO"),
            ("project", "NOPE"),
            ("do", "check"),
        ];
        let refused = post(&server, &browser, WIZARD, &third).await;
        assert!(refused.body.contains("no project NOPE that"), "{}", refused.body);
        assert!(!refused.body.contains("APOLLO, NOPE cannot be read"), "{}", refused.body);

        let own = server.app.store.workspaces(&weir_model::Reach::Everything).await.expect("an answer");
        let write = server.key(KeyScope::Write, Some(own[0].id)).await.secret;
        let wanted = json!({ "url": sim.url(), "name": "Acme Jira", "credential": { "email": EMAIL, "token": TOKEN } });
        server.send(Request::new("POST", "/api/v1/integrations").key(&write).json(&wanted)).await;
        let configuration = "/integrations/Acme%20Jira/configuration";
        let form = server.send(browser.get(configuration)).await.body;
        let seen = form.split("name=\"seen\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let preview = [
            ("seen", seen.expect("a revision")),
            ("do", "preview"),
            ("name", "Acme Jira"),
            ("choice", "projects"),
            ("projects", "APOLLO, NOPE"),
            ("interval", "15m"),
            ("census", "24h"),
            ("reread", "5m"),
        ];
        let shown = post(&server, &browser, configuration, &preview).await;
        assert!(shown.body.contains("no project NOPE that"), "{}", shown.body);
        assert!(!shown.body.contains("APOLLO, NOPE cannot be read"), "{}", shown.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_and_tags_are_kept_from_the_first_step_on_and_shown_with_the_integration() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let form = server.send(browser.get(WIZARD)).await.body;
        assert!(form.contains("<summary>More</summary>") && form.contains("name=\"tags\""), "{form}");
        let long = "x".repeat(2_001);
        let mut first = vec![
            ("step", "address"),
            ("draft", ""),
            ("address", sim.url()),
            ("name", "Acme Jira"),
            ("tags", "payments, core"),
        ];
        let mut wrong = first.clone();
        wrong.push(("description", &long));
        let refused = post(&server, &browser, WIZARD, &wrong).await;
        assert!(
            refused.status == 400 && refused.body.contains("id=\"description-fault\">It takes up to"),
            "{}",
            refused.body
        );
        first.push(("description", "Of the payments team\r\nand <b>others</b>"));
        let to = led(&post(&server, &browser, WIZARD, &first).await);
        let draft = to.split("draft=").nth(1).and_then(|rest| rest.split('&').next()).expect("a set-up");
        let back = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=address"))).await.body;
        assert!(
            back.contains("value=\"payments, core\"") && back.contains("<details class=\"field\" open>"),
            "{back}"
        );
        for step in [
            vec![("step", "sign-in"), ("draft", draft), ("account", EMAIL), ("secret", TOKEN)],
            vec![("step", "scope"), ("draft", draft), ("choice", "everything"), ("do", "next")],
            vec![("step", "advanced"), ("draft", draft)],
        ] {
            led(&post(&server, &browser, WIZARD, &step).await);
        }
        let review = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=review"))).await.body;
        assert!(review.contains("payments, core") && !review.contains("<b>others"), "{review}");
        led(&post(&server, &browser, WIZARD, &[("step", "review"), ("draft", draft)]).await);
        let kept = server.app.store.integration("Acme Jira").await.expect("an answer").expect("it is kept");
        assert_eq!(kept.settings.tags, ["payments", "core"]);
        assert_eq!(kept.settings.description, "Of the payments team\nand <b>others</b>");
        for page in ["monitoring", "configuration"] {
            let body = server.send(browser.get(&format!("/integrations/Acme%20Jira/{page}"))).await.body;
            assert!(body.contains("Of the payments team") && !body.contains("<b>others"), "{page}: {body}");
        }
    })
    .await;
}

/// What is offered at the end of a text, as it is shown.
async fn offers(
    server: &Server,
    browser: &super::Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> serde_json::Value {
    let answer = server.send(browser.post(path, fields)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_completed_with_what_the_site_names_and_few_calls() {
    for flavor in [Flavor::Cloud, Flavor::DataCenter(DcVersion::V10_3)] {
        let spec = WorldSpec { issues: 60, projects: 3, flavor, ..WorldSpec::default() };
        let sim =
            Sim::start(World::generate(spec), SimOptions::default()).await.expect("the simulator starts");
        let server = Server::start(&Engine::all().remove(0)).await;
        let browser = owner(&server).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let to = led(&post(&server, &browser, WIZARD, &first).await);
        let draft =
            to.split("draft=").nth(1).and_then(|rest| rest.split('&').next()).expect("a set-up").to_owned();
        let second = match flavor {
            Flavor::Cloud => {
                vec![("step", "sign-in"), ("draft", &*draft), ("account", EMAIL), ("secret", TOKEN)]
            }
            Flavor::DataCenter(_) => {
                vec![("step", "sign-in"), ("draft", &*draft), ("method", "personal_token"), ("secret", TOKEN)]
            }
        };
        led(&post(&server, &browser, WIZARD, &second).await);
        let path = format!("{WIZARD}/complete");
        let at =
            async |text: &str| offers(&server, &browser, &path, &[("draft", &draft), ("text", text)]).await;
        let shown = |offer: &serde_json::Value| -> Vec<String> {
            let options = offer["options"].as_array().expect("options").iter();
            options.map(|one| one["shown"].as_str().expect("a text").to_owned()).collect()
        };
        let before = sim.stats().requests;
        let fields = at("pro").await;
        assert!(shown(&fields).contains(&"project".to_owned()) && fields["back"] == 3, "{fields}");
        assert!(shown(&at("project ").await).contains(&"not in".to_owned()));
        let values = at("project = a").await;
        let apollo = values["options"].as_array().expect("options").iter();
        let apollo = apollo
            .into_iter()
            .find(|one| one["shown"].as_str().is_some_and(|text| text.contains("(APOLLO)")));
        assert!(apollo.is_some() && values["back"] == 1, "{values}");
        for typed in ["ap", "apo", "apol"] {
            assert!(!shown(&at(&format!("project = {typed}")).await).is_empty(), "{typed}");
        }
        assert_eq!(sim.stats().requests - before, 2, "the names once, and the values of the field once");
        assert!(shown(&at("assignee = cur").await).contains(&"currentUser()".to_owned()));
        assert_eq!(shown(&at("project = APOLLO o").await), ["OR", "ORDER BY"]);
        assert!(shown(&at("summary ~ x").await).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_chosen_by_who_leads_them_and_what_is_in_them() {
    let sim = site().await;
    let server = Server::start(&Engine::all().remove(0)).await;
    let browser = owner(&server).await;
    let draft = signed_in(&server, &browser, &sim).await;
    let page = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=scope"))).await.body;
    let about =
        page.split("<b>APOLLO</b>").nth(1).and_then(|rest| rest.split("</label>").next()).expect("a project");
    assert!(about.contains("led by ") && about.contains(" issues · last edit "), "{about}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_query_is_shown_with_its_place_and_the_fields_that_are_called_nearly_so() {
    let sim = site().await;
    let server = Server::start(&Engine::all().remove(0)).await;
    let browser = owner(&server).await;
    let draft = signed_in(&server, &browser, &sim).await;
    let counted = async |jql: &str| {
        let fields = [("step", "scope"), ("draft", &*draft), ("choice", "jql"), ("jql", jql)];
        post(&server, &browser, &format!("{WIZARD}/count"), &fields).await.body
    };
    let misspelt = counted("asignee is empty").await;
    assert!(misspelt.contains("Write assignee instead, if that is what was meant."), "{misspelt}");
    let broken = counted("project = APOLLO ! status").await;
    assert!(broken.contains("<mark>!</mark>") && broken.contains("Line 1, character 18"), "{broken}");
    let fields =
        [("step", "scope"), ("draft", &*draft), ("choice", "jql"), ("jql", "asignee = x"), ("do", "check")];
    let page = post(&server, &browser, WIZARD, &fields).await;
    assert!(page.status == 400 && page.body.contains("Write assignee instead"), "{}", page.body);
    // One that Jira does not name in its answer has nothing near to it.
    assert!(!counted("colourofthesky = x").await.contains("instead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_account_may_not_read_the_words_of_queries_nothing_is_offered() {
    let sim = site().await;
    let server = Server::start(&Engine::all().remove(0)).await;
    let browser = owner(&server).await;
    let draft = signed_in(&server, &browser, &sim).await;
    let fault = Fault::parse("unauthorized,endpoint=autocompletedata").expect("a fault");
    sim.add_fault(fault);
    let path = format!("{WIZARD}/complete");
    let offer = offers(&server, &browser, &path, &[("draft", &draft), ("text", "pro")]).await;
    assert_eq!((&offer["withheld"], &offer["options"]), (&json!(true), &json!([])));
    let form = server.send(browser.get(&format!("{WIZARD}?draft={draft}&step=scope"))).await.body;
    assert!(form.contains("data-complete=") && form.contains("id=\"jql-withheld\" hidden"), "{form}");
}
