"""What every notebook of the course must be: documented, checked, readable, and right for other parameters too."""

import ast
import copy
import html
import importlib
import re
from itertools import pairwise

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell

from helpers.course.claims import read_claims, read_outputs
from helpers.course.notebooks import exercises_of, parameters_of, profiles_of, read_notebook, tags
from helpers.course.parameters import ParameterError, check_values
from helpers.course.release import BLANK, replace_solution
from helpers.course.runner import execute
from helpers.course.syllabus import load_syllabus

SYLLABUS = load_syllabus()
OPENING = "from helpers.course.parameters import check_parameters\n\ncheck_parameters()"

pytestmark = pytest.mark.parametrize("entry", SYLLABUS.notebooks, ids=lambda entry: entry.key)


@pytest.fixture
def notebook(entry):
    return read_notebook(entry.path)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def test_it_opens_with_its_question_objectives_and_parameters(entry, notebook):
    first = notebook.cells[0].source
    assert first.startswith(f"# {entry.title}\n")
    assert f"about {entry.minutes} minutes" in first
    for name in (*entry.objectives, *entry.readings):
        assert name in first
    parameters, check = code_cells(notebook)[:2]
    assert tags(parameters) == ["parameters"]
    assert check.source == OPENING


def test_its_parameters_have_types_help_and_profiles(entry, notebook):
    declared = parameters_of(notebook)
    assert "seed" in declared
    assert any(parameter.type is int for name, parameter in declared.items() if name != "seed"), "no size"
    for name in ("quick", "full"):
        check_values(declared, profiles_of(notebook)[name])
    documented = papermill.inspect_notebook(str(entry.path))
    assert documented.keys() == declared.keys()
    for name, facts in documented.items():
        assert facts["help"] == declared[name].help
        assert facts["inferred_type_name"] == declared[name].type.__name__


def test_wrong_parameters_are_refused_before_any_work(notebook):
    declared = parameters_of(notebook)
    for parameter in declared.values():
        bad = [None, [1]] + ([parameter.high + 1, parameter.low - 1, "1"] if parameter.high is not None else [])
        for value in bad + (["no such choice"] if parameter.choices else []):
            with pytest.raises(ParameterError, match=f"^{parameter.name} must be .* \\(got .*\\)$"):
                check_values(declared, {parameter.name: value})
    with pytest.raises(ParameterError, match="^unknown parameter 'no_such'"):
        check_values(declared, {"no_such": 1})


