"""A site read with somebody's consent (OAuth 2.0, 3LO): refused first, then given, and left again for a token."""

import re

import pytest

import world
from wire import done

WIZARD = "/integrations/new/jira"
PATH = "/integrations/Consented"


@pytest.fixture
def page(inside, keeper):
    yield inside(keeper)
    done(world.LIVED_IN, "DELETE", f"{PATH}?in=0", world.LIFE_KEY)


def test_consent_is_refused_and_given_and_left_for_a_token(page):
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill(world.LIFE_SITE)
    page.get_by_label("Name", exact=True).fill("Consented")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=sign-in*")
    page.get_by_role("link", name="OAuth 2.0 (3LO)").click()
    page.wait_for_url("**method=oauth*")
    callback = page.locator("#callback").inner_text()
    assert callback == f"{world.LIVED_IN.url}/oauth/atlassian/callback"
    page.get_by_role("button", name="Ask for consent").click()
    assert "auth.missing" in page.locator("#trouble").inner_text()

    ask(page)
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**method=oauth*")
    assert "auth.consent" in page.locator("#trouble").inner_text()

    ask(page)
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Consent was given").wait_for()
    assert world.APP_SECRET not in page.content()
    page.get_by_role("button", name=re.compile("^Validate")).click()
    page.get_by_role("link", name="All good: continue").click()
    page.get_by_role("button", name="Continue").last.click()
    page.wait_for_url("**step=advanced*")
    page.get_by_role("button", name="Continue").last.click()
    page.wait_for_url("**step=review*")
    assert "for the first import" in page.locator("main").inner_text(), "what it takes of the points"
    page.get_by_role("button", name="Start import").click()
    page.wait_for_url(f"**{PATH}/monitoring")

    page.goto(f"{PATH}/authentication")
    assert page.get_by_label("Client id").input_value() == world.APP_CLIENT
    page.get_by_role("link", name="API token").click()
    page.get_by_label("E-mail of the Atlassian account").fill(world.EMAIL)
    page.get_by_label("API token").fill(world.TOKEN)
    page.get_by_role("button", name="Validate and replace").click()
    page.wait_for_url(f"**{PATH}/checks?done=renewed")
    page.goto(f"{PATH}/authentication")
    assert "API token" in page.locator("section[aria-labelledby=h-stored]").inner_text()


def ask(page):
    page.get_by_label("Client id").fill(world.APP_CLIENT)
    page.get_by_label("Secret").fill(world.APP_SECRET)
    page.get_by_role("button", name="Ask for consent").click()
    page.get_by_role("link", name="Continue to Atlassian").click()
    page.wait_for_url(f"{world.LIFE_SITE}/authorize?*")
