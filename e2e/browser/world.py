"""What the suite made before the browser was started, as `cargo xtask test --suite browser` says it in variables."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running server, and the link with which its first account is made."""

    url: str
    link: str


LOOKED_AT = Server(os.environ["WEIR_URL"], os.environ["WEIR_LINK"])
"""Has integrations in every state; its pages are what `pages.py` lists."""
LIVED_IN = Server(os.environ["WEIR_LIFE_URL"], os.environ["WEIR_LIFE_LINK"])
"""Has nothing but an identity provider that is away; integrations, people and keys come and go there."""
UNUSED = Server(os.environ["WEIR_UNUSED_URL"], os.environ["WEIR_UNUSED_LINK"])
"""Has no account, ever."""

KEY = os.environ["WEIR_KEY"]
"""Good for everything on the server that is looked at."""
SITE = os.environ["WEIR_SITE"]
"""The simulated site that the server that is looked at reads."""
LIFE_KEY = os.environ["WEIR_LIFE_KEY"]
"""Good for everything on the server that is lived in."""
LIFE_SITE = os.environ["WEIR_LIFE_SITE"]
"""Another one, for the server that is lived in."""

FED = {"Inside": "https://jira.inside.example", "Remote": "https://jira.remote.example"}
"""Integrations that a satellite reads, by the addresses of their sites."""

NAMES = {"run": os.environ["WEIR_RUN"], "failed_run": os.environ["WEIR_FAILED_RUN"]}
"""What `{name}` in the address of a page means; `made.py` adds to it."""
HOME = os.environ["WEIR_HOME_FOLDER"]
"""The home folder of the server that is looked at."""
CHROMIUM = os.environ["WEIR_CHROMIUM"]
DOCS = Path(os.environ["WEIR_DOCS"])
PICTURES = Path(os.environ["WEIR_PICTURES"])

LOGIN = "ada@example.org"
PASSWORD = "seven quiet herons wade"

EMAIL = "reader@sim.example"
"""An account of the simulated sites, and tokens of it."""
TOKEN = "sim-unscoped-reader"
SCOPED_TOKEN = "sim-scoped-reader"

ADFS_SITE = os.environ["WEIR_ADFS_SITE"]
"""A Data Center with ADFS at the same address, and what ADFS is asked with there."""
ADFS_CLIENT = "6f1c2a52-7a1b-4a6e-9a55-0c1d7a3e8b10"
ADFS_RESOURCE = "https://jira.sim.example/"
ADFS_USER = "SIM\\reader"
ADFS_PASSWORD = "sim-adfs-reader"

APP_CLIENT = "sim3LOclient7Hq2vXbT0cWmZr8u"
"""The app at the site that is lived with, which people may give their consent to."""
APP_SECRET = "ATOAsim-secret-of-the-app-Zk41vQ9n"
