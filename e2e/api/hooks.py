"""Where the document of the API cannot say what fits, and what a run has to leave alone.

Loaded by schemathesis. `WEIR_KEPT` has the ids, apart by blanks, of what the run itself needs; `WEIR_SPARE` those of a rule, a report, a
nudge, a channel and a satellite that it may delete.
"""

import os
import re

import schemathesis

KEPT = os.environ["WEIR_KEPT"].split()
RULE, REPORT = "/api/v1/integrations/{name}/hygiene/rules/{id}", "/api/v1/hygiene/reports/{id}"
NUDGE = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}"
CHANNEL = "/api/v1/notifications/{channel}"
SATELLITE = "/api/v1/satellites/{id}"
KEPT_FROM = {"/api/v1/api-keys/{id}": "id", "/api/v1/workspaces/{id}": "id", "/api/v1/me/sessions/{session}": "session", RULE: "id", REPORT: "id", NUDGE: "nudge", CHANNEL: "channel", SATELLITE: "id"}
SPARE = dict(zip([RULE, REPORT, NUDGE, CHANNEL, SATELLITE], os.environ["WEIR_SPARE"].split()))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """A run does not delete its own key or session: it would test the doormat from then on. The same for its workspace."""
    operation, given = context.operation, path_parameters or {}
    name = KEPT_FROM.get(operation.path) if operation.method.upper() == "DELETE" else None
    if name is None or given.get(name) not in KEPT:
        return path_parameters
    return {**given, name: SPARE.get(operation.path, given[name][:-1])}


@schemathesis.hook
def map_query(context, query):
    """A run does not have its integration deleted within the time that it takes itself: all the rest would be of nothing."""
    wanted = (query or {}).get("in")
    is_deletion = context.operation.method.upper() == "DELETE" and context.operation.path == "/api/v1/integrations/{name}"
    if not is_deletion or not isinstance(wanted, str) or not re.fullmatch("0|[0-9]+m", wanted):
        return query
    return {**query, "in": "7d"}


ISSUE = "APOLLO-3"


@schemathesis.hook
def map_body(context, body):
    """Of the keys of issues that are made up none is one, so every other request names one that is."""
    if context.operation.path == "/api/v1/mappings":
        return mapped(body)
    if context.operation.path == "/api/v1/integrations/{name}/salesforce":
        return named(body)
    if context.operation.path == "/api/v1/integrations/{name}" and isinstance(body, dict):
        return called(body)
    keys = body.get("keys") if isinstance(body, dict) else None
    if not context.operation.path.endswith(("/issues/remove", "/issues/restore")) or not isinstance(keys, list):
        return body
    fits = 1 <= len(keys) <= 100 and all(isinstance(key, str) and key.strip() and len(key) <= 100 and key.isprintable() for key in keys)
    return {**body, "keys": [ISSUE]} if fits and len(keys) % 2 else body


INTEGRATION, WORKSPACE = "sim", KEPT[1]


def mapped(body):
    """Of the names and ids that are made up none is one either; and what a run needs stays mapped."""
    lists = [body.get(name) for name in ("integrations", "workspaces")] if isinstance(body, dict) else [None]
    if not all(isinstance(one, list) and one and all(isinstance(text, str) for text in one) for one in lists) or len(lists[1]) > 50:
        return body
    if not all(1 <= len(name) <= 100 and name.strip() and name.isprintable() for name in lists[0]) or len(lists[0]) > 100:
        return body
    return {**body, "integrations": [INTEGRATION], "workspaces": [WORKSPACE], **({"mapped": True} if isinstance(body.get("mapped", True), bool) else {})}


def called(body):
    """Nor does a run give its integration another name: all the rest would be of nothing."""
    name = body.get("name")
    fits = isinstance(name, str) and name.strip() and len(name) <= 100 and name.isprintable()
    return {**body, "name": INTEGRATION} if fits else body


CASES = "customfield_10031"


def named(body):
    """Nor is one of the fields: every other one that fits is that of cases."""
    if not isinstance(body, dict) or not set(body) <= {"field", "prefix", "several"}:
        return body
    field, prefix, several = body.get("field"), body.get("prefix"), body.get("several")
    fits = isinstance(field, str) and 1 <= len(field) <= 200 and (several is None or isinstance(several, bool))
    fits = fits and (prefix is None or isinstance(prefix, str) and len(prefix) <= 40 and prefix.isprintable())
    return {**body, "field": CASES} if fits and len(field) % 2 else body
