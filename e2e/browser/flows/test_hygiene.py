"""A rule of hygiene: put together, tried, kept, given weight, and followed to its issues."""

import re

import pytest

from hands import Keys, Mouse

WAYS = {
    "with-a-mouse": (Mouse, {}),
    "by-the-keyboard-alone": (Keys, {}),
    "without-scripts": (Mouse, {"java_script_enabled": False}),
}
RULES = "/integrations/Acme%20Jira/hygiene/rules"


@pytest.fixture
def hand(opened, request):
    """A way to use pages, as whoever looks after the server."""
    kind, options = WAYS[request.param]
    return kind(opened(**options))


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_a_rule_is_made_given_weight_and_followed_to_its_issues(hand, request):
    name = f"Late {request.node.callspec.id}"
    page = hand.page
    page.goto(f"{RULES}/new")
    hand.fill("Name", name)
    hand.choose("Field 1", "due date")
    hand.choose("Comparison 1", "is missing")
    hand.press("Show what would come of it")
    tried = page.get_by_role("status").inner_text()
    assert "would be a miss" in tried and "due_date is missing" in tried, tried
    hand.press("Save")

    page.wait_for_url(re.compile(r"/weight\?done=added$"))
    page.locator("main").get_by_label("Weight", exact=True).fill("")
    hand.fill("Weight", "20")
    hand.press("Give weight")
    page.wait_for_url(re.compile(r"/hygiene/rules\?done=weighed$"))

    page.goto("/integrations/Acme%20Jira/hygiene")
    row = page.locator("main tr").filter(has_text=name)
    number = row.get_by_role("link").first
    count = number.inner_text()
    hand.go(number) if isinstance(hand, Keys) else None
    number.press("Enter") if isinstance(hand, Keys) else number.click()
    page.get_by_role("heading", name=f"Issues counted as “{name}”: {count}").wait_for()
    page.get_by_text("due date is missing").first.wait_for()

    page.goto(RULES)
    hand.press(name)
    hand.press("Delete")
    page.wait_for_url(re.compile(r"/hygiene/rules\?done=deleted$"))
    assert page.get_by_role("link", name=name, exact=True).count() == 0


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_a_bar_of_the_trend_leads_to_the_issues_of_its_rule_then(hand):
    page = hand.page
    page.goto("/integrations/Acme%20Jira/hygiene?every=week")
    bar = page.locator("#trend svg a:visible").last
    name, rest = bar.get_attribute("aria-label").split(": ", 1)
    _, count, day = rest.split(", ")
    if isinstance(hand, Keys):
        hand.go(bar)
        assert bar.evaluate("one => getComputedStyle(one.firstElementChild).strokeWidth") == "3px"
        bar.press("Enter")
    else:
        bar.locator("rect").click()
    page.wait_for_url(re.compile(r"/hygiene/issues\?"))
    page.get_by_role("heading", name=f"Issues counted as “{name}”: {count.split()[0]}").wait_for()
    page.get_by_text(f"As it was at the end of {day}").wait_for()
