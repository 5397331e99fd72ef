"""Two suites of others, which create, change and remove what they look at."""

import json
import subprocess
import sys
from collections import Counter

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# What scim2-tester has looked at so far when it has looked at everything.
LEAST = 120
WRONG = {Status.ERROR, Status.CRITICAL, Status.DEVIATION}


def test_scim2_tester_finds_no_error_and_no_deviation(client, address, key):
    before = client.get("/Users", params={"count": 0}).json()["totalResults"]
    with httpx2.Client(base_url=address, headers={"authorization": f"Bearer {key}"}, timeout=30) as http:
        scim = SyncSCIMClient(http)
        scim.discover()
        results = check_server(scim)
    wrong = [f"{one.status} {one.title}: {one.reason}" for one in results if one.status in WRONG]
    assert not wrong, "\n".join(wrong)
    counts = Counter(one.status.name for one in results)
    print(dict(counts))
    assert counts["SUCCESS"] >= LEAST, counts
    assert client.get("/Users", params={"count": 0}).json()["totalResults"] == before


def test_scim_sanity_finds_nothing_that_fails(address, key):
    words = ["probe", address, "--token", key, "--i-accept-side-effects", "--json-output"]
    ran = subprocess.run([sys.executable, "-m", "scim_sanity", *words], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    wrong = [one for one in told["results"] if one["status"].lower() in ("fail", "error", "warn")]
    assert not wrong, wrong
    passed = sum(one["status"].lower() == "pass" for one in told["results"])
    print(f"{passed} pass")
    assert passed >= 28, told
