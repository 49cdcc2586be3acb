"""Walk the pages of the site as a reader's browser shows them.

``python tests/walk_site.py`` takes every page of ``site/``, and ``python tests/walk_site.py index week1/03`` some of
them: wide and narrow, light and dark. It looks for errors in the console, requests to another host, text wider than the
window, dead links and anchors, what axe-core finds, first views of more than 1.5 MB, and outputs other than those
committed; it answers every exercise that can be tried, moves every slider, sees that what changes on the page is what
the runs have put out, and that a claim that fails is told and turns red. Prints a line a page and ends with 1 if
anything was found. ``--shots DIR`` keeps a picture of each look.
"""

import argparse
import html
import itertools
import json
import re
import sys
import time
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from browser import browser

from helpers.course.notebooks import read_notebook
from helpers.course.site_answers import questions_of
from helpers.course.solutions import find_entry

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
LOOKS = [(1400, True), (1400, False), (400, True), (400, False)]  # width, dark
AXE_LOOKS = [(1400, False), (400, True)]  # half of the walk's time
SETTLED = "new Promise(done => setTimeout(done, 400))"  # the theme waits 300 ms until it sees that a window has changed
NOT_OURS = [["#pst-primary-sidebar-modal"], ["#pst-secondary-sidebar-modal"]]
AXE = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
VIEW_BYTES, SITE_BYTES = 1_500_000, 60_000_000
TEXTS = "Object.fromEntries([...document.querySelectorAll('.wb-cell')].map(cell => [cell.dataset.cell, TEXT(cell)]))"
TEXT = """((cell) => { const copy = cell.cloneNode(true);
copy.querySelectorAll('img').forEach(one => one.replaceWith(' ' + one.alt + ' ')); return copy.textContent; })"""
MOVE = """((id, value) => { const slider = document.getElementById(id); slider.value = value;
slider.dispatchEvent(new Event('input'));
return slider.loaded.then(() => new Promise(done => setTimeout(done, 30))); })"""
TRY = """((salt, answers) => { const form = document.querySelector(`.wb-try[data-salt="${salt}"]`);
[...form.querySelectorAll('select, input')].forEach((field, i) => field.value = answers[i]);
form.querySelector('button').click();
return new Promise(done => setTimeout(() => done(form.hidden || form.dataset.state), 30)); })"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
CLAIM = """(() => { const slider = document.querySelector('.wb-slider input');
const claim = document.querySelector('.wb-claim'), cell = claim.closest('.wb-cell');
const at = Number(slider.dataset.default) ? 0 : 1;
window.workbookMoved[slider.dataset.name][at] = { [cell.dataset.cell]: cell.innerHTML.replace('data-holds="true"',
'data-holds="false"') };
return [slider.id, at]; })()"""


class Page(HTMLParser):
    """What a page links to, and the anchors that it has."""

    def __init__(self, path):
        super().__init__()
        self.links, self.sources, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Note a link, a source or an anchor."""
        for name, value in attributes:
            if name == "id":
                self.anchors.add(value)
            elif name == "href":
                (self.sources if tag == "link" else self.links).append(value or "")
            elif name == "src":
                self.sources.append(value or "")


