"""What satellites report, without a satellite."""

import sqlite3
import time
from pathlib import Path

from wire import sent

HOUR = 3_600_000
SLOT = HOUR // 4


def report(server, key, name, reads, **more):
    """A satellite of this name reports once, and reads these integrations: names and addresses of their sites."""
    feed = {"exclusions": {"fields": [], "user_details": False}, "timezone": None}
    status = {"protocol": 1, "version": "0.0.9", "zone": "Europe/Berlin", "memory_bytes": 31 << 20, "cpu_permille": 20, "keeps_hours": 72}
    now = int(time.time() * 1000)
    beat = {
        "id": f"sat_{name}",
        "name": name,
        "tenant": "ACME",
        "status": {**status, **more.pop("status", {})},
        "at": now,
        "feeds": [{"named": integration, "url": url, **feed} for integration, url in reads.items()],
        "errands": [],
        "leaves": False,
        **more,
    }
    return sent(f"{server.url}/satellite/v1/beat", "POST", beat, {"Authorization": f"Bearer {key}"})


def aged(home, name):
    """As though it had reported for a day until two hours ago, but for an hour in between."""
    store = sqlite3.connect(Path(home) / "weir.db", timeout=30)
    with store:
        at, = store.execute("SELECT beat_at FROM satellite WHERE name = ?", (name,)).fetchone()
        last = at - 2 * HOUR
        store.execute("UPDATE satellite SET beat_at = ?, first_at = ? WHERE name = ?", (last, at - 40 * HOUR, name))
        store.execute("UPDATE satellite_feed SET turn_until = 0 WHERE satellite_id = ?", (f"sat_{name}",))
        store.execute("DELETE FROM satellite_pulse WHERE satellite_id = ?", (f"sat_{name}",))
        for slot in range(at // SLOT - 95, last // SLOT + 1):
            silent = 90_000 if slot == at // SLOT - 60 else 15_000
            if not at // SLOT - 44 <= slot < at // SLOT - 40:
                row = (f"sat_{name}", slot, 60, slot * SLOT + 1_000, (slot + 1) * SLOT - 1_000, silent)
                store.execute("INSERT INTO satellite_pulse VALUES (?, ?, ?, ?, ?, ?)", row)
    store.close()
