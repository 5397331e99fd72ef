"""Every page and state that a person meets, one line each: what is looked at, judged and pictured.

A new page is a line in PAGES for each of its states: empty, loading, error, forbidden, success, as far as it has them. What has
to be clicked to come about is a function in `ways.py`. `{name}` in an address is filled from what `made.py` made.
"""

from dataclasses import dataclass
from typing import Callable, Optional

import ways
import world


@dataclass(frozen=True)
class Page:
    """One state of one page."""

    name: str
    """Of the picture and the test: words with hyphens."""
    says: str
    """What the picture shows, for those who do not see it."""
    path: str = "/"
    who: Optional[str] = "ada"
    """Who looks: somebody of `made.py`, or nobody who is signed in."""
    status: int = 200
    shows: str = ""
    """Words that prove that it is this state."""
    reach: Optional[Callable] = None
    """Goes there instead, by clicking."""
    is_plain: bool = True
    """Whether the way there works without scripts."""
    behind: bool = False
    """Whether with scripts what came of it comes behind the page, which stays."""
    also: tuple = ()
    """Whether it is pictured `dark` and on a `phone` too."""
    server: world.Server = world.LOOKED_AT


BOTH = ("dark", "phone")
ACME, EMPTY = "/integrations/Acme%20Jira", "/integrations/Empty"
AT = "/integrations/new/jira?draft={%s}&step=%s"

