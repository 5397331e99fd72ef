"""Nudges from the edit of an issue to the mail of its assignee: the new misses and nothing else, once in a period, and none to those who
want none. One story, told in order."""

import base64
import hashlib
import hmac
import json
import re
import time

import world
from conftest import HOUR, clock, order, rows, sent, sql, told, until, weir

LINK = re.compile(r"<(http://[^>]+/opt-out/[^>]+)>")


class Cast:
    """Open issues by assignee, each with a due date; of people with an address that the site shows, and of people without."""

    def __init__(self):
        people = {one["id"]: one for one in rows("people")}
        self.by = {}
        for issue in rows("issues"):
            person = people.get(issue["assignee_id"])
            is_open = issue["state"] == "live" and issue["status_category"] != "done"
            if person and is_open and person["active"]:
                self.by.setdefault(issue["assignee_id"], []).append(issue["key"])
        self.emails = {id: people[id]["email"] for id in self.by}
        self.known = [id for id in sorted(self.by) if self.emails[id] and len(self.by[id]) >= 2]
        self.unknown = [id for id in sorted(self.by) if not self.emails[id]]
        assert len(self.known) >= 2 and self.unknown, self.emails
        for key in [key for keys in self.by.values() for key in keys[-2:]]:
            order("edit", {"kind": "due", "subject": key, "value": "2027-01-01"})

    def take(self, id):
        """Takes the due date of one of somebody's issues away; gives its key."""
        key = self.by[id].pop()
        order("edit", {"kind": "due", "subject": key, "value": None})
        return key


def keys(text):
    return set(re.findall(r"^([A-Z]+-\d+)\b", text, re.M))


