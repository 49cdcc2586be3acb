"""The command line explains itself, and shows a solution to who has tried."""

import argparse
import tomllib

import pytest
from nbformat.v4 import new_output

from helpers.course import learner_copy
from helpers.course.cli import _parser, main
from helpers.course.exercises import Feedback
from helpers.course.learner_copy import start
from helpers.course.notebooks import CourseError, read_notebook, write_notebook
from helpers.course.release import without_solutions
from helpers.course.solutions import find_entry
from helpers.course.syllabus import NOTEBOOKS, ROOT, load_syllabus

ENTRY = load_syllabus().notebooks[3]
COMMANDS = next(
    action.choices for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
)  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_explained_and_every_command_has_an_example(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    told = capsys.readouterr().out
    assert f"example: workbook {name}" in told
    assert "``" not in told
    for action in COMMANDS[name]._actions:
        assert action.help, action
        if action.nargs == 0 or action.required or isinstance(action, argparse._HelpAction):
            continue
        assert "default: " in action.help or action.dest == "parameters", action


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"workbook {project['version']}\n", "install the package anew"
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture
def show(tmp_path, monkeypatch, capsys):
    """Save the last exercise of a notebook as wrong after some tries, and ask for its solution."""
    monkeypatch.setattr(learner_copy, "find_notebooks", lambda names: [ENTRY.path])
    start(tmp_path)
    path = tmp_path / f"{ENTRY.key}.ipynb"
    check = [cell for cell in read_notebook(path).cells if cell.metadata.get("nbgrader", {}).get("grade")][-1]
    name = check.metadata.nbgrader.grade_id.removeprefix("check_")

    def ask(tries, *, exercise=name, change=lambda notebook: notebook):
        mine = read_notebook(path)
        cell = next(each for each in mine.cells if each.id == check.id)
        bundle = Feedback(name, "wrong", "…", tries)._repr_mimebundle_()
        cell.outputs = [new_output("execute_result", data=bundle, execution_count=1)] if tries else []
        write_notebook(change(mine), path)
        code = main(["solution", ENTRY.key[:8], exercise, "--copy", str(tmp_path)])
        return code, "".join(capsys.readouterr())

    return ask


def test_a_solution_is_shown_after_two_wrong_answers(show):
    assert "0 wrong answers as saved at" in show(0)[1]
    code, told = show(1)
    assert code == 2
    assert "1 wrong answer as saved at" in told
    code, told = show(2)
    assert code == 0
    compile(told, "solution", "exec")
    assert "### " not in told
    assert "..." not in told.splitlines()[-1]
    assert f"{ENTRY.key} has no exercise 'nothing'; it has " in show(2, exercise="nothing")[1]


def test_an_instructor_can_switch_solutions_off(show):
    assert show(2, change=without_solutions) == (
        2,
        "workbook: your instructor has switched solutions off in this release\n",
    )


def test_a_notebook_is_meant_by_the_beginning_of_its_name_or_by_its_topic():
    assert find_entry("week1/04") == find_entry("monitoring") == find_entry(ENTRY.key)
    with pytest.raises(CourseError, match="'week1' names 4 notebooks; 'workbook list' shows their names"):
        find_entry("week1")
    assert (NOTEBOOKS / f"{find_entry('week1/04').key}.ipynb").exists()
