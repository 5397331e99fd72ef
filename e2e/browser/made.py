"""What is made through the server itself before its pages are looked at: people, workspaces, set-ups, a receipt."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import beats
import people
import world
from wire import done
from world import KEY, LOOKED_AT, NAMES

WORKSPACES = {"Payments": ["Acme Jira", "Empty"], "Platform": ["Failing", "Importing", "Leaving"], "Support": []}
"""Each with the integrations that its members see."""

PEOPLE = {
    "kim": ("kim@example.org", "Kim Okafor", {"Payments": ["owner"], "Platform": ["owner"]}),
    "grace": ("grace@example.org", "Grace Lind", {"Support": ["admin"]}),
    "lee": ("lee@example.org", "Lee Park", {"Payments": ["viewer"]}),
    "noor": ("noor@example.org", "Noor Haddad", {}),
}
"""Besides Ada, who looks after the server: Kim connects, Grace has nothing yet, Lee only looks, Noor has no role."""


def everything(browser):
    """Makes it, and gives the cookies of everybody."""
    signed_in = {"ada": people.first(browser, LOOKED_AT)}
    for name, mapped in WORKSPACES.items():
        workspace = done(LOOKED_AT, "POST", "/workspaces", KEY, {"name": name})["id"]
        NAMES[name] = workspace
        for integration in mapped:
            done(LOOKED_AT, "PUT", f"/workspaces/{workspace}/integrations/{integration.replace(' ', '%20')}", KEY)
    for who, (login, name, roles) in PEOPLE.items():
        invited = done(LOOKED_AT, "POST", "/users", KEY, {"login": login, "name": name})
        NAMES[who] = invited["id"]
        signed_in[who] = people.invited(browser, LOOKED_AT, invited["link"])
        for workspace, given in roles.items():
            done(LOOKED_AT, "PUT", f"/workspaces/{NAMES[workspace]}/members/{login}", KEY, {"roles": given})
    dana = done(LOOKED_AT, "POST", "/users", KEY, {"login": "dana@example.org", "name": "Dana Kessler"})
    NAMES["dana"], NAMES["invitation"] = dana["id"], dana["link"].removeprefix(LOOKED_AT.url)
    key = {"name": "Dashboard", "scopes": ["read"], "workspace": NAMES["Payments"]}
    done(LOOKED_AT, "POST", "/api-keys", KEY, key)
    done(LOOKED_AT, "POST", "/integrations/Acme%20Jira/pause", KEY)
    done(LOOKED_AT, "POST", "/integrations/Acme%20Jira/resume", KEY)
    done(LOOKED_AT, "DELETE", "/integrations/Leaving?in=7d", KEY)
    done(LOOKED_AT, "DELETE", "/integrations/Gone?in=0", KEY)
    nudge = {"name": "Mornings", "channel": "webhook", "url": "https://hooks.example/weir", "by": "project", "teams": [{"team": "APOLLO"}]}
    done(LOOKED_AT, "POST", "/integrations/Acme%20Jira/hygiene/nudges", KEY, nudge)
    quiet = {"from": "22:00", "until": "07:00", "zone": "Europe/Berlin"}
    done(LOOKED_AT, "POST", "/notifications", KEY, {"name": "Operators", "kind": "mail", "to": ["ops@example.org"], "quiet": quiet})
    done(LOOKED_AT, "POST", "/notifications", KEY, {"name": "Silent", "kind": "slack", "url": "https://hooks.example/weir", "off": True})
    satellites()
    drafts(browser, signed_in["kim"])
    until_gone("Gone")
    return signed_in


def satellites():
    """One that was stopped, one that is away, and one that may come no more; one that reports does so when it is looked at."""
    for name, url in world.FED.items():
        done(LOOKED_AT, "POST", "/integrations", KEY, {"name": name, "url": url, "satellite": True, "workspace": "Payments"})
    key = done(LOOKED_AT, "POST", "/api-keys", KEY, {"name": "Satellites", "scopes": ["satellite"]})["secret"]
    world.NAMES["satellite_key"] = key
    now = int(time.time() * 1000)
    wrong = [("warning", "The server at https://weir.acme.example could not be asked. It is tried again."), ("error", "Inside: No answer from jira.inside.example.")]
    log = [{"at": now - 60_000 * (9 - no), "level": level, "text": text} for no, (level, text) in enumerate(wrong)]
    inside = {"Inside": world.FED["Inside"]}
    told = beats.report(LOOKED_AT, key, "hamburg-2", inside, leaves=True, status={"log": log, "waiting": 3, "waiting_bytes": 5 << 20, "waiting_since": now - 600_000})
    assert told[0] == 200, told
    assert beats.report(LOOKED_AT, key, "bremen-4", inside)[0] == 200
    beats.aged(world.HOME, "bremen-4")
    assert beats.report(LOOKED_AT, key, "munich-3", {})[0] == 200
    done(LOOKED_AT, "POST", "/satellites/sat_munich-3/revoke", KEY)


def until_gone(name):
    for _ in range(240):
        if any(one["name"] == name for one in done(LOOKED_AT, "GET", "/deleted-integrations", KEY)["items"]):
            return
        time.sleep(0.25)
    raise AssertionError(f"{name} was not deleted")


def drafts(browser, signed_in):
    """Set-ups of Kim's that have come to each step."""
    context = browser.new_context(base_url=LOOKED_AT.url, storage_state=signed_in)
    page = context.new_page()
    NAMES["at_sign_in"] = begun(page, "Globex Jira")
    NAMES["at_refused"] = begun(page, "Initech Jira")
    signs_in(page, "not-a-token-of-anybody")
    NAMES["at_passed"] = begun(page, "Umbrella Jira")
    signs_in(page, world.TOKEN)
    NAMES["at_wrong"] = begun(page, "Soylent Jira")
    signs_in(page, world.TOKEN)
    NAMES["at_counted"] = begun(page, "Hooli Jira")
    signs_in(page, world.TOKEN)
    page.goto(f"/integrations/new/jira?draft={NAMES['at_counted']}&step=scope")
    page.get_by_role("radio", name=re.compile("^Some projects")).check()
    for project in page.get_by_role("group", name="Projects").get_by_role("checkbox").all()[:3]:
        project.check()
    page.get_by_role("button", name="Count what is chosen").click()
    page.wait_for_load_state()
    NAMES["at_left"] = begun(page, "Cyberdyne Jira")
    page.goto(f"/integrations/new/jira?draft={NAMES['at_left']}&step=sign-in&method=satellite")
    page.get_by_role("button", name="Continue with a satellite").click()
    page.get_by_role("radio", name=re.compile("^Some projects")).check()
    page.get_by_label("Keys of projects").fill("eng, OPS")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=advanced*")
    context.close()


def begun(page, name):
    """A set-up whose address is known; its id."""
    page.goto("/integrations/new/jira")
    page.get_by_label("Address of your Jira").fill(world.SITE)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**step=sign-in*")
    return parse_qs(urlsplit(page.url).query)["draft"][0]


def signs_in(page, token):
    page.get_by_label("E-mail of the Atlassian account").fill(world.EMAIL)
    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Validate").click()
    page.locator("#result").wait_for()
