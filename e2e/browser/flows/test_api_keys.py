"""A key: made in the settings, shown once, good for the API until it is revoked."""

from wire import asked
from world import LIVED_IN


def test_a_key_works_until_it_is_revoked(inside, keeper):
    page = inside(keeper)
    page.goto("/settings/api-keys")
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_label("read what a viewer sees").check()
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".once .mono").inner_text()
    assert asked(LIVED_IN, "GET", "/integrations", key)[0] == 200
    assert asked(LIVED_IN, "POST", "/workspaces", key, {"name": "Mine"})[0] == 403

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == key
    page.reload()
    assert page.get_by_role("button", name="Revoke Nightly export").count() == 1, "a reload makes no other key"
    assert key not in page.content(), "and shows none again"
    page.goto("/settings/api-keys")
    page.get_by_role("button", name="Revoke Nightly export").wait_for()
    assert key not in page.content(), "a key is shown once"
    page.get_by_role("button", name="Revoke Nightly export").click()
    page.get_by_role("row").filter(has_text="Nightly export").get_by_text("Revoked").wait_for()
    assert asked(LIVED_IN, "GET", "/integrations", key)[0] == 401
