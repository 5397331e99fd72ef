"""The server that is tested, with a key of the scope `scim`, and another server to compare it with: `scim2-server`, which is told to
have the very schemas that ours says it has, and is called without a network."""

import os
import random

import httpx2
import pytest
from scim2_models import ResourceType, Schema, ScimProvider, ServiceProviderConfig
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication

from twin import Side

# What the other server is told it can do: all of it.
ABLE = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 1000},
    "changePassword": {"supported": False},
    "sort": {"supported": True},
    "etag": {"supported": True},
    "authenticationSchemes": [],
}


@pytest.fixture(scope="session")
def address():
    return os.environ["WEIR_SCIM_URL"]


@pytest.fixture(scope="session")
def key():
    return os.environ["WEIR_SCIM_KEY"]


@pytest.fixture(scope="session")
def client(address, key):
    headers = {"authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def other(client):
    """A client of the other server."""
    schemas = [Schema.model_validate(one) for one in client.get("/Schemas").json()["Resources"]]
    types = [ResourceType.model_validate(one) for one in client.get("/ResourceTypes").json()["Resources"]]
    provider = ScimProvider.from_discovery(schemas, types, config=ServiceProviderConfig.model_validate(ABLE))
    service = ScimService(provider, secret="not a secret: nothing of it outlives the run")
    application = BearerTokenApplication(InMemoryStorage(), provider, service=service, bearer_tokens=[])
    with httpx2.Client(transport=httpx2.WSGITransport(app=application), base_url="http://other/v2") as client:
        yield client


@pytest.fixture(params=os.environ.get("WEIR_SCIM_SEEDS", "1").split(), ids=lambda seed: f"seed-{seed}")
def chance(request):
    """A source of chance: one that is the same every time, and a fresh one."""
    return random.Random(int(request.param))


@pytest.fixture
def sides(client, other):
    """Both servers, with nobody at either."""
    sides = Side(client), Side(other)
    yield sides
    for side in sides:
        side.clear()
