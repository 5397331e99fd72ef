"""What the suite made before this was started, as `cargo xtask test --suite nudges` says it in a file."""

import json
import os
from pathlib import Path

WORLD = json.loads(Path(os.environ["WEIR_WORLD"]).read_text())

COMMAND, SETTINGS = WORLD["command"], WORLD["settings"]
"""The program, and the variables that lead it to its home."""
SITE = WORLD["site"]
"""The address of the simulated site."""
ADD = WORLD["add"]
"""The words that add the site as an integration."""
NAME = WORLD["name"]
"""What that is called."""
STORE = Path(WORLD["home"]) / "weir.db"
"""The store."""
