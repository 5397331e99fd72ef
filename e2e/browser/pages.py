"""Every page and state that a person meets, one line each: what is looked at, judged and pictured.

A new page is a line in PAGES. What has to be clicked to come about is a function that is given a browser's page.
`{name}` in an address is filled from the world that the suite made (see `world.py`).
"""

from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Page:
    """One state of one page."""

    name: str
    """Of the picture and the test: words with hyphens."""
    says: str
    """What the picture shows, for those who do not see it."""
    path: str = "/"
    signed_in: bool = True
    status: int = 200
    reach: Optional[Callable] = None
    """Goes there instead, by clicking."""
    is_plain: bool = True
    """Whether the way there works without scripts."""
    also: tuple = ()
    """Whether it is pictured `dark` and on a `phone` too."""


def wrong_password(page):
    page.goto("/login")
    page.get_by_label("E-mail or name").fill("ada@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()


def stale_form(page):
    """What a form answers whose session has ended meanwhile."""
    page.goto("/integrations")
    page.evaluate("document.querySelector('form[action=\"/settings/theme\"] [name=form_token]').value = 'stale'")
    page.get_by_role("button", name="Dark").click()


PAGES = [
    Page("setup-without-link", "The set-up page for somebody who has no link", "/setup", signed_in=False),
    Page("login", "The page to sign in", "/login", signed_in=False),
    Page("login-refused", "The page to sign in, after a wrong password", signed_in=False, status=401, reach=wrong_password),
    Page("integrations", "All integrations: one well, one without issues, one that fails", "/integrations", also=("dark", "phone")),
    Page("monitoring", "Monitoring of an integration that does well", "/integrations/Acme%20Jira/monitoring", also=("dark", "phone")),
    Page("monitoring-30-days", "The same over 30 days", "/integrations/Acme%20Jira/monitoring?range=30d"),
    Page("monitoring-empty", "Monitoring of an integration without an issue", "/integrations/Empty/monitoring"),
    Page("monitoring-failing", "Monitoring of an integration whose site refuses it", "/integrations/Failing/monitoring"),
    Page("issues-new", "The issues behind the number of new ones", "/integrations/Acme%20Jira/monitoring/issues?what=new"),
    Page("issues-none", "The same list with nothing in it", "/integrations/Empty/monitoring/issues?what=changed"),
    Page("runs", "All runs of an integration", "/integrations/Acme%20Jira/monitoring/runs"),
    Page("runs-none", "The same list when the filter leaves none", "/integrations/Acme%20Jira/monitoring/runs?result=failed"),
    Page("run", "A run with its log", "/runs/{run}", also=("dark", "phone")),
    Page("run-log-filtered", "A run's log when the filter leaves no line", "/runs/{run}?text=nothing-like-it"),
    Page("run-failed", "A run that failed", "/runs/{failed_run}"),
    Page("not-found", "What is not there", "/integrations/Nobody/monitoring", status=404),
    Page("forbidden", "A form that is refused", status=403, reach=stale_form, is_plain=False),
]
