"""The course as a whole: its syllabus, who imports whom, and its data sets."""

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

import helpers
from helpers import datasets
from helpers.course.claims import read_claims
from helpers.course.cli import _parser
from helpers.course.ledger import DOCS, load_ledger, pages
from helpers.course.notebooks import CourseError, read_notebook, tags
from helpers.course.syllabus import NOTEBOOKS, ROOT, find_notebooks, load_syllabus, notebook_key

HELPERS = Path(helpers.__file__).parent
COURSE = {file.stem for file in (HELPERS / "course").glob("*.py")}
SHARED = {"audit", "datasets", "descriptions", "images", "plotting", "touch"}
SYLLABUS = load_syllabus()


def test_every_objective_and_reading_has_a_notebook():
    assert len(SYLLABUS.objectives) == 27
    taught = {name for entry in SYLLABUS.notebooks for name in entry.objectives}
    assert taught == SYLLABUS.objectives.keys()
    assert {name for entry in SYLLABUS.notebooks for name in entry.readings} == SYLLABUS.readings.keys()


def test_the_folder_holds_the_notebooks_of_the_syllabus():
    assert {notebook_key(path) for path in find_notebooks([])} == {entry.key for entry in SYLLABUS.notebooks}


def test_every_reading_is_named_where_it_is_shown():
    for entry in SYLLABUS.notebooks:
        first = read_notebook(entry.path).cells[0].source
        assert all(name in first for name in entry.readings), entry.key


def test_tags_are_objectives_or_known():
    known = {"parameters", "nbval-ignore-output", "nbval-skip", "hide-input"} | SYLLABUS.objectives.keys()
    for entry in SYLLABUS.notebooks:
        for cell in read_notebook(entry.path).cells:
            assert set(tags(cell)) <= known, (entry.key, tags(cell))


