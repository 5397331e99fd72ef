"""Two servers that are told the same. Ids differ, so resources are called by the place at which they were made."""

import json

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# What each server says of a resource by itself.
OWN = ("id", "meta", "groups", "schemas")


class Side:
    """One of the two."""

    def __init__(self, client):
        self.client, self.ids, self.paths = client, [], []

    def text(self, value):
        """A value as this server is told it: `{3}` stands for the id of the resource made third."""
        text = json.dumps(value)
        for place, id in enumerate(self.ids):
            text = text.replace("{%d}" % place, id)
        return json.loads(text)

    def call(self, value):
        """The other way round."""
        text = json.dumps(value)
        for place, id in enumerate(self.ids):
            text = text.replace(id, "{%d}" % place)
        return json.loads(text)

    def add(self, endpoint, resource):
        answer = self.client.post(endpoint, json=self.text(resource))
        if answer.status_code == 201:
            self.ids.append(answer.json()["id"])
            self.paths.append(f"{endpoint}/{self.ids[-1]}")
        return outcome(answer)

    def patch(self, place, operations):
        body = {"schemas": [PATCH], "Operations": self.text(operations)}
        answer = self.client.patch(self.paths[place], json=body)
        # The other server answers with 204: what came of it is read.
        assert answer.status_code in (200, 204) or answer.status_code >= 400, answer.text
        return outcome(answer), self.shown(place)

    def shown(self, place):
        answer = self.client.get(self.paths[place])
        assert answer.status_code == 200, answer.text
        return bare(self.call(answer.json()))

    def found(self, endpoint, **asked):
        answer = self.client.get(endpoint, params=self.text(asked))
        if answer.status_code != 200:
            return outcome(answer), []
        found = self.call(answer.json())
        assert found["totalResults"] >= len(found["Resources"]) == found["itemsPerPage"], found
        return found["totalResults"], found["Resources"]

    def clear(self):
        for path in reversed(self.paths):
            assert self.client.delete(path).status_code == 204
        self.ids, self.paths = [], []


def outcome(answer):
    """Done, or the word of the refusal."""
    if answer.status_code < 300:
        return "done"
    error = answer.json()
    assert error["status"] == str(answer.status_code), error
    return f"{answer.status_code} {error.get('scimType', '')}".strip()


def bare(resource):
    """A resource without what each server says by itself; the order of values means nothing (RFC 7643 §2.4)."""
    if isinstance(resource, list):
        return sorted((bare(one) for one in resource), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(resource, dict):
        return {name: bare(value) for name, value in resource.items() if name not in OWN and name != "$ref"}
    return resource
