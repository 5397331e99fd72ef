//! What a form does not do before it has said what follows, and what a set-up suggests.

use super::{
    client::Answer,
    connecting::{EMAIL, TOKEN, WIZARD, connected, draft_of, get, led, owner, post},
    life::site,
    with_server,
};
use weir_model::{Exclusions, Millis};

const CONFIGURATION: &str = "/integrations/Acme%20Jira/configuration";

/// The value of a hidden field; nothing where the form has none.
fn hidden(page: &Answer, name: &str) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_newly_left_out_is_erased_only_by_a_form_that_has_shown_it() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        let id = connected(&server, &browser, &sim).await.id;
        let left_out = async || {
            let kept = server.app.store.integration_of(&id).await.expect("an answer").expect("it is kept");
            kept.settings.exclusions
        };
        let save = async |page: &Answer, fields: &[&str]| {
            let (seen, erase) = (hidden(page, "seen").expect("a revision"), hidden(page, "erase"));
            let mut sent = vec![
                ("do", "save"),
                ("seen", &*seen),
                ("name", "Acme Jira"),
                ("choice", "everything"),
                ("interval", "15m"),
                ("census", "24h"),
                ("reread", "12h"),
            ];
            sent.extend(fields.iter().map(|field| ("exclude", *field)));
            sent.extend(erase.as_deref().map(|erase| ("erase", erase)));
            post(&server, &browser, CONFIGURATION, &sent).await
        };
        let shown = get(&server, &browser, CONFIGURATION).await;
        let asked = save(&shown, &["description"]).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        assert!(asked.body.contains("What was stored of description is deleted."), "{}", asked.body);
        assert!(asked.body.contains("Stored here now, and gone through for it: 0 issues."), "{}", asked.body);
        assert!(asked.body.contains("Save and erase</button>"), "{}", asked.body);
        assert_eq!(left_out().await, Exclusions::default(), "nothing is erased without a word");
        let people = save(&shown, &["userDetails"]).await;
        assert!(people.body.contains("from nothing to people&#39;s names and addresses"), "{}", people.body);
        assert!(!people.body.contains("to userDetails"), "it has a name here: {}", people.body);
        // Something else than what was shown is shown first, too.
        let more = save(&asked, &["description", "comment"]).await;
        assert!(more.status == 200 && more.body.contains("0 comments"), "{}", more.body);
        assert_eq!(left_out().await, Exclusions::default());
        let to = led(&save(&more, &["description", "comment"]).await);
        assert_eq!(left_out().await, Exclusions::parse(["description", "comment"]));
        let told = get(&server, &browser, &to).await;
        let line = "role=\"status\">Saved. What was stored of these was erased: Comments, Description.</p>";
        assert!(told.body.contains(line), "{}", told.body);
        // What was left out before asks nothing.
        assert_eq!(led(&save(&told, &["comment"]).await), format!("{CONFIGURATION}?done=saved"));
        let odd = get(&server, &browser, &format!("{CONFIGURATION}?done=erased&of=summary")).await;
        assert!(odd.status == 200 && !odd.body.contains("was erased"), "{}", odd.body);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggested_name_is_one_that_nothing_has() {
    let sim = site().await;
    with_server(async |server| {
        let browser = owner(&server).await;
        for name in ["Jira", "Jira 2"] {
            server.integration_alone(name).await;
        }
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "")];
        let to = led(&post(&server, &browser, WIZARD, &first).await);
        let draft = draft_of(&to);
        let page = get(&server, &browser, &format!("{WIZARD}?draft={draft}&step=address")).await;
        assert!(page.body.contains("name=\"name\" value=\"Jira 3\""), "{}", page.body);
        let typed = [("step", "address"), ("draft", &*draft), ("address", sim.url()), ("name", "Jira")];
        assert_eq!(post(&server, &browser, WIZARD, &typed).await.status, 409, "a name that was typed stays");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_on_the_way_to_an_integration_name_the_zone_that_they_are_in() {
    let sim = site().await;
    with_server(async |server| {
        owner(&server).await;
        let ada = server.app.store.account_named("ada").await.expect("an answer").expect("ada");
        server.app.store.set_timezone(&ada.id, Some("Asia/Kathmandu")).await.expect("it is kept");
        server.clock.set(Millis(1_772_600_767_000));
        let browser = server.browser(&ada).await;
        let first = [("step", "address"), ("draft", ""), ("address", sim.url()), ("name", "Acme Jira")];
        let draft = draft_of(&led(&post(&server, &browser, WIZARD, &first).await));
        let second = [("step", "sign-in"), ("draft", &*draft), ("account", EMAIL), ("secret", TOKEN)];
        led(&post(&server, &browser, WIZARD, &second).await);
        let third = [("step", "scope"), ("draft", &*draft), ("choice", "everything"), ("do", "check")];
        led(&post(&server, &browser, WIZARD, &third).await);
        for (page, said) in [("step=sign-in", "Saved "), ("step=scope", "Checked ")] {
            let shown = get(&server, &browser, &format!("{WIZARD}?draft={draft}&{page}")).await.body;
            let (_, rest) = shown.split_once(said).expect("a time");
            assert!(rest.chars().take(30).collect::<String>().contains("+0545"), "{page}: {shown}");
            assert!(!shown.contains(" UTC</span>") && !shown.contains(" UTC."), "{shown}");
        }
        let begun = get(&server, &browser, "/integrations/new").await.body;
        assert!(begun.contains("+0545</span>"), "{begun}");
    })
    .await;
}
