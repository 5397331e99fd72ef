"""Messages that leave: neither a mail nor a webhook takes a text of the site for a header, for markup or for an order."""

import json
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing
from email import message_from_bytes, policy
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

import world
from test_inert import ORDERS

TAGS = {"html", "body", "p", "ul", "li", "br", "b", "a"}
"""All that a mail is made of."""


class Box:
    """What a server of mail was handed."""

    def __init__(self):
        self.raw = []

    async def handle_DATA(self, server, session, envelope):
        self.raw.append(envelope.content)
        return "250 taken"


class Marks(HTMLParser):
    """Every tag with its attributes, and the text between them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def ran(*words):
    settings = {**world.SETTINGS, "WEIR_ALLOW_ADDRESS": "127.0.0.0/8"}
    done = subprocess.run([world.COMMAND, *words], env=settings, capture_output=True, timeout=120)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def left(read):
    """The mails and webhooks of both sites, with everything that misses a rule there, and what commands said of it."""
    box, hooks, said = Box(), [], []

    class Hooks(BaseHTTPRequestHandler):
        def do_POST(self):
            hooks.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    mail = ["--smtp-url", f"smtp://127.0.0.1:{port}?tls=none", "--mail-from", "weir@acme.example"]
    out = ["--public-url", world.URL, *mail]
    url = f"http://127.0.0.1:{receiver.server_address[1]}/"
    for name in [world.OPEN, world.CLOSED]:
        of = ["--integration", name]
        ran("hygiene", "nudges", "add", "Post", "--channel", "mail", "--by", "project", "--team", "APOLLO=lead@acme.example", *of)
        ran("hygiene", "nudges", "add", "Hook", "--channel", "webhook", "--by", "project", "--team", "APOLLO", "--url", url, *of)
    with closing(sqlite3.connect(world.HOME / "weir.db", timeout=20)) as store, store:
        store.execute("UPDATE nudge SET covered_until = 0")
    for name in [world.OPEN, world.CLOSED]:
        of = ["--integration", name]
        said += [ran("hygiene", "nudges", what, nudge, *out, *of) for what in ["preview", "send"] for nudge in ["Post", "Hook"]]
        said += [ran("hygiene", "nudges", "list", *of), ran("hygiene", "nudges", "messages", "Post", *of)]
    server.stop()
    receiver.shutdown()
    assert (len(box.raw), len(hooks)) == (2, 2), said
    return box.raw, hooks, said


def test_no_text_is_a_header_or_markup_of_a_mail(left):
    shown = 0
    for raw in left[0]:
        mail = message_from_bytes(raw, policy=policy.default)
        assert {name for name in mail.keys()} <= {
            "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted",
            "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Transfer-Encoding",
        }, mail.keys()
        assert mail["To"] == "lead@acme.example" and not ORDERS.search(mail["Subject"])
        plain, page = (mail.get_body((kind,)).get_content() for kind in ["plain", "html"])
        assert not ORDERS.search(plain.replace("\r", "")) and not ORDERS.search(page.replace("\r", ""))
        marks = Marks(page)
        assert {tag for tag, _ in marks.tags} <= TAGS, marks.tags
        for tag, attributes in marks.tags:
            assert set(attributes) <= ({"href"} if tag == "a" else {"lang"}), (tag, attributes)
            assert attributes.get("href", "http").startswith("http"), attributes
        shown += "<script>window.inert=0</script>" in marks.text and "window.inert=0" in plain
    assert shown == 1, "the site that leaves nothing out has its texts in the mail, as texts"


def test_a_webhook_is_json_with_every_text_in_its_place(left):
    shown = 0
    for headers, body in left[1]:
        assert {name.lower(): value for name, value in headers.items()}["content-type"] == "application/json"
        told = json.loads(body)
        assert set(told) == {"type", "timestamp", "data"} and told["data"]["recipient"] == "APOLLO"
        items = told["data"]["items"]
        assert items and all(set(item) == {"key", "url", "summary", "misses"} for item in items)
        shown += any("window.inert=0" in (item["summary"] or "") for item in items)
    assert shown == 1


def test_what_is_left_out_leaves_with_no_message(left):
    raw, hooks, said = left
    mails = [message_from_bytes(one, policy=policy.default) for one in raw]
    texts = [mail.get_body((kind,)).get_content() for mail in mails for kind in ["plain", "html"]]
    for text in [*texts, *[body.decode() for _, body in hooks], *said]:
        for mark in world.EXCLUDED:
            assert mark not in text, mark


def test_no_command_about_messages_gives_orders_to_a_terminal(left):
    for text in left[2]:
        assert not ORDERS.search(text), ORDERS.search(text)
    assert any("window.inert" in text for text in left[2]), "no command showed a text of the site"
