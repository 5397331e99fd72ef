"""A second person: invited, with a role, and what they see of it."""

import pytest

import people
import world
from wire import done
from world import LIFE_KEY, LIVED_IN

SEEN, UNSEEN = "Seen Jira", "Unseen Jira"


@pytest.fixture(scope="module")
def integrations():
    credential = {"email": world.EMAIL, "token": world.TOKEN}
    for name in [SEEN, UNSEEN]:
        done(LIVED_IN, "POST", "/integrations", LIFE_KEY, {"url": world.LIFE_SITE, "name": name, "credential": credential})


def test_who_is_invited_as_a_viewer_sees_their_workspace_and_nothing_else(chromium, inside, keeper, integrations):
    link = invite(inside(keeper), "rosa@example.org")
    rosa = people.invited(chromium, LIVED_IN, link)
    give_a_role(inside(keeper), "Delivery", "rosa@example.org")
    mapped(inside(keeper), SEEN, "Delivery")

    page = inside(rosa)
    page.goto("/integrations")
    page.get_by_role("link", name=SEEN).wait_for()
    assert page.get_by_text(UNSEEN).count() == 0
    page.get_by_role("link", name=SEEN).click()
    page.wait_for_url("**/monitoring")
    for change in ["Sync now", "Pause", "Change authentication"]:
        assert page.get_by_text(change, exact=True).count() == 0, f"a viewer is offered {change}"

    for hidden in ["/integrations/Unseen%20Jira/monitoring", "/integrations/Unseen%20Jira/configuration"]:
        assert page.goto(hidden).status == 404, hidden
    for refused in ["/integrations/Seen%20Jira/authentication", "/integrations/Seen%20Jira/delete", "/integrations/new", "/settings/users", "/settings/about"]:
        assert page.goto(refused).status == 403, refused
        page.get_by_role("heading", level=1).wait_for()


def test_an_invitation_works_once(chromium, inside, keeper):
    link = invite(inside(keeper), "otto@example.org")
    people.invited(chromium, LIVED_IN, link)
    page = inside()
    page.goto(link)
    assert page.get_by_label("Password").count() == 0
    page.get_by_role("alert").wait_for()


def invite(page, login):
    """Invites somebody and gives the link, as it is shown once."""
    page.goto("/settings/users")
    page.get_by_label("E-mail or name").fill(login)
    page.get_by_role("button", name="Invite").click()
    return page.locator(".once .mono").inner_text()


def give_a_role(page, workspace, login):
    page.goto("/settings/workspaces")
    page.get_by_label("Name").fill(workspace)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name=workspace).wait_for()
    page.get_by_label("Signs in as").fill(login)
    page.get_by_role("group", name="Roles").get_by_label("Viewer").check()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("row").filter(has_text=login).wait_for()


def mapped(page, integration, workspace):
    page.goto(f"/integrations/{integration.replace(' ', '%20')}/projects")
    page.get_by_label(workspace).check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
