"""The pages that Sphinx is given. What a browser makes of them is the business of tests/walk_site.py."""

import base64
import json
import sys

import pytest
from nbformat.v4 import new_code_cell, new_output

from helpers.course import site, site_sliders
from helpers.course.claims import Claim
from helpers.course.cli import main
from helpers.course.notebooks import CourseError, read_notebook
from helpers.course.parameters import ParameterError
from helpers.course.syllabus import ROOT, load_syllabus

ENTRIES = load_syllabus().notebooks
SETTINGS = site_sliders.load_settings()
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
by_key = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)


def page_of(entry, moved=(), launch=()):
    files = {}
    return site.notebook_page(entry, read_notebook(entry.path), files, moved, launch), files


def shown_by(page):
    return "".join(output.data["text/html"] for cell in page.cells for output in cell.get("outputs", []))


@pytest.fixture
def packages():
    if not site.PACKAGES.exists():
        pytest.skip("needs the packages of the site: make site")


@by_key
def test_a_page_is_small_and_folds_what_would_give_answers_away(entry, packages):
    page, files = page_of(entry)
    assert "base64" not in shown_by(page)
    assert len(json.dumps(page)) < 300_000
    assert all(name.startswith("media/") for name in files)
    source = read_notebook(entry.path)
    solutions = [cell.id for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    drawings = [cell.id for cell in source.cells if "hide-input" in cell.metadata.get("tags", [])]
    hidden = [cell.id for cell in page.cells if "hide-input" in cell.metadata.get("tags", [])]
    assert sorted(hidden) == sorted(solutions + drawings)
    named = [cell.id for cell in page.cells if "mystnb" in cell.metadata]
    assert named == drawings, "only a solution is offered as one"
    checks = [cell for cell in page.cells if cell.id in {f"check-{name}" for name in solutions} and cell.outputs]
    assert all(cell.outputs[0].data["text/html"].startswith("<details>") for cell in checks)
    assert not any(mark in cell.source for cell in page.cells for mark in ("### BEGIN", "### END", "feedback.grade"))


@by_key
def test_every_picture_has_its_description(entry, packages):
    shown = shown_by(page_of(entry)[0])
    assert shown.count("<img ") == shown.count('<img class="wb-figure"')
    assert 'alt=""' not in shown


@by_key
def test_each_notebook_has_two_sliders_of_values_it_allows(entry):
    plan = site_sliders.plan(entry, SETTINGS["sliders"][entry.key])
    assert len(plan) == 2
    assert all(2 <= len(jobs) <= 5 for jobs in plan.values())


def test_the_syllabus_names_no_slider_of_another_notebook():
    assert SETTINGS["sliders"].keys() == {entry.key for entry in ENTRIES}


@pytest.mark.parametrize("values, told", [({"size": [1]}, "no parameter 'size'"), ({"seed": [1, 2]}, "its default")])
def test_a_slider_that_a_notebook_cannot_have(values, told):
    with pytest.raises(ParameterError, match=told):
        site_sliders.plan(ENTRIES[0], values)


def test_sliders_are_chosen_by_name():
    assert site_sliders.chosen(["none"], SETTINGS) == []
    assert site_sliders.chosen(["all"], SETTINGS) == list(ENTRIES)
    assert {entry.week for entry in site_sliders.chosen(["week2", "week2/04"], SETTINGS)} == {"week2"}
    assert [entry.key for entry in site_sliders.chosen(None, SETTINGS)] == SETTINGS["site"]["sliders"]
    with pytest.raises(CourseError, match="no notebook 'week9'"):
        site_sliders.chosen(["week9"], SETTINGS)


def test_only_what_comes_out_otherwise_is_kept(packages):
    entry, values = ENTRIES[-1], SETTINGS["sliders"][ENTRIES[-1].key]
    parameter, jobs = next(iter(site_sliders.plan(entry, values).items()))
    ran = read_notebook(entry.path)
    cell = next(
        cell for cell in ran.cells if cell.cell_type == "code" and 'data-holds="true"' in site.cell_html(cell, {})
    )
    failed = Claim("It holds", 0.5, "at least 0.9", False, "", 1.0, "never", 0.9)
    cell.outputs = [new_output("display_data", data=failed._repr_mimebundle_())]
    same = {value: read_notebook(entry.path) for value in list(jobs)[1:]}
    moved = site_sliders.compare(entry, parameter, {**same, next(iter(jobs)): ran})
    changed = dict(zip(moved.values, moved.cells, strict=True))
    assert list(changed.pop(next(iter(jobs)))) == [cell.id]
    assert not any(changed.values())
    assert b'data-holds=\\"false\\"' in moved.files[moved.script]
    page, _ = page_of(entry, [moved])
    panel = next(cell.source for cell in page.cells if cell.id == "site-sliders")
    assert f'data-values="{" ".join(map(str, moved.values))}"' in panel
    assert "\n\n" not in panel  # a blank line would end it as HTML


def test_outputs_of_every_kind(packages):
    files = {}
    outputs = [
        new_output("stream", name="stdout", text="\x1b[1m1 < 2\x1b[0m"),
        new_output("display_data", data={"image/png": base64.b64encode(DOT).decode(), "text/plain": 'a "dot"'}),
        new_output("display_data", data={"text/html": "<style>p {}</style><audio src='data:audio/wav;base64,AAAA'>"}),
        new_output("display_data", data={"text/html": '<table border="1"><th></th><td>3</td></table>'}),
        new_output("display_data", data={"text/markdown": "[next](02_x.ipynb#a)"}),
    ]
    shown = site.cell_html(new_code_cell(outputs=outputs), files)
    assert "1 &lt; 2" in shown and "\x1b" not in shown
    assert 'alt="a &quot;dot&quot;" width="1" height="1" loading="lazy"' in shown
    assert "<style" not in shown and "base64" not in shown and "border" not in shown
    assert "<td></td><td>3</td>" in shown
    assert '<a href="02_x.html#a">next</a>' in shown
    assert sorted(name.split(".")[1] for name in files) == ["png", "wav"]


def test_a_launch_button_names_the_notebook(packages):
    launch = [{"name": "Open", "url": "https://example.org/{key}.ipynb?a&b"}]
    page, _ = page_of(ENTRIES[0], launch=launch)
    assert f'<a href="https://example.org/{ENTRIES[0].key}.ipynb?a&amp;b">Open</a>' in page.cells[1].source


def test_links_of_the_repository_lead_to_pages():
    text = "[a](../notebooks/week1/x.ipynb) [b](ledger.md#x) [c](https://example.org) [d](../LICENSE) [e](#f)"
    told = site.with_links(text, "docs/maintainer.md")
    moved = "[a](../week1/x.ipynb) [b](../ledger.md#x) [c](https://example.org) [d](../files/LICENSE) [e](#f)"
    assert told == moved
    with pytest.raises(CourseError, match="docs/learner.md links to docs/nothing.md"):
        site.with_links("[a](nothing.md)", "docs/learner.md")


def test_the_reference_is_read_without_running_the_code(packages):
    code = '''"""A module."""
import nothing
def add(a: int, *, b: int = 2) -> int:
    """Add.

    Returns
    -------
    int
    """
def _own(): ...
class Box:
    "A box."
    def open(self):
        "Open it."
'''
    page = site.module_page("helpers.x", code)
    assert ".. py:function:: add(a, *, b=2)" in page and "   Add." in page and "_own" not in page
    assert "   .. py:method:: open(self)" in page


def test_what_is_staged_is_exactly_what_is_wanted(tmp_path, packages):
    (tmp_path / "old.md").write_text("gone")
    site.stage(tmp_path)
    assert not (tmp_path / "old.md").exists()
    assert (tmp_path / "index.md").read_text(encoding="utf-8").count("{{") == 0
    for entry in ENTRIES:
        assert entry.title in (tmp_path / "index.md").read_text(encoding="utf-8")
        assert (tmp_path / f"downloads/{entry.key}.ipynb").read_bytes() == entry.path.read_bytes()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    site.stage(tmp_path)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("holds", "packages", "said"), [(["mine.txt"], True, "is not a site"), ([], False, "packages")]
)
def test_what_keeps_a_site_from_being_built_is_told_before_the_sliders_run(
    tmp_path, monkeypatch, capsys, holds, packages, said
):
    for name in holds:
        (tmp_path / name).touch()
    if not packages:
        monkeypatch.setattr(site, "PACKAGES", tmp_path / "none")
        monkeypatch.setattr(site, "_of_the_site", site._of_the_site.__wrapped__)
        monkeypatch.setitem(sys.modules, "markdown_it", None)
    monkeypatch.setattr("helpers.course.site_sliders.moved_parameters", lambda *_, **__: pytest.fail("sliders ran"))
    assert main(["site", "--output", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_that_is_no_site_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(CourseError, match="is not a site"):
        site.build_site(tmp_path)
    assert (tmp_path / "letters.txt").exists()


def test_every_page_of_the_documentation_is_on_the_site():
    docs = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert docs <= site.PAGES.keys()
