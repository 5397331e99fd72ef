"""People, filters and changes by chance."""

from twin import ENTERPRISE, GROUP, USER

WORDS = ["Ann", "ann", "ANN B", "Bea", "ab", "abc", "b", "", "Ö", "ö", "e\u0301", "é", 'q"u', "b\\s", "x y", "1", "true"]
KINDS = ["work", "home", "Work", "other"]
TEXTS = ["displayName", "nickName", "title", "userType", "locale", "timezone", "preferredLanguage"]
NAMES = ["formatted", "familyName", "givenName", "middleName"]
LISTS = ["emails", "phoneNumbers", "ims", "roles", "entitlements"]
OF_COMPANY = ["employeeNumber", "costCenter", "department"]
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]


def maybe(chance, share=0.5):
    return chance.random() < share


def cased(chance, text):
    """A name in another case, now and then: it means the same."""
    return chance.choice([text, text, text, text.upper(), text.lower()])


def entries(chance, primary=True):
    found = {}
    for _ in range(chance.randint(1, 3)):
        one = {"value": chance.choice(WORDS), "type": chance.choice(KINDS)}
        if maybe(chance, 0.2):
            one["display"] = chance.choice(WORDS)
        found[(one["value"].lower(), one["type"].lower())] = one
    found = list(found.values())
    if primary and maybe(chance):
        chance.choice(found)["primary"] = True
    return found


def user(chance, number):
    """A user whose name is one of its own, in whatever case."""
    made = {"schemas": [USER], "userName": f"{chance.choice(['U', 'u', 'Ü'])}{number}"}
    made |= {name: chance.choice(WORDS) for name in TEXTS if maybe(chance, 0.3)}
    made |= {name: entries(chance) for name in LISTS if maybe(chance, 0.4)}
    if maybe(chance):
        made["name"] = {name: chance.choice(WORDS) for name in NAMES if maybe(chance)} or {"givenName": "G"}
    if maybe(chance, 0.7):
        made["active"] = maybe(chance)
    if maybe(chance):
        made["externalId"] = chance.choice(WORDS)
    if maybe(chance, 0.4):
        made["schemas"].append(ENTERPRISE)
        made[ENTERPRISE] = {name: chance.choice(WORDS) for name in OF_COMPANY if maybe(chance)} or {"department": "D"}
    if maybe(chance, 0.3):
        made["addresses"] = [{"locality": chance.choice(WORDS), "type": chance.choice(KINDS)}]
    return made


def group(chance, number, people):
    members = chance.sample(range(people), chance.randint(0, 4))
    made = {"schemas": [GROUP], "displayName": f"{chance.choice(WORDS)} {number}"}
    if members:
        made["members"] = [{"value": "{%d}" % place} for place in members]
    return made


# Filters.


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def comparison(chance, name):
    if maybe(chance, 0.15):
        return f"{name} {cased(chance, 'pr')}"
    value = "null" if maybe(chance, 0.05) else quoted(chance.choice(WORDS))
    return f"{name} {cased(chance, chance.choice(OPERATORS))} {value}"


def flag(chance, name):
    if maybe(chance, 0.2):
        return f"{name} pr"
    return f"{name} {chance.choice(['eq', 'ne'])} {chance.choice(['true', 'false', 'TRUE', 'null'])}"


def attribute(chance):
    kind = chance.randrange(7)
    if kind == 0:
        return "userName"
    if kind == 1:
        return f"name.{chance.choice(NAMES)}"
    if kind == 2:
        return f"{chance.choice(LISTS)}.{chance.choice(['value', 'type', 'display'])}"
    if kind == 3:
        return f"{ENTERPRISE}:{chance.choice(OF_COMPANY)}"
    if kind == 4:
        return chance.choice(["externalId", "addresses.locality", f"{USER}:title", "meta.resourceType"])
    return chance.choice(TEXTS)


def chosen(chance):
    """What is said of one value of a list."""
    def part():
        if maybe(chance, 0.15):
            return flag(chance, "primary")
        return comparison(chance, cased(chance, chance.choice(["value", "type", "display"])))

    text = f" {chance.choice(['and', 'or'])} ".join(part() for _ in range(chance.randint(1, 2)))
    return f"not ({text})" if maybe(chance, 0.15) else text


def simple(chance):
    kind = chance.randrange(10)
    if kind == 0:
        return flag(chance, "active")
    if kind == 1:
        return flag(chance, f"{chance.choice(LISTS)}.primary")
    if kind in (2, 3):
        name = chance.choice(LISTS)
        text = f"{name}[{chosen(chance)}]"
        # As Entra has it.
        return text + comparison(chance, ".value") if maybe(chance, 0.2) else text
    if kind == 4:
        return comparison(chance, chance.choice(LISTS))
    if kind == 5:
        instant = chance.choice(["2001-01-01T00:00:00Z", "2100-01-01T00:00:00+02:00"])
        return f"meta.{chance.choice(['created', 'lastModified'])} {chance.choice(['gt', 'le', 'eq', 'ne'])} \"{instant}\""
    return comparison(chance, cased(chance, attribute(chance)))