def body(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def due(nudge, times):
    """The hour that has begun ended a period, and nobody was told since the one before."""
    before = times.begin - HOUR
    sql("UPDATE nudge SET covered_until = ?, due_at = ?, look_at = ? WHERE id = ?", before, times.begin, times.begin, nudge)


def test_the_story(server, mail, hooks, times):
    cast = Cast()
    first, second = cast.known[:2]
    nobody = cast.unknown[0]
    clock(times.begin - HOUR // 6)
    lost = {first: cast.take(first), second: cast.take(second)}
    cast.take(nobody)
    weir("sync")
    wish = {"name": "Mornings", "channel": "mail", "rules": ["no_due_date"], "hour": times.hour, "zone": "UTC"}
    status, made = server.nudges("POST", "", wish)
    assert (status, made["nudge"]["state"], made["secret"]) == (201, "active", None), made
    nudge = made["nudge"]["id"]

    # What happened before the period began is no news.
    status, preview = server.nudges("POST", f"/{nudge}/preview")
    assert (status, preview["recipients"], preview["trouble"]) == (200, 0, None), preview

    # A dry run tells exactly what would be sent, sends nothing and notes nothing.
    sql("UPDATE nudge SET covered_until = ? WHERE id = ?", times.begin - HOUR, nudge)
    status, preview = server.nudges("POST", f"/{nudge}/preview")
    ready = {one["recipient"]: one for one in preview["messages"] if one["standing"] == "ready"}
    assert {id: [item["key"] for item in one["items"]] for id, one in ready.items()} == {id: [key] for id, key in lost.items()}
    assert [one["recipient"] for one in preview["messages"] if one["standing"] == "no_address"] == [nobody]
    assert {one["to"][0] for one in ready.values()} == {cast.emails[id] for id in lost}
    assert mail.mails == [] and server.nudges("GET", f"/{nudge}/messages")[1]["items"] == []

    # At the end of the period each gets what is theirs.
    due(nudge, times)
    until(lambda: len(mail.mails) == 2)
    for id, key in lost.items():
        [one] = mail.to(cast.emails[id])
        assert keys(body(one)) == {key} and key in body(one, "html") and one["Subject"] == ready[id]["subject"], one
        assert "due date is missing" in body(one) and one["From"] == "Weir <weir@acme.example>"
        assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and LINK.fullmatch(one["List-Unsubscribe"])
    last = until(lambda: server.nudges("GET", f"/{nudge}")[1]["last"])
    assert (last["sent"], last["failed"], last["without_address"]) == (2, 0, 1), last

    # Whatever looks at the same period again sends nothing.
    due(nudge, times)
    until(lambda: server.nudges("GET", f"/{nudge}")[1]["last"]["at"] != last["at"])
    assert len(mail.mails) == 2

    # Leaving needs the link and nothing else; looking at it changes nothing.
    link = LINK.fullmatch(mail.to(cast.emails[first])[0]["List-Unsubscribe"]).group(1)
    status, page = sent("GET", link)
    assert status == 200 and b"Send me no more" in page
    assert server.nudges("GET", f"/{nudge}/opt-outs")[1]["items"] == []
    assert sent("GET", link[:-1] + ("A" if link[-1] != "A" else "B"))[0] == 404
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert sent("POST", link, b"List-Unsubscribe=One-Click", form)[0] == 200
    [left] = server.nudges("GET", f"/{nudge}/opt-outs")[1]["items"]
    assert (left["recipient"], left["by"]) == (first, "link")

    # What is new since then goes to those who want it, and once.
    clock(int(time.time() * 1000))
    fresh = {first: cast.take(first), second: cast.take(second)}
    weir("sync")
    status, came = server.nudges("POST", f"/{nudge}/send")
    assert (status, came["sent"], came["opted_out"]) == (200, 1, 1), came
    assert keys(body(mail.to(cast.emails[second])[1])) == {fresh[second]}
    assert server.nudges("POST", f"/{nudge}/send")[1]["sent"] == 0 and len(mail.mails) == 3
    assert server.nudges("DELETE", f"/{nudge}/opt-outs/{first}")[0] == 204
    assert server.nudges("POST", f"/{nudge}/send")[1]["sent"] == 1
    assert keys(body(mail.to(cast.emails[first])[1])) == {fresh[first]}

    # A webhook is signed, and has the same id when it is sent again.
    added = told("hygiene", "nudges", "add", "Chat", "--channel", "webhook", "--url", "https://hooks.example/x", "--rule", "no_due_date", "--hour", str(times.hour), "--zone", "UTC")
    status, changed = server.nudges("PATCH", "/Chat", {"url": hooks.url})
    assert status == 200 and changed["nudge"]["url"].endswith("/…"), changed
    hooks.away = 1
    came = told("hygiene", "nudges", "send", "Chat", "--allow-address", "127.0.0.0/8", "--public-url", server.url)
    assert (came["sent"], came["failed"]) == (2, 0), came
    assert len(hooks.requests) == 3 and len({headers["webhook-id"] for headers, _ in hooks.requests}) == 2
    secret = base64.b64decode(added["secret"].removeprefix("whsec_"))
    for headers, content in hooks.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
    documents = [json.loads(content)["data"] for _, content in hooks.requests]
    assert {one["recipient"]: {item["key"] for item in one["items"]} for one in documents} == {id: {key} for id, key in fresh.items()}

    # Without a word where it goes a private network is not reached.
    refused = weir("hygiene", "nudges", "add", "Inside", "--channel", "webhook", "--url", "http://127.0.0.1:9/", fails=True)
    assert refused.returncode == 2 and b"not a public address" in refused.stderr

    # Where people's details are left out nobody's address is known, and that is said.
    weir("integration", "edit", world.NAME, "--exclude", "userDetails")
    status, refusal = server.nudges("POST", "", {"name": "Late", "channel": "mail"})
    assert (status, refusal["code"]) == (409, "nudge.people"), refusal
    assert server.nudges("GET", f"/{nudge}")[1]["state"] == "blocked"
    status, preview = server.nudges("POST", f"/{nudge}/preview")
    assert preview["recipients"] == 0 and "userDetails" in preview["trouble"]
