"""What goes wrong around a page: no connection, a session that ends, a page that changes while somebody reads."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

import world
from hands import Mouse
from test_integration import connect, until
from wire import order

CONFIGURATION = "/integrations/Acme%20Jira/configuration"


def test_without_a_connection_a_strip_says_so_and_what_was_typed_stays(opened):
    page = opened()
    page.goto(CONFIGURATION)
    page.get_by_role("textbox", name="Description", exact=True).fill("typed before the wire was cut")
    page.context.set_offline(True)
    strip = page.get_by_role("alert").filter(has_text="No connection to the server. Retrying in 5 s.")
    strip.wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.get_by_role("textbox", name="Description", exact=True).input_value() == "typed before the wire was cut"
    page.context.set_offline(False)
    strip.wait_for(state="detached")


def test_a_form_that_is_sent_too_late_is_filled_in_again_after_signing_in(opened):
    page = opened()
    page.goto(CONFIGURATION)
    before = page.get_by_role("textbox", name="Description", exact=True).input_value()
    page.get_by_role("textbox", name="Description", exact=True).fill("typed for an hour")
    page.get_by_label("Speed").select_option("gentle")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/login?**")
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{CONFIGURATION}")
    page.get_by_text("You were signed out before this was sent.").wait_for()
    assert page.get_by_role("textbox", name="Description", exact=True).input_value() == "typed for an hour"
    assert page.get_by_label("Speed").input_value() == "gentle"
    page.reload()
    assert page.get_by_role("textbox", name="Description", exact=True).input_value() == before, "it is filled in once"


def test_a_secret_is_not_kept_for_later(opened):
    page = opened()
    page.goto("/settings/profile")
    page.get_by_label("Present password").fill("a secret of mine")
    page.get_by_label("New password", exact=True).fill("another secret of mine")
    page.get_by_label("New password, once more").fill("another secret of mine")
    page.context.clear_cookies()
    page.get_by_role("button", name="Change it").click()
    page.wait_for_url("**/login**")
    kept = page.evaluate("Object.values(sessionStorage).concat(Object.values(localStorage)).join()")
    assert "secret" not in kept, kept


def test_the_end_of_a_session_is_told_two_minutes_before_and_one_key_puts_it_off(opened):
    page = opened()
    page.clock.install()
    page.goto(CONFIGURATION)
    page.get_by_role("textbox", name="Description", exact=True).fill("still here")
    page.clock.fast_forward("26:30")
    assert page.get_by_role("alertdialog").count() == 0
    page.clock.fast_forward("01:00")
    told = page.get_by_role("alertdialog", name="You will be signed out in 2 minutes")
    told.wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    with page.expect_response("**/settings/profile"):
        page.keyboard.press("Enter")
    told.wait_for(state="hidden")
    assert page.get_by_role("textbox", name="Description", exact=True).evaluate("one => one === document.activeElement")
    assert page.get_by_role("textbox", name="Description", exact=True).input_value() == "still here"


def test_a_form_that_was_changed_and_not_sent_asks_before_it_is_left(opened):
    page = opened()
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    page.on("dialog", stay)
    page.goto(CONFIGURATION)
    box = page.get_by_role("textbox", name="Description", exact=True)
    before = box.input_value()
    box.press_sequentially("x")
    page.get_by_role("link", name="Checks", exact=True).first.click()
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"] and page.url.endswith(CONFIGURATION), "it asks, and whoever stays, stays"
    box.fill(before)
    page.get_by_role("link", name="Checks", exact=True).first.click()
    page.wait_for_url("**/checks")
    page.goto(CONFIGURATION)
    page.get_by_role("textbox", name="Description", exact=True).press_sequentially("x")
    page.get_by_role("button", name="Show what would follow").last.click()
    page.locator("#preview").wait_for()
    assert asked == ["beforeunload"], "neither what is as it was nor what is sent asks"
    page.get_by_label("Speed").focus()
    page.get_by_role("link", name="Checks", exact=True).first.click()
    page.wait_for_url("**/checks")
    assert asked == ["beforeunload"] * 2, "what was typed is still not kept"
    page.goto("/integrations")
    page.get_by_role("searchbox").first.press_sequentially("x")
    page.goto("/settings/profile")
    assert len(asked) == 2, "a search is nothing to lose"


def test_what_is_said_of_settings_belongs_to_what_the_form_holds(opened):
    page = opened()
    page.goto(CONFIGURATION)
    page.get_by_label("Update every").fill("2h")
    page.get_by_role("button", name="Show what would follow").last.click()
    said = page.locator("#in-scope")
    assert "stale" not in (said.get_attribute("class") or "") and page.locator("#unchecked").is_hidden()
    page.get_by_role("radio", name="Some projects").check()
    assert "stale" in said.get_attribute("class") and page.locator("#unchecked").is_visible()


@pytest.fixture
def calm():
    """Leaves the site as it should be, whatever happens."""
    yield
    order(world.LIFE_SITE, "DELETE", "fault")


def test_monitoring_follows_a_run_to_its_end_and_following_can_be_paused(inside, keeper, calm):
    page = inside(keeper)
    connect(Mouse(page), "Followed")
    until(page, r"\bHealthy")
    runs = page.locator("section[aria-labelledby=h-logs] tbody tr")
    before = runs.count()
    order(world.LIFE_SITE, "POST", "fault", {"kind": "slow", "ms": 3000, "count": None})
    page.get_by_role("button", name="Sync now").click()
    pause = page.get_by_role("button", name="Pause following")
    pause.click()
    page.get_by_text("Paused: this page stays as it is.").wait_for()
    asked = []
    page.on("request", lambda sent: asked.append(sent.url) if "/monitoring" in sent.url else None)
    page.wait_for_timeout(11_000)
    assert asked == [], "it is paused"
    order(world.LIFE_SITE, "DELETE", "fault")
    page.get_by_role("button", name="Go on following").click()
    # Nothing is pressed any more, and nothing loaded anew by hand.
    page.wait_for_function("before => document.querySelectorAll('section[aria-labelledby=h-logs] tbody tr').length > before", arg=before, timeout=60_000)
    page.locator("#status").filter(has_text=re.compile("Healthy")).wait_for(timeout=60_000)
    pause.wait_for(state="detached", timeout=60_000)
