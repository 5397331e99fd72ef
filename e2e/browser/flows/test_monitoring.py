"""Monitoring: the range, the segments, from a number to its rows."""

PATH = "/integrations/Acme%20Jira/monitoring"


def test_the_range_is_changed_in_place_and_can_be_sent_as_a_link(opened):
    page = opened()
    page.goto(PATH)
    page.get_by_label("Last 30 days").check(force=True)
    page.wait_for_url("**range=30d*")
    page.wait_for_function("document.querySelector('#range-30d').checked")
    shown = page.locator("#main").inner_text()
    page.reload()
    assert page.get_by_label("Last 30 days").is_checked()
    assert page.locator("#h-tickets").is_visible() and "in last 30 days" in shown


def test_the_range_is_changed_without_scripts(opened):
    page = opened(java_script_enabled=False)
    page.goto(PATH)
    page.locator("label[for=range-30d]").click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**range=30d*")
    assert page.get_by_label("Last 30 days").is_checked()


def test_segments_are_walked_with_the_arrow_keys_and_tell_what_they_are(opened):
    page = opened()
    page.goto(PATH)
    page.locator(".segments.wide input:checked").focus()
    before = page.locator(".segments.wide input:checked").get_attribute("id")
    page.keyboard.press("ArrowLeft")
    chosen = page.locator(".segments.wide input:checked")
    assert chosen.get_attribute("id") != before
    assert chosen.get_attribute("aria-label").strip()
    page.locator(".segments.wide .segment:has(input:checked) .card-of").wait_for()


def test_the_number_of_new_issues_is_the_number_of_their_rows(opened):
    page = opened()
    page.goto(PATH)
    link = page.locator("#h-tickets ~ .key a", has_text="New")
    number = int("".join(c for c in link.locator("b").inner_text() if c.isdigit()))
    link.click()
    rows = page.locator("table tbody tr").count()
    while page.get_by_role("link", name="Further issues").count():
        page.get_by_role("link", name="Further issues").click()
        page.wait_for_load_state()
        rows += page.locator("table tbody tr").count()
    assert rows == number > 0


def test_a_run_is_opened_from_the_log_and_its_lines_are_filtered(opened):
    page = opened()
    page.goto(PATH)
    page.locator("#h-logs").locator("xpath=ancestor::section").get_by_role("link").first.click()
    page.wait_for_url("**/runs/**")
    page.get_by_label("Text").fill("nothing like it")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("No lines match this filter.").wait_for()
