"""What holds for every state of every page.

A state is reached once and looked at from all sides: the tests of a state run one after the other, and each leaves the page as it
was before.
"""

from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

import world
from conftest import WIDE, reached
from pages import PAGES
from pictures import document, keep

NARROW = {"width": 320, "height": 640}
PHONE = {"width": 380, "height": 760}
OF_COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.fixture(scope="module", params=PAGES, ids=lambda state: state.name)
def state(request):
    return request.param


@pytest.fixture(scope="module")
def seen(contexts, state):
    """The page in this state."""
    with reached(contexts, state) as page:
        yield page


def test_the_keyboard_reaches_everything_and_shows_where_it_is(seen):
    count = seen.locator(":is(a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']):visible").count()
    met, before, again = set(), None, 0
    # A page may begin with the focus at what is new or went wrong; here it is walked from its very beginning.
    seen.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    for _ in range(count + 40):
        seen.keyboard.press("Tab")
        where = seen.evaluate(FOCUSED)
        # A date has a stop for each of its parts.
        again = again + 1 if where and where["path"] == before else 0
        if where is None or again > 3:
            break
        before = where["path"]
        met.add(where["path"])
        assert where["shown"], f"nothing shows that {where['path']} has the focus"
    wanted = set(seen.evaluate(REACHABLE))
    assert wanted <= met, f"not reached: {sorted(wanted - met)[:5]}"


def test_pictures(seen, state):
    """Pictures for people; they are not compared."""
    seen.evaluate("document.activeElement.blur()")
    keep(seen, state.name)
    if "dark" in state.also:
        with looked_at(seen, scheme="dark"):
            keep(seen, f"{state.name}-dark")
    if "phone" in state.also:
        with looked_at(seen, size=PHONE):
            keep(seen, f"{state.name}-phone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_stands_in_the_way_of_anybody(seen, scheme, size):
    """axe, with every rule it has; the dark is judged by what colours may break."""
    rules = {"runOnly": {"type": "rule", "values": OF_COLOURS}} if scheme == "dark" else {}
    with looked_at(seen, size, scheme), unfolded(seen):
        found = Axe().run(seen, options={"resultTypes": ["violations"], **rules})
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_into_320_pixels(seen):
    with looked_at(seen, NARROW), unfolded(seen):
        width = seen.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"it is {width} pixels wide"


def test_words_stay_whole(seen):
    """Words that people read are not cut into pieces because a column is narrow."""
    with looked_at(seen, NARROW):
        cut = seen.evaluate(CUT)
    assert cut == [], f"cut into pieces: {cut[:5]}"


@pytest.mark.parametrize("plain", [one for one in PAGES if one.is_plain], ids=lambda state: state.name)
def test_it_can_be_read_without_scripts(contexts, plain):
    with reached(contexts, plain, scripts=False) as page:
        assert page.locator("h1").count() == 1
        assert page.locator("main").inner_text().strip()


def test_the_documents_have_every_picture():
    """Written where the pictures are written into the documents, compared otherwise."""
    page = world.DOCS / "README.md"
    if world.PICTURES == world.DOCS:
        page.write_text(document())
    assert page.read_text() == document()
    wanted = {f"{one.name}.png" for one in PAGES} | {f"{one.name}-{more}.png" for one in PAGES for more in one.also}
    assert {file.name for file in world.DOCS.glob("*.png")} == wanted


@contextmanager
def looked_at(page, size=WIDE, scheme="light"):
    """The page as it is in a window of this size, in this light."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    try:
        yield
    finally:
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")


@contextmanager
def unfolded(page):
    """With everything open that can be folded up."""
    page.evaluate("document.querySelectorAll('details:not([open])').forEach(one => { one.open = true; one.dataset.was = 'shut'; })")
    try:
        yield
    finally:
        page.evaluate("document.querySelectorAll('[data-was]').forEach(one => { one.open = false; delete one.dataset.was; })")


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
// To leave a date and come back leads to its first part again; which part has the focus is marked by the browser itself.
if (at.type === 'date') return { path: path(at), shown: true };
const look = of => { const s = getComputedStyle(of); return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow].join(' '); };
const around = at.closest('label, .segment, .switch') || at;
const label = at.id ? document.querySelector(`label[for="${at.id}"]`) : null;
const with_focus = [at, around, label].filter(Boolean).map(look);
at.blur();
const without = [at, around, label].filter(Boolean).map(look);
at.focus({preventScroll: true});
return { path: path(at), shown: with_focus.some((one, index) => one !== without[index]) };
}""" % PATH

# What the keyboard has to reach: of radio buttons with one name it stops at one. What Enter alone presses is no stop.
REACHABLE = """() => {
%s
const seen = of => of.checkVisibility({visibilityProperty: true}) && !of.disabled && of.tabIndex >= 0;
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(seen);
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
