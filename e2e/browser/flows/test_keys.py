"""Keys: what single letters do, the menu of commands, and that none of it stands in anybody's way."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe


def clean(page):
    for scheme in ["light", "dark"]:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_the_list_of_keys_is_opened_by_a_key_and_by_a_button_and_gives_the_focus_back(opened):
    page = opened()
    page.goto("/integrations")
    button = page.get_by_role("button", name=re.compile("^Keys"))
    button.click()
    page.get_by_role("dialog", name="Keys").wait_for()
    clean(page)
    page.keyboard.press("Escape")
    assert button.evaluate("one => one === document.activeElement")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()


def test_letters_go_to_places_and_never_while_somebody_types(opened):
    page = opened()
    page.goto("/integrations")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search")
    assert search.evaluate("one => one === document.activeElement")
    page.keyboard.type("gs?r")
    assert search.input_value() == "gs?r" and page.get_by_role("dialog").count() == 0
    search.fill("")
    search.blur()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/settings/**")


def test_letters_can_be_turned_off_for_good(opened):
    page = opened()
    page.goto("/settings/profile")
    page.get_by_role("button", name="Single letters do something: turn that off").click()
    page.goto("/integrations")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("Control+k")
    assert page.get_by_role("dialog", name="Go to, run, copy").is_visible(), "it is no single letter"


def test_lists_are_walked_and_opened(opened):
    page = opened()
    page.goto("/integrations")
    names = page.locator("td.named > a")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert names.nth(1).evaluate("one => one === document.activeElement")
    page.keyboard.press("x")
    assert page.locator("tbody tr").nth(1).get_by_role("checkbox").is_checked()
    page.keyboard.press("k")
    path = names.first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    page.keyboard.press("e")
    page.wait_for_url("**/configuration")


def test_the_menu_goes_to_integrations_that_the_server_names(opened):
    page = opened()
    page.goto("/integrations")
    page.get_by_role("button", name=re.compile("^Go to")).click()
    field = page.get_by_role("combobox", name="What")
    assert field.evaluate("one => one === document.activeElement")
    clean(page)
    field.fill("fail")
    page.get_by_role("option", name="Integration Failing").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/integrations/Failing/monitoring")


def test_the_menu_pauses_the_integration_in_view(opened):
    page = opened()
    page.goto("/integrations/Acme%20Jira/monitoring")
    for word in ["Pause", "Resume"]:
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="What").fill(word)
        assert page.get_by_role("option", name=word, exact=True).get_attribute("aria-selected") == "true"
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.get_by_role("button", name="Pause", exact=True).wait_for()


@pytest.mark.parametrize("key,step", [("PageUp", -12), ("Home", -83), ("End", 0)])
def test_the_timeline_is_walked_by_days_and_to_its_ends(opened, key, step):
    page = opened()
    page.goto("/integrations/Acme%20Jira/monitoring")
    bars = page.locator(".segments.wide input")
    bars.last.focus()
    page.keyboard.press("End")
    page.keyboard.press(key)
    chosen = bars.nth(bars.count() - 1 + step)
    assert chosen.is_checked() and chosen.evaluate("one => one === document.activeElement")
    page.locator(".segments.wide .segment:has(input:checked) .card-of").wait_for()
