"""Connecting: checks as they come, where the keyboard is, a query while it is written."""

import re

import pytest

import world
from wire import order, sent

WIZARD = "/integrations/new/jira"


@pytest.fixture
def page(inside, keeper):
    return inside(keeper)


@pytest.fixture(autouse=True)
def calm():
    """Leaves the site as it should be, whatever happens."""
    yield
    order(world.LIFE_SITE, "DELETE", "fault")


def focused(page):
    return page.evaluate("document.activeElement.id")


def until_focused(page, name):
    page.wait_for_function("name => document.activeElement.id === name", arg=name)


def begin(page, name):
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill(world.LIFE_SITE)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=sign-in*")


def sign_in(page, token=world.TOKEN):
    page.get_by_label("E-mail of the Atlassian account").fill(world.EMAIL)
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name=re.compile("^Validate")).click()


def scope(page, name):
    begin(page, name)
    sign_in(page)
    page.get_by_role("link", name="All good: continue").click()
    page.wait_for_url("**step=scope*")
    page.get_by_role("radio", name="A query (JQL)").check()
    return page.get_by_label("JQL", exact=True)


def slow(ms, endpoint=None):
    where = {"endpoint": endpoint} if endpoint else {}
    order(world.LIFE_SITE, "POST", "fault", {"kind": "slow", "ms": ms, "count": None} | where)


def test_each_check_is_shown_as_it_comes_and_the_keyboard_is_led_along(page):
    begin(page, "Watched")
    until_focused(page, "step")
    slow(900)
    sign_in(page)
    page.get_by_text(re.compile(r"^Validating… \d+ of 17$")).wait_for()
    checks = page.get_by_role("list", name="Checks")
    checks.get_by_text("Waiting for sign-in.").first.wait_for()
    checks.get_by_text("Running", exact=True).first.wait_for()
    checks.get_by_text("Passed", exact=True).first.wait_for()
    heard = page.locator("#checks-said").inner_text()
    # A second message comes after ten seconds at the earliest, which a slow machine may reach.
    assert re.fullmatch(r"Checks are running(: \d+ of 17 have ended)?", heard), heard
    page.get_by_role("link", name="All good: continue").wait_for(timeout=30_000)
    until_focused(page, "result")
    page.reload()
    page.get_by_role("heading", name=re.compile(r"^Checks: \d+ passed")).wait_for()
    order(world.LIFE_SITE, "DELETE", "fault")
    page.get_by_label("API token").fill("not-a-token-of-anybody")
    page.get_by_role("button", name="Validate again").click()
    until_focused(page, "trouble")
    assert "auth.refused" in page.locator("#trouble").inner_text()
    assert page.get_by_label("E-mail of the Atlassian account").input_value() == world.EMAIL


def test_a_form_that_does_not_fit_leads_to_what_is_wrong(page):
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill("https://jira.acme.invalid")
    page.get_by_role("button", name="Continue").click()
    until_focused(page, "trouble")


def test_what_is_said_of_a_query_belongs_to_its_text(page):
    box = scope(page, "Stale")
    box.fill("project = ")
    counted = page.locator("#counted")
    counted.get_by_text("Jira does not accept this JQL").wait_for()
    assert page.locator("#unchecked").is_hidden()
    box.press_sequentially("A")
    assert page.locator("#unchecked").is_visible() and "stale" in counted.get_attribute("class")
    # The answer to the older text is slow, and comes after another one was typed.
    slow(2_500, "approximate-count")
    box.fill("project = APOLLO")
    page.wait_for_timeout(900)
    order(world.LIFE_SITE, "DELETE", "fault")
    box.fill("project = NOPE")
    counted.get_by_text("NOPE").wait_for()
    page.wait_for_timeout(2_500)
    assert "NOPE" in counted.inner_text() and "issues match" not in counted.inner_text()
    assert page.locator("#unchecked").is_hidden()


def test_a_count_belongs_to_what_is_chosen(page):
    box = scope(page, "Chosen")
    counted = page.locator("#counted")
    box.fill("project = APOLLO")
    counted.get_by_text("issues match").wait_for()
    stale = lambda: page.locator("#unchecked").is_visible() and "stale" in (counted.get_attribute("class") or "")
    assert not stale()
    page.get_by_role("radio", name="Everything the account can see").check()
    assert stale(), "it is the count of the query"
    page.get_by_role("radio", name="A query (JQL)").check()
    assert not stale(), "and so it is again"
    page.get_by_role("group", name="Projects").get_by_role("checkbox").first.check()
    assert stale()
    page.locator("input[name=choice][value=projects]").check()
    box.fill("project = ARTEMIS")
    assert page.get_by_role("radio", name="A query (JQL)").is_checked(), "who writes a query means it"
    page.get_by_role("radio", name="Everything the account can see").check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=advanced*")
    page.get_by_role("button", name="Show next runs and count").click()
    runs, size = page.locator("#next-runs"), page.locator("#size")
    page.get_by_label("Update every").fill("2h")
    assert "stale" in runs.get_attribute("class") and page.locator("#runs-unchecked").is_visible()
    assert "stale" not in (size.get_attribute("class") or "")
    page.get_by_label("Issues that were edited in the last").select_option(index=1)
    assert "stale" in size.get_attribute("class") and page.locator("#size-unchecked").is_visible()


def test_a_query_is_completed_by_the_keyboard_with_few_calls(page):
    box = scope(page, "Completed")
    before = completions()
    box.press_sequentially("pro", delay=20)
    options = page.get_by_role("listbox", name="Suggestions")
    options.wait_for()
    assert box.get_attribute("aria-controls") == "jql-options"
    page.keyboard.press("ArrowDown")
    assert page.locator(f"#{box.get_attribute('aria-activedescendant')}").inner_text() == "project"
    page.keyboard.press("Enter")
    assert box.input_value() == "project "
    options.get_by_role("option", name="not in").wait_for()
    page.keyboard.press("Escape")
    assert options.is_hidden() and box.input_value() == "project "
    box.press_sequentially("= ap", delay=20)
    options.get_by_role("option", name=re.compile("APOLLO")).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert re.fullmatch(r"project = \S.* ", box.input_value()), box.input_value()
    assert focused(page) == "jql", "a suggestion was taken, and the box not left"
    page.wait_for_timeout(1_500)
    between = completions()
    assert between - before <= 2, "the names once, and the values once"
    box.fill("")
    box.press_sequentially("project = APOLLO AND status = Do", delay=30)
    page.wait_for_timeout(1_500)
    assert completions() - between <= 2


def test_where_nothing_can_be_suggested_the_box_says_so_once(page):
    box = scope(page, "Withheld")
    order(world.LIFE_SITE, "POST", "fault", {"kind": "unauthorized", "count": None, "endpoint": "autocompletedata"})
    box.press_sequentially("pro", delay=20)
    page.get_by_text("Jira does not let this account read which fields").wait_for()
    before = completions()
    box.press_sequentially("ject", delay=20)
    page.wait_for_timeout(1_000)
    assert completions() == before and page.get_by_role("listbox").count() == 0


def completions():
    """How often the site was asked what may come in a query."""
    _, stats = sent(f"{world.LIFE_SITE}/_sim/stats", "GET", None, {})
    return sum(count for endpoint, count in stats["by_endpoint"].items() if "autocompletedata" in endpoint)
