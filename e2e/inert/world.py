"""What the suite made before this was started, as `cargo xtask test --suite inert` says it in a file."""

import json
import os
from pathlib import Path

WORLD = json.loads(Path(os.environ["WEIR_WORLD"]).read_text())

URL = WORLD["url"]
LINK = WORLD["link"]
CHROMIUM = WORLD["chromium"]
HOME = Path(WORLD["home"])
"""The folder of the store, the key and the backups."""
SAID = Path(WORLD["said"])
"""What the server wrote to its log."""
KEY = WORLD["key"]
"""An API key for everything."""
HOSTILE = WORLD["hostile"]
"""What every text of the site begins with."""
OPEN, CLOSED = WORLD["open"], WORLD["closed"]
"""The integrations: one that leaves nothing out, and one that leaves out every text that can be left out."""
EXCLUDED = WORLD["excluded"]
"""What marks the texts that are left out."""
SECRETS = WORLD["secrets"]
"""What signs in somewhere, by what it is."""
COMMAND, SETTINGS = WORLD["command"], WORLD["settings"]
"""The program, and the variables that lead it to the home."""
ROUTES = WORLD["routes"]
"""Every address of the server, from the table of who may do what."""

LOGIN = "ada@example.org"
PASSWORD = "seven quiet herons wade"
