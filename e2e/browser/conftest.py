"""A browser, who is signed in, and what must never happen on any page."""

import os
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

import world

WIDE = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def chromium():
    # Debian's browser; as root it has no sandbox of its own.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=world.CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def account(chromium):
    """The first account, made through the link of the first start; cookies of whoever is signed in with it."""
    context = chromium.new_context(base_url=world.URL, viewport=WIDE)
    page = context.new_page()
    page.goto(world.LINK)
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("Password", exact=True).fill(world.PASSWORD)
    page.get_by_label("Password, once more").fill(world.PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/integrations")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def opened(chromium, account, request):
    """Opens pages: `opened(signed_in=True, …)` gives one, with more of what a browser's context takes."""
    contexts, wrong = [], []

    def new(signed_in=True, **more):
        options = {"viewport": WIDE, "locale": "en-GB", "timezone_id": "UTC", **more}
        context = chromium.new_context(base_url=world.URL, storage_state=account if signed_in else None, **options)
        contexts.append(context)
        context.on("request", lambda sent: foreign(sent.url, wrong))
        page = context.new_page()
        page.on("console", lambda said: complaint(said, wrong))
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.set_default_timeout(10_000)
        return page

    yield new
    for context in contexts:
        context.close()
    assert wrong == [], "a page breaks its own rules"


def foreign(url, wrong):
    if urlsplit(url).netloc != urlsplit(world.URL).netloc and not url.startswith("data:"):
        wrong.append(f"asks another host: {url}")


def complaint(said, wrong):
    # That a page was answered with an error is what some of the tests are about.
    if said.type == "error" and "Failed to load resource" not in said.text:
        wrong.append(f"console: {said.text}")


def reached(page, state):
    """Goes to a state of a page, and proves that the server meant it."""
    answers = []
    page.on("response", lambda answer: answers.append(answer) if answer.request.is_navigation_request() else None)
    if state.reach:
        state.reach(page)
        page.wait_for_load_state()
    else:
        page.goto(state.path.format(**world.NAMES))
    assert answers[-1].status == state.status
    return page
