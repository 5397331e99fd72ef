"""The life of an integration: connected, watched, broken, repaired, deleted, with a receipt in the end."""

import re

import pytest

import world
from hands import Keys, Mouse
from wire import order

WAYS = {
    "with-a-mouse": (Mouse, {}),
    "by-the-keyboard-alone": (Keys, {}),
    "without-scripts": (Mouse, {"java_script_enabled": False}),
}


@pytest.fixture
def hand(inside, keeper, request):
    """A way to use pages, as whoever looks after the server."""
    kind, options = WAYS[request.param]
    return kind(inside(keeper, **options))


@pytest.fixture(autouse=True)
def calm():
    """Leaves the site as it should be, whatever happens."""
    yield
    order(world.LIFE_SITE, "DELETE", "fault")


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_it_is_connected_watched_broken_repaired_and_deleted(hand, request):
    name = f"Life {request.node.callspec.id}"
    connect(hand, name)
    assert hand.inputs <= 12, "connecting takes too much"

    until(hand.page, r"\bHealthy")
    # Figures are counted every ten seconds.
    until(hand.page, re.compile(r"^[1-9]"), "section[aria-labelledby=h-tickets] .fig")

    order(world.LIFE_SITE, "POST", "fault", {"kind": "anonymous"})
    hand.press("Sync now")
    until(hand.page, "Unhealthy")
    status = hand.page.get_by_role("status").first.inner_text()
    assert "Jira treats us as a stranger" in status, status
    assert hand.pressable("Change authentication").is_visible(), "the page does not say what to do"

    order(world.LIFE_SITE, "DELETE", "fault")
    hand.press("Change authentication")
    hand.fill("API token", world.SCOPED_TOKEN)
    hand.press("Validate and replace")
    hand.page.wait_for_url("**/checks?done=renewed")
    hand.page.get_by_role("status").filter(has_text="The new credential has passed").wait_for()
    hand.page.get_by_role("heading", name=re.compile(r"^Checks: \d+ passed")).wait_for()
    hand.press("Monitoring")
    until(hand.page, r"\bHealthy")

    hand.press("Configuration")
    hand.press("Delete integration and its data…")
    hand.choose("When", "Now")
    hand.fill("Its name, to say that it is meant", name)
    with hand.page.expect_navigation():
        hand.press("Delete integration and its data")
    hand.page.goto("/integrations/deleted")
    until(hand.page, re.escape(name), "main")
    receipt = hand.page.get_by_role("row").filter(has_text=name).inner_text()
    assert re.search(r"\d+ issues", receipt) and world.LOGIN in receipt, receipt


def connect(hand, name):
    """From the list of what can be connected to the first import."""
    page = hand.page
    page.goto("/integrations/new")
    hand.press(re.compile("^Add integration.*Jira Cloud"))
    hand.fill("Address of your Jira", world.LIFE_SITE)
    hand.fill("Name", name)
    hand.press("Continue")
    page.wait_for_url("**step=sign-in*")
    hand.fill("E-mail of the Atlassian account", world.EMAIL)
    hand.fill("API token", world.TOKEN)
    hand.press("Validate")
    hand.press("All good: continue")
    page.wait_for_url("**step=scope*")
    hand.press("Continue")
    page.wait_for_url("**step=advanced*")
    hand.press("Continue")
    page.wait_for_url("**step=review*")
    hand.press("Start import")
    page.wait_for_url("**/monitoring")


def until(page, words, where="[role=status]"):
    """Looks again until it says something like this."""
    for _ in range(120):
        said = page.locator(where).first.inner_text()
        if re.search(words, said):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"it does not come to say {words}, but {said!r}")