PAGES = [
    # coming in
    Page("setup", "The page of the first start", world.UNUSED.link, who=None, shows="You make the first account", server=world.UNUSED),
    Page("setup-refused", "The same after a password that is too short", who=None, status=400, shows="12", reach=ways.short_password, server=world.UNUSED),
    Page("setup-without-link", "The set-up page for somebody who has no link", "/setup", who=None),
    Page("login", "The page to sign in", "/login", who=None),
    Page("login-refused", "The page to sign in, after a wrong password", who=None, status=401, reach=ways.wrong_password),
    Page("login-provider", "The page to sign in where there is an identity provider", "/login", who=None, shows="Sign in with Acme SSO", server=world.LIVED_IN),
    Page("login-provider-away", "An identity provider that cannot be reached", "/login/oidc", who=None, status=503, shows="Acme SSO", server=world.LIVED_IN),
    Page("login-provider-stale", "Coming back from an identity provider too late", "/login/oidc/callback?code=a&state=b", who=None, status=400, server=world.LIVED_IN),
    Page("invitation", "An invitation that works", "{invitation}", who=None, shows="dana@example.org"),
    Page("invitation-stale", "An invitation that was used already", "/invitation?token=used", who=None, shows="Invitation"),
    # what is connected
    Page("integrations", "All integrations, in every state", "/integrations", shows="Importing", also=BOTH),
    Page("integrations-none", "The first page of somebody who can connect, with nothing connected", "/integrations", who="grace", shows="Connect Jira to see how your work flows", also=("dark",)),
    Page("integrations-viewer", "The integrations of somebody who may only look", "/integrations", who="lee", shows="Acme Jira"),
    Page("catalogue", "What can be connected, and set-ups that were begun", "/integrations/new", who="kim", shows="Begun by you", also=("dark",)),
    Page("catalogue-searched", "The same, searched", "/integrations/new?q=data+center", shows="Jira Data Center"),
    Page("catalogue-retired", "What can be connected no more, and why", "/integrations/new?q=connect+app", shows="Retired"),
    Page("catalogue-none", "The same when nothing is found", "/integrations/new?q=gitea", shows="Nothing called “gitea”"),
    Page("receipts", "What was deleted, with receipts", "/integrations/deleted", shows="Gone"),
    Page("receipts-none", "The same before anything was deleted", "/integrations/deleted", who="grace", shows="No integration was deleted"),
    # connecting
    Page("connect-address", "Connecting: where is your Jira?", "/integrations/new/jira", who="kim", shows="What happens then"),
    Page("connect-address-unknown", "The same for an address that nobody answers to", who="kim", status=503, shows="acme.invalid", reach=ways.unknown_address),
    Page("connect-sign-in", "Connecting: how to sign in", AT % ("at_sign_in", "sign-in"), who="kim", shows="Not checked yet"),
    Page("connect-adfs", "The same for a Data Center that takes tokens of ADFS", shows="Client id", reach=ways.through_adfs),
    Page("connect-consent", "The same with the consent of somebody (OAuth 2.0, 3LO)", AT % ("at_sign_in", "sign-in&method=oauth"), who="kim", shows="How to make the app", also=BOTH),
    Page("connect-consent-lead", "The page that leads to Atlassian", who="kim", shows="Continue to Atlassian", reach=ways.led_to_consent),
    Page("connect-refused", "The same after a token that the site refused, with what to do", who="kim", status=422, shows="1 to fix", reach=ways.refused_token, behind=True, also=BOTH),
    Page("connect-checked", "The same with every check passed", AT % ("at_counted", "sign-in"), who="kim", shows="All good: continue"),
    Page("connect-scope", "Connecting: what to bring in", AT % ("at_passed", "scope"), who="kim", shows="Not counted yet"),
    Page("connect-scope-counted", "The same with projects chosen and counted", AT % ("at_counted", "scope"), who="kim", shows="issues match", also=BOTH),
    Page("connect-scope-refused", "The same with a query that Jira does not understand", who="kim", status=400, shows="jql.parse", reach=ways.broken_query),
    Page("connect-scope-none", "The same when a search finds no project", AT % ("at_counted", "scope&q=zzz"), who="kim", shows="No project matches"),
    Page("connect-advanced", "Connecting: when and how", AT % ("at_counted", "advanced"), who="kim", shows="Fields to leave out"),
    Page("connect-advanced-refused", "The same with an interval that is none", who="kim", status=400, shows="interval.bad", reach=ways.no_interval),
    Page("connect-review", "Connecting: what will be done", AT % ("at_counted", "review"), who="kim", shows="We will read", also=("phone",)),
    # one integration
    Page("monitoring", "Monitoring of an integration that does well", f"{ACME}/monitoring", also=BOTH),
    Page("monitoring-30-days", "The same over 30 days", f"{ACME}/monitoring?range=30d"),
    Page("monitoring-importing", "Monitoring while the first import is under way", "/integrations/Importing/monitoring", shows="First import"),
    Page("monitoring-empty", "Monitoring of an integration without an issue", f"{EMPTY}/monitoring"),
    Page("monitoring-failing", "Monitoring of an integration whose site refuses it", "/integrations/Failing/monitoring", shows="Change authentication"),
    Page("monitoring-leaving", "Monitoring of an integration that will be deleted", "/integrations/Leaving/monitoring", shows="Cancel deletion"),
    Page("monitoring-viewer", "Monitoring for somebody who may only look", f"{ACME}/monitoring", who="lee"),
    Page("issues-new", "The issues behind the number of new ones", f"{ACME}/monitoring/issues?what=new"),
    Page("issues-none", "The same list with nothing in it", f"{EMPTY}/monitoring/issues?what=changed"),
    Page("runs", "All runs of an integration", f"{ACME}/monitoring/runs"),
    Page("runs-none", "The same list when the filter leaves none", f"{EMPTY}/monitoring/runs?result=failed"),
    Page("run", "A run with its log", "/runs/{run}", also=BOTH),
    Page("run-log-filtered", "A run's log when the filter leaves no line", "/runs/{run}?text=nothing-like-it"),
    Page("run-failed", "A run that failed", "/runs/{failed_run}"),
    Page("configuration", "The settings of an integration", f"{ACME}/configuration", shows="Danger zone", also=("phone",)),
    Page("configuration-preview", "What a change of the settings would do, before it is done", shows="What would follow", reach=ways.preview),
    Page("configuration-refused", "A setting that is refused", status=400, shows="interval.bad", reach=ways.refused_setting),
    Page("configuration-viewer", "The settings for somebody who may only look", f"{ACME}/configuration", who="lee", shows="Settings"),
    Page("authentication", "Changing how an integration signs in", f"{ACME}/authentication", shows="What is stored"),
    Page("authentication-refused", "The same with a token that the site refuses", status=422, shows="1 to fix", reach=ways.refused_credential, behind=True),
    Page("authentication-consent", "The same by the consent of somebody", f"{ACME}/authentication?method=oauth", shows="Ask for consent"),
    Page("authentication-retired", "The same for what was connected as a Connect app", "/integrations/Retired/authentication", shows="which Atlassian has retired"),
    Page("monitoring-retired", "Monitoring of what was connected as a Connect app", "/integrations/Retired/monitoring", shows="Change authentication"),
    Page("checks", "Checks that passed", shows="Checks:", reach=ways.checked),
    Page("checks-none", "Checks before they were run", f"{EMPTY}/checks", shows="Not checked here yet"),
    Page("checks-failed", "Checks of which one failed", shows="1 to fix", reach=ways.failing_checked),
    Page("mapping", "Which workspaces see an integration", f"{ACME}/projects", shows="Which workspaces see it"),
    Page("mapping-saved", "The same after it was saved", shows="Payments", reach=ways.mapped),
    Page("mapping-viewer", "The same for somebody who may only look", f"{ACME}/projects", who="lee", shows="Payments"),
    Page("mappings", "Which workspaces see which integrations", "/mapping", shows="It is also a boundary"),
    Page("mappings-table", "The same as a table", "/mapping?view=table", shows="Payments"),
    Page("mappings-preview", "What would follow for members, before it is done", shows="Nothing is changed yet", reach=ways.mapping_previewed),
    Page("mappings-refused", "The same when nothing was chosen", status=400, shows="Choose at least one integration", reach=ways.mapping_of_nothing),
    Page("mappings-none", "The same when no integration has the name", "/mapping?q=gitea", shows="No integration has this in its name"),
    Page("mappings-viewer", "The same for somebody who may only look", "/mapping", who="lee", shows="Acme Jira"),
    Page("hygiene", "How healthy the backlog is", f"{ACME}/hygiene", shows="Most to gain"),
    Page("hygiene-backlog", "The same, of the backlog and one type", f"{ACME}/hygiene?basis=backlog&filter=type%3DBug", shows="issues in scope"),
    Page("hygiene-none", "The same, where nothing is in scope", f"{ACME}/hygiene?filter=project%3DNONE", shows="there is no score"),
    Page("hygiene-leaving", "The same of an integration that will be deleted", "/integrations/Leaving/hygiene", status=409, shows="Cancel deletion"),
    Page("hygiene-issues", "The issues that miss a rule, and why", f"{ACME}/hygiene/issues?rule=no_due_date", shows="due date is missing"),
    Page("hygiene-issues-changed", "The issues that came to a number and left it", f"{ACME}/hygiene/issues?rule=missed_resolution_time&changed_since=2026-01-01", shows="by the history of each issue"),
    Page("hygiene-issues-none", "The same, where there is none", f"{ACME}/hygiene/issues?rule=idle&filter=project%3DNONE", shows="No issue is behind this number"),
    Page("hygiene-rules", "The rules of an integration", f"{ACME}/hygiene/rules", shows="Rules that everybody has"),
    Page("hygiene-rules-viewer", "The same for somebody who may only look", f"{ACME}/hygiene/rules", who="lee", shows="Rules that everybody has"),
    Page("hygiene-rule-new", "A rule that is put together from lists", f"{ACME}/hygiene/rules/new", shows="State what nobody wants"),
    Page("hygiene-rule-words", "The same in words", f"{ACME}/hygiene/rules/new?as=words", shows="A miss is when"),
    Page("hygiene-rule-refused", "A rule that cannot make sense", status=400, shows="is not for summary", reach=ways.rule_refused),
    Page("hygiene-rule-preview", "A rule that is tried", shows="would be a miss", reach=ways.rule_tried),
    Page("hygiene-issues-filtered", "The issues of a question in parts", f"{ACME}/hygiene/issues?rule=no_due_date&basis=open&filter=type%3DBug", shows="Open as JQL in Jira"),
    Page("hygiene-by-assignee", "How healthy the backlog is, person by person", f"{ACME}/hygiene?by=assignee", shows="By assignee"),
    Page("hygiene-settings", "How things are counted everywhere", "/settings/hygiene", shows="Scale to 100"),
    Page("hygiene-settings-scaled", "The same with weights worked out anew", shows="Nothing is kept yet", reach=ways.weights_shared),
    Page("hygiene-settings-refused", "The same with weights that are not 100", status=400, shows="They must add up to 100", reach=ways.weights_refused),
    Page("hygiene-reports-none", "Reports, before one is kept", "/hygiene/reports", who="kim", shows="No report is kept yet"),
    Page("hygiene-report-new", "A report that begins with a question", "/hygiene/reports/new?integration=Acme%20Jira&basis=open&filter=type%3DBug", shows="Kept in"),
    Page("hygiene-report-refused", "A report that cannot be", status=400, shows="is no filter", reach=ways.report_refused),
    Page("hygiene-report", "A report over several integrations", shows="most points lost first", reach=ways.report),
    Page("hygiene-report-issues", "The issues of a report over several integrations", shows="Of each integration", reach=ways.report_issues),
    Page("nudges", "Who is told what newly misses a rule", f"{ACME}/hygiene/nudges", shows="Mornings"),
    Page("nudges-none", "The same, where nobody is told yet", f"{EMPTY}/hygiene/nudges", shows="There is none yet"),
    Page("nudges-viewer", "The same for somebody who may only look", f"{ACME}/hygiene/nudges", who="lee", shows="Mornings"),
    Page("nudge", "One nudge", f"{ACME}/hygiene/nudges/Mornings", shows="Nobody has left it"),
    Page("nudge-previewed", "What a nudge would send now", shows="Nothing was sent", reach=ways.nudge_previewed),
    Page("nudge-refused", "A nudge that cannot be", status=400, shows="A webhook needs an address", reach=ways.nudge_refused),
    Page("opt-out-stale", "A link for leaving a nudge that stands for nothing", "/opt-out/nothing", who=None, status=404, shows="This link stands for nothing"),
    Page("fields", "The custom fields of a site", f"{ACME}/fields", shows="share a name"),
    Page("fields-found", "The same, those with a word in their name", f"{ACME}/fields?q=story", shows="Story Points"),
    Page("salesforce", "Support cases of Salesforce: where issues name them, and what is found", f"{ACME}/salesforce", shows="Where issues name cases"),
    Page("salesforce-tried", "The same, with another field tried", f"{ACME}/salesforce?field=customfield_10045&prefix=CS-&several=true", shows="Nothing is kept yet"),
    Page("salesforce-refused", "The same, with a field that the site does not have", f"{ACME}/salesforce?field=customfield_1", shows="has no custom field", status=404),
    Page("fields-none", "The same when no field is like that", f"{ACME}/fields?q=nothing-like-it", shows="No custom field is like this"),
    Page("activity", "What was done to an integration", f"{ACME}/activity", shows="integration.pause"),
    Page("activity-none", "The same before anything was done", "/integrations/Importing/activity", who="kim"),
    Page("delete", "Deleting an integration: what goes", f"{ACME}/delete", shows="Delete integration and its data"),
    Page("delete-not-meant", "The same with another name than its own", status=400, shows="confirm.name", reach=ways.wrong_name),
    Page("delete-scheduled", "A deletion that waits and can be taken back", "/integrations/Leaving/delete", shows="Cancel deletion"),
    # satellites
    Page("satellites", "Satellites, and integrations that wait for one", shows="Online", reach=ways.satellites, also=BOTH),
    Page("satellites-none", "The same before one has reported", "/satellites", who="grace", shows="No satellite has reported yet"),
    Page("satellites-viewer", "The same for somebody who may only look", "/satellites", who="lee", shows="hamburg-2"),
    Page("satellite", "A satellite that reports", shows="Certificates are not checked", reach=ways.satellite, also=BOTH),
    Page("satellite-offline", "One that does not report any more, after a day of heartbeats", "/satellites/sat_bremen-4", shows="If it still runs"),
    Page("satellite-stopped", "One that was stopped, with what went wrong last", "/satellites/sat_hamburg-2", shows="was stopped in order"),
    Page("satellite-revoked", "One that may come no more", "/satellites/sat_munich-3", shows="may come no more"),
    Page("satellite-viewer", "A satellite for somebody who may only look", "/satellites/sat_hamburg-2", who="lee", shows="revoke it"),
    Page("satellite-unknown", "A satellite that is not there", "/satellites/sat_none", status=404),
    Page("satellite-hidden", "A satellite that reads nothing that one sees", "/satellites/sat_munich-3", who="lee", status=404),
    Page("connect-satellite", "Connecting: a satellite signs in", AT % ("at_sign_in", "sign-in&method=satellite"), who="kim", shows="A satellite beside it signs in"),
    Page("connect-satellite-scope", "The same: what to bring in, without counts", AT % ("at_left", "scope"), who="kim", shows="Nothing is asked of the site from here"),
    Page("connect-satellite-review", "The same: what will be done", AT % ("at_left", "review"), who="kim", shows="A satellite will read"),
    Page("integration-satellite-waiting", "An integration that waits for its satellite, with the file for one", "/integrations/Remote/satellite", shows="It waits for its satellite", also=("phone",)),
    Page("integration-satellite", "The same once one reports", shows="A satellite is there", reach=ways.satellite_read),
    Page("integration-satellite-key", "The key for a satellite, shown once", shows="it is not shown again", reach=ways.satellite_key_made),
    Page("integration-satellite-leave", "Leaving an integration to a satellite", f"{ACME}/satellite", shows="Leave it to a satellite"),
    Page("integration-satellite-viewer", "The same for somebody who may only look", f"{ACME}/satellite", who="lee", shows="This server reads"),
    # settings
    Page("profile", "One's own account", "/settings/profile", shows="Where you are signed in", also=("dark",)),
    Page("profile-saved", "The same after it was saved", reach=ways.profile_kept),
    Page("profile-refused", "The same with a time zone that is none", status=400, reach=ways.zone_unknown),
    Page("people", "Everybody with an account", "/settings/users", shows="Invited, has not come yet"),
    Page("people-refused", "Inviting somebody who is there already", status=409, reach=ways.taken_login),
    Page("people-of-a-workspace", "The people that the administrator of a workspace sees", "/settings/users", who="grace", shows="Grace Lind"),
    Page("person", "One of them", "/settings/users/{lee}", shows="Close the account"),
    Page("person-link", "The same with a fresh link, shown once", shows="It is not shown again", reach=ways.fresh_link),
    Page("workspaces", "All workspaces", "/settings/workspaces", shows="Platform"),
    Page("workspace", "One of them, with its members", "/settings/workspaces/{Payments}", shows="lee@example.org"),
    Page("workspace-empty", "A workspace that sees nothing", "/settings/workspaces/{Support}", shows="its members see nothing"),
    Page("workspace-refused", "Adding somebody who has no account", status=404, reach=ways.unknown_member),
    Page("api-keys", "All API keys", "/settings/api-keys", shows="Dashboard"),
    Page("api-keys-none", "The same before there is one", "/settings/api-keys", who="grace", shows="There is none yet"),
    Page("api-key-made", "An API key, shown once", shows="it is not shown again", reach=ways.key_made),
    Page("api-key-refused", "An API key that would be good for nothing", status=400, reach=ways.key_without_scope),
    Page("audit", "Who did what", "/settings/audit", shows="integration.pause"),
    Page("audit-filtered", "The same when the filter leaves none", "/settings/audit?actor=nobody", shows="No line is like this"),
    Page("notifications", "Through which channels people are told when an integration needs them", "/settings/notifications", shows="Silent"),
    Page("notifications-refused", "A channel that cannot be", status=400, shows="Mail needs 1 to 20 addresses", reach=ways.channel_refused),
    Page("notification", "One channel, and what was told through it", "/settings/notifications/Operators", shows="needs somebody"),
    Page("notification-none", "A channel through which nothing was told yet", "/settings/notifications/Silent", shows="None was sent yet"),
    Page("notification-untested", "A channel of mail that is tried where no mail can be sent", status=409, shows="No mail can be sent from here", reach=ways.channel_tried),
    Page("about", "About this server", "/settings/about", shows="Master keys", also=("dark",)),
    Page("support-bundle", "What a support bundle holds, before it is taken", "/settings/about/bundle", shows="weir-support/1"),
    # what is not for everybody
    Page("no-role", "The first page of somebody who has no role yet", "/", who="noor", shows="You have no role here yet"),
    Page("no-role-elsewhere", "The same, elsewhere", "/integrations", who="noor", status=403, shows="You have no role here yet"),
    Page("forbidden", "A form that is refused", status=403, reach=ways.stale_form, is_plain=False),
    Page("forbidden-role", "A page that a role does not allow", f"{ACME}/authentication", who="lee", status=403),
    Page("forbidden-people", "The same in the settings", "/settings/users", who="lee", status=403),
    Page("not-found", "What is not there", "/integrations/Nobody/monitoring", status=404),
    Page("not-found-hidden", "What is there, but not for oneself", "/integrations/Failing/monitoring", who="lee", status=404),
]
