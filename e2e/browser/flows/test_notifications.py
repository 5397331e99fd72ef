"""A channel of notifications: added, tried, changed and taken away, with a mouse, by the keyboard alone and without scripts."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hands import Keys, Mouse

WAYS = {
    "with-a-mouse": (Mouse, {}),
    "by-the-keyboard-alone": (Keys, {}),
    "without-scripts": (Mouse, {"java_script_enabled": False}),
}


@pytest.fixture
def hand(inside, keeper, request):
    """A way to use pages, as whoever looks after the server."""
    kind, options = WAYS[request.param]
    return kind(inside(keeper, **options))


@pytest.fixture
def chat():
    """What a chat was sent, and its address."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield taken, f"http://127.0.0.1:{server.server_address[1]}/secret-path"
    server.shutdown()


@pytest.mark.parametrize("hand", WAYS, indirect=True)
def test_a_channel_is_added_tried_changed_and_taken_away(hand, chat, request):
    page, (taken, url) = hand.page, chat
    name = f"Chat {request.node.callspec.id}"
    page.goto("/settings/notifications")
    hand.fill("Name", name)
    hand.choose("How", "Chat (a webhook as Slack takes it)")
    hand.fill("URL of the webhook", url)
    with page.expect_navigation():
        hand.press("Add channel")
    page.get_by_role("heading", name=name, level=1).wait_for()
    assert "secret-path" not in page.content(), "an address is not shown again"
    with page.expect_navigation():
        hand.press("Send a test")
    page.get_by_role("status").get_by_text("The test was taken").wait_for()
    assert [one["text"].splitlines()[0] for one in taken] == ["This is a test of notifications."], taken
    hand.fill("From", "22:00")
    hand.fill("To", "07:00")
    with page.expect_navigation():
        hand.press("Save")
    page.get_by_text("quiet from 22:00 to 07:00 (UTC)").wait_for()
    with page.expect_navigation():
        hand.press("Delete channel")
    page.get_by_text("The channel is gone.").wait_for()
    assert page.get_by_role("link", name=name).count() == 0
