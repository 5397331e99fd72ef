"""Somebody is told that an integration needs them, once, and that it is well again: from a token that is refused to mails and a chat."""

import json

import world
from conftest import order, told, until, weir

OPERATORS = "ops@acme.example"


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def test_somebody_is_told_once_that_an_integration_needs_them_and_once_that_it_is_well(server, mail, hooks, tmp_path):
    def notifications(method, path="", body=None):
        status, answer = server.ask(method, f"/api/v1/notifications{path}", body)
        return status, json.loads(answer or b"null")

    def newest():
        """The last run that is no comparison."""
        runs = json.loads(server.ask("GET", f"/api/v1/runs?integration={world.NAME}&limit=20")[1])["items"]
        return next(one for one in runs if one["trigger"] not in ("census", "verify"))

    def run(*words):
        """Has a run begin, and waits until it has ended in one of these ways."""
        before = newest()["id"]
        assert server.ask("POST", f"/api/v1/integrations/{world.NAME}/sync")[0] == 202
        ended = until(lambda: (one := newest())["id"] != before and one["result"] and one)
        assert ended["result"] in words, ended

    chat = lambda: [json.loads(body)["text"] for _, body in hooks.requests if b'"text"' in body]
    events = lambda: [one["event"] for one in notifications("GET", "/Operators/messages")[1]["items"]]

    wish = {"name": "Operators", "kind": "mail", "to": [OPERATORS], "events": ["needs_you", "healed"]}
    status, made = notifications("POST", "", wish)
    assert (status, made["secret"]) == (201, None), made
    (tmp_path / "url").write_text(hooks.url)
    kept = told("notifications", "add", "Chat", "--kind", "slack", "--url-file", str(tmp_path / "url"), "--allow-address", "127.0.0.0/8")
    assert kept["url"].endswith("/…") and hooks.url not in json.dumps(notifications("GET")[1])

    # Trying a channel says at once what came of it.
    status, tried = notifications("POST", "/Operators/test")
    assert (status, tried["state"]) == (200, "sent"), tried
    assert "This is a test of notifications." in plain(mail.to(OPERATORS)[0])

    # The token is refused, run by run: one mail.
    order("fault", {"kind": "anonymous"})
    run("failed")
    until(lambda: len(mail.to(OPERATORS)) == 2)
    needs = mail.to(OPERATORS)[1]
    assert needs["Subject"] == f"{world.NAME} needs somebody" and needs["From"] == "Weir <weir@acme.example>", needs
    assert f"{server.url}/integrations/{world.NAME}/" in plain(needs) and "What to do" in plain(needs)
    assert "<script" not in needs.get_body(("html",)).get_content() and needs["List-Unsubscribe"] is None
    until(lambda: len(chat()) == 1)
    assert "needs somebody" in chat()[0]
    for _ in range(2):
        run("failed")

    # It is good again: one closing mail, and that was all.
    order("fault", {"kind": "none"})
    run("success", "partial")
    until(lambda: len(mail.to(OPERATORS)) == 3)
    assert mail.to(OPERATORS)[2]["Subject"] == f"{world.NAME} is well again"
    assert events() == ["healed", "needs_you", "test"]
    until(lambda: len(chat()) == 2)
    assert notifications("GET", "/Operators")[1]["last"]["state"] == "sent"
    shown = told("notifications", "show", "Operators")
    assert [one["state"] for one in shown["messages"]] == ["sent"] * 3, shown
    assert told("notifications", "remove", "Chat")["removed"] and notifications("DELETE", "/Operators")[0] == 204
    assert weir("notifications", "show", "Chat", fails=True).returncode == 3
