"""Requests without a browser: to the API, and to the hand that moves a simulated site."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def asked(server, method, path, key, body=None):
    """The status and the JSON of an answer of the API."""
    return sent(f"{server.url}/api/v1{path}", method, body, {"Authorization": f"Bearer {key}"})


def done(server, method, path, key, body=None):
    """The same of a request that must succeed."""
    status, answer = asked(server, method, path, key, body)
    assert status < 300, f"{method} {path}: {status} {answer}"
    return answer


def order(site, method, what, body=None):
    """Tells a simulated site what to do."""
    status, answer = sent(f"{site}/_sim/{what}", method, body, {})
    assert status < 300, f"{what}: {status} {answer}"


def sent(url, method, body, headers):
    if body is not None:
        headers = {**headers, "Content-Type": "application/json"}
        body = json.dumps(body).encode()
    try:
        with urlopen(Request(url, body, headers, method=method), timeout=60) as answer:
            return answer.status, read(answer)
    except HTTPError as refused:
        return refused.code, read(refused)


def read(answer):
    text = answer.read()
    return json.loads(text) if text else None
