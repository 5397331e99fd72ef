"""Filters, orders, pages and changes by chance, at this server and at scim2-server: both say the same.

Where they may differ is named here, and nowhere else: what the other server does not do, and identity providers want done
(a PATCH is answered with the resource, which `twin` takes account of)."""

from unicodedata import normalize

import drawn

PEOPLE = 30
FILTERS = 400
CHANGES = 300


def peopled(sides, chance):
    """The same people and groups at both; gives how many people."""
    for number in range(PEOPLE):
        made = drawn.user(chance, number)
        told = [side.add("/Users", made) for side in sides]
        assert told == ["done", "done"], (made, told)
    for number in range(6):
        made = drawn.group(chance, number, PEOPLE)
        told = [side.add("/Groups", made) for side in sides]
        assert told == ["done", "done"], (made, told)


def names(found):
    return sorted(one.get("userName") or one["displayName"] for one in found)


def test_filters_find_the_same(sides, chance):
    peopled(sides, chance)
    matched = refused = 0
    for _ in range(FILTERS):
        text = drawn.filter(chance)
        if drawn.maybe(chance, 0.2):
            text = drawn.broken(chance, text)
        (ours, mine), (theirs, others) = (side.found("/Users", filter=text) for side in sides)
        assert (ours, names(mine)) == (theirs, names(others)), text
        matched += 0 < len(mine) < PEOPLE
        refused += isinstance(ours, str)
    # Most filters are to say something.
    assert matched > FILTERS / 4 and refused > FILTERS / 50, (matched, refused)
    for place in range(PEOPLE):
        for text in [f"members eq \"{{{place}}}\"", f"members[value eq \"{{{place}}}\"]", f"id eq \"{{{place}}}\""]:
            (ours, mine), (theirs, others) = (side.found("/Groups", filter=text) for side in sides)
            assert (ours, names(mine)) == (theirs, names(others)), text


def test_pages_and_orders_are_the_same(sides, chance):
    peopled(sides, chance)
    for name in [*drawn.TEXTS, "userName", "name.givenName", "emails.value", "active"]:
        for order in ["ascending", "descending"]:
            listed = []
            # Which value is the primary one is to be seen, too.
            asked = {"sortBy": name, "sortOrder": order, "attributes": name.split(".")[0]}
            for side in sides:
                total, found = side.found("/Users", **asked)
                assert total == PEOPLE
                pages = [
                    one
                    for start in range(1, PEOPLE + 1, 7)
                    for one in side.found("/Users", **asked, startIndex=start, count=7)[1]
                ]
                assert pages == found, f"the pages are not the list, by {name}"
                listed.append([key(one, name) for one in found])
            assert listed[0] == listed[1], (name, order)


def key(shown, name):
    """By what a resource is sorted. Case means nothing for what is sorted by here, and of several values the primary one counts."""
    value = shown
    for part in name.split("."):
        if isinstance(value, list):
            value = next((one for one in value if one.get("primary")), value[0])
        value = (value or {}).get(part)
    return normalize("NFC", value.lower()) if isinstance(value, str) else value


def test_changes_make_the_same(sides, chance):
    done = refused = 0
    for number in range(CHANGES):
        made = drawn.user(chance, number)
        assert [side.add("/Users", made) for side in sides] == ["done", "done"], made
        operations = [drawn.operation(chance) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
        (ours, mine), (theirs, others) = (side.patch(number, operations) for side in sides)
        if differs_as_named(operations, ours, theirs):
            continue
        if len(operations) > 1 and "done" not in (ours, theirs):
            # Which of several faults is told is not said by the standard.
            theirs = ours
        assert (ours, mine) == (theirs, others), (made, operations)
        done += ours == "done"
        refused += ours != "done"
    assert done > CHANGES / 4 and refused > CHANGES / 20, (done, refused)


def differs_as_named(operations, ours, theirs):
    """Entra adds through a filter that finds nothing, and wants what the filter describes to be there then; the other server has no
    target for that."""
    through_filter = any(one["op"].lower() == "add" and "[" in one.get("path", "") for one in operations)
    return theirs == "400 noTarget" and ours != theirs and through_filter


def test_members_come_and_go_alike(sides, chance):
    peopled(sides, chance)
    for _ in range(60):
        place = PEOPLE + chance.randrange(6)
        operations = [drawn.of_members(chance, PEOPLE) for _ in range(chance.randint(1, 2))]
        (ours, mine), (theirs, others) = (side.patch(place, operations) for side in sides)
        typeless = [{**one, "members": [{"value": m["value"]} for m in one.get("members", [])]} for one in (mine, others)]
        assert (ours, typeless[0]) == (theirs, typeless[1]), operations