def test_it_reads_well(notebook):
    code = code_cells(notebook)
    sizes = sorted(len(lines(cell)) for cell in code)
    assert sizes[-1] <= 20
    assert sizes[len(sizes) // 2] <= 8
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert 800 <= len(prose.split()) <= 3000
    assert "Summary" in prose
    assert "References" in prose


@pytest.mark.parametrize(
    "forbidden", ["!pip", "%pip", "sys.path", "random.seed(", "n_jobs=-1", "plt.show", "https://pypi"]
)
def test_it_keeps_the_house_rules(notebook, forbidden):
    assert not any(forbidden in cell.source for cell in notebook.cells)


def test_it_imports_helpers_and_libraries_only(entry, notebook):
    allowed = {"parameters", "claims", "exercises"}
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers.course"):
                assert node.module.split(".")[-1] in allowed
            if isinstance(node, ast.ImportFrom) and node.module == "helpers.checks":
                assert [(name.name, name.asname) for name in node.names] == [(entry.topic, "check")]


def test_it_is_committed_as_executed(notebook):
    for cell in code_cells(notebook):
        assert cell.execution_count, f"never executed: {cell.source[:60]!r}"
        assert not any(output.output_type == "error" for output in cell.outputs)
        assert not any(output.get("name") == "stderr" for output in cell.outputs), cell.source[:60]
    assert all(exercise["state"] == "right" for exercise in read_outputs(notebook, "exercise"))
    claims = read_claims(notebook)
    assert len(claims) >= 3
    assert all(claim.holds or claim.holds_in < 1 for claim in claims)
    assert "widgets" not in notebook.metadata  # a state that differs in every run, of widgets that cannot live


def test_its_figures_are_described_and_no_two_alike(notebook):
    outputs, told = [output for cell in code_cells(notebook) for output in cell.outputs], []
    for figure, words in zip(outputs, [*outputs[1:], None], strict=True):
        assert not {"image/jpeg", "image/svg+xml"} & figure.get("data", {}).keys(), "not through plotting.use_style()"
        if "image/png" in figure.get("data", {}):
            description = figure.data["text/plain"]
            assert description.startswith("Figure") and len(description) >= 40
            assert figure.metadata["image/png"]["alt"] == description
            assert html.escape(description) in words.data["text/html"]
            told.append(description)
    assert len(told) == len(set(told))
    assert not any("![" in cell.source or "<img" in cell.source for cell in notebook.cells)


def test_its_tables_and_players_say_what_they_are(notebook):
    page = "".join(
        output.get("data", {}).get("text/html", "") for cell in code_cells(notebook) for output in cell.outputs
    )
    for table in re.findall("<table.*?</table>", page, re.DOTALL):
        assert len(re.search("<caption[^>]*>(.*?)</caption>", table, re.DOTALL)[1]) >= 20
        assert "<th>" not in table
    labels = re.findall("<audio[^>]*>", page)
    assert all(re.search('aria-label="[^"]+', label) for label in labels)
    assert "<img" not in page and "<svg" not in page


def test_its_references_can_be_followed(notebook):
    text = next(cell.source for cell in notebook.cells if re.search("^#+ References", cell.source, re.MULTILINE))
    references = [line for line in text.partition("References")[2].splitlines() if line.startswith("- ")]
    assert sum("](https://" in line for line in references) >= max(1, len(references) - 1)  # one may be a book


def test_its_exercises_serve_its_objectives(entry, notebook):
    exercises = exercises_of(notebook)
    assert 3 <= len(exercises) <= 7
    served = {objective for exercise in exercises for objective in exercise.objectives}
    assert served == set(entry.objectives)
    taught = {tag for cell in notebook.cells if cell.source.startswith("## ") for tag in tags(cell)}
    assert served <= taught
    assert sum("★" in cell.source for cell in notebook.cells if cell.cell_type == "markdown") >= len(exercises)
    assert sum("<details>" in cell.source for cell in notebook.cells) >= len(exercises)


def test_its_check_cells_all_look_the_same(notebook):
    for cell in code_cells(notebook):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
            first, *rest = cell.source.splitlines()
            assert re.fullmatch(rf"feedback = check\.{name}\(.+\)", first)
            assert rest == ["### BEGIN HIDDEN TESTS", "feedback.grade()", "### END HIDDEN TESTS", "feedback"]


def test_an_answer_is_put_to_work_right_after_its_check(notebook):
    for check, cell in pairwise(code_cells(notebook)):
        for used in re.findall(r"put_to_work\(feedback, (\w+), ours=", cell.source):
            assert re.match(rf"feedback = check\.\w+\({used}\b", check.source), used


@pytest.mark.timeout(600)
def test_checks_refuse_the_blank_and_every_wrong_answer_and_accept_every_right_one(entry, notebook):
    """With non-default parameters, through papermill, each answer tried in the place where the learner gives it."""
    trial, expected = with_every_answer(entry, notebook)
    values = profiles_of(notebook)["quick"] | {"seed": 3}
    done = execute(nbformat.writes(trial), values, str(entry.path.parent))
    assert not done.error
    given = read_outputs(nbformat.reads(done.text, as_version=4), "exercise")
    assert [(got["exercise"], state) for got, (_, _, state) in zip(given, expected, strict=True)] == [
        (name, state) for name, _, state in expected
    ]
    outcome = [(*answer, got["state"]) for got, answer in zip(given, expected, strict=True)]
    assert [row for row in outcome if row[2] != row[3]] == []
    fair = any(state == "right" and label != "the solution" for _, label, state in expected)
    for exercise in exercises_of(notebook):
        tried = [state for name, _, state in expected if name == exercise.name]
        hints = {got["message"] for got in given if got["exercise"] == exercise.name and got["state"] == "wrong"}
        assert len(hints) > 1 or tried.count("wrong") == 1, f"{exercise.name}: one hint for all"
        assert not any("does not have the form" in hint for hint in hints)
        assert tried.count("right") > 1 or not fair, f"{exercise.name}: names no other right answer"


def with_every_answer(entry, notebook):
    """A notebook that tries every answer named beside a check before that check; with what each should be called.

    Where a notebook goes on with an answer, the cell that does so is run after the blank one and each right one, too.
    """
    checks = importlib.import_module(f"helpers.checks.{entry.topic}")
    cells, expected, solutions = [], [], {}
    for position, cell in enumerate(notebook.cells):
        facts = cell.metadata.get("nbgrader", {})
        if facts.get("solution"):
            solutions[facts["grade_id"]] = cell
        if facts.get("grade"):
            name = facts["grade_id"].removeprefix("check_")
            check = getattr(checks, name)
            look = cell.source.splitlines()[0] + "\nfeedback"
            after = next((c.source for c in notebook.cells[position + 1 :] if c.cell_type == "code"), "")
            answers = [("blank", BLANK, "not attempted")]
            answers += [(label, code, "wrong") for label, code in check.wrong.items()]
            answers += [(label, code, "right") for label, code in check.right_too.items()]
            for label, code, state in answers:
                answer = replace_solution(copy.deepcopy(solutions[name]), code)
                cells += [new_code_cell(answer.source), new_code_cell(look)]
                if state != "wrong" and "put_to_work(" in after:
                    cells.append(new_code_cell(after))
                expected.append((name, label, state))
            cells.append(new_code_cell(solutions[name].source))
            expected.append((name, "the solution", "right"))
        cells.append(cell)
    trial = copy.deepcopy(notebook)
    trial.cells = cells
    return trial, expected
