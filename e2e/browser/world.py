"""What the suite made before the browser was started, as `cargo xtask test --suite browser` says it in variables."""

import os
from pathlib import Path

URL = os.environ["WEIR_URL"]
LINK = os.environ["WEIR_LINK"]
NAMES = {"run": os.environ["WEIR_RUN"], "failed_run": os.environ["WEIR_FAILED_RUN"]}
CHROMIUM = os.environ["WEIR_CHROMIUM"]
DOCS = Path(os.environ["WEIR_DOCS"])
PICTURES = Path(os.environ["WEIR_PICTURES"])

LOGIN = "ada@example.org"
PASSWORD = "seven quiet herons wade"
