"""A browser, who is signed in, and what must never happen on any page."""

import os
from contextlib import contextmanager
from urllib.parse import urlsplit
from zlib import crc32

import pytest
from playwright.sync_api import sync_playwright

import made
import people
import world
from ways import at

WIDE = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items):
    """Leaves the share of the tests that `WEIR_SHARE` names, as `1/2`: of a state of a page all tests or none, and all flows."""
    share, shares = map(int, os.environ.get("WEIR_SHARE", "1/1").split("/"))
    items[:] = [item for item in items if share_of(item, shares) == share]


def share_of(item, shares):
    state = item.callspec.params.get("state") or item.callspec.params.get("plain") if hasattr(item, "callspec") else None
    if state is None or "flows" in item.path.parts:
        return 1
    # Flows take as long as about a sixth of all states.
    return 1 if shares == 1 or crc32(state.name.encode()) % 12 < 5 else 2


@pytest.fixture(scope="session")
def chromium():
    # Debian's browser; as root it has no sandbox of its own.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=world.CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def everybody(chromium):
    """Cookies of everybody who is signed in to the server that is looked at, by their names."""
    return made.everything(chromium)


@pytest.fixture(scope="session")
def keeper(chromium):
    """Cookies of whoever looks after the server that is lived in."""
    return people.first(chromium, world.LIVED_IN)


@pytest.fixture(scope="session")
def account(everybody):
    return everybody["ada"]


@pytest.fixture
def opened(chromium, account):
    """Opens pages of the server that is looked at: `opened(signed_in=True, …)`, with more of what a browser's context takes."""
    with opening(chromium, world.LOOKED_AT) as new:
        yield lambda signed_in=True, **more: new(account if signed_in else None, **more)


@pytest.fixture
def inside(chromium):
    """Opens pages of the server that is lived in: `inside(cookies, …)`."""
    with opening(chromium, world.LIVED_IN) as new:
        yield new


@contextmanager
def opening(chromium, server):
    """What opens pages of a server, and looks whether they keep their own rules."""
    contexts, wrong = [], []

    def new(cookies=None, **more):
        context = chromium.new_context(base_url=server.url, storage_state=cookies, **{**USUAL, **more})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        watch(page, server, wrong)
        return page

    yield new
    for context in contexts:
        context.close()
    assert wrong == [], "a page breaks its own rules"


USUAL = {"viewport": WIDE, "locale": "en-GB", "timezone_id": "UTC"}


@pytest.fixture(scope="session")
def contexts(chromium, everybody, keeper):
    """The one context of a browser for each of those who look at pages, with scripts and without; every server but one has accounts."""
    made_once = {}

    def of(state, scripts):
        key = (state.server, state.who, scripts)
        if key not in made_once:
            cookies = everybody[state.who] if state.who else None
            made_once[key] = chromium.new_context(
                base_url=state.server.url, storage_state=cookies, java_script_enabled=scripts, reduced_motion="reduce", **USUAL
            )
        return made_once[key]

    yield of
    for context in made_once.values():
        context.close()


@contextmanager
def reached(contexts, state, scripts=True):
    """A page in a state, with the proof that the server meant it."""
    page, wrong, answers = contexts(state, scripts).new_page(), [], []
    page.set_default_timeout(30_000)
    watch(page, state.server, wrong)
    page.on("response", lambda answer: answers.append(answer) if answer.request.is_navigation_request() else None)
    if state.reach:
        state.reach(page)
        page.wait_for_load_state()
    else:
        page.goto(at(state.path))
    assert answers[-1].status == (200 if state.behind and scripts else state.status)
    assert state.shows in page.locator("main").inner_text(), f"it does not say {state.shows!r}"
    yield page
    page.close()
    assert wrong == [], "a page breaks its own rules"


def watch(page, server, wrong):
    page.on("request", lambda sent: None if leads_to_consent(sent) else foreign(sent.url, server, wrong))
    page.on("console", lambda said: complaint(said, wrong))
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))


def leads_to_consent(sent):
    """A person follows a link to Atlassian, and sends a form there."""
    return sent.is_navigation_request() and sent.url.startswith(f"{world.LIFE_SITE}/authorize")


def foreign(url, server, wrong):
    if urlsplit(url).netloc != urlsplit(server.url).netloc and not url.startswith("data:"):
        wrong.append(f"asks another host: {url}")


def complaint(said, wrong):
    # That a page was answered with an error is what some of the tests are about.
    if said.type == "error" and "Failed to load resource" not in said.text:
        wrong.append(f"console: {said.text}")
