"""Where the document of the API cannot say what fits, and what a run has to leave alone.

Loaded by schemathesis. `WEIR_KEPT` has the ids, apart by blanks, of what the run itself needs.
"""

import os

import schemathesis

KEPT = os.environ["WEIR_KEPT"].split()
KEPT_FROM = ["/api/v1/api-keys/{id}", "/api/v1/workspaces/{id}"]


@schemathesis.hook
def filter_case(context, case):
    """A run does not delete its own key: it would test the doormat from then on. The same for its workspace."""
    deletes = case.operation.method.upper() == "DELETE" and case.operation.path in KEPT_FROM
    return not (deletes and (case.path_parameters or {}).get("id") in KEPT)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """A cursor may have the form of one without being one that a list gave: then this code, and no other, is right."""
    is_accepted = failure.title == "Schema-valid request rejected" and response.status_code == 400
    if not is_accepted or not (case.query or {}).get("after"):
        return True
    return response.json().get("code") != "request.cursor"


ISSUE = "APOLLO-3"


@schemathesis.hook
def map_body(context, body):
    """Of the keys of issues that are made up none is one, so every other request names one that is."""
    keys = body.get("keys") if isinstance(body, dict) else None
    if not context.operation.path.endswith(("/issues/remove", "/issues/restore")) or not isinstance(keys, list):
        return body
    fits = 1 <= len(keys) <= 100 and all(isinstance(key, str) and key.strip() and len(key) <= 100 and key.isprintable() for key in keys)
    return {**body, "keys": [ISSUE]} if fits and len(keys) % 2 else body
