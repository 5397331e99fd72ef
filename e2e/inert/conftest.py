"""Everything that the server says: its pages, walked from link to link, and its API, asked for everything that can be read."""

import json
import re
import time
import urllib.error
import urllib.request
from collections import Counter
from urllib.parse import quote, urljoin, urlsplit

import pytest
from playwright.sync_api import sync_playwright

import world
from judged import JUDGED

MOST_OF_A_KIND = 4
"""How many pages are looked at of those that differ in names and numbers alone."""

FILES = re.compile(r"^/(assets/|runs/[^/]+/log\.|settings/audit/log\.|settings/about/(sbom|bundle)\.json|integrations/[^/]+/(hygiene/issues|salesforce/unmatched)\.csv|integrations/[^/]+/satellite\.yml|hygiene/reports/[^/]+/issues\.csv)")
"""What a link gives as a file, or as a part of a page."""


class Answer:
    """An answer of the server."""

    def __init__(self, path, status, headers, body):
        self.path, self.status, self.headers, self.body = path, status, headers, body

    def text(self):
        return self.body.decode()


def kind(path):
    """The route of an address, and what its query names."""
    parts = urlsplit(path)
    for route in world.ROUTES["pages"]:
        if re.fullmatch(re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(route)), parts.path):
            names = sorted({pair.split("=")[0] for pair in parts.query.split("&") if pair})
            return route, tuple(names)
    return None


@pytest.fixture(scope="session")
def synced():
    """Both integrations read once more, by the server itself."""
    for name in [world.OPEN, world.CLOSED]:
        path = f"/api/v1/integrations/{quote(name)}"
        before = json.loads(asked(path).body)["last_success_at"]
        assert asked(f"{path}/sync", b'{"full": true}').status == 202
        until(lambda: json.loads(asked(path).body)["last_success_at"] != before)
    reported()


def reported():
    """A satellite that means ill reports."""
    wish = {"name": "Satellite", "scopes": ["satellite"]}
    key = json.loads(asked("/api/v1/api-keys", json.dumps(wish).encode()).body)["secret"]
    ill = world.HOSTILE
    log = [{"at": 1, "level": "error", "text": ill}]
    status = {"protocol": 1, "version": ill, "zone": ill, "feeds": [{"named": ill, "error": ill}], "log": log}
    beat = {"id": "sat_ill", "name": ill, "tenant": ill, "status": status, "at": 1, "feeds": [], "errands": [], "leaves": False}
    answer = asked("/satellite/v1/beat", json.dumps(beat).encode(), key)
    assert answer.status == 200, answer.body


def until(done):
    for _ in range(240):
        if done():
            return
        time.sleep(0.25)
    raise AssertionError("a sync did not end within a minute")


@pytest.fixture(scope="session")
def walked(synced):
    """Every page that links lead to, with what is wrong with it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=world.CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=world.URL)
        page = context.new_page()
        wrong, bodies = [], {}
        page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        signed_up(page)
        walk(page, wrong, bodies)
        cookies = context.cookies()
        browser.close()
    return {"wrong": wrong, "bodies": bodies, "session": next(one["value"] for one in cookies if one["name"] == "weir")}


def signed_up(page):
    page.goto(world.LINK)
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("Password", exact=True).fill(world.PASSWORD)
    page.get_by_label("Password, once more").fill(world.PASSWORD)
    page.get_by_label("The master key is backed up").check()
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/integrations")


def walk(page, wrong, bodies):
    seen, counts, waiting = set(), Counter(), ["/"] + world.WORLD["starts"]
    while waiting:
        path = waiting.pop(0)
        of = kind(path)
        if path in seen or of is None or FILES.match(path) or counts[of] >= MOST_OF_A_KIND:
            continue
        seen.add(path)
        counts[of] += 1
        before = len(wrong)
        answer = page.goto(path)
        bodies[path] = answer.body().decode()
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wrong += [f"{what}" for what in page.evaluate(JUDGED)]
        wrong[before:] = [f"{path}: {what}" for what in wrong[before:]]
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => new URL(a.getAttribute('href'), document.baseURI).href)")
        here = urlsplit(world.URL).netloc
        for link in links:
            parts = urlsplit(urljoin(world.URL, link))
            if parts.netloc == here:
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))


def asked(path, body=None, key=world.KEY):
    """Asks for a path with the key, or sends something there."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(world.URL + path, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return Answer(path, answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(path, error.code, error.headers, error.read())


@pytest.fixture(scope="session")
def read(synced):
    """The answer of every operation that reads, for every thing there is."""
    document = json.loads(asked("/api/openapi.json").body)
    answers = []
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        for filled in filled_in(path):
            answers.append(asked(filled))
    return answers


def things(listed):
    """Those of a list that have an id, in whichever form it comes."""
    if isinstance(listed, dict):
        listed = listed.get("items", listed.get("fields", []))
    listed = [one.get("own") or one for one in listed]
    return [one for one in listed if one.get("id")]


def filled_in(path):
    """An address with names and ids that there are."""
    if path.endswith("/views/{view}"):
        pairs = [(name, view) for name in [world.OPEN, world.CLOSED] for view in world.WORLD["views"]]
        return [path.format(name=quote(name), view=view) for name, view in pairs]
    if "{issue}" in path:
        one = world.WORLD["quarantined"]
        return [path.format(name=quote(one["integration"]), issue=one["issue"])]
    if "{nudge}" in path:
        return [path.format(name=quote(name), nudge=world.WORLD["nudge"]) for name in [world.OPEN, world.CLOSED]]
    if "{channel}" in path:
        return [path.format(channel=world.WORLD["channel"])]
    if "{backup}" in path:
        items = json.loads(asked(path.split("/{backup}")[0]).body)["items"]
        return [path.format(backup=one["name"]) for one in items]
    if "/runs/{id}" in path:
        return [path.format(id=run) for run in world.WORLD["runs"]]
    of_integration = next((part for part in ("{field}", "{id}") if "{name}" in path and part in path), None)
    if of_integration:
        listed = path.split(f"/{of_integration}")[0]
        return [
            path.format(**{"name": quote(name), of_integration.strip("{}"): quote(one["id"], safe="")})
            for name in [world.OPEN, world.CLOSED]
            for one in things(json.loads(asked(listed.format(name=quote(name))).body))[:2]
        ]
    if path == "/api/v1/consents/{id}":
        # It is for whoever asked, and in no list.
        return []
    if "{id}" in path:
        listed = path.split("/{id}")[0]
        items = json.loads(asked(listed).body)["items"]
        return [path.format(id=one["id"]) for one in items[:2]]
    if "{name}" in path:
        return [path.format(name=quote(name)) for name in [world.OPEN, world.CLOSED]]
    return [path]
