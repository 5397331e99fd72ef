"""A server of mail and a receiver of webhooks on loopback, the real program, and a site that can be edited."""

import json
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import datetime, timezone
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

import world

HOUR = 3_600_000


class Box:
    """What a server of mail was handed."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"

    def to(self, address):
        return [mail for to, mail in self.mails if to == [address]]


class Hooks:
    """What a receiver of webhooks was sent, and how often it is away first."""

    def __init__(self):
        self.requests, self.away = [], 0


def until(done, seconds=60):
    """Waits until something holds, and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = done()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come to be")


@pytest.fixture(scope="session")
def mail():
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture(scope="session")
def hooks():
    kept = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append((dict(self.headers), body))
            is_away = kept.away > 0
            kept.away -= is_away
            self.send_response(503 if is_away else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/weir"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()


def order(what, body):
    """Orders something of the simulated site."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{world.SITE}/_sim/{what}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def clock(at):
    order("clock", {"now": at})


def weir(*words, fails=False):
    """Runs a command, and gives what it says as JSON where it says that."""
    ran = subprocess.run([world.COMMAND, *words], env=world.SETTINGS, capture_output=True, timeout=120)
    assert fails or ran.returncode == 0, (words, ran.stdout, ran.stderr)
    return ran


def told(*words):
    return json.loads(weir(*words, "--format", "json").stdout)


def rows(view):
    return [json.loads(line) for line in weir("export", view).stdout.splitlines()]


def sql(text, *values):
    """Changes the store behind the program's back: what an hour of waiting would do."""
    with closing(sqlite3.connect(world.STORE, timeout=20)) as store, store:
        store.execute(text, values)


class Server:
    """A running `weir serve`."""

    def __init__(self, flags):
        words = [world.COMMAND, "serve", "--listen", "127.0.0.1:0", "--api-rate", "1000000", *flags]
        self.process = subprocess.Popen(words, env=world.SETTINGS, stderr=subprocess.PIPE, text=True)
        self.said = []
        threading.Thread(target=self.read, daemon=True).start()
        found = until(lambda: [line for line in self.said if line.startswith("Weir is at ")])
        self.url = found[0].removeprefix("Weir is at ").strip()
        self.key = told("api-key", "create", "--scope", "admin", "--name", "suite")["secret"]

    def read(self):
        for line in self.process.stderr:
            self.said.append(line)

    def ask(self, method, path, body=None, key=True):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}"} if key else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        return sent(method, self.url + path, data, headers)

    def nudges(self, method, path="", body=None):
        status, answer = self.ask(method, f"/api/v1/integrations/{world.NAME}/hygiene/nudges{path}", body)
        return status, json.loads(answer or b"null")


def sent(method, url, data=None, headers=None):
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Times:
    """The hour that has begun, as milliseconds."""

    def __init__(self):
        now = datetime.now(timezone.utc)
        if now.minute == 59:
            # The hour is not to change meanwhile.
            time.sleep(61 - now.second)
            now = datetime.now(timezone.utc)
        self.hour = now.hour
        self.begin = int(now.replace(minute=0, second=0, microsecond=0).timestamp() * 1000)


@pytest.fixture(scope="session")
def times():
    return Times()


@pytest.fixture(scope="session")
def server(mail, times):
    """A server over a site that was read."""
    clock(times.begin - 3 * HOUR)
    weir(*world.ADD)
    weir("sync")
    flags = ["--smtp-url", f"smtp://127.0.0.1:{mail.port}?tls=none", "--mail-from", "Weir <weir@acme.example>"]
    running = Server([*flags, "--allow-address", "127.0.0.0/8"])
    yield running
    running.process.terminate()
    assert running.process.wait(30) in (0, -15, 130), running.said[-20:]
