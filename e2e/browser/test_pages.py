"""What holds for every state of every page."""

import pytest
from axe_playwright_python.sync_playwright import Axe

import world
from conftest import WIDE, reached
from pages import PAGES
from pictures import document, keep

NARROW = {"width": 320, "height": 640}
PHONE = {"width": 380, "height": 760}

every = pytest.mark.parametrize("state", PAGES, ids=lambda state: state.name)
plain = pytest.mark.parametrize("state", [one for one in PAGES if one.is_plain], ids=lambda state: state.name)


@every
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_stands_in_the_way_of_anybody(opened, state, look, size):
    """axe, with every rule it has."""
    page = reached(opened(state.signed_in, color_scheme=look, viewport=size), state)
    # What is folded up is judged too.
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@every
def test_it_fits_into_320_pixels(opened, state):
    page = reached(opened(state.signed_in, viewport=NARROW), state)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"it is {width} pixels wide"


@plain
def test_it_can_be_read_without_scripts(opened, state):
    page = reached(opened(state.signed_in, java_script_enabled=False), state)
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text().strip()


@every
def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened, state):
    page = reached(opened(state.signed_in), state)
    count = page.locator("a[href]:visible, button:visible, input:visible:not([type=hidden]), select:visible, summary:visible").count()
    met, before = set(), None
    for _ in range(count + 20):
        page.keyboard.press("Tab")
        where = page.evaluate(FOCUSED)
        if where is None or where["path"] == before:
            break
        before = where["path"]
        met.add(where["path"])
        assert where["shown"], f"nothing shows that {where['path']} has the focus"
    wanted = set(page.evaluate(REACHABLE))
    assert wanted <= met, f"not reached: {sorted(wanted - met)[:5]}"


@every
def test_pictures(opened, state):
    """Pictures for people; they are not compared."""
    keep(reached(opened(state.signed_in), state), state.name)


@every
def test_words_stay_whole(opened, state):
    """Words that people read are not cut into pieces because a column is narrow."""
    page = reached(opened(state.signed_in, viewport=NARROW), state)
    cut = page.evaluate(CUT)
    assert cut == [], f"cut into pieces: {cut[:5]}"


@pytest.mark.parametrize("state", [one for one in PAGES if one.also], ids=lambda state: state.name)
def test_pictures_in_the_dark_and_on_a_phone(opened, state):
    if "dark" in state.also:
        keep(reached(opened(state.signed_in, color_scheme="dark"), state), f"{state.name}-dark")
    if "phone" in state.also:
        keep(reached(opened(state.signed_in, viewport=PHONE), state), f"{state.name}-phone")


def test_the_documents_have_every_picture():
    """Written where the pictures are written into the documents, compared otherwise."""
    page = world.DOCS / "README.md"
    if world.PICTURES == world.DOCS:
        page.write_text(document())
    assert page.read_text() == document()
    wanted = {f"{one.name}.png" for one in PAGES} | {f"{one.name}-{more}.png" for one in PAGES for more in one.also}
    assert {file.name for file in world.DOCS.glob("*.png")} == wanted


# The place of an element in its document, as a path of numbers.
PATH = """
const path = of => { const steps = []; for (let at = of; at.parentElement; at = at.parentElement)
  steps.unshift(at.tagName.toLowerCase() + [...at.parentElement.children].indexOf(at)); return steps.join('/'); };
"""

# What has the focus, and whether it looks otherwise than without.
FOCUSED = """() => {
%s
const at = document.activeElement;
if (!at || at === document.body) return null;
const look = of => { const s = getComputedStyle(of); return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow].join(' '); };
const around = at.closest('label, .segment, .switch') || at;
const label = at.id ? document.querySelector(`label[for="${at.id}"]`) : null;
const with_focus = [at, around, label].filter(Boolean).map(look);
at.blur();
const without = [at, around, label].filter(Boolean).map(look);
at.focus({preventScroll: true});
return { path: path(at), shown: with_focus.some((one, index) => one !== without[index]) };
}""" % PATH

# What the keyboard has to reach: of radio buttons with one name it stops at one.
REACHABLE = """() => {
%s
const seen = of => of.checkVisibility({visibilityProperty: true}) && !of.disabled;
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')].filter(seen);
const stops = all.filter(of => of.type !== 'radio' || of.checked);
return stops.map(path);
}""" % PATH

# Words of letters that take more than one line.
CUT = """() => {
const cut = [];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  if (!text.parentElement.checkVisibility() || text.parentElement.closest('bdi, .mono, svg')) continue;
  for (const word of text.data.matchAll(/[A-Za-z]{3,16}/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const tops = new Set([...range.getClientRects()].filter(one => one.width > 0).map(one => Math.round(one.top)));
    if (tops.size > 1) cut.push(word[0]);
  }
}
return cut;
}"""
