"""How states come about that no address leads to: what a person does on a page to get there."""

import re

import beats
import world

WIZARD = "/integrations/new/jira"


def wrong_password(page):
    page.goto("/login")
    page.get_by_label("E-mail or name").fill("nobody@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()


def stale_form(page):
    """What a form answers whose session has ended meanwhile."""
    page.goto("/integrations")
    page.evaluate("document.querySelector('form[action=\"/settings/theme\"] [name=form_token]').value = 'stale'")
    page.get_by_role("button", name="Dark").click()


def short_password(page):
    """The link of the first start with a password that is too short."""
    page.goto(world.UNUSED.link)
    page.get_by_label("E-mail or name").fill(world.LOGIN)
    page.get_by_label("Password", exact=True).fill("heron")
    page.get_by_label("Password, once more").fill("heron")
    page.get_by_label("The master key is backed up").check()
    page.get_by_role("button", name="Make the account").click()


def unknown_address(page):
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill("https://jira.acme.invalid")
    page.get_by_label("Name", exact=True).fill("Acme Cloud")
    page.get_by_role("button", name="Continue").click()


def refused_token(page):
    page.goto(at(f"{WIZARD}?draft={{at_refused}}&step=sign-in"))
    page.get_by_label("API token").fill("not-a-token-of-anybody")
    page.get_by_role("button", name="Validate").click()
    page.locator("#trouble").wait_for()


def through_adfs(page):
    """A set-up for a Data Center, at what ADFS is asked with."""
    page.goto(WIZARD)
    page.get_by_label("Address of your Jira").fill(world.ADFS_SITE)
    page.get_by_label("Name", exact=True).fill("Behind")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_role("link", name="Sign in through ADFS").click()
    page.wait_for_url("**method=adfs*")


def led_to_consent(page):
    page.goto(at(f"{WIZARD}?draft={{at_sign_in}}&step=sign-in&method=oauth"))
    page.get_by_label("Client id").fill(world.APP_CLIENT)
    page.get_by_label("Secret").fill(world.APP_SECRET)
    page.get_by_role("button", name="Ask for consent").click()


def broken_query(page):
    page.goto(at(f"{WIZARD}?draft={{at_wrong}}&step=scope"))
    page.get_by_role("radio", name="A query (JQL)").check()
    page.get_by_label("JQL", exact=True).fill("project = ")
    page.get_by_role("button", name="Count what is chosen").click()


def no_interval(page):
    page.goto(at(f"{WIZARD}?draft={{at_wrong}}&step=advanced"))
    page.get_by_label("Update every").fill("soon")
    page.get_by_role("button", name="Continue").click()


def preview(page):
    page.goto("/integrations/Acme%20Jira/configuration")
    page.get_by_role("radio", name=re.compile("^Some projects")).check()
    page.get_by_label("Projects", exact=True).fill("APOLLO")
    page.get_by_role("button", name="Show what would follow").last.click()


def refused_setting(page):
    page.goto("/integrations/Acme%20Jira/configuration")
    page.get_by_label("Update every").fill("soon")
    page.get_by_role("button", name="Save").click()


def refused_credential(page):
    page.goto("/integrations/Acme%20Jira/authentication")
    page.get_by_label("API token").fill("not-a-token-of-anybody")
    page.get_by_role("button", name="Validate and replace").click()
    page.locator("#trouble").wait_for()


def checked(page, name="Acme%20Jira"):
    page.goto(f"/integrations/{name}/checks")
    with page.expect_response(brings_all):
        page.get_by_role("button", name="Run the checks").click()
    page.locator("#result").wait_for()


def brings_all(answer):
    """Whether an answer brings the whole page, and not a part of it while checks run."""
    return answer.request.is_navigation_request() or "hx-retarget" in answer.headers


def failing_checked(page):
    checked(page, "Failing")
    page.locator("#trouble").wait_for()


def wrong_name(page):
    page.goto("/integrations/Empty/delete")
    page.get_by_label("Its name, to say that it is meant").fill("Full")
    page.get_by_role("button", name="Delete integration and its data").click()


def mapped(page):
    page.goto("/integrations/Leaving/projects")
    page.get_by_role("button", name="Save").click()


def mapping_previewed(page):
    page.goto("/mapping")
    page.get_by_label("Choose Empty", exact=True).check()
    page.get_by_label("Support", exact=True).check()
    page.get_by_role("button", name="Show what mapping does").click()


def mapping_of_nothing(page):
    page.goto("/mapping")
    page.get_by_role("button", name="Show what mapping does").click()


def zone_unknown(page):
    page.goto("/settings/profile")
    page.get_by_label("Time zone").fill("Europe/Nowhere")
    page.get_by_role("button", name="Save").click()


def profile_kept(page):
    page.goto("/settings/profile")
    page.get_by_role("button", name="Save").click()


def taken_login(page):
    page.goto("/settings/users")
    page.get_by_label("E-mail or name").fill("lee@example.org")
    page.get_by_role("button", name="Invite").click()


def fresh_link(page):
    page.goto(at("/settings/users/{kim}"))
    page.get_by_role("button", name="Make a fresh link").click()


def unknown_member(page):
    page.goto(at("/settings/workspaces/{Payments}"))
    page.get_by_label("Signs in as").fill("nobody@example.org")
    page.get_by_label("Viewer").last.check()
    page.get_by_role("button", name="Add").click()


def key_made(page):
    page.goto("/settings/api-keys")
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_label("read what a viewer sees").check()
    page.get_by_role("button", name="Make the key").click()


def key_without_scope(page):
    page.goto("/settings/api-keys")
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_role("button", name="Make the key").click()


def reported(page):
    """A satellite that has just reported."""
    status = {"insecure_tls": True, "log": []}
    told = beats.report(world.LOOKED_AT, world.NAMES["satellite_key"], "berlin-1", {"Inside": world.FED["Inside"]}, status=status)
    assert told[0] == 200, told


def satellites(page):
    reported(page)
    page.goto("/satellites")


def satellite(page):
    reported(page)
    page.goto("/satellites/sat_berlin-1")


def satellite_read(page):
    reported(page)
    page.goto("/integrations/Inside/satellite")


def satellite_key_made(page):
    page.goto("/integrations/Remote/satellite")
    page.get_by_role("button", name="Make the key").click()


def at(path):
    """The address with what `made.py` made."""
    return path.format(**world.NAMES)


def rule_tried(page):
    """A rule of hygiene that is tried and not kept."""
    page.goto("/integrations/Acme%20Jira/hygiene/rules/new")
    page.get_by_label("Field 1", exact=True).select_option("due_date")
    page.get_by_role("button", name="Show what would come of it").last.click()


def rule_refused(page):
    """A rule of hygiene that cannot make sense."""
    page.goto("/integrations/Acme%20Jira/hygiene/rules/new?as=words")
    page.get_by_label("Name", exact=True).fill("Odd")
    page.get_by_label("A miss is when").fill("summary is greater than 3")
    page.get_by_role("button", name="Save").click()


def weights_shared(page):
    """Weights of hygiene that are shared equally and not kept."""
    page.goto("/settings/hygiene")
    page.get_by_role("button", name="Share equally").click()


def weights_refused(page):
    """Weights of hygiene that do not add up to 100."""
    page.goto("/settings/hygiene")
    page.get_by_label("Weight of Idle").fill("99")
    page.get_by_role("button", name="Save").last.click()


def report_refused(page):
    """A report of hygiene with a filter that is none."""
    page.goto("/hygiene/reports/new")
    page.get_by_label("Name", exact=True).fill("Odd")
    page.get_by_label("And only").fill("colour")
    page.get_by_role("button", name="Save").click()


def report(page):
    """A report over all integrations; it is kept the first time."""
    page.goto("/hygiene/reports")
    kept = page.get_by_role("link", name="Together", exact=True)
    if kept.count() == 0:
        page.goto("/hygiene/reports/new")
        page.get_by_label("Name", exact=True).fill("Together")
        page.get_by_role("button", name="Save").click()
        page.goto("/hygiene/reports")
    kept.click()


def report_issues(page):
    """The issues in scope of that report."""
    report(page)
    page.get_by_role("link", name="issues in scope").click()


def nudge_refused(page):
    page.goto("/integrations/Acme%20Jira/hygiene/nudges")
    page.get_by_label("Name", exact=True).fill("Chat")
    page.get_by_label("How", exact=True).select_option("webhook")
    page.get_by_role("button", name="Add nudge").click()


def channel_refused(page):
    page.goto("/settings/notifications")
    page.get_by_label("Name", exact=True).fill("Nobody")
    page.get_by_role("button", name="Add channel").click()


def channel_tried(page):
    page.goto("/settings/notifications/Operators")
    page.get_by_role("button", name="Send a test").click()


def nudge_previewed(page):
    page.goto("/integrations/Acme%20Jira/hygiene/nudges/Mornings")
    page.get_by_role("button", name="Preview").click()
