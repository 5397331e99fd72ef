"""Pictures of pages: small, and listed in a document that is written from `pages.py`."""

import io

from PIL import Image

import world
from pages import PAGES

TALLEST = 1_600

# Where the home folder of a server lies is another place on every machine.
ELSEWHERE = """home => {
const homes = /\\/\\S*\\/scratch\\/home-[^/\\s]+\\/hom[e]/g;
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) text.data = text.data.replace(home, '/var/lib/weir').replace(homes, '/var/lib/weir');
}"""


def document():
    """The page that lists the pictures, in the order of `pages.py`."""
    lines = ["# Screenshots", "", "Made by `WEIR_WRITE=1 cargo xtask test --suite browser`, from a simulated site.", ""]
    for page in PAGES:
        lines += [f"## {page.says}", "", f"![{page.says}]({page.name}.png)", ""]
        for more, what in [("dark", "in the dark"), ("phone", "on a phone")]:
            if more in page.also:
                says = f"{page.says}, {what}"
                lines += [f"![{says}]({page.name}-{more}.png)", ""]
    return "\n".join(lines)


def keep(page, name):
    """Takes a picture of a page, in few colours."""
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate(ELSEWHERE, world.HOME)
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled", caret="hide")))
    taken = taken.convert("RGB").crop((0, 0, taken.width, min(taken.height, TALLEST)))
    world.PICTURES.mkdir(parents=True, exist_ok=True)
    few = taken.quantize(colors=256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(world.PICTURES / f"{name}.png", optimize=True)
