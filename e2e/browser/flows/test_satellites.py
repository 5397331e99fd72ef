"""A Jira that no server reaches: connected for a satellite, which reports, and may come no more in the end."""

import re

import pytest

import beats
from wire import asked, done
from world import LIFE_KEY, LIVED_IN

SITE = "https://jira.behind.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_an_integration_waits_for_its_satellite_and_is_read_once_that_reports(inside, keeper, scripts):
    name = f"Behind {'one' if scripts else 'two'}"
    page = inside(keeper, java_script_enabled=scripts)
    page.goto("/integrations/new/jira")
    page.get_by_label("Address of your Jira").fill(SITE)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("A satellite beside it will read it").check()
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_label("API token").count() == 0, "no credential is asked for"
    page.get_by_role("button", name="Continue with a satellite").click()
    page.get_by_role("radio", name=re.compile("^Everything")).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Description", exact=False).first.check()
    page.get_by_role("button", name="Continue", exact=True).last.click()
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("It waits for its satellite").first.wait_for()

    with page.expect_download() as got:
        page.get_by_role("link", name="Download satellite.yml").click()
    text = open(got.value.path()).read()
    assert f"url: '{SITE}'" in text and "sensitive_fields: ['description']" in text and "api_key_file: jira.token" in text, text
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".once .mono").inner_text()
    assert key not in text
    page.get_by_role("link", name="I have stored it").click()
    assert key not in page.content(), "a key is shown once"

    satellite = f"sat-{'a' if scripts else 'b'}"
    assert beats.report(LIVED_IN, key, satellite, {name: SITE})[0] == 200
    if not scripts:
        page.get_by_role("link", name="Look again").click()
    page.get_by_text("A satellite is there").wait_for()
    page.get_by_role("link", name=satellite).click()
    page.get_by_role("heading", name=satellite).wait_for()
    page.get_by_role("button", name="Revoke the satellite").click()
    page.get_by_text("The satellite may come no more").wait_for()
    refused = beats.report(LIVED_IN, key, satellite, {name: SITE})[1]
    assert refused["code"] == "satellite.revoked", refused
    shown = done(LIVED_IN, "GET", f"/integrations/{name.replace(' ', '%20')}", LIFE_KEY)
    assert (shown["status"], shown["reason_code"]) == ("unhealthy", "satellite.revoked"), shown
    page.get_by_role("button", name="Take it off the list").click()
    page.get_by_text("cannot be forgotten yet").first.wait_for()
    key_id = done(LIVED_IN, "GET", f"/satellites/sat_{satellite}", LIFE_KEY)["key"]["id"]
    done(LIVED_IN, "DELETE", f"/api-keys/{key_id}", LIFE_KEY)
    page.goto(f"/satellites/sat_{satellite}")
    page.get_by_role("button", name="Take it off the list").click()
    page.get_by_text("The satellite is off the list").wait_for()
    assert asked(LIVED_IN, "GET", f"/satellites/sat_{satellite}", LIFE_KEY)[0] == 404
    done(LIVED_IN, "DELETE", f"/integrations/{name.replace(' ', '%20')}?in=0", LIFE_KEY)