class Text(HTMLParser):
    """The text of HTML without styles."""

    def __init__(self, text):
        super().__init__()
        self.parts, self.hidden = [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Begin to leave out what is in a style."""
        self.hidden += tag == "style"

    def handle_endtag(self, tag):
        """End leaving it out."""
        self.hidden -= tag == "style"

    def handle_data(self, data):
        """Keep text."""
        if not self.hidden:
            self.parts.append(data)


def squeezed(text):
    """Text without white space, which says nothing about numbers."""
    return re.sub(r"\s+", "", text)


def dead_links(name, pages, site):
    """Links and sources of a page that lead nowhere."""
    dead = []
    for link in pages[name].links + pages[name].sources:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            if link in pages[name].sources:
                dead.append(f"asks another host: {link}")
            continue
        path = (site / name).parent / unquote(parts.path) if parts.path else site / name
        if not path.resolve().is_file():
            dead.append(f"dead link: {link}")
        elif parts.fragment and path.suffix == ".html":
            key = path.resolve().relative_to(site.resolve()).as_posix()
            if unquote(parts.fragment) not in pages[key].anchors:
                dead.append(f"dead anchor: {link}")
    return dead


def texts_of(notebook):
    """What each code cell of a notebook has put out, as text: what a figure's description says, a table's cells."""
    return {cell.id: "".join(map(output_text, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"}


def output_text(output):
    """An output as text."""
    if output.output_type == "stream":
        return re.sub(r"\x1b\[[0-9;]*m", "", output.text)
    data = output.data
    if "image/png" in data:
        return output.metadata.get("image/png", {}).get("alt", data["text/plain"])
    if "text/html" in data:
        return "".join(Text(data["text/html"]).parts)
    if "text/markdown" in data:
        plain = re.sub(r"^[|:\- ]+$|(?<!\\)\|", "", data["text/markdown"], flags=re.MULTILINE)  # a table's lines
        return re.sub(r"\[([^]]*)\]\([^)]*\)|[*`#]", r"\1", plain)
    return data["text/plain"]


def other_outputs(page, expected, cells=None):
    """Cells whose text on the page is not the expected one."""
    shown = page.evaluate(TEXTS.replace("TEXT", TEXT))
    names = expected.keys() if cells is None else cells
    wrong = [name for name in names if squeezed(shown.get(name, "")) != squeezed(html.unescape(expected[name]))]
    return [f"cell {name}: the page shows something else: {shown.get(name, '')[:80]!r}" for name in wrong]


def walk_sliders(page, key, site):
    """Move every slider of a notebook; what then is shown must be what the runs have put out."""
    problems, committed = [], texts_of(nbformat.read(site / f"downloads/{key}.ipynb", as_version=4))
    sliders = page.evaluate(
        "[...document.querySelectorAll('.wb-slider input')].map(one => ({...one.dataset, id: one.id}))"
    )
    changed = 0
    for slider in sliders:
        for place, value in enumerate(slider["values"].split()):
            page.evaluate(f"{MOVE}({slider['id']!r}, {place})")
            file = ROOT / ".workbook/site/runs" / key / f"{slider['name']}={value}.ipynb"
            now = page.evaluate("[...document.querySelectorAll('.wb-changed')].map(one => one.dataset.cell)")
            changed += len(now)
            if str(place) == slider["default"]:
                problems += ["changed at its default"] * bool(now) + other_outputs(page, committed)
            elif file.exists():
                ran = texts_of(nbformat.read(file, as_version=4))
                problems += other_outputs(page, ran, now) + other_outputs(page, committed, committed.keys() - set(now))
            if page.evaluate(f"document.querySelector('output[for={slider['id']}]').value") != value:
                problems.append(f"{slider['id']}: its value is not told")
    if sliders:
        name, place = page.evaluate(CLAIM)
        page.evaluate(f"{MOVE}({name!r}, {place})")
        if not page.evaluate("document.querySelector('.wb-told a[href=\"#wb-failed-0\"]') !== null"):
            problems.append("a claim that fails is not told")
        red = "getComputedStyle(document.querySelector('.wb-claim[data-holds=false]')).backgroundColor"
        if page.evaluate(red) == "rgba(0, 0, 0, 0)":
            problems.append("a claim that fails is not red")
        problems += ["no slider changes anything"] * (not changed)
    return problems


def try_exercises(page, key):
    """Answer every exercise of a notebook that can be tried, wrong and right; what is said must be so."""
    entry, problems = find_entry(key), []
    for name, asked in questions_of(entry, read_notebook(entry.path)).items():
        right = [one.right[0] for one in asked]
        wrong = [next((choice for choice in one.choices if choice not in one.right), "-7") for one in asked]
        cases = {"right": right, "wrong": [wrong[0], *right[1:]], "open": [*right[:-1], ""]}
        for state, answers in cases.items():
            said = page.evaluate(f"{TRY}({json.dumps(f'{key}/{name}')}, {json.dumps(answers)})")
            problems += [f"exercise {name}: {state} answers are called {said}"] * (said != state)
    return problems


def open_page(page, path):
    """Open a page; return what is wrong with how it loads."""
    page.errors.clear()
    page.requests.clear()
    page.open(path.as_uri())
    return [f"asks for {url}" for url in page.requests if not url.startswith(("file:", "data:"))]


def look_at(page, width, dark):
    """Show the page in one look; return what is wrong with it there."""
    page.size(width, 900, dark=dark)
    page.evaluate(SETTLED)
    wide = page.evaluate("document.documentElement.scrollWidth")
    theme = page.evaluate("document.documentElement.dataset.theme")
    problems = [f"is {wide} pixels wide in a window of {width}"] * (wide > width)
    return problems + [f"stays {theme}"] * (theme != ("dark" if dark else "light"))


def first_view(page, site):
    """Bytes of everything that was asked for to show a page."""
    names = {unquote(urlsplit(url).path) for url in page.requests if url.startswith("file:")}
    return sum(Path(name).stat().st_size for name in names if Path(name).is_file())


def axe_looks(name, place):
    """The looks that axe-core sees: both, or of the reference, whose pages are alike, one and the other in turn."""
    return [AXE_LOOKS[place % 2]] if name.startswith("reference/") else AXE_LOOKS


def walk_page(page, name, site, *, axe=AXE_LOOKS, shots=None):
    """Everything that is wrong with one page, and the seconds until a reader saw something."""
    key = name.removesuffix(".html")
    page.size(LOOKS[0][0], 900, dark=LOOKS[0][1])
    problems = open_page(page, site / name)
    seconds = page.evaluate(PAINTED) / 1000
    if (size := first_view(page, site)) > VIEW_BYTES:
        problems.append(f"its first view takes {size / 1e6:.1f} MB")
    page.evaluate(AXE + ";0")
    for width, dark in LOOKS:
        found = look_at(page, width, dark)
        if (width, dark) in axe:
            told = page.evaluate(f"axe.run({{exclude: {json.dumps(NOT_OURS)}}}, {{resultTypes: ['violations']}})")
            nodes = ((one["id"], len(one["nodes"]), one["nodes"][0]["html"][:160]) for one in told["violations"])
            found += [f"axe: {rule}, {count}: {where}" for rule, count, where in nodes]
        if shots:
            shots.mkdir(parents=True, exist_ok=True)
            page.screenshot(shots / f"{key.replace('/', '-')}-{width}-{'dark' if dark else 'light'}.png")
        problems += [f"{width} px, {'dark' if dark else 'light'}: {one}" for one in found]
    notebook = site / "downloads" / f"{key}.ipynb"
    if notebook.exists():
        problems += other_outputs(page, texts_of(nbformat.read(notebook, as_version=4)))
        problems += try_exercises(page, key) + walk_sliders(page, key, site)
    return problems + [f"console: {text}" for text in page.errors], seconds


def walk_search(page, site):
    """Search must find a notebook from a page that lies in a folder."""
    problems = open_page(page, site / "search.html")
    page.open((site / "search.html").as_uri() + "?q=drift")
    try:
        page.wait_for("document.querySelectorAll('#search-results li a').length > 2", 20)
    except TimeoutError:
        problems.append("search finds nothing")
    return problems + [f"console: {text}" for text in page.errors]


def main(arguments=None):
    """Walk the pages; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="PAGE", help="name of a page, or how it begins (default: all)")
    parser.add_argument("--site", type=Path, default=SITE, help="folder of the site (default: site)")
    parser.add_argument("--shots", type=Path, help="folder for pictures (default: none)")
    options = parser.parse_args(arguments)
    site = options.site.resolve()
    paths = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    paths = [path for path in paths if not path.startswith("_downloads/")]  # pages of their own
    pages = {path: Page(site / path) for path in paths if not path.startswith("_static")}
    if not pages:
        sys.exit(f"no site in {site}: make site")
    problems = {name: dead_links(name, pages, site) for name in pages}
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    problems["index.html"] += [f"the site takes {size / 1e6:.0f} MB"] * (size > SITE_BYTES)
    walked = [name for name in pages if not options.names or name.startswith(tuple(options.names))]
    with browser() as page:
        page.call("Log.enable")
        problems["search.html"] += walk_search(page, site)
        for place, name in enumerate(walked):
            begun = time.monotonic()
            found, seen = walk_page(page, name, site, axe=axe_looks(name, place), shots=options.shots)
            problems[name] += found
            took = f"{time.monotonic() - begun:.1f} s, its first view {seen:.2f} s"
            print(f"{'✘' if problems[name] else '✔'} {name}  {took}", flush=True)
    found = list(itertools.chain.from_iterable([f"{name}: {one}" for one in told] for name, told in problems.items()))
    print("\n".join(found))
    print(f"{len(walked)} of {len(pages)} pages walked, links of all; {size / 1e6:.1f} MB; {len(found)} problems")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