def test_a_syllabus_that_names_an_unknown_objective_is_refused(tmp_path):
    text = (NOTEBOOKS / "syllabus.toml").read_text(encoding="utf-8").replace('["W1.2"]', '["W9.9"]')
    (tmp_path / "syllabus.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=r"week1/03_concept_drift names 'W9.9'"):
        load_syllabus(tmp_path / "syllabus.toml")


def test_notebooks_are_found_by_file_folder_week_and_name():
    by_name = find_notebooks(["week1/03_concept_drift"])
    assert by_name == find_notebooks([str(by_name[0])])
    assert by_name[0] in find_notebooks(["week1"])
    assert len(find_notebooks(["week1", "week1"])) == len(find_notebooks(["week1"]))
    with pytest.raises(CourseError, match="no notebook or folder 'week9'"):
        find_notebooks(["week9"])


def imported(file):
    """The modules of this package that a file imports, such as ``course.claims``."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        else:
            continue
        yield from (name.removeprefix("helpers.") for name in names if name.startswith("helpers."))


def family(name):
    """The notebook that a module serves: its topic, the one whose name it carries on, or its only namesake."""
    topics = [entry.topic for entry in SYLLABUS.notebooks]
    whole = [topic for topic in topics if f"{name}_".startswith(f"{topic}_")]
    first = [topic for topic in topics if topic.split("_")[0] == name.split("_")[0]]
    return max(whole, key=len) if whole else first[0] if len(first) == 1 else name


def strangers(name, parts):
    """Which modules among `parts` the module `name` may not import."""
    return {part for part in parts if part not in SHARED and family(part) != family(name)}


def test_topics_of_one_first_name_are_strangers_all_the_same():
    assert strangers("data_definition", {"data_pipeline", "plotting", "course"}) == {"data_pipeline", "course"}
    assert strangers("double_descent", {"double_descent_linear"}) == set()
    assert strangers("deployment_serving", {"deployment_patterns"}) == set()


def test_topics_import_neither_topics_nor_the_course():
    for file in HELPERS.glob("*.py"):
        assert not strangers(file.stem, {name.split(".")[0] for name in imported(file)}), file.name


def test_the_course_knows_no_topic():
    for file in (HELPERS / "course").glob("*.py"):
        allowed = {"course", "ONE_THREAD"}  # the second is set for all of helpers
        allowed |= {"audit"} if file.name == "cli.py" else set()  # audit check needs no kernel
        assert {name.split(".")[0] for name in imported(file)} <= allowed, file.name


def test_the_audit_knows_neither_topics_nor_the_course():
    for file in (HELPERS / "audit").glob("*.py"):
        assert {name.split(".")[0] for name in imported(file)} <= {"audit", "plotting", "descriptions"}, file.name


def test_checks_import_their_topic_and_the_exercises():
    for file in (HELPERS / "checks").glob("*.py"):
        course = {name.split(".")[1] for name in imported(file) if name.startswith("course.")}
        assert course <= {"exercises"}, file.name
        parts = {name.split(".")[0] for name in imported(file)} - {"course"}
        assert not strangers(file.stem, parts), file.name


def calls_of_put_to_work(notebook):
    """The `ours` of each call, and the names under which the notebook has imported topics."""
    trees = [ast.parse(cell.source) for cell in notebook.cells if cell.cell_type == "code" and "%" not in cell.source]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    topics = {
        name.asname or name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "helpers"
        for name in node.names
    }
    calls = [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "put_to_work"]
    return [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "ours"], topics


def test_no_answer_of_the_course_lies_where_an_answer_could_call_it():
    found = 0
    for path in find_notebooks([]):
        ours, topics = calls_of_put_to_work(read_notebook(path))
        for value in ours:
            found += 1
            names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
            assert not names & topics, f"{notebook_key(path)}: {ast.unparse(value)}"
    assert found >= 50


def test_every_card_is_filled_and_listed():
    cards = datasets.cards()
    assert set(cards.index) == datasets.CARDS.keys()
    assert cards.map(bool).all(axis=None)


def test_digits_are_the_real_ones():
    X, y = datasets.load_mnist()
    assert X.shape == (5000, 784)
    assert (X.min(), X.max()) == (0, 1)
    assert [(y == digit).sum() for digit in range(10)] == [500] * 10
    X[:], y[:] = 0, 0
    X, y = datasets.load_mnist()
    assert (X.max(), y.max()) == (1, 9), "a caller's changes must stay the caller's"


def test_an_unknown_data_set_is_named():
    with pytest.raises(ValueError, match="'name' must be one of breast_cancer, wine, diabetes"):
        datasets.load_table("iris")
    with pytest.raises(ValueError, match="'name' must be one of .*geirhos2017.* \\(got 'x'\\)"):
        datasets.load_published("x")


@pytest.mark.parametrize("name", pages())
def test_the_generated_pages_are_as_committed(name):
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run 'workbook docs'"


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_and_commands_exist(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]*)[^)]*\)", text):
        assert not target or target.startswith("https://") or (page.parent / target).exists(), target
    commands = next(action.choices for action in _parser()._actions if action.choices)
    for line in re.findall(r"`([^`]*)`", text):
        for name in re.findall(r"workbook ([a-z]\w*)", line):
            assert name in commands, line


def test_every_place_that_names_the_version_and_the_address_names_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {project['version']}\n" in citation
    assert f"repository-code: {project['urls']['Homepage']} " in citation
    extension = ROOT / "helpers/course/jupyter/labextensions/workbook/package.json"
    assert json.loads(extension.read_text(encoding="utf-8"))["version"] == project["version"]


def test_the_readme_is_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 60


def test_what_the_ledger_counts_held_as_often_as_it_should():
    ledger = load_ledger()
    assert ledger.keys() == {entry.key for entry in SYLLABUS.notebooks}
    for entry in SYLLABUS.notebooks:
        stated = {claim.text: claim.holds_in for claim in read_claims(read_notebook(entry.path))}
        claims = [claim for claim in ledger[entry.key]["claims"] if claim["text"] in stated]
        assert all(claim["holds_in"] == stated[claim["text"]] for claim in claims), f"sweep {entry.key} with --ledger"
        assert all(claim["held"] >= claim["holds_in"] * claim["runs"] for claim in claims), entry.key
        assert all(claim["runs"] >= 20 for claim in claims), entry.key