def wrong(chance):
    """A comparison that there cannot be."""
    return chance.choice([
        "nothing pr",
        "name.nothing eq \"a\"",
        "emails[nothing eq \"a\"]",
        "active gt true",
        "active eq \"maybe\"",
        "active co \"t\"",
        "userName eq 5",
        "title eq true",
        "name[givenName eq \"a\"]",
        "title[value eq \"a\"]",
        "meta.created gt \"yesterday\"",
        "urn:nothing:title pr",
        "emails.primary sw \"t\"",
    ])


def filter(chance, depth=0):
    if depth < 3 and maybe(chance, 0.45):
        left, right = filter(chance, depth + 1), filter(chance, depth + 1)
        joined = f"{left} {cased(chance, chance.choice(['and', 'or']))} {right}"
        return f"({joined})" if maybe(chance) else joined
    if depth < 3 and maybe(chance, 0.15):
        return f"{cased(chance, 'not')} ({filter(chance, depth + 1)})"
    return wrong(chance) if maybe(chance, 0.03) else simple(chance)


def broken(chance, text):
    """A filter of which something is missing, or stands there twice."""
    at = chance.randrange(len(text))
    return chance.choice([text[:at], text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:], text + chance.choice(" )](\"")])


# Changes.


def value_of(chance, path):
    """A value that fits the path, most of the time."""
    if maybe(chance, 0.06):
        # An object with nothing in it is no value here (RFC 7643 §2.5), and one at the other server.
        return chance.choice([5, [], ["x"], True, {"nothing": 1}])
    if path in LISTS:
        return entries(chance, primary=maybe(chance)) if maybe(chance, 0.8) else entries(chance)[0]
    if path == "name":
        return {cased(chance, name): chance.choice(WORDS) for name in NAMES if maybe(chance)} or {"givenName": "G"}
    if path == ENTERPRISE:
        return {name: chance.choice(WORDS) for name in OF_COMPANY if maybe(chance)} or {"department": "D"}
    if path in ("active", "primary"):
        return chance.choice([True, False, True, False, "True", "False"])
    return chance.choice(WORDS)


def place(chance):
    """A path, and what kind of value is there."""
    kind = chance.randrange(9)
    name = chance.choice(LISTS)
    if kind == 0:
        return name, name
    if kind == 1:
        return f"{name}[{chosen(chance)}]", "chosen"
    if kind == 2:
        part = chance.choice(["value", "type", "display", "primary"])
        return f"{name}[{chosen(chance)}].{part}", part
    if kind == 3:
        return f"{name}.{chance.choice(['type', 'display'])}", "text"
    if kind == 4:
        return chance.choice([("name", "name"), (f"name.{chance.choice(NAMES)}", "text"), (ENTERPRISE, ENTERPRISE)])
    if kind == 5:
        return f"{ENTERPRISE}:{chance.choice(OF_COMPANY)}", "text"
    if kind == 6:
        return chance.choice([("active", "active"), ("externalId", "text"), (f"{USER}:title", "text")])
    if kind == 7 and maybe(chance, 0.3):
        return chance.choice(["id", "meta.created", "groups", "nothing", "name.nothing", "emails[", "emails[nothing pr]", "title.x"]), "text"
    return chance.choice(TEXTS), "text"


def operation(chance):
    verb = chance.choice(["add", "replace", "remove"])
    if verb != "remove" and maybe(chance, 0.15):
        # Members of an object have no order, so none of these is a part of another one.
        name = chance.choice(["name", "name.givenName"])
        names = chance.sample(["title", "active", "nickName", "emails", name], chance.randint(1, 3))
        return {"op": cased(chance, verb), "value": {name: value_of(chance, name) for name in names}}
    path, kind = place(chance)
    made = {"op": cased(chance, verb), "path": cased(chance, path) if ":" not in path and "[" not in path else path}
    if verb == "remove":
        return made
    if kind == "chosen":
        made["value"] = {name: chance.choice(WORDS) for name in ["value", "type", "display"] if maybe(chance)} or {"display": "D"}
        if maybe(chance, 0.2):
            made["value"]["primary"] = maybe(chance)
    else:
        made["value"] = value_of(chance, kind)
    if verb == "replace" and maybe(chance, 0.08):
        made["value"] = None
    return made


def of_members(chance, people):
    """A change of who is in a group."""
    def some():
        return [{"value": "{%d}" % one} for one in chance.sample(range(people), chance.randint(1, 3))]

    kind = chance.randrange(5)
    if kind == 0:
        return {"op": "add", "path": "members", "value": some()}
    if kind == 1:
        return {"op": "replace", "path": "members", "value": some()}
    if kind == 2:
        return {"op": "remove", "path": "members"}
    if kind == 3:
        return {"op": "add", "value": {"members": some()}}
    return {"op": "remove", "path": f"members[value eq \"{some()[0]['value']}\"]"}
