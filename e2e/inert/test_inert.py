"""Texts that mean ill stay texts, wherever they are shown or written; and what must not be told is told nowhere."""

import csv
import io
import json
import re
import subprocess

import pytest

import world
from conftest import FILES, asked, kind

FORMULA = ("=", "+", "-", "@", "\t", "\r")
ORDERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn a line around."""

AWAY = {"/login", "/setup", "/invitation", "/login/oidc", "/login/oidc/callback", "/oauth/atlassian/callback", "/opt-out/{token}"}
"""Pages for strangers, and the way back from Atlassian, which show no text of a site."""

PARTS = {"/integrations/new/jira/checks", "/integrations/{name}/checks/progress", "/integrations/{name}/authentication/progress"}
"""Parts of pages, which show checks while they run."""


def commands():
    """Every command that shows something, as words."""
    each = [["integration", "show"], ["integration", "availability"], ["verify"], ["status"], ["fields", "list"], ["fields", "cases", "show"], ["fields", "cases", "unmatched"], ["issues", "quarantined"], ["hygiene", "report"], ["hygiene", "issues"], ["hygiene", "rules", "list"]]
    named = [words + [name] for words in each if words != ["issues", "quarantined"] for name in [world.OPEN, world.CLOSED]]
    runs = [["runs", "show", run] for run in world.WORLD["runs"]] + [["runs", "logs", run] for run in world.WORLD["runs"]]
    plain = [["integration", "list"], ["runs", "list"], ["audit"], ["user", "list"], ["workspace", "list"], ["api-key", "list"], ["satellite", "list"], ["satellite", "show", "sat_ill"], ["doctor"], ["about", "bundle"]]
    return named + runs + plain


def ran(words):
    return subprocess.run([world.COMMAND, *words], env=world.SETTINGS, capture_output=True, timeout=120)


def test_no_page_takes_a_text_for_markup_or_an_order(walked):
    assert walked["wrong"] == []


def test_every_page_was_walked_and_showed_what_it_should_not_take(walked):
    met = {kind(path)[0] for path in walked["bodies"]}
    wanted = {route for route in world.ROUTES["pages"] if not FILES.match(route.replace("{id}", "1"))}
    assert wanted - met <= AWAY | PARTS | set(world.WORLD["unlinked"]), sorted(wanted - met)
    shown = [path for path, body in walked["bodies"].items() if "window.inert=0" in body]
    assert len(shown) >= 5, shown


def test_answers_of_the_api_are_what_they_say_and_keep_every_text_as_it_is(read):
    faithful = 0
    for answer in read:
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.path
        media = answer.headers.get_content_type()
        assert media in ("application/json", "application/jsonl", "application/problem+json", "application/octet-stream"), answer.path
        assert answer.status in (200, 403, 409), (answer.path, answer.status)
        if media.endswith("json"):
            json.loads(answer.body)
        rows = [json.loads(line) for line in answer.body.splitlines()] if media == "application/jsonl" else []
        faithful += any(world.HOSTILE in str(value) for row in rows for value in row.values())
    assert faithful >= 8, "hardly a view held what the site has"


@pytest.mark.parametrize("view", world.WORLD["views"])
def test_no_cell_of_a_table_is_a_formula_or_an_order(view):
    answer = asked(f"/api/v1/integrations/{world.OPEN}/views/{view}?format=csv")
    assert answer.status == 200 and "attachment" in answer.headers["Content-Disposition"]
    written = subprocess.run(
        [world.COMMAND, "export", view, "--integration", world.OPEN, "--format", "csv"],
        env=world.SETTINGS, capture_output=True, check=True, timeout=120,
    )
    for text in [answer.text(), written.stdout.decode()]:
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert not cell.startswith(FORMULA) or is_number(cell), f"{cell[:80]!r}"
                assert not ORDERS.search(cell.replace("\r", "")), f"{cell[:80]!r}"


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_no_command_gives_orders_to_a_terminal(read):
    shown = 0
    for words in commands():
        done = ran(words)
        assert done.returncode in (0, 1), (words, done.stderr)
        for text in [done.stdout.decode(), done.stderr.decode()]:
            assert not ORDERS.search(text), (words, ORDERS.search(text))
            shown += "window.inert" in text
    assert shown >= 2, "hardly a command showed a text of the site"


def test_logs_hold_no_orders_and_one_line_an_event(walked, read):
    said = world.SAID.read_text()
    assert said and not ORDERS.search(said), ORDERS.search(said)


def places(walked, read):
    """All that was said and all that is kept, by where it is."""
    for path, body in walked["bodies"].items():
        yield f"page {path}", body.encode()
    for answer in read:
        yield f"answer {answer.path}", answer.body
    for words in commands():
        done = ran(words)
        yield f"command {words}", done.stdout + done.stderr
    yield "the server's log", world.SAID.read_bytes()
    for file in world.HOME.rglob("*"):
        if file.is_file():
            yield f"file {file.relative_to(world.HOME)}", file.read_bytes()


def test_secrets_are_nowhere(walked, read):
    secrets = dict(world.SECRETS, password=world.PASSWORD, session=walked["session"])
    looked = 0
    for place, content in places(walked, read):
        looked += 1
        for what, secret in secrets.items():
            if place == "file secret.key" and what == "master key":
                assert secret.encode() in content
                continue
            assert secret.encode() not in content, f"{what} is in {place}"
    assert looked > 60


def test_what_is_left_out_is_nowhere(walked, read):
    """The site that leaves nothing out marks nothing; each text of the other is marked by its field."""
    for place, content in places(walked, read):
        for mark in world.EXCLUDED:
            assert mark.encode() not in content, f"{mark} is in {place}"


def test_marks_are_kept_where_nothing_is_left_out():
    """Or the test above could not fail."""
    kept = asked(f"/api/v1/integrations/{world.CLOSED}/views/issues").body
    assert b"CANARY-customfield" in kept
