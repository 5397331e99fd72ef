"""From the link of the first start to signing out."""

import world


def test_the_link_of_the_first_start_works_once(account, opened):
    page = opened(signed_in=False)
    page.goto(world.LOOKED_AT.link)
    assert page.get_by_role("button", name="Make the account").count() == 0
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_stranger_is_led_back_to_where_they_wanted_to_go(account, opened):
    page = opened(signed_in=False)
    page.goto("/integrations/Acme%20Jira/monitoring?range=30d")
    assert "/login?next=" in page.url
    enter(page, world.PASSWORD)
    page.wait_for_url("**/integrations/Acme%20Jira/monitoring?range=30d")


def test_what_was_entered_stays_after_a_wrong_password_but_the_password(account, opened):
    page = opened(signed_in=False)
    page.goto("/login")
    enter(page, "not the password")
    assert page.get_by_label("E-mail or name").input_value() == world.LOGIN
    assert page.get_by_label("Password").input_value() == ""
    page.get_by_role("alert").wait_for()


def test_with_the_keyboard_alone_and_without_scripts(account, opened):
    page = opened(signed_in=False, java_script_enabled=False)
    page.goto("/login")
    until(page, "#login")
    page.keyboard.type(world.LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type(world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/integrations")
    until(page, "a >> text=Acme Jira")
    page.keyboard.press("Enter")
    page.wait_for_url("**/monitoring")
    assert page.get_by_role("heading", level=1).inner_text() == "Acme Jira"


def test_who_has_signed_out_is_a_stranger(account, opened):
    page = opened(signed_in=False)
    page.goto("/login")
    enter(page, world.PASSWORD)
    page.wait_for_url("**/integrations")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.goto("/integrations")
    assert "/login" in page.url


def enter(page, password):
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def until(page, selector):
    """Goes on with the Tab key until this has the focus."""
    wanted = page.locator(selector).first
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and page.locator(":focus").bounding_box() == wanted.bounding_box():
            return
    raise AssertionError(f"the Tab key does not lead to {selector}")
