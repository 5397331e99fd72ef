"""A Data Center behind ADFS: connected, and given a fresh password."""

import re

import pytest

import world
from wire import done

WIZARD = "/integrations/new/jira"


@pytest.fixture
def page(inside, keeper):
    yield inside(keeper)
    done(world.LIVED_IN, "DELETE", "/integrations/Behind?in=0", world.LIFE_KEY)


def test_a_data_center_is_connected_through_adfs_and_given_a_fresh_password(page):
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill(world.ADFS_SITE)
    page.get_by_label("Name", exact=True).fill("Behind")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=sign-in*")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_role("link", name="Sign in through ADFS").click()
    page.wait_for_url("**method=adfs*")
    fill(page, client="nobody")
    page.get_by_role("button", name=re.compile("^Validate")).click()
    page.wait_for_function("() => document.activeElement.id === 'trouble'")
    assert "auth.adfs_client" in page.locator("#trouble").inner_text()
    assert page.get_by_label("Resource").input_value() == world.ADFS_RESOURCE, "what was entered stays"
    fill(page)
    page.get_by_role("button", name=re.compile("^Validate")).click()
    page.get_by_role("link", name="All good: continue").click(timeout=30_000)
    page.get_by_role("button", name="Continue").last.click()
    page.wait_for_url("**step=advanced*")
    page.get_by_role("button", name="Continue").last.click()
    page.wait_for_url("**step=review*")
    assert "ADFS" in page.locator("main").inner_text()
    page.get_by_role("button", name="Start import").click()
    page.wait_for_url("**/integrations/Behind/monitoring")

    page.goto("/integrations/Behind/authentication")
    assert page.get_by_role("radio", name=re.compile("^Through ADFS")).is_checked()
    assert page.get_by_label("Client id").input_value() == world.ADFS_CLIENT
    assert world.ADFS_PASSWORD not in page.content()
    page.get_by_label("Resource").fill("https://elsewhere.example/")
    page.get_by_label("Token or password").fill(world.ADFS_PASSWORD)
    page.get_by_role("button", name="Validate and replace").click()
    page.get_by_text("auth.adfs_resource").first.wait_for(timeout=30_000)
    assert page.get_by_label("Resource").input_value() == "https://elsewhere.example/"
    page.get_by_label("Resource").fill(world.ADFS_RESOURCE)
    page.get_by_label("Token or password").fill(world.ADFS_PASSWORD)
    page.get_by_role("button", name="Validate and replace").click()
    page.wait_for_url("**/integrations/Behind/checks?done=renewed", timeout=30_000)


def fill(page, client=world.ADFS_CLIENT):
    page.get_by_label("Address of ADFS").fill(world.ADFS_SITE)
    page.get_by_label("Client id").fill(client)
    page.get_by_label("Resource").fill(world.ADFS_RESOURCE)
    page.get_by_label("User name").fill(world.ADFS_USER)
    page.get_by_label("Password", exact=True).fill(world.ADFS_PASSWORD)
