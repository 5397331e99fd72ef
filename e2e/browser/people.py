"""How people come in: the first one through the link of the first start, others through an invitation."""

import re

import world


def first(browser, server):
    """Makes the first account of a server, and gives the cookies of whoever is signed in with it."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(server.link)
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("The master key is backed up").check()
    chosen(page, "Make the account")
    return left(context, page)


def invited(browser, server, link):
    """Takes an invitation up, and gives the cookies of whoever is signed in then."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto(link)
    chosen(page, "Keep it and sign in")
    return left(context, page)


def chosen(page, button):
    page.get_by_label("Password", exact=True).fill(world.PASSWORD)
    page.get_by_label("Password, once more").fill(world.PASSWORD)
    page.get_by_role("button", name=button).click()


def left(context, page):
    # Who has no role yet stays where everybody begins.
    page.wait_for_url(re.compile(r"/(integrations)?$"))
    state = context.storage_state()
    context.close()
    return state
