"""What the course shows is accessible: axe-core, in a headless Chromium, in light and in dark, finds nothing of ours.

What nbconvert's template brings itself is left out: its prompts and its colors of code. It also says of every picture
that it has no description; ours stands below the picture, which tests/test_notebooks.py proves.
"""

import json
import re
from importlib.resources import files

import pytest
from browser import browser, find_browser
from nbconvert import HTMLExporter
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course.claims import Claim
from helpers.course.exercises import Feedback
from helpers.course.feedback import write_class_report, write_feedback
from helpers.course.gradebook import Score
from helpers.course.notebooks import exercises_of, read_notebook
from helpers.course.progress import Copied, Standing
from helpers.course.slides import write_week
from helpers.course.start_page import start_page
from helpers.course.syllabus import load_syllabus

axe_core = pytest.importorskip("axe_core_python", reason="needs the package axe-core-python")
pytestmark = pytest.mark.skipif(find_browser() is None, reason="needs Chromium")
ENTRIES = load_syllabus().notebooks
NOT_OURS = [".jp-InputPrompt", ".jp-OutputPrompt", ".highlight"]
OPTIONS = "{resultTypes: ['violations']}"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
STATES = ("right", "wrong", "not attempted")

both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture(scope="module")
def page():
    with browser() as page:
        yield page


def violations(page, path, theme):
    """What axe finds on a page that lies in a file: rule, how often, and the first place."""
    page.size(1280, 800, dark=theme == "dark")
    page.open(path.as_uri())
    page.evaluate((files(axe_core) / "axe.min.js").read_text(encoding="utf-8") + ";0")
    found = page.evaluate(f"axe.run({{exclude: {json.dumps([[place] for place in NOT_OURS])}}}, {OPTIONS})")
    return [(one["id"], len(one["nodes"]), one["nodes"][0]["html"][:200]) for one in found["violations"]]


def exported(cells, folder, theme):
    """Cells as a page of nbconvert's lab template."""
    exporter = HTMLExporter(theme=theme, exclude_anchor_links=True, exclude_input=True)
    path = folder / "page.html"
    path.write_text(exporter.from_notebook_node(new_notebook(cells=cells))[0], encoding="utf-8")
    return path


def cells_of(entry):
    """A notebook's cells; pictures and sounds, which axe does not look into, are made small."""
    text = re.sub(r'("image/png": ")[^"]*', rf"\1{DOT}", json.dumps(read_notebook(entry.path)))
    return from_dict(json.loads(re.sub(r"(data:audio/wav;base64,)[^\\]*", r"\1", text))).cells


def shown(thing):
    return new_code_cell(outputs=[new_output("display_data", data=thing._repr_mimebundle_())])


def score(exercise, state):
    return Score("ann", "week1", "03", exercise, "W1.1", 0, 2, f"{state}. Look again.", state, "a belief")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_notebook(page, tmp_path, entry):
    theme = ("light", "dark")[ENTRIES.index(entry) % 2]  # the colors of our own are tried in both below
    assert violations(page, exported(cells_of(entry), tmp_path, theme), theme) == []


@both_themes
def test_all_that_a_learner_may_be_told(page, tmp_path, theme):
    told = [Feedback("kinds", state, "Look again.", 2, "Still stuck?") for state in STATES]
    told += [Claim("It holds", 0.5, "at least 0.4", holds, "a paper", 0.9, "never", 0.4) for holds in (True, False)]
    exercises = exercises_of(read_notebook(ENTRIES[0].path))
    book = Copied(ENTRIES[0], tuple(Standing(*pair) for pair in zip(exercises, STATES, strict=False)))
    broken = Copied(ENTRIES[1], problem="not a notebook")
    cells = [new_markdown_cell(start_page([book, broken])), *map(shown, told)]
    assert violations(page, exported(cells, tmp_path, theme), theme) == []
    assert page.evaluate("[...document.querySelectorAll('th')].every(th => th.textContent.trim())")


@both_themes
def test_what_an_instructor_hands_out(page, tmp_path, theme):
    scores = [score(f"exercise {state}", state) for state in STATES]
    write_feedback(scores, tmp_path, {})
    write_class_report(scores, tmp_path, {})
    slides, _ = write_week("week1", tmp_path)
    for path in (tmp_path / "ann.html", tmp_path / "class.html", slides):
        assert violations(page, path, theme) == [], path.name


def test_axe_finds_what_is_wrong(page, tmp_path):
    bad = {"text/html": "<p style='color:#ccc'>pale</p><a href='#x'></a>"}
    cell = new_code_cell(outputs=[new_output("display_data", data=bad)])
    found = violations(page, exported([cell], tmp_path, "light"), "light")
    assert {"color-contrast", "link-name"} <= {rule for rule, _, _ in found}
